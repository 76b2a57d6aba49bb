package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/second"
	"watchroom/internal/api/viewing"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// done gives the acts of a kind.
func (h *house) done(kind string) []ledger.Act {
	h.t.Helper()
	acts, _, err := ledger.List(h.t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

// asks asks for a second person to a viewing of the gate.
func (h *house) asks(as string) string {
	h.t.Helper()
	a := get[second.SecondAsk](h, as, "POST", "/api/v1/second-asks", `{"kind":"viewing","cameras":["`+h.gate+`"],`+stated+`}`, 201)
	if a.State != "waiting" || !a.Mine || a.Answerable {
		h.t.Fatalf("%+v", a)
	}
	return a.ID
}

func (h *house) sessions() int {
	h.t.Helper()
	n, err := h.deps.DB.Read().NewSelect().TableExpr("sessions").Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return int(n)
}

// TestTwoOpenAViewing: where a grade demands two, the guard asks, and a duty lead agrees in a
// session of their own, to just that.
func TestTwoOpenAViewing(t *testing.T) {
	clause.Covers(t, "C104", "C111", "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		h.parameter("viewing.second_grade", `"grade_1"`)
		for _, who := range []string{"operator", "colleague", "duty_lead", "supervisor", "leader", "auditor", "technician"} {
			h.key(who)
		}
		plain := `{"cameras":["{gate}"],` + stated + `}`
		h.run([]scenario{
			{name: "alone", as: "operator", method: "POST", path: "/api/v1/viewings", body: plain, status: 403, content: []string{"viewing_second", `"grade":1`}},
			{name: "asking a token's", as: "token", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"live","cameras":["{gate}"]}`, status: 403},
			{name: "where nobody is needed", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"live","cameras":["{gate}"]}`, status: 409, content: []string{"second_not_needed"}},
			{name: "two cameras live", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"live","cameras":["{gate}","{yard}"]}`, status: 422, content: []string{"second_camera"}},
			{name: "without an interval", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"viewing","cameras":["{gate}"],"purpose":"incident","reason":"核对报警经过"}`, status: 422},
			{name: "without a reason", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"viewing","cameras":["{gate}"],"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z","purpose":"incident"}`, status: 422, content: []string{"field_required"}},
			{name: "of no kind", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"everything","cameras":["{gate}"]}`, status: 422},
		})
		id := h.asks("operator")
		one := "/api/v1/second-asks/" + id
		with := `{"cameras":["` + h.gate + `"],` + stated + `,"second":"` + id + `"}`
		h.run([]scenario{
			{name: "the guard's list", as: "operator", path: "/api/v1/second-asks", status: 200, content: []string{id, `"mine":true`, `"answerable":false`, `"personName":"OPERATOR"`}},
			{name: "a colleague's list", as: "colleague", path: "/api/v1/second-asks", status: 200, not: []string{id}},
			{name: "a lead's list", as: "duty_lead", path: "/api/v1/second-asks", status: 200, content: []string{id, `"mine":false`, `"answerable":true`, "核对报警经过"}},
			{name: "a leader's list", as: "leader", path: "/api/v1/second-asks", status: 200, content: []string{id, `"answerable":true`}},
			{name: "an auditor's list", as: "auditor", path: "/api/v1/second-asks", status: 403},
			{name: "one, for a colleague", as: "colleague", path: one, status: 404, content: []string{"second_unknown"}},
			{name: "before anybody agreed", as: "operator", method: "POST", path: "/api/v1/viewings", body: with, status: 403, content: []string{"second_none"}},
			{name: "the guard agrees", as: "operator", method: "POST", path: one + "/agree", status: 403, content: []string{`"second.agree"`}},
			{name: "a colleague agrees", as: "colleague", method: "POST", path: one + "/agree", status: 403, content: []string{`"second.agree"`}},
			{name: "refusing without a word", as: "duty_lead", method: "POST", path: one + "/refuse", body: `{"note":" "}`, status: 422},
			{name: "withdrawn by another", as: "supervisor", method: "POST", path: one + "/withdraw", status: 404, content: []string{"second_unknown"}},
			{name: "unknown", as: "duty_lead", method: "POST", path: "/api/v1/second-asks/0000000000000/agree", status: 404, content: []string{"second_unknown"}},
			{name: "agreed", as: "duty_lead", method: "POST", path: one + "/agree", status: 200, content: []string{`"state":"agreed"`, `"position":"duty_lead"`, `"way":"apart"`}},
			{name: "agreed twice", as: "supervisor", method: "POST", path: one + "/agree", status: 409, content: []string{"second_over"}},
			{name: "refused after", as: "supervisor", method: "POST", path: one + "/refuse", body: `{"note":"not now"}`, status: 409, content: []string{"second_over"}},
			{name: "another interval", as: "operator", method: "POST", path: "/api/v1/viewings", body: strings.Replace(with, "10:00:00", "10:00:01", 1), status: 403, content: []string{"second_other"}},
			{name: "another reason", as: "operator", method: "POST", path: "/api/v1/viewings", body: strings.Replace(with, "核对", "查看", 1), status: 403, content: []string{"second_other"}},
			{name: "somebody else at the screen", as: "operator", method: "POST", path: "/api/v1/viewings", body: strings.Replace(with, `,"second"`, `,"present":[{"name":"A stranger","unit":"nobody asked"}],"second"`, 1), status: 403, content: []string{"second_other"}},
			{name: "more cameras", as: "operator", method: "POST", path: "/api/v1/viewings", body: strings.Replace(with, `"]`, `","{yard}"]`, 1), status: 403, content: []string{"second_other"}},
			{name: "by a colleague", as: "colleague", method: "POST", path: "/api/v1/viewings", body: with, status: 404, content: []string{"second_unknown"}},
		})
		// At another console of the same guard it counts for nothing.
		here := h.keys["operator"]
		h.keys["operator"] = h.signIn("operator")
		h.keys["phone"] = h.keys["operator"]
		h.run([]scenario{{name: "elsewhere", as: "operator", method: "POST", path: "/api/v1/viewings", body: with, status: 403, content: []string{"second_elsewhere"}}})
		h.keys["operator"] = here
		v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", with, 201)
		if v.Second == nil || v.Second.Person != h.person("duty_lead") || v.Second.Position != "duty_lead" || v.Second.Ask != id {
			t.Errorf("%+v", v.Second)
		}
		h.run([]scenario{
			{name: "played", as: "operator", path: h.under(v.ID) + "/playlist?" + morning, status: 200},
			{name: "played elsewhere by the same guard", as: "phone", path: h.under(v.ID) + "/playlist?" + morning, status: 403, content: []string{"viewing_elsewhere", `"playback.view"`}},
			{name: "used twice", as: "operator", method: "POST", path: "/api/v1/viewings", body: with, status: 403, content: []string{"second_none"}},
			{name: "a picture under it", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","viewing":"` + v.ID + `","at":"2026-11-22T08:30:00Z"}`, status: 403, content: []string{"viewing_second"}},
			{name: "who agreed, in the list", as: "auditor", path: "/api/v1/viewings", status: 200, content: []string{`"second":{"ask":"` + id}},
			{name: "who agreed, in the trail", as: "auditor", path: "/api/v1/acts?kind=viewing.opened", status: 200, content: []string{`"second":{"person":"` + h.person("duty_lead"), `"name":"DUTY_LEAD"`}},
			{name: "the footage that was asked for", as: "auditor", path: "/api/v1/acts?kind=second.agreed", status: 200, content: []string{`"footage":{"from":"2026-11-22T08:00:00Z","to":"2026-11-22T10:00:00Z"}`, "核对报警经过"}},
		})
		for kind, by := range map[string]string{"second.asked": "operator", "second.agreed": "duty_lead", "second.used": "operator"} {
			if acts := h.done(kind); len(acts) != 1 || acts[0].Person != h.person(by) || acts[0].Camera != h.gate || acts[0].Detail["askedBy"] != h.person("operator") {
				t.Errorf("%s: %+v", kind, acts)
			}
		}
		// Who will be at the screen is read and agreed to.
		both := `"present":[{"name":"李警官","unit":"城东派出所"},{"person":"` + h.person("technician") + `"}]`
		h.run([]scenario{{name: "with nobody whom the register has", as: "operator", method: "POST", path: "/api/v1/second-asks", body: `{"kind":"viewing","cameras":["{gate}"],` + stated + `,"present":[{"person":"0000000000000"}]}`, status: 422, content: []string{"present_person_unknown"}}})
		seen := get[second.SecondAsk](h, "operator", "POST", "/api/v1/second-asks", `{"kind":"viewing","cameras":["`+h.gate+`"],`+stated+`,`+both+`}`, 201).ID
		h.run([]scenario{{name: "the lead reads it", as: "duty_lead", path: "/api/v1/second-asks/" + seen, status: 200, content: []string{"李警官", "城东派出所", `"name":"TECHNICIAN"`}}})
		get[second.SecondAsk](h, "duty_lead", "POST", "/api/v1/second-asks/"+seen+"/agree", "", 200)
		alone := `{"cameras":["` + h.gate + `"],` + stated + `,"second":"` + seen + `"}`
		h.run([]scenario{
			{name: "without them", as: "operator", method: "POST", path: "/api/v1/viewings", body: alone, status: 403, content: []string{"second_other"}},
			{name: "with them, in another order", as: "operator", method: "POST", path: "/api/v1/viewings", body: strings.Replace(alone, `,"second"`, `,"present":[{"person":"`+h.person("technician")+`"},{"name":"李警官","unit":"城东派出所"}],"second"`, 1), status: 201},
		})
		refused := h.asks("operator")
		if a := get[second.SecondAsk](h, "leader", "POST", "/api/v1/second-asks/"+refused+"/refuse", `{"note":"ask the chief first"}`, 200); a.State != "refused" || a.Answer.Note != "ask the chief first" {
			t.Errorf("%+v", a)
		}
		late := h.asks("operator")
		h.shift.Store((10 * time.Minute).Microseconds())
		h.run([]scenario{
			{name: "after a refusal", as: "duty_lead", method: "POST", path: "/api/v1/second-asks/" + refused + "/agree", status: 409, content: []string{"second_over", `"refused"`}},
			{name: "too late", as: "duty_lead", method: "POST", path: "/api/v1/second-asks/" + late + "/agree", status: 409, content: []string{"second_over", `"expired"`}},
		})
	})
}

// TestTwoKeepAPictureAndWatch: terms of the rights to keep pictures and to watch demand two.
func TestTwoKeepAPictureAndWatch(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	h := newHouse(t)
	h.rules(`[{"id":"two","position":"operator","actions":["snapshot.take","live.view"],"second":true}]`)
	h.run([]scenario{
		{name: "a still alone", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 403, content: []string{"viewing_second"}},
		{name: "what the player is told", as: "operator", path: "/api/v1/live/{gate}/options", status: 200, content: []string{`"needsSecond":true`}},
		{name: "what others are told", as: "supervisor", path: "/api/v1/live/{gate}/options", status: 200, not: []string{"needsSecond"}},
	})
	if w := h.offer("operator", h.gate, "v=0"); w.Code != 403 || !strings.Contains(w.Body.String(), "viewing_second") {
		t.Fatalf("live alone: %d %s", w.Code, w.Body)
	}
	// Keeping the picture of now is seeing it.
	h.rules(`[{"id":"two","position":"operator","actions":["live.view"],"second":true}]`)
	h.run([]scenario{{name: "a live picture kept alone", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}"}`, status: 403, content: []string{"viewing_second", `"live.view"`}}})
	now := get[second.SecondAsk](h, "operator", "POST", "/api/v1/second-asks", `{"kind":"snapshot","cameras":["`+h.gate+`"]}`, 201).ID
	get[second.SecondAsk](h, "leader", "POST", "/api/v1/second-asks/"+now+"/agree", "", 200)
	h.run([]scenario{{name: "a live picture kept by two", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","second":"` + now + `"}`, status: 201}})
	h.rules(`[{"id":"two","position":"operator","actions":["snapshot.take","live.view"],"second":true}]`)
	kept := len(h.done("snapshot.taken"))
	v := h.state("operator")
	still := `"viewing":"` + v + `","at":"2026-11-22T08:30:00Z"`
	id := get[second.SecondAsk](h, "operator", "POST", "/api/v1/second-asks", `{"kind":"snapshot","cameras":["`+h.gate+`"],`+still+`,"reason":"the box"}`, 201).ID
	get[second.SecondAsk](h, "leader", "POST", "/api/v1/second-asks/"+id+"/agree", "", 200)
	h.run([]scenario{
		{name: "another instant", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","second":"` + id + `","note":"the box",` + strings.Replace(still, "08:30", "08:31", 1) + `}`, status: 403, content: []string{"second_other"}},
		{name: "another note", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","second":"` + id + `",` + still + `}`, status: 403, content: []string{"second_other"}},
		{name: "the picture", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","second":"` + id + `","note":"the box",` + still + `}`, status: 201},
		{name: "the picture twice", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"{gate}","second":"` + id + `","note":"the box",` + still + `}`, status: 403, content: []string{"second_none"}},
	})
	if acts := h.done("snapshot.taken"); len(acts) != kept+1 {
		t.Errorf("%d pictures are on record", len(acts))
	} else if with, _ := acts[0].Detail["second"].(map[string]any); with["person"] != h.person("leader") {
		t.Errorf("the act says %v", acts[0].Detail)
	}
	watch := get[second.SecondAsk](h, "operator", "POST", "/api/v1/second-asks", `{"kind":"live","cameras":["`+h.gate+`"]}`, 201).ID
	get[second.SecondAsk](h, "leader", "POST", "/api/v1/second-asks/"+watch+"/agree", "", 200)
	r := h.request("operator", http.MethodPost, "/api/v1/live/"+h.gate+"/whep?second="+watch, "v=0")
	r.Header.Set("Content-Type", "application/sdp")
	if w := serve(h.handler, r); w.Code != 201 {
		t.Fatalf("live with a leader: %d %s", w.Code, w.Body)
	}
	if acts := h.diary.of("live.opened"); len(acts) != 1 || acts[0].Detail["second"] == nil {
		t.Errorf("%+v", acts)
	}
}

// TestTheSecondPersonSignsHere: at the guard's screen, with the checks and limits of the door,
// and without a session.
func TestTheSecondPersonSignsHere(t *testing.T) {
	clause.Covers(t, "C112", "C113")
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	for _, who := range []string{"operator", "colleague", "duty_lead", "supervisor", "technician"} {
		h.key(who)
	}
	id := h.asks("operator")
	one := "/api/v1/second-asks/" + id + "/vouch"
	as := func(name, password string) string {
		b, err := json.Marshal(map[string]string{"username": name, "password": password})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := h.sessions()
	h.run([]scenario{
		{name: "guest", method: "POST", path: one, body: as("duty_lead", h.passwords["duty_lead"]), status: 401},
		{name: "at another's screen", as: "colleague", method: "POST", path: one, body: as("duty_lead", h.passwords["duty_lead"]), status: 404, content: []string{"second_unknown"}},
		{name: "a wrong password", as: "operator", method: "POST", path: one, body: as("duty_lead", "wrong"), status: 401, content: []string{"sign_in_failed"}},
		{name: "nobody", as: "operator", method: "POST", path: one, body: as("nobody", "wrong"), status: 401, content: []string{"sign_in_failed"}},
		{name: "oneself", as: "operator", method: "POST", path: one, body: as("operator", h.passwords["operator"]), status: 403, content: []string{"second_self"}},
		{name: "without the right", as: "operator", method: "POST", path: one, body: as("technician", h.passwords["technician"]), status: 403, content: []string{"second_unfit"}, not: []string{"right_missing"}},
		{name: "a colleague", as: "operator", method: "POST", path: one, body: as("colleague", h.passwords["colleague"]), status: 403, content: []string{"second_unfit"}},
		{name: "a step that nobody took", as: "operator", method: "POST", path: one + "/second", body: `{"kind":"totp","code":"000000"}`, status: 409, content: []string{"step_expired"}},
		{name: "a duty lead", as: "operator", method: "POST", path: one, body: as("duty_lead", h.passwords["duty_lead"]), status: 200, content: []string{`"state":"agreed"`, `"way":"here"`, `"mine":true`}},
		{name: "once more", as: "operator", method: "POST", path: one, body: as("supervisor", h.passwords["supervisor"]), status: 409, content: []string{"second_over"}},
	})
	if n := h.sessions(); n != before {
		t.Errorf("%d sessions came of it", n-before)
	}
	unfit := map[string]any{}
	for _, a := range h.done("second.unfit") {
		unfit[a.Person] = a.Detail["code"]
	}
	if len(unfit) != 3 || unfit[h.person("operator")] != "second_self" || unfit[h.person("technician")] != "right_missing" {
		t.Errorf("on record: %v", unfit)
	}
	if acts := h.done("second.agreed"); len(acts) != 1 || acts[0].Person != h.person("duty_lead") {
		t.Errorf("on record: %+v", acts)
	}
	get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", `{"cameras":["`+h.gate+`"],`+stated+`,"second":"`+id+`"}`, 201)

	// Guesses count at the door as well, and those at the door here.
	id = h.asks("operator")
	var locked bool
	for range 40 {
		w := h.send("operator", "POST", "/api/v1/second-asks/"+id+"/vouch", as("supervisor", "wrong"))
		if locked = w.Code == http.StatusTooManyRequests; locked {
			break
		}
	}
	if w := h.send("guest", "POST", "/api/v1/session", as("supervisor", h.passwords["supervisor"])); !locked || w.Code != http.StatusTooManyRequests {
		t.Errorf("guessing goes on: %v, at the door %d %s", locked, w.Code, w.Body)
	}
	if n := len(h.done("session.refused")); n < 4 {
		t.Errorf("%d refused guesses are on record", n)
	}
}

// TestTheSecondFactorOfTheSecondPerson is asked for as well, and its step is good for one ask.
func TestTheSecondFactorOfTheSecondPerson(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	h.key("operator")
	h.key("duty_lead")
	key, codes := h.app("duty_lead")
	id, other := h.asks("operator"), h.asks("operator")
	one := "/api/v1/second-asks/" + id + "/vouch"
	before := h.sessions()
	w := h.send("operator", "POST", one, `{"username":"duty_lead","password":"`+h.passwords["duty_lead"]+`"}`)
	if w.Code != 401 || !strings.Contains(w.Body.String(), "second_factor_needed") || !strings.Contains(w.Body.String(), "totp") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	if c.Name != "watchroom_second" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/v1/second-asks" || c.MaxAge != 300 {
		t.Errorf("%+v", c)
	}
	cookie := h.keys["operator"].Get("Cookie")
	h.keys["step"] = http.Header{"Cookie": {cookie + "; watchroom_second=" + c.Value}}
	h.keys["door"] = http.Header{"Cookie": {"watchroom_step=" + c.Value}}
	code := func(kind, value string) string { return `{"kind":"` + kind + `","code":"` + value + `"}` }
	h.run([]scenario{
		{name: "for another ask", as: "step", method: "POST", path: "/api/v1/second-asks/" + other + "/vouch/second", body: code("totp", h.codeOf(key, 1)), status: 409, content: []string{"step_expired"}},
		{name: "at the door", as: "door", method: "POST", path: "/api/v1/session/second", body: code("totp", h.codeOf(key, 1)), status: 409, content: []string{"step_expired"}},
		{name: "a wrong code", as: "step", method: "POST", path: one + "/second", body: code("totp", "000000"), status: 401, content: []string{"second_factor_refused"}},
		{name: "no passkey", as: "step", method: "POST", path: one + "/passkey/options", status: 404, content: []string{"factor_unknown"}},
		{name: "an answer without a question", as: "step", method: "POST", path: one + "/passkey", body: `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""}}`, status: 409, content: []string{"step_expired"}},
		{name: "the code", as: "step", method: "POST", path: one + "/second", body: code("totp", h.codeOf(key, 1)), status: 200, content: []string{`"state":"agreed"`, `"way":"here"`}},
		{name: "the step again", as: "step", method: "POST", path: one + "/second", body: code("recovery", codes[0]), status: 409, content: []string{"second_over"}},
	})
	if n := h.sessions(); n != before {
		t.Errorf("%d sessions came of it", n-before)
	}
	if acts := h.done("factor.refused"); len(acts) != 1 || acts[0].Detail["at"] != "second_person" {
		t.Errorf("%+v", acts)
	}
	if strings.Contains(h.log.String(), codes[0]) || strings.Contains(h.log.String(), h.passwords["duty_lead"]) {
		t.Error("the log holds a secret")
	}
}

// TestACodeThatWasRefusedIsUsedUp: whoever saw it at the guard's screen has nothing in hand.
func TestACodeThatWasRefusedIsUsedUp(t *testing.T) {
	clause.Covers(t, "C113")
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	h.key("operator")
	h.key("technician")
	key, _ := h.app("technician")
	one := "/api/v1/second-asks/" + h.asks("operator") + "/vouch"
	step := func() {
		t.Helper()
		w := h.send("operator", "POST", one, `{"username":"technician","password":"`+h.passwords["technician"]+`"}`)
		if w.Code != 401 || !strings.Contains(w.Body.String(), "second_factor_needed") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		h.keys["step"] = http.Header{"Cookie": {h.keys["operator"].Get("Cookie") + "; watchroom_second=" + w.Result().Cookies()[0].Value}}
	}
	code := `{"kind":"totp","code":"` + h.codeOf(key, 1) + `"}`
	step()
	h.run([]scenario{
		{name: "without the right", as: "step", method: "POST", path: one + "/second", body: code, status: 403, content: []string{"second_unfit"}},
		{name: "the step again", as: "step", method: "POST", path: one + "/second", body: code, status: 401, content: []string{"second_factor_refused"}},
	})
	step()
	h.run([]scenario{{name: "the code again", as: "step", method: "POST", path: one + "/second", body: code, status: 401, content: []string{"second_factor_refused"}}})
	if acts := h.done("second.unfit"); len(acts) != 1 || acts[0].Person != h.person("technician") {
		t.Errorf("on record: %+v", acts)
	}
}

// TestWhoIsToldOfAnAsk: who asked, and who may answer, at once.
func TestWhoIsToldOfAnAsk(t *testing.T) {
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	h.key("operator")
	h.key("duty_lead")
	url := h.serve()
	lead, guard := h.listen("duty_lead", url, nil), h.listen("operator", url, nil)
	lead.expect("hello", "")
	guard.expect("hello", "")
	id := h.asks("operator")
	lead.expect("second", id)
	guard.expect("second", id)
	get[second.SecondAsk](h, "duty_lead", "POST", "/api/v1/second-asks/"+id+"/agree", "", 200)
	guard.expect("second", `"agreed"`)
}
