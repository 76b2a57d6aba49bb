package order_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/order"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestOrdersThatTellOtherThanTheirActs: another reason or document, another state, a
// decision that nobody made.
func TestOrdersThatTellOtherThanTheirActs(t *testing.T) {
	clause.Covers(t, "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := store(d)
		boss, chief, other := people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader), people.Add(t, d, "other", access.Supervisor)
		var ids []string
		for range 4 {
			one, err := o.Request(t.Context(), boss, erasure("yard", "gate"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, one.ID)
		}
		_, err := o.Decide(t.Context(), chief, ids[0], true, "")
		if err == nil {
			_, err = o.Decide(t.Context(), other, ids[0], true, "seen")
		}
		if err == nil {
			err = o.Progress(t.Context(), ids[0]) // nothing is there: it is carried out
		}
		if err == nil {
			_, err = o.Decide(t.Context(), chief, ids[1], false, "no document")
		}
		if err == nil {
			_, err = o.Withdraw(t.Context(), boss, ids[2], "asked in error")
		}
		if err == nil {
			_, err = o.Decide(t.Context(), chief, ids[3], true, "")
		}
		if err == nil {
			_, err = o.Decide(t.Context(), chief, ids[3], false, "thought again")
		}
		if err != nil {
			t.Fatal(err)
		}
		if all, err := order.Differ(t.Context(), d.Read()); err != nil || len(all) > 0 {
			t.Fatalf("nobody touched them: %+v, %v", all, err)
		}
		dbtest.Alter(t, d, map[string][]string{"deletion_orders": nil, "deletion_order_cameras": nil}, func(ctx context.Context, tx bun.Tx) (rows []string) {
			all, err := order.Differ(ctx, tx)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				rows = append(rows, f.Row)
			}
			return rows
		})
		for statement, want := range map[string]int{ // how many rows differ then
			"UPDATE deletion_orders SET reason = 'x'":                                                   4,
			"UPDATE deletion_orders SET document = 'x' WHERE id = '" + ids[0] + "'":                     1,
			"UPDATE deletion_orders SET ground = 'other' WHERE id = '" + ids[0] + "'":                   1,
			"UPDATE deletion_orders SET removed = 9 WHERE id = '" + ids[0] + "'":                        1,
			"UPDATE deletion_orders SET requested_by = '" + chief.Person + "' WHERE state = 'executed'": 1,
			"UPDATE deletion_orders SET state = 'requested' WHERE id = '" + ids[1] + "'":                1,
			"UPDATE deletion_orders SET state = 'approved' WHERE state = 'withdrawn'":                   1,
			"DELETE FROM deletion_order_cameras WHERE camera = 'gate'":                                  4,
			"UPDATE deletion_order_decisions SET note = 'x' WHERE deletion = '" + ids[1] + "'":          1,
			"DELETE FROM deletion_order_decisions WHERE deletion = '" + ids[0] + "'":                    2,
			"DELETE FROM acts WHERE kind = 'deletion.withdrawn'":                                        1,
			"DELETE FROM acts WHERE kind = 'deletion.rejected' AND subject = '" + ids[1] + "'":          2,
		} {
			dbtest.Forge(t, d, statement, func(ctx context.Context, tx bun.Tx) {
				if all, err := order.Differ(ctx, tx); err != nil || len(all) != want {
					t.Errorf("%s: %+v, %v; want %d", statement, all, err, want)
				}
			})
		}
	})
}
