package recording_test

import (
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/intake"
	"watchroom/internal/recording/journal"
)

func TestSegmentsTellWhatTheyAreShortOf(t *testing.T) {
	var lost, dropped atomic.Uint64
	lost.Store(7) // before the run
	r := newRig(t, func(rec *recording.Recorder, _ *recording.Volume) {
		rec.Intake = func() intake.Intake { return intake.Intake{Lost: lost.Load(), Dropped: dropped.Load()} }
	})
	r.begin("runa") // a minute's boundary in 30 s
	r.frames(100, 50)
	lost.Add(3)
	r.frames(900, 50)
	lost.Add(2)
	dropped.Add(1)
	r.frames(100, 50)
	r.stream.End(r.wall, media.CauseNetwork)
	lost.Add(50) // between the runs
	r.begin("runb")
	r.frames(50, 50)
	lost.Store(1) // another source
	dropped.Store(4)
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	var got [][2]int64
	for _, rec := range r.journal() {
		if rec.Segment != nil {
			got = append(got, [2]int64{*rec.Lost, *rec.Dropped})
		}
		if rec.Kind == journal.KindClock {
			t.Errorf("a clock that nobody measured: %+v", rec)
		}
	}
	if len(got) != 3 || got[0] != [2]int64{3, 0} || got[1] != [2]int64{2, 1} || got[2] != [2]int64{1, 4} {
		t.Errorf("lost and dropped %v", got)
	}
}

func TestClockIsNotedOnceASegmentAndWhenItMoves(t *testing.T) {
	var offset atomic.Int64
	r := newRig(t, func(rec *recording.Recorder, _ *recording.Volume) {
		rec.Clock = clock.Clock(func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) })
		rec.Intake = func() intake.Intake {
			in := intake.Intake{Source: journal.BySenderReport}
			if at := offset.Load(); at != 0 {
				in.Offset = &at
			}
			return in
		}
	})
	r.begin("runa")
	r.frames(100, 50)
	offset.Store(-40_000)
	r.frames(100, 50) // known for the first time
	offset.Store(100_000)
	r.frames(100, 50) // moves by less than matters
	offset.Store(2_000_000)
	r.frames(100, 50)
	offset.Store(2_010_000)
	r.frames(1000, 50) // across a boundary
	offset.Store(0)    // forgotten, as by a new session
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
	var got []int64
	for _, rec := range r.journal() {
		if rec.Kind != journal.KindClock {
			continue
		}
		got = append(got, *rec.Offset)
		if rec.Source != "rtcp" || rec.At != 1772366400000000 {
			t.Errorf("record %+v", rec)
		}
	}
	if len(got) != 3 || got[0] != -40_000 || got[1] != 2_000_000 || got[2] != 2_010_000 {
		t.Errorf("offsets %v", got)
	}
	if text := kinds(r.journal()); text != "start run clock clock clock seg seg gap:network stop" {
		t.Errorf("journal %q", text)
	}
}
