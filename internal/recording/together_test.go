package recording_test

import (
	"maps"
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
)

// told are the journals of the volumes.
func (d *disks) told() map[string][]journal.Record {
	d.t.Helper()
	out := map[string][]journal.Record{}
	for _, v := range d.set.List {
		records, _, err := readJournals(v.Root)
		if err != nil {
			d.t.Fatal(err)
		}
		out[v.Name] = records
	}
	return out
}

// TestASuccessorAmongSeveralVolumes: the predecessor dies with a segment open on each
// volume, and while the successor still waits for its end the disk it writes to hangs.
// No journal grows before, and then all of it is told, each segment beside its file.
func TestASuccessorAmongSeveralVolumes(t *testing.T) {
	// No segment ends while the disk is waited for, however long.
	d := newDisks(t, func(_ *recording.Volumes, r *recording.Recorder) { r.SegmentLength = 24 * time.Hour })
	d.begin("run1")
	d.frames(100, 50)
	d.rec.Drain()
	d.rec.Seal()
	d.rec.Drain()
	d.disk[""].set(func(step, _ string) error {
		switch step {
		case "sync":
			return unix.ENOSPC
		case "close":
			return unix.EIO // its segment stays open
		}
		return nil
	})
	await(t, "another volume", func() bool {
		d.frames(50, 50)
		d.rec.Drain()
		return d.where() == "b"
	})
	root := copyFolder(t, d.root) // as the process leaves it
	wall, tick := d.wall, d.tick
	d.stream.End(d.wall, media.CauseNetwork)
	d.rec.Close()

	earlier := make(chan struct{})
	newest := ""
	next := &disks{rig: &rig{t: t, root: root, wall: wall, tick: tick}}
	next.start(func(s *recording.Volumes, r *recording.Recorder) {
		soonHung(s, r)
		r.Earlier, r.OnEarlier = earlier, func(run string) { newest = run }
	})
	before := next.told()
	left := next.files(segment.PartExt)
	if len(left) != 2 {
		t.Fatalf("left open: %q", left)
	}
	next.begin("run2")
	next.frames(100, 50)
	next.rec.Drain()
	if newest != "run1" {
		t.Errorf("the latest run before was %q", newest)
	}
	begun := next.where()
	next.rec.Seal()
	next.rec.Drain()
	release := sync.OnceFunc(next.disk[begun].stall())
	defer release()
	next.frames(60, 50)
	await(t, "another volume", func() bool {
		next.frames(1, 50)
		return next.where() != begun && next.where() != "none"
	})
	next.frames(25*70, 50) // a segment is closed meanwhile
	await(t, "the spool to drain", func() bool { return next.rec.State().Recording && next.rec.State().Spooled < 400*333 })
	for name, records := range next.told() {
		if a, b := kinds(before[name]), kinds(records); a != b {
			t.Errorf("while it waits the journal of %q grows from %q to %q", name, a, b)
		}
	}
	for _, path := range left {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("while it waits: %v", err)
		}
	}
	close(earlier)
	release()
	await(t, "the disk to answer", func() bool { return !next.set.Volume(begun).Hangs() })
	if missing := next.finish(); missing > 20 { // the last part of the predecessor was in no file yet
		t.Errorf("%d frames are missing", missing)
	}
	if open := next.files(segment.PartExt); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
	runs := map[string]bool{}
	for name, records := range next.told() {
		for _, r := range records {
			if r.Kind != journal.KindSegment {
				continue
			}
			runs[r.Run+" "+name] = true
			if r.Recovered != (r.Run == "run1") || r.Altered || r.Short != 0 {
				t.Errorf("on %q: %+v", name, r.Segment)
			}
		}
	}
	if want := map[string]bool{"run1 ": true, "run1 b": true, "run2 ": true, "run2 b": true}; !maps.Equal(runs, want) {
		t.Errorf("segments: %v", runs)
	}
}

// TestSealsStayBesideTheirSegment: also where the journal takes nothing until another
// volume is written to, and where the disk hangs in the middle of a seal.
func TestSealsStayBesideTheirSegment(t *testing.T) {
	for _, how := range []string{"full", "hung"} {
		t.Run(how, func(t *testing.T) {
			// No segment ends while this waits, however long: one that has just begun may
			// have no part yet, and nothing to be sealed.
			d := newDisks(t, func(s *recording.Volumes, r *recording.Recorder) {
				soonHung(s, r)
				r.SegmentLength = 24 * time.Hour
			})
			d.begin("runa")
			d.frames(100, 50)
			d.rec.Drain()
			begun := d.where() // not always the first: see below
			release := func() {}
			if how == "hung" {
				release = sync.OnceFunc(d.disk[begun].stall())
				defer release()
				d.rec.Seal()
			} else {
				d.disk[begun].set(func(step, _ string) error {
					if step == "journal" {
						return unix.ENOSPC
					}
					return nil
				})
				d.rec.Seal()
			}
			await(t, "another volume", func() bool {
				d.frames(10, 50)
				return d.where() != "none" && d.where() != begun
			})
			// Sealed while the other takes nothing: a machine under load may answer so
			// slowly that this one is left, too, once there is another to go to.
			d.frames(100, 50)
			d.rec.Drain()
			d.rec.Seal()
			d.rec.Drain()
			d.disk[begun].set(nil)
			release()
			if missing := d.finish(); missing != 0 {
				t.Errorf("%d frames are missing", missing)
			}
			for name, records := range d.told() {
				dir := name
				if name == "" {
					dir = "main"
				}
				seals := sealsOf(records)
				if len(seals) == 0 {
					t.Errorf("the journal of %q says %q", name, kinds(records))
				}
				for _, s := range seals {
					path := filepath.Join(d.root, dir, s.File)
					if root := prefix(t, path, s.Parts); root != s.Root {
						t.Errorf("%s: %d parts are %s, sealed was %s", strings.TrimPrefix(path, d.root), s.Parts, root, s.Root)
					}
				}
			}
		})
	}
}
