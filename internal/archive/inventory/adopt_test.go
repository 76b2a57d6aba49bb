package inventory_test

import (
	"errors"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/inventory"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// plant puts a segment of a run that no journal knows beside the others.
func (s *site) plant(camera, volume string) (file string) {
	s.t.Helper()
	s.now = s.now.Add(time.Minute) // behind what is there: a run may go on from another without a word
	was := s.record(camera, volume, false)
	file = strings.Replace(was, "_run1.", "_other.", 1)
	if err := os.Rename(s.path(volume, was), s.path(volume, file)); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// TestWhatARebuildCannotProveIsMarked: as at a start, what nothing shows to be a recorder's
// is taken in and marked; the log is asked where the journals do not tell.
func TestWhatARebuildCannotProveIsMarked(t *testing.T) {
	clause.Covers(t, "C091")
	for _, c := range []struct {
		name     string
		journals bool // there are some of the camera
		planted  bool
		watched  bool // they tell of seals
		log      bool // there is one
		told     bool // and it tells of the segment
		other    bool // but of other bytes
		unproved bool
	}{
		{name: "its own, of a line that is lost", journals: true},
		{name: "its own, that had to be sealed", journals: true, watched: true, unproved: true},
		{name: "of no run", journals: true, planted: true, unproved: true},
		{name: "of no run, by the log", journals: true, planted: true, log: true, unproved: true},
		{name: "of no run, and in the log", journals: true, planted: true, log: true, told: true},
		{name: "of no run, and another in the log", journals: true, planted: true, log: true, told: true, other: true, unproved: true},
		{name: "without journals", planted: true},
		{name: "without journals, by the log", planted: true, log: true, unproved: true},
		{name: "without journals, and in the log", planted: true, log: true, told: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.Open(t, db.SQLite)
			s := newSite(t)
			if c.journals {
				s.record("cam1", "main", true)
			}
			if c.watched {
				s.line("cam1", "main", journal.Record{Kind: journal.KindSeal, At: 1, Sealed: &journal.Sealed{File: "x", Parts: 1}})
			}
			var file string
			if c.planted {
				file = s.plant("cam1", "b")
			} else {
				file = s.record("cam1", "b", false)
			}
			r := inventory.Rebuild{Places: s.places(d), Catalogue: s.catalogue(d), Scratch: s.path("scratch"), Clock: s.clock()}
			if c.log {
				r.Told = s.log(file, c.told, c.other)
			}
			res, err := r.Run(t.Context())
			if err != nil || res.Adopted != 1 || (res.Unproved == 1) != c.unproved {
				t.Errorf("%+v, %v", res, err)
			}
			var found []damage.Damage
			if err := d.Read().NewSelect().Model(&found).Scan(t.Context()); err != nil {
				t.Fatal(err)
			}
			if marked := len(found) == 1 && found[0].File == file && found[0].Kind == damage.Unproved; marked != c.unproved {
				t.Errorf("noted: %+v", found)
			}
			var all []archive.Segment
			if err := d.Read().NewSelect().Model(&all).Where("file = ?", file).Scan(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("taken in: %+v, %v", all, err)
			}
			if again, err := r.Run(t.Context()); err != nil || again.Adopted != 0 {
				t.Errorf("a second time: %+v, %v", again, err)
			}
		})
	}
}

// log is one that tells of a segment on the volume b, or of none, and then cannot be read on.
func (s *site) log(file string, tells, other bool) iter.Seq2[[]byte, error] {
	s.t.Helper()
	f, err := os.Open(s.path("b", file))
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := segment.Hash(f, st.Size())
	if err != nil {
		s.t.Fatal(err)
	}
	name, _, err := segment.ParseName(file)
	if err != nil {
		s.t.Fatal(err)
	}
	e := leaf.Segment{Camera: "cam1", Start: name.Start, End: name.Start + 300_000_000, Run: name.Run, File: file, Bytes: d.Bytes,
		Parts: int64(d.Parts), Frames: 3, Root: d.Root, Place: leaf.Place{Day: "2026-03-01"}}
	if other {
		e.Root[0] ^= 1
	}
	if !tells {
		e.File = strings.Replace(file, "200", "210", 1)
	}
	b, err := leaf.Encode(&e)
	if err != nil {
		s.t.Fatal(err)
	}
	return func(yield func([]byte, error) bool) {
		if yield([]byte("no entry"), nil) && yield(b, nil) {
			yield(nil, errors.New("a tile is gone"))
		}
	}
}
