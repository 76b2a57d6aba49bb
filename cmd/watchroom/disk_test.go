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

// TestADiskThatTakesNothingAtTheStart: a data folder that is new and would stand on a
// disk that is nearly full, or one that cannot be written to, is a clear error and a
// status, and nothing is written. One in use whose disk has become full goes on.
func TestADiskThatTakesNothingAtTheStart(t *testing.T) {
	leak.Check(t)
	file := settingsFile(t)
	refused := func(data, word string) {
		t.Helper()
		r := command(t, "", nil, "serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file)
		if r.code != 1 || !strings.Contains(r.err, "data folder") || !strings.Contains(r.err, word) || strings.Contains(r.out, "new recorder") {
			t.Errorf("%s: %+v", data, r)
		}
	}
	refused("/sys/watchroom", "/sys/watchroom") // nobody can make a folder there
	if os.Geteuid() != 0 {
		folder := filepath.Join(t.TempDir(), "closed")
		if err := os.Mkdir(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		refused(filepath.Join(folder, "data"), "permission denied")
		return // a small disk needs a person who may mount one
	}
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := func(flags uintptr, options string) {
		t.Helper()
		if err := unix.Mount("tmpfs", disk, "tmpfs", flags, options); err != nil {
			t.Fatal(err)
		}
	}
	mount(0, "size=20m")
	defer func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	data := filepath.Join(disk, "new", "data")
	refused(data, "20 MiB free, and 64 MiB are needed")
	if left, err := os.ReadDir(disk); err != nil || len(left) != 0 {
		t.Errorf("written to it: %v, %v", left, err)
	}
	remount := func(flags uintptr, options string) {
		t.Helper()
		if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
			t.Fatal(err)
		}
	}
	remount(unix.MS_RDONLY, "size=128m")
	refused(data, "read-only file system")

	remount(0, "size=128m")
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}
	env := []string{"WATCHROOM_ADMIN_PASSWORD=a long enough phrase 7"}
	if err := spawn(t, env, serve...).end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v", err)
	}
	remount(unix.MS_RDONLY, "size=128m") // as after errors of the disk
	before := sums(t, disk, "")
	refused(data, "read-only file system")
	remount(0, "size=128m")
	fill(t, disk)
	// Full to the last byte, what was made stays what it is, whether it starts or says why not.
	full := launch(t, env, serve...)
	until(t, "an answer, or an end", func() bool {
		_, err := os.Stat(full.process.Args[len(full.process.Args)-1])
		return err == nil || len(full.ended) > 0
	})
	if len(full.ended) == 0 {
		_ = full.end(syscall.SIGTERM) // it may not be able to end well
	} else if said := full.said.String(); !strings.Contains(said, "full") && !strings.Contains(said, "no space") {
		t.Errorf("ended without saying why: %s", said)
	}
	after := sums(t, disk, "")
	for name, sum := range before {
		if strings.HasSuffix(name, ".key") || strings.HasSuffix(name, "/key") || strings.HasSuffix(name, "/tail") {
			if after[name] != sum {
				t.Errorf("%s is not what it was", name)
			}
		}
	}
	if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
		t.Fatal(err)
	}
	again := spawn(t, env, serve...)
	again.signIn("admin", "a long enough phrase 7")
	if err := again.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// fill writes to a disk until it takes nothing more.
func fill(t *testing.T, disk string) {
	t.Helper()
	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size >= 4096; size /= 16 {
		for err = nil; err == nil; {
			_, err = ballast.Write(make([]byte, size))
		}
	}
	if err := ballast.Close(); err != nil {
		t.Fatal(err)
	}
}
