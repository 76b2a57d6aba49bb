package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/app/alive"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestWhatIsNoFileHoldsUpNobody: a named pipe, a folder or a link to a device in the place of a
// file of the data folder. A start says which it is, or goes on without it; so does a
// verification. Neither waits for somebody to write into a pipe.
func TestWhatIsNoFileHoldsUpNobody(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C096")
	data, file := filepath.Join(t.TempDir(), "data"), settingsFile(t)
	given := func(words ...string) []string { return append(words, "--data", data, "--config", file) }
	serve := given("serve", "--listen", "127.0.0.1:0")
	start := func() {
		t.Helper()
		if _, _, stop := background(t, nil, serve...); stop() != 0 {
			t.Error("the server did not end well")
		}
	}
	start()
	start() // what the end wrote comes into the log in the next life
	kinds := map[string]func(path string) error{
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a link":   func(path string) error { return os.Symlink("/dev/zero", path) },
		"a device": func(path string) error { return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) },
	}
	verify := given("ledger", "verify", "--quiet", "--skip-files")
	for name, fatal := range map[string]bool{secret.KeyFile: true, "volumes.json": true, alive.FileName: false} {
		path := filepath.Join(data, name)
		for what, put := range kinds {
			if err := os.Rename(path, path+".kept"); err != nil {
				t.Fatal(err)
			}
			if err := put(path); err != nil {
				if what != "a device" { // which root alone can make
					t.Fatal(err)
				}
			} else if fatal {
				if r := command(t, "", nil, serve...); r.code == 0 || !strings.Contains(r.err, name) {
					t.Errorf("%s is %s: the start ends with %d: %s", name, what, r.code, r.err)
				}
				if r := command(t, "", nil, verify...); r.code != 0 && !strings.Contains(r.err, name) {
					t.Errorf("%s is %s: the verification ends with %d: %s%s", name, what, r.code, r.out, r.err)
				}
			} else {
				start()
				if err := os.Remove(path); err != nil { // a file again
					t.Fatal(err)
				}
				if err := put(path); err != nil {
					t.Fatal(err)
				}
				if r := command(t, "", nil, verify...); r.code != 0 {
					t.Errorf("%s is %s: the verification ends with %d: %s%s", name, what, r.code, r.out, r.err)
				}
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".kept", path); err != nil {
				t.Fatal(err)
			}
		}
	}
	start()
}
