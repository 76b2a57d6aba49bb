package recording_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// copyFolder copies what stands on disk, as a crash might leave it: the journals
// first, because a journal never tells more than the files hold.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := quick(t)
	for _, journals := range []bool{true, false} {
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil // renamed meanwhile
			}
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			if d.IsDir() {
				return os.MkdirAll(filepath.Join(to, rel), 0o750)
			}
			if (d.Name() == journal.FileName) != journals {
				return nil
			}
			b, err := os.ReadFile(path)
			if os.IsNotExist(err) { // closed meanwhile
				rel = strings.TrimSuffix(rel, segment.PartExt)
				b, err = os.ReadFile(filepath.Join(from, rel))
			}
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), b, 0o640)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// recoverFolder starts a recorder on what a crash left and stops it again.
func recoverFolder(t *testing.T, root string) {
	t.Helper()
	v := &recording.Volume{Root: root, Reserve: 1}
	if err := v.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rec := &recording.Recorder{Camera: "cam1", Volume: v}
	if err := rec.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec.Close()
}

// whole gives the frames of every whole part below root, from the files alone.
func whole(t *testing.T, root string) (frames []int64) {
	t.Helper()
	r := &rig{t: t, root: root}
	for _, p := range append(r.files(segment.Ext), r.files(segment.PartExt)...) {
		if b, err := os.ReadFile(p); err != nil || len(b) < 800 {
			continue // not even an initialisation segment
		}
		s, err := readSegment(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range s.samples(1) {
			frames = append(frames, counterOf(x.data))
		}
	}
	slices.Sort(frames)
	return frames
}

func counterOf(data string) int64 {
	d := data[9:]
	return int64(d[0])<<24 | int64(d[1])<<16 | int64(d[2])<<8 | int64(d[3])
}

// checkRecovered fails unless everything in kept is in closed, journalled segments.
func checkRecovered(t *testing.T, root string, kept []int64) {
	t.Helper()
	r := &rig{t: t, root: root}
	records, _, err := readJournals(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sound(root, records, 700*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := r.counters(); !slices.Equal(got, kept) {
		t.Fatalf("%d frames after recovery, %d stood in whole parts", len(got), len(kept))
	}
}

func TestCrashAtAnyInstant(t *testing.T) {
	leak.Check(t)
	r := &rig{t: t, root: quick(t), wall: time.Date(2026, 3, 1, 23, 59, 40, 0, time.UTC).UnixMicro()}
	var now atomic.Int64
	now.Store(r.wall)
	ck := clock.Clock(func() time.Time { return time.UnixMicro(now.Load()) })
	r.open(func(rec *recording.Recorder, _ *recording.Volume) {
		rec.SegmentLength, rec.Clock = 3*time.Second, ck
	})
	r.begin("runa")
	random := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		r.frames(1+random.IntN(40), 25)
		now.Store(r.wall)
		crashed := copyFolder(t, r.root)
		kept := whole(t, crashed)
		if random.IntN(4) == 0 {
			// The power failed in the middle of a write, and of a journal line.
			for _, p := range (&rig{t: t, root: crashed}).files(segment.PartExt) {
				appendTo(t, p, []byte("\x00\x00\x01\x00moof\x00\x00\x00\x10mfhd"))
			}
			for _, p := range (&rig{t: t, root: crashed}).files(journal.FileName) {
				appendTo(t, p, []byte(`1234abcd {"k":"gap","at":17`))
			}
		}
		recoverFolder(t, crashed)
		checkRecovered(t, crashed, kept)
		before, _, _ := readJournals(crashed)
		recoverFolder(t, crashed) // finds nothing to do
		checkRecovered(t, crashed, kept)
		after, _, _ := readJournals(crashed)
		if got := kinds(after[len(before):]); got != "start stop" {
			t.Fatalf("a second start noted %q", got)
		}
	}
	r.stream.End(r.wall, media.CauseNetwork)
	r.rec.Close()
}

func appendTo(t *testing.T, path string, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

// TestCrashDuringRecovery takes the steps of closing a left-over segment apart.
func TestCrashDuringRecovery(t *testing.T) {
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(200, 50)
	r.rec.Drain()
	for step, change := range map[string]func(part string){
		"index written, not renamed": func(part string) {
			other := copyFolder(t, filepath.Dir(filepath.Dir(filepath.Dir(part))))
			recoverFolder(t, other)
			closed := (&rig{t: t, root: other}).files(segment.Ext)[0]
			if err := os.Rename(closed, part); err != nil {
				t.Fatal(err)
			}
		},
		"renamed, not journalled": func(part string) {
			other := copyFolder(t, filepath.Dir(filepath.Dir(filepath.Dir(part))))
			recoverFolder(t, other)
			closed := (&rig{t: t, root: other}).files(segment.Ext)[0]
			if err := os.Rename(closed, strings.TrimSuffix(part, segment.PartExt)); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(part); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(step, func(t *testing.T) {
			crashed := copyFolder(t, r.root)
			kept := whole(t, crashed)
			change((&rig{t: t, root: crashed}).files(segment.PartExt)[0])
			recoverFolder(t, crashed)
			checkRecovered(t, crashed, kept)
		})
	}
}

func TestWhatIsNoSegmentIsSetAside(t *testing.T) {
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(300, 50)
	r.rec.Drain()
	root := copyFolder(t, r.root)
	part := (&rig{t: t, root: root}).files(segment.PartExt)[0]
	b, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSegment(part)
	if err != nil {
		t.Fatal(err)
	}
	// A power cut lost a block in the middle and kept what follows.
	damaged := s.parts[4]
	clear(b[damaged.Offset : damaged.Offset+64])
	dir := filepath.Dir(part)
	for name, content := range map[string][]byte{
		filepath.Base(part):                           b,
		"cam1_20260301T110000.000000Z_empty.mp4.part": nil,
		"cam1_20260301T110100.000000Z_head.mp4.part":  b[:700],
		"cam1_20260301T110200.000000Z_junk.mp4":       bytes.Repeat([]byte("junk"), 1000),
		"holiday.mp4":                                 []byte("not ours"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	recoverFolder(t, root)
	var kept []int64
	s.parts = s.parts[:4]
	for _, x := range s.samples(1) {
		kept = append(kept, counterOf(x.data))
	}
	checkRecovered(t, root, kept)
	recoverFolder(t, root) // what was set aside is left alone at the next start
	entries, err := os.ReadDir(filepath.Join(root, "cam1", leftover.QuarantineDir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimPrefix(e.Name(), "2026-03-01_"))
	}
	want := []string{
		"cam1_20260301T110000.000000Z_empty.mp4.part", "cam1_20260301T110100.000000Z_head.mp4.part",
		"cam1_20260301T110200.000000Z_junk.mp4", filepath.Base(part) + ".tail", "holiday.mp4",
	}
	if !slices.Equal(names, want) {
		t.Fatalf("set aside %q, want %q", names, want)
	}
	tail, err := os.ReadFile(filepath.Join(root, "cam1", leftover.QuarantineDir, "2026-03-01_"+want[3]))
	if err != nil || !bytes.Equal(tail, b[damaged.Offset:]) {
		t.Errorf("the tail behind the damage is not kept: %d bytes, %v", len(tail), err)
	}
}

// TestRecordingDoesNotWaitForRecovery: what a crash left is large and the disk
// reads slowly; new pictures are written meanwhile.
func TestRecordingDoesNotWaitForRecovery(t *testing.T) {
	r := newRig(t, nil)
	r.begin("runa")
	r.frames(200, 50)
	r.rec.Drain()
	f := &rig{t: t, root: copyFolder(t, r.root), wall: r.wall + 10e6, tick: 1000}
	kept := whole(t, f.root)
	slow := make(chan struct{})
	f.open(func(_ *recording.Recorder, v *recording.Volume) {
		v.SetFault(func(step, _ string) error {
			if step == "adopt" {
				<-slow
			}
			return nil
		})
	})
	f.begin("runb")
	f.frames(100, 50)
	f.rec.Drain()
	if s := f.rec.State(); !s.Recording || f.rec.Open() == nil {
		t.Errorf("state %+v while the old segment is taken in", s)
	}
	if got := f.journal(); len(got) != len(r.journal()) {
		t.Errorf("the journal runs ahead: %s", kinds(got))
	}
	close(slow)
	await(t, "recovery", func() bool { return strings.HasSuffix(kinds(f.journal()), "start run seg start run") })
	f.stream.End(f.wall, media.CauseNetwork)
	f.rec.Close()
	for n := range int64(100) {
		kept = append(kept, 1000+n)
	}
	checkRecovered(t, f.root, kept)
}

// TestClockSetBack: the journal goes to the day the clock tells; nothing is lost or
// written over, and a start finds what is open on any day.
func TestClockSetBack(t *testing.T) {
	r := &rig{t: t, root: quick(t), wall: time.Date(2031, 5, 1, 0, 0, 30, 0, time.UTC).UnixMicro()}
	var now atomic.Int64
	now.Store(r.wall)
	ck := clock.Clock(func() time.Time { return time.UnixMicro(now.Load()) })
	r.open(func(rec *recording.Recorder, _ *recording.Volume) { rec.Clock = ck })
	for i, day := range []int{2, 1, 3, 1} {
		r.wall = time.Date(2026+i%2*5, 3, day, 11, 59, 50, 0, time.UTC).UnixMicro()
		now.Store(r.wall)
		r.begin(fmt.Sprint("run", i))
		r.frames(500, 50)
		r.stream.End(r.wall, media.CauseClockStep)
	}
	r.wall = time.Date(2026, 3, 2, 12, 0, 30, 0, time.UTC).UnixMicro()
	now.Store(r.wall)
	r.begin("runx")
	r.frames(200, 50)
	r.rec.Drain()
	crashed := copyFolder(t, r.root)
	kept := whole(t, crashed)
	recoverFolder(t, crashed)
	got := (&rig{t: t, root: crashed}).counters()
	slices.Sort(got)
	if !slices.Equal(got, kept) || len(kept) < 2170 {
		t.Errorf("%d frames, %d stood in whole parts", len(got), len(kept))
	}
	if open := (&rig{t: t, root: crashed}).files(segment.PartExt); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
}

// TestKill kills a process that records, again and again on one folder.
func TestKill(t *testing.T) {
	clause.Covers(t, "C076")
	root := t.TempDir()
	random := rand.New(rand.NewPCG(7, 8))
	first := int64(0)
	var safe []int64 // what the killed process said stood in the file
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("WATCHROOM_RECORD=%s %d %d", root, round, first))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		last := int64(-1)
		for n := 20 + random.IntN(60); n > 0 && lines.Scan(); n-- {
			if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // says that it was killed
		for n := first; n <= last; n++ {
			safe = append(safe, n)
		}
		first = 10_000 * int64(round+1)
	}
	kept := whole(t, root)
	recoverFolder(t, root)
	checkRecovered(t, root, kept)
	for _, n := range safe {
		if _, ok := slices.BinarySearch(kept, n); !ok {
			t.Fatalf("frame %d was written and is gone", n)
		}
	}
}

// TestMain records for TestKill when it is told to, until it is killed.
func TestMain(m *testing.M) {
	var root string
	var round, first int64
	if n, _ := fmt.Sscan(os.Getenv("WATCHROOM_RECORD"), &root, &round, &first); n == 3 {
		endless(root, round, first)
	}
	os.Exit(m.Run())
}

func endless(root string, round, first int64) {
	r := &rig{root: root, tick: first, wall: time.Date(2026, 3, 1, 12, 10*int(round), 0, 0, time.UTC).UnixMicro()}
	v := &recording.Volume{Root: root, Reserve: 1}
	if err := v.Start(context.Background()); err != nil {
		panic(err)
	}
	r.rec = &recording.Recorder{Camera: "cam1", Volume: v, SegmentLength: 5 * time.Second}
	if err := r.rec.Start(context.Background()); err != nil {
		panic(err)
	}
	r.stream = &media.Stream{}
	r.stream.AddSink(r.rec)
	r.begin(fmt.Sprint("run", round))
	for {
		r.frames(7, 25)
		r.rec.Drain()
		if o := r.rec.Open(); o != nil {
			frames := (o.End - o.Start) / 40_000
			fmt.Println((o.Start-time.Date(2026, 3, 1, 12, 10*int(round), 0, 0, time.UTC).UnixMicro())/40_000 + frames - 1 + first)
		}
	}
}
