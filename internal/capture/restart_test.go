package capture_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/archive/reconcile"
	"watchroom/internal/capture"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/source"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestAStalledSourceIsBegunAnew: the simulator stalls inside a source whose watchdog
// sleeps. It claims to be live; that no picture comes is seen by the comparison, which
// begins it anew, and the gap says that it stood still.
func TestAStalledSourceIsBegunAnew(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	h := open(t, []sim.Camera{{Tiny: true, NoSub: true}}, func(f *capture.Fleet) {
		f.NoFrameTimeout, f.NoKeyFrameTimeout = time.Hour, time.Hour
	})
	c := h.camera(1)
	c.Sub = nil
	h.set([]capture.Camera{c})
	live := func(more uint64) bool {
		s, _ := h.fleet.Status(c.ID)
		return s.Main.State == source.Live && s.State.Recording && s.Main.Figures.Frames > more
	}
	await(t, "recording", func() bool { return live(10) && h.fleet.OpenSegment(c.ID) != nil })
	var signals atomic.Int32
	r := &reconcile.Reconciler{
		Wanted: func(context.Context) ([]reconcile.Wanted, error) {
			return []reconcile.Wanted{{Camera: c.ID, Record: true}}, nil
		},
		Look:    func(camera string) (reconcile.Look, bool) { return capture.Look(h.fleet, camera) },
		Restart: h.fleet.Restart, Assign: func() {}, Follow: func(string) {},
		Signal: func(string, reconcile.Fault) { signals.Add(1) },
	}
	if err := h.sim.SetFault(1, sim.Fault{Kind: sim.Stall}); err != nil {
		t.Fatal(err)
	}
	before, still := uint64(0), 0
	await(t, "nothing comes any more", func() bool {
		s, _ := h.fleet.Status(c.ID)
		if still++; s.Main.Figures.Frames != before {
			before, still = s.Main.Figures.Frames, 0
		}
		return still > 40
	})
	if !live(0) {
		t.Fatal("it does not even claim to be live")
	}
	r.Tick(t.Context())
	r.Tick(t.Context())
	if err := h.sim.ClearFaults(1); err != nil {
		t.Fatal(err)
	}
	await(t, "begun anew", func() bool {
		cause := ""
		for _, line := range linesOf(t, h, c.ID) {
			if line.Kind == journal.KindGap || line.Kind == journal.KindStop {
				cause = string(line.Cause)
			}
		}
		return cause == string(media.CauseStuck)
	})
	await(t, "recording again", func() bool { return live(5) })
	if n := signals.Load(); n != 0 {
		t.Errorf("%d signals although it was healed", n)
	}
}

func linesOf(t *testing.T, h *house, camera string) (all []journal.Record) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.volume.Root, camera, "*", journal.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		records, _, _, err := journal.Read(f, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, records...)
	}
	return all
}

// TestBetweenTwoSegmentsNothingStandsStill: for half a second a segment has been begun of which no
// part stands in the file yet. Looks that come a whole number of segments apart may all fall
// into such a moment.
func TestBetweenTwoSegmentsNothingStandsStill(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	h := open(t, []sim.Camera{{Tiny: true, NoSub: true}}, func(f *capture.Fleet) {
		f.SegmentLength, f.PartLength = time.Second, 500*time.Millisecond
	})
	c := h.camera(1)
	c.Sub = nil
	h.set([]capture.Camera{c})
	begun := 0
	r := &reconcile.Reconciler{
		Wanted: func(context.Context) ([]reconcile.Wanted, error) {
			return []reconcile.Wanted{{Camera: c.ID, Record: true}}, nil
		},
		Look:    func(camera string) (reconcile.Look, bool) { return capture.Look(h.fleet, camera) },
		Restart: func(string) { begun++ }, Assign: func() {}, Follow: func(string) {},
		Signal: func(string, reconcile.Fault) {},
	}
	for range 3 {
		await(t, "a segment", func() bool { return h.fleet.OpenSegment(c.ID) != nil })
		await(t, "between two", func() bool {
			return h.status(c.ID).State.Recording && h.fleet.OpenSegment(c.ID) == nil
		})
		r.Tick(t.Context())
	}
	if begun > 0 {
		t.Error("a camera that is recorded was begun anew")
	}
}
