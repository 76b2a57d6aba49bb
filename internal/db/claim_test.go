package db_test

import (
	"errors"
	"testing"

	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// TestOneServerADatabase: a second claim of the same PostgreSQL database is refused
// while the first stands, and taken once that is given free.
func TestOneServerADatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, err := d.Claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer first.Release()
		if err := first.Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		second, err := d.Claim(t.Context())
		if d.Engine() == db.SQLite {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if !errors.Is(err, db.ErrShared) || !errors.Is(db.Trouble(err), db.ErrShared) {
			t.Fatalf("a second server: %v, %v", second, err)
		}
		first.Release()
		if second, err = d.Claim(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer second.Release()
		if err := first.Keep(t.Context()); !errors.Is(err, db.ErrShared) {
			t.Errorf("the one that lost it: %v", err)
		}
		// Its connection breaks, as when the database was started again.
		if _, err := d.Read().ExecContext(t.Context(), "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
			t.Fatal(err)
		}
		if err := second.Keep(t.Context()); err != nil {
			t.Errorf("taken again: %v", err)
		}
	})
}
