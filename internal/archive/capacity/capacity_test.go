package capacity_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const gb = int64(1e9)

type room struct {
	*capacity.Keeper
	now     *clocktest.Hand
	volumes []capacity.Volume
	warned  []string
}

// open has a camera "gate" of a week at 10 GB a day and a volume with 500 GB of room.
func open(t *testing.T, d *db.DB) *room {
	r := &room{now: clocktest.At(morning), volumes: []capacity.Volume{{ID: "main", Total: 1000 * gb, Free: 510 * gb, Reserve: 10 * gb}}}
	clock := r.now.Now
	c := &archive.Catalogue{DB: d, Root: t.TempDir(), Clock: clock}
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r.Keeper = &capacity.Keeper{DB: d, Catalogue: c, Zone: time.UTC, Clock: clock, Log: slog.New(slog.DiscardHandler),
		Cameras: func(context.Context) ([]string, error) { return []string{"gate"}, nil },
		Volumes: func() []capacity.Volume { return r.volumes },
		Sight:   func(string) capacity.Sight { return capacity.Sight{Bitrate: 8e6} },
		Signal: func(w *capacity.Warning) {
			said := "well"
			if w != nil {
				said = fmt.Sprintf("%s %s %.0f/%d", w.Volume, time.UnixMicro(w.On).UTC().Format(time.DateOnly), w.Keeps, w.Of)
			}
			r.warned = append(r.warned, said)
		},
	}
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for n := range 7 {
			start := morning.Truncate(24*time.Hour).AddDate(0, 0, n-7).UnixMicro()
			s := archive.Segment{Camera: "gate", StartAt: start, EndAt: start + 43200e6, Run: "r", File: fmt.Sprint(n), Bytes: 5 * gb}
			if _, err := tx.NewInsert().Model(&s).Exec(ctx); err != nil {
				return err
			}
			for _, c := range []struct {
				at   int64
				kind string
			}{{start, "recorded"}, {start + 43200e6, "gap"}} {
				_, err := tx.ExecContext(ctx, `INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES ('gate', ?, ?, ?, '', '')`, c.at, c.at+43200e6, c.kind)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	from := morning.AddDate(0, 0, -8).UnixMicro()
	if _, err := c.KeepDays(t.Context(), "gate", time.UTC, from, morning.UnixMicro(), 0); err != nil {
		t.Fatal(err)
	}
	return r
}

// days is one minimum for all.
func days(n int) func(context.Context) (capacity.Minimum, error) {
	return func(context.Context) (capacity.Minimum, error) { return func(string, int64) int { return n }, nil }
}

func date(us int64) string {
	if us == 0 {
		return "never"
	}
	return time.UnixMicro(us).UTC().Format(time.DateOnly)
}

func TestForecast(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		f, err := r.Forecast(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Half of every day was lost; the rate is that of a whole one. 535 GB are room
		// for 53.5 days of 90; 35 GB are there already.
		if f.BytesPerDay != 10e9 || f.Used != 35*gb || f.Usable != 535*gb || f.Reserved != 900*gb || f.Keeps != 53.5 || f.Of != 90 || f.Cameras[0].Basis != capacity.Measured {
			t.Errorf("%+v", f)
		}
		if date(f.FullOn) != "2027-01-11" || date(f.ShortOn) != "2027-01-11" || date(f.Volumes[0].FullOn) != "2027-01-11" || len(f.Volumes[0].Ahead) != 50 {
			t.Errorf("full on %s, short on %s, %d points", date(f.FullOn), date(f.ShortOn), len(f.Volumes[0].Ahead))
		}
		r.Minimum = days(30)
		if f, err = r.Forecast(t.Context()); err != nil || f.ShortOn != 0 || f.Keeps != 30 || date(f.FullOn) != "2027-01-11" {
			t.Errorf("a month: %+v, %v", f, err)
		}
	})
}

// TestReservation: answered with figure and date, refused only where that is wanted.
func TestReservation(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Minimum = days(30)
		check := func(c capacity.Change) *capacity.Answer {
			t.Helper()
			a, err := r.Check(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := check(capacity.Change{Bitrate: 0.5e6}); !a.OK || a.Keeps != 30 || a.Needs != 5.4e9*30 || a.ShortOn != 0 {
			t.Errorf("a small one: %+v", a)
		}
		if a := check(capacity.Change{Sight: capacity.Sight{Width: 3840, Height: 2160}}); a.OK || a.Basis != capacity.Resolution || a.ShortOn == 0 || a.Keeps >= 30 {
			t.Errorf("a large one: %+v", a)
		}
		if a := check(capacity.Change{Camera: "gate", Minimum: 61}); a.OK || a.Keeps != 53.5 || a.Of != 61 || a.Basis != capacity.Measured || date(a.ShortOn) != "2027-01-11" {
			t.Errorf("a longer minimum: %+v", a)
		}
		if a := check(capacity.Change{Camera: "gate", Bitrate: 20e9 * 8 / 86400}); a.OK || a.Keeps != 26.75 || a.Basis != capacity.Given || date(a.ShortOn) != "2026-12-18" {
			t.Errorf("twice the bit rate: %+v, %s", a, date(a.ShortOn))
		}
		r.Refuse = true
		_, err := r.Check(t.Context(), capacity.Change{Camera: "gate", Minimum: 61})
		if p := problem.Of(err); !errors.Is(err, capacity.ErrShort) || p.Params["keeps"] != 53 || p.Params["of"] != 61 || p.Params["on"] != "2027-01-11" {
			t.Errorf("refused: %v %v", err, p.Params)
		}
		for _, c := range []capacity.Change{{Bitrate: 1}, {Bitrate: 2e9}, {Minimum: -1}, {Minimum: 4000}} {
			if _, err := r.Check(t.Context(), c); !errors.Is(err, capacity.ErrInput) {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

// TestTheWarningComesWeeksAhead with its date, and goes.
func TestTheWarningComesWeeksAhead(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		tick := func(free int64, days int) {
			t.Helper()
			r.volumes[0].Free = free
			r.now.Set(morning.AddDate(0, 0, days))
			if err := r.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tick(510*gb, 0)
		tick(510*gb, 0) // the same day
		tick(200*gb, 1) // 190 GB: 19 days, and 22.5 of 90 can be kept
		r.Minimum = days(20)
		tick(200*gb, 1) // nothing is removed: the disk will be full
		r.Frees = func() bool { return true }
		tick(200*gb, 2) // older footage makes room
		want := []string{"well", "well", " 2026-12-12 22/90", "main 2026-12-12 20/20", "well"}
		if fmt.Sprint(r.warned) != fmt.Sprint(want) {
			t.Errorf("%q, want %q", r.warned, want)
		}
		f, err := r.Forecast(t.Context())
		if err != nil || len(f.Volumes[0].Past) != 3 || f.Volumes[0].Past[0].Day != "2026-11-22" || f.Volumes[0].Past[1].Used != 800*gb {
			t.Errorf("%+v, %v", f.Volumes, err)
		}
		// Several volumes: each as it grew.
		r.volumes = append(r.volumes, capacity.Volume{ID: "second", Total: 400 * gb, Free: 200 * gb})
		if f, err = r.Forecast(t.Context()); err != nil || len(f.Volumes) != 2 || f.Volumes[1].BytesPerDay <= 0 || f.Volumes[1].FullOn == 0 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// TestTheRulesAreAsked: for each camera, and for footage by when it was recorded.
func TestTheRulesAreAsked(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	lowered := morning.AddDate(0, 0, -1).UnixMicro() // from 90 to 10 days, but for what was there
	r.Minimum = func(context.Context) (capacity.Minimum, error) {
		return func(_ string, start int64) int {
			if start < lowered {
				return 90
			}
			return 10
		}, nil
	}
	f, err := r.Forecast(t.Context())
	if err != nil || f.Of != 10 || f.Reserved != 100*gb || f.Cameras[0].Minimum != 10 || f.Cameras[0].Keeps != 10 {
		t.Errorf("%+v, %v", f, err)
	}
	r.volumes[0].Free = 110 * gb // 135 GB for 100 that come, and 35 that were promised 90 days
	if f, err = r.Forecast(t.Context()); err != nil || f.ShortOn != 0 {
		t.Errorf("all is kept: %s, %v", date(f.ShortOn), err)
	}
	r.volumes[0].Free = 100 * gb
	if f, err = r.Forecast(t.Context()); err != nil || date(f.ShortOn) != "2026-12-01" {
		t.Errorf("the promise is not kept: %s, %v", date(f.ShortOn), err)
	}
	a, err := r.Would(t.Context(), func(string, int64) int { return 90 })
	if err != nil || a.OK || a.Of != 90 || a.Keeps != 12.5 || date(a.ShortOn) != "2026-12-01" {
		t.Errorf("raised: %+v, %v", a, err)
	}
	r.Refuse = true
	if _, err = r.Would(t.Context(), func(string, int64) int { return 90 }); !errors.Is(err, capacity.ErrShort) {
		t.Error(err)
	}
	r.Minimum = func(context.Context) (capacity.Minimum, error) { return nil, errors.New("away") }
	if _, err = r.Forecast(t.Context()); err == nil {
		t.Error("without rules")
	}
}

// TestTiersAreRoom: a disk adds what is free on it, a bucket without a size has no end.
func TestTiersAreRoom(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	r.volumes = append(r.volumes, capacity.Volume{ID: "vault", Total: 400 * gb, Free: 310 * gb, Reserve: 10 * gb, Tier: true})
	f, err := r.Forecast(t.Context())
	if err != nil || f.Usable != 835*gb || f.Keeps != 83.5 || date(f.FullOn) != "2027-02-10" || f.Volumes[0].FullOn != f.FullOn || f.Volumes[1].FullOn != 0 || f.Boundless {
		t.Errorf("%+v, %v", f, err)
	}
	r.volumes = append(r.volumes, capacity.Volume{ID: "cloud", Tier: true, Boundless: true})
	if f, err = r.Forecast(t.Context()); err != nil || f.Usable != 835*gb || !f.Boundless || f.Keeps != 90 || f.ShortOn != 0 || f.FullOn != 0 || f.Volumes[0].FullOn != 0 || len(f.Volumes[2].Ahead) != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if a, err := r.Check(t.Context(), capacity.Change{Bitrate: 1e9}); err != nil || !a.OK || a.FullOn != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	// Nothing is said before every tier was looked at.
	r.volumes = []capacity.Volume{{ID: "main", Total: 100 * gb, Free: 20 * gb}, {ID: "vault", Tier: true, Unseen: true}}
	if err := r.Tick(t.Context()); err != nil || len(r.warned) != 0 {
		t.Errorf("%q, %v", r.warned, err)
	}
	r.volumes[1].Unseen = false // it was, and does not answer
	if err := r.Tick(t.Context()); err != nil || len(r.warned) != 1 || r.warned[0] == "well" {
		t.Errorf("%q, %v", r.warned, err)
	}
}

// TestWhatWasRemovedShowsTheRate: an order took all footage of a camera that nobody sees
// the bit rate of. What it took tells it.
func TestWhatWasRemovedShowsTheRate(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Sight = nil
		r.Cameras = func(context.Context) ([]string, error) { return []string{"yard"}, nil }
		start := morning.Add(-time.Hour).UnixMicro()
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO tombstones (file, camera, start_at, end_at, bytes, root, ground, authority, at) VALUES ('a', 'yard', ?, ?, ?, '', 'order', 'x', ?)",
				start, start+864e6, gb/100, morning.UnixMicro())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := r.Forecast(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := f.Cameras[0]; c.Basis != capacity.Recorded || c.BytesPerDay != 1e9 {
			t.Errorf("%+v", c)
		}
	})
}
