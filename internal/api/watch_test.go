package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// guardroom sets up a control room and gives its id. Without areas it watches everything.
func (h *house) guardroom(name string, hours duty.Hours, networks []string, areas ...string) string {
	h.t.Helper()
	h.duties.Rooms.Chain = func(_ context.Context, _ bun.IDB, area string) ([]string, error) { return []string{area}, nil }
	c := duty.Content{Name: name, Areas: areas, Head: h.person("leader"), Staff: 1, Hours: hours, Networks: networks, Phone: "8110"}
	return must(h.duties.Rooms.Add(h.t.Context(), access.ActorOf(h.person("supervisor"), access.Supervisor), c)).ID
}

// checks are those of somebody who signs on and finds everything in order.
func (h *house) checks() string {
	start, _ := h.duties.Watch.Checks()
	return `"checks":` + inOrder(start)
}

// TestSigningOnAtAnothersScreen: two people sign on at one console of the room, each with what is
// their own, and no session comes of it; from elsewhere nobody signs on, and what was refused is
// on record of whom it was refused.
func TestSigningOnAtAnothersScreen(t *testing.T) {
	clause.Covers(t, "C045", "C113")
	h := newHouse(t)
	h.watched()
	room := h.guardroom("门岗监控室", duty.RoundTheClock, []string{"192.0.2.0/24"})
	h.key("operator")
	h.key("duty_lead")
	h.key("colleague")
	key, codes := h.app("colleague")
	one := "/api/v1/rooms/" + room + "/sign-on"
	by := func(name string) string {
		return fmt.Sprintf(`{"username":%q,"password":%q,"what":{%s}}`, name, h.passwords[name], h.checks())
	}
	before := h.sessions()

	elsewhere := h.request("operator", "POST", one+"/password", by("duty_lead"))
	elsewhere.RemoteAddr = "198.51.100.20:1234"
	if w := serve(h.handler, elsewhere); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "duty_not_here") {
		t.Errorf("from another network: %d %s", w.Code, w.Body)
	}
	if acts := h.diary.of("access.refused"); len(acts) != 1 || acts[0].Person != h.person("duty_lead") || acts[0].Detail["code"] != "duty_not_here" {
		t.Errorf("the refusal is on record as %+v", acts)
	}

	w := h.send("operator", "POST", one+"/password", by("colleague"))
	if w.Code != 401 || !strings.Contains(w.Body.String(), "second_factor_needed") || !strings.Contains(w.Body.String(), "totp") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	if c.Name != "watchroom_proof" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.MaxAge != 300 {
		t.Errorf("%+v", c)
	}
	h.keys["step"] = http.Header{"Cookie": {h.keys["operator"].Get("Cookie") + "; watchroom_proof=" + c.Value}}
	code := func(value string) string { return `{"kind":"totp","code":"` + value + `","what":{` + h.checks() + `}}` }
	other := h.guardroom("Office", duty.Business, nil)
	h.run([]scenario{
		{name: "a wrong password", as: "operator", method: "POST", path: one + "/password", body: strings.Replace(by("duty_lead"), h.passwords["duty_lead"], "wrong", 1), status: 401, content: []string{"sign_in_failed"}},
		{name: "for another room", as: "step", method: "POST", path: "/api/v1/rooms/" + other + "/sign-on/code", body: code(h.codeOf(key, 1)), status: 409, content: []string{"step_expired"}},
		{name: "a wrong code", as: "step", method: "POST", path: one + "/code", body: code("000000"), status: 401, content: []string{"second_factor_refused"}},
		{name: "the code", as: "step", method: "POST", path: one + "/code", body: code(h.codeOf(key, 1)), status: 200, content: []string{`"state":"kept"`, `"name":"COLLEAGUE"`, `"charge":true`, `"mine":false`}},
		{name: "the step again", as: "step", method: "POST", path: one + "/code", body: strings.Replace(code(codes[0]), "totp", "recovery", 1), status: 409, content: []string{"step_used"}},
		{name: "the guard at the console, with the own session", as: "operator", method: "POST", path: one, body: `{` + h.checks() + `}`, status: 200, content: []string{`"mine":true`, `"charge":false`}},
		{name: "an auditor", as: "operator", method: "POST", path: one + "/password", body: byPassword(h, "auditor"), status: 403, content: []string{"right_missing", "duty.stand"}},
		{name: "the board", as: "auditor", path: "/api/v1/watch", status: 200, content: []string{`"stands":false`, `"decides":false`, "COLLEAGUE", "OPERATOR"}},
	})
	if n := h.sessions(); n != before+1 { // the auditor's own
		t.Errorf("%d sessions came of it", n-before)
	}
	if acts := h.done("duty.signed_on"); len(acts) != 2 || acts[1].Person != h.person("colleague") || acts[1].Subject != room || acts[1].Detail["charge"] != true {
		t.Errorf("%+v", acts)
	}

	// Who is in charge does not sign off; the attempt is on record, and nothing has changed.
	h.shift.Add(time.Minute.Microseconds())
	h.opens("colleague", "colleague", h.codeOf(key, 0))
	h.run([]scenario{
		{name: "in charge", as: "colleague", method: "POST", path: "/api/v1/rooms/" + room + "/sign-off", body: `{"reason":"home"}`, status: 403, content: []string{"duty_successor", "门岗监控室"}},
		{name: "a token", as: "token", method: "POST", path: "/api/v1/rooms/" + room + "/sign-off", body: `{"reason":"home"}`, status: 403},
		{name: "a room that is watched around the clock", as: "colleague", method: "POST", path: "/api/v1/rooms/" + room + "/close", body: `{"standBy":"x","phone":"8110","checks":[]}`, status: 403, content: []string{"duty_round_the_clock"}},
		{name: "the board", as: "colleague", path: "/api/v1/watch", status: 200, content: []string{`"mine":true`, `"state":"kept"`}},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=access.refused", status: 200, content: []string{"duty_successor", h.person("colleague")}},
	})
	if !slices.ContainsFunc(h.diary.of("access.refused"), func(a ledger.Act) bool {
		decision, _ := a.Detail["decision"].(map[string]any)
		return a.Person == h.person("colleague") && a.Detail["code"] == "duty_successor" && decision["action"] == string(access.DutyStand)
	}) {
		t.Errorf("the attempt to leave is not on record: %+v", h.diary.of("access.refused"))
	}
}

func byPassword(h *house, name string) string {
	h.t.Helper()
	h.person(name)
	return fmt.Sprintf(`{"username":%q,"password":%q,"what":{%s}}`, name, h.passwords[name], h.checks())
}

// TestWhoAnsweredIsTold: of any minute of the past year, for who may know of the room.
func TestWhoAnsweredIsTold(t *testing.T) {
	clause.Covers(t, "C044")
	h := newHouse(t)
	room := h.guardroom("Office", duty.Business, nil, "east")
	begun := h.now()
	h.shift.Add(time.Hour.Microseconds())
	get[watch.WatchRoom](h, "operator", "POST", "/api/v1/rooms/"+room+"/sign-on", `{`+h.checks()+`}`, 200)
	h.shift.Add(time.Hour.Microseconds())
	_, closing := h.duties.Watch.Checks()
	get[watch.WatchRoom](h, "operator", "POST", "/api/v1/rooms/"+room+"/close", `{"standBy":"`+h.person("leader")+`","phone":"8001","checks":`+inOrder(closing)+`}`, 200)
	ask := func(from, to time.Duration) string {
		return "/api/v1/rooms/" + room + "/answers?from=" + begun.Add(from).UTC().Format(time.RFC3339) + "&to=" + begun.Add(to).UTC().Format(time.RFC3339)
	}
	past := get[watch.RoomPast](h, "auditor", "GET", ask(-time.Hour, 3*time.Hour), "", 200)
	var states []string
	for _, a := range past.Answers {
		states = append(states, a.State+" "+a.Name)
	}
	if got := strings.Join(states, ", "); got != "vacant LEADER, kept OPERATOR, closed LEADER" || past.More {
		t.Errorf("%s, more %v", got, past.More)
	}
	if len(past.On) != 1 || past.On[0].OffHow != "closed" || past.On[0].OffAt == nil {
		t.Errorf("%+v", past.On)
	}
	if one := get[watch.RoomPast](h, "auditor", "GET", ask(90*time.Minute, 91*time.Minute), "", 200); len(one.Answers) != 1 || one.Answers[0].Name != "OPERATOR" || len(one.On) != 1 {
		t.Errorf("at one minute: %+v", one)
	}
	if none := get[watch.RoomPast](h, "auditor", "GET", ask(-3*time.Hour, -2*time.Hour), "", 200); len(none.Answers)+len(none.On) != 0 {
		t.Errorf("before the room was there: %+v", none)
	}
	h.holds("colleague", access.Operator, "west")
	h.run([]scenario{
		{name: "elsewhere", as: "colleague", path: ask(0, time.Hour), status: 404, content: []string{"room_unknown"}},
		{name: "a technician", as: "technician", path: ask(0, time.Hour), status: 403},
		{name: "two years", as: "auditor", path: ask(-2*366*24*time.Hour, 0), status: 422, content: []string{"interval_too_long"}},
		{name: "backwards", as: "auditor", path: ask(time.Hour, 0), status: 422, content: []string{"interval_empty"}},
	})
}
