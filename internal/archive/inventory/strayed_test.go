package inventory_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/db"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatStrayed: a check says where footage lies that is missing in its place, in another
// camera's folder or in a quarantine; a rebuild brings it back.
func TestWhatStrayed(t *testing.T) {
	clause.Covers(t, "C091")
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	var files []string
	for range 3 {
		files = append(files, s.record("yard", "main", true))
	}
	s.record("cam1", "main", true)
	s.rebuild(d)
	move := func(i int, dir, prefix string) {
		t.Helper()
		err := os.MkdirAll(s.path("main", dir), 0o750)
		if err == nil {
			err = os.Rename(s.path("main", files[i]), s.path("main", dir, prefix+filepath.Base(files[i])))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	move(0, "cam1/2026-03-01", "")
	move(1, "cam1/"+leftover.QuarantineDir, "2026-03-01_")
	move(2, "yard/2026-02-01", "")
	_, found := s.check(d, false)
	for i, at := range []string{"cam1/2026-03-01/", "cam1/" + leftover.QuarantineDir + "/2026-03-01_", "yard/2026-02-01/"} {
		if !slices.ContainsFunc(found, func(f string) bool {
			return strings.HasPrefix(f, "missing: ") && strings.Contains(f, files[i]) && strings.Contains(f, at+filepath.Base(files[i]))
		}) {
			t.Errorf("not told that %s lies in %s:\n%s", files[i], at, strings.Join(found, "\n"))
		}
	}
	if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, "it belongs to camera yard") }) {
		t.Errorf("%q", found)
	}
	res, found := s.rebuild(d)
	if res.Back != 3 || res.Missing != 0 || res.Segments != 4 || res.Quarantined != 0 || len(found) != 0 {
		t.Errorf("%+v %q", res, found)
	}
	if sum, found := s.check(d, false); sum.Segments != 4 || len(found) != 0 {
		t.Errorf("%+v %q", sum, found)
	}
}

// TestForeignFoldersAreNoCameras, whatever lies in them.
func TestForeignFoldersAreNoCameras(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	good := s.record("cam1", "main", true)
	s.rebuild(d)
	b, err := os.ReadFile(s.path("main", good))
	if err != nil {
		t.Fatal(err)
	}
	s.put("main/backup/2026-03-01/"+filepath.Base(good), string(b)) // as of a copy
	s.put("main/backup/2026-03-01/journal.jsonl.bak", "")
	s.put("main/logs/journal.jsonl", "of another program")
	sum, found := s.check(d, false)
	if sum.Cameras != 1 || len(found) != 2 {
		t.Errorf("%+v %q", sum, found)
	}
}

// TestAFolderCalledLikeASegment is named before a start sets it aside.
func TestAFolderCalledLikeASegment(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	good := s.record("cam1", "main", true)
	s.rebuild(d)
	like := strings.Replace(good, "_run1.", "_other.", 1)
	if like == good {
		t.Fatal(good)
	}
	if err := os.Mkdir(s.path("main", like), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, found := s.check(d, false); len(found) != 1 || !strings.HasPrefix(found[0], "foreign: ") || !strings.Contains(found[0], filepath.Base(like)) {
		t.Errorf("%q", found)
	}
}
