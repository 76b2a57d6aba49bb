package api

import (
	"testing"

	"watchroom/internal/api/rights"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// TestRights goes the way of a change of rights, and finds it in force on the next request.
func TestRights(t *testing.T) {
	clause.Covers(t, "C112")
	h := newHouse(t)
	const denial = `[{"id":"s","position":"operator","actions":["snapshot.take"],"deny":true}]`
	body := `{"base":"built-in","reason":"no snapshots at night","rules":` + denial + `}`
	operator, leader := h.person("operator"), h.person("leader")
	own := "/api/v1/rights/explain?action=snapshot.take&person=" + operator
	h.run([]scenario{
		{name: "operator", as: "operator", path: "/api/v1/rights", status: 403, content: []string{"rights.read"}},
		{name: "preview", as: "auditor", method: "POST", path: "/api/v1/rights/preview", body: `{"rules":` + denial + `}`, status: 200,
			content: []string{`{"position":"operator","action":"snapshot.take","before":true,"after":false}`}},
		{name: "who runs the system watches", as: "supervisor", method: "POST", path: "/api/v1/rights/versions", body: `{"base":"built-in","reason":"because","rules":[{"id":"s","position":"administrator","actions":["live.view"]}]}`, status: 403,
			content: []string{"rights_separation", `"action":"live.view"`}},
		{name: "no such position", as: "supervisor", method: "POST", path: "/api/v1/rights/versions", body: `{"base":"built-in","reason":"because","rules":[{"id":"s","position":"king","actions":["live.view"]}]}`, status: 422,
			content: []string{"rights_rule", "body.rules"}},
		{name: "auditor proposes", as: "auditor", method: "POST", path: "/api/v1/rights/versions", body: body, status: 403},
	})
	v := get[rights.Version](h, "supervisor", "POST", "/api/v1/rights/versions", body, 201)
	version := "/api/v1/rights/versions/" + v.ID
	h.run([]scenario{
		{name: "waits", as: "auditor", path: "/api/v1/rights", status: 200, content: []string{`"version":{"id":"built-in","rules":[]}`, `"waiting":{"id":"` + v.ID}},
		{name: "a second one", as: "leader", method: "POST", path: "/api/v1/rights/versions", body: body, status: 409, content: []string{"rights_waits"}},
		{name: "one's own", as: "supervisor", method: "POST", path: version + "/approve", body: `{}`, status: 403, content: []string{"rights_own"}},
		{name: "not yet", as: "operator", path: own, status: 200, content: []string{`"allowed":true`, `"rule":"built-in/operator/snapshot.take"`}},
		{name: "approve", as: "leader", method: "POST", path: version + "/approve", body: `{"note":"yes"}`, status: 200, content: []string{`"decision":"approved"`}},
		{name: "explained", as: "operator", path: own, status: 200, content: []string{`"allowed":false`, `"lack":"denied"`, `"rule":"s"`, `"policy":"` + v.ID}},
		{name: "of another", as: "operator", path: "/api/v1/rights/explain?person=" + leader, status: 403},
		{name: "of nobody", as: "auditor", path: "/api/v1/rights/explain?person=x", status: 404, content: []string{"person_unknown"}},
		{name: "no such right", as: "auditor", path: "/api/v1/rights/explain?action=fly&person=" + leader, status: 422, content: []string{"action_unknown"}},
		{name: "in force", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"cameraId":"` + h.gate + `","at":"2026-11-22T08:00:00Z"}`, status: 403, content: []string{"right_denied", `"rule":"s"`}},
		{name: "versions", as: "auditor", path: "/api/v1/rights/versions", status: 200, content: []string{`"decision":"approved"`}},
	})
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: "rights."})
	if err != nil || len(acts) != 2 || acts[0].Kind != "rights.approved" || acts[0].Person != leader || acts[1].Kind != "rights.proposed" {
		t.Errorf("%+v, %v", acts, err)
	}
}
