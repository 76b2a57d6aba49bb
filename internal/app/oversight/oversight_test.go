package oversight_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/roll"
	"watchroom/internal/app/oversight"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
)

// raised is what screens show.
type raised struct {
	key, code string
	params    map[string]any
}

// TestWhatLeadersAreTold: an emergency right raises an alarm at once and counts among the
// rights, its missing report raises another, and so does a review that is overdue.
func TestWhatLeadersAreTold(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	ctx := t.Context()
	var shift atomic.Int64
	now := func() time.Time {
		return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).Add(time.Duration(shift.Load()))
	}
	told := make(chan raised, 64)
	raise := func(key, code, _, _ string, params map[string]any) { told <- raised{key, code, params} }
	// expect waits for an alarm under a key; the test's own deadline bounds it.
	expect := func(key, code string) raised {
		t.Helper()
		for r := range told {
			if r.key == key {
				if r.code != code {
					t.Errorf("%s: %q, want %q", key, r.code, code)
				}
				return r
			}
		}
		return raised{}
	}
	bus := &event.Bus{}
	accounts := &account.Control{DB: d, Bus: bus, Clock: now}
	made := []roll.Act{}
	rights := &policy.Policies{DB: d, Clock: now, Acts: func(context.Context, bun.IDB, ...string) ([]roll.Act, error) { return made, nil }}
	o := oversight.New(d, bus, now, accounts, rights, nil, time.UTC, raise, slog.New(slog.DiscardHandler))
	if err := accounts.Start(ctx); err != nil {
		t.Fatal(err)
	}
	guard := people.Add(t, d, "guard", access.Operator) // of 1970
	boss := people.Add(t, d, "boss", access.Supervisor)
	if err := o.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	expect("rights review", "rights_review_overdue")
	e, err := o.Emergencies.Take(ctx, guard, emergency.Taking{Right: emergency.LiveGraded, Cause: "fire"})
	if err != nil {
		t.Fatal(err)
	}
	key := "emergency " + e.ID
	if r := expect(key, "emergency_taken"); r.params["person"] != "guard" || r.params["right"] != emergency.LiveGraded {
		t.Errorf("%+v", r.params)
	}
	if actor, _, err := accounts.Stands(ctx, guard.Person); err != nil || actor.Until() != e.Until {
		t.Errorf("it does not count: %d, %v", actor.Until(), err)
	}
	pass := func(d time.Duration) { // what it does every few seconds by itself
		t.Helper()
		shift.Store(int64(d))
		if err := o.Emergencies.Look(ctx); err != nil {
			t.Fatal(err)
		}
	}
	pass(16 * time.Minute)
	expect(key, "")
	pass(9 * time.Hour)
	expect(key, "emergency_report_missing")
	if _, err := o.Emergencies.Settle(ctx, boss, e.ID, emergency.Unjustified, "nothing was handed in"); err != nil {
		t.Fatal(err)
	}
	expect(key, "")
	one, err := o.Reviews.Open(ctx, boss, "")
	if err != nil {
		t.Fatal(err)
	}
	other := people.Add(t, d, "other", access.Supervisor)
	for _, i := range one.Items {
		by := boss
		if i.Person == boss.Person {
			by = other
		}
		if _, err := o.Reviews.Decide(ctx, by, one.ID, []string{i.ID}, "confirmed", "still needed"); err != nil {
			t.Fatal(err)
		}
	}
	o.Reviewed()
	expect("rights review", "")

	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO rights_policies (id, rules, base, reason, asked_by, asked_at, decided_at, decision, note, in_force_at) VALUES ('zz', '[]', 'built-in', 'x', ?, 1, 2, 'approved', '', 2)", boss.Person)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rights.Changed()
	for range 2 { // the first may find what is on its way
		if err := o.Look(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for r := range told {
		if r.key == "rights" && r.code != "" { // before, what comes with the program needed no act
			if r.code != "rights_unproved" {
				t.Errorf("told of %s", r.code)
			}
			break
		}
	}
}
