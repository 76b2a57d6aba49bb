package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
	"watchroom/internal/config"
	"watchroom/internal/testkit/logtest"
)

// TestLedgerVerifyPrintsFindings: a line for each, then the outcome, and an error that
// makes the status one.
func TestLedgerVerifyPrintsFindings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "watchroom.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	recordings := filepath.Join(dir, "recordings")
	if err := os.MkdirAll(recordings, 0o750); err != nil {
		t.Fatal(err)
	}
	log, ended := &logtest.Log{}, 0
	c := &ledgerVerifyCommand{settings: settings{Data: &dir}, open: func(_ context.Context, cfg *config.Config) (*audit.Audit, func() error, error) {
		a := &audit.Audit{Log: log, Origin: "o", Ledger: dir, Volumes: []seal.Root{{Path: cfg.RecordingFolder()}}, State: filepath.Join(dir, "verify.state")}
		return a, func() error { ended++; return nil }, nil
	}}
	run := func() (string, string, error) {
		var out, complaint bytes.Buffer
		err := c.Run(t.Context(), streams{out: &out, err: &complaint, env: func(string) (string, bool) { return "", false }})
		return out.String(), complaint.String(), err
	}
	if out, _, err := run(); err != nil || !strings.Contains(out, "findings 0\n") || ended != 1 {
		t.Errorf("%q, %v, ended %d times", out, err, ended)
	}
	log.Put([]byte("rubbish"))
	if err := os.WriteFile(filepath.Join(recordings, "holi day.mp4"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, bar, err := run()
	if !errors.Is(err, errFindings) || !strings.Contains(out, "entry_malformed  entry 0") || !strings.Contains(out, "file_foreign  file \"holi day.mp4\"") ||
		!strings.Contains(out, "findings 2\n") || !strings.Contains(bar, "entries  [##############################] 100 %  1 of 1") {
		t.Errorf("%v\n%s\n%q", err, out, bar)
	}
	c.Quiet = true
	if _, bar, _ := run(); bar != "" {
		t.Errorf("quiet: %q", bar)
	}
	for _, wrong := range []string{"fast", "0", "-5MB"} {
		c.Rate = wrong
		if _, _, err := run(); err == nil || !strings.Contains(err.Error(), "--rate") {
			t.Errorf("--rate %s: %v", wrong, err)
		}
	}
	other := filepath.Join(dir, "none")
	c.Rate, c.Data = "", &other
	if _, _, err := run(); err == nil {
		t.Error("a folder that is none was verified")
	}
}
