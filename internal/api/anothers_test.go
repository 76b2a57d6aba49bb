package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/api/factor"
	"watchroom/internal/api/people"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/testkit/authenticator"
	"watchroom/internal/testkit/clause"
)

// TestNobodyActsOnWhatIsAnothers tries every id that is somebody's own, as a colleague in the
// same position: nothing of another's is read, changed or ended by its id. Everything is there,
// and whose it is does the same afterwards, so that no row is refused for another cause. Each
// route with an {id} stands here, or says what else decides about it.
func TestNobodyActsOnWhatIsAnothers(t *testing.T) {
	clause.Covers(t, "C112")
	h := newHouse(t)
	const camera, house = "camera", "house"
	owned := map[string]string{ // by route: what decides, where it is no person's own
		"DELETE /api/v1/tokens/{id}": house, "GET /api/v1/people/{id}/factors": house, "GET /api/v1/people/{id}/sessions": house,
		"POST /api/v1/people/{id}/sessions/end": house, "PATCH /api/v1/people/{id}": house,
		"POST /api/v1/people/{id}/factors/{factor}/unlock": house, "POST /api/v1/people/{id}/card": house,
		"POST /api/v1/people/{id}/factors/{factor}/remove": house, "POST /api/v1/people/{id}/password-reset": house,
		"POST /api/v1/parameters/proposals/{id}/approve": house, "POST /api/v1/parameters/proposals/{id}/reject": house,
		"POST /api/v1/rights/versions/{id}/approve": house, "POST /api/v1/rights/versions/{id}/reject": house,
		"DELETE /api/v1/identities/{id}": house, "POST /api/v1/identities/{id}/link": house,
		"GET /api/v1/people/{id}/leaving": house, "POST /api/v1/people/{id}/leaving": house, "PUT /api/v1/stand-ins/{id}/photo": house, "GET /api/v1/people/{id}/photo.jpg": house, "PUT /api/v1/people/{id}/photo": house,
		"PATCH /api/v1/people/{id}/file": house, "POST /api/v1/people/{id}/leave": house,
		"PATCH /api/v1/areas/{id}": house, "POST /api/v1/areas/{id}/retire": house, "PATCH /api/v1/units/{id}": house, "POST /api/v1/units/{id}/retire": house,
		"POST /api/v1/contracts/{id}/end": house, "POST /api/v1/emergencies/{id}/settle": house, "POST /api/v1/shared-logins/{id}/judge": house,
		"POST /api/v1/consoles/{id}/token": house, "POST /api/v1/consoles/{id}/retire": house, "POST /api/v1/consoles/{id}/reports": "its own token",
		"GET /api/v1/rights-reviews/{id}": house, "POST /api/v1/rights-reviews/{id}/decisions": house,
		"PATCH /api/v1/positions/{code}": house, "POST /api/v1/positions/{code}/retire": house, "POST /api/v1/positions/{code}/restore": house,
		"PATCH /api/v1/purposes/{code}": house, "POST /api/v1/purposes/{code}/retire": house, "POST /api/v1/purposes/{code}/restore": house,
		"POST /api/v1/proposals/{id}/approve": house, "POST /api/v1/proposals/{id}/reject": house,
		"POST /api/v1/purposes/proposals/{id}/approve": house, "POST /api/v1/purposes/proposals/{id}/reject": house,
		"PUT /api/v1/rooms/{id}": "room", "POST /api/v1/rooms/{id}/retire": "room", "GET /api/v1/rooms/{id}/answers": "room", "POST /api/v1/rooms/{id}/sign-on": "room",
		"POST /api/v1/rooms/{id}/sign-on/password": "room", "POST /api/v1/rooms/{id}/sign-on/code": "room", "POST /api/v1/rooms/{id}/sign-on/passkey/options": "room", "POST /api/v1/rooms/{id}/sign-on/passkey": "room",
		"POST /api/v1/rooms/{id}/sign-off": "room", "POST /api/v1/rooms/{id}/take-over": "room", "POST /api/v1/rooms/{id}/close": "room",
		"POST /api/v1/rooms/{id}/handover": "room", "GET /api/v1/rooms/{id}/handovers": "room",
		"GET /api/v1/sign-in/oidc/{name}": "anybody", "GET /api/v1/sign-in/oidc/{name}/callback": "anybody",
	}
	for _, prefix := range []string{"/api/v1/cameras/", "/api/v1/holds/", "/api/v1/deletions/", "/api/v1/losses/", "/api/v1/storage-faults/", "/api/v1/maintenance/",
		"/api/v1/bookmarks/", "/api/v1/retention/", "/api/v1/acts/", "/api/v1/live/{camera}", "/api/v1/handovers/",
		"/api/v1/rooms/", "/api/v1/instructions/", "/api/v1/visits/", "/api/v1/duty-entries/", "/api/v1/duty-files/", "/api/v1/duty-reports/", "/api/v1/shifts/", "/api/v1/shift-patterns/", "/api/v1/presence/", "/api/v1/departures/", "/api/v1/leaves/", "/api/v1/swaps/", "/api/v1/late-notices/"} {
		for _, r := range h.router.Routes() {
			if strings.HasPrefix(r.Path, prefix) {
				owned[r.Method+" "+r.Path] = camera // the table of doors
			}
		}
	}
	interval := fmt.Sprintf(`"cameras":[%q],"from":%q,"to":%q`, h.gate, h.stamp(-120), h.stamp(-60))
	type made struct{ ID string }
	type row struct {
		route, target, body, cookie string
		status                      int    // for the colleague
		by                          string // whose it is, the supervisor's if empty
		own                         int    // what whose it is gets, success if 0
	}
	makes := func(target, body string) string {
		t.Helper()
		return get[made](h, "supervisor", "POST", target, body, 201).ID
	}
	seen := makes("/api/v1/viewings", `{`+interval+`,"purpose":"incident","reason":"南门附近有人倒地"}`)
	shot := makes("/api/v1/snapshots", fmt.Sprintf(`{"camera":%q}`, h.gate))
	layout := makes("/api/v1/layouts", fmt.Sprintf(`{"name":"own","size":1,"cells":[%q]}`, h.gate))
	search := makes("/api/v1/act-searches", `{"name":"own","query":"kind=camera."}`)
	rights := makes("/api/v1/rights/versions", `{"base":"built-in","reason":"no snapshots","rules":[{"id":"s","position":"operator","actions":["snapshot.take"],"deny":true}]}`)
	hold := makes("/api/v1/holds", `{`+interval+`,"kind":"case","owner":"x","reason":"a case","reviewAt":"`+h.stamp(600)+`"}`)
	order := makes("/api/v1/deletions", `{`+interval+`,"ground":"authority","reason":"by order","document":"12"}`)
	rule := makes("/api/v1/retention/rules", fmt.Sprintf(`{"camera":%q,"class":"main","reason":"less of it","rule":{"minimumDays":60,"minimumBasis":"own","minimumNote":"a note"}}`, h.gate))
	get[struct{}](h, "supervisor", "POST", "/api/v1/purposes", `{"code":"traffic","name":{"zh":"交通事故","en":""},"basis":{"zh":"园区交通管理规定","en":""}}`, 201)
	purpose := makes("/api/v1/purposes/proposals", `{"step":"change","code":"traffic","change":{"needsReason":false},"reason":"夜间只有一人值班"}`)
	hurry := makes("/api/v1/purposes/proposals", `{"step":"add","code":"hurry","change":{"name":{"zh":"紧急","en":""},"basis":{"zh":"应急预案","en":""},"needsReason":true,"reasonAfter":true},"reason":"火灾时来不及填写"}`)
	get[struct{}](h, "leader", "POST", "/api/v1/purposes/proposals/"+hurry+"/approve", `{}`, 200)
	due := makes("/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"hurry"}`, h.gate, h.stamp(-5), h.stamp(-1))) // its reason is due
	value := makes(proposals, `{"changes":[{"key":"viewing.lasts","value":"12h"}],"reason":"long nights"}`)
	h.send("supervisor", "POST", "/api/v1/holds/"+hold+"/release", `{"reason":"is over"}`)
	glass := makes("/api/v1/emergencies", `{"right":"live_graded","cause":"fire"}`)
	get[people.MadePerson](h, "administrator", "POST", "/api/v1/people", `{"username":"new","displayName":"New","positions":["operator"]}`, 201)
	given := get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items[0].ID
	open := get[route.List[made]](h, "supervisor", "GET", "/api/v1/sessions", "", 200).Items[0].ID
	live := h.offer("supervisor", h.gate, "v=0").Header().Get("Location")
	app, _ := h.app("supervisor")
	h.opens("supervisor", "desk", h.codeOf(app, 1)) // a notice is seen in another session than it tells of
	own := get[factor.OwnFactors](h, "desk", "GET", "/api/v1/session/factors", "", 200)
	key, notice := "/api/v1/session/factors/"+own.Items[0].ID, "/api/v1/session/factors/notices/"+own.Notices[0].ID
	sits := access.ActorOf(h.person("supervisor"), access.Supervisor)
	sits.Session = open
	asked := func() string {
		return "/api/v1/second-asks/" + must(h.deps.Viewings.Seconds.Put(t.Context(), sits, second.Wish{Kind: second.Live, Cameras: []string{h.gate}})).ID
	}
	ask, agreed, refused, vouched, coded, keyed, signed := asked(), asked(), asked(), asked(), asked(), asked(), asked()
	h.key("lead")
	h.key("duty_lead")
	code, _ := h.app("duty_lead")
	withKey := h.passkey("leader")
	// begins takes the step before one of a second person, and gives its cookie beside.
	begins := func(target, body, cookie string, status int) (string, []byte) {
		t.Helper()
		w := h.with(cookie, "supervisor", "POST", target, body)
		if w.Code != status || len(w.Result().Cookies()) != 1 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		c := w.Result().Cookies()[0]
		return c.Name + "=" + c.Value, w.Body.Bytes()
	}
	byPassword := func(name string) string { return fmt.Sprintf(`{"username":%q,"password":%q}`, name, h.passwords[name]) }
	codeStep, _ := begins(coded+"/vouch", byPassword("duty_lead"), "", 401)
	keyStep, _ := begins(keyed+"/vouch", byPassword("leader"), "", 401)
	signStep, _ := begins(signed+"/vouch", byPassword("leader"), "", 401)
	signStep, question := begins(signed+"/vouch/passkey/options", "", signStep, 200)
	under := "/api/v1/viewings/" + seen + "/cameras/" + h.gate
	at := "from=" + h.stamp(-110) + "&to=" + h.stamp(-100)
	rows := []row{
		{route: "GET /api/v1/viewings/{id}/cameras/{camera}/playlist", target: under + "/playlist?" + at, status: 403},
		{route: "GET /api/v1/viewings/{id}/cameras/{camera}/stream.mp4", target: under + "/stream.mp4?" + at, status: 403},
		{route: "GET /api/v1/viewings/{id}/cameras/{camera}/video.mp4", target: under + "/video.mp4?" + at, status: 403},
		{route: "GET /api/v1/viewings/{id}/cameras/{camera}/thumbnail.jpg", target: under + "/thumbnail.jpg?at=" + h.stamp(-110), status: 403},
		{route: "GET /api/v1/viewings/{id}/cameras/{camera}/download", target: under + "/download?" + at, status: 403, own: 403}, // nobody downloads, and no rule lets anybody
		{route: "GET /api/v1/snapshots/{id}/picture.jpg", target: "/api/v1/snapshots/" + shot + "/picture.jpg", status: 403},
		{route: "GET /api/v1/snapshots/{id}/picture.jpg", target: "/api/v1/snapshots/" + shot + "/picture.jpg?viewing=" + seen, status: 403},
		{route: "POST /api/v1/viewings/{id}/close", target: "/api/v1/viewings/" + seen + "/close", status: 403},
		{route: "PUT /api/v1/layouts/{id}", target: "/api/v1/layouts/" + layout, body: `{"name":"mine","size":1,"cells":[]}`, status: 404},
		{route: "DELETE /api/v1/layouts/{id}", target: "/api/v1/layouts/" + layout, status: 404},
		{route: "PUT /api/v1/act-searches/{id}", target: "/api/v1/act-searches/" + search, body: `{"name":"mine","query":""}`, status: 404},
		{route: "DELETE /api/v1/act-searches/{id}", target: "/api/v1/act-searches/" + search, status: 404},
		{route: "POST /api/v1/rights/versions/{id}/withdraw", target: "/api/v1/rights/versions/" + rights + "/withdraw", status: 403},
		{route: "POST /api/v1/holds/{id}/release/withdraw", target: "/api/v1/holds/" + hold + "/release/withdraw", status: 403},
		{route: "POST /api/v1/deletions/{id}/withdraw", target: "/api/v1/deletions/" + order + "/withdraw", body: `{"note":"not yet"}`, status: 403},
		{route: "POST /api/v1/retention/rules/{id}/withdraw", target: "/api/v1/retention/rules/" + rule + "/withdraw", status: 403},
		{route: "POST /api/v1/purposes/proposals/{id}/withdraw", target: "/api/v1/purposes/proposals/" + purpose + "/withdraw", body: `{}`, status: 403},
		{route: "POST /api/v1/proposals/{id}/withdraw", target: "/api/v1/proposals/" + given + "/withdraw", body: `{}`, by: "administrator", status: 403},
		{route: "POST /api/v1/parameters/proposals/{id}/withdraw", target: proposals + "/" + value + "/withdraw", body: `{}`, status: 403},
		{route: "POST /api/v1/emergencies/{id}/end", target: "/api/v1/emergencies/" + glass + "/end", body: `{}`, status: 422}, // not without a reason
		{route: "POST /api/v1/viewings/{id}/reason", target: "/api/v1/viewings/" + due + "/reason", body: `{"reason":"two cars at the gate"}`, status: 403},
		{route: "POST /api/v1/emergencies/{id}/report", target: "/api/v1/emergencies/" + glass + "/report", body: `{"report":"there was smoke in the hall"}`, status: 403},
		{route: "GET /api/v1/second-asks/{id}", target: ask, status: 404},
		{route: "POST /api/v1/second-asks/{id}/agree", target: agreed + "/agree", by: "leader", status: 403}, // of the same position
		{route: "POST /api/v1/second-asks/{id}/refuse", target: refused + "/refuse", body: `{"note":"not now"}`, by: "leader", status: 403},
		{route: "POST /api/v1/second-asks/{id}/withdraw", target: ask + "/withdraw", status: 404},
		{route: "POST /api/v1/second-asks/{id}/vouch", target: vouched + "/vouch", body: byPassword("lead"), status: 404},
		{route: "POST /api/v1/second-asks/{id}/vouch/second", target: coded + "/vouch/second", body: `{"kind":"totp","code":"` + h.codeOf(code, 1) + `"}`, cookie: codeStep, status: 404},
		{route: "POST /api/v1/second-asks/{id}/vouch/passkey/options", target: keyed + "/vouch/passkey/options", cookie: keyStep, status: 404},
		{route: "POST /api/v1/second-asks/{id}/vouch/passkey", target: signed + "/vouch/passkey", body: withKey(question), cookie: signStep, status: 404},
		{route: "PATCH /api/v1/live/sessions/{id}", target: live, body: "a=x", status: 404},
		{route: "DELETE /api/v1/live/sessions/{id}", target: live, status: 204}, // and does nothing, see below
		{route: "PATCH /api/v1/session/factors/{id}", target: key, body: `{"name":"x"}`, status: 404},
		{route: "POST /api/v1/session/factors/notices/{id}/seen", target: notice + "/seen", by: "desk", status: 404},
		{route: "POST /api/v1/session/factors/{id}/remove", target: key + "/remove", body: "password", status: 404},
		{route: "DELETE /api/v1/sessions/{id}", target: "/api/v1/sessions/" + open, status: 404},
	}
	try := func(r row, as string) *httptest.ResponseRecorder {
		if r.body == "password" {
			r.body = h.confirmationOf(as)
		}
		method, _, _ := strings.Cut(r.route, " ")
		return h.with(r.cookie, as, method, r.target, r.body)
	}
	for _, r := range rows {
		owned[r.route] = "person"
		if w := try(r, "deputy"); w.Code != r.status {
			t.Errorf("%s: %d %s", r.route, w.Code, w.Body)
		}
	}
	if _, err := h.whep.Viewer(live[strings.LastIndex(live, "/")+1:]); err != nil {
		t.Error("a colleague ended another's live picture")
	}
	h.run([]scenario{
		{name: "the layout", as: "supervisor", path: "/api/v1/layouts", status: 200, content: []string{layout, `"own"`}, not: []string{"mine"}},
		{name: "the search", as: "supervisor", path: "/api/v1/act-searches", status: 200, content: []string{search, "kind=camera."}},
		{name: "the rights", as: "supervisor", path: "/api/v1/rights", status: 200, content: []string{`"waiting":{"id":"` + rights}},
		{name: "the hold", as: "supervisor", path: "/api/v1/holds/" + hold, status: 200, content: []string{"is over"}},
		{name: "the order", as: "supervisor", path: "/api/v1/deletions/" + order, status: 200, content: []string{`"state":"requested"`}},
		{name: "the rule", as: "supervisor", path: "/api/v1/retention/rules", status: 200, content: []string{`"waiting":true`}},
		{name: "the viewing", as: "supervisor", path: under + "/playlist?" + at, status: 200},
		{name: "colleagues see no layouts of another's", as: "deputy", path: "/api/v1/layouts", status: 200, not: []string{layout}},
		{name: "nor searches", as: "deputy", path: "/api/v1/act-searches", status: 200, not: []string{search}},
	})
	for _, r := range rows {
		if w := try(r, cmp.Or(r.by, "supervisor")); w.Code >= 300 && w.Code != r.own {
			t.Errorf("%s is refused whose it is: %d %s", r.route, w.Code, w.Body)
		}
	}
	if _, err := h.whep.Viewer(live[strings.LastIndex(live, "/")+1:]); err == nil {
		t.Error("the live picture goes on after its own viewer ended it")
	}
	var missing []string
	for _, r := range h.router.Routes() {
		if pattern := r.Method + " " + r.Path; strings.Contains(r.Path, "{") && owned[pattern] == "" {
			missing = append(missing, pattern)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		t.Errorf("nobody has said who decides about the ids of:\n%s", strings.Join(missing, "\n"))
	}
}

// with sends a request with one more cookie.
func (h *house) with(cookie, as, method, target, body string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := h.request(as, method, target, body)
	if cookie != "" {
		r.Header.Set("Cookie", r.Header.Get("Cookie")+"; "+cookie)
	}
	if strings.HasPrefix(target, "/api/v1/live/sessions/") && body != "" {
		r.Header.Set("Content-Type", "application/trickle-ice-sdpfrag")
	}
	return serve(h.handler, r)
}

// opens signs somebody in with the code of an app, as another key.
func (h *house) opens(name, as, code string) {
	h.t.Helper()
	h.half(name, "half")
	w := h.send("half", "POST", "/api/v1/session/second", `{"kind":"totp","code":"`+code+`"}`)
	if w.Code != 201 {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, c := range w.Result().Cookies() {
		if c.Name == "watchroom_session" {
			h.keys[as] = http.Header{"Cookie": {c.Name + "=" + c.Value}}
		}
	}
}

// passkey adds a passkey for somebody who is signed in, and gives what answers its questions.
func (h *house) passkey(name string) func(question []byte) string {
	h.t.Helper()
	h.key(name)
	begun := get[factor.PasskeyBeginning](h, name, "POST", "/api/v1/session/factors/passkeys", h.confirmationOf(name), 200)
	k := authenticator.New(h.t, "watch.example.org", "https://watch.example.org")
	get[factor.Enrolled](h, name, "POST", "/api/v1/session/factors/passkeys/confirm",
		`{"ticket":"`+begun.Ticket+`","name":"key","credential":`+h.credential(k.Create(h.t, begun.Options.Challenge, h.person(name)))+`}`, 201)
	return func(question []byte) string {
		h.t.Helper()
		var asked passkey.KeyRequest
		if err := json.Unmarshal(question, &asked); err != nil {
			h.t.Fatal(err)
		}
		return h.credential(k.Get(h.t, asked.Challenge))
	}
}
