package api

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/coverage"
	deletionapi "watchroom/internal/api/deletion"
	holdapi "watchroom/internal/api/hold"
	lossapi "watchroom/internal/api/loss"
	"watchroom/internal/api/route"
	"watchroom/internal/api/system"
	"watchroom/internal/api/viewing"
	"watchroom/internal/archive"
	"watchroom/internal/event"
	"watchroom/internal/testkit/leak"
)

// hang gives each camera its area.
func hang(areas map[string]string) func(context.Context, bun.IDB) (map[string]access.Place, error) {
	places := map[string]access.Place{}
	for camera, area := range areas {
		places[camera] = access.Place{Areas: []string{area}, Grade: 1}
	}
	return func(context.Context, bun.IDB) (map[string]access.Place, error) { return places, nil }
}

// holds lets somebody hold a position in some areas only.
func (h *house) holds(name string, p access.Position, areas ...string) {
	h.t.Helper()
	held := []access.Holding{{Position: p, Areas: areas}}
	if _, err := h.deps.Access.ChangePerson(h.t.Context(), access.CommandLine(), h.person(name), account.PersonChange{Holdings: &held}); err != nil {
		h.t.Fatal(err)
	}
}

// TestEventsOfElsewhereAreNotHeard: nobody hears of cameras elsewhere, and whose rights
// change hears what they may from then on, having been told to read everything anew.
func TestEventsOfElsewhereAreNotHeard(t *testing.T) {
	leak.Check(t)
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.holds("operator", access.Operator, "east")
	h.key("operator")
	l := h.listen("operator", h.serve(), nil)
	l.expect("hello", "")
	about := func(camera string) {
		h.deps.Bus.Publish(event.Event{Kind: "camera", Subject: camera, Camera: camera})
		h.deps.Bus.Publish(event.Event{Kind: "alarm", Camera: camera, Data: map[string]any{"alarm": system.Alarm{Code: "silent", Camera: camera}}})
		h.deps.Bus.Publish(event.Event{Kind: "fault", Camera: camera, Data: map[string]any{"id": "fault of " + camera}})
		h.deps.Bus.Publish(event.Event{Kind: "loss", Cameras: []string{camera}, Data: map[string]any{"id": "loss of " + camera}})
	}
	heard := func(camera string) {
		t.Helper()
		for _, kind := range []string{"camera", "alarm", "fault", "loss"} {
			l.expect(kind, camera)
		}
	}
	about(h.yard)
	about(h.gate)
	heard(h.gate) // and nothing before it
	h.deps.Bus.Publish(event.Event{Kind: "loss", Cameras: []string{h.yard, h.gate}, Data: map[string]any{"id": "of both"}})
	l.expect("loss", "of both")

	h.deps.Rights.Places = hang(map[string]string{h.gate: "west", h.yard: "east"})
	h.deps.Rights.Changed()
	l.expect("again", "")
	about(h.gate)
	about(h.yard)
	heard(h.yard)

	// A position that begins by itself is begun for who listens, too.
	begins := h.now().Add(time.Hour)
	held := []access.Holding{{Position: access.Operator, Areas: []string{"west"}, From: begins.UnixMicro()}}
	if _, err := h.deps.Access.ChangePerson(t.Context(), access.CommandLine(), h.person("operator"), account.PersonChange{Holdings: &held}); err != nil {
		t.Fatal(err)
	}
	l.expect("again", "") // the person's own rights are others
	about(h.yard)
	h.shift.Store((time.Hour + time.Minute).Microseconds())
	about(h.gate)
	l.expect("again", "")
	heard(h.gate)
}

// TestRecordsOfSeveralAreas: who holds a position in one of the areas that a record is about
// reads it without the cameras of the others, and decides nothing about it.
func TestRecordsOfSeveralAreas(t *testing.T) {
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.holds("supervisor", access.Supervisor, "east")
	both := fmt.Sprintf(`"cameras":[%q,%q]`, h.gate, h.yard)
	past := fmt.Sprintf(`%s,"from":%q,"to":%q`, both, h.stamp(-120), h.stamp(-60))
	hold := get[holdapi.Hold](h, "deputy", "POST", "/api/v1/holds", `{`+past+`,"kind":"case","owner":"x","reason":"a case","reviewAt":"`+h.stamp(600)+`"}`, 201)
	order := get[deletionapi.Deletion](h, "deputy", "POST", "/api/v1/deletions", `{`+past+`,"ground":"authority","reason":"by order","document":"12"}`, 201)
	window := get[coverage.Window](h, "deputy", "POST", "/api/v1/maintenance", `{`+both+`,"to":"`+h.stamp(60)+`","reason":"a lens"}`, 201)
	seen := get[viewing.Viewing](h, "deputy", "POST", "/api/v1/viewings", `{`+past+`,"purpose":"incident","reason":"南门附近有人倒地"}`, 201)
	lost := h.now().Add(-3 * time.Hour).UnixMicro()
	for _, c := range []string{h.gate, h.yard} {
		h.archive.gaps = append(h.archive.gaps, archive.GapRow{Camera: c, Start: lost, End: lost + 1800e6, Cause: "recorder_stopped"})
	}
	if err := h.deps.Losses.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	losses := get[route.List[lossapi.LossStatement]](h, "deputy", "GET", "/api/v1/losses", "", 200).Items
	if len(losses) != 1 || len(losses[0].Cameras) != 2 {
		t.Fatalf("%+v", losses)
	}
	loss := losses[0].ID
	if len(hold.Cameras) != 2 || len(order.Cameras) != 2 || len(window.Cameras) != 2 || len(seen.Cameras) != 2 {
		t.Fatal(hold, order, window, seen)
	}
	var all []scenario
	for name, read := range map[string][2]string{
		"a hold": {"/api/v1/holds/" + hold.ID, hold.ID}, "holds": {"/api/v1/holds", hold.ID},
		"an order": {"/api/v1/deletions/" + order.ID, order.ID}, "orders": {"/api/v1/deletions", order.ID},
		"windows": {"/api/v1/maintenance", window.ID}, "viewings": {"/api/v1/viewings", seen.ID},
		"a loss": {"/api/v1/losses/" + loss, loss}, "losses": {"/api/v1/losses", loss},
	} {
		all = append(all, scenario{name: name, as: "supervisor", path: read[0], status: 200, content: []string{read[1], h.gate}, not: []string{h.yard}})
	}
	for name, act := range map[string][2]string{
		"review": {"/api/v1/holds/" + hold.ID + "/review", `{"note":"looked at","reviewAt":"` + h.stamp(600) + `"}`},
		"ask":    {"/api/v1/holds/" + hold.ID + "/release", `{"reason":"is over"}`}, "approve": {"/api/v1/deletions/" + order.ID + "/approve", `{}`},
		"reject": {"/api/v1/deletions/" + order.ID + "/reject", `{"note":"not yet"}`}, "end": {"/api/v1/maintenance/" + window.ID + "/end", `{"reason":"done"}`},
		"explain": {"/api/v1/losses/" + loss + "/explain", `{"text":"the power failed"}`},
		"all":     {"/api/v1/schedules", `{"kind":"always","reason":"for the whole site"}`},
		"rule":    {"/api/v1/retention/rules", `{"class":"main","reason":"for the whole site","rule":{"minimumDays":95,"minimumBasis":"own","minimumNote":"a note"}}`},
	} {
		all = append(all, scenario{name: name, as: "supervisor", method: "POST", path: act[0], body: act[1], status: 403, content: []string{"right_elsewhere"}, not: []string{h.yard}})
	}
	h.run(all)
}

// TestNobodyActsOnWhatIsAnothers tries every id that is somebody's own, as a colleague in the
// same position: nothing of another's is read, changed or ended by its id. Each route with an
// {id} stands here, or says what else decides about it.
func TestNobodyActsOnWhatIsAnothers(t *testing.T) {
	clause.Covers(t, "C112")
	h := newHouse(t)
	const camera, house = "camera", "house"
	owned := map[string]string{ // by route: what decides, where it is no person's own
		"DELETE /api/v1/tokens/{id}": house, "GET /api/v1/people/{id}/factors": house, "GET /api/v1/people/{id}/sessions": house,
		"POST /api/v1/people/{id}/sessions/end": house, "PATCH /api/v1/people/{id}": house,
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
		"GET /api/v1/sign-in/oidc/{name}": "anybody", "GET /api/v1/sign-in/oidc/{name}/callback": "anybody",
	}
	for _, prefix := range []string{"/api/v1/cameras/", "/api/v1/holds/", "/api/v1/deletions/", "/api/v1/losses/", "/api/v1/storage-faults/", "/api/v1/maintenance/",
		"/api/v1/bookmarks/", "/api/v1/retention/", "/api/v1/acts/", "/api/v1/live/{camera}"} {
		for _, r := range h.router.Routes() {
			if strings.HasPrefix(r.Path, prefix) {
				owned[r.Method+" "+r.Path] = camera // the table of doors
			}
		}
	}
	interval := fmt.Sprintf(`"cameras":[%q],"from":%q,"to":%q`, h.gate, h.stamp(-120), h.stamp(-60))
	seen := get[viewing.Viewing](h, "supervisor", "POST", "/api/v1/viewings", `{`+interval+`,"purpose":"incident","reason":"南门附近有人倒地"}`, 201).ID
	shot := get[viewing.Snapshot](h, "supervisor", "POST", "/api/v1/snapshots", fmt.Sprintf(`{"camera":%q}`, h.gate), 201).ID
	type made struct{ ID string }
	layout := get[made](h, "supervisor", "POST", "/api/v1/layouts", fmt.Sprintf(`{"name":"own","size":1,"cells":[%q]}`, h.gate), 201).ID
	search := get[made](h, "supervisor", "POST", "/api/v1/act-searches", `{"name":"own","query":"kind=camera."}`, 201).ID
	rights := get[made](h, "supervisor", "POST", "/api/v1/rights/versions", `{"base":"built-in","reason":"no snapshots","rules":[{"id":"s","position":"operator","actions":["snapshot.take"],"deny":true}]}`, 201).ID
	hold := get[made](h, "supervisor", "POST", "/api/v1/holds", `{`+interval+`,"kind":"case","owner":"x","reason":"a case","reviewAt":"`+h.stamp(600)+`"}`, 201).ID
	order := get[made](h, "supervisor", "POST", "/api/v1/deletions", `{`+interval+`,"ground":"authority","reason":"by order","document":"12"}`, 201).ID
	rule := get[made](h, "supervisor", "POST", "/api/v1/retention/rules", fmt.Sprintf(`{"camera":%q,"class":"main","reason":"less of it","rule":{"minimumDays":60,"minimumBasis":"own","minimumNote":"a note"}}`, h.gate), 201).ID
	h.send("supervisor", "POST", "/api/v1/holds/"+hold+"/release", `{"reason":"is over"}`)
	glass := get[made](h, "supervisor", "POST", "/api/v1/emergencies", `{"right":"live_graded","cause":"fire"}`, 201).ID
	get[people.MadePerson](h, "administrator", "POST", "/api/v1/people", `{"username":"new","displayName":"New","positions":["operator"]}`, 201)
	given := get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items[0].ID
	open := get[route.List[made]](h, "supervisor", "GET", "/api/v1/sessions", "", 200).Items[0].ID
	live := h.offer("supervisor", h.gate, "v=0").Header().Get("Location")
	sits := access.ActorOf(h.person("supervisor"), access.Supervisor)
	sits.Session = "a-session"
	asked := "/api/v1/second-asks/" + must(h.deps.Viewings.Seconds.Put(t.Context(), sits, second.Wish{Kind: second.Live, Cameras: []string{h.gate}})).ID
	under := "/api/v1/viewings/" + seen + "/cameras/" + h.gate
	at := "from=" + h.stamp(-110) + "&to=" + h.stamp(-100)
	for _, c := range []struct {
		route, target, body string
		status              int
	}{
		{"GET /api/v1/viewings/{id}/cameras/{camera}/playlist", under + "/playlist?" + at, "", 403},
		{"GET /api/v1/viewings/{id}/cameras/{camera}/stream.mp4", under + "/stream.mp4?" + at, "", 403},
		{"GET /api/v1/viewings/{id}/cameras/{camera}/video.mp4", under + "/video.mp4?" + at, "", 403},
		{"GET /api/v1/viewings/{id}/cameras/{camera}/thumbnail.jpg", under + "/thumbnail.jpg?at=" + h.stamp(-110), "", 403},
		{"GET /api/v1/viewings/{id}/cameras/{camera}/download", under + "/download?" + at, "", 403},
		{"POST /api/v1/viewings/{id}/close", "/api/v1/viewings/" + seen + "/close", "", 403},
		{"GET /api/v1/snapshots/{id}/picture.jpg", "/api/v1/snapshots/" + shot + "/picture.jpg", "", 403},
		{"GET /api/v1/snapshots/{id}/picture.jpg", "/api/v1/snapshots/" + shot + "/picture.jpg?viewing=" + seen, "", 403},
		{"PUT /api/v1/layouts/{id}", "/api/v1/layouts/" + layout, `{"name":"mine","size":1,"cells":[]}`, 404},
		{"DELETE /api/v1/layouts/{id}", "/api/v1/layouts/" + layout, "", 404},
		{"PUT /api/v1/act-searches/{id}", "/api/v1/act-searches/" + search, `{"name":"mine","query":""}`, 404},
		{"DELETE /api/v1/act-searches/{id}", "/api/v1/act-searches/" + search, "", 404},
		{"POST /api/v1/rights/versions/{id}/withdraw", "/api/v1/rights/versions/" + rights + "/withdraw", "", 403},
		{"POST /api/v1/holds/{id}/release/withdraw", "/api/v1/holds/" + hold + "/release/withdraw", "", 403},
		{"POST /api/v1/deletions/{id}/withdraw", "/api/v1/deletions/" + order + "/withdraw", `{"note":"not yet"}`, 403},
		{"POST /api/v1/retention/rules/{id}/withdraw", "/api/v1/retention/rules/" + rule + "/withdraw", "", 403},
		{"POST /api/v1/purposes/proposals/{id}/withdraw", "/api/v1/purposes/proposals/0000000000000/withdraw", `{}`, 0},
		{"POST /api/v1/proposals/{id}/withdraw", "/api/v1/proposals/" + given + "/withdraw", `{}`, 403},
		{"POST /api/v1/parameters/proposals/{id}/withdraw", "/api/v1/parameters/proposals/0000000000000/withdraw", `{}`, 0},
		{"POST /api/v1/viewings/{id}/reason", "/api/v1/viewings/" + seen + "/reason", `{"reason":"two cars at the gate"}`, 404},
		{"POST /api/v1/emergencies/{id}/report", "/api/v1/emergencies/" + glass + "/report", `{"report":"there was smoke in the hall"}`, 403},
		{"POST /api/v1/emergencies/{id}/end", "/api/v1/emergencies/" + glass + "/end", `{}`, 422}, // not without a reason
		{"GET /api/v1/second-asks/{id}", asked, "", 404},
		{"POST /api/v1/second-asks/{id}/agree", asked + "/agree", "", 403}, // of the same position
		{"POST /api/v1/second-asks/{id}/refuse", asked + "/refuse", `{"note":"not now"}`, 403},
		{"POST /api/v1/second-asks/{id}/withdraw", asked + "/withdraw", "", 404},
		{"POST /api/v1/second-asks/{id}/vouch", asked + "/vouch", `{"username":"leader","password":"x"}`, 404},
		{"POST /api/v1/second-asks/{id}/vouch/second", asked + "/vouch/second", `{"kind":"totp","code":"000000"}`, 404},
		{"POST /api/v1/second-asks/{id}/vouch/passkey/options", asked + "/vouch/passkey/options", "", 404},
		{"POST /api/v1/second-asks/{id}/vouch/passkey", asked + "/vouch/passkey", `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""}}`, 404},
		{"DELETE /api/v1/sessions/{id}", "/api/v1/sessions/" + open, "", 404},
		{"PATCH /api/v1/live/sessions/{id}", live, "a=x", 404},
		{"DELETE /api/v1/live/sessions/{id}", live, "", 204}, // and does nothing, see below
		{"PATCH /api/v1/session/factors/{id}", "/api/v1/session/factors/0000000000000", `{"name":"x"}`, 0},
		{"POST /api/v1/session/factors/{id}/remove", "/api/v1/session/factors/0000000000000/remove", `{}`, 0},
		{"POST /api/v1/session/factors/notices/{id}/seen", "/api/v1/session/factors/notices/0000000000000/seen", ``, 0},
	} {
		owned[c.route] = "person"
		method, _, _ := strings.Cut(c.route, " ")
		r := h.request("deputy", method, c.target, c.body)
		if strings.HasPrefix(c.route, "PATCH /api/v1/live") {
			r.Header.Set("Content-Type", "application/trickle-ice-sdpfrag")
		}
		w := serve(h.handler, r)
		if w.Code != c.status && c.status != 0 || c.status == 0 && w.Code == http.StatusOK {
			t.Errorf("%s: %d %s", c.route, w.Code, w.Body)
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

// TestHowManyCamerasADiskHas is told to who reads of the storage everywhere, and to nobody else.
func TestHowManyCamerasADiskHas(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.run([]scenario{{name: "everywhere", as: "auditor", path: "/api/v1/storage", status: 200, content: []string{`"cameras":1`}}})
	h.holds("auditor", access.Auditor, "east")
	h.run([]scenario{{name: "in one area", as: "auditor", path: "/api/v1/storage", status: 200, content: []string{"/data/recordings"}, not: []string{`"cameras"`}}})
}
