package api

import (
	"context"
	"encoding/json"
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
	"watchroom/internal/testkit/clause"
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

// TestHowManyCamerasADiskHas is told to who reads of the storage everywhere, and to nobody else.
func TestHowManyCamerasADiskHas(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.run([]scenario{{name: "everywhere", as: "auditor", path: "/api/v1/storage", status: 200, content: []string{`"cameras":1`}}})
	h.holds("auditor", access.Auditor, "east")
	h.run([]scenario{{name: "in one area", as: "auditor", path: "/api/v1/storage", status: 200, content: []string{"/data/recordings"}, not: []string{`"cameras"`}}})
}

// TestExplainingTellsNothingOfElsewhere: of a camera that somebody may not see an explanation says
// what it says of one that does not exist.
func TestExplainingTellsNothingOfElsewhere(t *testing.T) {
	clause.Covers(t, "C015")
	h := newHouse(t)
	h.deps.Rights.Places = hang(map[string]string{h.gate: "east", h.yard: "west"})
	h.holds("auditor", access.Auditor, "east")
	h.holds("operator", access.Operator, "east", "west")
	h.key("auditor")
	h.key("administrator")
	of := func(as, camera string, status int) string {
		t.Helper()
		w := h.send(as, "GET", "/api/v1/rights/explain?action=live.view&camera="+camera+"&person="+h.person("operator"), "")
		if w.Code != status {
			t.Errorf("%s of %s: %d, not %d: %s", as, camera, w.Code, status, w.Body)
		}
		var out struct{ Decisions any }
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(out.Decisions)
	}
	if a, b := of("auditor", h.yard, 200), of("auditor", "0000000000000", 200); a != b {
		t.Errorf("of one elsewhere: %s; of none: %s", a, b)
	}
	if a, b := of("auditor", h.gate, 200), of("auditor", h.yard, 200); a == b {
		t.Error("of one's own area nothing is told either")
	}
	of("administrator", h.yard, 200)
	of("administrator", "0000000000000", 404)
}
