package api

import (
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/retention"
	"watchroom/internal/api/route"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/testkit/clause"
)

// TestSnapshotsHaveRulesOfTheirOwn: what a rule would remove is shown before, two people make
// it, and what went is listed with its ground.
func TestSnapshotsHaveRulesOfTheirOwn(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	h := newHouse(t)
	h.vault.Record(t, h.gate, h.now().Add(-40*24*time.Hour).UnixMicro(), 2, 10*time.Minute)
	h.catchUp()
	h.engine.Pass(t.Context())
	h.confirm("leader", "looked at it all")
	one, err := h.deps.Snapshots.Take(t.Context(), access.ActorOf(h.person("operator"), access.Operator), snapshot.New{Camera: h.gate, At: h.now().Add(-40 * 24 * time.Hour).UnixMicro()}, []byte("picture"))
	if err != nil {
		t.Fatal(err)
	}
	const rule = `"class":"snapshot","rule":{"minimumDays":7,"minimumBasis":"privacy","maximumDays":30,"maximumBasis":"privacy"},"existing":true,"reason":"as short as may be"`
	h.run([]scenario{
		{name: "nobody has set any", as: "auditor", path: "/api/v1/retention", status: 200, content: []string{`"snapshots":{"minimumDays":90,"minimumBasis":"regime","id":"default","own":false,"asFootage":true`}},
		{name: "a class that there is not", as: "leader", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"alarm","inherits":true,"reason":"reason"}`, status: 422},
		{name: "longer than the footage", as: "leader", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"snapshot","rule":{"minimumDays":91,"minimumBasis":"privacy"},"reason":"reason"}`, status: 422, content: []string{"retention_above_footage", `"days":90`}},
		{name: "nor shown", as: "leader", method: "POST", path: "/api/v1/retention/rules/preview", body: `{"class":"snapshot","rule":{"minimumDays":91,"minimumBasis":"privacy"},"reason":""}`, status: 422, content: []string{"retention_above_footage"}},
		{name: "what it would do", as: "leader", method: "POST", path: "/api/v1/retention/rules/preview", body: `{` + rule + `}`, status: 200, content: []string{`"snapshots":{"count":1,"bytes":7}`, `"removed":{"segments":0,"bytes":0}`}},
		{name: "who sets none", as: "operator", method: "POST", path: "/api/v1/retention/rules", body: `{` + rule + `}`, status: 403},
		{name: "nothing went yet", as: "auditor", path: "/api/v1/retention/snapshots", status: 200, content: []string{`"items":[]`}},
		{name: "who does not see what went", as: "operator", path: "/api/v1/retention/snapshots", status: 403},
	})
	c := get[retention.RetentionChange](h, "leader", "POST", "/api/v1/retention/rules", `{`+rule+`}`, 201)
	if !c.Waiting || c.Class != "snapshot" {
		t.Fatalf("%+v", c)
	}
	h.run([]scenario{
		{name: "who asked approves", as: "leader", method: "POST", path: "/api/v1/retention/rules/" + c.ID + "/approve", body: `{}`, status: 403, content: []string{"retention_change_own"}},
		{name: "another person approves", as: "supervisor", method: "POST", path: "/api/v1/retention/rules/" + c.ID + "/approve", body: `{}`, status: 200},
		{name: "it is in force", as: "auditor", path: "/api/v1/retention", status: 200, content: []string{`"snapshots":{"minimumDays":7,`}},
		{name: "and how a camera stands to it", as: "auditor", path: "/api/v1/retention/cameras", status: 200, content: []string{`"snapshots":{"plan":{"minimumDays":7,`, `"count":1,"bytes":7,"oldest":`}},
	})
	if r := h.engine.Pass(t.Context()); r.Err != nil || r.Pictures != 1 || r.Removed != 0 {
		t.Fatalf("%+v", r)
	}
	all := get[route.List[retention.RemovedSnapshot]](h, "auditor", "GET", "/api/v1/retention/snapshots?authority="+c.ID, "", 200).Items
	if len(all) != 1 || all[0].ID != one.ID || all[0].Class != "snapshot" || all[0].Ground != "maximum" || !all[0].Finished {
		t.Errorf("%+v", all)
	}
	h.run([]scenario{
		{name: "older than that", as: "auditor", path: "/api/v1/retention/snapshots?before=" + one.ID, status: 200, content: []string{`"items":[]`}},
		{name: "where it is listed", as: "operator", path: "/api/v1/snapshots", status: 200, content: []string{`"removedBy":"snapshot"`, `"ground":"maximum"`}},
		{name: "its picture", as: "operator", path: "/api/v1/snapshots/" + one.ID + "/picture.jpg", status: 404, content: []string{"snapshot_lapsed"}},
	})
}
