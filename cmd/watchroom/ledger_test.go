package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
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
	log, quiet := &logtest.Log{}, false
	std := func() (streams, *bytes.Buffer, *bytes.Buffer) {
		out, complaint := &bytes.Buffer{}, &bytes.Buffer{}
		return streams{out: out, err: complaint, env: func(string) (string, bool) { return "", false }}, out, complaint
	}
	run := func() (string, string, error) {
		s, out, complaint := std()
		_, err := verify(t.Context(), s, &audit.Audit{Log: log, Origin: "o", Ledger: dir, Volumes: []seal.Root{{Path: recordings}}, State: filepath.Join(dir, "verify.state")}, quiet)
		return out.String(), complaint.String(), err
	}
	if out, _, err := run(); err != nil || !strings.Contains(out, "findings 0\n") {
		t.Errorf("%q, %v", out, err)
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
	quiet = true
	if _, bar, _ := run(); bar != "" {
		t.Errorf("quiet: %q", bar)
	}
	c := &ledgerVerifyCommand{settings: settings{Data: &dir}}
	for _, wrong := range []string{"fast", "0", "-5MB"} {
		c.Rate = wrong
		s, _, _ := std()
		if err := c.Run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "--rate") {
			t.Errorf("--rate %s: %v", wrong, err)
		}
	}
	other := filepath.Join(dir, "none")
	c.Rate, c.Data = "", &other
	s, _, _ := std()
	if err := c.Run(t.Context(), s); err == nil {
		t.Error("a folder that is none was verified")
	}
}
