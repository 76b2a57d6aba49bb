package api

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/emergency"
	"watchroom/internal/api/viewing"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// graded is a house whose operators see cameras up to grade 2, and those above it together with
// a second person. The gate's grade is what raise sets.
func graded(t *testing.T, d *db.DB) (h *house, raise func(access.Grade)) {
	t.Helper()
	h = newHouseOn(t, d)
	var grade atomic.Int64
	grade.Store(1)
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{h.gate: {Grade: access.Grade(grade.Load())}, h.yard: {Grade: 1}}, nil
	}
	h.rules(`[{"id":"plain","position":"operator","actions":["live.view","playback.view","snapshot.take"],"toGrade":2},
		{"id":"two-for-graded","position":"operator","actions":["live.view","playback.view","snapshot.take"],"fromGrade":3,"second":true}]`)
	h.parameter("emergency.back", `"168h"`)
	return h, func(g access.Grade) {
		grade.Store(int64(g))
		h.deps.Rights.Changed()
	}
}

// takes gives an emergency right that the operator takes.
func (h *house) takes(right string) (rule string) {
	h.t.Helper()
	return access.EmergencyRule + get[emergency.Emergency](h, "operator", "POST", "/api/v1/emergencies", `{"right":"`+right+`","minutes":5,"cause":"fire"}`, 201).ID
}

// byRule gives the acts of a kind that name a rule, of the journal or the database.
func byRule(acts []ledger.Act, rule string) (found []ledger.Act) {
	for _, a := range acts {
		if d, _ := a.Detail[access.KeyDecision].(map[string]any); d["rule"] == rule {
			found = append(found, a)
		}
	}
	return found
}

// TestStillPicturesByAnotherRuleAreAnotherLook: what somebody sees of now under an emergency right
// is on record under it, also where they had just looked by the rule that held before.
func TestStillPicturesByAnotherRuleAreAnotherLook(t *testing.T) {
	clause.Covers(t, "C111", "C114")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, raise := graded(t, d)
		fetch := func(status int) {
			t.Helper()
			if w := h.send("operator", "GET", "/api/v1/cameras/"+h.gate+"/picture.jpg", ""); w.Code != status {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		fetch(200)
		raise(3)
		fetch(403)
		rule := h.takes("live_graded")
		for range 10 {
			fetch(200)
		}
		raise(1)
		fetch(200)
		h.recorded()
		if n, m := len(byRule(h.done("live.picture"), rule)), len(byRule(h.done("live.picture"), "plain")); n != 1 || m != 2 {
			t.Errorf("%d looks under the emergency right, %d by the rule", n, m)
		}
		h.run([]scenario{{name: "what was done under it", as: "auditor", path: "/api/v1/acts?rule=" + rule, status: 200, content: []string{"live.picture", h.gate}}})
	})
}

// TestFootageByAnotherRuleIsOnRecordFirst: a viewing that was opened by the rule that held then
// goes on under an emergency right when that is on record, and not before.
func TestFootageByAnotherRuleIsOnRecordFirst(t *testing.T) {
	clause.Covers(t, "C094", "C111")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, raise := graded(t, d)
		from, to := h.stamp(-60), h.stamp(-50)
		v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, from, to), 201)
		ways := []string{"/stream.mp4?from=" + from + "&to=" + to, "/video.mp4?from=" + from + "&to=" + to, "/thumbnail.jpg?at=" + h.stamp(-55), "/playlist?from=" + from + "&to=" + to}
		all := func(status int, content string) {
			t.Helper()
			for _, way := range ways {
				if w := h.send("operator", "GET", h.under(v.ID)+way, ""); w.Code != status || !strings.Contains(w.Body.String(), content) {
					t.Errorf("%s: %d %s", way, w.Code, w.Body)
				}
			}
		}
		all(200, "")
		if n := len(h.done("viewing.continued")); n != 0 {
			t.Errorf("%d acts although nothing changed", n)
		}
		raise(3)
		all(403, "viewing_second")
		rule := h.takes("playback_recent")
		refuse := func(name string) {
			t.Helper()
			sql := "CREATE TRIGGER " + name + " BEFORE INSERT ON acts WHEN NEW.kind = 'viewing.continued' BEGIN SELECT RAISE(ABORT, 'no'); END"
			if d.Engine() == db.PostgreSQL {
				sql = "CREATE TRIGGER " + name + " BEFORE INSERT ON acts FOR EACH ROW WHEN (NEW.kind = 'viewing.continued') EXECUTE FUNCTION refuse_change()"
			}
			h.execute(sql)
		}
		refuse("deaf")
		all(503, "act_not_recorded")
		drop := "DROP TRIGGER deaf"
		if d.Engine() == db.PostgreSQL {
			drop += " ON acts"
		}
		h.execute(drop)
		all(200, "")
		all(200, "")
		found := byRule(h.done("viewing.continued"), rule)
		if len(found) != 1 || found[0].Subject != v.ID || found[0].Camera != h.gate || found[0].Detail["from"] == nil || found[0].Detail["to"] == nil ||
			found[0].Person != h.person("operator") || len(h.done("viewing.continued")) != 1 {
			t.Errorf("%+v", found)
		}
		raise(1)
		all(200, "")
		if n := len(h.done("viewing.continued")); n != 1 {
			t.Errorf("%d acts, of which one says by which rule it was opened", n)
		}
		h.run([]scenario{{name: "what was done under it", as: "auditor", path: "/api/v1/acts?rule=" + rule, status: 200, content: []string{"viewing.continued", h.gate}, not: []string{"viewing.opened"}}})
	})
}

func (h *house) execute(sql string) {
	h.t.Helper()
	err := h.deps.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestALiveViewByAnotherRule: a live view that goes on under another rule is on record stretch by
// stretch, and where that cannot be, it ends.
func TestALiveViewByAnotherRule(t *testing.T) {
	clause.Covers(t, "C111", "C112", "C114")
	for _, way := range []string{"whep", "mse"} {
		for _, deaf := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, deaf %v", way, deaf), func(t *testing.T) {
				leak.Check(t)
				h, raise := graded(t, dbtest.Open(t, db.SQLite))
				h.key("operator")
				var ended func()
				if way == "whep" {
					if w := h.offer("operator", h.gate, "v=0"); w.Code != 201 {
						t.Fatal(w.Body)
					}
					ended = func() { <-h.whep.ended }
				} else {
					socket, resp, err := websocket.Dial(t.Context(), h.serve()+"/api/v1/live/"+h.gate+"/mse", &websocket.DialOptions{HTTPHeader: http.Header(h.key("operator")).Clone()})
					if err != nil {
						t.Fatal(resp, err)
					}
					defer func() { _ = socket.CloseNow() }()
					ended = func() {
						for {
							if _, _, err := socket.Read(t.Context()); err != nil {
								return
							}
						}
					}
				}
				rule := h.takes("live_graded")
				if deaf {
					h.diary.deaf.Store(true)
					raise(3)
					ended() // the test's own deadline bounds it
					return
				}
				raise(3)
				wait := func(kind string, n int) []ledger.Act {
					for len(h.diary.of(kind)) < n {
						if t.Context().Err() != nil {
							t.Fatalf("no %s", kind)
						}
						runtime.Gosched()
					}
					return h.diary.of(kind)
				}
				closed, opened := wait("live.closed", 1), wait("live.opened", 2)
				is, was := byRule(opened, rule), byRule(opened, "plain")
				if len(is) != 1 || len(was) != 1 || is[0].Detail["continues"] != was[0].ID || is[0].Camera != h.gate || is[0].Person != h.person("operator") {
					t.Fatalf("%+v", opened)
				}
				if over := byRule(closed, "plain"); len(over) != 1 || over[0].Detail["opened"] != was[0].ID || over[0].Detail["to"] != is[0].At {
					t.Errorf("%+v", closed)
				}
				get[struct{}](h, "operator", "POST", "/api/v1/emergencies/"+access.EmergencyOf(rule)+"/end", `{}`, 200)
				ended()
				if over := byRule(wait("live.closed", 2), rule); len(over) != 1 || over[0].Detail["opened"] != is[0].ID || over[0].Detail["from"] != is[0].At {
					t.Errorf("%+v", over)
				}
				if n := len(h.diary.of("live.opened")); n != 2 {
					t.Errorf("%d beginnings", n)
				}
			})
		}
	}
}

// TestAKeptPictureNamesWhatLetItThrough: one's own picture of the then present is seen again, and
// another is kept, by the right to footage of an emergency, which the acts name.
func TestAKeptPictureNamesWhatLetItThrough(t *testing.T) {
	clause.Covers(t, "C111")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, raise := graded(t, d)
		kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`"}`, 201)
		look := func() int {
			return h.send("operator", "GET", "/api/v1/snapshots/"+kept.ID+"/picture.jpg", "").Code
		}
		if got := look(); got != 200 {
			t.Fatal(got)
		}
		raise(3)
		if got := look(); got != 403 {
			t.Fatal(got)
		}
		rule := h.takes("playback_recent")
		if got := look(); got != 200 {
			t.Fatal(got)
		}
		h.recorded()
		viewed := h.done("snapshot.viewed")
		if len(viewed) != 2 || len(byRule(viewed, rule)) != 1 || len(byRule(viewed, "plain")) != 1 {
			t.Fatalf("%+v", viewed)
		}
		if d := byRule(viewed, rule)[0].Detail[access.KeyDecision].(map[string]any); d["action"] != "playback.view" || d["verdict"] != "allowed" || d["position"] != "operator" {
			t.Errorf("%v", d)
		}
	})
}

// TestAPictureOfWhatAnEmergencyShows: who may keep pictures by a rule of the house, and sees these
// under an emergency right alone, keeps them and sees them again under it.
func TestAPictureOfWhatAnEmergencyShows(t *testing.T) {
	clause.Covers(t, "C111")
	h := newHouse(t)
	const inner = `[{"id":"inner","position":"operator","actions":["live.view"],"toGrade":2}`
	h.rules(inner + `]`)
	h.deps.Rights.Places = func(context.Context, bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{h.gate: {Grade: 3}, h.yard: {Grade: 1}}, nil
	}
	h.deps.Rights.Changed()
	live := h.takes("live_graded")
	kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", `{"camera":"`+h.gate+`"}`, 201)
	if w := h.send("operator", "GET", "/api/v1/snapshots/"+kept.ID+"/picture.jpg", ""); w.Code != 200 {
		t.Fatal(w.Body)
	}
	h.rules(inner + `,{"id":"newest","position":"operator","actions":["playback.view"],"backMinutes":10}]`)
	past := h.takes("playback_recent")
	v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.stamp(-60), h.stamp(-50)), 201)
	get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", fmt.Sprintf(`{"camera":%q,"viewing":%q,"at":%q}`, h.gate, v.ID, h.stamp(-55)), 201)
	h.recorded()
	for rule, kinds := range map[string][]string{live: {"snapshot.taken", "snapshot.viewed"}, past: {"viewing.opened", "snapshot.taken"}} {
		for _, kind := range kinds {
			if n := len(byRule(h.done(kind), rule)); n != 1 {
				t.Errorf("%s, %s: %d", rule, kind, n)
			}
		}
	}
}

// TestAPictureIsKeptByWhatExemptsIt: where the grade demands a second person to keep a picture, an
// emergency right to the footage is what lets one person keep it.
func TestAPictureIsKeptByWhatExemptsIt(t *testing.T) {
	clause.Covers(t, "C104", "C111")
	h := newHouse(t)
	h.parameter("viewing.second_grade", `"grade_1"`)
	rule := h.takes("playback_recent")
	v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.stamp(-60), h.stamp(-50)), 201)
	get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", fmt.Sprintf(`{"camera":%q,"viewing":%q,"at":%q}`, h.gate, v.ID, h.stamp(-55)), 201)
	for _, kind := range []string{"viewing.opened", "snapshot.taken"} {
		if n := len(byRule(h.done(kind), rule)); n != 1 {
			t.Errorf("%s: %+v", kind, h.done(kind))
		}
	}
}
