package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/deletion"
	"watchroom/internal/api/hold"
	"watchroom/internal/api/retention"
	footage "watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	keeping "watchroom/internal/archive/retention"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/timeserver"
)

// attempt is one try to get at footage below its minimum.
type attempt struct {
	h     *house
	young []string // must never go
	from  time.Time

	pictures []snapshot.Snapshot // likewise
}

// stands passes with the disk low and looks whether the footage is there, file and row.
func (a *attempt) stands(t *testing.T, after string) {
	t.Helper()
	a.h.low = true
	if r := a.h.engine.Pass(t.Context()); r.Err != nil {
		t.Errorf("after %s: %v", after, r.Err)
	}
	a.there(t, after)
}

func (a *attempt) there(t *testing.T, after string) {
	t.Helper()
	var rows []string
	if err := a.h.deps.DB.Read().NewRaw("SELECT file FROM segments WHERE state = ''").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	for _, p := range a.pictures {
		is, err := a.h.deps.Snapshots.Get(t.Context(), p.ID)
		if _, gone := os.Stat(filepath.Join(a.h.deps.Snapshots.Dir, filepath.FromSlash(p.File))); err != nil || gone != nil || is.RemovedAt != 0 {
			t.Fatalf("after %s: %+v, %v, %v", after, is, err, gone)
		}
	}
	for _, f := range a.young {
		if _, err := os.Stat(filepath.Join(a.h.vault.Root, f)); err != nil {
			t.Fatalf("after %s: %v", after, err)
		}
		if !slices.Contains(rows, f) {
			t.Fatalf("after %s: the row of %s is gone", after, f)
		}
	}
}

// sample makes a body that the document allows and that asks for the worst.
func (a *attempt) sample(schema *huma.Schema, name string) any {
	if schema == nil {
		return nil
	}
	if schema.Ref != "" {
		return a.sample(a.h.router.API().OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref), name)
	}
	words := map[string]any{
		"camera": a.h.gate, "cameras": []string{a.h.gate}, "from": a.from, "to": a.from.Add(time.Hour), "at": a.from, "end": a.from.Add(time.Hour),
		"reviewAt": a.h.now().Add(time.Hour), "kind": "case", "ground": "authority", "minimumDays": 1, "maximumDays": 1, "minimumBasis": "own", "maximumBasis": "own",
		"class": "main", "purpose": "incident", "positions": []string{}, "actions": []string{"camera.read"}, "size": 1, "cells": []any{nil}, "url": "rtsp://192.0.2.9/x",
		"inherits": false, "viewing": "", "password": "correct-horse-9-x", "expiresAt": a.h.now().Add(time.Hour), "transport": "auto",
	}
	if w, ok := words[name]; ok {
		return w
	}
	switch schema.Type {
	case huma.TypeObject:
		body := map[string]any{}
		for key, p := range schema.Properties {
			if !strings.HasPrefix(key, "$") {
				body[key] = a.sample(p, key)
			}
		}
		return body
	case huma.TypeArray:
		return []any{}
	case huma.TypeBoolean:
		return true
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	}
	if len(schema.Enum) > 0 {
		return schema.Enum[0]
	}
	return "delete it all"
}

// walk sends a request to every registered route as somebody, with every id that may
// matter, and gives how many were answered with success.
func (a *attempt) walk(t *testing.T, who string, ids []string) (done int, changed map[string]bool) {
	t.Helper()
	changed = map[string]bool{}
	for _, r := range a.h.router.Routes() {
		if r.Path == "/api/v1/session" || r.Path == "/api/v1/session/password" || r.Path == "/api/v1/session/lock" || r.Path == "/api/v1/events" {
			continue // they end the session, or do not end
		}
		body := ""
		if op := a.h.operation(r.Method + " " + r.Path); op != nil && op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil {
			b, err := json.Marshal(a.sample(op.RequestBody.Content["application/json"].Schema, ""))
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		tries := ids
		if !strings.Contains(r.Path, "{") {
			tries = ids[:1]
		}
		for _, id := range tries {
			path := strings.ReplaceAll(r.Path, "{camera}", a.h.gate)
			path = placeholder.ReplaceAllString(path, id)
			if strings.HasPrefix(path, "/api/v1/retention/rules") && r.Method == http.MethodPost { // snapshots, too
				serve(a.h.handler, a.h.request(who, r.Method, path, strings.Replace(body, `"class":"main"`, `"class":"snapshot"`, 1)))
			}
			w := serve(a.h.handler, a.h.request(who, r.Method, path, body))
			if w.Code < 300 {
				done++
				if r.Method != http.MethodGet {
					changed[r.Method+" "+r.Path] = true
				}
			}
			if w.Code >= 500 && w.Code != 503 {
				t.Errorf("%s %s as %s: %d %s", r.Method, path, who, w.Code, w.Body)
			}
		}
	}
	return done, changed
}

// TestNothingBelowTheMinimumGoes tries every position on every route, the command
// line, a full disk, a clock a year ahead, a catalogue made anew, and a restored
// database without holds. The lawful order, by three people, is the one way (R5): it
// is tried last, to see that footage can go at all.
func TestNothingBelowTheMinimumGoes(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	h := newHouse(t)
	a := &attempt{h: h, from: h.now().Add(-10 * 24 * time.Hour).Truncate(time.Minute)}
	old := h.vault.Record(t, h.gate, h.now().Add(-200*24*time.Hour).UnixMicro(), 3, 10*time.Minute)
	a.young = append(h.vault.Record(t, h.gate, a.from.UnixMicro(), 4, 10*time.Minute), h.vault.Record(t, h.yard, a.from.UnixMicro(), 4, 10*time.Minute)...)
	for _, camera := range []string{h.gate, h.yard} {
		one, err := h.deps.Snapshots.Take(t.Context(), access.ActorOf(h.person("operator"), access.Operator), snapshot.New{Camera: camera, At: a.from.UnixMicro()}, []byte("picture"))
		if err != nil {
			t.Fatal(err)
		}
		a.pictures = append(a.pictures, one)
	}
	h.catchUp()
	a.stands(t, "a catalogue that nobody has looked at")
	if len(h.vault.Files(t)) != len(old)+len(a.young) {
		t.Fatal("something was removed before anybody looked")
	}
	h.confirm("leader", "looked at it all")

	walkers := []string{"guest", "token", "operator", "auditor", "duty_lead", "supervisor", "leader", "principal", "stand_in", "technician", "administrator"}
	for _, p := range access.Positions() { // a contractor, who is held in areas only, may do a part of what a technician may
		if p != access.Contractor && !slices.Contains(walkers, string(p)) {
			t.Errorf("nobody tries what a %s may do", p)
		}
	}
	for _, who := range walkers {
		a.there(t, "before "+who)
		if who == "administrator" { // the technician has retired the gate
			h.gate, h.yard = h.yard, h.gate
		}
		ids := a.waiting(t)
		done, changed := a.walk(t, who, ids)
		a.stands(t, "everything that the "+who+" may do")
		want := map[string][]string{
			"duty_lead":     {"POST /api/v1/holds", "POST /api/v1/deletions"},
			"supervisor":    {"POST /api/v1/retention/rules", "POST /api/v1/deletions/{id}/approve", "POST /api/v1/holds/{id}/release/approve"},
			"leader":        {"POST /api/v1/retention/rules", "POST /api/v1/deletions/{id}/approve"},
			"technician":    {"POST /api/v1/cameras/{id}/retire"},
			"administrator": {"POST /api/v1/cameras/{id}/retire"},
		}[who]
		for _, route := range want { // otherwise nothing was tried
			if !changed[route] {
				t.Errorf("%s never got through %s", who, route)
			}
		}
		if done == 0 {
			t.Errorf("nothing answered %s", who)
		}
	}
	if len(h.vault.Files(t)) != len(a.young) {
		t.Error("with the disk low not even the oldest footage went: nothing was tried")
	}
	a.commandLine(t)
	a.stands(t, "the command line")

	a.yearAhead(t)

	if err := h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []string{"segments", "coverage", "journal_cursors"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h.remove(h.deps.DB, h.now)
	h.catchUp()
	a.stands(t, "a catalogue made anew")
	if r := h.engine.Last(); !errors.Is(r.Blocked, keeping.ErrFrozen) {
		t.Errorf("a catalogue made anew freezes nothing: %+v", r)
	}

	restored := newHouseOn(t, dbtest.Open(t, db.SQLite))
	restored.vault = h.vault
	restored.remove(restored.deps.DB, restored.now)
	restored.gate, restored.yard = h.gate, h.yard
	restored.catchUp()
	b := &attempt{h: restored, young: a.young, from: a.from}
	b.stands(t, "another database")
	if r := restored.engine.Last(); !errors.Is(r.Blocked, keeping.ErrFrozen) {
		t.Errorf("another database freezes nothing: %+v", r)
	}
}

// yearAhead begins anew with a clock that is a year ahead, as time servers and kernel say
// it should be; the log was signed before. Its checkpoints since then bear that clock's time.
func (a *attempt) yearAhead(t *testing.T) {
	t.Helper()
	h, signed := a.h, a.h.now()
	h.shift.Store((366 * 24 * time.Hour).Microseconds())
	states := make(chan reference.State, 16)
	server, stop, err := timeserver.Serve(func(question []byte) [][]byte { return [][]byte{timeserver.Reply(question, h.now())} })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	h.watch = &reference.Watch{
		Clock: h.now, Servers: []string{server}, OnState: func(s reference.State) { states <- s },
		Kernel:         func() (reference.Reading, error) { return reference.Reading{Synchronised: true}, nil },
		LastCheckpoint: func() (time.Time, bool) { return h.now(), true },
	}
	start(t, h.watch)
	defer func() {
		h.watch.Close()
		h.watch = nil
	}()
	h.watch.Since(signed, 0)
	for s := range states {
		if s.Sync == reference.Synchronised && s.Source == h.watch.Servers[0] {
			break
		}
	}
	a.stands(t, "a clock a year ahead")
	if r := h.engine.Last(); !errors.Is(r.Blocked, keeping.ErrFrozen) {
		t.Errorf("a clock a year ahead: %+v", r)
	}
	h.shift.Store(0) // it is set right, and a person has looked
	h.confirm("leader", "the clock is right again")
}

// waiting makes what somebody alone could complete: an order and the release of a hold
// that the deputy asked for. Every round has its own, since two would be lawful.
func (a *attempt) waiting(t *testing.T) []string {
	t.Helper()
	h := a.h
	deputy := access.ActorOf(h.person("deputy"), access.Supervisor)
	changes, err := h.deps.Rules.Changes(t.Context(), deputy, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes { // or the next could not ask
		if c.Waiting() {
			if _, err := h.deps.Rules.Decide(t.Context(), deputy, c.ID, false, "no ground for it"); err != nil {
				t.Fatal(err)
			}
		}
	}
	times := fmt.Sprintf(`"from":%q,"to":%q`, a.from.Format(time.RFC3339), a.from.Add(time.Hour).Format(time.RFC3339))
	d := get[deletion.Deletion](h, "deputy", "POST", "/api/v1/deletions", `{"ground":"erasure","reason":"the person asked","document":"1","cameras":["`+h.gate+`"],`+times+`}`, 201)
	one := get[hold.Hold](h, "deputy", "POST", "/api/v1/holds", `{"kind":"case","owner":"x","reason":"the case","cameras":["`+h.gate+`"],`+times+`,"reviewAt":"`+h.now().Add(time.Hour).Format(time.RFC3339)+`"}`, 201)
	get[hold.Hold](h, "deputy", "POST", "/api/v1/holds/"+one.ID+"/release", `{"reason":"it is closed"}`, 200)
	return []string{h.gate, d.ID, one.ID, h.person("operator")}
}

// commandLine does every act of keeping as whoever sits at the machine itself.
func (a *attempt) commandLine(t *testing.T) {
	t.Helper()
	d, actor, ctx := &a.h.deps, access.CommandLine(), t.Context()
	id, now := db.NewID(), a.h.now().UnixMicro()
	from := a.from.UnixMicro()
	for name, act := range map[string]func() error{
		"set a rule": func() error {
			_, err := d.Rules.Set(ctx, actor, keeping.Wish{Class: keeping.Main, Rule: keeping.Rule{MinDays: 1, MinBasis: keeping.Own, MinNote: "xx"}, Existing: true, Reason: "reason"})
			return err
		},
		"set a rule of snapshots": func() error {
			_, err := d.Rules.Set(ctx, actor, keeping.Wish{Class: keeping.Snapshot, Rule: keeping.Rule{MinDays: 1, MinBasis: keeping.Own, MinNote: "xx"}, Existing: true, Reason: "reason"})
			return err
		},
		"approve a rule":     func() error { _, err := d.Rules.Decide(ctx, actor, id, true, ""); return err },
		"withdraw a rule":    func() error { _, err := d.Rules.Withdraw(ctx, actor, id); return err },
		"confirm":            func() error { return a.h.engine.Confirm(ctx, actor, []string{"x"}, "looked") },
		"ask for a release":  func() error { _, err := d.Holds.AskRelease(ctx, actor, id, "reason"); return err },
		"approve a release":  func() error { _, err := d.Holds.Decide(ctx, actor, id, true, ""); return err },
		"withdraw a release": func() error { _, err := d.Holds.Withdraw(ctx, actor, id); return err },
		"review":             func() error { _, err := d.Holds.Review(ctx, actor, id, now+1e6, "looked"); return err },
		"place a hold": func() error {
			_, err := d.Holds.Place(ctx, actor, footage.New{Kind: footage.Case, Owner: "x", Reason: "reason", Cameras: []string{a.h.gate}, From: from, To: from + 1e6, ReviewAt: now + 1e6})
			return err
		},
		"ask for an order": func() error {
			_, err := d.Orders.Request(ctx, actor, order.New{Ground: order.Other, Reason: "reason", Document: "1", Cameras: []string{a.h.gate}, From: from, To: from + 1e6})
			return err
		},
		"approve an order":  func() error { _, err := d.Orders.Decide(ctx, actor, id, true, ""); return err },
		"withdraw an order": func() error { _, err := d.Orders.Withdraw(ctx, actor, id, "reason"); return err },
	} {
		if err := act(); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("the command line may %s: %v", name, err)
		}
	}
}

// catchUp takes in what lies in the recordings folder.
func (h *house) catchUp() {
	h.t.Helper()
	for _, c := range []string{h.gate, h.yard} {
		if err := h.catalogue.CatchUp(h.t.Context(), c); err != nil {
			h.t.Fatal(err)
		}
	}
}

// TestTheLawfulOrder is the one way below the minimum.
func TestTheLawfulOrder(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		from := h.now().Add(-10 * 24 * time.Hour).Truncate(time.Minute)
		files := h.vault.Record(t, h.gate, from.UnixMicro(), 4, 10*time.Minute)
		h.catchUp()
		h.engine.Pass(t.Context())
		h.confirm("supervisor", "looked at it all")
		at := func(minutes int) string { return from.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
		interval := fmt.Sprintf(`"cameras":["%s"],"from":"%s","to":"%s"`, h.gate, at(5), at(30))
		look := get[deletion.DeletionPreview](h, "duty_lead", "POST", "/api/v1/deletions/preview", "{"+interval+"}", 200)
		if look.Segments != 2 || len(look.Edges) != 1 || !look.From.Equal(from) {
			t.Errorf("%+v", look)
		}
		o := get[deletion.Deletion](h, "duty_lead", "POST", "/api/v1/deletions", `{"ground":"erasure","reason":"the person asked","document":"2026-9",`+interval+`}`, 201)
		path := "/api/v1/deletions/" + o.ID
		keep := get[hold.Hold](h, "duty_lead", "POST", "/api/v1/holds",
			`{"kind":"notice","owner":"李明","reason":"a notice came","cameras":["`+h.gate+`"],"from":"`+at(11)+`","to":"`+at(12)+`","reviewAt":"`+h.now().Add(time.Hour).Format(time.RFC3339)+`"}`, 201)
		h.run([]scenario{
			{name: "list", as: "auditor", path: "/api/v1/deletions?state=requested", status: 200, content: []string{o.ID, "2026-9"}},
			{name: "list as operator", as: "operator", path: "/api/v1/deletions", status: 403, content: []string{"storage.read"}},
			{name: "approve as who asked", as: "duty_lead", method: "POST", path: path + "/approve", body: `{}`, status: 403},
			{name: "approve as administrator", as: "administrator", method: "POST", path: path + "/approve", body: `{}`, status: 403, content: []string{"deletion.approve"}},
			{name: "the first", as: "supervisor", method: "POST", path: path + "/approve", body: `{}`, status: 200, content: []string{`"state":"requested"`}},
			{name: "the first again", as: "supervisor", method: "POST", path: path + "/approve", body: `{}`, status: 409, content: []string{"deletion_approved_twice"}},
			{name: "the second", as: "leader", method: "POST", path: path + "/approve", body: `{"note":"seen"}`, status: 200, content: []string{`"state":"approved"`, `"note":"seen"`}},
			{name: "no such order", as: "leader", method: "POST", path: "/api/v1/deletions/0000000000000/approve", body: `{}`, status: 404, content: []string{"deletion_unknown"}},
			{name: "no ground", as: "leader", method: "POST", path: "/api/v1/deletions", body: `{"ground":"whim","reason":"because","document":"1",` + interval + `}`, status: 422, content: []string{"deletion_ground_unknown", "body.ground"}},
			{name: "still to come", as: "leader", method: "POST", path: "/api/v1/deletions", body: `{"ground":"other","reason":"because","document":"1","cameras":["{gate}"],"from":"` + at(0) + `","to":"2200-01-01T00:00:00Z"}`, status: 422, content: []string{"deletion_interval"}},
			{name: "no such camera", as: "leader", method: "POST", path: "/api/v1/deletions", body: `{"ground":"other","reason":"because","document":"1","cameras":["0000000000000"],"from":"` + at(0) + `","to":"` + at(1) + `"}`, status: 404, content: []string{"camera_unknown"}},
		})
		h.engine.Pass(t.Context())
		if left := h.vault.Files(t); len(left) != 3 || !slices.Contains(left, files[1]) || slices.Contains(left, files[2]) {
			t.Errorf("a hold beats the order, and the rest goes: %v", left)
		}
		h.run([]scenario{
			{name: "one waits", as: "leader", path: path, status: 200, content: []string{`"state":"approved"`, `"held":1`, `"removed":1`, `"kept":1`}},
			{name: "withdraw too late", as: "duty_lead", method: "POST", path: path + "/withdraw", body: `{"note":"a mistake"}`, status: 409, content: []string{"deletion_begun"}},
			{name: "ask", as: "duty_lead", method: "POST", path: "/api/v1/holds/" + keep.ID + "/release", body: `{"reason":"the notice was lifted"}`, status: 200},
			{name: "release", as: "supervisor", method: "POST", path: "/api/v1/holds/" + keep.ID + "/release/approve", body: `{}`, status: 200, content: []string{"releasedAt"}},
		})
		h.engine.Pass(t.Context())
		if left := h.vault.Files(t); !slices.Equal(left, []string{files[0], files[3]}) {
			t.Errorf("%v", left)
		}
		h.run([]scenario{
			{name: "carried out", as: "auditor", path: path, status: 200, content: []string{`"state":"executed"`, `"removed":2`}},
			{name: "tombstones", as: "auditor", path: "/api/v1/retention/tombstones?authority=" + o.ID, status: 200, content: []string{`"ground":"order"`, `"finished":true`, `"root":"`, `"account":"told"`, `"held":false`}},
			{name: "tombstones as operator", as: "operator", path: "/api/v1/retention/tombstones", status: 403},
			{name: "the records", as: "auditor", path: "/api/v1/acts?camera={gate}", status: 200, content: []string{"deletion.requested", "deletion.approved", "deletion.executed", "hold.placed", "hold.release_requested", "hold.released"}},
		})
	})
}

// confirm says as somebody that they have looked at all that stands.
func (h *house) confirm(as, note string) {
	h.t.Helper()
	get[struct{}](h, as, "POST", "/api/v1/retention/confirm", h.confirmation(as, note), 204)
}

func (h *house) confirmation(as, note string) string {
	h.t.Helper()
	var ids []string
	for _, f := range get[retention.RetentionState](h, as, "GET", "/api/v1/retention", "", 200).Frozen {
		ids = append(ids, `"`+f.ID+`"`)
	}
	return `{"seen":[` + strings.Join(ids, ",") + `],"note":"` + note + `"}`
}

func TestRetention(t *testing.T) {
	h := newHouse(t)
	from := h.now().Add(-20 * 24 * time.Hour)
	h.vault.Record(t, h.gate, from.UnixMicro(), 2, 10*time.Minute)
	h.catchUp()
	h.engine.Pass(t.Context())
	all := h.confirmation("leader", "all is well")
	own := `{"class":"main","camera":"{gate}","reason":"a key target","rule":{"minimumDays":180,"minimumBasis":"anti_terror","maximumDays":365,"maximumBasis":"own","maximumNote":"storage"}}`
	lower := `{"class":"main","existing":true,"reason":"the law","rule":{"minimumDays":30,"minimumBasis":"order_799"}}`
	h.run([]scenario{
		{name: "guest", path: "/api/v1/retention", status: 401},
		{name: "operator", as: "operator", path: "/api/v1/retention", status: 403, content: []string{"storage.read"}},
		{name: "on the system's page", as: "operator", path: "/api/v1/system", status: 200, content: []string{`"removal":{"state":"blocked","reason":"removal_frozen"}`}},
		{name: "state", as: "administrator", path: "/api/v1/retention", status: 200, content: []string{`"at":"` + h.now().UTC().Format("2006-01-02T15:"), `"minimumDays":90`, `"minimumBasis":"regime"`, `"id":"default"`, `"blocked":"removal_frozen"`, `"reason":"catalogue_rebuilt"`, `{"basis":"regime","leastDays":90}`, `{"basis":"own","leastDays":1}`}},
		{name: "confirm as administrator", as: "administrator", method: "POST", path: "/api/v1/retention/confirm", body: all, status: 403, content: []string{"retention.configure"}},
		{name: "confirm without a word", as: "leader", method: "POST", path: "/api/v1/retention/confirm", body: `{"seen":["x"]}`, status: 422, content: []string{"field_required"}},
		{name: "confirm nothing in particular", as: "leader", method: "POST", path: "/api/v1/retention/confirm", body: `{"note":"all is well"}`, status: 422, content: []string{"property seen"}},
		{name: "confirm what does not stand", as: "leader", method: "POST", path: "/api/v1/retention/confirm", body: `{"seen":["x"],"note":"all is well"}`, status: 409, content: []string{"removal_not_frozen"}},
		{name: "confirm", as: "leader", method: "POST", path: "/api/v1/retention/confirm", body: all, status: 204},
		{name: "confirm twice", as: "leader", method: "POST", path: "/api/v1/retention/confirm", body: all, status: 409, content: []string{"removal_not_frozen"}},
		{name: "cameras", as: "auditor", path: "/api/v1/retention/cameras", status: 200, content: []string{h.gate, h.yard, `"verdict":"`, `"nothing_recorded"`}},
		{name: "set as administrator", as: "administrator", method: "POST", path: "/api/v1/retention/rules", body: own, status: 403},
		{name: "set as duty lead", as: "duty_lead", method: "POST", path: "/api/v1/retention/rules", body: own, status: 403},
		{name: "set", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: own, status: 201, content: []string{`"waiting":false`, `"maximumDays":365`}},
		{name: "too few days", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"main","reason":"a reason","rule":{"minimumDays":30,"minimumBasis":"regime"}}`, status: 422, content: []string{"retention_basis_least", `"days":90`}},
		{name: "a maximum below", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"main","reason":"a reason","rule":{"minimumDays":90,"minimumBasis":"regime","maximumDays":30,"maximumBasis":"privacy"}}`, status: 422, content: []string{"retention_maximum"}},
		{name: "no such class", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"dreams","reason":"a reason","rule":{"minimumDays":90,"minimumBasis":"regime"}}`, status: 422},
		{name: "no such camera", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"main","camera":"0000000000000","reason":"a reason","rule":{"minimumDays":90,"minimumBasis":"regime"}}`, status: 404, content: []string{"camera_unknown"}},
		{name: "no rule", as: "supervisor", method: "POST", path: "/api/v1/retention/rules", body: `{"class":"main","reason":"a reason"}`, status: 422, content: []string{"retention_minimum"}},
		{name: "history", as: "technician", path: "/api/v1/retention/rules?camera={gate}", status: 200, content: []string{"a key target"}},
	})
	c := get[retention.RetentionChange](h, "supervisor", "POST", "/api/v1/retention/rules", lower, 201)
	path := "/api/v1/retention/rules/" + c.ID
	h.run([]scenario{
		{name: "another while it waits", as: "leader", method: "POST", path: "/api/v1/retention/rules", body: lower, status: 409, content: []string{"retention_change_waits"}},
		{name: "approve one's own", as: "supervisor", method: "POST", path: path + "/approve", body: `{}`, status: 403, content: []string{"retention_change_own"}},
		{name: "withdraw another's", as: "leader", method: "POST", path: path + "/withdraw", status: 403, content: []string{"retention_change_of_another"}},
		{name: "reject without a word", as: "leader", method: "POST", path: path + "/reject", body: `{}`, status: 422},
		{name: "approve", as: "leader", method: "POST", path: path + "/approve", body: `{"note":"agreed"}`, status: 200, content: []string{`"decision":"approved"`, "inForceAt"}},
		{name: "approve again", as: "leader", method: "POST", path: path + "/approve", body: `{}`, status: 409, content: []string{"retention_change_decided"}},
		{name: "in force", as: "leader", path: "/api/v1/retention", status: 200, content: []string{`"minimumDays":30`, `"promisedDays":30`}},
		{name: "proofs before there are any", as: "auditor", path: "/api/v1/retention/proofs", status: 200, content: []string{`"items":[]`}},
		{name: "proofs as operator", as: "operator", path: "/api/v1/retention/proofs", status: 403},
	})
	if _, err := h.deps.Proofs.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.run([]scenario{
		{name: "proofs", as: "auditor", path: "/api/v1/retention/proofs?camera={gate}", status: 200, content: []string{`"verdict":"ok"`, `"parts":2`}},
		{name: "with the camera", as: "auditor", path: "/api/v1/retention/cameras", status: 200, content: []string{`"proof":{`, `"own":true`}},
	})
}

func TestHolds(t *testing.T) {
	h := newHouse(t)
	from := h.now().Add(-20 * 24 * time.Hour).Truncate(time.Second)
	h.vault.Record(t, h.gate, from.UnixMicro(), 2, 10*time.Minute)
	h.catchUp()
	review := h.now().Add(30 * 24 * time.Hour).Format(time.RFC3339)
	body := func(edit ...string) string {
		b := `{"kind":"notice","owner":"保卫处 李明","reason":"a notice came","document":"117","cameras":["{gate}"],"from":"` + from.Format(time.RFC3339) + `","to":"` + from.Add(time.Minute).Format(time.RFC3339) + `","reviewAt":"` + review + `"}`
		b = strings.ReplaceAll(b, "{gate}", h.gate)
		return strings.NewReplacer(edit...).Replace(b)
	}
	h.run([]scenario{
		{name: "guest", method: "POST", path: "/api/v1/holds", body: body(), status: 401},
		{name: "administrator", as: "administrator", method: "POST", path: "/api/v1/holds", body: body(), status: 403, content: []string{"hold.place"}},
		{name: "operator", as: "operator", method: "POST", path: "/api/v1/holds", body: body(), status: 403},
		{name: "auditor", as: "auditor", method: "POST", path: "/api/v1/holds", body: body(), status: 403},
		{name: "technician", as: "technician", method: "POST", path: "/api/v1/holds", body: body(), status: 403},
		{name: "no such kind", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body("notice\"", "whim\""), status: 422, content: []string{"hold_kind_unknown", "body.kind"}},
		{name: "no such camera", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(h.gate, "0000000000000"), status: 404},
		{name: "no camera", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(`"`+h.gate+`"`, ""), status: 422, content: []string{"hold_cameras"}},
		{name: "no review", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(`,"reviewAt":"`+review+`"`, ""), status: 422, content: []string{"reviewAt"}},
		{name: "a review in the past", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(review, "2020-01-01T00:00:00Z"), status: 422, content: []string{"hold_review_date"}},
		{name: "backwards", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(from.Add(time.Minute).Format(time.RFC3339), "2020-01-01T00:00:00Z"), status: 422, content: []string{"hold_interval"}},
		{name: "a strange time", as: "duty_lead", method: "POST", path: "/api/v1/holds", body: body(review, "9999-01-01T00:00:00Z"), status: 422, content: []string{"time_out_of_range"}},
	})
	one := get[hold.Hold](h, "duty_lead", "POST", "/api/v1/holds", body(), 201)
	if one.Bytes == 0 || one.Segments != 1 || one.Overdue {
		t.Errorf("%+v", one)
	}
	path := "/api/v1/holds/" + one.ID
	h.run([]scenario{
		{name: "list", as: "auditor", path: "/api/v1/holds?camera={gate}", status: 200, content: []string{one.ID, "李明"}},
		{name: "list another camera's", as: "auditor", path: "/api/v1/holds?camera={yard}", status: 200, content: []string{`"items":[]`}},
		{name: "list as operator", as: "operator", path: "/api/v1/holds", status: 403},
		{name: "in total", as: "auditor", path: "/api/v1/retention", status: 200, content: []string{`"heldSegments":1`}},
		{name: "none such", as: "auditor", path: "/api/v1/holds/0000000000000", status: 404, content: []string{"hold_unknown"}},
		{name: "release unasked", as: "leader", method: "POST", path: path + "/release/approve", body: `{}`, status: 409, content: []string{"hold_release_not_asked"}},
		{name: "review", as: "duty_lead", method: "POST", path: path + "/review", body: `{"note":"still open","reviewAt":"` + review + `"}`, status: 200},
		{name: "ask", as: "supervisor", method: "POST", path: path + "/release", body: `{"reason":"it is closed"}`, status: 200, content: []string{`"asked":{`}},
		{name: "ask again", as: "duty_lead", method: "POST", path: path + "/release", body: `{"reason":"it is closed"}`, status: 409, content: []string{"hold_release_waits"}},
		{name: "approve one's own", as: "supervisor", method: "POST", path: path + "/release/approve", body: `{}`, status: 403, content: []string{"hold_own_release"}},
		{name: "approve without the right", as: "duty_lead", method: "POST", path: path + "/release/approve", body: `{}`, status: 403, content: []string{"hold.release"}},
		{name: "withdraw another's", as: "duty_lead", method: "POST", path: path + "/release/withdraw", status: 403, content: []string{"hold_release_of_another"}},
		{name: "reject", as: "leader", method: "POST", path: path + "/release/reject", body: `{"note":"not yet"}`, status: 200, not: []string{`"asked":{`}},
		{name: "ask once more", as: "supervisor", method: "POST", path: path + "/release", body: `{"reason":"it is closed"}`, status: 200},
		{name: "withdraw", as: "supervisor", method: "POST", path: path + "/release/withdraw", status: 200},
		{name: "and again", as: "supervisor", method: "POST", path: path + "/release", body: `{"reason":"it is closed"}`, status: 200},
		{name: "approve", as: "leader", method: "POST", path: path + "/release/approve", body: `{}`, status: 200, content: []string{"releasedAt"}},
		{name: "gone from the list", as: "auditor", path: "/api/v1/holds", status: 200, content: []string{`"items":[]`}},
		{name: "but not for ever", as: "auditor", path: "/api/v1/holds?released=true", status: 200, content: []string{one.ID}},
		{name: "release twice", as: "duty_lead", method: "POST", path: path + "/release", body: `{"reason":"it is closed"}`, status: 409, content: []string{"hold_released"}},
	})
}
