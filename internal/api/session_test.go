package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

func TestSetup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, keys: map[string]http.Header{"guest": {}}}
		h.deps = Deps{DB: d, Access: &account.Control{DB: d}, SiteName: "北校区", TimeZone: "Asia/Shanghai"}
		start(t, h.deps.Access)
		var err error
		if h.router, h.handler, err = h.deps.build(); err != nil {
			t.Fatal(err)
		}
		token, err := h.deps.Access.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		body := func(token, password string) string {
			return `{"token":"` + token + `","username":"root","displayName":"系统管理员","password":"` + password + `"}`
		}
		h.run([]scenario{
			{name: "needed", path: "/api/v1/setup", status: 200, content: []string{`"needed":true`}},
			{name: "wrong token", method: "POST", path: "/api/v1/setup", body: body("guess", "correct-horse-battery"), status: 403, content: []string{"setup_token_wrong"}},
			{name: "weak password", method: "POST", path: "/api/v1/setup", body: body(token.Reveal(), "1234567890"), status: 422, content: []string{"password_too_weak", "body.password"}, not: []string{"1234567890"}},
			{name: "first account", method: "POST", path: "/api/v1/setup", body: body(token.Reveal(), "correct-horse-battery"), status: 201, content: []string{`"administrator"`, `"people.manage"`}, not: []string{"correct-horse"}},
			{name: "only once", method: "POST", path: "/api/v1/setup", body: body(token.Reveal(), "correct-horse-battery"), status: 409, content: []string{"setup_done"}},
			{name: "not needed", path: "/api/v1/setup", status: 200, content: []string{`"needed":false`}},
		})
		if acts := h.done("session.refused"); len(acts) != 1 || acts[0].Person != "" || acts[0].Detail["reason"] != "setup_token_wrong" || acts[0].Detail["address"] == "" {
			t.Errorf("a wrong token is on record as %+v", acts)
		}
	})
}

func TestSession(t *testing.T) {
	h := newHouse(t)
	h.run([]scenario{
		{name: "guest", path: "/api/v1/session", status: 401, content: []string{"not_signed_in"}},
		{name: "operator", as: "operator", path: "/api/v1/session", status: 200, content: []string{
			`"username":"operator"`, `"positions":["operator"]`, `"live.view"`, `"playback.view"`, `"siteTimeZone":"Asia/Shanghai"`, `"siteName":"北校区"`, `"version":"v0.0-test"`, `"demo":false`, `"expiresAt"`,
		}, not: []string{"people.manage", "footage.download"}},
		{name: "administrator", as: "administrator", path: "/api/v1/session", status: 200, not: []string{"live.view", "playback.view"}},
		{name: "token", as: "token", path: "/api/v1/session", status: 200, content: []string{`"actions":["camera.read"]`, `"expiresAt"`}, not: []string{"live.view"}},
		{name: "a token has no password", as: "token", method: "PUT", path: "/api/v1/session/password", body: `{"current":"a","new":"b"}`, status: 403, content: []string{"session_required"}},
		{name: "a token does not sign out", as: "token", method: "DELETE", path: "/api/v1/session", status: 403, content: []string{"session_required"}},
		{name: "wrong password", method: "POST", path: "/api/v1/session", body: `{"username":"operator","password":"hunter2hunter2"}`, status: 401, content: []string{"sign_in_failed"}, not: []string{"hunter2"}},
		{name: "unknown name answers the same", method: "POST", path: "/api/v1/session", body: `{"username":"nobody","password":"hunter2hunter2"}`, status: 401, content: []string{"sign_in_failed"}},
		{name: "a name that cannot be", method: "POST", path: "/api/v1/session", body: `{"username":"'; DROP TABLE people; --","password":"x"}`, status: 401, content: []string{"sign_in_failed"}},
		{name: "broken", method: "POST", path: "/api/v1/session", body: `{"username":`, status: 400, content: []string{"invalid_input"}},
		{name: "types", method: "POST", path: "/api/v1/session", body: `{"username":["operator"],"password":1}`, status: 422, content: []string{"body.username", "body.password"}},
		{name: "huge", method: "POST", path: "/api/v1/session", body: `{"username":"` + strings.Repeat("门", 40_000) + `","password":"x"}`, status: 413, content: []string{"body_too_large"}},
		{name: "wrong current password", as: "operator", method: "PUT", path: "/api/v1/session/password", body: `{"current":"wrong","new":"another-horse-battery"}`, status: 403, content: []string{"wrong_password", "body.current"}},
		{name: "weak new password", as: "operator", method: "PUT", path: "/api/v1/session/password", body: `{"current":"correct-horse-operator-7","new":"short"}`, status: 422, content: []string{"password_too_weak", "body.new"}, not: []string{"correct-horse"}},
	})
}

func TestTheCookieIsSafe(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	r := h.request("guest", "POST", "/api/v1/session", `{"username":"operator","password":"`+h.passwords["operator"]+`"}`)
	for _, secure := range []bool{false, true} {
		r.URL.Scheme = "https"
		if secure {
			r = h.request("guest", "POST", "https://watch.example/api/v1/session", `{"username":"operator","password":"`+h.passwords["operator"]+`"}`)
		}
		w := serve(h.handler, r)
		cookies := w.Result().Cookies()
		if len(cookies) != 2 {
			t.Fatalf("%d cookies", len(cookies))
		}
		if c := cookies[1]; c.Name != "watchroom_device" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/v1" || c.Secure != secure || len(c.Value) < 40 || c.MaxAge < 1e7 {
			t.Errorf("%+v", c)
		}
		c := cookies[0]
		if c.Name != "watchroom_session" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure != secure || len(c.Value) < 40 {
			t.Errorf("%+v", c)
		}
	}
}

// TestABrowserIsKnownAgain: its cookie is given once and kept, opens nothing, and lets its
// owner sign in from an address whose attempts others have used up.
func TestABrowserIsKnownAgain(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	in := func(password, address, device string) *httptest.ResponseRecorder {
		r := h.request("guest", "POST", "/api/v1/session", `{"username":"operator","password":"`+password+`"}`)
		r.RemoteAddr = address + ":4000"
		if device != "" {
			r.Header.Set("Cookie", "watchroom_device="+device)
		}
		return serve(h.handler, r)
	}
	device := in(h.passwords["operator"], "192.0.2.1", "").Result().Cookies()[1].Value
	for range 9 {
		in("wrong", "198.51.100.7", "")
	}
	if w := in(h.passwords["operator"], "198.51.100.7", ""); w.Code != 429 {
		t.Errorf("in another browser: %d %s", w.Code, w.Body)
	}
	w := in(h.passwords["operator"], "198.51.100.7", device)
	if w.Code != 201 {
		t.Fatalf("in the browser that knows the person: %d %s", w.Code, w.Body)
	}
	if c := w.Result().Cookies()[1]; c.Value != device {
		t.Errorf("the browser is given another cookie: %v", c)
	}
	r := h.request("guest", "GET", "/api/v1/session", "")
	r.Header.Set("Cookie", "watchroom_device="+device)
	if w := serve(h.handler, r); w.Code != 401 {
		t.Errorf("it opens something: %d", w.Code)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	h := newHouse(t)
	w := h.send("operator", "DELETE", "/api/v1/session", "")
	if w.Code != 204 || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if w := h.send("operator", "GET", "/api/v1/session", ""); w.Code != 401 {
		t.Errorf("%d", w.Code)
	}
}

func TestChangingThePasswordEndsTheOtherSessions(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	h.keys["elsewhere"] = h.signIn("operator")
	h.run([]scenario{{name: "a wrong one", as: "operator", method: "PUT", path: "/api/v1/session/password", body: `{"current":"no-horse-battery","new":"another-horse-battery"}`, status: 403, content: []string{"wrong_password"}}})
	if acts := h.done("session.proof_refused"); len(acts) != 1 || acts[0].Person != h.person("operator") || acts[0].Detail["before"] != "password" {
		t.Errorf("on record: %+v", acts)
	}
	w := h.send("operator", "PUT", "/api/v1/session/password", `{"current":"`+h.passwords["operator"]+`","new":"another-horse-battery"}`)
	if w.Code != 204 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := h.send("operator", "GET", "/api/v1/session", ""); w.Code != 200 {
		t.Errorf("one's own session ended: %d", w.Code)
	}
	if w := h.send("elsewhere", "GET", "/api/v1/session", ""); w.Code != 401 {
		t.Errorf("the other session goes on: %d", w.Code)
	}
	h.passwords["operator"] = "another-horse-battery"
	h.signIn("operator")
}

func TestGuessingIsSlowedDown(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	for range 20 {
		w := h.send("guest", "POST", "/api/v1/session", `{"username":"operator","password":"guess-guess-guess"}`)
		if w.Code == 401 {
			continue
		}
		if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"retryAfterSeconds"`) {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		return
	}
	t.Error("twenty guesses were let through")
}

func TestTheClientsAddressIsThatBehindTheProxy(t *testing.T) {
	h := newHouse(t)
	if list := get[route.List[session.OpenSession]](h, "operator", "GET", "/api/v1/sessions", "", 200); len(list.Items) == 0 || list.Items[0].Address != "192.0.2.1" {
		t.Errorf("%+v", list)
	}
}

// TestSessions: where one is signed in, with this session marked; one is ended, then all
// others; who manages people does so for somebody with a reason.
func TestSessions(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.person("operator")
	h.person("administrator")
	list := func(as, path string) []session.OpenSession {
		t.Helper()
		return get[route.List[session.OpenSession]](h, as, "GET", path, "", 200).Items
	}
	h.key("operator")
	h.keys["second"], h.keys["third"] = h.signIn("operator"), h.signIn("operator")
	all := list("second", "/api/v1/sessions")
	if len(all) != 3 || all[0].Here || !all[1].Here || all[2].Here || all[1].Address != "192.0.2.1" || all[1].CreatedAt.IsZero() || all[1].SeenAt.IsZero() {
		t.Fatalf("%+v", all)
	}
	of := "/api/v1/people/" + h.person("operator") + "/sessions"
	h.run([]scenario{
		{name: "guest", path: "/api/v1/sessions", status: 401},
		{name: "a token lists none", as: "token", path: "/api/v1/sessions", status: 403, content: []string{"session_required"}},
		{name: "a token ends none", as: "token", method: "POST", path: "/api/v1/sessions/end-others", status: 403, content: []string{"session_required"}},
		{name: "a token ends none", as: "token", method: "DELETE", path: "/api/v1/sessions/" + all[2].ID, status: 403, content: []string{"session_required"}},
		{name: "another's", as: "auditor", method: "DELETE", path: "/api/v1/sessions/" + all[2].ID, status: 404, content: []string{"session_unknown"}},
		{name: "of another", as: "auditor", path: of, status: 403, content: []string{"people.manage"}},
		{name: "of nobody", as: "administrator", path: "/api/v1/people/x/sessions", status: 404, content: []string{"person_unknown"}},
		{name: "one", as: "second", method: "DELETE", path: "/api/v1/sessions/" + all[2].ID, status: 204},
		{name: "which is over", as: "third", path: "/api/v1/session", status: 401},
		{name: "twice", as: "second", method: "DELETE", path: "/api/v1/sessions/" + all[2].ID, status: 404},
		{name: "all others", as: "second", method: "POST", path: "/api/v1/sessions/end-others", status: 200, content: []string{`"ended":1`}},
		{name: "the first is over", as: "operator", path: "/api/v1/session", status: 401},
		{name: "this one goes on", as: "second", path: "/api/v1/session", status: 200},
		{name: "ending without a reason", as: "administrator", method: "POST", path: of + "/end", body: `{}`, status: 422, content: []string{"property reason"}},
		{name: "one's own", as: "administrator", method: "POST", path: "/api/v1/people/" + h.person("administrator") + "/sessions/end", body: `{"reason":"because"}`, status: 403, content: []string{"session_own"}},
	})
	if left := list("administrator", of); len(left) != 1 || left[0].ID != all[1].ID || left[0].Here {
		t.Errorf("%+v", left)
	}
	h.run([]scenario{
		{name: "by who manages people", as: "administrator", method: "POST", path: of + "/end", body: `{"reason":"the phone is lost"}`, status: 200, content: []string{`"ended":1`}},
		{name: "is over", as: "second", path: "/api/v1/session", status: 401},
	})
	acts := h.done("session.ended")
	if len(acts) != 3 || acts[0].Person != h.person("administrator") || acts[0].Detail["reason"] != "the phone is lost" || acts[0].Detail["person"] != h.person("operator") {
		t.Errorf("on record: %+v", acts)
	}
	h.keys["operator"] = h.signIn("operator")
	h.run([]scenario{{name: "the person is told", as: "operator", path: "/api/v1/session/factors", status: 200, content: []string{`"kind":"session_ended"`, `"byName":"ADMINISTRATOR"`, `"address":"192.0.2.1"`}}})
}

// TestAnActSaysTheUnit: of whoever did it, in a session or with a token, as the door let them
// in; the trail is asked for it.
func TestAnActSaysTheUnit(t *testing.T) {
	clause.Covers(t, "C105")
	h := newHouse(t)
	made := get[struct{ ID string }](h, "administrator", "POST", "/api/v1/units", `{"name":"Guards of the gate","kind":"department"}`, 201)
	h.run([]scenario{
		{name: "belongs to it", as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("operator") + "/file", body: `{"unit":"` + made.ID + `"}`, status: 200},
		{name: "looks", as: "operator", method: "POST", path: "/api/v1/viewings", body: `{"cameras":["` + h.gate + `"],` + stated + `}`, status: 201},
		{name: "is refused", as: "operator", method: "POST", path: "/api/v1/session", body: `{"username":"operator","password":"hunter2hunter2"}`, status: 401},
		{name: "found by unit", as: "auditor", path: "/api/v1/acts?kind=viewing.opened&unit=" + made.ID, status: 200, content: []string{`"unit":"` + made.ID + `"`, `"kind":"viewing.opened"`}},
		{name: "a refusal, too", as: "auditor", path: "/api/v1/acts?kind=session.refused&unit=" + made.ID, status: 200, content: []string{`"kind":"session.refused"`}},
		{name: "none of another", as: "auditor", path: "/api/v1/acts?unit=x", status: 200, content: []string{`"items":[]`}},
		{name: "in words", as: "auditor", method: "POST", path: "/api/v1/acts/export?kind=viewing.opened", body: `{"format":"csv","language":"en","reason":"a quarterly audit"}`, status: 200, content: []string{made.ID}},
	})
}
