package api

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
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
		{name: "preview of terms", as: "auditor", method: "POST", path: "/api/v1/rights/preview", body: `{"rules":[{"id":"s","position":"operator","actions":["playback.view"],"onDuty":true,"backMinutes":1440},{"id":"t","position":"operator","actions":["playback.view"],"second":true}]}`, status: 200,
			content: []string{`"action":"playback.view","before":true,"after":true,"is":{"ways":[{"rule":"s","backMinutes":1440},{"rule":"t","second":true}],"away":[{"rule":"t","second":true}]}}`}},
		{name: "preview of nothing", as: "auditor", method: "POST", path: "/api/v1/rights/preview", body: `{"rules":[{"id":"s","position":"operator","actions":["playback.view"]}]}`, status: 200, content: []string{`{"changes":[]}`}},
		{name: "who runs the system watches", as: "supervisor", method: "POST", path: "/api/v1/rights/versions", body: `{"base":"built-in","reason":"because","rules":[{"id":"s","position":"administrator","actions":["live.view"]}]}`, status: 403,
			content: []string{"rights_separation", `"action":"live.view"`}},
		{name: "no such position", as: "supervisor", method: "POST", path: "/api/v1/rights/versions", body: `{"base":"built-in","reason":"because","rules":[{"id":"s","position":"king","actions":["live.view"]}]}`, status: 422,
			content: []string{"rights_rule", "body.rules"}},
		{name: "auditor proposes", as: "auditor", method: "POST", path: "/api/v1/rights/versions", body: body, status: 403},
	})
	v := get[rights.Version](h, "supervisor", "POST", "/api/v1/rights/versions", body, 201)
	version := "/api/v1/rights/versions/" + v.ID
	h.run([]scenario{
		{name: "waits", as: "auditor", path: "/api/v1/rights", status: 200, content: []string{`"version":{"id":"built-in","rules":[]}`, `"waiting":{"id":"` + v.ID, `"touches":["operator"]`}},
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

// TestRightsAsCedar reads the mirror of a version in force, of the one before it and of one
// that waits, and finds in the entities who holds what, within reach.
func TestRightsAsCedar(t *testing.T) {
	clause.Covers(t, "C114")
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	const path = "/api/v1/rights/cedar"
	v := get[rights.Version](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"built-in","reason":"no snapshots","rules":[{"id":"no \"photos\"","position":"operator","actions":["snapshot.take"],"deny":true,"note":"asked for by readers"}]}`, 201)
	const forbids = "@id(\"no \\\"photos\\\"\")\n@position(\"operator\")\n@clause(\"C102 C112\")\n@note(\"asked for by readers\")\nforbid (principal, action == Action::\"snapshot.take\", resource)"
	built := `@id("built-in/operator/live.view")`
	guard := `"id": "` + h.person("operator") + `"`
	h.run([]scenario{
		{name: "who may not read rights", as: "operator", path: path, status: 403, content: []string{"rights.read"}},
		{name: "in force", as: "auditor", path: path, status: 200, content: []string{built, "version built-in: in force since the beginning"}, not: []string{"photos"}},
		{name: "one that waits", as: "auditor", path: path + "?version=" + v.ID, status: 200, content: []string{built, forbids, "waits for a decision"}},
		{name: "approve", as: "leader", method: "POST", path: "/api/v1/rights/versions/" + v.ID + "/approve", body: `{}`, status: 200},
		{name: "approved", as: "auditor", path: path, status: 200, content: []string{built, forbids, "version " + v.ID + ": in force from 2"}},
		{name: "the one before", as: "auditor", path: path + "?version=built-in", status: 200, content: []string{built}, not: []string{"photos"}},
		{name: "none such", as: "auditor", path: path + "?version=x", status: 404, content: []string{"rights_version_unknown"}},
		{name: "no such part", as: "auditor", path: path + "?part=x", status: 422},
		{name: "schema", as: "auditor", path: path + "?part=schema", status: 200, content: []string{"entity Person tags Set<Area>;", `"snapshot.take"`}},
		{name: "entities", as: "auditor", path: path + "?part=entities", status: 200, content: []string{h.gate, h.yard, guard, `"operator": [`, `"everywhere"`}},
	})
	if acts := h.diary.of("rights.exported"); len(acts) != 1 || acts[0].Person != h.people["auditor"] || acts[0].Detail["cameras"] != 2 {
		t.Errorf("the entities, and nothing else, are on record when they are given out: %+v", acts)
	}
	h.diary.deaf.Store(true)
	h.run([]scenario{{name: "no entities without their act", as: "auditor", path: path + "?part=entities", status: 503, not: []string{h.gate}}})
	h.diary.deaf.Store(false)
	h.holds("auditor", access.Auditor, "east")
	disabled := true
	if _, err := h.deps.Access.ChangePerson(t.Context(), access.CommandLine(), h.person("operator"), account.PersonChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	h.run([]scenario{{name: "within reach, and who can come in", as: "auditor", path: path + "?part=entities", status: 200, content: []string{h.gate, `"auditor": [`}, not: []string{h.yard, guard, "photos"}}})
}

// TestWhyAClosedAccountMayNothing: what it holds says nothing of what it may do, and the
// answer names what closes it.
func TestWhyAClosedAccountMayNothing(t *testing.T) {
	clause.Covers(t, "C112")
	h := newHouse(t)
	operator := h.person("operator")
	path := "/api/v1/rights/explain?action=live.view&camera=" + h.gate + "&person=" + operator
	change := func(statement string, args ...any) {
		t.Helper()
		err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE people SET "+statement+" WHERE id = ?", append(args, operator)...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	day, now := int64(86_400e6), h.now().UnixMicro()
	says := func(name string, allowed bool, lack string) scenario {
		s := scenario{name: name, as: "auditor", path: path, status: 200, content: []string{`"allowed":false`, `"lack":"` + lack + `"`}, not: []string{`"allowed":true`, `"terms"`}}
		if allowed {
			s.content, s.not = []string{`"allowed":true`}, []string{`"lack":"` + account.ShutTerm}
		}
		return s
	}
	h.run([]scenario{says("open", true, "")})
	for _, c := range []struct {
		name, set string
		value     any
		lack      string
	}{
		{"ended yesterday", "valid_until = ?", now - day, account.ShutTerm},
		{"begins tomorrow", "valid_from = ?", now + day, account.ShutTerm},
		{"not in the directory any more", "directory_left_at = ?", now, account.ShutLeft},
		{"disabled", "disabled = ?", true, account.ShutDisabled},
	} {
		change(c.set, c.value)
		h.run([]scenario{says(c.name, false, c.lack)})
		change("valid_until = NULL, valid_from = NULL, directory_left_at = NULL, disabled = ?", false)
	}
	h.run([]scenario{says("open again", true, "")})
}
