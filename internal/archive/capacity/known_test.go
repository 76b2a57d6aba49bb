package capacity_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// footage lets a camera have recorded for some time until so many hours before the
// morning, at so many bytes a day.
func (r *room) footage(t *testing.T, camera string, length time.Duration, hoursAgo int, bytesPerDay float64) {
	t.Helper()
	end := at(-hoursAgo)
	s := archive.Segment{Camera: camera, StartAt: end - length.Microseconds(), EndAt: end, Run: "r", File: camera + fmt.Sprint(hoursAgo), Bytes: int64(bytesPerDay * length.Hours() / 24)}
	err := r.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&s).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// with adds cameras, of which some are switched off.
func (r *room) with(cameras []string, off ...string) {
	r.Cameras = func(context.Context) ([]string, error) { return append([]string{"gate"}, cameras...), nil }
	r.Off = func(context.Context) (map[string]bool, error) {
		out := map[string]bool{}
		for _, c := range off {
			out[c] = true
		}
		return out, nil
	}
}

func of(t *testing.T, f *capacity.Forecast, camera string) capacity.CameraRate {
	t.Helper()
	i := slices.IndexFunc(f.Cameras, func(c capacity.CameraRate) bool { return c.Camera == camera })
	if i < 0 {
		t.Fatalf("%s is not in %+v", camera, f.Cameras)
	}
	return f.Cameras[i]
}

// TestACameraThatIsSwitchedOff is known by what it recorded, however little and long ago
// that is, and adds nothing to what is written; asked about, it counts as switched on.
func TestACameraThatIsSwitchedOff(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Sight = nil // as after a restart
		r.footage(t, "hall", 5*time.Minute, 3, 4e9)
		r.footage(t, "attic", 5*time.Minute, 24*60, 3e9)
		before := r.forecast(t)
		r.with([]string{"hall", "attic", "new"}, "hall", "attic", "new")
		f := r.forecast(t)
		for camera, want := range map[string]float64{"hall": 4e9, "attic": 3e9} {
			if c := of(t, f, camera); !c.Off || c.Basis != capacity.Recorded || math.Abs(c.BytesPerDay-want) > 1e3 || c.Reserved != 0 {
				t.Errorf("%s: %+v", camera, c)
			}
		}
		if c := of(t, f, "new"); !c.Off || c.Basis != capacity.Guess {
			t.Errorf("one that never recorded: %+v", c)
		}
		if f.BytesPerDay != 10e9 || f.FullOn != before.FullOn || f.ShortOn != before.ShortOn || f.Keeps != before.Keeps || f.Reserved != before.Reserved || f.Unknown != capacity.Known {
			t.Errorf("%+v, want it as before: %+v", f, before)
		}
		a, err := r.Check(t.Context(), capacity.Change{Camera: "hall"})
		if err != nil || math.Abs(a.BytesPerDay-4e9) > 1e3 || a.FullOn >= f.FullOn || a.Needs < 359*gb {
			t.Errorf("switched on: %+v, %v", a, err)
		}
		r.Off = nil
		if f = r.forecast(t); f.BytesPerDay < 60e9 || of(t, f, "hall").Off {
			t.Errorf("all are switched on: %+v", f)
		}
	})
}

// TestWhatIsOffStillNeedsRoom for what was recorded of it, until that has been kept.
func TestWhatIsOffStillNeedsRoom(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	r.Minimum = days(90)
	r.with(nil, "gate")
	f := r.forecast(t)
	if f.BytesPerDay != 0 || f.FullOn != 0 || f.Reserved != 35*gb || of(t, f, "gate").Reserved != 35e9 || f.ShortOn != 0 {
		t.Errorf("%+v", f)
	}
	if err := r.Tick(t.Context()); err != nil || fmt.Sprint(r.warned) != "[well]" {
		t.Errorf("%q, %v", r.warned, err)
	}
}

// TestNothingIsToldBeforeItIsKnown: neither by what cameras send while they connect, nor
// by the room of some places while others have not answered.
func TestNothingIsToldBeforeItIsKnown(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.Every = time.Hour
		looked := make(chan struct{})
		r.Signal = func(*capacity.Warning) { close(looked) } // once: the next look is an hour away
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		<-looked // and changes nothing while it does
		tell := func(want capacity.Unknown, away ...string) {
			t.Helper()
			if f := r.forecast(t); f.Unknown != want || !slices.Equal(f.Away, away) {
				t.Errorf("%q and %q, want %q and %q", f.Unknown, f.Away, want, away)
			}
		}
		tell(capacity.Known) // its footage tells
		r.with([]string{"new"})
		tell(capacity.RatesUnknown) // it sends something, and who knows for how long
		r.footage(t, "new", 11*time.Minute, 1, 4e9)
		tell(capacity.Known)
		r.with([]string{"new", "off"}, "off")
		tell(capacity.Known)
		r.volumes = append(r.volumes, capacity.Volume{ID: "vault", Tier: true, Unseen: true})
		tell(capacity.PlacesUnknown, "vault")
		r.now.Set(morning.Add(time.Minute))
		tell(capacity.Known, "vault") // said without it
		r.with([]string{"another"})
		tell(capacity.Known, "vault")
		r.Sight = nil
		tell(capacity.Known, "vault") // of gate there is footage
		r.Cameras = func(context.Context) ([]string, error) { return []string{"another"}, nil }
		tell(capacity.RatesUnknown, "vault")                    // nothing was ever measured
		r.volumes[1] = capacity.Volume{ID: "vault", Tier: true} // asked, and gave no answer
		tell(capacity.RatesUnknown, "vault")
		r.volumes[1].Boundless = true
		tell(capacity.RatesUnknown)
		r.volumes[1] = capacity.Volume{ID: "vault", Tier: true, Unseen: true}
		r.Refuse = true
		if _, err := r.Check(t.Context(), capacity.Change{Bitrate: 1e9}); err != nil {
			t.Errorf("refused while a place may have room enough: %v", err)
		}
	})
}

// TestOneForecastForAllWhoAsk: within some seconds it is not made again.
func TestOneForecastForAllWhoAsk(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	ask := func() *capacity.Forecast {
		t.Helper()
		f, err := r.Recent(t.Context())
		if err != nil || f == nil {
			t.Fatal(f, err)
		}
		return f
	}
	first := ask()
	r.now.Set(morning.Add(9 * time.Second))
	if ask() != first {
		t.Error("made again within ten seconds")
	}
	mine := r.forecast(t)
	if ask() != mine {
		t.Error("not the newest")
	}
	r.now.Set(morning.Add(20 * time.Second))
	if f := ask(); f == mine || f.At != r.now.Micro() {
		t.Error("not made again")
	}
	r.now.Set(morning) // set back
	if f := ask(); f.At != r.now.Micro() {
		t.Error("of a time to come")
	}
}
