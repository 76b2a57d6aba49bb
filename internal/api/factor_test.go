package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/api/factor"
	"watchroom/internal/api/session"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/clause"
)

// confirmationOf is the body that shows a person's password again.
func (h *house) confirmationOf(name string) string {
	return `{"password":"` + h.passwords[name] + `"}`
}

// app adds an authenticator app for somebody who is signed in, and gives its key and codes.
func (h *house) app(name string) (secret.Text, []string) {
	h.t.Helper()
	begun := get[factor.TOTPBeginning](h, name, "POST", "/api/v1/session/factors/totp", h.confirmationOf(name), 200)
	code := h.codeOf(secret.Text(begun.Secret), 0)
	made := get[factor.Enrolled](h, name, "POST", "/api/v1/session/factors/totp/confirm", `{"ticket":"`+begun.Ticket+`","code":"`+code+`","name":"手机"}`, 201)
	return secret.Text(begun.Secret), made.Codes
}

func (h *house) codeOf(key secret.Text, off int64) string {
	h.t.Helper()
	code, err := totp.Code(key, totp.StepOf(h.now())+off)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// half takes the first step of a sign-in and keeps its cookie as somebody's key.
func (h *house) half(name, as string) {
	h.t.Helper()
	w := h.send("guest", "POST", "/api/v1/session", `{"username":"`+name+`","password":"`+h.passwords[name]+`"}`)
	if w.Code != 401 || !strings.Contains(w.Body.String(), "second_factor_needed") {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		h.t.Fatalf("cookies: %v", cookies)
	}
	c := cookies[0]
	if c.Name != session.StepCookie || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/v1/session" || c.MaxAge != 300 {
		h.t.Errorf("%+v", c)
	}
	h.keys[as] = http.Header{"Cookie": {c.Name + "=" + c.Value}}
}

func TestTheSecondStep(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.person("operator")
	key, codes := h.app("operator")
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	h.half("operator", "half")
	h.run([]scenario{
		{name: "the password opens nothing", as: "half", path: "/api/v1/session", status: 401},
		{name: "nor anything else", as: "half", path: "/api/v1/cameras", status: 401},
		{name: "without the step", method: "POST", path: "/api/v1/session/second", body: `{"kind":"totp","code":"123456"}`, status: 409, content: []string{"step_expired"}},
		{name: "a wrong code", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"totp","code":"000000"}`, status: 401, content: []string{"second_factor_refused"}},
		{name: "no such kind", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"sms","code":"000000"}`, status: 422, content: []string{"body.kind"}},
		{name: "a long code", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"totp","code":"` + strings.Repeat("1", 10_000) + `"}`, status: 422, content: []string{"body.code"}},
		{name: "no passkey", as: "half", method: "POST", path: "/api/v1/session/second/passkey/options", status: 404, content: []string{"factor_unknown"}},
	})
	w := h.send("half", "POST", "/api/v1/session/second", `{"kind":"totp","code":"`+h.codeOf(key, 1)+`"}`)
	if w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var opened, ended bool
	for _, c := range w.Result().Cookies() {
		opened = opened || c.Name == "watchroom_session" && len(c.Value) > 40
		ended = ended || c.Name == session.StepCookie && c.MaxAge < 0
	}
	if !opened || !ended {
		t.Errorf("cookies: %v", w.Result().Cookies())
	}
	h.half("operator", "half")
	h.run([]scenario{
		{name: "the same code again", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"totp","code":"` + h.codeOf(key, 1) + `"}`, status: 401},
		{name: "a code on paper", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"recovery","code":"` + codes[0] + `"}`, status: 201},
		{name: "what one has", as: "operator", path: "/api/v1/session/factors", status: 200, content: []string{`"codes":9`, `"kind":"totp"`, `"recovery_used"`, `"origin":"https://watch.example.org"`},
			not: []string{key.Reveal(), codes[1], "otpauth"}},
		{name: "what an administrator sees", as: "administrator", path: "/api/v1/people/" + h.person("operator") + "/factors", status: 200, content: []string{`"kind":"totp"`}, not: []string{key.Reveal(), codes[1], "notices"}},
		{name: "what an auditor sees", as: "auditor", path: "/api/v1/people/" + h.person("operator") + "/factors", status: 403},
		{name: "of nobody", as: "administrator", path: "/api/v1/people/0000000000000/factors", status: 404, content: []string{"person_unknown"}},
	})
	if strings.Contains(h.log.String(), key.Reveal()) || strings.Contains(h.log.String(), codes[0]) {
		t.Error("the log holds a secret")
	}
}

func TestFactorsAreOnesOwn(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	key, _ := h.app("operator")
	own := get[factor.OwnFactors](h, "operator", "GET", "/api/v1/session/factors", "", 200)
	id, person := own.Items[0].ID, h.person("operator")
	begun := get[factor.TOTPBeginning](h, "operator", "POST", "/api/v1/session/factors/totp", h.confirmationOf("operator"), 200)
	ahead := h.codeOf(secret.Text(begun.Secret), 8)
	enrol := func(ticket, code, name string) string {
		return fmt.Sprintf(`{"ticket":%q,"code":%q,"name":%q}`, ticket, code, name)
	}
	confirm := "/api/v1/session/factors/totp/confirm"
	h.run([]scenario{
		{name: "guest", path: "/api/v1/session/factors", status: 401},
		{name: "token", as: "token", method: "POST", path: "/api/v1/session/factors/totp", body: `{"password":"x"}`, status: 401},
		{name: "without the password", as: "operator", method: "POST", path: "/api/v1/session/factors/totp", body: `{"password":"x"}`, status: 403, content: []string{"wrong_password", "body.password"}},
		{name: "another's beginning", as: "auditor", method: "POST", path: confirm, body: enrol(begun.Ticket, ahead, "x"), status: 409, content: []string{"step_expired"}},
		{name: "a clock that is off", as: "operator", method: "POST", path: confirm, body: enrol(begun.Ticket, ahead, "x"), status: 422, content: []string{"totp_clock_ahead", `"minutes":4`, "body.code"}},
		{name: "a long name", as: "operator", method: "POST", path: confirm, body: enrol(begun.Ticket, ahead, strings.Repeat("门", 10_000)), status: 422, content: []string{"body.name"}},
		{name: "no name", as: "operator", method: "POST", path: confirm, body: enrol(begun.Ticket, ahead, " "), status: 422, content: []string{"field_required"}},
		{name: "a ticket that is none", as: "operator", method: "POST", path: confirm, body: enrol("x", ahead, "x"), status: 409, content: []string{"step_expired"}},
		{name: "renaming another's", as: "auditor", method: "PATCH", path: "/api/v1/session/factors/" + id, body: `{"name":"mine"}`, status: 404, content: []string{"factor_unknown"}},
		{name: "removing another's", as: "auditor", method: "POST", path: "/api/v1/session/factors/" + id + "/remove", body: h.confirmationOf("auditor"), status: 403},
		{name: "removing it as an auditor", as: "auditor", method: "POST", path: "/api/v1/people/" + person + "/factors/" + id + "/remove", body: `{"reason":"it is lost"}`, status: 403, content: []string{"right_missing"}},
		{name: "another's notice", as: "auditor", method: "POST", path: "/api/v1/session/factors/notices/" + own.Notices[0].ID + "/seen", status: 404},
		{name: "one's own notice", as: "operator", method: "POST", path: "/api/v1/session/factors/notices/" + own.Notices[0].ID + "/seen", status: 204},
		{name: "codes without a factor", as: "administrator", method: "POST", path: "/api/v1/session/factors/codes", body: `{"password":"x"}`, status: 403},
		{name: "an administrator's own", as: "administrator", method: "POST", path: "/api/v1/people/" + h.person("administrator") + "/factors/" + id + "/remove", body: `{"reason":"it is lost"}`, status: 403, content: []string{"factor_own"}},
		{name: "without a reason", as: "administrator", method: "POST", path: "/api/v1/people/" + person + "/factors/" + id + "/remove", body: `{"reason":""}`, status: 422},
		{name: "lost", as: "administrator", method: "POST", path: "/api/v1/people/" + person + "/factors/" + id + "/remove", body: `{"reason":"it is lost"}`, status: 204},
		{name: "signed out", as: "operator", path: "/api/v1/session", status: 401},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=factor.removed", status: 200, content: []string{"it is lost", person}, not: []string{key.Reveal()}},
	})
}

// credential is what an authenticator made, as our browser sends it.
func (h *house) credential(b []byte) string {
	h.t.Helper()
	var all map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		h.t.Fatal(err)
	}
	delete(all, "rawId")
	b, err := json.Marshal(all)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// TestPasskeysOverHTTP: enrolled, and then alone at the door.
func TestPasskeysOverHTTP(t *testing.T) {
	h := newHouse(t)
	h.person("operator")
	begun := get[factor.PasskeyBeginning](h, "operator", "POST", "/api/v1/session/factors/passkeys", h.confirmationOf("operator"), 200)
	k := authenticator.New(t, "watch.example.org", "https://watch.example.org")
	credential := h.credential
	made := get[factor.Enrolled](h, "operator", "POST", "/api/v1/session/factors/passkeys/confirm",
		`{"ticket":"`+begun.Ticket+`","name":"值班室钥匙","credential":`+credential(k.Create(t, begun.Options.Challenge, h.person("operator")))+`}`, 201)
	if made.Factor.AAGUID != authenticator.AAGUID || len(made.Codes) != 10 {
		t.Errorf("%+v", made)
	}
	ask := func(as string) passkey.KeyRequest {
		t.Helper()
		path := "/api/v1/session/passkey/options"
		if as != "guest" {
			path = "/api/v1/session/second/passkey/options"
		}
		w := h.send(as, "POST", path, "")
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c := w.Result().Cookies()[0]
		h.keys["asked"] = http.Header{"Cookie": {c.Name + "=" + c.Value}}
		var out passkey.KeyRequest
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	options := ask("guest")
	answer := credential(k.Get(t, options.Challenge))
	h.run([]scenario{
		{name: "alone", as: "asked", method: "POST", path: "/api/v1/session/passkey", body: answer, status: 201, content: []string{`"username":"operator"`}},
		{name: "again", as: "asked", method: "POST", path: "/api/v1/session/passkey", body: answer, status: 401, content: []string{"second_factor_refused"}},
		{name: "without the question", method: "POST", path: "/api/v1/session/passkey", body: answer, status: 409, content: []string{"step_expired"}},
		{name: "at the wrong door", as: "asked", method: "POST", path: "/api/v1/session/second/passkey", body: answer, status: 409, content: []string{"step_expired"}},
		{name: "not an answer", as: "asked", method: "POST", path: "/api/v1/session/passkey", body: `{"id":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}`, status: 401},
	})
	h.half("operator", "half")
	options = ask("half")
	if len(options.Allow) != 1 {
		t.Errorf("%+v", options)
	}
	k.Origin = "https://evil.example"
	foreign := credential(k.Get(t, options.Challenge))
	k.Origin = "https://watch.example.org"
	right := credential(k.Get(t, options.Challenge))
	h.run([]scenario{
		{name: "a foreign origin", as: "asked", method: "POST", path: "/api/v1/session/second/passkey", body: foreign, status: 401},
		{name: "second", as: "asked", method: "POST", path: "/api/v1/session/second/passkey", body: right, status: 201},
	})
	h.half("operator", "half")
	options = ask("half")
	late := credential(k.Get(t, options.Challenge))
	h.shift.Add((5 * time.Minute).Microseconds())
	h.run([]scenario{{name: "too late", as: "asked", method: "POST", path: "/api/v1/session/second/passkey", body: late, status: 409, content: []string{"step_expired"}}})
}

// TestWhoLacksARequiredFactorOpensNothingElse walks every route as somebody whose
// position must have a second factor.
func TestWhoLacksARequiredFactorOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	h.key("token") // the operator's
	h.key("operator")
	h.rule("second_factor.positions", `["operator"]`)
	for _, name := range []string{"operator", "token"} {
		for _, r := range h.router.Routes() {
			if r.Demand.Guest() || r.Path == "/api/v1/session" || r.Path == "/api/v1/session/password" || strings.HasPrefix(r.Path, "/api/v1/session/factors") || entersOnly(r) {
				continue
			}
			w := h.send(name, r.Method, placeholder.ReplaceAllString(r.Path, "0000000000000"), "")
			if w.Code != 403 || !strings.Contains(w.Body.String(), "factor_required") {
				t.Errorf("%s: %s %s: %d %s", name, r.Method, r.Path, w.Code, w.Body)
			}
		}
	}
	h.run([]scenario{{name: "what is missing", as: "operator", path: "/api/v1/session", status: 200, content: []string{`"factorMissing":true`, `"actions":[]`}}})
	h.app("operator")
	own := get[factor.OwnFactors](h, "operator", "GET", "/api/v1/session/factors", "", 200)
	h.run([]scenario{
		{name: "settled", as: "operator", path: "/api/v1/session", status: 200, content: []string{`"factorMissing":false`, `"live.view"`}},
		{name: "in", as: "operator", path: "/api/v1/cameras", status: 200},
		{name: "the token, too", as: "token", path: "/api/v1/cameras", status: 200},
		{name: "the last one stays", as: "operator", method: "POST", path: "/api/v1/session/factors/" + own.Items[0].ID + "/remove", body: h.confirmationOf("operator"), status: 409, content: []string{"factor_last"}},
	})
}

// TestACardAndItsPIN: from the desk that issues it to a sign-in, a second person and a locked
// console; nothing that is answered or logged tells its number or its PIN.
func TestACardAndItsPIN(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	operator := h.person("operator")
	h.person("administrator")
	h.key("operator")
	const number, pin = "0004719283", "804137"
	of := "/api/v1/people/" + operator
	choose := func(number, old, pin string) string {
		return fmt.Sprintf(`{"password":%q,"card":%q,"old":%q,"pin":%q}`, h.passwords["operator"], number, old, pin)
	}
	h.run([]scenario{
		{name: "an auditor issues one", as: "auditor", method: "POST", path: of + "/card", body: `{"card":"` + number + `","name":"员工卡"}`, status: 403},
		{name: "no number", as: "administrator", method: "POST", path: of + "/card", body: `{"card":"x","name":"员工卡"}`, status: 422, content: []string{"card_number", "body.card"}},
		{name: "issued", as: "administrator", method: "POST", path: of + "/card", body: `{"card":"` + number + `\r\n","name":"员工卡"}`, status: 201, content: []string{`"kind":"card"`, `"tail":"9283"`, `"state":"no_pin"`}, not: []string{number}},
		{name: "issued again", as: "administrator", method: "POST", path: of + "/card", body: `{"card":"` + number + `","name":"员工卡"}`, status: 409, content: []string{"card_there"}},
		{name: "an administrator's own", as: "administrator", method: "POST", path: "/api/v1/people/" + h.person("administrator") + "/card", body: `{"card":"00047192","name":"x"}`, status: 403, content: []string{"factor_own"}},
		{name: "a weak PIN", as: "operator", method: "POST", path: "/api/v1/session/factors/card/pin", body: choose(number, "", "471928"), status: 422, content: []string{"card_pin_weak", `"reason":"card"`, "body.pin"}, not: []string{"471928"}},
		{name: "another card", as: "operator", method: "POST", path: "/api/v1/session/factors/card/pin", body: choose("0004719284", "", pin), status: 401, content: []string{"second_factor_refused"}},
		{name: "a long number", as: "operator", method: "POST", path: "/api/v1/session/factors/card/pin", body: choose(strings.Repeat("1", 10_000), "", pin), status: 422, content: []string{"body.card"}, not: []string{"1111"}},
		{name: "a token", as: "token", method: "POST", path: "/api/v1/session/factors/card/pin", body: choose(number, "", pin), status: 401},
		{name: "the PIN", as: "operator", method: "POST", path: "/api/v1/session/factors/card/pin", body: choose(number, "", pin), status: 201, content: []string{`"codes":["`}, not: []string{number, pin}},
		{name: "what one has", as: "operator", path: "/api/v1/session/factors", status: 200, content: []string{`"kind":"card"`, `"by":"`, `"kind":"card_issued"`}, not: []string{number, pin, `"state"`}},
		{name: "who waits to lock", as: "operator", method: "POST", path: "/api/v1/session/lock", status: 200, content: []string{`"ways":["card","password"]`}},
		{name: "a card without its PIN", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"card":"` + number + `"}`, status: 422, content: []string{"unlock_needs_proof"}},
		{name: "a wrong PIN", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"card":"` + number + `","pin":"804138"}`, status: 401, content: []string{"second_factor_refused"}},
		{name: "unlocked", as: "operator", method: "POST", path: "/api/v1/session/unlock", body: `{"card":"` + number + `","pin":"` + pin + `"}`, status: 200, content: []string{`"locked":false`}},
	})
	h.half("operator", "half")
	h.run([]scenario{
		{name: "the PIN alone", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"card","code":"` + pin + `"}`, status: 401, content: []string{"second_factor_refused"}},
		{name: "card and PIN", as: "half", method: "POST", path: "/api/v1/session/second", body: `{"kind":"card","card":"` + number + `","code":"` + pin + `"}`, status: 201, not: []string{number, pin}},
	})
	own := get[factor.OwnFactors](h, "operator", "GET", "/api/v1/session/factors", "", 200)
	card := of + "/factors/" + own.Items[0].ID
	h.run([]scenario{
		{name: "not locked", as: "administrator", method: "POST", path: card + "/unlock", body: `{"reason":"mistyped"}`, status: 409, content: []string{"card_not_locked"}},
		{name: "taken back", as: "administrator", method: "POST", path: card + "/remove", body: `{"reason":"the guard has left"}`, status: 204},
		{name: "signed out", as: "operator", path: "/api/v1/session", status: 401},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=card.issued", status: 200, content: []string{operator, "9283"}, not: []string{number, pin}},
		{name: "on record", as: "auditor", path: "/api/v1/acts?kind=factor.refused", status: 200, content: []string{"card_number", "card_unknown"}, not: []string{number, pin, "804138"}},
		{name: "at the console", as: "auditor", path: "/api/v1/acts?kind=console.refused", status: 200, content: []string{`"with":"card"`}, not: []string{number, "804138"}},
	})
	for _, s := range []string{number, pin, "804138", "0004719284"} {
		if strings.Contains(h.log.String(), s) {
			t.Errorf("the log tells %s", s)
		}
	}
}
