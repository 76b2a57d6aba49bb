package fault_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/fault"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

type room struct {
	*fault.Keeper
	t       *testing.T
	now     time.Time
	wrong   []fault.Condition
	missing []string
	bad     string // camera whose oldest footage is not what it was
	said    []string
	mails   int
}

// Proved implements fault.Proof.
func (r *room) Proved(_ context.Context, camera string, since int64) error {
	if since > r.now.UnixMicro() || since < r.now.Add(-240*time.Hour).UnixMicro() {
		r.t.Errorf("proved since %d", since)
	}
	if camera == r.bad {
		return problem.New(problem.Unavailable, "oldest_unproved", "It is not what it was.")
	}
	return nil
}

// StorageFault implements fault.Mail.
func (r *room) StorageFault(context.Context, fault.Fault) error {
	r.mails++
	return errors.New("no mail yet")
}

func open(t *testing.T, d *db.DB) *room {
	r := &room{t: t, now: morning}
	r.Keeper = keeper(r, d)
	return r
}

func keeper(r *room, d *db.DB) *fault.Keeper {
	return &fault.Keeper{DB: d, Log: slog.New(slog.DiscardHandler), Bus: &event.Bus{}, Clock: func() time.Time { return r.now }, Proof: r, Mail: r,
		Conditions: func(context.Context) ([]fault.Condition, error) { return r.wrong, nil },
		Missing:    func(context.Context) ([]string, error) { return r.missing, nil },
		Cameras:    func(context.Context) ([]string, error) { return []string{"gate", "yard"}, nil },
		Signal: func(f fault.Fault, s fault.Step) {
			r.said = append(r.said, fmt.Sprintf("%s %s %s", f.Kind, f.Subject, s))
		},
	}
}

func (r *room) tick(hours float64) {
	r.t.Helper()
	r.now = morning.Add(time.Duration(hours * float64(time.Hour)))
	if err := r.Tick(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// TestUnknownIsNotOver: after a start nobody can tell of some things yet.
func TestUnknownIsNotOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		short := fault.Condition{Kind: fault.RetentionAtRisk, Subject: "storage"}
		nobody := short
		nobody.Unknown = true
		steps := func(want string) {
			t.Helper()
			all, err := r.List(t.Context(), fault.Filter{})
			got := ""
			for _, f := range all {
				for _, e := range f.Entries {
					got += string(e.Step) + " "
				}
			}
			if err != nil || got != want {
				t.Errorf("%q, want %q, %v", got, want, err)
			}
		}
		r.wrong = []fault.Condition{nobody}
		r.tick(0)
		steps("")
		r.wrong = []fault.Condition{short}
		r.tick(0.1)
		r.wrong = []fault.Condition{nobody}
		r.tick(0.2)
		steps("opened ")
		r.wrong = nil
		r.tick(0.3)
		steps("opened over closed ")
	})
}

func (r *room) expect(what, signals, steps string) {
	r.t.Helper()
	if got := strings.Join(r.said, ", "); got != signals {
		r.t.Errorf("%s: signals %q, want %q", what, got, signals)
	}
	r.said = nil
	all, err := r.List(r.t.Context(), fault.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	var said []string
	for _, f := range all {
		for _, e := range f.Entries {
			said = append(said, string(e.Step))
		}
	}
	if got := strings.Join(said, " "); got != steps {
		r.t.Errorf("%s: steps %q, want %q", what, got, steps)
	}
}

// TestADeadDisk: nobody can silence it, and it ends when all is proved.
func TestADeadDisk(t *testing.T) {
	clause.Covers(t, "C098")
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		guard := people.Add(t, d, "guard", access.Operator)
		r.tick(0)
		r.expect("all is well", "", "")
		r.wrong = []fault.Condition{{Kind: fault.VolumeFailing, Subject: "main", Detail: map[string]any{"freeBytes": 5}}}
		r.tick(1)
		r.tick(2)
		r.expect("it fails", "volume_failing main opened", "opened")
		all, err := r.List(t.Context(), fault.Filter{Open: true})
		if err != nil || len(all) != 1 || all[0].Detail["freeBytes"] != 5.0 {
			t.Fatal(all, err)
		}
		id := all[0].ID
		f, err := r.Acknowledge(t.Context(), guard, id, "已通知维修")
		if err != nil || f.ClosedAt != 0 || f.Entries[1].Person != guard.Person {
			t.Fatalf("%+v, %v", f, err)
		}
		r.tick(8.9)
		r.expect("acknowledged", "", "opened acknowledged")
		r.tick(9)
		r.tick(16.9)
		r.expect("the next shift", "volume_failing main repeated", "opened acknowledged repeated")
		r.tick(17)
		r.tick(24.9)
		r.said = nil
		r.tick(25)
		r.expect("a day", "volume_failing main repeated, volume_failing main escalated", "opened acknowledged repeated repeated repeated escalated")
		if leaders, err := r.List(t.Context(), fault.Filter{Escalated: true}); err != nil || len(leaders) != 1 || leaders[0].EscalatedAt == 0 || r.mails != 1 {
			t.Errorf("leaders: %+v, %v, %d mails", leaders, err, r.mails)
		}
		r.Keeper = keeper(r, d) // a restart
		const before = "opened acknowledged repeated repeated repeated escalated"
		r.tick(26)
		r.expect("after a restart the signal is up again", "volume_failing main opened", before)
		r.wrong, r.missing, r.bad = nil, []string{"yard"}, "gate"
		r.tick(27)
		r.tick(28)
		r.expect("over, and yard is not recorded", "", before+" over unproved")
		r.missing = nil
		r.tick(29)
		r.expect("recorded, and the oldest minute of gate is not what it was", "", before+" over unproved unproved")
		r.wrong = []fault.Condition{{Kind: fault.VolumeFailing, Subject: "main"}}
		r.tick(30)
		r.expect("it comes back", "", before+" over unproved unproved back")
		r.wrong, r.bad = nil, ""
		r.tick(31)
		r.expect("all is well", "volume_failing main closed", before+" over unproved unproved back over closed")
		if _, err := r.Acknowledge(t.Context(), guard, id, ""); !errors.Is(err, fault.ErrClosed) {
			t.Errorf("acknowledged when closed: %v", err)
		}
		r.wrong = []fault.Condition{{Kind: fault.VolumeFailing, Subject: "main"}, {Kind: fault.TierAway, Subject: "s3"}}
		r.tick(40)
		if all, err := r.List(t.Context(), fault.Filter{Open: true}); err != nil || len(all) != 2 {
			t.Errorf("new ones: %+v, %v", all, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "fault."})
		if err != nil || len(acts) != 14 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
	})
}

// TestAClockThatWasAhead: what was noted with its time is no reason to wait until the clock
// has caught up. A shift is a shift and a day a day, by a clock that nobody sets.
func TestAClockThatWasAhead(t *testing.T) {
	clause.Covers(t, "C098")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		passed := 0.0 // hours
		r.Passed = func() time.Duration { return time.Duration(passed * float64(time.Hour)) }
		r.wrong = []fault.Condition{{Kind: fault.VolumeFailing, Subject: "main"}}
		const ahead = 200.0
		tick := func(hours, clock float64) {
			t.Helper()
			passed = hours
			r.tick(clock)
		}
		tick(0, ahead)
		tick(0.1, ahead+0.1)
		tick(0.2, 0.2) // it was set right
		tick(8, 8)
		r.expect("before a shift", "volume_failing main opened", "opened")
		tick(8.2, 8.2)
		tick(8.3, 8.3)
		r.expect("a shift", "volume_failing main repeated", "opened repeated")
		tick(16.3, 16.3)
		tick(24, 24)
		r.expect("the next", "volume_failing main repeated", "opened repeated repeated")
		tick(24.3, 24.3)
		r.expect("a day", "volume_failing main repeated, volume_failing main escalated", "opened repeated repeated repeated escalated")
		r.Keeper = keeper(r, d) // a restart, while the clock has not caught up
		r.Passed = func() time.Duration { return time.Duration((passed - 25) * float64(time.Hour)) }
		tick(25, 25)
		r.said = nil
		tick(33, 33)
		r.expect("a shift after the restart", "volume_failing main repeated", "opened repeated repeated repeated escalated repeated")
	})
}

func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.wrong = []fault.Condition{{Kind: fault.VolumeFull, Subject: "main"}}
		r.tick(0)
		all, err := r.List(t.Context(), fault.Filter{})
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		if _, err := r.Acknowledge(t.Context(), people.Add(t, d, "boss", access.Administrator), all[0].ID, ""); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("without the right: %v", err)
		}
		if _, err := r.Acknowledge(t.Context(), people.Add(t, d, "guard", access.Operator), db.NewID(), ""); !errors.Is(err, fault.ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}
		for _, sql := range []string{"DELETE FROM storage_faults", "UPDATE storage_faults SET kind = 'x'", "DELETE FROM storage_fault_entries", "UPDATE storage_fault_entries SET at = 1"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if diff := cmp.Diff(fault.VolumeFull, all[0].Kind); diff != "" {
			t.Error(diff)
		}
	})
}

// A program that starts has looked at nothing yet: that is no end of a fault.
func TestAStartEndsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.wrong = []fault.Condition{{Kind: fault.TierAway, Subject: "cloud"}}
		r.tick(0)
		r.Keeper, r.wrong, r.said = keeper(r, d), nil, nil
		r.tick(1)
		r.expect("at the start", "tier_away cloud opened", "opened")
		r.tick(1.1)
		r.expect("when it was looked at", "tier_away cloud closed", "opened over closed")
	})
}
