package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	if err := os.WriteFile(filepath.Join(recordings, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, bar, err := run()
	if !strings.Contains(out, "remark  file_stray  file \"notes.txt\"") || !strings.Contains(out, "remarks 1\n") {
		t.Errorf("%s", out)
	}
	if !errors.Is(err, errFindings) || !strings.Contains(out, "entry_malformed  entry 0") || !strings.Contains(out, "file_foreign  file \"holi day.mp4\"") ||
		!strings.Contains(out, "findings 2\n") || !strings.Contains(bar, "entries  100 %  1 of 1\n") || strings.ContainsAny(bar, "\r\x1b") {
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

// TestWhatWasReadIsSaid: agreement is of what was looked at, and no more is said.
func TestWhatWasReadIsSaid(t *testing.T) {
	since := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC).UnixMicro()
	for _, c := range []struct {
		r             audit.Report
		read, verdict string
	}{
		{audit.Report{Files: 9, Read: 9, Since: since}, "footage was read since 2026-11-28T12:00:00Z, 9 files", "verdict: good"},
		{audit.Report{Files: 9, Read: 9, Kept: 4, Since: since}, "footage was read since 2026-11-28T12:00:00Z, 4 of 9 files by a run that was interrupted; --fresh reads all of it", "verdict: good; an interrupted run was gone on with"},
		{audit.Report{Files: 9, Presence: true}, "footage was not read; it was only looked whether its files are there", "verdict: good; the footage was not read"},
		{audit.Report{Files: 9, Read: 9, Since: since, Findings: 2}, "footage was read since 2026-11-28T12:00:00Z, 9 files", "verdict: findings 2; signatures: good"},
	} {
		if read, verdict := readOf(c.r), agree(c.r, "good"); read != c.read || verdict != c.verdict {
			t.Errorf("%+v: %q, %q", c.r, read, verdict)
		}
	}
	if with, without := interrupted(&audit.Audit{Key: []byte{1}}), interrupted(&audit.Audit{}); !strings.Contains(with, "for a day") || !strings.Contains(without, "begins anew") {
		t.Errorf("%q, %q", with, without)
	}
}
