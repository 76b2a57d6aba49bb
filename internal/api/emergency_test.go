package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/emergency"
	reviewapi "watchroom/internal/api/review"
	"watchroom/internal/api/rights"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestAnEmergencyRightOpensAndCloses: a camera above the guard's grade is seen from the next
// request on, leaders hear of it at once, and what runs ends with the right: at its own end,
// and when a leader ends it.
func TestAnEmergencyRightOpensAndCloses(t *testing.T) {
	clause.Covers(t, "C111", "C112")
	for name, ends := range map[string]func(h *house, id string){
		"by itself": func(h *house, _ string) { h.shift.Store((5*time.Minute + time.Second).Microseconds()) },
		"by a leader": func(h *house, id string) {
			if w := h.send("leader", "POST", "/api/v1/emergencies/"+id+"/end", `{"reason":"the brigade is there"}`); w.Code != 200 {
				h.t.Fatal(w.Body)
			}
		},
		"by the guard": func(h *house, id string) {
			if w := h.send("operator", "POST", "/api/v1/emergencies/"+id+"/end", `{}`); w.Code != 200 {
				h.t.Fatal(w.Body)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			h := newHouse(t)
			h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
				return map[string]access.Place{h.gate: {Grade: 3}, h.yard: {Grade: 1}}, nil
			}
			inner := `[{"id":"inner","position":"operator","actions":["live.view"],"toGrade":2}]`
			v := get[rights.Version](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"built-in","reason":"graded","rules":`+inner+`}`, 201)
			get[rights.Version](h, "leader", "POST", "/api/v1/rights/versions/"+v.ID+"/approve", `{}`, 200)
			if w := h.offer("operator", h.gate, "v=0"); w.Code != 403 || !strings.Contains(w.Body.String(), "right_grade") {
				t.Fatalf("before: %d %s", w.Code, w.Body)
			}
			h.key("leader")
			heard := h.listen("leader", h.serve(), nil)
			heard.expect("hello", "")
			e := get[emergency.Emergency](h, "operator", "POST", "/api/v1/emergencies", `{"right":"live_graded","minutes":5,"cause":"fire"}`, 201)
			heard.expect("emergency", e.ID)
			if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
				t.Fatalf("with it: %d %s", w.Code, w.Body)
			}
			h.run([]scenario{
				{name: "explained", as: "operator", path: "/api/v1/rights/explain?action=live.view&camera=" + h.gate + "&person=" + h.person("operator"), status: 200,
					content: []string{`"allowed":true`, `"rule":"emergency/` + e.ID}},
				{name: "the leaders' list", as: "leader", path: "/api/v1/emergencies", status: 200, content: []string{`"state":"running"`, `"right":"live_graded"`, e.ID}},
				{name: "a colleague's", as: "colleague", path: "/api/v1/emergencies", status: 200, not: []string{e.ID}},
				{name: "a token", as: "operator", method: "POST", path: "/api/v1/emergencies", body: `{"right":"everything","cause":"fire"}`, status: 422, content: []string{"emergency_right", "body.right"}},
				{name: "too long", as: "operator", method: "POST", path: "/api/v1/emergencies", body: `{"right":"playback_recent","cause":"fire","minutes":99}`, status: 422, content: []string{"emergency_minutes", `"most":15`}},
			})
			ends(h, e.ID)
			<-h.whep.ended // the test's own deadline bounds it
			if w := h.offer("operator", h.gate, "v=0"); w.Code != 403 {
				t.Errorf("after: %d %s", w.Code, w.Body)
			}
			h.run([]scenario{
				{name: "report", as: "operator", method: "POST", path: "/api/v1/emergencies/" + e.ID + "/report", body: `{"report":"厨房油锅起火，已扑灭，无人受伤。"}`, status: 200, content: []string{`"state":"reported"`, `"late":false`}},
				{name: "settle", as: "leader", method: "POST", path: "/api/v1/emergencies/" + e.ID + "/settle", body: `{"verdict":"justified","note":"well done"}`, status: 200, content: []string{`"state":"settled"`}},
				{name: "what was done under it", as: "auditor", path: "/api/v1/acts?rule=emergency/" + e.ID, status: 200, content: []string{"live.opened", h.gate}},
			})
		})
	}
}

// TestAReviewOverHTTP: it is opened, decided on, and holds at the next request.
func TestAReviewOverHTTP(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	for _, who := range []string{"operator", "auditor", "leader", "supervisor", "administrator"} {
		h.person(who)
	}
	r := get[reviewapi.RightsReview](h, "auditor", "POST", "/api/v1/rights-reviews", `{"note":"the yearly one"}`, 201)
	id := map[string]string{}
	for _, i := range r.Items {
		id[i.Person] = i.ID
	}
	decide := "/api/v1/rights-reviews/" + r.ID + "/decisions"
	line := func(who, decision string) string {
		return `{"items":["` + id[h.person(who)] + `"],"decision":"` + decision + `","reason":"as we agreed"}`
	}
	h.run([]scenario{
		{name: "watches", as: "operator", path: "/api/v1/cameras", status: 200},
		{name: "one's own", as: "auditor", method: "POST", path: decide, body: line("auditor", "confirmed"), status: 403, content: []string{"review_own"}},
		{name: "neither", as: "auditor", method: "POST", path: decide, body: line("operator", "maybe"), status: 422, content: []string{"review_decision", "body.decision"}},
		{name: "the last administrator", as: "auditor", method: "POST", path: decide, body: line("administrator", "withdrawn"), status: 409, content: []string{"last_administrator"}},
		{name: "withdraw", as: "auditor", method: "POST", path: decide, body: line("operator", "withdrawn"), status: 200, content: []string{`"decision":"withdrawn"`}},
		{name: "watches no more", as: "operator", path: "/api/v1/cameras", status: 403},
		{name: "held", as: "auditor", path: "/api/v1/rights-reviews/held", status: 200, not: []string{h.person("operator")}},
		{name: "report", as: "auditor", path: "/api/v1/rights-reviews/report?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", status: 200, content: []string{`"refused":[]`, `"repeats":5`}},
		{name: "of a year", as: "auditor", path: "/api/v1/rights-reviews/report?from=2025-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", status: 422, content: []string{"review_span"}},
		{name: "none", as: "auditor", path: "/api/v1/rights-reviews/0000000000000", status: 404, content: []string{"review_unknown"}},
		{name: "a second one", as: "leader", method: "POST", path: "/api/v1/rights-reviews", body: `{}`, status: 409, content: []string{"review_runs"}},
		{name: "list", as: "leader", path: "/api/v1/rights-reviews", status: 200, content: []string{r.ID, `"overdue":`}},
	})
}
