package api

import (
	"testing"

	"watchroom/internal/api/position"
	"watchroom/internal/testkit/clause"
)

// TestPositionsOfTheHouse: one is added, held, ruled about, explained and looked for in reviews
// like those of the program; nobody can retire it while it is held.
func TestPositionsOfTheHouse(t *testing.T) {
	clause.Covers(t, "C020")
	clause.Covers(t, "C112")
	h := newHouse(t)
	const path = "/api/v1/positions"
	const guard = `{"code":"gate_guard","name":{"zh":"门岗","en":"Gate guard"},"basis":"operator"}`
	h.run([]scenario{
		{name: "names are for everybody", as: "operator", path: path, status: 200, content: []string{`{"code":"operator","name":{"zh":"监控员","en":"Operator"},"builtIn":true}`}},
		{name: "an operator adds", as: "operator", method: "POST", path: path, body: guard, status: 403, content: []string{"rights.propose"}},
		{name: "the administrator adds", as: "administrator", method: "POST", path: path, body: guard, status: 403},
		{name: "half a name", as: "supervisor", method: "POST", path: path, body: `{"code":"gate_guard","name":{"zh":"","en":"Gate guard"}}`, status: 422},
		{name: "a name that is there", as: "supervisor", method: "POST", path: path, body: `{"code":"gate_guard","name":{"zh":"门岗","en":"auditor"}}`, status: 409, content: []string{"position_named", "auditor"}},
		{name: "the system's rights", as: "supervisor", method: "POST", path: path, body: `{"code":"gate_guard","name":{"zh":"门岗","en":"Gate guard"},"basis":"administrator"}`, status: 422, content: []string{"position_basis", "body.basis"}},
	})
	if p := get[position.PositionEntry](h, "supervisor", "POST", path, guard, 201); p.Code != "gate_guard" || p.Basis != "operator" || p.BuiltIn || p.CreatedAt == nil {
		t.Errorf("%+v", p)
	}
	type made struct{ Person struct{ ID string } }
	zhang := get[made](h, "administrator", "POST", "/api/v1/people", `{"username":"zhang","displayName":"张伟","positions":["gate_guard"],"password":"correct-horse-zhang-7"}`, 201)
	h.people["zhang"], h.passwords["zhang"] = zhang.Person.ID, "correct-horse-zhang-7"
	h.run([]scenario{{name: "their own password", as: "zhang", method: "PUT", path: "/api/v1/session/password", body: `{"current":"correct-horse-zhang-7","new":"nobody-else-knows-it"}`, status: 204}})
	h.given("supervisor")
	explain := "/api/v1/rights/explain?action=live.view&person=" + zhang.Person.ID
	h.run([]scenario{
		{name: "beside the administrator's", as: "administrator", method: "POST", path: "/api/v1/people", body: `{"username":"both","displayName":"x","positions":["gate_guard","administrator"]}`, status: 422, content: []string{"positions_conflict"}},
		{name: "in the table", as: "auditor", path: "/api/v1/rights", status: 200, content: []string{`{"position":"gate_guard","basis":"operator","actions":["camera.read","live.view"`, `"never":["people.manage","token.manage","footage.download"]`}},
		{name: "explained", as: "auditor", path: explain, status: 200, content: []string{`"allowed":true`, `"position":"gate_guard"`, `"rule":"built-in/gate_guard/live.view"`}},
		{name: "named to who lacks the right", as: "auditor", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["{gate}"],` + stated + `}`, status: 403, content: []string{`"positions":["operator","duty_lead","supervisor","gate_guard"]`}},
		{name: "in Cedar", as: "auditor", path: "/api/v1/rights/cedar", status: 200, content: []string{`@id("built-in/gate_guard/live.view")`, `@id("emergency/built-in/gate_guard/emergency.take")`}},
		{name: "what a rule would change", as: "auditor", method: "POST", path: "/api/v1/rights/preview", body: `{"rules":[{"id":"g","position":"gate_guard","actions":["live.view"],"deny":true}]}`, status: 200,
			content: []string{`{"position":"gate_guard","action":"live.view","before":true,"after":false}`}},
		{name: "held", as: "supervisor", method: "POST", path: path + "/gate_guard/retire", body: `{"reason":"not needed"}`, status: 409, content: []string{"position_held", `"count":1`}},
		{name: "one of the program", as: "supervisor", method: "POST", path: path + "/operator/retire", body: `{"reason":"not needed"}`, status: 409, content: []string{"position_of_program"}},
		{name: "renamed", as: "leader", method: "PATCH", path: path + "/gate_guard", body: `{"name":{"zh":"门卫","en":"Gatekeeper"}}`, status: 200, content: []string{"门卫"}},
		{name: "in a list of names", as: "leader", path: "/api/v1/parameters", status: 200, content: []string{`"gate_guard"`}},
		{name: "a review has it", as: "auditor", method: "POST", path: "/api/v1/rights-reviews", body: `{"note":"yearly"}`, status: 201, content: []string{`"position":"gate_guard"`}},
		{name: "taken away", as: "administrator", method: "PATCH", path: "/api/v1/people/" + zhang.Person.ID, body: `{"positions":[]}`, status: 200},
		{name: "retired", as: "supervisor", method: "POST", path: path + "/gate_guard/retire", body: `{"reason":"not needed"}`, status: 200, content: []string{"retiredAt"}},
		{name: "given once more", as: "administrator", method: "PATCH", path: "/api/v1/people/" + zhang.Person.ID, body: `{"positions":["gate_guard"]}`, status: 422, content: []string{"position_unknown"}},
		{name: "its name stays known", as: "operator", path: path, status: 200, content: []string{"门卫"}},
		{name: "the table has it no more", as: "auditor", path: "/api/v1/rights", status: 200, not: []string{"gate_guard"}},
		{name: "the administrator brings it back", as: "administrator", method: "POST", path: path + "/gate_guard/restore", body: `{"reason":"by mistake"}`, status: 403, content: []string{"rights.propose"}},
		{name: "without a reason", as: "leader", method: "POST", path: path + "/gate_guard/restore", body: `{"reason":"  "}`, status: 422},
		{name: "brought back", as: "leader", method: "POST", path: path + "/gate_guard/restore", body: `{"reason":"by mistake"}`, status: 200, content: []string{`"basis":"operator"`}, not: []string{"retiredAt"}},
		{name: "once more", as: "leader", method: "POST", path: path + "/gate_guard/restore", body: `{"reason":"by mistake"}`, status: 409, content: []string{"position_in_use"}},
		{name: "in the table again", as: "auditor", path: "/api/v1/rights", status: 200, content: []string{"gate_guard"}},
		{name: "given again", as: "administrator", method: "PATCH", path: "/api/v1/people/" + zhang.Person.ID, body: `{"positions":["gate_guard"]}`, status: 200},
	})
}
