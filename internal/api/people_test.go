package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/people"
	"watchroom/internal/api/proposal"
	reviewapi "watchroom/internal/api/review"
	"watchroom/internal/api/route"
)

func TestPeople(t *testing.T) {
	h := newHouse(t)
	other := "/api/v1/people/" + h.person("colleague")
	h.run([]scenario{
		{name: "make one", as: "operator", path: "/api/v1/session", status: 200},
		{name: "list as auditor", as: "auditor", path: "/api/v1/people", status: 200, content: []string{`"username":"operator"`, `"displayName":"OPERATOR"`}},
		{name: "list as operator", as: "operator", path: "/api/v1/people", status: 403, content: []string{`"action":"people.read"`, `"positions":["administrator"`}},
		{name: "create as auditor", as: "auditor", method: "POST", path: "/api/v1/people", body: `{"username":"x","displayName":"X","positions":["operator"]}`, status: 403},
		{name: "create", as: "administrator", method: "POST", path: "/api/v1/people", body: `{"username":"zhang.wei","displayName":"张伟","positions":["operator"]}`, status: 201, content: []string{`"张伟"`, `"initialPassword":"`}},
		{name: "name taken", as: "administrator", method: "POST", path: "/api/v1/people", body: `{"username":"ZHANG.WEI","displayName":"张伟","positions":[]}`, status: 409, content: []string{"username_taken", "ZHANG.WEI"}},
		{name: "no such position", as: "administrator", method: "POST", path: "/api/v1/people", body: `{"username":"abc","displayName":"X","positions":["king"]}`, status: 422, content: []string{"position_unknown"}},
		{name: "no name", as: "administrator", method: "POST", path: "/api/v1/people", body: `{"username":"","displayName":"","positions":null}`, status: 422, content: []string{"body.username", "body.displayName"}},
		{name: "positions twice told", as: "administrator", method: "PATCH", path: other, body: `{"positions":["operator"],"holdings":[{"position":"operator"}]}`, status: 422, content: []string{"positions_or_holdings"}},
		{name: "for a shift, in one area", as: "administrator", method: "PATCH", path: other, body: `{"holdings":[{"position":"operator","areas":["yard"],"from":"2026-11-22T06:00:00Z","until":"2026-11-22T14:00:00Z"}]}`, status: 200,
			content: []string{`"holdings":[{"position":"operator","areas":["yard"],"from":"2026-11-22T06:00:00Z","until":"2026-11-22T14:00:00Z","alone":true}]`, `"positions":["operator"]`}},
		{name: "ends before it begins", as: "administrator", method: "PATCH", path: other, body: `{"holdings":[{"position":"operator","from":"2026-11-22T14:00:00Z","until":"2026-11-22T06:00:00Z"}]}`, status: 422, content: []string{"position_time", "body.positions"}},
		{name: "a position more", as: "administrator", method: "PATCH", path: other, body: `{"positions":["operator","duty_lead"]}`, status: 200, content: []string{`["operator","duty_lead"]`}},
		{name: "to administer and watch", as: "administrator", method: "PATCH", path: other, body: `{"positions":["administrator","leader"]}`, status: 422, content: []string{"positions_conflict", "body.positions", `"position":"leader"`}},
		{name: "another name", as: "administrator", method: "PATCH", path: other, body: `{"displayName":"李娜"}`, status: 200, content: []string{`李娜`, `duty_lead`}},
		{name: "nothing", as: "administrator", method: "PATCH", path: other, body: `{}`, status: 200},
		{name: "nobody", as: "administrator", method: "PATCH", path: "/api/v1/people/0000000000000", body: `{"disabled":true}`, status: 404, content: []string{"person_unknown"}},
		{name: "a strange id", as: "administrator", method: "PATCH", path: "/api/v1/people/" + strings.Repeat("%E9%97%A8", 60), body: `{}`, status: 422, content: []string{"path.id"}},
		{name: "reset", as: "administrator", method: "POST", path: other + "/password-reset", status: 200, content: []string{`"initialPassword":"`}},
		{name: "reset one's own", as: "administrator", method: "POST", path: "/api/v1/people/" + h.person("administrator") + "/password-reset", status: 403},
		{name: "the last administrator stays", as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("administrator"), body: `{"disabled":true}`, status: 409, content: []string{"last_administrator"}},
	})
}

// TestPositionsTakeTwo goes the whole way over the wire: what an administrator gives waits, is
// seen by those who may confirm it, and is held once one of them has.
func TestPositionsTakeTwo(t *testing.T) {
	h := newHouse(t)
	h.person("supervisor") // the set-up is over
	made := get[people.MadePerson](h, "administrator", "POST", "/api/v1/people", `{"username":"wang","displayName":"W","positions":["operator"],"reason":"on the night shift"}`, 201)
	if len(made.Person.Positions) != 0 || len(made.Person.Waiting) != 1 || made.Person.Waiting[0].Position != "operator" {
		t.Errorf("%+v", made.Person)
	}
	list := get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200)
	if len(list.Items) != 1 || list.Items[0].Subject != made.Person.ID || list.Items[0].Reason != "on the night shift" || list.Items[0].Overtaken {
		t.Fatalf("%+v", list)
	}
	one := "/api/v1/proposals/" + list.Items[0].ID
	h.run([]scenario{
		{name: "a guard does not see it", as: "operator", path: "/api/v1/proposals", status: 403},
		{name: "who proposed confirms", as: "administrator", method: "POST", path: one + "/approve", body: `{}`, status: 403},
		{name: "refused without a word", as: "supervisor", method: "POST", path: one + "/reject", body: `{"note":""}`, status: 422},
		{name: "in the list of people", as: "auditor", path: "/api/v1/people", status: 200, content: []string{`"waiting":[{"position":"operator"}]`, `"alone":true`}},
		{name: "who made the password could still come in", as: "supervisor", method: "POST", path: one + "/approve", body: `{"note":"I know her"}`, status: 409, content: []string{"positions_unclaimed"}},
	})
	h.people["wang"], h.passwords["wang"] = made.Person.ID, made.InitialPassword
	h.run([]scenario{
		{name: "her own password", as: "wang", method: "PUT", path: "/api/v1/session/password", body: `{"current":"` + made.InitialPassword + `","new":"nobody-else-knows-it"}`, status: 204},
		{name: "she watches nothing yet", as: "wang", path: "/api/v1/cameras", status: 403},
		{name: "confirmed", as: "supervisor", method: "POST", path: one + "/approve", body: `{"note":"I know her"}`, status: 204},
		{name: "twice", as: "supervisor", method: "POST", path: one + "/approve", body: `{}`, status: 409, content: []string{"proposal_decided"}},
		{name: "another kind", as: "supervisor", method: "POST", path: "/api/v1/proposals/0000000000000/approve", body: `{}`, status: 404, content: []string{"proposal_unknown"}},
		{name: "held", as: "auditor", path: "/api/v1/people", status: 200, content: []string{`"username":"wang","displayName":"W","positions":["operator"],"holdings":[{"position":"operator"}]`}, not: []string{`"waiting"`}},
	})
	if held := get[route.List[reviewapi.ReviewLine]](h, "supervisor", "GET", "/api/v1/rights-reviews/held", "", 200); !slices.ContainsFunc(held.Items, func(l reviewapi.ReviewLine) bool { return l.Position == "supervisor" && l.Alone }) ||
		slices.ContainsFunc(held.Items, func(l reviewapi.ReviewLine) bool { return l.Person == made.Person.ID && l.Alone }) {
		t.Errorf("%+v", held)
	}
	review := get[reviewapi.RightsReview](h, "supervisor", "POST", "/api/v1/rights-reviews", `{"note":""}`, 201)
	for _, i := range review.Items {
		if i.Position == "auditor" && i.Alone {
			h.send("supervisor", "POST", "/api/v1/rights-reviews/"+review.ID+"/decisions", `{"items":["`+i.ID+`"],"decision":"confirmed","reason":"known to us all"}`)
		}
	}
	held := get[route.List[reviewapi.ReviewLine]](h, "supervisor", "GET", "/api/v1/rights-reviews/held", "", 200)
	if slices.ContainsFunc(held.Items, func(l reviewapi.ReviewLine) bool { return l.Position == "auditor" && l.Alone }) {
		t.Error("a review confirmed it, and it is still marked")
	}
}

// TestAMadePasswordOpensNothingElse walks every route with a password that an
// administrator made, as they could.
func TestAMadePasswordOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	reset := get[people.PasswordReset](h, "administrator", "POST", "/api/v1/people/"+h.person("operator")+"/password-reset", "", 200)
	made := get[people.MadePerson](h, "administrator", "POST", "/api/v1/people", `{"username":"wang","displayName":"W","positions":["supervisor"],"password":"correct-horse-wang-7"}`, 201)
	if made.InitialPassword != "" {
		t.Error("a password was made though one was given")
	}
	h.passwords["operator"], h.passwords["wang"] = reset.InitialPassword, "correct-horse-wang-7"
	for _, name := range []string{"operator", "wang"} {
		h.people[name], h.keys[name] = "known", h.signIn(name)
		for _, r := range h.router.Routes() {
			if r.Demand.Guest() || r.Path == "/api/v1/session" || r.Path == "/api/v1/session/password" || entersOnly(r) {
				continue
			}
			w := h.send(name, r.Method, placeholder.ReplaceAllString(r.Path, "0000000000000"), "")
			if w.Code != 403 || !strings.Contains(w.Body.String(), "password_change_required") {
				t.Errorf("%s %s: %d %s", r.Method, r.Path, w.Code, w.Body)
			}
		}
		h.run([]scenario{
			{name: "who made it", as: name, path: "/api/v1/session", status: 200, content: []string{`"actions":[]`, `"byName":"ADMINISTRATOR"`, `"at":"`}},
			{name: "the same again", as: name, method: "PUT", path: "/api/v1/session/password", body: `{"current":"` + h.passwords[name] + `","new":"` + h.passwords[name] + `"}`, status: 422, content: []string{"password_same", "body.new"}},
			{name: "one's own", as: name, method: "PUT", path: "/api/v1/session/password", body: `{"current":"` + h.passwords[name] + `","new":"nobody-else-knows-` + name + `"}`, status: 204},
			{name: "settled", as: name, path: "/api/v1/session", status: 200, content: []string{`"live.view"`}, not: []string{"passwordMade"}},
			{name: "in", as: name, path: "/api/v1/cameras", status: 200},
		})
	}
	h.run([]scenario{
		{name: "signed out by oneself", as: "wang", method: "DELETE", path: "/api/v1/session", status: 204},
	})
}

func TestDisablingEndsTheSessions(t *testing.T) {
	h := newHouse(t)
	for _, as := range []string{"operator", "token"} {
		if w := h.send(as, "GET", "/api/v1/cameras", ""); w.Code != 200 {
			t.Fatalf("%s: %d", as, w.Code)
		}
	}
	if w := h.send("administrator", "PATCH", "/api/v1/people/"+h.person("operator"), `{"disabled":true}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, as := range []string{"operator", "token"} { // the token is the operator's
		if w := h.send(as, "GET", "/api/v1/cameras", ""); w.Code != 401 {
			t.Errorf("%s: %d", as, w.Code)
		}
	}
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	soon := h.now().Add(time.Hour).UTC().Format(time.RFC3339)
	h.run([]scenario{
		{name: "guest", path: "/api/v1/tokens", status: 401},
		{name: "list as operator", as: "operator", path: "/api/v1/tokens", status: 403},
		{name: "make one", as: "token", path: "/api/v1/cameras", status: 200},
		{name: "list", as: "administrator", path: "/api/v1/tokens", status: 200, content: []string{`"signage"`, `["camera.read"]`}, not: []string{"wr_"}},
		{name: "more than one has", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":["live.view"]}`, status: 403, content: []string{"right_missing"}},
		{name: "no such right", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":["everything"]}`, status: 422, content: []string{"action_unknown", "body.actions"}},
		{name: "no rights", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":[]}`, status: 422},
		{name: "past", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":["metrics.read"],"expiresAt":"2020-01-01T00:00:00Z"}`, status: 422, content: []string{"token_expiry_past"}},
		{name: "far future", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":["metrics.read"],"expiresAt":"9000-01-01T00:00:00Z"}`, status: 422, content: []string{"time_out_of_range"}},
		{name: "not a date", as: "administrator", method: "POST", path: "/api/v1/tokens", body: `{"name":"x","actions":["metrics.read"],"expiresAt":"soon"}`, status: 422},
		{name: "revoke what is not there", as: "administrator", method: "DELETE", path: "/api/v1/tokens/0000000000000", status: 404, content: []string{"token_unknown"}},
	})
	made := get[people.MadeToken](h, "administrator", "POST", "/api/v1/tokens", `{"name":"Prometheus","actions":["metrics.read"],"expiresAt":"`+soon+`"}`, 201)
	if !strings.HasPrefix(made.Secret, "wr_") || made.ExpiresAt == nil {
		t.Errorf("%+v", made)
	}
	h.keys["prometheus"] = http.Header{"Authorization": {"Bearer " + made.Secret}}
	h.run([]scenario{
		{name: "figures", as: "prometheus", path: "/metrics", status: 200, content: []string{"watchroom_http_requests_total"}},
		{name: "figures without the right", as: "token", path: "/metrics", status: 403},
		{name: "figures for a guest", path: "/metrics", status: 401},
		{name: "nothing else", as: "prometheus", path: "/api/v1/cameras", status: 403},
		{name: "revoke", as: "administrator", method: "DELETE", path: "/api/v1/tokens/" + made.ID, status: 204},
		{name: "revoked", as: "prometheus", path: "/metrics", status: 401},
	})
	if all := get[route.List[people.Token]](h, "administrator", "GET", "/api/v1/tokens", "", 200); len(all.Items) != 1 {
		t.Errorf("%+v", all)
	}
}
