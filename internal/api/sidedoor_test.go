package api

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/api/sidedoor"
	"watchroom/internal/testkit/clause"
)

// TestSideDoors: who sets up a camera puts down what other ways to its pictures there are; who
// answers for the rules reads it, and nobody else.
func TestSideDoors(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	const list = "/api/v1/side-doors"
	file := get[sidedoor.DeviceFile](h, "technician", "PUT", "/api/v1/cameras/"+h.gate+"/side-doors", `{"kind":"cloud_app","state":"owned","ownerName":"维保公司","since":"2026-01-02"}`, 200)
	if file.Camera != h.gate || file.Findings != 3 || file.Doors[2].OwnerName != "维保公司" || file.Doors[2].CheckedBy != h.person("technician") || file.Password == nil || file.Password.Overdue {
		t.Errorf("%+v", file)
	}
	for _, as := range []string{"technician", "supervisor", "auditor", "leader", "administrator"} {
		if all := get[route.List[sidedoor.DeviceFile]](h, as, "GET", list, "", 200).Items; len(all) != 2 || all[0].Findings+all[1].Findings != 7 {
			t.Errorf("%s: %+v", as, all)
		}
	}
	h.run([]scenario{
		{name: "an operator", as: "operator", path: list, status: 403},
		{name: "a supervisor", as: "supervisor", method: "PUT", path: "/api/v1/cameras/{gate}/side-doors", body: `{"kind":"web_page","state":"closed"}`, status: 403},
		{name: "nobody's", as: "technician", method: "PUT", path: "/api/v1/cameras/{gate}/side-doors", body: `{"kind":"web_page","state":"owned"}`, status: 422, content: []string{"door_owner", "body.owner"}},
		{name: "no secret", as: "technician", path: list, status: 200, not: []string{"camera-secret"}},
	})
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.deps.Rights.Changed()
	h.holds("supervisor", access.Supervisor, "east")
	if all := get[route.List[sidedoor.DeviceFile]](h, "supervisor", "GET", list, "", 200).Items; len(all) != 1 || all[0].Camera != h.gate {
		t.Errorf("%+v", all)
	}
}
