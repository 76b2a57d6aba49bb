package db_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// TestAServerThatStandsStill: connections stay and nothing answers. Every caller
// gets an answer all the same, more of them than there are connections, and all
// goes on when the server does.
func TestAServerThatStandsStill(t *testing.T) {
	o, stall, resume := dbtest.Stalling(t)
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	read := func() error {
		_, err := d.Read().NewSelect().Model((*act)(nil)).Count(t.Context())
		return err
	}
	write := func() error {
		return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, db.NewID(), "k") })
	}
	var all sync.WaitGroup
	for range 8 { // leaves connections waiting
		all.Go(func() {
			if err := errors.Join(read(), write()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	stall()
	if err := d.Healthy(t.Context()); !errors.Is(err, db.ErrAway) {
		t.Errorf("healthy: %v", err)
	}
	for n := range 40 {
		all.Go(func() {
			do := read
			if n%2 == 0 {
				do = write
			}
			if err := do(); db.Trouble(err) == nil || db.Trouble(err).Code != db.ErrAway.Code {
				t.Errorf("%d: %v, want that the database is away", n, err)
			}
		})
	}
	all.Wait()
	resume()
	for d.Healthy(t.Context()) != nil {
	}
	if err := errors.Join(read(), write()); err != nil {
		t.Error(err)
	}
}

// TestALongQueryIsNoSilence: a server that takes its time for one answers others.
func TestALongQueryIsNoSilence(t *testing.T) {
	d := dbtest.Open(t, db.PostgreSQL)
	if _, err := d.Read().ExecContext(t.Context(), "SELECT pg_sleep(4)"); err != nil {
		t.Error(err)
	}
}

// TestAFileThatAnotherProgramKeeps: whoever queues for the one writer is told.
func TestAFileThatAnotherProgramKeeps(t *testing.T) {
	leak.Check(t)
	o := db.Options{Path: filepath.Join(t.TempDir(), "x.db")}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	other, err := sql.Open("sqlite", "file:"+o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, db.NewID(), "k") })
			if db.Trouble(err) == nil || db.Trouble(err).Code != db.ErrLocked.Code {
				t.Errorf("%v, want that the file is locked", err)
			}
		})
	}
	all.Wait()
	if err := d.Healthy(t.Context()); err != nil { // it may be read
		t.Error(err)
	}
}
