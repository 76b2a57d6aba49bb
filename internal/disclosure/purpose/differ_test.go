package purpose_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

func differ(t *testing.T, d *db.DB) (found []facts.Difference) {
	t.Helper()
	err := d.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		found, err = purpose.Differ(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func statement(t *testing.T, d *db.DB, sql string) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, sql)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// busy is a register in which everything was done that can be.
func busy(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := t.Context()
	r, chief, boss := register(d), people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "boss", access.Leader)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Add(ctx, chief, accident)
	must(err)
	must(second(r.Change(ctx, chief, "traffic_accident", purpose.Change{NeedsSecond: to(true), NeedsRequest: to(true), Back: to(8 * 366 * 24 * time.Hour)})))
	must(second(r.Retire(ctx, chief, "maintenance", "nobody looks for it")))
	must(second(r.Retire(ctx, chief, "request", "not used")))
	must(second(r.Restore(ctx, chief, "request", "used after all")))
	decide := func(w purpose.Wish, approve bool) {
		t.Helper()
		p, err := r.Propose(ctx, chief, w, "as the house wants it")
		must(err)
		must(second(r.Decide(ctx, boss, p.ID, approve, "so it is")))
	}
	decide(purpose.Wish{Step: purpose.Changing, Code: "inspection", Change: purpose.Change{Name: &purpose.Words{ZH: "例行检查"}}}, true)
	decide(purpose.Wish{Step: purpose.Changing, Code: "traffic_accident", Change: purpose.Change{NeedsSecond: to(false), Back: to(time.Duration(0))}}, true)
	decide(purpose.Wish{Step: purpose.Changing, Code: "incident", Change: purpose.Change{NeedsReason: to(false)}}, false)
	decide(purpose.Wish{Step: purpose.Adding, Code: "drill", Change: purpose.Change{Name: &purpose.Words{EN: "Drill"}, Basis: &purpose.Words{EN: "Rules of the house"}, NeedsReason: to(false)}}, true)
	must(second(r.Retire(ctx, chief, "drill", "it is over")))
	decide(purpose.Wish{Step: purpose.Restoring, Code: "drill"}, true)
	p, err := r.Propose(ctx, chief, changing(purpose.Change{NeedsReason: to(false)}), "to be taken back")
	must(err)
	must(second(r.Withdraw(ctx, chief, p.ID, "")))
	_, err = r.Propose(ctx, chief, changing(purpose.Change{NeedsReason: to(false)}), "this one waits")
	must(err)
}

// TestTheRegisterIsWhatItsActsTell: whatever was done through the program, and one that
// nobody touched.
func TestTheRegisterIsWhatItsActsTell(t *testing.T) {
	clause.Covers(t, "C006", "C094")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if found := differ(t, d); len(found) != 0 {
			t.Errorf("the register as it came: %+v", found)
		}
		busy(t, d)
		if found := differ(t, d); len(found) != 0 {
			t.Errorf("%+v", found)
		}
	})
}

// TestARegisterThatSomebodyWroteIntoIsFound: every demand, the words, and what was decided.
func TestARegisterThatSomebodyWroteIntoIsFound(t *testing.T) {
	clause.Covers(t, "C006", "C094")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		busy(t, d)
		no, yes := "0", "1"
		if d.Engine() == db.PostgreSQL {
			no, yes = "FALSE", "TRUE"
		}
		for name, c := range map[string]struct{ sql, row, why string }{
			"a reason":        {"UPDATE purposes SET needs_reason = " + no + " WHERE code = 'incident'", "purposes incident", `needsReason "false", by the acts "true"`},
			"a request":       {"UPDATE purposes SET needs_request = " + no + " WHERE code = 'traffic_accident'", "purposes traffic_accident", `needsRequest "false", by the acts "true"`},
			"a second person": {"UPDATE purposes SET needs_second = " + yes + " WHERE code = 'drill'", "purposes drill", `needsSecond "true", by the acts "false"`},
			"how far back":    {"UPDATE purposes SET back = 60 WHERE code = 'request'", "purposes request", `backMinutes "1", by the acts "0"`},
			"the words":       {"UPDATE purposes SET basis_zh = '无' WHERE code = 'inspection'", "purposes inspection", "basisZh"},
			"out of use":      {"UPDATE purposes SET retired_at = 7 WHERE code = 'duty_review'", "purposes duty_review", `retired "true", by the acts "false"`},
			"into use again":  {"UPDATE purposes SET retired_at = NULL WHERE code = 'maintenance'", "purposes maintenance", `retired "false", by the acts "true"`},
			"one that nobody added": {"INSERT INTO purposes (code, name_zh, name_en, basis_zh, basis_en, clauses, needs_reason, needs_request, back, by_system, created_at) VALUES ('at_will', '', 'At will', '', 'none', '', " +
				no + ", " + no + ", 0, " + no + ", 7)", "purposes at_will", "no act tells of it"},
			"an approval": {"UPDATE proposals SET state = 'approved', decided_by = (SELECT id FROM people WHERE username = 'boss'), decided_at = 7 WHERE state = 'proposed'",
				"proposals", `state "approved", by the acts "proposed"`},
		} {
			t.Run(name, func(t *testing.T) {
				before := len(differ(t, d))
				statement(t, d, c.sql)
				found := differ(t, d)
				if len(found) != before+1 {
					t.Fatalf("%+v", found)
				}
				for _, f := range found {
					if strings.HasPrefix(f.Row, c.row) && strings.Contains(f.Why, c.why) {
						return
					}
				}
				t.Errorf("%+v, want %s: %s", found, c.row, c.why)
			})
		}
	})
}
