package refusal_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/refusal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

type diary struct {
	acts []ledger.Act
	err  error
}

func (d *diary) Record(a ledger.Act) error {
	d.acts = append(d.acts, a)
	return d.err
}

// TestRefusalsAreFoldedToOneActAMinute has a program that tries ten times a second.
func TestRefusalsAreFoldedToOneActAMinute(t *testing.T) {
	clause.Covers(t, "C114")
	synctest.Test(t, func(t *testing.T) {
		into, camera := &diary{}, db.NewID()
		r := &refusal.Refusals{Journal: into, Clock: clock.Clock(time.Now)}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		actor := access.ActorOf("anna", access.Auditor).From(access.Origin{Address: "10.0.0.7"})
		for range 1500 { // 150 seconds
			r.Note(actor, access.PlaybackView, camera, "right_missing", "POST /api/v1/viewings")
			time.Sleep(100 * time.Millisecond)
		}
		r.Note(access.ActorOf("lea", access.Operator), access.PlaybackView, camera, "viewing_second", "POST /api/v1/viewings")
		r.Note(actor, access.LiveView, camera, "right_missing", "GET /api/v1/live")
		r.Note(access.Actor{}, access.LiveView, camera, "right_missing", "GET /api/v1/live")
		synctest.Wait()
		if n := len(into.acts); n != 5 {
			t.Fatalf("%d acts, want the first, two of a minute, one of somebody who has the right, and the one about another right", n)
		}
		for _, a := range into.acts { // also of who has the right and was held back by its terms
			if a.Detail["decision"].(map[string]any)["verdict"] != "refused" {
				t.Errorf("%+v", a)
			}
		}
		a := into.acts[0]
		d := a.Detail["decision"].(map[string]any)
		if a.Kind != "access.refused" || a.Person != "anna" || a.Camera != camera || a.Detail["count"] != 1 || a.Detail["code"] != "right_missing" ||
			d["verdict"] != "refused" || d["action"] != "playback.view" || a.Detail["actor"].(map[string]any)["address"] != "10.0.0.7" {
			t.Errorf("%+v", a)
		}
		r.Close()
		total := 0
		for _, a := range into.acts {
			total += a.Detail["count"].(int)
		}
		if total != 1502 || len(into.acts) != 6 {
			t.Errorf("%d refusals in %d acts, want 1502 in 6", total, len(into.acts))
		}
	})
}

// TestManyKindsOfRefusals: who tries every right on every camera does not flood the record
// either, and what cannot be recorded stops nobody.
func TestManyKindsOfRefusals(t *testing.T) {
	into := &diary{err: errors.New("the disk is full")}
	r := &refusal.Refusals{Journal: into, Clock: clock.Clock(time.Now)}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		r.Note(access.ActorOf("anna"), access.LiveView, db.NewID(), "right_missing", "GET /x")
	}
	r.Note(access.ActorOf("bo"), access.LiveView, "../../etc", "right_missing", "GET /x")
	r.Close()
	last := map[string]int{}
	for _, a := range into.acts {
		last[fmt.Sprint(a.Person, a.Detail["various"])] += a.Detail["count"].(int)
		if a.Camera != "" && !db.ValidID(a.Camera) {
			t.Errorf("camera %q", a.Camera)
		}
	}
	if len(into.acts) > 40 || last["annatrue"] != 970 || last["anna<nil>"] != 30 || last["bo<nil>"] != 1 {
		t.Errorf("%d acts: %v", len(into.acts), last)
	}
}
