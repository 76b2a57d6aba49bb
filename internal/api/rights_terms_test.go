package api

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/testkit/clause"
)

// TestWhatAGradeDemandsIsToldWhereRightsAre: explanation, overview and Cedar say what a viewing
// is refused for, as one decision has it.
func TestWhatAGradeDemandsIsToldWhereRightsAre(t *testing.T) {
	clause.Covers(t, "C104")
	clause.Covers(t, "C111")
	clause.Covers(t, "C114")
	h := newHouse(t)
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{h.gate: {Areas: []string{"east"}, Grade: 4}, h.yard: {Areas: []string{"west"}, Grade: 1}}, nil
	}
	h.deps.Rights.Changed()
	explain := "/api/v1/rights/explain?camera=" + h.gate + "&person=" + h.person("operator") + "&action="
	open := scenario{name: "refused", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403}
	h.parameter("viewing.request_grade", `"grade_4"`)
	open.content = []string{"viewing_graded"}
	h.run([]scenario{open,
		{name: "a request", as: "operator", path: explain + "playback.view", status: 200, content: []string{`"terms":[{"rule":"built-in/operator/playback.view","backMinutes":30,"review":true},{"rule":"built-in/operator/playback.view","request":true,"graded":true}]`}},
		{name: "none for what is live", as: "operator", path: explain + "live.view", status: 200, content: []string{`"terms":[{"rule":"built-in/operator/live.view"}]`}},
		{name: "the overview", as: "auditor", path: "/api/v1/rights", status: 200, content: []string{`"demands":{"requestFrom":4,"reviewMinutes":30,"reviewOnDuty":false}`}},
		{name: "Cedar", as: "auditor", path: "/api/v1/rights/cedar", status: 200, content: []string{"resource.grade < 4 ||\n   context.approved ||\n   (context.review && context.age <= duration(\"30m\"))"}},
	})
	h.parameter("viewing.own_on_duty", "true")
	h.run([]scenario{{name: "duty review off watch", as: "operator", path: explain + "playback.view", status: 200, not: []string{`"review":true`}}})
	h.parameter("viewing.request_grade", `"grade_none"`)
	h.parameter("viewing.second_grade", `"grade_3"`)
	open.content = []string{"viewing_second"}
	h.run([]scenario{open,
		{name: "two for footage", as: "operator", path: explain + "playback.view", status: 200, content: []string{`"second":true,"graded":true`}, not: []string{"request"}},
		{name: "two for a picture", as: "operator", path: explain + "snapshot.take", status: 200, content: []string{`"second":true,"graded":true`}},
		{name: "what a rule would change", as: "auditor", method: "POST", path: "/api/v1/rights/preview", body: `{"rules":[{"id":"r","position":"operator","actions":["playback.view"],"request":true}]}`, status: 200,
			content: []string{`"was":{"ways":[{"rule":"built-in/operator/playback.view","second":true,"graded":true}]},"is":{"ways":[{"rule":"r","request":true,"second":true,"graded":true}]}`}},
		{name: "Cedar, too", as: "auditor", path: "/api/v1/rights/cedar", status: 200, content: []string{"resource.grade < 3 ||\n   context.second"}},
	})
}

// TestWhoMustDoSomethingFirstMayNothing: as the door has it, so the explanation.
func TestWhoMustDoSomethingFirstMayNothing(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	fresh, _, err := h.deps.Access.CreatePerson(t.Context(), access.ActorOf(h.person("administrator"), access.Administrator),
		account.NewPerson{Username: "fresh", Holdings: access.Everywhere(access.Technician)})
	if err != nil {
		t.Fatal(err)
	}
	h.given("supervisor")
	explain := "/api/v1/rights/explain?action=camera.read&person="
	h.run([]scenario{{name: "a password that somebody made", as: "auditor", path: explain + fresh.ID, status: 200, content: []string{`"allowed":false`, `"lack":"password"`}}})
	h.parameter("second_factor.positions", `["operator"]`)
	h.run([]scenario{{name: "a factor that is missing", as: "auditor", path: explain + h.person("operator"), status: 200, content: []string{`"allowed":false`, `"lack":"factor"`}},
		{name: "of none is one asked", as: "auditor", path: explain + h.person("leader"), status: 200, content: []string{`"allowed":true`}}})
}
