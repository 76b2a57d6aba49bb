package plan_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/archive/plan"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

func office(from, to string, days ...int) []plan.Hours {
	return []plan.Hours{{Days: days, From: from, To: to}}
}

// TestLessRecordingTakesTwo: who sets when recording is demanded asks for more alone, and for
// less together with another person, whoever they are (C007).
func TestLessRecordingTakesTwo(t *testing.T) {
	clause.Covers(t, "C007")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		admin := people.Add(t, d, "admin", access.Administrator)
		waiting := &plan.Proposals{Plans: r.Plans}
		step := func(by access.Actor, s plan.Schedule) plan.Schedule {
			t.Helper()
			r.now = r.now.Add(time.Minute)
			s.Reason = "saves disk"
			set, err := r.Set(t.Context(), by, s)
			if err != nil {
				t.Fatal(err)
			}
			return set
		}
		decide := func(by access.Actor, id string, approve bool, note string, want error) {
			t.Helper()
			if err := waiting.Decide(t.Context(), by, id, approve, note); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		kind := func(camera string) plan.Kind { return r.InForce(camera, r.now.UnixMicro()).Kind }

		half := step(admin, plan.Schedule{Kind: plan.BusinessHours, Hours: office("08:00", "08:30", 1), Stops: true})
		if half.Waits == "" || half.ID != "" || kind(r.gate) != plan.Always {
			t.Fatalf("who runs the system stops recording alone: %+v", half)
		}
		if _, err := r.Set(t.Context(), r.boss, plan.Schedule{Kind: plan.BusinessHours, Hours: office("08:00", "18:00", 1, 2), Reason: "office"}); !errors.Is(err, plan.ErrWaits) {
			t.Errorf("a second one: %v", err)
		}
		decide(admin, half.Waits, true, "", access.ErrRightMissing)
		decide(r.lead, half.Waits, true, "", access.ErrRightMissing)
		decide(r.boss, half.Waits, false, "not enough", nil)
		decide(r.head, half.Waits, true, "", proposal.ErrDecided)
		if kind(r.gate) != plan.Always {
			t.Error("what was refused is in force")
		}

		week := plan.Schedule{Kind: plan.BusinessHours, Hours: office("08:00", "18:00", 1, 2, 3, 4, 5)}
		office5 := step(r.boss, week)
		decide(r.boss, office5.Waits, true, "", proposal.ErrOwn)
		decide(r.head, office5.Waits, true, "", nil)
		if s := r.InForce(r.gate, r.now.UnixMicro()); s.Kind != plan.BusinessHours || s.Stops || s.Person != r.boss.Person {
			t.Errorf("approved: %+v", s)
		}
		for _, c := range []struct {
			name  string
			s     plan.Schedule
			waits bool
		}{
			{"longer hours", plan.Schedule{Kind: plan.BusinessHours, Hours: office("07:00", "19:00", 1, 2, 3, 4, 5)}, false},
			{"the same hours otherwise", plan.Schedule{Kind: plan.BusinessHours, Hours: append(office("07:00", "12:00", 1, 2, 3, 4, 5), office("12:00", "19:00", 5, 4, 3, 2, 1)...)}, false},
			{"other hours", plan.Schedule{Kind: plan.BusinessHours, Hours: office("08:00", "20:00", 1, 2, 3, 4, 5)}, true},
			{"nothing outside them", plan.Schedule{Kind: plan.BusinessHours, Hours: office("07:00", "19:00", 1, 2, 3, 4, 5), Stops: true}, true},
			{"a camera round the clock", plan.Schedule{Camera: r.yard, Kind: plan.Always}, false},
		} {
			set := step(r.boss, c.s)
			if (set.Waits != "") != c.waits {
				t.Errorf("%s: %+v", c.name, set)
			}
			if set.Waits == "" {
				continue
			}
			if err := waiting.Withdraw(t.Context(), r.boss, set.Waits, ""); err != nil {
				t.Error(err)
			}
		}
		// A camera that follows the site again may be recorded less; what was proposed is overtaken by what is set meanwhile.
		step(r.boss, plan.Schedule{Camera: r.gate, Kind: plan.Always})
		again := step(r.boss, plan.Schedule{Camera: r.gate, Kind: plan.Site})
		if again.Waits == "" {
			t.Error("as the site again, which is recorded less, alone")
		}
		step(r.boss, plan.Schedule{Kind: plan.Always})
		if all, err := waiting.List(t.Context(), proposal.Proposed); err != nil || len(all) != 1 || all[0].Camera != r.gate || all[0].Overtaken {
			t.Errorf("%+v, %v", all, err)
		}
		decide(r.head, again.Waits, true, "", nil)

		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "schedule.", Limit: ledger.MaxLimit})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range acts {
			if a.Kind == "schedule.set" && a.Detail["proposal"] == office5.Waits && (a.Person != r.head.Person || a.Detail["proposedBy"] != r.boss.Person) {
				t.Errorf("the approval tells %+v", a)
			}
		}
		for what, differ := range map[string]func(context.Context, bun.IDB) ([]facts.Difference, error){"schedules": plan.Differ, "proposals": proposal.Differ} {
			if all, err := differ(t.Context(), d.Read()); err != nil || len(all) > 0 {
				t.Errorf("nobody touched the %s: %+v, %v", what, all, err)
			}
		}
		dbtest.Alter(t, d, map[string][]string{"proposals": {"kind", "step", "state"}}, func(ctx context.Context, tx bun.Tx) (rows []string) {
			all, err := proposal.Differ(ctx, tx)
			if err != nil {
				t.Error(err)
			}
			for _, f := range all {
				rows = append(rows, string(f.Row)+": "+f.Why)
			}
			return rows
		})
	})
}

// TestAsLongAsNobodyCouldApprove one person sets it alone, and the act says so.
func TestAsLongAsNobodyCouldApprove(t *testing.T) {
	clause.Covers(t, "C007")
	d := dbtest.Open(t, db.SQLite)
	gate := people.Camera(t, d, "gate")
	admin := people.Add(t, d, "admin", access.Administrator)
	p := &plan.Plans{DB: d, Zone: time.UTC, Clock: func() time.Time { return morning }}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := p.Set(t.Context(), admin, plan.Schedule{Camera: gate, Kind: plan.BusinessHours, Hours: office("08:00", "18:00", 1), Stops: true, Reason: "office"})
	if err != nil || s.Waits != "" {
		t.Fatalf("%+v, %v", s, err)
	}
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "schedule.set"})
	if err != nil || len(acts) != 1 || acts[0].Detail["alone"] != true {
		t.Errorf("%+v, %v", acts, err)
	}
}
