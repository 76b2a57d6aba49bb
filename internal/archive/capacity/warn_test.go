package capacity_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive/capacity"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestNoWarningBeforeARateIsMeasured: what a camera is expected to send, or sends in its
// first minutes, is no ground for an alarm; what past days tell is one at once after a
// restart; what is not known changes nothing.
func TestNoWarningBeforeARateIsMeasured(t *testing.T) {
	clause.Covers(t, "C090")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		tick := func(want string) {
			t.Helper()
			r.warned = nil
			if err := r.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(r.warned); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		r.volumes[0].Free = 15 * gb
		known := r.Cameras
		r.Cameras = func(context.Context) ([]string, error) { return []string{"new"}, nil }
		tick("[well]")
		r.Sight = nil // guessed
		tick("[well]")
		r.Cameras = func(ctx context.Context) ([]string, error) {
			all, err := known(ctx)
			return append(all, "new"), err
		}
		// 40 GB are room for four days of what the measured camera sends.
		tick("[ 2026-11-22 4/90]")
		if f := r.Last(); f == nil || len(f.Cameras) != 2 || f.Keeps >= 4 {
			t.Errorf("with what is expected: %+v", f)
		}
		r.volumes[0].Free = 25 * gb // the figures follow at the next look
		tick("[ 2026-11-23 5/90]")
		r.volumes = append(r.volumes, capacity.Volume{ID: "away", Unseen: true})
		tick("[]")
		r.Keeper = &capacity.Keeper{DB: r.DB, Catalogue: r.Catalogue, Zone: r.Zone, Clock: r.Clock, Cameras: r.Cameras, Volumes: r.Volumes, Signal: r.Signal}
		tick("[]") // a restart while a disk is away
		r.volumes = r.volumes[:1]
		tick("[ 2026-11-23 5/90]")
	})
}

// TestAWarningDoesNotFlutter: it ends when the date is a day beyond what it began at.
func TestAWarningDoesNotFlutter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		for _, c := range []struct {
			free int64
			want string
		}{{300, "well"}, {280, " 2026-12-19 30/90"}, {295, " 2026-12-20 32/90"}, {310, "well"}, {295, "well"}} {
			r.volumes[0].Free = c.free * gb
			if err := r.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := r.warned[len(r.warned)-1]; got != c.want {
				t.Errorf("%d GB free: %s, want %s", c.free, got, c.want)
			}
		}
	})
}

// TestAFileSystemCountsOnce, however many volumes lie on it.
func TestAFileSystemCountsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		v := r.volumes[0]
		v.Device = "8:1"
		second, own := v, v
		second.ID, second.Reserve = "second", 20*gb
		own.ID, own.Device = "own", "8:17"
		r.volumes = []capacity.Volume{v, second, own, {ID: "nobody knows", Total: gb, Free: gb}, {ID: "nor here", Total: gb, Free: gb}}
		f, err := r.Forecast(t.Context())
		if err != nil || f.Usable != f.Used+(490+500+2)*gb {
			t.Errorf("%d bytes usable of which %d used, %v", f.Usable, f.Used, err)
		}
		if d := cmp.Diff(map[string][]string{"8:1": {"main", "second"}}, capacity.Shared(r.volumes)); d != "" {
			t.Error(d)
		}
		a, err := r.Check(t.Context(), capacity.Change{})
		if err != nil || a.Usable != f.Usable {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// TestAFullVolumeStaysAsItIs: nothing is removed, so nothing becomes less.
func TestAFullVolumeStaysAsItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		for free, want := range map[int64]int64{4: 996, 10: 990, 12: 990} { // GB free, GB used tomorrow
			r.volumes[0].Free = free * gb
			f, err := r.Forecast(t.Context())
			if err != nil || f.Volumes[0].Ahead[0].Used != want*gb {
				t.Errorf("%d GB free: %+v, %v", free, f.Volumes[0].Ahead, err)
			}
		}
	})
}
