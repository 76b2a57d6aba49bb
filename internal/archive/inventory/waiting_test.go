package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/dbtest"
)

// about is a line of another kind about a segment that a journal tells of.
func (s *site) about(camera, volume, file, kind string, to *string) {
	s.t.Helper()
	day := filepath.Base(filepath.Dir(file))
	records, _, _, err := journal.Read(s.path(volume, camera, day, journal.FileName), 0, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range records {
		if r.Kind == journal.KindSegment && r.File == file {
			r.Kind, r.At, r.To = kind, s.now.UnixMicro(), to
			if kind == journal.KindTombstone {
				r.Ground, r.Authority = journal.GroundMaximum, "rule"
			}
			s.line(camera, volume, r)
			return
		}
	}
	s.t.Fatalf("no line of %s", file)
}

// TestLinesThatWaitAreNoFindings: after a stop or a kill the last lines stand in the
// journals, and the catalogue takes them in at the next start.
func TestLinesThatWaitAreNoFindings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t)
		old := []string{s.record("cam1", "main", true), s.record("cam1", "main", true), s.record("cam1", "b", true)}
		s.rebuild(d)
		if sum, found := s.check(d, false); sum.Found != 0 || sum.Waiting != 0 || sum.Segments != 3 {
			t.Fatalf("before: %+v %q", sum, found)
		}
		late := s.record("cam1", "b", true)                         // closed
		s.record("cam3", "main", true)                              // of a camera that the catalogue never heard of
		s.about("cam1", "main", old[0], journal.KindTombstone, nil) // removed, and so is its file
		if err := os.Remove(s.path("main", old[0])); err != nil {
			t.Fatal(err)
		}
		vault := "vault" // moved
		s.about("cam1", "main", old[1], journal.KindMove, &vault)
		if err := os.MkdirAll(filepath.Dir(s.path("vault", old[1])), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(s.path("main", old[1]), s.path("vault", old[1])); err != nil {
			t.Fatal(err)
		}
		sum, found := s.check(d, false)
		if sum.Found != 0 || sum.Waiting != 4 || sum.Segments != 4 || sum.Cameras != 2 {
			t.Errorf("%+v %q", sum, found)
		}

		// A file behind such a line is looked at like any other, and one without a line,
		// or whose line was taken in and whose row is gone, is a finding.
		b, err := os.ReadFile(s.path("b", late))
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		s.put(filepath.Join("b", late), string(b))
		s.record("cam1", "main", false)
		sum, found = s.check(d, false)
		if sum.Found != 2 || !strings.HasPrefix(found[0], "damaged: b: ") || !strings.HasPrefix(found[1], "unlisted: ") {
			t.Errorf("%+v %q", sum, found)
		}
		if err := os.Remove(s.path("b", late)); err != nil {
			t.Fatal(err)
		}
		if _, found = s.check(d, true); !strings.HasPrefix(found[0], "missing: b: ") {
			t.Errorf("%q", found)
		}
	})
}

// TestALineOfAnotherCameraWaitsForNobody: a folder was copied.
func TestALineOfAnotherCameraWaitsForNobody(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	s.record("cam1", "main", true)
	s.rebuild(d)
	s.line("cam1", "main", journal.Record{Kind: journal.KindSegment, At: 1, Run: "r", Segment: &segment.Closed{File: "cam2/2026-03-01/cam2_20260301T200000.000000Z_run1.mp4"}})
	if sum, found := s.check(d, false); sum.Found != 0 || sum.Segments != 1 {
		t.Errorf("%+v %q", sum, found)
	}
}

// TestARemovedFileThatComesBack, such as from a copy: a rebuilt catalogue has the removal
// finished once more, and no row of it.
func TestARemovedFileThatComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t)
		gone, kept := s.record("cam1", "main", true), s.record("cam1", "main", true)
		s.about("cam1", "main", gone, journal.KindTombstone, nil)
		s.rebuild(d)
		c := s.catalogue(d)
		left, err := c.Unfinished(t.Context(), "", 10)
		if err != nil || len(left) != 1 {
			t.Fatalf("%+v, %v", left, err)
		}
		if err := c.Finish(t.Context(), []string{gone}, 1); err != nil {
			t.Fatal(err)
		}
		_, found := s.rebuild(d)
		if len(found) != 1 || !strings.HasPrefix(found[0], "unlisted: ") {
			t.Errorf("%q", found)
		}
		left, err = c.Unfinished(t.Context(), "", 10)
		if err != nil || len(left) != 1 || left[0].File != gone {
			t.Errorf("%+v, %v", left, err)
		}
		if rows := dump(t, d); len(rows) == 0 || !strings.Contains(rows[0], kept) || strings.Contains(strings.Join(rows, "\n"), gone+" ") {
			t.Errorf("%q", rows)
		}
	})
}

// TestJournalsComeBackFromATier: one that is lost as a whole byte by byte, so that every
// line stands where it stood; lines that come back behind others say so, and only once.
func TestJournalsComeBackFromATier(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	s.fill(d)
	day := "2026-03-01"
	first, second := s.path("main", "cam1", day, journal.FileName), s.path("b", "cam1", day, journal.FileName)
	read := func(path string) string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	whole, other := read(first), read(second)
	lines := strings.SplitAfter(whole, "\n")
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	s.put(filepath.Join("main", "cam1", day, journal.FileName), strings.Join(lines[2:], "")) // the first two are lost
	for range 2 {                                                                            // once more changes nothing
		s.rebuild(d)
		if read(second) != other {
			t.Error("a journal that was lost as a whole is another")
		}
		now := strings.SplitAfter(read(first), "\n")
		if len(now) != len(lines) || !strings.HasPrefix(strings.Join(now, ""), strings.Join(lines[2:], "")) {
			t.Fatalf("%d lines, were %d", len(now), len(lines))
		}
		for i, line := range now[:len(now)-1] {
			if came := i >= len(lines)-3; strings.Contains(line, `"again":true`) != came {
				t.Errorf("line %d: %s", i, line)
			}
		}
	}
}

// TestWhatACheckFindsStays where the room sees it, until a check finds it right again.
func TestWhatACheckFindsStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t)
		files := []string{s.record("cam1", "main", true), s.record("cam1", "main", true), s.record("cam2", "b", true), s.record("cam2", "b", true)}
		s.rebuild(d)
		stands := func(what string, want ...string) {
			t.Helper()
			all, err := damage.Standing(t.Context(), d.Read())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range all {
				got = append(got, fmt.Sprint(x.Kind, " ", x.File, " ", x.FoundBy))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		s.check(d, false)
		stands("all is well")
		whole, err := os.ReadFile(s.path("main", files[0]))
		if err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(whole)
		changed[len(changed)/2] ^= 1
		s.put(filepath.Join("main", files[0]), string(changed))
		if err := os.Rename(s.path("b", files[2]), s.path("gone")); err != nil {
			t.Fatal(err)
		}
		found := []string{"altered " + files[0] + " check", "missing " + files[2] + " check"}
		s.check(d, false)
		stands("a byte and a file", found...)
		s.check(d, true) // which reads nothing, and so says nothing of the byte
		stands("looked at quickly", found...)
		s.put(filepath.Join("main", files[0]), string(whole))
		s.check(d, true)
		stands("mended, and not read", found...)
		s.check(d, false)
		stands("mended", found[1])
		if err := os.Rename(s.path("gone"), s.path("b", files[2])); err != nil {
			t.Fatal(err)
		}
		s.check(d, false)
		stands("back")
	})
}
