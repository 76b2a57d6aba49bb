package inventory_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/dbtest"
)

// TestAJournalThatCannotBeRead is named by check and rebuild, which go on: the other days and
// cameras are as they were, and of its day what the segments tell.
func TestAJournalThatCannotBeRead(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o750) },
		"a link":   func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.Open(t, db.SQLite)
			s := newSite(t)
			first := s.record("cam1", "main", true)
			s.now = s.now.Add(24 * time.Hour)
			s.record("cam1", "main", true)
			s.record("cam2", "b", true)
			if res, found := s.rebuild(d); res.Segments != 3 || len(found) != 0 {
				t.Fatalf("%+v, %q", res, found)
			}
			want := dump(t, d)
			path := s.path("main", "cam1", "2026-03-01", journal.FileName)
			if err := os.Rename(path, s.path("kept")); err != nil {
				t.Fatal(err)
			}
			for _, p := range []string{path, s.path("main", journal.Node, "2026-03-01", journal.FileName), s.path("b", "cam2", "2026-02-01", journal.FileName)} {
				if err := os.MkdirAll(strings.TrimSuffix(p, journal.FileName), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := put(p); err != nil {
					t.Fatal(err)
				}
			}
			unread := []string{`unread: b: "cam2/2026-02-01/journal.jsonl": not a regular file`, `unread: recording.folder: ".node/2026-03-01/journal.jsonl": not a regular file`,
				`unread: recording.folder: "cam1/2026-03-01/journal.jsonl": not a regular file`}
			_, found := s.check(d, false)
			if diff := cmp.Diff(append([]string{`no_line: recording.folder: "` + first + `"`}, unread...), found); diff != "" {
				t.Errorf("check: %s", diff)
			}
			fresh := dbtest.Open(t, db.SQLite)
			res, found := s.rebuild(fresh)
			slices.Sort(found)
			found = slices.DeleteFunc(found, func(f string) bool { return strings.Contains(f, journal.Aside) })
			if diff := cmp.Diff(unread, found); diff != "" || res.Segments != 3 || res.Adopted != 1 {
				t.Errorf("rebuild: %+v, %s", res, diff)
			}
			var got []string
			for _, row := range dump(t, fresh) { // that it was made whole is told of it
				got = append(got, row[:strings.LastIndexByte(row, ' ')])
			}
			for i := range want {
				want[i] = want[i][:strings.LastIndexByte(want[i], ' ')]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if again, found := s.rebuild(fresh); again.Adopted != 0 || again.Segments != 3 {
				t.Errorf("a second time: %+v, %q", again, found)
			}
		})
	}
}

// TestAJournalOfNothing: of the bytes that a file system lost, or somebody put there, check and
// rebuild say that they are no lines; and what stands where a day of the recorder's journal
// should be is named.
func TestAJournalOfNothing(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	s.record("cam1", "main", true)
	s.record("cam2", "main", true)
	if _, found := s.rebuild(d); len(found) != 0 {
		t.Fatalf("%q", found)
	}
	put := func(size int64, parts ...string) {
		t.Helper()
		path := s.path(parts...)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		st, err := f.Stat()
		if err == nil {
			err = f.Truncate(st.Size() + size)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(3<<30, "main", "cam1", "2026-02-01", journal.FileName)
	put(100, "main", "cam1", "2026-02-02", journal.FileName)
	put(0, "main", "cam1", "2026-02-03", journal.FileName)
	put(2<<20, "main", "cam2", "2026-03-01", journal.FileName) // behind its lines
	put(3<<30, "main", journal.Node, "2026-02-01", journal.FileName)
	put(17<<20, "main", "cam1", "2026-02-04", journal.FileName) // begun anew
	put(9, "main", "cam1", "2026-02-04", journal.Aside+"1")
	if err := unix.Mkfifo(s.path("main", journal.Node, "2026-02-02"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(s.path("main", journal.Node, "notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`unread: recording.folder: ".node/2026-02-01/journal.jsonl": 3221225472 bytes of it are no lines`,
		`unread: recording.folder: ".node/2026-02-02": not a folder`,
		`unread: recording.folder: "cam1/2026-02-01/journal.jsonl": 3221225472 bytes of it are no lines`,
		`unread: recording.folder: "cam1/2026-02-02/journal.jsonl": it holds no line`,
		`unread: recording.folder: "cam2/2026-03-01/journal.jsonl": 2097152 bytes of it are no lines`,
	}
	aside := func(f string) bool { return strings.Contains(f, journal.Aside) }
	_, found := s.check(d, false)
	if diff := cmp.Diff(want, slices.DeleteFunc(found, aside)); diff != "" {
		t.Errorf("check: %s", diff)
	}
	_, found = s.rebuild(d)
	slices.Sort(found)
	if diff := cmp.Diff(want, slices.DeleteFunc(found, aside)); diff != "" {
		t.Errorf("rebuild: %s", diff)
	}
}
