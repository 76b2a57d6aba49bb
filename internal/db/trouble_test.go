package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/dbtest"
)

func TestTroubleOfPostgreSQL(t *testing.T) {
	for code, want := range map[string]*problem.Error{
		"57P03": db.ErrAway, "53300": db.ErrAway, "08006": db.ErrAway,
		"28P01": db.ErrRefused, "28000": db.ErrRefused, "3D000": db.ErrRefused, "42501": db.ErrRefused,
		"25006": db.ErrReadOnly, "53100": db.ErrFull, "55P03": db.ErrLocked, "XX001": db.ErrDamaged, "58030": db.ErrFailing,
		"23505": nil, "40001": nil, "42601": nil, "": nil,
	} {
		cause := fmt.Errorf("doing: %w", &pgconn.PgError{Code: code})
		got := db.Trouble(cause)
		if want == nil {
			if got != nil {
				t.Errorf("%s: %v", code, got)
			}
			continue
		}
		if got == nil || got.Code != want.Code || !errors.Is(got, cause) {
			t.Errorf("%s: %v, want %s with its cause", code, got, want.Code)
		}
	}
	_, missing := os.ReadFile(filepath.Join(t.TempDir(), "none"))
	if got := db.Trouble(missing); got != nil || db.IsAway(missing) {
		t.Errorf("a file of somebody's own: %v", got)
	}
	if db.Trouble(nil) != nil {
		t.Error("no error is trouble")
	}
}

// TestTroubleOfSQLite makes real faults.
func TestTroubleOfSQLite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	open := func(query string) *sql.DB {
		t.Helper()
		d, err := sql.Open("sqlite", "file:"+file+query)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		d.SetMaxOpenConns(1)
		return d
	}
	a, b := open(""), open("?_pragma=query_only(1)")
	do := func(d *sql.DB, statement string) error {
		_, err := d.ExecContext(t.Context(), statement)
		return err
	}
	if err := do(a, "CREATE TABLE t (x INTEGER UNIQUE) STRICT"); err != nil {
		t.Fatal(err)
	}
	if err := do(b, "INSERT INTO t VALUES (1)"); !errors.Is(db.Trouble(err), db.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if err := do(a, "PRAGMA max_page_count = 2"); err != nil {
		t.Fatal(err)
	}
	if err := do(a, "CREATE TABLE u (x TEXT)"); !errors.Is(db.Trouble(err), db.ErrFull) {
		t.Errorf("full: %v", err)
	}
	if err := do(a, "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	if err := do(open(""), "BEGIN IMMEDIATE"); !errors.Is(db.Trouble(err), db.ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if err := do(a, "INSERT INTO t VALUES ('no number')"); err == nil || db.Trouble(err) != nil {
		t.Errorf("a row that breaks a rule: %v", err)
	}
}

// TestTroubleOfALostServer: what really comes when PostgreSQL is gone.
func TestTroubleOfALostServer(t *testing.T) {
	o := dbtest.Options(t, db.PostgreSQL)
	o.URL = "postgres://u:hidden@127.0.0.1:1/d"
	_, err := db.Open(t.Context(), o)
	if !errors.Is(db.Trouble(err), db.ErrAway) {
		t.Errorf("%v", err)
	}
}
