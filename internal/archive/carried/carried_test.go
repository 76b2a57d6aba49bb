package carried_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/archive/carried"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/proof"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestRowsWithoutAnAct: what an earlier version left stands; what somebody writes into the
// database beside it does not, nor what they take out or change.
func TestRowsWithoutAnAct(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	const aProof = "INSERT INTO retention_proofs (camera, at, start_at, end_at, file, parts, bytes, verdict, detail) VALUES ('gate', %d, 1, 2, 'f', 3, 4, 'ok', '')"
	const aDamage = "INSERT INTO footage_damages (file, camera, start_at, end_at, kind, found_by, found_at, seen_at) VALUES ('%s', 'gate', 1, 2, 'missing', 'check', 5, 5)"
	const more = "no act tells of %d rows, and when this version came there were %d, or others"
	old := []string{fmt.Sprintf(aProof, 10), fmt.Sprintf(aDamage, "old")}
	for name, c := range map[string]struct {
		earlier bool // rows of an earlier version are there
		begun   bool // this version has read a camera's oldest footage, and found damage
		touch   string
		want    []string
	}{
		"a new house":                          {},
		"a house of an earlier version":        {earlier: true},
		"of which this version took over":      {earlier: true, begun: true},
		"a house of this version":              {begun: true},
		"a proof is made up":                   {begun: true, touch: fmt.Sprintf(aProof, 9), want: []string{"retention_proofs: " + fmt.Sprintf(more, 1, 0)}},
		"a proof is made up among old ones":    {earlier: true, begun: true, touch: fmt.Sprintf(aProof, 9), want: []string{"retention_proofs: " + fmt.Sprintf(more, 2, 1)}},
		"an old proof is another":              {earlier: true, begun: true, touch: "UPDATE retention_proofs SET verdict = 'missing' WHERE at = 10", want: []string{"retention_proofs: " + fmt.Sprintf(more, 1, 1)}},
		"an old proof is gone":                 {earlier: true, begun: true, touch: "DELETE FROM retention_proofs WHERE at = 10", want: []string{"retention_proofs: " + fmt.Sprintf(more, 0, 1)}},
		"damage is made up":                    {begun: true, touch: fmt.Sprintf(aDamage, "x"), want: []string{"footage_damages: " + fmt.Sprintf(more, 1, 0)}},
		"damage is made up among old":          {earlier: true, begun: true, touch: fmt.Sprintf(aDamage, "x"), want: []string{"footage_damages: " + fmt.Sprintf(more, 2, 1)}},
		"old damage is gone":                   {earlier: true, begun: true, touch: "DELETE FROM footage_damages WHERE file = 'old'", want: []string{"footage_damages old: an act tells of it, and it is not there", "footage_damages: " + fmt.Sprintf(more, 0, 1)}},
		"damage is mended by nobody":           {begun: true, touch: "UPDATE footage_damages SET mended_at = 9 WHERE file = 'new'", want: []string{`footage_damages new: mended_at "9", by the acts "0"`}},
		"damage is of another kind":            {begun: true, touch: "UPDATE footage_damages SET kind = 'altered' WHERE file = 'new'", want: []string{`footage_damages new: kind "altered", by the acts "missing"`}},
		"damage of old that is told of anew":   {earlier: true, begun: true, touch: "UPDATE footage_damages SET kind = 'short' WHERE file = 'old'", want: []string{`footage_damages old: kind "short", by the acts "altered"`}},
		"damage is gone":                       {begun: true, touch: "DELETE FROM footage_damages WHERE file = 'new'", want: []string{"footage_damages new: an act tells of it, and it is not there"}},
		"damage that was mended is so no more": {begun: true, touch: "UPDATE footage_damages SET mended_at = NULL WHERE file = 'right'", want: []string{`footage_damages right: mended_at "0", by the acts "30"`}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				work := func(f func(ctx context.Context, tx bun.Tx) error) {
					t.Helper()
					if err := d.Tx(t.Context(), f); err != nil {
						t.Fatal(err)
					}
				}
				write := func(sql string) {
					t.Helper()
					work(func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, sql); return err })
				}
				if c.earlier {
					for _, sql := range old {
						write(sql)
					}
				}
				for range 2 { // once is enough
					if err := carried.Keep(t.Context(), d, clock.Clock(nil)); err != nil {
						t.Fatal(err)
					}
				}
				if c.begun {
					work(func(ctx context.Context, tx bun.Tx) error {
						for at, file := range map[int64]string{20: "new", 21: "right"} {
							if err := damage.Note(ctx, tx, at, damage.Damage{File: file, Camera: "gate", StartAt: 1, EndAt: 2, Kind: damage.Missing, FoundBy: damage.Check}); err != nil {
								return err
							}
						}
						if c.earlier {
							if err := damage.Note(ctx, tx, 22, damage.Damage{File: "old", Camera: "gate", StartAt: 1, EndAt: 2, Kind: damage.Altered, FoundBy: damage.Check}); err != nil {
								return err
							}
						}
						if err := damage.Mend(ctx, tx, 30, "right"); err != nil {
							return err
						}
						return ledger.Record(ctx, tx, ledger.Act{At: 20, Kind: proof.KindProved, Detail: map[string]any{"proofs": []any{}}})
					})
					if err := carried.Keep(t.Context(), d, clock.Clock(nil)); err != nil { // the next start
						t.Fatal(err)
					}
				}
				if c.touch != "" {
					work(func(ctx context.Context, tx bun.Tx) error {
						if err := dbtest.Unguard(ctx, tx, d); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, c.touch)
						return err
					})
					if err := carried.Keep(t.Context(), d, clock.Clock(nil)); err != nil { // a start makes no rows good
						t.Fatal(err)
					}
				}
				found, err := carried.Differ(t.Context(), d.Read())
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range found {
					got = append(got, f.Row+": "+f.Why)
				}
				slices.Sort(got)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("want (-), got (+):\n%s", diff)
				}
				acts, _, err := ledger.LoggedOf(t.Context(), d.Read(), carried.KindCarried)
				if err != nil || (len(acts) == 1) != c.earlier {
					t.Errorf("%d acts that it was taken over, %v", len(acts), err)
				}
			})
		})
	}
}
