package api

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	areaapi "watchroom/internal/api/area"
	"watchroom/internal/api/camera"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/testkit/clause"
)

// TestPlacesTakeTwo goes the whole way over the wire: where a camera hangs and what an area lies in
// wait, are seen by those who may confirm them, and are in force once one of them has.
func TestPlacesTakeTwo(t *testing.T) {
	clause.Covers(t, "C111")
	h := newHouse(t)
	site := func(kind, name, parent string) string {
		return get[areaapi.Area](h, "administrator", "POST", "/api/v1/areas", `{"kind":"`+kind+`","name":"`+name+`","parent":"`+parent+`"}`, 201).ID
	}
	vault, hall := site("site", "Vault", ""), site("site", "Hall", "")
	corner := site("zone", "Corner", hall)
	get[camera.Camera](h, "technician", "PATCH", "/api/v1/cameras/"+h.gate, `{"area":"`+corner+`"}`, 200)
	get[struct{ ID string }](h, "administrator", "PATCH", "/api/v1/people/"+h.person("colleague"), `{"holdings":[{"position":"operator","areas":["`+vault+`"]}]}`, 200)
	h.person("supervisor") // the set-up is over

	moved := get[camera.Camera](h, "technician", "PATCH", "/api/v1/cameras/"+h.gate, `{"area":"`+vault+`"}`, 200)
	if moved.Area != corner || moved.AreaWaiting == nil || *moved.AreaWaiting != vault {
		t.Errorf("%+v", moved)
	}
	plain := get[camera.Camera](h, "technician", "PATCH", "/api/v1/cameras/"+h.gate, `{"area":"`+hall+`"}`, 200)
	if plain.Area != hall || plain.AreaWaiting != nil {
		t.Errorf("nothing tells them apart: %+v", plain)
	}
	get[camera.Camera](h, "technician", "PATCH", "/api/v1/cameras/"+h.gate, `{"area":"`+corner+`"}`, 200)
	twin := get[camera.Camera](h, "technician", "POST", "/api/v1/cameras", `{"name":"twin","area":"`+vault+`","main":{"url":"rtsp://192.0.2.10/gate"}}`, 201)
	if twin.Area == vault || twin.AreaWaiting == nil || *twin.AreaWaiting != vault {
		t.Errorf("%+v", twin)
	}
	put := get[areaapi.Area](h, "administrator", "PATCH", "/api/v1/areas/"+corner, `{"parent":"`+vault+`","name":"Niche"}`, 200)
	if put.Parent != hall || put.Name != "Niche" || put.ParentWaiting == nil || *put.ParentWaiting != vault {
		t.Errorf("%+v", put)
	}
	by := map[string]proposal.Proposal{}
	for _, p := range get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items {
		by[p.Subject] = p
	}
	if p := by[twin.ID]; p.Kind != "area" || !p.Again || p.Earlier == "" || p.AreaAfter == nil || *p.AreaAfter != vault {
		t.Errorf("%+v", p)
	}
	if p := by[corner]; p.Kind != "parent" || p.Again || p.AreaBefore == nil || *p.AreaBefore != hall || *p.AreaAfter != vault {
		t.Errorf("%+v", p)
	}
	at := func(subject string) string { return "/api/v1/proposals/" + by[subject].ID }
	h.run([]scenario{
		{name: "who proposed", as: "administrator", method: "POST", path: at(corner) + "/approve", body: `{}`, status: 403},
		{name: "who may not decide", as: "technician", method: "POST", path: at(corner) + "/approve", body: `{}`, status: 403},
		{name: "not another's", as: "technician", method: "POST", path: at(corner) + "/withdraw", body: `{}`, status: 403},
		{name: "without a word", as: "supervisor", method: "POST", path: at(twin.ID) + "/reject", body: `{}`, status: 422},
		{name: "a first area", as: "technician", method: "PATCH", path: "/api/v1/cameras/" + h.yard, body: `{"area":"` + vault + `"}`, status: 200},
		{name: "refused", as: "supervisor", method: "POST", path: at(twin.ID) + "/reject", body: `{"note":"it is the gate"}`, status: 204},
		{name: "confirmed", as: "supervisor", method: "POST", path: at(corner) + "/approve", body: `{}`, status: 204},
		{name: "once", as: "supervisor", method: "POST", path: at(corner) + "/approve", body: `{}`, status: 409, content: []string{"proposal_decided"}},
		{name: "the camera's waits still", as: "technician", method: "POST", path: at(h.gate) + "/withdraw", body: `{}`, status: 204},
	})
	for _, a := range get[route.List[areaapi.Area]](h, "administrator", "GET", "/api/v1/areas", "", 200).Items {
		if a.ID == corner && a.Parent != vault {
			t.Errorf("%+v", a)
		}
	}
}

// TestAreasElsewhere: who reads cameras in one area is told of that one and of what leads to it, by
// name; of no other, and nothing of how important what lies around is. So is the table that leaves
// the house.
func TestAreasElsewhere(t *testing.T) {
	clause.Covers(t, "C101", "C111")
	h := newHouse(t)
	made := func(kind, name, parent string) string {
		return get[areaapi.Area](h, "administrator", "POST", "/api/v1/areas", `{"kind":"`+kind+`","name":"`+name+`","parent":"`+parent+`","importance":"vital","note":"note of `+name+`"}`, 201).ID
	}
	campus := made("site", "Campus", "")
	east, west := made("building", "East", campus), made("building", "West", campus)
	room, cash := made("zone", "Gate room", east), made("zone", "Cash room", west)
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{h.gate: {Areas: []string{room, east, campus}, Grade: 1}, h.yard: {Areas: []string{cash, west, campus}, Grade: 1}}, nil
	}
	h.holds("operator", access.Operator, east)
	h.holds("auditor", access.Auditor, east)
	for _, as := range []string{"operator", "auditor"} {
		got := map[string]areaapi.Area{}
		for _, a := range get[route.List[areaapi.Area]](h, as, "GET", "/api/v1/areas", "", 200).Items {
			got[a.Name] = a
		}
		if a := got["East"]; a.ID != east || a.Importance != "vital" || a.Note == "" || got["Gate room"].Importance != "vital" || len(got) != 3 {
			t.Errorf("%s: %+v", as, got)
		}
		if a := got["Campus"]; a.ID != campus || a.Importance != "" || a.Note != "" || a.Unit != "" {
			t.Errorf("%s: %+v", as, a)
		}
	}
	if all := get[route.List[areaapi.Area]](h, "administrator", "GET", "/api/v1/areas", "", 200).Items; len(all) != 5 {
		t.Errorf("%+v", all)
	}
	h.run([]scenario{
		{name: "what leaves", as: "auditor", path: "/api/v1/areas/export?format=csv&language=en", status: 200, content: []string{"Gate room,Campus/East", "note of East"}, not: []string{"West", "Cash", "note of Campus"}},
		{name: "all of it", as: "administrator", path: "/api/v1/areas/export?format=csv&language=en", status: 200, content: []string{"Cash room,Campus/West", "note of Campus"}},
	})
}
