package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/leak"
)

// TestDamagedFilesOfTheLog: one byte of a file of the log is another while the server is
// stopped. A verification names it, the next start makes it again from the rest, says so
// and puts it on record, and goes on with the same log.
func TestDamagedFilesOfTheLog(t *testing.T) {
	leak.Check(t)
	const password = "a long enough phrase 7"
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	env := []string{"WATCHROOM_ADMIN_PASSWORD=" + password}
	life := func() (mended []string, said string) {
		t.Helper()
		server := spawn(t, env, serve...)
		admin := server.signIn("admin", password)
		until(t, "the log goes on", func() bool {
			var s struct {
				Ready        bool
				Size, Signed int64
			}
			admin.do("GET", "/api/v1/ledger", nil, &s)
			return s.Ready && s.Size > 0 && s.Signed == s.Size
		})
		if err := server.end(syscall.SIGTERM); err != nil {
			t.Fatalf("ended with %v", err)
		}
		d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(data, "watchroom.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "ledger.mended"})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range acts {
			name, _ := a.Detail["file"].(string)
			mended = append(mended, name)
		}
		return mended, server.said.String()
	}
	verify := func() result {
		return command(t, "", nil, "ledger", "verify", "--quiet", "--data", data, "--config", file)
	}
	life()
	life() // what the end wrote comes into the log in the next life
	if r := verify(); r.code != 0 || !strings.Contains(r.out, "findings 0\n") {
		t.Fatalf("in good order: %+v", r)
	}
	life()
	log := filepath.Join(data, "ledger", "log-0001")
	superseded, err := filepath.Glob(filepath.Join(log, "tile", "0", "000.p", "*"))
	if err != nil || len(superseded) < 2 {
		t.Fatal(superseded, err)
	}
	for _, path := range []string{
		filepath.Join(log, "tail"), filepath.Join(log, "checkpoint"), filepath.Join(data, "ledger", "guard"),
		filepath.Join(data, "recordings", ".ledger-checkpoint"), superseded[0],
	} {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]byte{}, good...)
		bad[len(bad)/3] ^= 4
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := verify(); r.code != 1 || !strings.Contains(r.out+r.err, filepath.Base(path)) {
			t.Errorf("%s: %+v", path, r)
		}
		mended, said := life()
		if !strings.Contains(said, filepath.Base(path)) {
			t.Errorf("%s: the start does not tell: %s", path, said)
		}
		if name := filepath.Base(path); name == "tail" || name == "guard" || name == "checkpoint" {
			if len(mended) == 0 || filepath.Base(mended[0]) != name {
				t.Errorf("%s: on record stands %q", path, mended)
			}
		}
		if r := verify(); r.code != 0 || !strings.Contains(r.out, "findings 0\n") {
			t.Errorf("%s, after a start: %+v", path, r)
		}
	}
}
