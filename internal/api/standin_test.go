package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/testkit/clause"
)

// TestWhatAStandInMayDo: a stand-in lives with five rights, live, the list of cameras, the state of
// the system with its alarms, and to read of the watch and keep it, and every route that demands
// something else is closed to them: no replay, no export, nothing to acknowledge (practice P5). The
// handling of alarms comes with its chapter.
func TestWhatAStandInMayDo(t *testing.T) {
	clause.Covers(t, "C100", "C112")
	h := newHouse(t)
	d := &doing{house: h, makers: makers, words: map[string]string{}}
	d.guest()
	mine := []access.Action{access.CameraRead, access.DutyRead, access.DutyStand, access.LiveView, access.SystemRead}
	if got := access.ActorOf("x", access.StandIn).Actions(); !slices.Equal(got, mine) {
		t.Errorf("%v, want %v", got, mine)
	}
	closed := 0
	for _, r := range h.router.Routes() {
		if r.Demand.Guest() || len(r.Demand.Actions()) == 0 || slices.ContainsFunc(r.Demand.Actions(), func(a access.Action) bool { return slices.Contains(mine, a) }) {
			continue
		}
		path := strings.NewReplacer("{id}", "0000000000000", "{code}", "x", "{camera}", h.gate, "{factor}", "0000000000000", "{name}", "x").Replace(r.Path)
		w := h.send("guard", r.Method, path, map[bool]string{true: "{}"}[r.Method != "GET" && r.Method != "DELETE"])
		if w.Code != 403 || !strings.Contains(w.Body.String(), "right_missing") {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, w.Code, w.Body)
		}
		closed++
	}
	if closed < 100 {
		t.Errorf("%d routes were tried", closed)
	}
}

// TestAStandInSignsBeforeAnyPicture: until it is signed the door to live pictures is closed by
// every way, and the screen is told what to show instead.
func TestAStandInSignsBeforeAnyPicture(t *testing.T) {
	clause.Covers(t, "C100")
	h := newHouse(t)
	d := &doing{house: h, makers: makers, words: map[string]string{}}
	d.guest()
	picture, whep := "/api/v1/cameras/"+h.gate+"/picture.jpg", "/api/v1/live/"+h.gate+"/mse"
	h.run([]scenario{
		{name: "the session tells it", as: "guard", path: "/api/v1/session", status: 200, content: []string{`"briefing":{}`}},
		{name: "nobody else's", as: "operator", path: "/api/v1/session", status: 200, not: []string{`"briefing"`}},
		{name: "nor to read", as: "operator", path: "/api/v1/session/briefing", status: 404, content: []string{"briefing_none"}},
		{name: "nor to sign", as: "operator", method: "POST", path: "/api/v1/session/briefing", status: 404, content: []string{"briefing_none"}},
		{name: "no picture", as: "guard", path: picture, status: 403, content: []string{"right_briefing"}},
		{name: "no stream", as: "guard", path: whep, status: 403, content: []string{"right_briefing"}},
		{name: "the words", as: "guard", path: "/api/v1/session/briefing", status: 200, content: []string{"保密", "secret"}},
		{name: "unread", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"zh","password":"nobody-else-knows-it"}`, status: 409, content: []string{"briefing_not_read", `"seconds":600`}},
		{name: "open it", as: "guard", method: "POST", path: "/api/v1/session/briefing", status: 200, content: []string{"begunAt", "openAt"}},
		{name: "too soon", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"zh","password":"nobody-else-knows-it"}`, status: 409, content: []string{"briefing_not_read"}},
	})
	h.shift.Add((10 * time.Minute).Microseconds())
	h.run([]scenario{
		{name: "a wrong password", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"zh","password":"wrong"}`, status: 403, content: []string{"wrong_password"}},
		{name: "another language", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"fr","password":"nobody-else-knows-it"}`, status: 422},
		{name: "still none", as: "guard", path: picture, status: 403, content: []string{"right_briefing"}},
		{name: "sign", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"zh","password":"nobody-else-knows-it"}`, status: 200, content: []string{"signedAt"}},
		{name: "a picture", as: "guard", path: picture, status: 200},
		{name: "twice", as: "guard", method: "POST", path: "/api/v1/session/briefing/sign", body: `{"language":"zh","password":"nobody-else-knows-it"}`, status: 409, content: []string{"briefing_signed"}},
		{name: "who let them in sees it", as: "duty_lead", path: "/api/v1/stand-ins", status: 200, content: []string{"signedAt", `"hasPhoto":false`}},
	})
	if got := get[session.Session](h, "guard", "GET", "/api/v1/session", "", 200); got.Briefing != nil {
		t.Errorf("%+v", got.Briefing)
	}
	if acts := h.done("session.proof_refused"); len(acts) != 1 {
		t.Errorf("%d refused proofs on record", len(acts))
	}
	all := get[route.List[struct{ ID string }]](h, "duty_lead", "GET", "/api/v1/stand-ins", "", 200).Items
	path := "/api/v1/stand-ins/" + all[0].ID + "/photo"
	h.run([]scenario{
		{name: "a photo", as: "duty_lead", method: "PUT", path: path, body: d.fill(`{"picture":"$picture"}`), status: 204},
		{name: "one that is none", as: "duty_lead", method: "PUT", path: path, body: `{"picture":"aGVsbG8="}`, status: 422, content: []string{"photo_unreadable"}},
		{name: "by the guard", as: "guard", method: "PUT", path: path, body: d.fill(`{"picture":"$picture"}`), status: 403},
		{name: "it is shown", as: "duty_lead", path: "/api/v1/stand-ins", status: 200, content: []string{`"hasPhoto":true`}},
	})
}
