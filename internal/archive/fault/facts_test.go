package fault_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/fault"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestAFaultThatNoActTellsOf: one is opened, seen, over and closed by acts alone.
func TestAFaultThatNoActTellsOf(t *testing.T) {
	clause.Covers(t, "C091")
	for name, c := range map[string]struct{ sql, want string }{
		"nothing":              {},
		"one is made up":       {"INSERT INTO storage_faults (id, at, kind, subject, detail, closed) VALUES ('made', 7, 'volume_full', 'b', '{}', 9)", "storage_faults made: no act tells of it"},
		"one is closed":        {"UPDATE storage_faults SET closed = 9 WHERE closed IS NULL", "by the acts \"0\""},
		"one is open again":    {"UPDATE storage_faults SET closed = NULL", "closed \"0\""},
		"it began later":       {"UPDATE storage_faults SET at = at + 1", "at \""},
		"it was another place": {"UPDATE storage_faults SET subject = 'z' WHERE closed IS NOT NULL", "subject \"z\""},
		"nobody had seen it":   {"DELETE FROM storage_fault_entries WHERE kind = 'acknowledged'", "an act tells of it, and it is not there"},
		"somebody else had":    {"UPDATE storage_fault_entries SET person = 'x' WHERE kind = 'acknowledged'", "person \"x\""},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := open(t, d)
				r.wrong = []fault.Condition{{Kind: fault.VolumeFull, Subject: "a"}}
				r.tick(0)
				all, err := r.List(t.Context(), fault.Filter{})
				if err != nil || len(all) != 1 {
					t.Fatal(all, err)
				}
				if _, err := r.Acknowledge(t.Context(), access.ActorOf("lead", access.DutyLead), all[0].ID, "seen"); err != nil {
					t.Fatal(err)
				}
				r.wrong = []fault.Condition{{Kind: fault.VolumeAway, Subject: "b"}}
				r.tick(1)
				if c.want == "" {
					dbtest.Alter(t, d, map[string][]string{"storage_faults": nil, "storage_fault_entries": {"id"}}, func(ctx context.Context, tx bun.Tx) (rows []string) {
						all, err := fault.Differ(ctx, tx)
						if err != nil {
							t.Fatal(err)
						}
						for _, f := range all {
							rows = append(rows, f.Row)
						}
						return rows
					})
				}
				if c.sql != "" {
					err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						if err := dbtest.Unguard(ctx, tx, d); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, c.sql)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				found, err := fault.Differ(t.Context(), d.Read())
				if err != nil || (len(found) > 0) != (c.want != "") || len(found) > 0 && !strings.Contains(found[0].Row+": "+found[0].Why, c.want) {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		})
	}
}
