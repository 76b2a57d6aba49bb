package audit_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// abreast has the log say that it has all acts on record.
func (s *site) abreast(at time.Time) {
	s.t.Helper()
	b, err := leaf.Encode(&leaf.Abreast{At: at.UnixMicro()})
	s.must(err)
	s.log.Put(b)
}

// TestAnActThatWasWrittenLater: a row that somebody put into the records while nothing ran,
// with an instant of before the stop or before the log began, is named once the log tells of
// it; until then it may be on its way. What was done after the stop, and just before, is not.
func TestAnActThatWasWrittenLater(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		stop := s.now.Add(-30 * time.Minute)
		s.abreast(stop)
		for id, at := range map[string]time.Time{
			"after": stop.Add(time.Minute), "way": stop.Add(-59 * time.Second), "minutes": stop.Add(-2 * time.Minute), "hour": stop.Add(-time.Hour), "years": stop.AddDate(-3, 0, 0),
		} {
			s.act(ledger.Act{ID: id, At: at.UnixMicro(), Kind: "camera.created", Person: "p"})
		}
		s.bring(21)
		check := func(what string, want, waits []string) {
			t.Helper()
			var found []audit.Finding
			var got, on []string
			a := s.audit(&found)
			a.Waits = func(f audit.Finding) { on = append(on, string(f.Kind)+" "+f.Row) }
			_, err := a.Run(t.Context())
			s.must(err)
			for _, f := range found {
				got = append(got, string(f.Kind)+" "+f.Row)
			}
			slices.Sort(got)
			slices.Sort(on)
			if !slices.Equal(got, want) || !slices.Equal(on, waits) {
				t.Errorf("%s: found %q, on the way %q", what, got, on)
			}
		}
		all := []string{"act_late acts hour", "act_late acts minutes", "act_late acts years"}
		check("nothing behind it", nil, all)
		s.abreast(s.now)
		check("the log went on", all, nil)
	})
}

// TestWhatWasDoneToTheLastMinutes: a row that was deleted and a file that was added with
// instants of the last minutes before a stop may be on their way while nothing runs, and are
// named once it has gone on: nothing that a start does hides them.
func TestWhatWasDoneToTheLastMinutes(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		last := s.segments[len(s.segments)-1]
		stop := time.UnixMicro(last.End).Add(time.Minute)
		added := segment.Name{Camera: "cam2", Start: last.End, Run: "runz"}.Path()
		b, err := os.ReadFile(filepath.Join(s.root, last.File))
		s.must(err)
		s.must(os.WriteFile(filepath.Join(s.root, added), b, 0o600))
		s.must(os.Chtimes(filepath.Join(s.root, added), stop, stop))
		s.sql("DELETE FROM segments WHERE file = ?", last.File)
		verify := func(stopped int64) (found, waits []string) {
			t.Helper()
			var all []audit.Finding
			a := s.audit(&all)
			a.Stopped = stopped
			a.Waits = func(f audit.Finding) { waits = append(waits, string(f.Kind)+" "+f.File) }
			_, err := a.Run(t.Context())
			s.must(err)
			for _, f := range all {
				found = append(found, string(f.Kind)+" "+f.File)
			}
			slices.Sort(found)
			slices.Sort(waits)
			return found, waits
		}
		want := []string{"file_unknown " + added, "row_missing " + last.File}
		if found, waits := verify(stop.UnixMicro()); len(found) > 0 || !slices.Equal(waits, want) {
			t.Errorf("while nothing runs: found %q, on the way %q", found, waits)
		}
		s.bring(15) // the next start
		for what, stopped := range map[string]int64{"it runs": 0, "it was stopped again": stop.Add(10 * time.Minute).UnixMicro()} {
			if found, waits := verify(stopped); !slices.Equal(found, want) || len(waits) > 0 {
				t.Errorf("%s: found %q, on the way %q", what, found, waits)
			}
		}
	})
}

// TestAnActWithoutAFormIsNamed: an act on its way whose instant no entry can tell is no act that
// is on its way.
func TestAnActWithoutAFormIsNamed(t *testing.T) {
	clause.Covers(t, "C094")
	leak.Check(t)
	s := newSite(t, dbtest.Open(t, db.SQLite))
	s.act(ledger.Act{ID: "damaged", At: s.now.Add(time.Hour).UnixMicro(), Kind: "k"})
	s.sql("DROP TRIGGER acts_no_update")
	s.sql("UPDATE acts SET at = 253402300800000000 WHERE id = 'damaged'")
	var found []audit.Finding
	_, err := s.audit(&found).Run(t.Context())
	s.must(err)
	if !slices.ContainsFunc(found, func(f audit.Finding) bool {
		return f.Kind == finding.ActUnlogged && f.Row == "acts damaged" && strings.Contains(f.Detail, "no entry can tell of it")
	}) {
		t.Errorf("found %v", found)
	}
}
