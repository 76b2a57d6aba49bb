package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/evidence/tlog"
	ledger "watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/testkit/leak"
)

// TestWitnessCosignsALog runs the command beside a log, as a second machine would.
func TestWitnessCosignsALog(t *testing.T) {
	leak.Check(t)
	folder, dir := t.TempDir(), filepath.Join(t.TempDir(), "witness")
	l := &ledger.Log{Dir: folder, Node: "example.org/room", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(t.Context(), []byte("an entry")); err != nil {
		t.Fatal(err)
	}
	key := l.Key()
	ready, out, stop := background(t, nil, "witness", "--dir", dir, "--listen", "127.0.0.1:0", "--log", key.String(), "--name", "audit.example.org/w")
	if !strings.Contains(out.String(), "witness key: audit.example.org/w+") || !strings.Contains(out.String(), ready["key"].(string)) {
		t.Errorf("it says %q", out)
	}
	other := command(t, "", nil, "witness", "--dir", dir, "--listen", "127.0.0.1:0", "--log", key.String())
	if other.code == 0 || !strings.Contains(other.err, "another process uses this folder") {
		t.Errorf("a second one in this folder: %+v", other)
	}
	theirs, err := tlog.ParseKey(ready["key"].(string))
	if err != nil {
		t.Fatal(err)
	}
	c := &witness.Client{Log: l, Dir: folder, Interval: time.Millisecond, Witnesses: []witness.Witness{{Name: "audit", URL: ready["url"].(string), Key: theirs}}}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for l.CosignedCheckpoint().Size != 1 {
		<-look.C
	}
	c.Close()
	if code := stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	policy, err := tlog.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness audit %s\nquorum audit\n", key, theirs))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.ProofFile(0)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := p.Verify(policy, []byte("an entry")); err != nil || !v.Quorum {
		t.Errorf("%+v, %v", v, err)
	}
	// The second start has the same key.
	again, _, stop := background(t, nil, "witness", "--dir", dir, "--listen", "127.0.0.1:0", "--log", key.String())
	if again["key"] != ready["key"] {
		t.Errorf("key %s, then %s", ready["key"], again["key"])
	}
	stop()
	http.DefaultClient.CloseIdleConnections()
}

func TestWitnessRefuses(t *testing.T) {
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"--log":                  {"witness", "--dir", dir},
		"malformed verifier key": {"witness", "--dir", dir, "--log", "x"},
		"was it copied whole":    {"witness", "--dir", dir, "--log", "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"},
		"missing address":        {"witness", "--dir", dir, "--log", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "--listen"},
		"not the key of a log":   {"witness", "--dir", dir, "--log", cosignerKey(t)},
		"--listen: listen tcp":   {"witness", "--dir", dir, "--listen", "127.0.0.1:999999", "--log", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"},
	} {
		if want == "missing address" {
			want = "--listen"
		}
		if r := command(t, "", nil, args...); r.code == 0 || !strings.Contains(r.err, want) {
			t.Errorf("%v: %+v, want %q", args, r, want)
		}
	}
}

func cosignerKey(t *testing.T) string {
	t.Helper()
	c, err := tlog.NewCosigner("w", make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return c.Key().String()
}
