package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/archive/audit"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// tells has a line of a journal tell of a segment, and takes its file and row away.
func (s *site) tells(at time.Time, c *segment.Closed, line journal.Record) {
	s.t.Helper()
	w := journal.Writer{Root: s.root, Camera: "cam1"}
	defer w.Close()
	line.At, line.Segment = at.UnixMicro(), c
	s.must(w.Append(line.At, line))
	s.must(os.Remove(filepath.Join(s.root, c.File)))
	if line.Kind == journal.KindTombstone {
		s.sql("DELETE FROM segments WHERE file = ?", c.File)
	}
}

// looked verifies some time after the last line, where the log was brought on last at an instant;
// zero: it still is.
func (s *site) looked(after time.Duration, stopped time.Time) (kinds, waits []string) {
	s.t.Helper()
	var found []audit.Finding
	a := s.audit(&found)
	a.Clock = func() time.Time { return s.now.Add(after) }
	if !stopped.IsZero() {
		a.Stopped = stopped.UnixMicro()
	}
	a.Waits = func(f audit.Finding) { waits = append(waits, string(f.Kind)) }
	_, err := a.Run(s.t.Context())
	s.must(err)
	for _, f := range found {
		kinds = append(kinds, string(f.Kind))
	}
	slices.Sort(kinds)
	slices.Sort(waits)
	return kinds, waits
}

// TestALineAllowsNoRemoval: whoever can write into the folder appends a line that a segment was
// removed, and removes it. The line explains nothing, whether a server runs or not.
func TestALineAllowsNoRemoval(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	missing := []string{"file_missing", "removal_unfounded", "row_missing"}
	for name, plant := range map[string]func(s *site) *journal.Record{
		"past a maximum": func(*site) *journal.Record {
			return &journal.Record{Ground: journal.GroundMaximum, Authority: "rule1"}
		},
		"room was needed": func(*site) *journal.Record {
			return &journal.Record{Ground: journal.GroundSpace, Authority: "default"}
		},
		"an order that nobody gave": func(*site) *journal.Record {
			return &journal.Record{Ground: journal.GroundOrder, Authority: "o1"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := newSite(t, d)
				r := plant(s)
				r.Kind = journal.KindTombstone
				s.tells(s.now, &s.segments[0], *r)
				for what, one := range map[string]struct {
					after   time.Duration
					stopped time.Time
				}{
					"beside a server": {time.Second, time.Time{}}, "while nothing runs": {time.Second, s.now.Add(-time.Minute)},
					"days later": {72 * time.Hour, s.now.Add(-time.Minute)},
				} {
					if found, waits := s.looked(one.after, one.stopped); !slices.Equal(found, missing) || len(waits) > 0 {
						t.Errorf("%s: found %q, on the way %q", what, found, waits)
					}
				}
			})
		})
	}
}

// TestAnOrderOnItsWayAllowsNothingAtAStop: acts that the log does not hold allow no removal while
// nothing runs that could have brought them there.
func TestAnOrderOnItsWayAllowsNothingAtAStop(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		c := s.segments[0]
		s.ordered(&c) // and not brought into the log
		s.tells(s.now, &c, journal.Record{Kind: journal.KindTombstone, Ground: journal.GroundOrder, Authority: "o1"})
		found, _ := s.looked(time.Second, s.now.Add(-time.Minute))
		for _, want := range []string{"file_missing", "removal_unfounded", "row_missing"} {
			if !slices.Contains(found, want) {
				t.Errorf("while nothing runs: found %q", found)
			}
		}
		// Beside a server they may be on their way, and the line with them.
		if found, _ := s.looked(time.Second, time.Time{}); slices.Contains(found, "removal_unfounded") {
			t.Errorf("beside a server: found %q", found)
		}
	})
}

// TestALineBehindAKill: a removal that people allowed was told of and carried out, and the process
// died before the log knew. It waits for the next start, however late somebody looks; a line that
// was written when nothing ran any more does not.
func TestALineBehindAKill(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		c := s.segments[0]
		s.ordered(&c)
		s.bring(18)
		s.tells(s.now, &c, journal.Record{Kind: journal.KindTombstone, Ground: journal.GroundOrder, Authority: "o1"})
		gone := []string{"file_missing", "row_missing"}
		for _, after := range []time.Duration{time.Second, 72 * time.Hour} {
			if found, waits := s.looked(after, s.now.Add(-20*time.Minute)); len(found) > 0 || !slices.Equal(waits, gone) {
				t.Errorf("%s after a kill: found %q, on the way %q", after, found, waits)
			}
		}
		if found, waits := s.looked(time.Second, s.now.Add(-time.Hour)); !slices.Equal(found, gone) || len(waits) > 0 {
			t.Errorf("written an hour after the log was: found %q, on the way %q", found, waits)
		}
	})
}

// TestAMoveExplainsWhereItLies: a line that a segment was moved explains that its file is missing
// only where the file is there.
func TestAMoveExplainsWhereItLies(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		to := "vault"
		s.tells(s.now, &s.segments[0], journal.Record{Kind: journal.KindMove, To: &to})
		if found, _ := s.looked(time.Second, s.now.Add(-time.Minute)); !slices.Contains(found, "file_missing") {
			t.Errorf("found %q", found)
		}
	})
}

// TestWhatAllowedARemovalIsLost: an older database was put back, and with it the acts of an order
// are gone that the log knows of. Nobody is accused for what was removed under it.
func TestWhatAllowedARemovalIsLost(t *testing.T) {
	clause.Covers(t, "C091", "C094")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		c := s.segments[0]
		s.ordered(&c)
		s.bring(18)
		s.tells(s.now.Add(-time.Minute), &c, journal.Record{Kind: journal.KindTombstone, Ground: journal.GroundOrder, Authority: "o1"})
		s.bring(19)
		s.act(ledger.Act{ID: "later", At: s.now.UnixMicro(), Kind: "camera.created", Person: "p"})
		s.bring(20)
		kinds := func() (names []string) {
			found, _ := s.verify()
			for _, f := range found {
				var kind string
				if _, err := fmt.Sscan(f, &kind); err != nil {
					t.Fatal(err)
				}
				names = append(names, kind)
			}
			return names
		}
		if found := kinds(); slices.Contains(found, "removal_unfounded") || slices.Contains(found, "removal_unproven") {
			t.Fatalf("while they are there: %q", found)
		}
		for _, table := range []string{"acts", "act_outbox"} {
			drop := ""
			if d.Engine() == db.PostgreSQL {
				drop = " ON " + table
			}
			s.sql("DROP TRIGGER " + table + "_no_delete" + drop)
		}
		s.sql("DELETE FROM act_outbox WHERE act LIKE 'order%'")
		s.sql("DELETE FROM acts WHERE id LIKE 'order%'")
		found := slices.DeleteFunc(kinds(), func(k string) bool { return k != "removal_unfounded" && k != "removal_unproven" && k != "act_missing" })
		if diff := cmp.Diff([]string{"act_missing", "act_missing", "act_missing", "removal_unproven"}, found); diff != "" {
			t.Errorf("want (-), found (+):\n%s", diff)
		}
		// An act of before that is lost explains no removal of another kind.
		s.sql("DELETE FROM act_outbox WHERE act = 'later'")
		s.sql("DELETE FROM acts WHERE id = 'later'")
		s.tells(s.now.Add(-time.Minute), &s.segments[2], journal.Record{Kind: journal.KindTombstone, Ground: journal.GroundMaximum, Authority: "rule1"})
		s.bring(21)
		if found := kinds(); !slices.Contains(found, "removal_unfounded") {
			t.Errorf("found %q", found)
		}
	})
}
