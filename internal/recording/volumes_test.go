package recording_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/segment"
	"watchroom/internal/recording/space"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// disks is a rig with several volumes, "" and "b", in folders of those names below
// its root; each has a disk of its own that can fail.
type disks struct {
	*rig
	set  *recording.Volumes
	disk map[string]*disk
}

func newDisks(t *testing.T, change func(*recording.Volumes, *recording.Recorder)) *disks {
	t.Helper()
	leak.Check(t)
	d := &disks{rig: &rig{t: t, root: t.TempDir(), wall: time.Date(2026, 3, 1, 11, 59, 30, 0, time.UTC).UnixMicro()}}
	for _, name := range []string{"main", "b"} {
		if err := os.Mkdir(filepath.Join(d.root, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	d.start(change)
	return d
}

// soonHung is for tests of disks that hang. In others a machine under load would answer as
// slowly, and so no disk is ever taken for one.
func soonHung(s *recording.Volumes, _ *recording.Recorder) { s.HungAfter = 200 * time.Millisecond }

func (d *disks) start(change func(*recording.Volumes, *recording.Recorder)) {
	d.t.Helper()
	d.disk = map[string]*disk{}
	d.set = &recording.Volumes{HungAfter: time.Hour, Book: &marker.Book{Path: filepath.Join(d.root, "volumes.json")}}
	for _, name := range []string{"", "b"} {
		fault := &disk{}
		folder := name
		if name == "" {
			folder = "main"
		}
		v := &recording.Volume{Name: name, Root: filepath.Join(d.root, folder), Reserve: 1, SyncInterval: 20 * time.Millisecond}
		v.SetFault(fault.step)
		d.disk[name] = fault
		d.set.List = append(d.set.List, v)
	}
	d.rec = &recording.Recorder{Camera: "cam1", Volumes: d.set, SegmentLength: time.Minute}
	if change != nil {
		change(d.set, d.rec)
	}
	if err := d.set.Start(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.set.Close)
	if err := d.rec.Start(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.rec.Close)
	d.stream = &media.Stream{}
	d.stream.AddSink(d.rec)
}

// finish ends the run and checks that every frame stands once, that each volume's
// journal tells of its own segments, and gives how many frames are missing.
func (d *disks) finish() (missing int64) {
	d.t.Helper()
	d.stream.End(d.wall, media.CauseNetwork)
	d.rec.Close()
	for _, v := range d.set.List {
		records, _, err := readJournals(v.Root)
		if err != nil {
			d.t.Fatal(err)
		}
		segments, err := sound(v.Root, records, 700*time.Millisecond)
		if err != nil {
			d.t.Fatalf("volume %q: %v", v.Name, err)
		}
		for _, s := range segments {
			for _, x := range s.samples(1) {
				want := d.wall - (d.tick-counterOf(x.data))*40_000
				if off := x.wall - want; off > 30 || off < -30 {
					d.t.Fatalf("frame %d is %d µs off its time", counterOf(x.data), off)
				}
			}
		}
	}
	got := d.counters()
	slices.Sort(got)
	return ascending(d.t, got, d.tick)
}

func (d *disks) on(name string) []string {
	return slices.DeleteFunc(d.files(segment.Ext), func(p string) bool { return !strings.HasPrefix(p, filepath.Join(d.root, name)+"/") })
}

func (d *disks) where() string {
	if o := d.rec.Open(); o != nil {
		return o.Volume
	}
	return "none"
}

// TestAFullVolumeIsLeftAtTheNextKeyFrame: nothing is lost, and nobody comes back.
// TestASoundStartSaysNothing: disks that answer at once were never failing.
func TestASoundStartSaysNothing(t *testing.T) {
	var mu sync.Mutex
	var said []space.State
	d := newDisks(t, func(s *recording.Volumes, _ *recording.Recorder) {
		s.OnSpace = func(_ *recording.Volume, space space.Space) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, space.State)
		}
	})
	d.begin("run1")
	d.frames(5, 5)
	d.finish()
	mu.Lock()
	defer mu.Unlock()
	if slices.Contains(said, space.Failing) || slices.Contains(said, space.Away) {
		t.Errorf("said was %v", said)
	}
}

func TestAFullVolumeIsLeftAtTheNextKeyFrame(t *testing.T) {
	d := newDisks(t, nil)
	d.begin("runa")
	d.frames(100, 50)
	d.rec.Drain()
	if d.where() != "" {
		t.Fatalf("a new camera began on %q", d.where())
	}
	d.disk[""].set(func(step, _ string) error {
		if step == "sync" {
			return unix.ENOSPC
		}
		return nil
	})
	await(t, "the disk to be full", func() bool {
		d.frames(10, 50)
		d.rec.Drain()
		return d.set.List[0].Space().State == space.Full
	})
	d.frames(200, 50)
	d.rec.Drain()
	if d.where() != "b" {
		t.Errorf("it writes to %q", d.where())
	}
	if s := d.rec.State(); !s.Recording || s.Dropped != 0 {
		t.Errorf("state %+v", s)
	}
	d.disk[""].set(nil)
	await(t, "the disk to have room", func() bool { return d.set.List[0].Space().State == space.OK })
	d.frames(25*90, 50) // over a minute's boundary
	if d.rec.Drain(); d.where() != "b" {
		t.Errorf("it went back to %q", d.where())
	}
	if missing := d.finish(); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	if len(d.on("main")) == 0 || len(d.on("b")) < 2 {
		t.Errorf("segments %q and %q", d.on("main"), d.on("b"))
	}
	for _, r := range d.journal() {
		if r.Kind == journal.KindGap && r.Cause != media.CauseNetwork {
			t.Errorf("a gap: %+v", r)
		}
	}
}

// TestAFailingVolumeIsLeftAtOnce: a write that fails costs at most its group of pictures.
func TestAFailingVolumeIsLeftAtOnce(t *testing.T) {
	for _, bad := range []string{"write", "create", "journal"} {
		t.Run(bad, func(t *testing.T) {
			d := newDisks(t, nil)
			d.begin("runa")
			d.frames(130, 25)
			d.rec.Drain()
			d.disk[""].set(func(step, _ string) error {
				if step == bad || step == "write" {
					return unix.EIO
				}
				return nil
			})
			d.frames(25*60, 25)
			if d.rec.Drain(); d.where() != "b" {
				t.Errorf("it writes to %q", d.where())
			}
			d.disk[""].set(nil)
			d.frames(25*60, 25)
			if missing := d.finish(); missing > 40 {
				t.Errorf("%d frames are missing", missing)
			}
			// What the first disk's journal did not take stands in the other's.
			words := kinds(d.journal())
			if strings.Count(words, "gap:disk_fault") > 1 || !strings.Contains(words, "start") || !strings.HasSuffix(words, "start run seg") {
				t.Logf("journals %q", words)
			}
		})
	}
}

// TestAHangingVolumeIsLeft: its writer waits for ever, another goes on. When the disk
// answers again nothing at all is missing.
func TestAHangingVolumeIsLeft(t *testing.T) {
	for _, at := range []string{"middle", "boundary"} {
		t.Run(at, func(t *testing.T) {
			said := atomic.Bool{}
			d := newDisks(t, func(s *recording.Volumes, r *recording.Recorder) {
				soonHung(s, r)
				r.OnState = func(s recording.State) {
					if !s.Recording && s.Cause == media.CauseDiskFault {
						said.Store(true)
					}
				}
			})
			d.begin("runa")
			d.frames(100, 50)
			d.rec.Drain()
			if at == "boundary" { // 12:00:00 is frame 750
				d.frames(645, 50)
				d.rec.Drain()
			}
			release := d.disk[""].stall()
			released := false
			defer func() {
				if !released {
					release()
				}
			}()
			d.frames(60, 50)
			await(t, "another volume", func() bool {
				d.frames(1, 50)
				return d.where() == "b"
			})
			d.frames(25*70, 50)
			await(t, "the spool to drain", func() bool { return d.rec.State().Recording && d.rec.State().Spooled < 400*333 })
			if s := d.set.List[0].Space(); s.State != space.Failing || s.Err == nil {
				t.Errorf("the disk that hangs is %+v", s)
			}
			if d.set.Space().State != space.Failing {
				t.Errorf("together they are %+v", d.set.Space())
			}
			if said.Load() {
				t.Error("it is said not to be recorded, and it is")
			}
			// It may never answer again: what it has of the open segment is accounted for.
			await(t, "a word about what the disk holds", func() bool {
				records, _, err := readJournals(d.set.List[1].Root)
				return err == nil && strings.Contains(kinds(records), "gap:disk_fault")
			})
			released = true
			release()
			if missing := d.finish(); missing != 0 {
				t.Errorf("%d frames are missing", missing)
			}
		})
	}
}

// TestAnotherDiskThatHangsIsNotWaitedFor: a disk that a camera has left has lines and a file to
// take yet, and hangs when it is to. The camera is recorded where it is, also as long as nobody
// has noticed.
func TestAnotherDiskThatHangsIsNotWaitedFor(t *testing.T) {
	d := newDisks(t, nil)
	d.begin("runa")
	d.frames(130, 25)
	d.rec.Drain()
	d.disk[""].set(func(string, string) error { return unix.EIO })
	d.frames(25*60, 25)
	if d.rec.Drain(); d.where() != "b" {
		t.Fatalf("it writes to %q", d.where())
	}
	release := d.disk[""].stall()
	d.disk[""].set(nil)
	d.frames(25*130, 25) // over two boundaries: the file is tried to be closed, and its line to be written
	await(t, "the spool to drain", func() bool { return d.where() == "b" && d.rec.State().Spooled < 400*333 })
	release()
	if missing := d.finish(); missing > 40 {
		t.Errorf("%d frames are missing", missing)
	}
	records, _, err := readJournals(d.set.List[0].Root)
	if err != nil || !strings.Contains(kinds(records), "seg") {
		t.Errorf("the disk's own journal: %q, %v", kinds(records), err)
	}
}

// TestAnIllVolumeIsGivenFree: whoever mends a disk unmounts it, which a lock that is held
// there would keep from. It is taken again when it is well.
func TestAnIllVolumeIsGivenFree(t *testing.T) {
	var mu sync.Mutex
	held := map[string]bool{}
	set := func(root string, yes bool) {
		mu.Lock()
		defer mu.Unlock()
		held[filepath.Base(root)] = yes
	}
	is := func(name string) bool {
		mu.Lock()
		defer mu.Unlock()
		return held[name]
	}
	d := newDisks(t, func(s *recording.Volumes, _ *recording.Recorder) {
		s.HungAfter = 0 // what is given free is looked for as often as what hangs
		s.Lock = func(root string) error { set(root, true); return nil }
		s.Unlock = func(root string) { set(root, false) }
	})
	d.begin("runa")
	d.frames(100, 50)
	d.rec.Drain()
	if !is("main") || !is("b") {
		t.Fatal("not both volumes are locked")
	}
	d.disk[""].set(func(string, string) error { return unix.EROFS })
	await(t, "the disk to be given free", func() bool {
		d.frames(10, 50)
		d.rec.Drain()
		d.set.List[0].Fail(unix.EROFS)
		return !is("main")
	})
	if !is("b") {
		t.Error("the disk that is well is given free, too")
	}
	d.disk[""].set(nil)
	await(t, "the disk to be taken again", func() bool { return is("main") && d.set.List[0].Space().State != space.Failing })
	d.stream.End(d.wall, media.CauseNetwork)
}

// TestALostMountIsNotFilled: a volume whose marker is gone is left, and at a start not
// begun with.
func TestALostMountIsNotFilled(t *testing.T) {
	d := newDisks(t, nil)
	d.begin("runa")
	d.frames(100, 50)
	d.rec.Drain()
	if err := os.Rename(filepath.Join(d.root, "main", marker.FileName), filepath.Join(d.root, "kept")); err != nil {
		t.Fatal(err)
	}
	await(t, "the mount to be missed", func() bool { return d.set.List[0].Space().State == space.Away })
	d.frames(200, 50)
	if d.rec.Drain(); d.where() != "b" {
		t.Errorf("it writes to %q", d.where())
	}
	// It is mounted again: its journal tells of its segment.
	if err := os.Rename(filepath.Join(d.root, "kept"), filepath.Join(d.root, "main", marker.FileName)); err != nil {
		t.Fatal(err)
	}
	await(t, "the mount to be back", func() bool { return d.set.List[0].Space().State == space.OK })
	if missing := d.finish(); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	d.set.Close()
	// At a start the folder is empty, as below a mount point.
	for _, m := range [][2]string{{"main", "disk"}} {
		if err := os.Rename(filepath.Join(d.root, m[0]), filepath.Join(d.root, m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(d.root, "main"), 0o750); err != nil {
		t.Fatal(err)
	}
	d.start(nil)
	d.begin("runb")
	d.frames(100, 50)
	if d.rec.Drain(); d.where() != "b" {
		t.Errorf("it writes to %q", d.where())
	}
	d.stream.End(d.wall, media.CauseNetwork)
	d.rec.Close()
	if entries, err := os.ReadDir(filepath.Join(d.root, "main")); err != nil || len(entries) != 0 {
		t.Errorf("the mount point was filled: %v, %v", entries, err)
	}
}

// TestAllVolumesFull: then the camera stops with a cause, and goes on by itself.
func TestAllVolumesFull(t *testing.T) {
	d := newDisks(t, nil)
	d.begin("runa")
	d.frames(100, 50)
	d.rec.Drain()
	fill := func(f func(step, _ string) error) {
		for _, disk := range d.disk {
			disk.set(f)
		}
	}
	fill(func(step, _ string) error {
		if step == "write" || step == "create" || step == "sync" {
			return unix.ENOSPC
		}
		return nil
	})
	await(t, "the recording to stop", func() bool {
		d.frames(10, 50)
		d.rec.Drain()
		return d.rec.State().Cause == media.CauseDiskFull && d.set.Space().State == space.Full
	})
	fill(nil)
	await(t, "the recording to go on", func() bool {
		d.frames(10, 50)
		d.rec.Drain()
		return d.rec.State().Recording
	})
	d.frames(100, 50)
	if missing := d.finish(); missing == 0 {
		t.Error("nothing is missing although no disk took anything")
	}
	if words := kinds(d.journal()); strings.Count(words, "gap:disk_full") != 1 {
		t.Errorf("journals %q", words)
	}
}

// TestTheLeastImportantStopFirst: by priority a camera stops while others still have room.
func TestTheLeastImportantStopFirst(t *testing.T) {
	var st unix.Statfs_t
	if err := unix.Statfs(t.TempDir(), &st); err != nil {
		t.Fatal(err)
	}
	free := int64(st.Bavail) * st.Bsize
	for _, c := range []struct {
		policy   recording.WhenFull
		priority int
		records  bool
	}{{recording.ByPriority, 1, false}, {recording.ByPriority, 0, true}, {recording.ByPriority, 9, true}, {recording.Ask, 1, true}} {
		d := newDisks(t, func(s *recording.Volumes, r *recording.Recorder) {
			s.WhenFull = c.policy
			for _, v := range s.List {
				v.Reserve = free / 4
			}
			r.SetPriority(c.priority)
		})
		d.begin("runa")
		d.frames(100, 50)
		d.rec.Drain()
		if s := d.rec.State(); s.Recording != c.records || !c.records && s.Cause != media.CauseDiskFull {
			t.Errorf("%s, priority %d: %+v", c.policy, c.priority, s)
		}
		d.rec.SetPriority(9) // somebody makes it more important
		d.frames(100, 50)
		if d.rec.Drain(); !d.rec.State().Recording {
			t.Errorf("%s: it does not go on with priority 9", c.policy)
		}
		d.stream.End(d.wall, media.CauseNetwork)
		d.rec.Close()
	}
}

// TestCamerasAreSpreadAndStay: new ones go where there is most room for each, old ones
// where they were.
func TestCamerasAreSpreadAndStay(t *testing.T) {
	d := newDisks(t, nil)
	var all []*recording.Recorder
	record := func(camera string) string {
		r := &recording.Recorder{Camera: camera, Volumes: d.set}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
		return r.Volume.Name
	}
	count := map[string]int{}
	for _, camera := range []string{"cam2", "cam3", "cam4"} { // cam1 is there
		count[record(camera)]++
	}
	if count[""] != 1 || count["b"] != 2 {
		t.Errorf("spread %v", count)
	}
	was := map[string]string{}
	for _, r := range all {
		was[r.Camera] = r.Volume.Name
		r.Close()
	}
	all = nil
	for _, camera := range []string{"cam4", "cam3", "cam2"} {
		if at := record(camera); at != was[camera] {
			t.Errorf("%s was on %q and is on %q", camera, was[camera], at)
		}
	}
	for _, r := range all {
		r.Close()
	}
}

// TestAnEmptyVolumeIsDoubted: the first start after an upgrade finds no marker
// anywhere, and the catalogue knows of recordings that are not there.
func TestAnEmptyVolumeIsDoubted(t *testing.T) {
	d := newDisks(t, nil)
	d.set.Doubt(func(volume string) bool { return volume == "b" })
	if a, b := d.set.List[0].Space(), d.set.List[1].Space(); a.State != space.OK || b.State != space.Away {
		t.Errorf("volumes %+v, %+v", a, b)
	}
}

// TestWhatACrashLeftOnAnyVolume is taken in by the volume's own journal.
func TestWhatACrashLeftOnAnyVolume(t *testing.T) {
	d := newDisks(t, nil)
	d.begin("runa")
	d.frames(200, 50)
	d.stream.End(d.wall, media.CauseNetwork)
	d.rec.Close()
	closed := d.on("main")[0]
	to := filepath.Join(d.root, "b", strings.TrimPrefix(closed, filepath.Join(d.root, "main"))+segment.PartExt)
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(closed, to); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(d.root, "main", "cam1")); err != nil {
		t.Fatal(err)
	}
	d.set.Close()
	d.start(nil)
	d.begin("runb")
	if missing := d.finish(); missing != 0 {
		t.Errorf("%d frames are missing", missing)
	}
	if len(d.on("b")) != 1 {
		t.Errorf("on b: %q", d.on("b"))
	}
}

// A disk that has not been asked yet is not one that fails: every start would begin
// with an alarm.
func TestAStartTellsOfNoFault(t *testing.T) {
	var mu sync.Mutex
	told := map[string][]space.State{}
	newDisks(t, func(s *recording.Volumes, _ *recording.Recorder) {
		s.OnSpace = func(v *recording.Volume, space space.Space) {
			mu.Lock()
			defer mu.Unlock()
			told[v.Name] = append(told[v.Name], space.State)
		}
	})
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"", "b"} {
		if len(told[name]) == 0 || slices.Contains(told[name], space.Failing) {
			t.Errorf("volume %q told %v at its start", name, told[name])
		}
	}
}

// TestAFailingMountThatIsTakenAway: whoever mends a disk unmounts it, and the folder below
// takes everything. What is begun before the next look at the volumes must not go there.
func TestAFailingMountThatIsTakenAway(t *testing.T) {
	d := newDisks(t, func(s *recording.Volumes, _ *recording.Recorder) {
		s.List = s.List[:1]
		s.List[0].SyncInterval = time.Hour // nobody looks by himself
	})
	d.begin("runa")
	d.frames(100, 25)
	d.rec.Drain()
	d.disk[""].set(func(string, string) error { return unix.EROFS })
	await(t, "the recording to stop", func() bool {
		d.frames(10, 25)
		d.rec.Drain()
		return !d.rec.State().Recording
	})
	mount, disk := filepath.Join(d.root, "main"), filepath.Join(d.root, "disk")
	swap := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	swap(mount, disk)
	if err := os.Mkdir(mount, 0o750); err != nil {
		t.Fatal(err)
	}
	d.disk[""].set(nil)
	d.frames(100, 25)
	d.rec.Drain()
	if entries, err := os.ReadDir(mount); err != nil || len(entries) != 0 {
		t.Errorf("the mount point was filled: %v, %v", entries, err)
	}
	if err := os.RemoveAll(mount); err != nil {
		t.Fatal(err)
	}
	swap(disk, mount)
	d.set.List[0].Fail(unix.EIO) // somebody looks
	await(t, "the recording to go on", func() bool {
		d.frames(10, 25)
		d.rec.Drain()
		return d.rec.State().Recording
	})
	d.stream.End(d.wall, media.CauseNetwork)
	d.rec.Close()
}

// TestOnlyTheChosenGoOn: on a disk that is full nothing is recorded until somebody has
// chosen; then the chosen camera is recorded into what is kept in reserve, and another is
// not, although a little room has come back.
func TestOnlyTheChosenGoOn(t *testing.T) {
	clause.Covers(t, "C090")
	var st unix.Statfs_t
	if err := unix.Statfs(t.TempDir(), &st); err != nil {
		t.Fatal(err)
	}
	free := int64(st.Bavail) * st.Bsize
	for _, c := range []struct {
		name    string
		reserve int64
		chosen  map[string]bool
		records bool
	}{
		{"full, and nobody has chosen", free * 2, nil, false},
		{"full, and chosen", free * 2, map[string]bool{"cam1": true}, true},
		{"full, and another is chosen", free * 2, map[string]bool{"cam2": true}, false},
		{"the reserve is used, too", free * 8, map[string]bool{"cam1": true}, false},
		{"some room, and nobody has chosen", free / 2, nil, true},
		{"some room, and another is chosen", free / 2, map[string]bool{"cam2": true}, false},
	} {
		d := newDisks(t, func(s *recording.Volumes, _ *recording.Recorder) {
			for _, v := range s.List {
				v.Reserve = c.reserve
			}
			s.Decide(func() recording.Standing { return recording.Standing{WhenFull: recording.Ask, Record: c.chosen} })
		})
		d.begin("runa")
		d.frames(100, 50)
		d.rec.Drain()
		if s := d.rec.State(); s.Recording != c.records || !c.records && s.Cause != media.CauseDiskFull {
			t.Errorf("%s: %+v", c.name, s)
		}
		d.stream.End(d.wall, media.CauseNetwork)
		d.rec.Close()
	}
}
