package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestAPlaceThatTheConfigurationDoesNotKnow: a command that was not told where all footage
// lies refuses before it reads any, and puts nothing on record. What would come of it
// otherwise is a finding for every file that lies there, for ever.
func TestAPlaceThatTheConfigurationDoesNotKnow(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dir := t.TempDir()
	data, plain, whole := filepath.Join(dir, "data"), settingsFile(t), filepath.Join(dir, "whole.yaml")
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"disk2", "vault"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	text = fmt.Appendf(text, "  volumes: [{name: disk2, folder: %q}]\narchive:\n  tiers: [{name: vault, folder: %q, move_after: 1h}]\n", filepath.Join(dir, "disk2"), filepath.Join(dir, "vault"))
	if err := os.WriteFile(whole, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, stop := background(t, map[string]string{"WATCHROOM_ADMIN_PASSWORD": "a long enough phrase 7"}, "serve", "--data", data, "--config", whole, "--listen", "127.0.0.1:0")
	until(t, "the log has a checkpoint", func() bool {
		return command(t, "", nil, "ledger", "key", "--data", data, "--config", whole).code == 0
	})
	if code := stop(); code != 0 {
		t.Fatalf("the server ended with %d", code)
	}
	records := func(work func(ctx context.Context, tx bun.Tx) error) {
		t.Helper()
		d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(data, "watchroom.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Tx(t.Context(), work); err != nil {
			t.Fatal(err)
		}
	}
	commands := [][]string{{"ledger", "verify", "--quiet"}, {"archive", "check"}, {"archive", "rebuild"}}
	look := func(config string, code int, words string, more ...string) {
		t.Helper()
		for _, c := range commands {
			args := append(append(c, "--data", data, "--config", config), more...)
			r := command(t, "", nil, args...)
			if r.code != code || !strings.Contains(r.err, words) || code == 2 && r.out != "" {
				t.Errorf("%v: %+v", args, r)
			}
		}
	}
	look(plain, 2, `does not know: "disk2", "vault"; nothing was read. Give --config`)
	look(plain, 2, `does not know: "vault"; nothing was read`, "--without", "disk2")
	records(func(ctx context.Context, tx bun.Tx) error {
		if all, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: "ledger.verified"}); err != nil || len(all) != 0 {
			t.Errorf("on record: %+v, %v", all, err)
		}
		return nil
	})
	look(whole, 0, "")
	look(plain, 0, "", "--without", "disk2", "--without", "vault")

	// A bucket has no marker on any disk: only the catalogue names it.
	records(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&archive.Segment{Camera: "cam1", StartAt: 1, EndAt: 2, Run: "run", File: "file", Volume: "cloud"}).Exec(ctx)
		return err
	})
	look(whole, 2, `does not know: "cloud"; nothing was read`)
	commands = commands[:2]
	look(whole, 1, "", "--without", "cloud") // and now it is a finding
}
