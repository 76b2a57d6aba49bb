// Package dbtest gives a test a fresh database on either engine: SQLite in the
// test's own folder, and a real PostgreSQL that is started once for a test
// binary and ends with it, however it ends.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"watchroom/internal/db"
	"watchroom/internal/testkit/postgresql"
)

// Each runs fn as one subtest on SQLite and one on PostgreSQL, each with a
// database of its own whose schema is up to date.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) { fn(t, Open(t, engine)) })
	}
}

// Open gives a fresh database of one engine, closed when the test ends.
func Open(t testing.TB, engine db.Engine) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), Options(t, engine))
	if err != nil {
		t.Fatalf("open a test database: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Options gives what db.Open needs for a fresh database of one engine, for
// tests that open it themselves or hand it to a whole program.
func Options(t testing.TB, engine db.Engine) db.Options {
	t.Helper()
	if engine == db.PostgreSQL {
		return db.Options{URL: freshPostgres(t)}
	}
	image, err := sqliteImage()
	if err != nil {
		t.Fatalf("make the SQLite test image: %v", err)
	}
	path := filepath.Join(t.TempDir(), "watchroom.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return db.Options{Path: path}
}

// freshPostgres makes a database from the template and gives its URL.
func freshPostgres(t testing.TB) string {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + db.NewID()
	if err := s.admin(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template+" STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.admin(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return s.url(name)
}

// admin runs one statement in the server's own database.
func (s *postgres) admin(ctx context.Context, statement string) error {
	return postgresql.Exec(ctx, s.url("postgres"), statement)
}
