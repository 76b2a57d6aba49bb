package audit_test

import (
	"slices"
	"testing"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
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
			"after": stop.Add(time.Minute), "way": stop.Add(-4 * time.Minute), "hour": stop.Add(-time.Hour), "years": stop.AddDate(-3, 0, 0),
		} {
			s.act(ledger.Act{ID: id, At: at.UnixMicro(), Kind: "camera.created", Person: "p"})
		}
		s.bring(20)
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
		both := []string{"act_late acts hour", "act_late acts years"}
		check("nothing behind it", nil, both)
		s.abreast(s.now)
		check("the log went on", both, nil)
	})
}
