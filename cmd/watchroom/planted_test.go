package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/app/records"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/vault"
)

// TestFootageRemovedByHandAtAStop: with the server stopped somebody has the journals say of all
// footage that room was needed, and removes files and rows. The command names each, and
// says so with its status.
func TestFootageRemovedByHandAtAStop(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C090", "C091")
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	serve := func(logged string) {
		t.Helper()
		_, _, stop := background(t, nil, "serve", "--data", data, "--config", file, "--listen", "127.0.0.1:0")
		until(t, "the log has "+logged, func() bool {
			return strings.Contains(command(t, "", nil, "ledger", "verify", "--quiet", "--data", data, "--config", file).out, "\n"+logged)
		})
		if code := stop(); code != 0 {
			t.Fatalf("the server ended with %d", code)
		}
	}
	verify := func() result {
		t.Helper()
		return command(t, "", nil, "ledger", "verify", "--quiet", "--data", data, "--config", file)
	}
	serve("segments 0")
	root, camera := filepath.Join(data, "recordings"), db.NewID()
	v := vault.At(root)
	files := v.Record(t, camera, time.Now().Add(-time.Hour).UnixMicro(), 4, 10*time.Minute)
	serve("segments 4")
	if got := verify(); strings.Contains(got.out, "file_missing") || strings.Contains(got.out, "removal_un") {
		t.Fatalf("before: %s", got.out)
	}

	cfg := config.Default()
	cfg.Data = data
	d, err := records.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		v.Bury(t, camera, time.Now().UnixMicro(), f)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM segments WHERE file = ?", f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	got := verify()
	if got.code != 1 {
		t.Errorf("it ended with %d", got.code)
	}
	for _, kind := range []string{"removal_unfounded", "file_missing"} {
		if n := strings.Count(got.out, "\n"+kind) + strings.Count(got.out[:min(len(got.out), len(kind))], kind); n != len(files) {
			t.Errorf("%d × %s:\n%s", n, kind, got.out)
		}
	}
}
