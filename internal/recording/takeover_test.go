package recording_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/leak"
)

// successor is a second recorder of the rig's camera, as a process has it that was
// announced. gone says that the first process is.
func successor(t *testing.T, r *rig) (next *rig, gone func()) {
	t.Helper()
	earlier := make(chan struct{})
	next = &rig{t: t, root: r.root, wall: r.wall, tick: r.tick}
	next.open(func(rec *recording.Recorder, _ *recording.Volume) { rec.Earlier = earlier })
	return next, func() { close(earlier) }
}

// both lets two recorders take the same pictures.
func both(a, b *rig, n, gop int) {
	for range n {
		a.frames(1, gop)
		b.frames(1, gop)
	}
}

func TestARecorderTakesOver(t *testing.T) {
	leak.Check(t)
	r := newRig(t, nil)
	r.begin("run1")
	r.frames(100, 25)
	r.rec.Drain()
	next, gone := successor(t, r)
	next.rec.Gap(next.wall, media.CauseRefused, "busy") // what it tried in vain
	next.begin("run2")
	both(r, next, 60, 25)
	next.rec.Drain()
	if got := kinds(r.journal()); got != "start run" {
		t.Fatalf("while both record the journal says %q", got)
	}
	if open := r.files(segment.PartExt); len(open) != 2 {
		t.Fatalf("open: %q", open)
	}
	r.stream.End(r.wall, media.CauseNone)
	r.rec.HandOver()
	next.frames(5, 25)
	gone()
	await(t, "the journal", func() bool { return kinds(r.journal()) == "start run seg run" })
	next.frames(50, 25)
	next.stream.End(next.wall, media.CauseNetwork)
	next.rec.Close()
	if got := kinds(r.journal()); got != "start run seg run seg gap:network stop" {
		t.Errorf("the journal says %q", got)
	}
	checkEveryFrame(t, r, next.tick)
}

// TestAPredecessorDies: what it left open is made whole by the one that was to take
// over, whose own segments are left alone.
func TestAPredecessorDies(t *testing.T) {
	leak.Check(t)
	r := newRig(t, nil)
	r.begin("run1")
	r.frames(100, 25)
	r.rec.Drain()
	root := copyFolder(t, r.root) // as the process leaves it
	r.rec.Close()
	dead := &rig{t: t, root: root, wall: r.wall - 25*40_000, tick: 75} // from its last key frame on
	next, gone := successor(t, dead)
	next.begin("run2")
	next.frames(300, 25) // a segment is closed meanwhile
	next.rec.Drain()
	gone()
	await(t, "the journal", func() bool { return strings.HasPrefix(kinds(next.journal()), "start run seg run") })
	next.frames(50, 25)
	next.stream.End(next.wall, media.CauseNetwork)
	next.rec.Close()
	records := next.journal()
	if got := kinds(records); !strings.HasPrefix(got, "start run seg run seg") || !records[2].Recovered || records[2].Run != "run1" || records[4].Recovered {
		t.Errorf("the journal says %q: %+v", got, records[2])
	}
	checkEveryFrame(t, next, next.tick)
}

// TestAPredecessorDiesTooEarly: nothing was recorded by the one that was to take over
// when the other was killed. The time between the two has a cause, also where the death
// is noticed late, and where it is as short as the part that went with the other.
func TestAPredecessorDiesTooEarly(t *testing.T) {
	leak.Check(t)
	if recording.Joined != coverage.Tolerance {
		t.Errorf("times of up to %d µs have no cause, coverage lets pass %d", recording.Joined, coverage.Tolerance)
	}
	for _, c := range []struct {
		late bool
		away int64 // µs
	}{{false, 2e6}, {true, 2e6}, {true, 300_000}} {
		late := c.late
		r := newRig(t, nil)
		r.begin("run1")
		r.frames(100, 25)
		r.rec.Drain()
		root := copyFolder(t, r.root) // as the process leaves it
		r.rec.Close()
		dead := &rig{t: t, root: root, wall: r.wall + c.away, tick: 150}
		next, gone := successor(t, dead)
		next.rec.Gap(next.wall, media.CauseRefused, "busy")
		if !late {
			gone()
			await(t, "the journal", func() bool { return kinds(next.journal()) == "start run seg start" })
		}
		next.begin("run2")
		next.frames(50, 25)
		next.rec.Drain()
		if late {
			gone()
			await(t, "the journal", func() bool { return strings.HasPrefix(kinds(next.journal()), "start run seg start run") })
		}
		next.stream.End(next.wall, media.CauseNetwork)
		next.rec.Close()
		records := next.journal()
		if got := kinds(records); got != "start run seg start run seg gap:network stop" {
			t.Errorf("%+v: the journal says %q", c, got)
		}
		if late && records[3].At != records[4].At {
			t.Errorf("it began at %d, its run at %d", records[3].At, records[4].At)
		}
	}
}

// TestASuccessorEndsEarly: the account of the one that goes on holds no end.
func TestASuccessorEndsEarly(t *testing.T) {
	leak.Check(t)
	r := newRig(t, nil)
	r.begin("run1")
	r.frames(100, 25)
	r.rec.Drain()
	next, _ := successor(t, r)
	next.begin("run2")
	both(r, next, 60, 25)
	next.stream.End(next.wall, media.CauseStopped)
	next.rec.Close()
	never, _ := successor(t, r)
	never.rec.Gap(never.wall, media.CauseRefused, "busy")
	never.rec.Close()
	r.frames(50, 25)
	r.rec.Drain()
	if got := kinds(r.journal()); got != "start run run seg" {
		t.Errorf("the journal says %q", got)
	}
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	if got := kinds(r.journal()); got != "start run run seg seg gap:network stop" {
		t.Errorf("the journal says %q", got)
	}
	checkEveryFrame(t, r, r.tick)
}

// checkEveryFrame fails unless the frames up to last all stand in closed segments.
func checkEveryFrame(t *testing.T, r *rig, last int64) {
	t.Helper()
	if open := r.files(segment.PartExt); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
	records, _, err := readJournals(r.root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sound(r.root, records, 700*time.Millisecond); err != nil {
		t.Error(err)
	}
	got := r.counters()
	slices.Sort(got)
	got = slices.Compact(got)
	if int64(len(got)) != last || got[0] != 0 {
		t.Errorf("%d of %d frames, the first is %d", len(got), last, got[0])
	}
}

// TestAPredecessorDiesBetweenTwoSegments: where it leaves a file without pictures, or none
// at all, the time until something is recorded again has a cause all the same.
func TestAPredecessorDiesBetweenTwoSegments(t *testing.T) {
	leak.Check(t)
	for _, c := range []struct{ none, late, gap bool }{
		{}, {late: true}, {none: true}, {none: true, late: true}, {gap: true}, {gap: true, late: true},
	} {
		r := newRig(t, nil)
		zero := r.wall
		r.begin("run1")
		r.frames(752, 25) // 12:00:00 is frame 750
		r.rec.Drain()
		if c.gap { // not a death: the camera had gone before
			r.stream.End(r.wall, media.CauseNetwork)
			r.rec.Drain()
		}
		root := copyFolder(t, r.root) // as the process leaves it
		r.rec.Close()
		dead := &rig{t: t, root: root, wall: r.wall + 2e6, tick: 825}
		if open := dead.files(segment.PartExt); !c.gap && len(open) != 1 {
			t.Fatalf("left open: %q", open)
		} else if c.none {
			if err := os.Remove(open[0]); err != nil {
				t.Fatal(err)
			}
		}
		next, gone := successor(t, dead)
		want, causes := "start run seg start run", []media.Cause{"", media.CauseDied, ""}
		if c.gap {
			want, causes = "start run seg seg gap:network run", []media.Cause{"", media.CauseNetwork, ""}
		}
		if !c.late {
			gone()
			if !c.gap {
				await(t, "the journal", func() bool { return kinds(next.journal()) == "start run seg start" })
			}
		}
		next.begin("run2")
		next.frames(50, 25)
		next.rec.Drain()
		if c.late {
			gone()
		}
		await(t, "the journal", func() bool { return kinds(next.journal()) == want })
		next.stream.End(next.wall, media.CauseNetwork)
		next.rec.Close()
		if got := kinds(next.journal()); got != want+" seg gap:network stop" {
			t.Errorf("%+v: the journal says %q", c, got)
		}
		acc := coverage.New()
		for i, rec := range next.journal() {
			if rec.Kind == journal.KindStop {
				break
			}
			if i == 0 || rec.Kind == journal.KindStart && !c.late {
				rec.At = zero // the clock of the rigs is not that of their pictures
				if i > 0 {
					rec.At = dead.wall
				}
			}
			acc.Apply(&rec)
		}
		_, _, spans := acc.Take()
		var got []media.Cause
		for _, s := range spans {
			if s.End != coverage.Lasting {
				got = append(got, s.Cause)
			}
		}
		if !slices.Equal(got, causes) {
			t.Errorf("%+v: the account is %+v", c, spans)
		}
	}
}
