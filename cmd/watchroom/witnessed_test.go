package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchroom/internal/testkit/leak"
)

// TestServeAndWitness: a server and a witness on their own, as on two machines. The keys
// go from one to the other by hand; what the witness cosigned proves the log to whoever
// has both keys, and a log that was set back behind it is not signed any more.
func TestServeAndWitness(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "watchroom.yaml")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := "live:\n  udp_port: 0\n  tcp_port: 0\n"
	write(file, settings)
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	env := map[string]string{"WATCHROOM_ADMIN_PASSWORD": "a long enough phrase 7"}
	ledgerCommand := func(args ...string) result {
		t.Helper()
		return command(t, "", nil, append(append([]string{"ledger"}, args...), "--data", data, "--config", file)...)
	}

	_, _, stop := background(t, env, serve...)
	var key string
	until(t, "the log has a key and a checkpoint", func() bool {
		r := ledgerCommand("key")
		key = strings.TrimSpace(r.out)
		return r.code == 0
	})
	stop()
	witness, _, stopWitness := background(t, nil, "witness", "--dir", filepath.Join(dir, "witness"), "--listen", "127.0.0.1:0", "--log", key)
	write(file, fmt.Sprintf("%sledger:\n  witnesses:\n    - %s %s\n", settings, witness["url"], witness["key"]))
	policy := filepath.Join(dir, "policy")
	write(policy, fmt.Sprintf("log %s\nwitness audit %s\nquorum audit\n", key, witness["key"]))

	_, _, stop = background(t, env, serve...)
	cosigned, _ := filepath.Glob(filepath.Join(data, "ledger", "log-0001", "checkpoint.w1"))
	until(t, "the witness has cosigned", func() bool {
		cosigned, _ = filepath.Glob(filepath.Join(data, "ledger", "log-0001", "checkpoint.w1"))
		return len(cosigned) == 1
	})
	stop()
	if r := ledgerCommand("verify", "--quiet", "--policy", policy); r.code != 0 || !strings.Contains(r.out, "verdict: proved by the log") || !strings.Contains(r.out, "cosigned over ") || !strings.Contains(r.out, ") at 20") || !strings.Contains(r.out, "Z\n") {
		t.Errorf("%+v", r)
	}
	if r := ledgerCommand("verify", "--quiet"); r.code != 0 || !strings.Contains(r.out, "verdict: consistent with itself") {
		t.Errorf("%+v", r)
	}
	if r := ledgerCommand("verify", "--quiet", "--skip-files"); r.code != 0 || !strings.Contains(r.out, "\nfootage was not read") || !strings.Contains(r.out, "--policy; the footage was not read\n") {
		t.Errorf("%+v", r)
	}
	if r := ledgerCommand("verify", "--quiet", "--fresh", "--state", filepath.Join(dir, "state")); r.code != 0 || !strings.Contains(r.out, "\nfootage was read since 2") {
		t.Errorf("%+v", r)
	}
	if r := ledgerCommand("verify", "--quiet", "--state", policy); r.code == 0 || !strings.Contains(r.err, "is no state of a verification") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(policy); err != nil {
		t.Error(err)
	}
	if r := ledgerCommand("continue", "--reason", "the past is to be another"); r.code == 0 || !strings.Contains(r.err, "good order") {
		t.Errorf("%+v", r)
	}
	stopWitness()
	http.DefaultClient.CloseIdleConnections()
}
