package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/duty/notice"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/api/duty/visitor"
	"watchroom/internal/api/route"
	"watchroom/internal/testkit/clause"
)

// TestAVisitAtTheDoor: a guard registers a guest, who goes in once the duty lead let them in; the
// number of the identity is read whole by who decides on the watch alone, on paper too.
func TestAVisitAtTheDoor(t *testing.T) {
	clause.Covers(t, "C057")
	h := newHouse(t)
	r := get[room.DutyRoom](h, "supervisor", "POST", "/api/v1/rooms", fmt.Sprintf(`{"name":"监控室","areas":[],"head":%q,"staff":1,"hours":"around_the_clock","networks":[]}`, h.person("duty_lead")), 201)
	if r.HeadName != "DUTY_LEAD" {
		t.Errorf("%+v", r)
	}
	people := get[route.List[room.DutyPerson]](h, "operator", "GET", "/api/v1/rooms/people?does=approve_visitors&room="+r.ID, "", 200).Items
	if len(people) != 2 { // the duty lead and the supervisor, the leader is not made yet
		t.Errorf("%+v", people)
	}
	h.run([]scenario{
		{name: "heads of a room to be", as: "operator", path: "/api/v1/rooms/people?does=decide", status: 403},
		{name: "nothing that is done", as: "operator", path: "/api/v1/rooms/people?does=fly&room=" + r.ID, status: 422},
		{name: "no such room", as: "operator", path: "/api/v1/rooms/people?does=stand&room=x", status: 404},
	})
	visits := "/api/v1/rooms/" + r.ID + "/visits"
	v := get[visitor.Visit](h, "operator", "POST", visits, `{"kind":"guest","name":"李明😀","unit":"供电公司","identityKind":"id_card","identityNumber":"110101199001011234","reason":"洽谈","hostName":"王芳"}`, 201)
	of := "/api/v1/visits/" + v.ID
	h.run([]scenario{
		{name: "not let in", as: "operator", method: "POST", path: of + "/enter", body: `{}`, status: 409, content: []string{"visit_not_approved"}},
		{name: "waits", as: "duty_lead", path: "/api/v1/visits/waiting", status: 200, content: []string{v.ID, `"identityEnds":"1234"`}, not: []string{"199001011234"}},
		{name: "a guard lets in", as: "colleague", method: "POST", path: of + "/approve", body: `{}`, status: 403, content: []string{"visitor.approve"}},
		{name: "let in", as: "duty_lead", method: "POST", path: of + "/approve", body: `{}`, status: 200, content: []string{`"state":"approved"`, `"byName":"DUTY_LEAD"`}},
		{name: "in", as: "operator", method: "POST", path: of + "/enter", body: `{"badge":"07","phone":true}`, status: 200, content: []string{`"state":"inside"`}},
		{name: "inside", as: "colleague", path: visits + "?open=true", status: 200, content: []string{v.ID}, not: []string{"199001011234"}},
		{name: "a guard reads it", as: "operator", path: of, status: 200, content: []string{`"stopped"`, `"identityEnds":"1234"`}, not: []string{"199001011234"}},
		{name: "the lead reads it", as: "duty_lead", path: of, status: 200, content: []string{`"identityNumber":"110101199001011234"`}},
		{name: "by name", as: "auditor", path: visits + "?text=供电", status: 200, content: []string{v.ID}},
		{name: "no such page", as: "auditor", path: visits + "?before=x", status: 422, content: []string{"visit_page"}},
		{name: "out in the future", as: "operator", method: "POST", path: of + "/leave", body: `{"saw":"live","at":"2030-01-01T00:00:00Z"}`, status: 422, content: []string{"visit_future", "body.at"}},
		{name: "out", as: "operator", method: "POST", path: of + "/leave", body: `{"saw":"live"}`, status: 200, content: []string{`"state":"out"`, `"saw":"live"`}},
		{name: "who reads nothing of the watch", as: "technician", path: visits, status: 403},
	})
	from, to := h.now().Add(-time.Hour).UTC().Format(time.RFC3339), h.now().Add(time.Hour).UTC().Format(time.RFC3339)
	for as, whole := range map[string]bool{"operator": false, "duty_lead": true} {
		w := h.send(as, "POST", visits+"/export", fmt.Sprintf(`{"format":"xlsx","from":%q,"to":%q}`, from, to))
		if text := unzipped(t, w.Body.Bytes()); w.Code != http.StatusOK || !strings.Contains(text, "李明") || strings.Contains(text, "110101199001011234") != whole {
			t.Errorf("%s takes out %d: %.400s", as, w.Code, text)
		}
	}
	h.run([]scenario{
		{name: "the wrong way round", as: "operator", method: "POST", path: visits + "/export", body: fmt.Sprintf(`{"format":"pdf","from":%q,"to":%q}`, to, from), status: 422, content: []string{"visit_export_interval"}},
	})
	if a := h.acts("visitor."); strings.Contains(a, "199001011234") || strings.Count(a, "visitor.exported") != 2 {
		t.Errorf("on record: %s", a)
	}
}

// acts are those of a chapter, as text.
func (h *house) acts(kind string) string {
	h.t.Helper()
	w := h.send("auditor", "GET", "/api/v1/acts?limit=200&kind="+kind, "")
	if w.Code != http.StatusOK {
		h.t.Fatal(w.Code, w.Body)
	}
	return w.Body.String()
}

func unzipped(t *testing.T, data []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return all.String()
}

// TestAnInstructionAtTheDoor: a leader gives one, who keeps watch reads it and sees to it.
func TestAnInstructionAtTheDoor(t *testing.T) {
	clause.Covers(t, "C067")
	h := newHouse(t)
	r := get[room.DutyRoom](h, "supervisor", "POST", "/api/v1/rooms", fmt.Sprintf(`{"name":"监控室","areas":[],"head":%q,"staff":1,"hours":"business","networks":[]}`, h.person("duty_lead")), 201)
	due := h.now().Add(time.Hour).UTC().Format(time.RFC3339)
	e := get[notice.DutyInstruction](h, "leader", "POST", "/api/v1/instructions", `{"kind":"instruction","rooms":[],"text":"今晚加强北门巡查"}`, 201)
	if !e.Unowned || e.GiverName != "LEADER" || len(e.Rooms) != 1 || e.Rooms[0] != r.ID {
		t.Errorf("%+v", e)
	}
	of := "/api/v1/instructions/" + e.ID
	h.run([]scenario{
		{name: "a guard gives one", as: "operator", method: "POST", path: "/api/v1/instructions", body: `{"kind":"notice","rooms":[],"text":"大家好吗"}`, status: 403, content: []string{"duty.instruct"}},
		{name: "read", as: "operator", method: "POST", path: of + "/read", status: 200, content: []string{`"readByMe":true`}},
		{name: "read again", as: "operator", method: "POST", path: of + "/read", status: 409, content: []string{"instruction_read_already"}},
		{name: "seen to", as: "operator", method: "POST", path: of + "/assign", body: fmt.Sprintf(`{"owner":%q,"due":%q}`, h.person("operator"), due), status: 200, content: []string{`"unowned":false`, `"ownerName":"OPERATOR"`}},
		{name: "an auditor sees to it", as: "auditor", method: "POST", path: of + "/assign", body: fmt.Sprintf(`{"owner":%q,"due":%q}`, h.person("auditor"), due), status: 403},
		{name: "mine", as: "operator", path: "/api/v1/instructions/mine", status: 200, content: []string{e.ID}},
		{name: "not mine", as: "colleague", path: "/api/v1/instructions/mine", status: 200, not: []string{e.ID}},
		{name: "somebody else's result", as: "colleague", method: "POST", path: of + "/result", body: `{"note":"已经巡查"}`, status: 403, content: []string{"instruction_not_yours"}},
		{name: "done", as: "operator", method: "POST", path: of + "/result", body: `{"note":"已经巡查","closes":true}`, status: 200, content: []string{`"state":"closed"`}},
		{name: "open ones", as: "operator", path: "/api/v1/instructions?open=true", status: 200, not: []string{e.ID}},
		{name: "of no room", as: "operator", path: "/api/v1/instructions?room=x", status: 404, content: []string{"room_unknown"}},
	})
	told := get[notice.DutyInstruction](h, "operator", "POST", "/api/v1/instructions/told", fmt.Sprintf(`{"kind":"notice","rooms":[%q],"text":"明日检修","giver":%q}`, r.ID, h.person("leader")), 201)
	if told.Giver != h.person("leader") || told.By != h.person("operator") || told.Awaits != told.Giver {
		t.Errorf("%+v", told)
	}
	h.run([]scenario{
		{name: "signed", as: "leader", method: "POST", path: "/api/v1/instructions/" + told.ID + "/countersign", body: `{"did":true}`, status: 200, not: []string{`"awaits"`}},
		{name: "withdrawn", as: "leader", method: "POST", path: "/api/v1/instructions/" + told.ID + "/withdraw", body: `{"reason":"不检修了"}`, status: 200, content: []string{`"state":"withdrawn"`}},
		{name: "of the technician", as: string(access.Technician), path: "/api/v1/instructions", status: 403},
	})
}
