package inventory_test

import (
	"os"
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
