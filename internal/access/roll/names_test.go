package roll_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/roll"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestANameThatNobodyGave: people are called as their last act calls them.
func TestANameThatNobodyGave(t *testing.T) {
	clause.Covers(t, "C091")
	for name, c := range map[string]struct{ sql, want string }{
		"nothing":           {},
		"another name":      {"UPDATE people SET display_name = 'Bob'", `its name is "Bob", by the acts "Ann Lee"`},
		"a former name":     {"UPDATE people SET display_name = 'Ann'", `its name is "Ann", by the acts "Ann Lee"`},
		"another user name": {"UPDATE people SET username = 'bob'", `its user name is "bob", by the acts "ann"`},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ann := people.Add(t, d, "ann", access.Administrator)
				err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					for i, act := range []ledger.Act{
						{Kind: "person.created", Detail: map[string]any{"username": "ann", "displayName": "Ann"}},
						{Kind: "person.renamed", Detail: map[string]any{"from": "Ann", "to": "Ann Lee"}},
					} {
						act.At, act.Subject = int64(i+1), ann.Person
						if err := ledger.Record(ctx, tx, act); err != nil {
							return err
						}
					}
					_, err := tx.ExecContext(ctx, "UPDATE people SET display_name = 'Ann Lee'")
					return err
				})
				if err == nil && c.sql != "" {
					err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, c.sql); return err })
				}
				if err != nil {
					t.Fatal(err)
				}
				found, err := roll.NamesDiffer(t.Context(), d.Read())
				if err != nil || (len(found) > 0) != (c.want != "") || len(found) > 0 && (found[0].Row != "people "+ann.Person || found[0].Why != c.want) {
					t.Errorf("found %+v, %v", found, err)
				}
				names, err := roll.Names(t.Context(), d.Read())
				if err != nil || !slices.Contains(names[ann.Person], "Ann") || !slices.Contains(names[ann.Person], "Ann Lee") {
					t.Errorf("names %v, %v", names, err)
				}
			})
		})
	}
}
