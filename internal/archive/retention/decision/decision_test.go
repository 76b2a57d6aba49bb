package decision_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/decision"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

const second = int64(1_000_000)

// TestNobodyChangesWhoDecidedOnRules: who asked for a rule of retention, why, who decided on
// it and what they said.
func TestNobodyChangesWhoDecidedOnRules(t *testing.T) {
	clause.Covers(t, "C092")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).UnixMicro()
		rules := &retention.Rules{DB: d, Clock: func() time.Time { now += second; return time.UnixMicro(now) },
			Known: func(context.Context, string) (bool, error) { return true, nil }}
		boss, chief := people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		set := func(camera string, days int) retention.Change {
			t.Helper()
			basis := retention.AntiTerror
			if days < 90 {
				basis = retention.Order799
			}
			c, err := rules.Set(t.Context(), boss, retention.Wish{Class: retention.Main, Camera: camera, Reason: "a reason", Rule: retention.Rule{MinDays: days, MinBasis: basis}})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		decide := func(c retention.Change, approve bool, note string) {
			t.Helper()
			if _, err := rules.Decide(t.Context(), chief, c.ID, approve, note); err != nil {
				t.Fatal(err)
			}
		}
		set("gate", 180)
		decide(set("yard", 30), true, "the law allows it")
		decide(set("hall", 30), false, "not yet")
		back := set("hall", 30)
		now -= 3600 * second // the clock is set back before the answer
		if _, err := rules.Withdraw(t.Context(), boss, back.ID); err != nil {
			t.Fatal(err)
		}
		set("hall", 30) // waits
		elsewhere := []string{"camera", "class", "inherits", "min_days", "min_basis", "min_note", "max_days", "max_basis", "max_note", "existing", "in_force_at"}
		dbtest.Alter(t, d, map[string][]string{"retention_rules": elsewhere}, func(ctx context.Context, tx bun.Tx) (rows []string) {
			t.Helper()
			all, err := decision.Differ(ctx, tx)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				rows = append(rows, string(f.Row)+": "+f.Why)
			}
			return rows
		})
	})
}
