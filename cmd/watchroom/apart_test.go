package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/testkit/leak"
)

// TestADataFolderThatTakesNothing: an auditor has it mounted read-only, and both comparisons
// work; so they do on a full disk. A start without inodes is a clear error, and nothing is
// written.
func TestADataFolderThatTakesNothing(t *testing.T) {
	leak.Check(t)
	if os.Geteuid() != 0 {
		return // a small disk needs a person who may mount one
	}
	file := settingsFile(t)
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=128m,nr_inodes=100"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	remount := func(flags uintptr, options string) {
		t.Helper()
		if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(disk, "data")
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	if r := command(t, "", nil, serve...); r.code != 1 || !strings.Contains(r.err, "too few inodes") || !strings.Contains(r.err, "nothing was written") {
		t.Errorf("without inodes: %+v", r)
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
		t.Errorf("written: %v, %v", left, err)
	}
	remount(0, "size=128m,nr_inodes=10000")
	env := []string{"WATCHROOM_ADMIN_PASSWORD=a long enough phrase 7"}
	if err := spawn(t, env, serve...).end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v", err)
	}
	both := func(what string) {
		t.Helper()
		before := sums(t, disk, "")
		for _, args := range [][]string{{"archive", "check"}, {"ledger", "verify"}} {
			r := command(t, "", nil, append(args, "--data", data, "--config", file)...)
			if r.code != 0 || !strings.Contains(r.err, "nothing can be written into the data folder") {
				t.Errorf("%s: %v: %+v", what, args, r)
			}
		}
		after := sums(t, disk, "")
		for name, sum := range before {
			if after[name] != sum {
				t.Errorf("%s: %s is not what it was", what, name)
			}
		}
		if len(after) != len(before) {
			t.Errorf("%s: %d files before, %d after", what, len(before), len(after))
		}
	}
	remount(unix.MS_RDONLY, "size=128m")
	both("read-only")
	remount(0, "size=128m")
	fill(t, disk)
	both("full")
}
