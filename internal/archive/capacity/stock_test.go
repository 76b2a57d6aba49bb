package capacity_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/hold"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// at is an instant some hours from the morning.
func at(hours int) int64 { return morning.Add(time.Duration(hours) * time.Hour).UnixMicro() }

// holding makes some intervals of the camera held.
func (r *room) holding(intervals ...hold.Interval) {
	r.Held = func(context.Context) (map[string][]hold.Interval, error) {
		return map[string][]hold.Interval{"gate": intervals}, nil
	}
}

func (r *room) forecast(t *testing.T) *capacity.Forecast {
	t.Helper()
	f, err := r.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhatIsHeldMakesNoRoom, however old it is, until it is released.
func TestWhatIsHeldMakesNoRoom(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Minimum, r.Frees = days(3), func() bool { return true }
		r.volumes[0].Free = 12 * gb // with the 35 GB that are there 37, and three days take 30
		if f := r.forecast(t); f.Keeps != 3 || f.ShortOn != 0 || f.Reserved != 30*gb || f.Held.Segments != 0 {
			t.Errorf("nothing is held: %+v", f)
		}
		r.holding(hold.Interval{From: at(-8 * 24), To: at(0)})
		f := r.forecast(t)
		if math.Abs(f.Keeps-0.2) > 1e-9 || date(f.ShortOn) != "2026-11-22" || f.Reserved != 65*gb || f.Held != (capacity.Held{Bytes: 35 * gb, Segments: 7}) || f.Volumes[0].Held != 35*gb {
			t.Errorf("all of it is: %+v, short on %s", f, date(f.ShortOn))
		}
		if a, err := r.Check(t.Context(), capacity.Change{Camera: "gate"}); err != nil || a.OK || a.Reserved != 65*gb || date(a.ShortOn) != "2026-11-22" {
			t.Errorf("asked for: %+v, %v", a, err)
		}
		if err := r.Tick(t.Context()); err != nil || len(r.warned) != 1 || r.warned[0] != " 2026-11-22 0/3" {
			t.Errorf("warned: %q, %v", r.warned, err)
		}
		r.holding() // released
		if f := r.forecast(t); f.Keeps != 3 || f.ShortOn != 0 || f.Held.Bytes != 0 {
			t.Errorf("released: %+v", f)
		}
	})
}

// TestAHoldKeepsWholeSegments: every one that it touches, once, where it lies.
func TestAHoldKeepsWholeSegments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.volumes = append(r.volumes, capacity.Volume{ID: "vault", Total: 400 * gb, Free: 300 * gb, Tier: true})
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE segments SET volume = 'vault' WHERE file IN ('0', '1')")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		day := func(n, from, to int) hold.Interval {
			return hold.Interval{From: at((n-7)*24 - 8 + from), To: at((n-7)*24 - 8 + to)}
		}
		r.holding(day(1, 2, 3), day(1, 5, 6), day(2, -1, 1), day(4, 13, 23), day(5, 11, 30))
		if f := r.forecast(t); f.Held != (capacity.Held{Bytes: 20 * gb, Segments: 4}) || f.Volumes[1].Held != 5*gb || f.Volumes[0].Held != 15*gb {
			t.Errorf("%+v, %d and %d", f.Held, f.Volumes[0].Held, f.Volumes[1].Held)
		}
	})
}

// TestWhatIsHeldCountsOnce while it is younger than its minimum, in any zone.
func TestWhatIsHeldCountsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York"} {
			r := open(t, d)
			var err error
			if r.Zone, err = time.LoadLocation(name); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Catalogue.KeepDays(t.Context(), "gate", r.Zone, at(-8*24), at(0), 0); err != nil {
				t.Fatal(err)
			}
			if f := r.forecast(t); date(f.ShortOn) != "2027-01-11" {
				t.Errorf("%s: short on %s", name, date(f.ShortOn))
			}
			r.holding(hold.Interval{From: at(-8 * 24), To: at(0)})
			if f := r.forecast(t); date(f.ShortOn) != "2027-01-11" || f.Reserved != 935*gb || f.Keeps != 50 {
				t.Errorf("%s, held: short on %s, %+v", name, date(f.ShortOn), f)
			}
			err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				for _, table := range []string{"segments", "coverage", "coverage_days"} {
					if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestAHoldOnWhatComes: it is not removed when it is older than its minimum.
func TestAHoldOnWhatComes(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	r.Minimum, r.Frees = days(3), func() bool { return true }
	r.volumes[0].Free = 95 * gb // 120 GB with what is there
	if f := r.forecast(t); f.ShortOn != 0 {
		t.Errorf("nothing is held: short on %s", date(f.ShortOn))
	}
	r.holding(hold.Interval{From: at(0), To: at(240)}) // ten days, and three behind them
	if f := r.forecast(t); date(f.ShortOn) != "2026-12-04" || f.Reserved != 130*gb || f.Keeps != 2 || f.Held.Bytes != 0 {
		t.Errorf("held: short on %s, %+v", date(f.ShortOn), f)
	}
	r.volumes[0].Free = 105 * gb
	if f := r.forecast(t); f.ShortOn != 0 || f.Keeps != 3 {
		t.Errorf("with room for it: short on %s, %+v", date(f.ShortOn), f)
	}
	r.Held = func(context.Context) (map[string][]hold.Interval, error) { return nil, errors.New("away") }
	if _, err := r.Forecast(t.Context()); err == nil {
		t.Error("holds that cannot be read are none")
	}
}
