package sharedlogin

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/console"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestTwoPlacesAtOnce: there and back in a short time is found, once and counted; a walk from
// one console to another, an hour's pause and two windows at one address are not.
func TestTwoPlacesAtOnce(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		tick := clock.Clock(func() time.Time { now = now.Add(time.Microsecond); return now })
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		w := &Watch{DB: d, Clock: tick, Account: control}
		for _, s := range []interface{ Start(context.Context) error }{control, w} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		made := func(name string, p access.Position) account.Person {
			t.Helper()
			who, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(p), Password: "correct horse 7"})
			if err != nil {
				t.Fatal(err)
			}
			return who
		}
		guard, lead := made("zhang", access.Operator), made("li", access.DutyLead)
		enter := func(name, address string) secret.Text {
			t.Helper()
			in, err := control.SignIn(t.Context(), name, "correct horse 7", access.Origin{Address: address, Agent: "test"})
			if err != nil {
				t.Fatal(err)
			}
			return in.Secret
		}
		touch := func(session secret.Text, after time.Duration) {
			t.Helper()
			now = now.Add(after)
			who, err := control.BySession(t.Context(), session)
			if err != nil {
				t.Fatal(err)
			}
			at := tick.Micro()
			err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := console.Touch(ctx, tx, who.Session.ID, at); err != nil {
					return err
				}
				return w.Touched(ctx, tx, who, at)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		by := access.ActorOf(lead.ID, access.DutyLead)
		findings := func() []Finding {
			t.Helper()
			all, err := w.List(t.Context(), by)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		room, window := enter("zhang", "192.0.2.1"), enter("zhang", "192.0.2.1")
		touch(room, time.Minute)
		touch(window, time.Minute)
		touch(room, time.Minute) // two windows of one console
		gate := enter("zhang", "192.0.2.2")
		touch(gate, time.Minute)
		touch(gate, time.Minute)    // a walk to the gate
		touch(room, 10*time.Minute) // and back after a while
		touch(gate, 10*time.Minute) // and again
		touch(room, 6*time.Minute)  // too long for two to be at it at once
		if n := findings(); len(n) != 0 {
			t.Fatalf("found: %+v", n)
		}
		touch(gate, time.Minute)
		touch(room, time.Minute)
		touch(gate, time.Minute)
		all := findings()
		if len(all) != 1 || all[0].Person != guard.ID || all[0].Times != 2 || len(all[0].Places) != 2 || all[0].Answer != "" || all[0].FirstAt >= all[0].LastAt {
			t.Fatalf("%+v", all)
		}
		id := all[0].ID
		if _, err := w.Judge(t.Context(), access.ActorOf(guard.ID, access.Supervisor), id, Own, "was me all along"); !errors.Is(err, ErrOwn) {
			t.Errorf("one's own: %v", err)
		}
		if _, err := w.Judge(t.Context(), access.ActorOf(lead.ID, access.Operator), id, Own, "was him"); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("without the right: %v", err)
		}
		if _, err := w.Judge(t.Context(), by, id, "maybe", "was him"); !errors.Is(err, ErrAnswer) {
			t.Errorf("no answer: %v", err)
		}
		if f, err := w.Judge(t.Context(), by, id, Shared, "told the password to a colleague"); err != nil || f.AnsweredBy != lead.ID || f.AnsweredAt == nil {
			t.Errorf("%+v, %v", f, err)
		}
		if _, err := control.BySession(t.Context(), room); err != nil {
			t.Errorf("a shared account was signed out: %v", err)
		}
		touch(room, time.Minute)
		touch(gate, time.Minute)
		touch(room, time.Minute)
		if all = findings(); len(all) != 2 || all[0].Answer != "" || all[1].Answer != Shared {
			t.Fatalf("%+v", all)
		}
		if _, err := w.Judge(t.Context(), by, all[0].ID, Taken, "nobody knows who it was"); err != nil {
			t.Error(err)
		}
		if _, err := control.BySession(t.Context(), room); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("a session of a taken account goes on: %v", err)
		}
	})
}

// TestOneSessionInTwoPlaces: a session that is used from two addresses in turn, as with a cookie that
// was copied, is found; one that moves once, or comes back after a while, is not.
func TestOneSessionInTwoPlaces(t *testing.T) {
	clause.Covers(t, "C113")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		tick := clock.Clock(func() time.Time { now = now.Add(time.Microsecond); return now })
		control := &account.Control{DB: d, Bus: &event.Bus{}, Clock: tick}
		w := &Watch{DB: d, Clock: tick, Account: control}
		for _, s := range []interface{ Start(context.Context) error }{control, w} {
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := control.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "zhang", Holdings: access.Everywhere(access.Operator), Password: "correct horse 7"}); err != nil {
			t.Fatal(err)
		}
		in, err := control.SignIn(t.Context(), "zhang", "correct horse 7", access.Origin{Address: "192.0.2.1", Agent: "test"})
		if err != nil {
			t.Fatal(err)
		}
		touch := func(address string, after time.Duration, want int) {
			t.Helper()
			now = now.Add(after)
			who, err := control.BySession(t.Context(), in.Secret)
			if err != nil {
				t.Fatal(err)
			}
			who.Actor.Origin = access.Origin{Address: address, Agent: "test"}
			if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return w.Touched(ctx, tx, who, tick.Micro()) }); err != nil {
				t.Fatal(err)
			}
			all, err := w.List(t.Context(), access.ActorOf("lead", access.DutyLead))
			if err != nil {
				t.Fatal(err)
			}
			times := 0
			for _, f := range all {
				times += f.Times
			}
			if times != want {
				t.Errorf("from %s after %v: found %d times, want %d: %+v", address, after, times, want, all)
			}
		}
		touch("192.0.2.1", time.Second, 0)
		touch("192.0.2.9", time.Minute, 0) // it moves
		touch("192.0.2.9", 4*time.Minute, 0)
		touch("192.0.2.1", 4*time.Minute, 0) // and comes back after a while
		touch("192.0.2.9", 10*time.Second, 0+1)
		touch("192.0.2.1", 10*time.Second, 2)
		touch("192.0.2.7", 10*time.Second, 2) // a third address
		touch("", time.Second, 2)
	})
}
