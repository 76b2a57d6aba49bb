package absent_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/app/absent"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/fault"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestWhatTheConfigurationLacks: a disk and a tier with footage are away until all of it was
// removed or the place was given up. A place without footage is none.
func TestWhatTheConfigurationLacks(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		write := func(sql string, args ...any) {
			t.Helper()
			if err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, sql, args...); return err }); err != nil {
				t.Fatal(err)
			}
		}
		for i, volume := range []string{"", "here", "disk2", "disk2", "vault"} {
			s := archive.Segment{Camera: "cam1", StartAt: int64(i), EndAt: int64(i + 1), Run: "run", File: fmt.Sprint("f", i), Volume: volume}
			if err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.NewInsert().Model(&s).Exec(ctx); return err }); err != nil {
				t.Fatal(err)
			}
		}
		write("INSERT INTO journal_cursors (volume, camera, day, next) VALUES ('disk2', 'cam1', '1970-01-01', 1)")
		now, said := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), ""
		clock := func() time.Time { return now }
		gaveUp := func() []string { return nil }
		k := &fault.Keeper{DB: d, Clock: clock, Proof: proved{}, Missing: none, Cameras: none}
		start := func(configured ...string) {
			p := &absent.Places{DB: d, Clock: clock, Configured: append(configured, "", "here"),
				Faults: func(ctx context.Context) ([]fault.Fault, error) { return k.List(ctx, fault.Filter{Open: true}) },
				Signal: func(name string, kind fault.Kind, lacking bool) {
					said += fmt.Sprint(name, " ", kind, " ", lacking, "; ")
				}}
			k = &fault.Keeper{DB: d, Clock: clock, Proof: proved{}, Missing: none, Cameras: none, Conditions: p.Conditions, Absent: p.Names}
			gaveUp = p.GivenUp
		}
		look := func(what, signals string, want ...string) {
			t.Helper()
			said, now = "", now.Add(time.Minute)
			for range 2 { // the first look of a start ends nothing
				said = ""
				if err := k.Tick(ctx); err != nil {
					t.Fatal(err)
				}
			}
			all, err := k.List(ctx, fault.Filter{})
			got := map[string]bool{}
			for _, f := range all {
				steps := ""
				for _, e := range f.Entries {
					steps += " " + string(e.Step)
				}
				got[fmt.Sprint(f.Kind, " ", f.Subject, steps)] = true
			}
			for _, w := range want {
				if !got[w] {
					err = fmt.Errorf("%s is not among %v", w, got)
				}
			}
			if err != nil || len(got) != len(want) || said != signals {
				t.Errorf("%s: %v, %d faults, said %q", what, err, len(got), said)
			}
		}
		start("disk2", "vault")
		look("all is configured", "")
		start()
		look("two lines are gone", "disk2 volume_away true; vault tier_away true; ", "volume_away disk2 opened", "tier_away vault opened")
		start()
		look("at another start", "disk2 volume_away true; vault tier_away true; ", "volume_away disk2 opened", "tier_away vault opened")
		boss := people.Add(t, d, "boss", access.Supervisor)
		of := func(name string) string {
			t.Helper()
			all, err := k.List(ctx, fault.Filter{Open: true})
			for _, f := range all {
				if f.Subject == name {
					return f.ID
				}
			}
			t.Fatalf("%s: no fault, %v", name, err)
			return ""
		}
		if _, err := k.GiveUp(ctx, people.Add(t, d, "guard", access.Operator), of("disk2"), "it burnt"); err == nil {
			t.Error("an operator gives up a disk")
		}
		if _, err := k.GiveUp(ctx, boss, of("disk2"), "it burnt"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.GiveUp(ctx, boss, of("disk2"), "it burnt"); err == nil {
			t.Error("given up twice")
		}
		// The other place stands against closing either.
		look("one is given up", "vault tier_away true; ", "volume_away disk2 opened given_up over unproved", "tier_away vault opened")
		if got := gaveUp(); !slices.Equal(got, []string{"disk2"}) {
			t.Errorf("given up: %q", got)
		}
		gone, err := damage.Standing(ctx, d.Read())
		if err != nil || len(gone) != 2 || gone[0].Kind != damage.Missing || gone[0].FoundBy != damage.Person {
			t.Errorf("%+v, %v", gone, err)
		}
		start()
		look("at another start", "vault tier_away true; ", "volume_away disk2 opened given_up over unproved", "tier_away vault opened")
		write("DELETE FROM segments WHERE volume = 'vault'") // as a removal does
		look("what lay there was removed", "", "volume_away disk2 opened given_up over unproved closed", "tier_away vault opened over closed")
		// It comes back, is mended, and is taken out once more.
		if err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, now.UnixMicro(), "f2") }); err != nil {
			t.Fatal(err)
		}
		start()
		look("it was back, and is gone again", "disk2 volume_away true; ", "volume_away disk2 opened given_up over unproved closed", "tier_away vault opened over closed", "volume_away disk2 opened")
		if diff, err := fault.Differ(ctx, d.Read()); err != nil || len(diff) > 0 {
			t.Errorf("the acts tell otherwise: %v, %v", diff, err)
		}
	})
}

type proved struct{}

func (proved) Proved(context.Context, string, int64) error { return nil }

func none(context.Context) ([]string, error) { return nil, nil }
