package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/seal"
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

// TestLinesThatSomebodyPlanted: a line tells of a segment before its recorder does, calls one
// lost that is there, or moves one to where it is not. The line is named, and no honest file.
func TestLinesThatSomebodyPlanted(t *testing.T) {
	clause.Covers(t, "C093")
	leak.Check(t)
	const file = "cam1/2026-11-28/journal.jsonl "
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			plant func(s *site)
			want  []string
		}{
			"a segment that is recorded afterwards": {func(s *site) {
				at := s.now.Add(-30 * time.Minute)
				s.append(journal.Record{Kind: journal.KindSegment, At: at.UnixMicro() + 1000, Run: "runa", Segment: &segment.Closed{
					File: segment.Name{Camera: "cam1", Start: at.UnixMicro(), Run: "runa"}.Path(), Start: at.UnixMicro(), End: at.UnixMicro() + 1000, Bytes: 700, Parts: 1, Frames: 1, Root: strings.Repeat("ab", 32)}})
				s.record("cam1", at, 12)
				s.bring(18)
			}, []string{"line_strange 15 " + file}},
			"a segment that was recorded before": {func(s *site) {
				again := s.segments[0]
				again.Bytes, again.Root = 7, strings.Repeat("ab", 32)
				s.append(journal.Record{Kind: journal.KindSegment, At: again.End, Run: "runa", Segment: &again})
				s.bring(16)
			}, []string{"entry_twice 15 FILE "}},
			"a segment that is being written": {func(s *site) {
				at := s.now.Add(-30 * time.Minute)
				c := segment.Closed{File: segment.Name{Camera: "cam1", Start: at.UnixMicro(), Run: "runa"}.Path(), Start: at.UnixMicro(), End: at.UnixMicro() + 1000, Bytes: 700, Parts: 1, Frames: 1, Root: strings.Repeat("ab", 32)}
				s.must(os.WriteFile(filepath.Join(s.root, c.File)+segment.PartExt, []byte("x"), 0o600))
				s.append(journal.Record{Kind: journal.KindSegment, At: c.End, Run: "runa", Segment: &c})
				s.bring(16)
			}, []string{"line_strange 15 cam1/2026-11-28/cam1_20261128T113000.000000Z_runa.mp4 "}},
			"a loss of what is there": {func(s *site) {
				c := s.segments[0]
				s.append(journal.Record{Kind: journal.KindLost, At: s.now.UnixMicro(), Sealed: &journal.Sealed{File: c.File, Parts: 2, Bytes: 9, Root: c.Root}})
			}, []string{"line_strange -1 " + file}},
			"a loss that was believed": {func(s *site) {
				c := s.segments[0]
				s.must(s.d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return damage.Note(ctx, tx, s.now.Add(-time.Minute).UnixMicro(), damage.Damage{File: c.File, Camera: "cam1", StartAt: c.Start, EndAt: c.Start, Kind: damage.Missing, FoundBy: damage.Start})
				}))
				s.bring(16)
			}, []string{"record_untrue LEAF FILE footage_damages FILE"}},
			"a move to nowhere": {func(s *site) {
				c, to := s.segments[0], "vault"
				s.append(journal.Record{Kind: journal.KindMove, At: s.now.UnixMicro(), Run: "runa", To: &to, Segment: &c})
				s.bring(16)
			}, []string{"line_strange 15 " + file}},
			"a true loss": {func(s *site) {
				gone := segment.Name{Camera: "cam1", Start: s.now.Add(-20 * time.Minute).UnixMicro(), Run: "runa"}.Path()
				s.append(journal.Record{Kind: journal.KindLost, At: s.now.UnixMicro(), Sealed: &journal.Sealed{File: gone, Parts: 2, Bytes: 9, Root: strings.Repeat("ab", 32)}})
			}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, dbtest.Open(t, d.Engine()))
				c.plant(s)
				var all []audit.Finding
				a := s.audit(&all)
				a.Volumes = append(a.Volumes, seal.Root{Path: t.TempDir(), Volume: "vault"})
				_, err := a.Run(t.Context())
				s.must(err)
				var found, want []string
				for _, f := range all {
					found = append(found, fmt.Sprint(f.Kind, " ", f.Leaf, " ", f.File, " ", f.Row))
				}
				for _, w := range c.want {
					first := s.segments[0].File
					want = append(want, strings.NewReplacer("FILE", first, "LEAF", fmt.Sprint(s.leafOf(first))).Replace(w))
				}
				slices.Sort(found)
				if !slices.Equal(found, want) {
					t.Errorf("found %q, want %q", found, want)
				}
			})
		}
	})
}

// append appends to the journal of the day.
func (s *site) append(all ...journal.Record) {
	s.t.Helper()
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	defer w.Close()
	s.must(w.Append(s.now.UnixMicro()-1, all...))
}
