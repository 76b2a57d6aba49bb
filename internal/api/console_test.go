package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/factor"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/api/session"
	"watchroom/internal/api/sharedlogin"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// entersOnly tells whether a route is one of the console's, which whoever has a session may
// ask for, with any password.
func entersOnly(r route.Route) bool {
	return slices.Contains([]string{"/api/v1/session/input", "/api/v1/session/lock"}, r.Path) || strings.HasPrefix(r.Path, "/api/v1/session/unlock")
}

// whileLocked is all that a locked console may do (P6): live pictures, alarms, and what
// unlocks it. A route that is to be added here is one that somebody may use who has walked
// up to a console that another has left.
const whileLocked = `DELETE /api/v1/live/sessions/{id}
DELETE /api/v1/session
GET /api/v1/cameras
GET /api/v1/cameras/{id}
GET /api/v1/cameras/{id}/picture.jpg
GET /api/v1/emergencies
GET /api/v1/events
GET /api/v1/layouts
GET /api/v1/live/{camera}/mse
GET /api/v1/live/{camera}/options
GET /api/v1/presence
GET /api/v1/session
GET /api/v1/system
GET /api/v1/watch
PATCH /api/v1/live/sessions/{id}
POST /api/v1/emergencies
POST /api/v1/emergencies/{id}/end
POST /api/v1/live/{camera}/whep
POST /api/v1/presence/absence
POST /api/v1/presence/absence/end
POST /api/v1/presence/{id}/answer
POST /api/v1/session/input
POST /api/v1/session/lock
POST /api/v1/session/unlock
POST /api/v1/session/unlock/passkey
POST /api/v1/session/unlock/passkey/options`

// TestWhatALockedConsoleMayDo asks at every registered route in a session whose console is
// locked: but for the list above each refuses, whoever it is.
func TestWhatALockedConsoleMayDo(t *testing.T) {
	clause.Covers(t, "C058", "C113")
	h := newHouse(t)
	as := []string{"operator", "administrator", "supervisor"}
	for _, who := range as {
		if state := get[session.Console](h, who, "POST", "/api/v1/session/lock", "", 200); !state.Locked || !slices.Equal(state.Ways, []string{"password"}) {
			t.Fatalf("%+v", state)
		}
	}
	var may []string
	for _, r := range h.router.Routes() {
		pattern := r.Method + " " + r.Path
		if r.Demand.Guest() || r.Path == "/metrics" {
			continue
		}
		if r.Demand.Locked() {
			may = append(may, pattern)
			continue
		}
		for _, who := range as {
			w := h.send(who, r.Method, placeholder.ReplaceAllString(r.Path, "0000000000000"), "")
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `"console_locked"`) {
				t.Errorf("%s as %s: %d %.200s", pattern, who, w.Code, w.Body)
			}
		}
	}
	if slices.Sort(may); strings.Join(may, "\n") != whileLocked {
		t.Errorf("a locked console may:\n%s", strings.Join(may, "\n"))
	}
	h.run([]scenario{
		{name: "the wall", as: "operator", path: "/api/v1/cameras", status: 200, content: []string{h.gate}},
		{name: "its layouts", as: "operator", path: "/api/v1/layouts", status: 200},
		{name: "the alarms", as: "operator", path: "/api/v1/system", status: 200},
		{name: "who is there", as: "operator", path: "/api/v1/session", status: 200, content: []string{`"locked":true`, `"ways":["password"]`, `"lockedAt"`}},
		{name: "touching it", as: "operator", method: "POST", path: "/api/v1/session/input", status: 200, content: []string{`"locked":true`}},
		{name: "locking it again", as: "operator", method: "POST", path: "/api/v1/session/lock", status: 200, content: []string{`"locked":true`}},
	})
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
		t.Errorf("a live picture: %d %s", w.Code, w.Body)
	}
	// Another session of the same person is another console, and a program has none.
	h.keys["elsewhere"] = h.signIn("operator")
	h.run([]scenario{
		{name: "elsewhere", as: "elsewhere", path: "/api/v1/bookmarks", status: 200},
		{name: "a program", as: "token", method: "POST", path: "/api/v1/session/lock", status: 403, content: []string{"session_required"}},
		{name: "a program unlocks", as: "token", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"x"}`, status: 403, content: []string{"session_required"}},
		{name: "nobody", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"x"}`, status: 401, content: []string{"not_signed_in"}},
		{name: "nothing shown", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{}`, status: 422, content: []string{"unlock_needs_proof"}},
		{name: "both shown", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"x","code":"y"}`, status: 422, content: []string{"unlock_needs_proof"}},
		{name: "another's password", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"` + h.passwords["administrator"] + `"}`, status: 403, content: []string{"wrong_password"}},
		{name: "no app", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"code":"000000"}`, status: 401, content: []string{"second_factor_refused"}},
		{name: "no key", as: "operator", method: "POST", path: "/api/v1/session/unlock/passkey/options", status: 404, content: []string{"factor_unknown"}},
		{name: "still locked", as: "operator", path: "/api/v1/bookmarks", status: 403, content: []string{"console_locked"}},
		{name: "the password", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"` + h.passwords["operator"] + `"}`, status: 200, content: []string{`"locked":false`}},
		{name: "open", as: "operator", path: "/api/v1/bookmarks", status: 200},
	})
}

// TestAConsoleLocksByTheRule: after so long without input as the rules say for the position,
// with one act, and unlocked with what the person has.
func TestAConsoleLocksByTheRule(t *testing.T) {
	clause.Covers(t, "C058", "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		h.key("operator")
		key, _ := h.app("operator")
		pass := func(d time.Duration) { h.shift.Add(d.Microseconds()) }
		open := scenario{name: "open", as: "operator", path: "/api/v1/bookmarks", status: 200}
		locked := scenario{name: "locked", as: "operator", path: "/api/v1/bookmarks", status: 403, content: []string{"console_locked"}}
		pass(11 * time.Minute)
		h.run([]scenario{open}) // no rule has said so
		h.rule("lock.positions", `["operator"]`)
		h.run([]scenario{locked, locked})
		pass(time.Minute)
		h.run([]scenario{
			{name: "by a code", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"code":"` + h.codeOf(key, 0) + `"}`, status: 200, content: []string{`"locked":false`, `"afterSeconds":600`, `"locksAt"`}},
			open,
			{name: "a code again", as: "operator", method: "POST", path: "/api/v1/session/lock", status: 200},
			{name: "the same code", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"code":"` + h.codeOf(key, 0) + `"}`, status: 401},
			{name: "the password", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"` + h.passwords["operator"] + `"}`, status: 200},
		})
		for range 3 { // who touches it keeps it open
			pass(9 * time.Minute)
			h.run([]scenario{{name: "touched", as: "operator", method: "POST", path: "/api/v1/session/input", status: 200, content: []string{`"locked":false`}}})
		}
		pass(9 * time.Minute)
		h.run([]scenario{open})
		h.rule("lock.operator", `"5m"`) // holds for who sits there, too
		h.run([]scenario{locked, {name: "too late", as: "operator", method: "POST", path: "/api/v1/session/input", status: 200, content: []string{`"locked":true`}}})
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "console."})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range acts {
			got = append(got, fmt.Sprint(strings.TrimPrefix(a.Kind, "console."), a.Detail["why"], a.Detail["with"]))
			if a.Person != h.person("operator") || a.Subject == "" {
				t.Errorf("%+v", a)
			}
		}
		slices.Reverse(got)
		want := []string{"lockedidle<nil>", "unlocked<nil>totp", "lockedby_hand<nil>", "refused<nil>totp", "unlocked<nil>password", "lockedidle<nil>"}
		if !slices.Equal(got, want) {
			t.Errorf("acts: %v", got)
		}
	})
}

// TestAConsoleOpensWithAKey: the person's own passkey, in the session that asked.
func TestAConsoleOpensWithAKey(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.key("operator")
	k := authenticator.New(t, "watch.example.org", "https://watch.example.org")
	begun := get[factor.PasskeyBeginning](h, "operator", "POST", "/api/v1/session/factors/passkeys", h.confirmationOf("operator"), 200)
	get[factor.Enrolled](h, "operator", "POST", "/api/v1/session/factors/passkeys/confirm",
		`{"ticket":"`+begun.Ticket+`","name":"值班室钥匙","credential":`+h.credential(k.Create(t, begun.Options.Challenge, h.person("operator")))+`}`, 201)
	get[session.Console](h, "operator", "POST", "/api/v1/session/lock", "", 200)
	w := h.send("operator", "POST", "/api/v1/session/unlock/passkey/options", "")
	var options passkey.KeyRequest
	if err := json.Unmarshal(w.Body.Bytes(), &options); err != nil || w.Code != 200 || len(options.Allow) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	asked := c.Name + "=" + c.Value
	h.keys["asked"] = http.Header{"Cookie": {h.key("operator").Get("Cookie") + "; " + asked}}
	h.keys["elsewhere"] = http.Header{"Cookie": {asked}}
	answer := h.credential(k.Get(t, options.Challenge))
	h.run([]scenario{
		{name: "what it has", as: "operator", path: "/api/v1/session", status: 200, content: []string{`"ways":["passkey","password"]`}},
		{name: "without the question", as: "operator", method: "POST", path: "/api/v1/session/unlock/passkey", body: answer, status: 409, content: []string{"step_expired"}},
		{name: "it opens no session", as: "elsewhere", method: "POST", path: "/api/v1/session/passkey", body: answer, status: 409, content: []string{"step_expired"}},
		{name: "nor without one", as: "elsewhere", method: "POST", path: "/api/v1/session/unlock/passkey", body: answer, status: 401, content: []string{"not_signed_in"}},
		{name: "the key", as: "asked", method: "POST", path: "/api/v1/session/unlock/passkey", body: answer, status: 200, content: []string{`"locked":false`}},
		{name: "the same answer again", as: "asked", method: "POST", path: "/api/v1/session/unlock/passkey", body: answer, status: 401, content: []string{"second_factor_refused"}},
		{name: "open", as: "operator", path: "/api/v1/bookmarks", status: 200},
	})
}

// TestSessionsAreCounted: one more ends the oldest, or is refused, as the rules say.
func TestSessionsAreCounted(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.person("operator")
	h.rule("session.most", `2`)
	for _, name := range []string{"first", "second", "third"} {
		h.keys[name] = h.signIn("operator")
	}
	h.run([]scenario{
		{name: "the oldest has ended", as: "first", path: "/api/v1/session", status: 401},
		{name: "the others not", as: "second", path: "/api/v1/session", status: 200},
		{name: "nor the new one", as: "third", path: "/api/v1/session", status: 200},
	})
	h.rule("session.beyond", `"refuse_new"`)
	body := `{"username":"operator","password":"` + h.passwords["operator"] + `"}`
	h.run([]scenario{
		{name: "refused", method: "POST", path: "/api/v1/session", body: body, status: 409, content: []string{"sessions_full", `"most":2`}},
		{name: "the password does not tell it to others", method: "POST", path: "/api/v1/session", body: strings.Replace(body, "horse", "mule", 1), status: 401, content: []string{"sign_in_failed"}},
		{name: "signed out", as: "second", method: "DELETE", path: "/api/v1/session", status: 204},
		{name: "room again", method: "POST", path: "/api/v1/session", body: body, status: 201},
	})
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: "session.", Limit: ledger.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	limit := slices.ContainsFunc(acts, func(a ledger.Act) bool { return a.Kind == "session.closed" && a.Detail["reason"] == "limit" })
	full := slices.ContainsFunc(acts, func(a ledger.Act) bool { return a.Kind == "session.refused" && a.Detail["full"] == true })
	if !limit || !full {
		t.Errorf("on record: ended by the limit %v, refused %v", limit, full)
	}
}

// TestSharedLoginsOverHTTP: found while it is used in two places, judged by the lead.
func TestSharedLoginsOverHTTP(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	rang := 0
	h.logins.Alarm = func(open int) { rang = open }
	touch := func(as, address string) {
		t.Helper()
		h.shift.Add((20 * time.Second).Microseconds())
		r := h.request(as, "POST", "/api/v1/session/input", "")
		r.RemoteAddr = address + ":1234"
		if w := serve(h.handler, r); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	enter := func(name, address string) http.Header {
		t.Helper()
		h.person(name)
		r := h.request("guest", "POST", "/api/v1/session", `{"username":"`+name+`","password":"`+h.passwords[name]+`"}`)
		r.RemoteAddr = address + ":1234"
		w := serve(h.handler, r)
		if w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
		return http.Header{"Cookie": {value}}
	}
	h.keys["room"], h.keys["office"] = enter("operator", "192.0.2.10"), enter("operator", "198.51.100.20")
	h.run([]scenario{{name: "nothing yet", as: "lead", path: "/api/v1/shared-logins", status: 200, content: []string{`"items":[]`}}})
	touch("room", "192.0.2.10")
	touch("office", "198.51.100.20")
	touch("room", "192.0.2.10")
	if rang != 1 {
		t.Fatalf("%d findings rang", rang)
	}
	all := get[route.List[sharedlogin.SharedLogin]](h, "lead", "GET", "/api/v1/shared-logins", "", 200).Items
	if len(all) != 1 || all[0].Person != h.person("operator") || len(all[0].Places) != 2 || all[0].PersonName != "OPERATOR" {
		t.Fatalf("%+v", all)
	}
	judge := "/api/v1/shared-logins/" + all[0].ID + "/judge"
	h.run([]scenario{
		{name: "not by a guard", as: "colleague", path: "/api/v1/shared-logins", status: 403},
		{name: "nor by an administrator", as: "administrator", method: "POST", path: judge, body: `{"answer":"own","note":"was me"}`, status: 403, content: []string{"shared_login.judge"}},
		{name: "no such answer", as: "lead", method: "POST", path: judge, body: `{"answer":"maybe","note":"who knows"}`, status: 422},
		{name: "no word", as: "lead", method: "POST", path: judge, body: `{"answer":"own","note":"x"}`, status: 422},
		{name: "no such finding", as: "lead", method: "POST", path: "/api/v1/shared-logins/0000000000000/judge", body: `{"answer":"own","note":"two consoles"}`, status: 404, content: []string{"shared_login_unknown"}},
		{name: "taken", as: "lead", method: "POST", path: judge, body: `{"answer":"taken","note":"asked them both"}`, status: 200, content: []string{`"answer":"taken"`, `"answeredByName":"LEAD"`}},
		{name: "a second answer", as: "deputy", method: "POST", path: judge, body: `{"answer":"own","note":"two consoles"}`, status: 409, content: []string{"shared_login_answered"}},
		{name: "the sessions have ended", as: "room", path: "/api/v1/session", status: 401},
	})
	if rang != 0 {
		t.Errorf("%d findings still ring", rang)
	}
}

// TestTokensOverHTTP: they end, their owners are named and warned, and they show once.
func TestTokensOverHTTP(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	made := get[people.MadeToken](h, "administrator", "POST", "/api/v1/tokens", `{"name":"metrics","actions":["metrics.read"]}`, 201)
	if made.ExpiresAt == nil || made.Owner != "ADMINISTRATOR" {
		t.Fatalf("%+v", made.Token)
	}
	later := h.now().Add(500 * 24 * time.Hour).UTC().Format(time.RFC3339)
	h.run([]scenario{
		{name: "shown once", as: "administrator", path: "/api/v1/tokens", status: 200, content: []string{made.ID, `"personName":"ADMINISTRATOR"`}, not: []string{made.Secret, "wr_"}},
		{name: "too long", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"metrics","actions":["metrics.read"],"expiresAt":"` + later + `"}`, status: 422, content: []string{"token_too_long", `"days":366`, "body.expiresAt"}},
		{name: "no warning yet", as: "administrator", path: "/api/v1/session", status: 200, content: []string{`"endingTokens":[]`}},
	})
	h.shift.Store((80 * 24 * time.Hour).Microseconds())
	h.keys["administrator"] = h.signIn("administrator")
	h.run([]scenario{{name: "the warning", as: "administrator", path: "/api/v1/session", status: 200, content: []string{`"endingTokens":[{"id":"` + made.ID + `","name":"metrics"`}}})
	h.keys["program"] = http.Header{"Authorization": {"Bearer " + made.Secret}}
	h.run([]scenario{{name: "it works", as: "program", path: "/metrics", status: 200}, {name: "within its right", as: "program", path: "/api/v1/people", status: 403, content: []string{"token_right_missing"}}})
	h.shift.Store((91 * 24 * time.Hour).Microseconds())
	r := h.request("program", "GET", "/api/v1/cameras", "")
	if w := serve(h.handler, r); w.Code != http.StatusUnauthorized {
		t.Errorf("after its end: %d %s", w.Code, w.Body)
	}
}

// TestGuessesElsewhereKeepNobodyOut: whoever guesses at a name from many addresses is stopped
// before anything is hashed; its owner still comes in, from where they have come from before
// and from where nobody has, and a locked console is still unlocked.
func TestGuessesElsewhereKeepNobodyOut(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.key("operator") // from 192.0.2.1, as all requests of the house
	get[session.Console](h, "operator", "POST", "/api/v1/session/lock", "", 200)
	enter := func(address, password string) int {
		t.Helper()
		r := h.request("guest", "POST", "/api/v1/session", `{"username":"operator","password":"`+password+`"}`)
		r.RemoteAddr = address + ":1234"
		return serve(h.handler, r).Code
	}
	stopped := 0
	for i := range 60 {
		if code := enter(fmt.Sprintf("198.51.100.%d", i+1), "a wrong guess"); code == http.StatusTooManyRequests {
			stopped++
		} else if code != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, code)
		}
	}
	if stopped < 15 {
		t.Errorf("only %d of 60 guesses were stopped", stopped)
	}
	if code := enter("203.0.113.9", h.passwords["operator"]); code != http.StatusCreated {
		t.Errorf("the owner where nobody has been: %d", code)
	}
	if code := enter("192.0.2.1", h.passwords["operator"]); code != http.StatusCreated {
		t.Errorf("the owner where they sit: %d", code)
	}
	for range 20 { // and there as many wrong ones as anywhere
		enter("192.0.2.1", "a wrong guess")
	}
	if code := enter("192.0.2.1", "a wrong guess"); code != http.StatusTooManyRequests {
		t.Errorf("guesses from a known address are not stopped: %d", code)
	}
	h.run([]scenario{{name: "the console", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"password":"` + h.passwords["operator"] + `"}`, status: 200, content: []string{`"locked":false`}}})
}

// TestNamesOfAccounts: one that is taken, or passes for one that is, is refused with what it
// is like, and nothing is made.
func TestNamesOfAccounts(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		h.person("operator")
		before := len(get[route.List[people.Person]](h, "administrator", "GET", "/api/v1/people", "", 200).Items)
		add := func(what, name string, status int, content ...string) scenario {
			body, err := json.Marshal(map[string]any{"username": name, "displayName": "x", "positions": []string{"operator"}})
			if err != nil {
				t.Fatal(err)
			}
			return scenario{name: what, as: "administrator", method: "POST", path: "/api/v1/people", body: string(body), status: status, content: content}
		}
		h.run([]scenario{
			add("the same", "operator", 409, "username_taken"), add("in capitals", "OPERATOR", 409, "username_taken"), add("wide", "ｏｐｅｒａｔｏｒ", 409, "username_taken"),
			add("Cyrillic and Latin", "оperator", 422, "username_mixed"), add("10,000 letters", strings.Repeat("a", 10_000), 422, "body.username"),
			add("10,000 characters", strings.Repeat("名", 10_000), 422, "body.username"), add("nothing to see", "op\u200berator", 422, "username_invalid"),
			add("right to left", "\u202erotarepo", 422, "username_invalid"), add("no letter", "--", 422, "username_invalid"),
		})
		if n := len(get[route.List[people.Person]](h, "administrator", "GET", "/api/v1/people", "", 200).Items); n != before {
			t.Errorf("%d accounts were made by refused requests", n-before)
		}
		h.run([]scenario{add("one of its own", "сар", 201), add("one that looks like it", "cap", 409, "username_lookalike", `"username":"сар"`)})
	})
}
