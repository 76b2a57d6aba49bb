// Package held holds the rows of a test's database against the acts: nobody is accused where
// nobody touched anything, and whoever changes a row is found out.
package held

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/testkit/dbtest"
)

// Differ compares some rows with their acts.
type Differ = func(ctx context.Context, tx bun.IDB) ([]facts.Difference, error)

func rows(ctx context.Context, t testing.TB, tx bun.IDB, all []Differ) (found []string) {
	t.Helper()
	for _, differ := range all {
		differences, err := differ(ctx, tx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range differences {
			found = append(found, f.Row+": "+f.Why)
		}
	}
	return found
}

// Rows gives each row that differs, and why, in a forged database; see dbtest.Forge.
func Rows(t testing.TB, all ...Differ) func(ctx context.Context, tx bun.Tx) []string {
	return func(ctx context.Context, tx bun.Tx) []string {
		t.Helper()
		return rows(ctx, t, tx, all)
	}
}

// Honest wants no row to be said to tell otherwise than the acts: nobody has touched one.
func Honest(t testing.TB, d *db.DB, all ...Differ) {
	t.Helper()
	if found := rows(t.Context(), t, d.Read(), all); len(found) > 0 {
		t.Errorf("nobody touched anything: %q", found)
	}
}

// Altered wants every change of every row of some tables to be found, but of the columns that
// are left out; see dbtest.Alter.
func Altered(t *testing.T, d *db.DB, tables map[string][]string, all ...Differ) {
	t.Helper()
	dbtest.Alter(t, d, tables, Rows(t, all...))
}
