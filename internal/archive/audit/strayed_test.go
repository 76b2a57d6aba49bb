package audit_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/db"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestAStrayFile is a remark, and all agrees.
func TestAStrayFile(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.must(os.WriteFile(filepath.Join(s.root, "cam1", "notes.txt"), nil, 0o600))
	var found, remarks []audit.Finding
	a := s.audit(&found)
	a.Remark = func(f audit.Finding) { remarks = append(remarks, f) }
	r, err := a.Run(t.Context())
	s.must(err)
	if len(found) != 0 || r.Findings != 0 || r.Remarks != 1 || len(remarks) != 1 || remarks[0].Kind != finding.FileStray || remarks[0].File != "cam1/notes.txt" || remarks[0].Detail != "in a camera's folder" {
		t.Errorf("found %v, remarks %v", found, remarks)
	}
}

// TestWhereItLies: a segment that is in the wrong folder or a quarantine is missing, and it
// is said where it lies.
func TestWhereItLies(t *testing.T) {
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	for i, dir := range []string{filepath.Join("cam2", "2026-11-28"), filepath.Join("cam1", leftover.QuarantineDir)} {
		name := filepath.Base(s.segments[2*i].File)
		if i == 1 {
			name = "2026-11-28_" + name
		}
		s.must(os.MkdirAll(filepath.Join(s.root, dir), 0o750))
		s.must(os.Rename(filepath.Join(s.root, s.segments[2*i].File), filepath.Join(s.root, dir, name)))
		var found []audit.Finding
		_, err := s.audit(&found).Run(t.Context())
		s.must(err)
		if !slices.ContainsFunc(found, func(f audit.Finding) bool {
			return f.Kind == finding.FileMissing && f.File == s.segments[2*i].File && strings.Contains(f.Detail, filepath.Join(dir, name))
		}) {
			t.Errorf("%s: %v", dir, found)
		}
	}
}
