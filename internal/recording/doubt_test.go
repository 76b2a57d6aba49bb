package recording_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
)

// account is what a journal comes to, from the first picture to behind the last: the clock
// of the rigs is the true one, that of their pictures is not.
func account(records []journal.Record) []coverage.Span {
	acc := coverage.New()
	for i := range records {
		if k := records[i].Kind; k != journal.KindStart && k != journal.KindStop {
			acc.Apply(&records[i])
		}
	}
	_, _, spans := acc.Take()
	return spans
}

// inFrames is an account in frames, without the gap that lasts.
func inFrames(spans []coverage.Span, zero int64) (out []stretch) {
	for _, s := range spans {
		if s.End != coverage.Lasting {
			out = append(out, stretch{(s.Start - zero) / 40_000, s.Cause})
		}
	}
	return out
}

// stretch begins with a frame; without a cause it is recorded.
type stretch struct {
	From  int64
	Cause media.Cause
}

// TestWhatABreakingDiskTakes: what was written and not forced to a disk that breaks is a
// gap of the disk like all that follows, and what the disk kept is recorded.
func TestWhatABreakingDiskTakes(t *testing.T) {
	clause.Covers(t, "C076")
	for _, c := range []struct {
		name string
		cut  bool // the disk loses what is behind frame 200
		gone bool // or the file as a whole
		want []stretch
	}{
		{"nothing", false, false, []stretch{{0, ""}, {248, media.CauseDiskFault}, {349, ""}}},
		{"what was not forced to it", true, false, []stretch{{0, ""}, {200, media.CauseDiskFault}, {349, ""}}},
		{"all", false, true, []stretch{{0, media.CauseDiskFault}, {349, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFaultyRig(t, t.TempDir(), nil)
			zero := f.wall
			f.begin("runa")
			f.frames(201, 25) // the last begins a part
			f.rec.Drain()
			path := f.files(segment.PartExt)[0]
			st, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			f.frames(49, 25)
			f.rec.Drain()
			f.disk.set(func(string, string) error { return unix.EROFS })
			for f.rec.State().Recording {
				f.frames(1, 25)
				f.rec.Drain()
			}
			switch {
			case c.cut:
				err = os.Truncate(path, st.Size())
			case c.gone:
				err = os.Remove(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			f.frames(int(340-f.tick), 25)
			f.rec.Drain()
			f.disk.set(nil)
			f.frames(25*90, 25) // over a minute's boundary
			f.stream.End(f.wall, media.CauseNetwork)
			f.rec.Close()
			if open := f.files(segment.PartExt); len(open) != 0 {
				t.Errorf("left open: %q", open)
			}
			spans := account(f.journal())
			for _, s := range spans {
				if s.Cause == media.CauseUnknown {
					t.Errorf("a gap without a cause: %+v", s)
				}
			}
			if d := cmp.Diff(c.want, inFrames(spans, zero)); d != "" {
				t.Errorf("journal %q comes to (want -, is +)\n%s", kinds(f.journal()), d)
			}
		})
	}
}

// TestASegmentThatIsClosedLater: that one cannot be closed is no gap once it is made whole;
// where a piece of it is gone then, that is one of the disk.
func TestASegmentThatIsClosedLater(t *testing.T) {
	for _, cut := range []bool{false, true} {
		f := newFaultyRig(t, t.TempDir(), func(r *recording.Recorder, _ *recording.Volume) { r.SegmentLength = 10 * time.Second })
		zero := f.wall
		f.begin("runa")
		f.frames(201, 25)
		f.rec.Drain()
		path := f.files(segment.PartExt)[0]
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		f.disk.set(func(step, path string) error {
			if step == "close" {
				return unix.EIO
			}
			return nil
		})
		f.frames(99, 25) // over a boundary
		f.rec.Drain()
		f.disk.set(nil)
		want := []stretch{{0, ""}}
		if cut {
			if err := os.Truncate(path, st.Size()); err != nil {
				t.Fatal(err)
			}
			want = append(want, stretch{200, media.CauseDiskFault}, stretch{250, ""})
		}
		f.frames(300, 25)
		f.stream.End(f.wall, media.CauseNetwork)
		f.rec.Close()
		if d := cmp.Diff(want, inFrames(account(f.journal()), zero)); d != "" {
			t.Errorf("cut %v: journal %q comes to (want -, is +)\n%s", cut, kinds(f.journal()), d)
		}
	}
}

// TestAFileWithoutPicturesIsSetAside: one that had just been begun when the disk broke, and
// could not be removed then, is not left behind.
func TestAFileWithoutPicturesIsSetAside(t *testing.T) {
	f := newFaultyRig(t, t.TempDir(), nil)
	f.begin("runa")
	f.frames(752, 25) // 12:00:00 is frame 750
	f.rec.Drain()
	if open := f.files(segment.PartExt); len(open) != 1 {
		t.Fatalf("open: %q", open)
	}
	f.disk.set(func(string, string) error { return unix.EROFS })
	for f.rec.State().Recording {
		f.frames(1, 25)
		f.rec.Drain()
	}
	f.disk.set(nil)
	f.frames(25*150, 25) // over two boundaries
	f.stream.End(f.wall, media.CauseNetwork)
	f.rec.Close()
	if open := f.files(segment.PartExt); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
	aside, err := os.ReadDir(filepath.Join(f.root, "cam1", leftover.QuarantineDir))
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
}
