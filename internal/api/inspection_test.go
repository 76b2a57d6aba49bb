package api

import (
	"fmt"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/area"
	"watchroom/internal/api/organisation"
	"watchroom/internal/api/viewing"
	"watchroom/internal/archive"
	"watchroom/internal/testkit/clause"
)

// TestTheSecurityOfficeInspectsOtherUnits: who supervises sees the cameras of every unit, live
// and recorded, with a purpose of their own that is on record, and reads what was done there;
// what belongs to the running of a unit they do not do in its place.
func TestTheSecurityOfficeInspectsOtherUnits(t *testing.T) {
	clause.Covers(t, "C018")
	h := newHouse(t)
	site := get[area.Area](h, "administrator", "POST", "/api/v1/areas", `{"kind":"site","name":"校园"}`, 201)
	for name, camera := range map[string]string{"图书馆": h.gate, "食堂": h.yard} {
		unit := get[organisation.Unit](h, "administrator", "POST", "/api/v1/units", fmt.Sprintf(`{"kind":"department","name":%q}`, name), 201)
		own := get[area.Area](h, "administrator", "POST", "/api/v1/areas", fmt.Sprintf(`{"kind":"building","name":%q,"parent":%q,"unit":%q}`, name, site.ID, unit.ID), 201)
		get[struct{}](h, "administrator", "PATCH", "/api/v1/cameras/"+camera, fmt.Sprintf(`{"area":%q,"grade":2}`, own.ID), 200)
		h.run([]scenario{{name: "the file of a camera", as: "supervisor", path: "/api/v1/cameras/" + camera, status: 200, content: []string{own.ID}}})
		if w := h.offer("supervisor", camera, "v=0"); w.Code != 201 {
			t.Errorf("live pictures of %s: %d %s", name, w.Code, w.Body)
		}
		v := get[viewing.Viewing](h, "supervisor", "POST", "/api/v1/viewings",
			fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"inspection","reason":"检查该单位值班情况"}`, camera, h.stamp(-60), h.stamp(-50)), 201)
		found := get[acts](h, "supervisor", "GET", "/api/v1/acts?kind=viewing.opened&purpose=inspection&camera="+camera, "", 200).Items
		if len(found) != 1 || found[0].Person != h.person("supervisor") || found[0].Subject != v.ID {
			t.Errorf("on record of %s: %+v", name, found)
		}
		h.run([]scenario{
			{name: "changing its camera", as: "supervisor", method: "PATCH", path: "/api/v1/cameras/" + camera, body: `{"name":"x"}`, status: 403, content: []string{`"action":"camera.configure"`}},
		})
	}
}

// TestThePrincipalChecksAtAnyTime: the room belongs to the principal's office and the principal
// answers for it; at any hour and without anybody's help or consent they read what was done
// there, by whom and by what rules, and whether everything is recorded, and the look is on
// record. Pictures, and running the system, are not theirs.
func TestThePrincipalChecksAtAnyTime(t *testing.T) {
	clause.Covers(t, "C019")
	h := newHouse(t)
	office := get[organisation.Unit](h, "administrator", "POST", "/api/v1/units", fmt.Sprintf(`{"kind":"department","name":"校长办公室","responsible":%q}`, h.person("principal")), 201)
	room := get[area.Area](h, "administrator", "POST", "/api/v1/areas", fmt.Sprintf(`{"kind":"site","name":"监控室","unit":%q}`, office.ID), 201)
	h.key("operator") // somebody has been there
	if w := h.send("operator", "DELETE", "/api/v1/session", ""); w.Code != 204 {
		t.Fatal(w.Body)
	}
	delete(h.keys, "administrator") // and nobody is there now
	h.shift.Store((16 * time.Hour).Microseconds())
	lost := h.now().Add(-3 * time.Hour).UnixMicro()
	h.archive.gaps = append(h.archive.gaps, archive.GapRow{Camera: h.gate, Start: lost, End: lost + 1800e6, Cause: "recorder_stopped"})
	if err := h.deps.Losses.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, tells := range map[string][]string{
		"/api/v1/units": {office.ID, h.person("principal")}, "/api/v1/areas": {room.ID, office.ID}, "/api/v1/acts": {`"session.closed"`, "OPERATOR"},
		"/api/v1/people": {"OPERATOR"}, "/api/v1/parameters": {"viewing.lasts"}, "/api/v1/rights": {`"operator"`}, "/api/v1/system": {`"recording":2`},
		"/api/v1/retention": {`"minimumDays":90`}, "/api/v1/retention/cameras": {h.gate}, "/api/v1/losses": {"recorder_stopped", h.gate}, "/api/v1/ledger": {`"origin"`},
	} {
		h.run([]scenario{{name: path, as: "principal", path: path, status: 200, content: tells}})
	}
	h.run([]scenario{
		{name: "on record", as: "auditor", path: "/api/v1/acts?person=" + h.person("principal"), status: 200, content: []string{`"trail.searched"`}},
		{name: "footage", as: "principal", method: "POST", path: "/api/v1/viewings", body: fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"inspection","reason":"只是看看值班情况"}`, h.gate, h.stamp(-60), h.stamp(-50)), status: 403},
		{name: "the system", as: "principal", method: "PATCH", path: "/api/v1/cameras/" + h.gate, body: `{"name":"x"}`, status: 403},
		{name: "people", as: "principal", method: "POST", path: "/api/v1/people", body: `{"username":"somebody","displayName":"x","positions":["operator"]}`, status: 403},
	})
	if w := h.offer("principal", h.gate, "v=0"); w.Code != 403 {
		t.Errorf("live pictures: %d %s", w.Code, w.Body)
	}
}

// TestTheLeaderLooksAtAnyTime: without anybody's help or consent, at the pictures of now, at
// who holds what, and at what was done; and the look itself is on record.
func TestTheLeaderLooksAtAnyTime(t *testing.T) {
	h := newHouse(t)
	if w := h.offer("leader", h.gate, "v=0"); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	looks := h.diary.of("live.opened")
	if len(looks) != 1 || looks[0].Person != h.person("leader") || looks[0].Camera != h.gate {
		t.Errorf("%+v", looks)
	}
	h.run([]scenario{
		{name: "what was done", as: "leader", path: "/api/v1/acts", status: 200, content: []string{`"session.opened"`}},
		{name: "who holds what", as: "leader", path: "/api/v1/people", status: 200, content: []string{`"positions"`}},
		{name: "by what rules", as: "leader", path: "/api/v1/parameters", status: 200, content: []string{"viewing.lasts"}},
		{name: "whether everything is recorded", as: "leader", path: "/api/v1/system", status: 200},
		{name: "not by doing it", as: "leader", method: "POST", path: "/api/v1/people", body: `{"username":"somebody","displayName":"x","positions":["operator"]}`, status: 403, content: []string{`"action":"` + string(access.PeopleManage) + `"`}},
	})
}
