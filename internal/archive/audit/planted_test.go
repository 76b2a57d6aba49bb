package audit_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/archive/audit"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestAFileWithAYoungTime: whoever puts a file among the footage gives it whatever time they
// like, as often as they like. It is named at once where the log tells of later footage of the
// camera. What a recorder has just closed, and what it makes whole at a start, is not.
func TestAFileWithAYoungTime(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	first, last := s.segments[0], s.segments[len(s.segments)-2] // of one camera
	now := s.now.Add(59 * time.Minute)
	put := func(start int64, run string) string {
		t.Helper()
		file := segment.Name{Camera: "cam1", Start: start, Run: run}.Path()
		b, err := os.ReadFile(filepath.Join(s.root, first.File))
		s.must(err)
		s.must(os.WriteFile(filepath.Join(s.root, file), b, 0o600))
		s.must(os.Chtimes(filepath.Join(s.root, file), now, now))
		return file
	}
	planted, closed, left := put(first.End+1e6, "runa"), put(last.End+1e6, "runa"), put(first.End+2e6, "runa")
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	told := first
	told.File, told.Start, told.End = left, first.End+2e6, first.End+3e6
	s.must(w.Append(now.UnixMicro(), journal.Record{Kind: journal.KindSegment, At: told.End, Run: "runa", Segment: &told}))
	w.Close()
	var all []audit.Finding
	var found, waits []string
	a := s.audit(&all)
	a.Waits = func(f audit.Finding) { waits = append(waits, string(f.Kind)+" "+f.File) }
	_, err := a.Run(t.Context())
	s.must(err)
	for _, f := range all {
		found = append(found, string(f.Kind)+" "+f.File)
	}
	slices.Sort(waits)
	want := []string{"file_unknown " + left, "file_unknown " + closed}
	if !slices.Equal(found, []string{"file_unknown " + planted}) || !slices.Equal(waits, want) {
		t.Errorf("found %q, on the way %q", found, waits)
	}
}
