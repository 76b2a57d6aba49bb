package recording_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/recording/space"
	"watchroom/internal/testkit/leak"
)

// await looks until cond holds.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	for !cond() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("still waiting: %s", what)
		}
	}
}

// disk fails or delays steps as the test says.
type disk struct {
	mu    sync.Mutex
	fails func(step, path string) error
	hang  chan struct{} // steps wait until it is closed; nil lets them through
}

func (d *disk) step(step, path string) error {
	d.mu.Lock()
	fails, hang := d.fails, d.hang
	d.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if fails != nil {
		return fails(step, path)
	}
	return nil
}

func (d *disk) set(fails func(step, path string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails = fails
}

// stall makes every step wait until the returned function is called.
func (d *disk) stall() (release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	hang := make(chan struct{})
	d.hang = hang
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.hang = nil
		close(hang)
	}
}

// faultyRig records through a disk; spaces and states are noted as they change.
type faultyRig struct {
	*rig
	disk   *disk
	mu     sync.Mutex
	spaces []space.State
	states []recording.State
}

func newFaultyRig(t *testing.T, root string, change func(*recording.Recorder, *recording.Volume)) *faultyRig {
	t.Helper()
	leak.Check(t)
	f := &faultyRig{disk: &disk{}}
	f.rig = &rig{t: t, root: root, wall: time.Date(2026, 3, 1, 11, 59, 30, 0, time.UTC).UnixMicro()}
	f.open(func(rec *recording.Recorder, v *recording.Volume) {
		v.SyncInterval = 20 * time.Millisecond
		v.SetFault(f.disk.step)
		v.OnSpace = func(s space.Space) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.spaces = append(f.spaces, s.State)
		}
		rec.OnState = func(s recording.State) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.states = append(f.states, s)
		}
		if change != nil {
			change(rec, v)
		}
	})
	return f
}

func (f *faultyRig) space() space.State { return f.volume.Space().State }

// sound checks the files against the journal, and each picture's place in time
// against its counter, also where a segment was opened late. It gives the counters.
func (f *faultyRig) sound() []int64 {
	f.t.Helper()
	segments, err := sound(f.root, f.journal(), 700*time.Millisecond)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, s := range segments {
		for _, x := range s.samples(1) {
			want := f.wall - (f.tick-counterOf(x.data))*40_000
			if off := x.wall - want; off > 30 || off < -30 {
				f.t.Fatalf("frame %d is %d µs off its time", counterOf(x.data), off)
			}
		}
	}
	return f.counters()
}

// ascending fails where a counter stands twice or out of order, and gives those
// that are missing up to n.
func ascending(t *testing.T, got []int64, n int64) (missing int64) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if got[i] <= got[i-1] {
			t.Fatalf("frame %d stands behind frame %d", got[i], got[i-1])
		}
	}
	return n - int64(len(got))
}

func TestFullDisk(t *testing.T) {
	if os.Geteuid() == 0 {
		// A real one of 4 MiB. Frames of 13 bytes do not fill it; a file does.
		root := t.TempDir()
		if err := unix.Mount("tmpfs", root, "tmpfs", 0, "size=4m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(root, 0); err != nil {
				t.Error(err)
			}
		})
		f := newFaultyRig(t, root, nil)
		ballast := filepath.Join(root, "ballast")
		fullDisk(t, f, func() {
			out, err := os.Create(ballast)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			for err == nil {
				_, err = out.Write(make([]byte, 4096))
			}
			if !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
		}, func() {
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		})
		return
	}
	f := newFaultyRig(t, t.TempDir(), nil)
	fullDisk(t, f, func() {
		f.disk.set(func(step, _ string) error {
			if step == "sync" || step == "close" {
				return nil
			}
			return &os.PathError{Op: step, Err: unix.ENOSPC}
		})
	}, func() { f.disk.set(nil) })
}

// fullDisk fills the disk in the middle of a segment and frees it again.
func fullDisk(t *testing.T, f *faultyRig, fill, free func()) {
	f.begin("runa")
	f.frames(100, 50)
	f.rec.Drain()
	fill()
	for f.space() != space.Full {
		f.frames(50, 50)
		f.rec.Drain()
	}
	if s := f.rec.State(); s.Recording || s.Cause != media.CauseDiskFull {
		t.Errorf("state %+v on a full disk", s)
	}
	kept := f.counters()
	if len(kept) < 80 || ascending(t, kept, 0) != int64(-len(kept)) || kept[len(kept)-1] != int64(len(kept)-1) {
		t.Errorf("the full disk holds frames %v", kept)
	}
	if open := f.files(segment.PartExt); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
	free()
	await(t, "space", func() bool { return f.space() == space.OK })
	for !f.rec.State().Recording {
		f.frames(50, 50)
		f.rec.Drain()
	}
	f.frames(100, 50)
	f.stream.End(f.wall, media.CauseNetwork)
	f.rec.Close()
	got := f.sound()
	lost := ascending(t, got, f.tick)
	if lost == 0 || uint64(lost)*2 > f.rec.State().Dropped+100 || got[len(got)-1] != f.tick-1 {
		t.Errorf("%d frames are missing, %d units were dropped", lost, f.rec.State().Dropped)
	}
	if got, want := kinds(f.journal()), "start run seg gap:disk_full run seg gap:network stop"; got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
}

func TestReserveIsLeftFree(t *testing.T) {
	f := newFaultyRig(t, t.TempDir(), func(_ *recording.Recorder, v *recording.Volume) { v.Reserve = 1 << 60 })
	if s := f.volume.Space(); s.State != space.Full || s.Total == 0 {
		t.Fatalf("space %+v", s)
	}
	f.begin("runa")
	f.frames(200, 50)
	f.stream.End(f.wall, media.CauseNetwork)
	f.rec.Close()
	if files := append(f.files(segment.Ext), f.files(segment.PartExt)...); len(files) != 0 {
		t.Errorf("written into the reserve: %q", files)
	}
	if got, want := kinds(f.journal()), "start gap:disk_full gap:network stop"; got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
	if n := f.rec.State().Dropped; n != 400 {
		t.Errorf("%d units dropped, want 400", n)
	}
}

func TestFailingDisk(t *testing.T) {
	for _, bad := range []string{"create", "write", "close", "rename", "list"} {
		t.Run(bad, func(t *testing.T) {
			f := newFaultyRig(t, t.TempDir(), func(rec *recording.Recorder, _ *recording.Volume) { rec.SegmentLength = 4 * time.Second })
			zero := f.wall
			f.begin("runa")
			f.frames(30, 25)
			f.rec.Drain()
			f.disk.set(func(step, path string) error {
				if step == bad && (strings.HasSuffix(path, segment.PartExt) || step == "list") {
					return &os.PathError{Op: step, Path: path, Err: unix.EIO}
				}
				return nil
			})
			for f.space() != space.Failing {
				f.frames(25, 25)
				f.rec.Drain()
			}
			f.disk.set(nil)
			f.frames(200, 25)
			f.rec.Drain()
			if s := f.rec.State(); !s.Recording {
				t.Errorf("state %+v after the fault", s)
			}
			await(t, "the state to recover", func() bool { return f.space() == space.OK })
			f.stream.End(f.wall, media.CauseNetwork)
			f.rec.Close()
			if bad == "create" || bad == "write" {
				if got := kinds(f.journal()); !strings.Contains(got, "gap:disk_fault run") {
					t.Errorf("journal %q", got)
				}
				missing := ascending(t, f.sound(), f.tick)
				if missing > 75 || missing < 1 && bad == "write" {
					t.Errorf("%d frames are missing", missing)
				}
				return
			}
			// What could not be closed is made whole once another one could.
			if missing := ascending(t, f.sound(), f.tick); missing != 0 {
				t.Errorf("%d frames are missing", missing)
			}
			if got := inFrames(account(f.journal()), zero); len(got) != 1 {
				t.Errorf("the journal %q comes to %v", kinds(f.journal()), got)
			}
			// The next process finds nothing to do.
			f.open(nil)
			f.rec.Close()
			if missing := ascending(t, f.sound(), f.tick); missing != 0 {
				t.Errorf("%d frames are missing", missing)
			}
		})
	}
}

func TestJournalThatCannotBeWrittenWaits(t *testing.T) {
	f := newFaultyRig(t, t.TempDir(), func(rec *recording.Recorder, _ *recording.Volume) { rec.SegmentLength = 4 * time.Second })
	f.disk.set(func(step, _ string) error {
		if step == "journal" {
			return unix.EIO
		}
		return nil
	})
	f.begin("runa")
	f.frames(25*20, 25)
	f.rec.Drain()
	f.disk.set(nil)
	f.frames(25*5, 25)
	f.stream.End(f.wall, media.CauseNetwork)
	f.rec.Close()
	if missing := ascending(t, f.sound(), f.tick); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	if got := kinds(f.journal()); strings.Count(got, "seg") != 7 || !strings.HasPrefix(got, "start run seg") {
		t.Errorf("journal %q", got)
	}
}

// TestHangingDisk stops the disk altogether. The source goes on writing and is
// never held up; up to the spool nothing is lost, past it the loss is a gap.
func TestHangingDisk(t *testing.T) {
	for _, spool := range []string{"recorder", "volume"} {
		t.Run(spool, func(t *testing.T) {
			const each = 13 + 320
			f := newFaultyRig(t, t.TempDir(), func(rec *recording.Recorder, v *recording.Volume) {
				rec.Spool = 4000 * each
				if spool == "volume" {
					rec.Spool, v.Spool = 4<<20, 200*each
				}
			})
			f.begin("runa")
			f.frames(100, 50)
			f.rec.Drain()
			release := f.disk.stall()
			f.frames(3000, 50) // two minutes
			if s := f.rec.State(); !s.Recording || s.Behind != (spool == "recorder") || s.Dropped != 0 || s.Spooled < 2900*each {
				t.Errorf("state %+v while the spool has room", s)
			}
			if spool == "recorder" {
				await(t, "the alarm", func() bool {
					f.mu.Lock()
					defer f.mu.Unlock()
					return len(f.states) > 1 && f.states[len(f.states)-1].Behind
				})
			}
			f.frames(20_000, 50)
			if s := f.rec.State(); s.Dropped < 2*15_000 || s.Spooled > 4100*each {
				t.Errorf("state %+v with a full spool", s)
			}
			release()
			f.rec.Drain()
			f.frames(100, 50)
			f.rec.Drain()
			if s := f.rec.State(); !s.Recording || s.Behind || s.Spooled > 60*each {
				t.Errorf("state %+v after the disk is back", s)
			}
			f.stream.End(f.wall, media.CauseNetwork)
			f.rec.Close()
			got := f.sound()
			if missing := ascending(t, got, f.tick); uint64(missing)*2 > f.rec.State().Dropped+100 || missing < 15_000 {
				t.Errorf("%d frames are missing, %d units were dropped", missing, f.rec.State().Dropped)
			}
			if got[3000] != 3000 || got[len(got)-1] != f.tick-1 {
				t.Errorf("the spool was not written: frame %d at place 3000", got[3000])
			}
			if got := kinds(f.journal()); strings.Count(got, "gap:disk_slow") != 1 || !strings.HasSuffix(got, "gap:disk_slow run seg gap:network stop") {
				t.Errorf("journal %q", got)
			}
		})
	}
}

// TestEndWhileGivenUp: the camera goes away while pictures are given up. Both gaps
// stay on record, in order.
func TestEndWhileGivenUp(t *testing.T) {
	f := newFaultyRig(t, t.TempDir(), func(rec *recording.Recorder, _ *recording.Volume) { rec.Spool = 100_000 })
	f.begin("runa")
	f.frames(10, 50)
	release := f.disk.stall()
	f.frames(2000, 50)
	end := f.wall
	f.stream.End(end, media.CauseNetwork)
	release()
	f.rec.Close()
	var gaps []string
	for _, r := range f.journal() {
		if r.Kind == journal.KindGap {
			gaps = append(gaps, fmt.Sprint(r.Cause, r.At == end))
		}
	}
	if got := strings.Join(gaps, " "); got != "disk_slowfalse networktrue" {
		t.Errorf("gaps %q", got)
	}
}

func TestStopWritesWhatIsHeld(t *testing.T) {
	// Without the end of the run: the last units stand in no part yet.
	f := newFaultyRig(t, t.TempDir(), nil)
	f.begin("runa")
	f.frames(107, 50)
	f.rec.Stop(media.CauseSwitchedOff)
	f.rec.Close() // a second time changes nothing
	if missing := ascending(t, f.sound(), f.tick); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	records := f.journal()
	if last := records[len(records)-1]; last.Kind != journal.KindStop || last.Cause != media.CauseSwitchedOff {
		t.Errorf("last record %+v", last)
	}
}

// TestTheLastCloseTakesUpOthers: a segment that could not be closed is in the journal
// before the recorder has stopped.
func TestTheLastCloseTakesUpOthers(t *testing.T) {
	f := newFaultyRig(t, t.TempDir(), func(rec *recording.Recorder, _ *recording.Volume) { rec.SegmentLength = 4 * time.Second })
	f.begin("runa")
	f.frames(40, 25)
	f.rec.Drain()
	f.disk.set(func(step, path string) error {
		if step == "close" {
			return unix.EIO
		}
		return nil
	})
	f.frames(95, 25) // across one boundary
	f.rec.Drain()
	f.disk.set(nil)
	f.rec.Close()
	if missing := ascending(t, f.sound(), f.tick); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	if got, want := kinds(f.journal()), "start run gap:disk_fault run seg seg stop"; got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
}
