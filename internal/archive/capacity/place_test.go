package capacity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/hold"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestADiskBeforeASlowTierFills: a bucket without an end behind a line that is slower than
// the cameras, or behind a limit, is no room: the disk before it becomes full. It is told,
// and warned of, by the day that its chart ends.
func TestADiskBeforeASlowTierFills(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Frees = func() bool { return true } // within its minimum nothing is removed
		week := func(perDay int64, change func(main, cloud *capacity.Volume)) {
			t.Helper()
			for n := int64(7); n >= 0; n-- {
				r.now.Set(morning.AddDate(0, 0, -int(n)))
				r.volumes = []capacity.Volume{{ID: "main", Total: 1000 * gb, Free: (50 + perDay*n) * gb, Reserve: 10 * gb, Mark: 100 * gb}, {ID: "cloud", Tier: true, Boundless: true}}
				change(&r.volumes[0], &r.volumes[1])
				if err := r.Tick(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		expect := func(what, full, said string, points int) {
			t.Helper()
			f, err := r.Forecast(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if v := f.Volumes[0]; date(v.FullOn) != full || r.warned[len(r.warned)-1] != said || len(v.Ahead) != points {
				t.Errorf("%s: full on %s, said %q, %d points; want %s, %q, %d", what, date(v.FullOn), r.warned[len(r.warned)-1], len(v.Ahead), full, said, points)
			}
			if f.FullOn != 0 || f.ShortOn != 0 {
				t.Errorf("%s: all of it is short on %s, full on %s", what, date(f.ShortOn), date(f.FullOn))
			}
		}
		same := func(_, _ *capacity.Volume) {}
		// 8 GB a day, 40 GB are left.
		week(8, same)
		expect("it grows, and nobody knows what waits", "2026-11-27", "main 2026-11-27 90/90", 5)
		waits := int64(0)
		r.Waiting = func(context.Context) (map[string]int64, error) { return map[string]int64{"main": waits}, nil }
		week(8, same)
		expect("it grows below the mark from which on footage moves early", "2026-11-27", "main 2026-11-27 90/90", 5)
		week(0, same)
		expect("it is below the mark and does not grow", "never", "well", 90)
		above := func(main, _ *capacity.Volume) { main.Mark = 20 * gb }
		week(8, above)
		expect("a new disk before a tier that keeps up", "never", "well", 5)
		waits = 3 * gb
		week(8, above)
		expect("more waits than comes in a quarter of a day", "2026-11-27", "main 2026-11-27 90/90", 5)
		waits = 0
		week(8, func(main, cloud *capacity.Volume) { above(main, nil); cloud.Stalled = true })
		expect("the tier takes nothing", "2026-11-27", "main 2026-11-27 90/90", 5)
		f := r.Last()
		if v := f.Volumes[0]; !v.Fills || f.Volumes[1].Fills || v.Waiting != 0 {
			t.Errorf("%+v", f.Volumes)
		}
		r.Waiting = func(context.Context) (map[string]int64, error) { return nil, errors.New("away") }
		if err := r.Tick(t.Context()); err == nil {
			t.Error("what waits could not be counted")
		}
	})
}

// TestWhatMayGoIsRoom: footage past its minimum on a disk that fills is removed when room is
// needed, so that the warning comes by the day on which that is gone, too. What a hold keeps,
// what lies elsewhere and what is within its minimum is no room, and nothing is while removal
// stands still.
func TestWhatMayGoIsRoom(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		frees := true
		r.Frees = func() bool { return frees }
		r.Held = func(context.Context) (map[string][]hold.Interval, error) {
			from := morning.AddDate(0, 0, -70).UnixMicro()
			return map[string][]hold.Interval{"gate": {{From: from, To: from + 86400e6}}}, nil
		}
		for age, volume := range map[int]string{60: "", 50: "", 45: "elsewhere", 70: "", 39: ""} { // 8 GB each; one is held, one comes late
			start := morning.Truncate(24*time.Hour).AddDate(0, 0, -age).UnixMicro()
			s := archive.Segment{Camera: "gate", StartAt: start, EndAt: start + 43200e6, Run: "r", File: fmt.Sprint("old", age), Bytes: 8 * gb, Volume: volume}
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.NewInsert().Model(&s).Exec(ctx); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			minimum int
			frees   bool
			want    string
		}{
			{90, true, "main 2026-11-27 90/90"},
			{40, true, "main 2026-11-30 40/40"}, // 40 GB are left, and 24 may go: those of 39 days from tomorrow on
			{40, false, "main 2026-11-27 40/40"},
			{8, true, "well"}, // what comes may go before the disk is full
		} {
			frees, r.Minimum = c.frees, days(c.minimum)
			for n := int64(7); n >= 0; n-- {
				r.now.Set(morning.AddDate(0, 0, -int(n)))
				r.volumes = []capacity.Volume{{ID: "main", Total: 1000 * gb, Free: (50 + 8*n) * gb, Reserve: 10 * gb, Mark: 100 * gb}, {ID: "cloud", Tier: true, Boundless: true, Stalled: true}}
				if err := r.Tick(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := r.warned[len(r.warned)-1]; got != c.want {
				t.Errorf("a minimum of %d days, removal goes on %v: said %q, want %q", c.minimum, c.frees, got, c.want)
			}
		}
	})
}

// TestATierThatIsAwayCountsNothing: it is named, and what was free on it is no room. What
// a bucket takes that does not answer is nothing, too.
func TestATierThatIsAwayCountsNothing(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		for _, tier := range []capacity.Volume{{ID: "vault", Total: 400 * gb, Free: 310 * gb, Reserve: 10 * gb, Tier: true}, {ID: "vault", Tier: true, Boundless: true}} {
			for _, c := range []struct {
				unseen, away bool
				said         int
			}{{unseen: true}, {away: true, said: 1}} {
				v := tier
				v.Unseen, v.Away = c.unseen, c.away
				r.volumes, r.warned = []capacity.Volume{r.volumes[0], v}, nil
				f, err := r.Forecast(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(f.Away) != 1 || f.Away[0] != "vault" || f.Usable != 535*gb || f.Boundless || date(f.FullOn) != "2027-01-11" || date(f.Volumes[0].FullOn) != "2027-01-11" || f.Volumes[1].FullOn != 0 {
					t.Errorf("%+v: %+v", v, f)
				}
				// For a while it may come back; then nobody may count on it.
				r.volumes[0].Free = 200 * gb
				if err := r.Tick(t.Context()); err != nil || len(r.warned) != c.said {
					t.Errorf("%+v: said %q, %v", v, r.warned, err)
				}
				r.volumes[0].Free = 510 * gb
			}
		}
	})
}

// TestAnotherStream: what a camera sent before its main stream became another one is no
// measure; its test tells what it will send, and how that is known.
func TestAnotherStream(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Minimum = days(30)
		check := func(c capacity.Change, basis capacity.Basis, perDay float64) {
			t.Helper()
			c.Camera = "gate"
			a, err := r.Check(t.Context(), c)
			if err != nil || a.Basis != basis || a.BytesPerDay != perDay {
				t.Errorf("%+v: %+v, %v", c, a, err)
			}
		}
		check(capacity.Change{}, capacity.Measured, 10e9)
		check(capacity.Change{Stream: true}, capacity.Guess, 43.2e9) // 4 Mbit/s
		check(capacity.Change{Stream: true, Sight: capacity.Sight{Bitrate: 16e6}}, capacity.Live, 172.8e9)
		check(capacity.Change{Stream: true, Sight: capacity.Sight{Width: 1000, Height: 1000, FPS: 10}}, capacity.Resolution, 8.64e9)

		// Where it is wanted, what is more than can be kept is refused, with day and figure; less is not.
		r.Refuse, r.Minimum = true, days(90)
		a, err := r.Check(t.Context(), capacity.Change{Camera: "gate", Stream: true, Sight: capacity.Sight{Bitrate: 16e6}})
		if p := problem.Of(err); !errors.Is(err, capacity.ErrShort) || p.Params["on"] != "2026-11-25" || p.Params["keeps"] != 3 || a == nil || a.ShortOn == 0 {
			t.Errorf("%+v, %v %v", a, err, p.Params)
		}
		check(capacity.Change{Stream: true, Sight: capacity.Sight{Bitrate: 0.8e6}}, capacity.Live, 8.64e9)
		r.Refuse = false

		at := morning.AddDate(0, 0, -1).UnixMicro()
		r.Changed = func(_ context.Context, since int64) (map[string]int64, error) {
			if since != morning.AddDate(0, 0, -8).UnixMicro() {
				t.Errorf("changed since %d", since)
			}
			return map[string]int64{"gate": at}, nil
		}
		f, err := r.Forecast(t.Context())
		if err != nil || f.Cameras[0].Basis != capacity.Live || f.Cameras[0].BytesPerDay != 86.4e9 {
			t.Errorf("a day later: %+v, %v", f, err)
		}
		at = morning.UnixMicro() - 1 // what it sends at this moment may be the old one
		if f, err = r.Forecast(t.Context()); err != nil || f.Cameras[0].Basis != capacity.Guess {
			t.Errorf("a moment later: %+v, %v", f, err)
		}
		at = morning.AddDate(0, 0, -3).UnixMicro() // two days of the new one were measured
		if f, err = r.Forecast(t.Context()); err != nil || f.Cameras[0].Basis != capacity.Measured {
			t.Errorf("days later: %+v, %v", f, err)
		}
		r.Changed = func(context.Context, int64) (map[string]int64, error) { return nil, errors.New("away") }
		if _, err = r.Forecast(t.Context()); err == nil {
			t.Error("when it changed could not be read")
		}
	})
}

// TestACameraThatRaisesItsRate by itself is warned of when it has sent much more for an
// hour, and not when the mean of a week has followed. A moment is no setting.
func TestACameraThatRaisesItsRate(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		bits := 1e6 // 10.8 GB a day, and 10 were measured
		r.Sight = func(string) capacity.Sight { return capacity.Sight{Bitrate: bits} }
		tick := func(minutes int, rate float64, want string) {
			t.Helper()
			bits = rate
			r.now.Set(morning.Add(time.Duration(minutes) * time.Minute))
			if err := r.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := r.warned[len(r.warned)-1]; got != want {
				t.Errorf("after %d min at %.1f Mbit/s: %q, want %q", minutes, rate/1e6, got, want)
			}
		}
		r.volumes[0].Free = 510 * gb // 50 days at what was measured
		tick(0, 1e6, "well")
		for n := range 56 {
			tick(1+n, 8e6, "well")
		}
		tick(57, 1.2e6, "well")
		for n := range 58 {
			tick(58+n, 8e6, "well")
		}
		tick(118, 8e6, " 2026-11-28 6/90") // 500 GB at 86.4 a day, and 35 GB are there
		tick(119, 1.2e6, "well")
	})
}
