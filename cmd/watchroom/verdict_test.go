package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/archive/audit"
	ledger "watchroom/internal/ledger/tlog"
)

// TestVerdict: what a verification proves depends on the keys that somebody brought.
func TestVerdict(t *testing.T) {
	dir := t.TempDir()
	l := &ledger.Log{Dir: dir, Node: "example.org/room", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	grow := func(size int64) ledger.Signed {
		if _, err := l.Append(t.Context(), []byte("an entry")); err != nil {
			t.Fatal(err)
		}
		for l.Checkpoint().Size != size {
			<-look.C
		}
		return l.Checkpoint()
	}
	one := grow(1)
	w, err := tlog.NewCosigner("audit.example.org/w", bytes.Repeat([]byte("w"), 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := tlog.NewCosigner("stranger", bytes.Repeat([]byte("s"), 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, vkey, err := note.GenerateKey(rand.Reader, l.Key().Name())
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(text string, r audit.Report) (string, error) {
		t.Helper()
		log, err := chronicle.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		path := ""
		if text != "" {
			path = filepath.Join(t.TempDir(), "policy")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		policy, err := readPolicy(path)
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		err = conclude(t.Context(), &out, log, policy, r)
		return out.String(), err
	}
	check := func(name, policy string, r audit.Report, want error, say ...string) {
		t.Helper()
		out, err := verdict(policy, r)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, s := range append(say, "origin "+l.Key().Name()+"\n", "key "+l.Key().String()+"\n", "checkpoint size ") {
			if !strings.Contains(out, s) {
				t.Errorf("%s: no %q in\n%s", name, s, out)
			}
		}
	}
	good := fmt.Sprintf("log %s\nwitness audit %s\nquorum audit\n", l.Key(), w.Key())
	check("no policy", "", audit.Report{}, nil, "verdict: consistent with itself", "signature over 1 entries by "+l.Key().Name())
	check("no policy and findings", "", audit.Report{Findings: 2}, nil, "verdict: findings 2")
	check("not cosigned", good, audit.Report{}, errUnproved, "too few of its witnesses")
	check("no witness wanted", fmt.Sprintf("log %s\nquorum none\n", l.Key()), audit.Report{}, nil, "verdict: proved by the log of the policy, which asks for no witness")
	check("a forger's log", fmt.Sprintf("log %s\nquorum none\n", vkey), audit.Report{}, errUnproved, "verdict: not proved")
	cosigned, err := note.Sign(&note.Note{Text: one.Text()}, w)
	if err != nil {
		t.Fatal(err)
	}
	_, lines, err := tlog.SplitNote(cosigned)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Cosigned(append(bytes.Clone(one.Note), lines...), w.Key()); err != nil {
		t.Fatal(err)
	}
	check("cosigned", good, audit.Report{}, nil, "verdict: proved by the log and the witnesses", "cosigned over 1 entries by audit (audit.example.org/w)")
	grow(2)
	check("grown since", good, audit.Report{}, nil, "have cosigned 1 of 2 entries")
	check("cosigned by a stranger", strings.ReplaceAll(good, w.Key().String(), stranger.Key().String()), audit.Report{}, errUnproved)
	for _, bad := range []string{"log x\n", "log " + l.Key().String()} {
		if _, err := verdict(bad, audit.Report{}); err == nil || !strings.Contains(err.Error(), "--policy") {
			t.Errorf("policy %q: %v", bad, err)
		}
	}
}
