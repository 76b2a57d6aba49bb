package dbtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/testkit/postgresql"
)

func TestImagesAreNamedForTheirMigrations(t *testing.T) {
	of := func(engine db.Engine) string {
		made, err := digest(engine)
		if err != nil || len(made) != 16 {
			t.Fatalf("%q, %v", made, err)
		}
		return made
	}
	if of(db.SQLite) != of(db.SQLite) || of(db.SQLite) == of(db.PostgreSQL) {
		t.Errorf("SQLite %s and %s, PostgreSQL %s", of(db.SQLite), of(db.SQLite), of(db.PostgreSQL))
	}
	bin, err := postgresql.Binaries()
	if err != nil {
		t.Fatal(err)
	}
	owner, err := postgresql.ServerAccount()
	if err != nil {
		t.Fatal(err)
	}
	first, err := templateImage(owner, bin)
	if err != nil || !strings.HasSuffix(first, of(db.PostgreSQL)) {
		t.Fatalf("%s, %v", first, err)
	}
	before, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := templateImage(owner, bin)
	if err != nil || again != first {
		t.Fatalf("%s after %s, %v", again, first, err)
	}
	if after, err := os.Stat(again); err != nil || !os.SameFile(before, after) {
		t.Errorf("the image was made anew: %v", err)
	}
}

func TestOldImagesGo(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for name, days := range map[string]int{"kept": 30, "old": 30, "young": 1} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(path, "base"), 0o700); err != nil {
			t.Fatal(err)
		}
		made := time.Now().AddDate(0, 0, -days)
		if err := os.Chtimes(path, made, made); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	forget(append(paths, filepath.Join(dir, "gone")), filepath.Join(dir, "kept"))
	for name, want := range map[string]bool{"kept": true, "old": false, "young": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
