package dbtest

import (
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
)

var errForged = errors.New("forged")

// Forge does what somebody with the database in hand does, past the triggers, and calls f
// in the same transaction. Afterwards all is as it was.
func Forge(t *testing.T, d *db.DB, statement string, f func(ctx context.Context, tx bun.Tx)) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := Unguard(ctx, tx, d); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
		f(ctx, tx)
		return errForged
	})
	if !errors.Is(err, errForged) {
		t.Fatal(err)
	}
}

// Unguard takes the triggers away that refuse changes.
func Unguard(ctx context.Context, tx bun.Tx, d *db.DB) error {
	list := "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'"
	if d.Engine() == db.PostgreSQL {
		list = "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
	}
	var drop []string
	if err := tx.NewRaw(list).Scan(ctx, &drop); err != nil {
		return err
	}
	for _, s := range drop {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
