package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/testkit/crashdisk"
)

func TestReplaceAndRemove(t *testing.T) {
	root := t.TempDir()
	for name, d := range map[string]disk.Disk{"machine": disk.OS{}, "memory": crashdisk.New()} {
		dir := "/"
		if name == "machine" {
			dir = root
		}
		path := filepath.Join(dir, "a")
		for _, text := range []string{"one, and long", "two"} {
			if err := disk.Replace(d, path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if b, err := d.ReadFile(path); err != nil || string(b) != text {
				t.Errorf("%s: %q, %v", name, b, err)
			}
		}
		if err := disk.Replace(d, filepath.Join(dir, "none", "a"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		sub := filepath.Join(dir, "sub")
		if err := d.Mkdir(sub); err != nil {
			t.Fatal(err)
		}
		if err := d.Mkdir(sub); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: a folder twice: %v", name, err)
		}
		if err := disk.Put(d, filepath.Join(sub, "b"), []byte("b"), 0o640, false); err != nil {
			t.Fatal(err)
		}
		if err := d.Remove(sub); err == nil {
			t.Errorf("%s: a folder with a file was removed", name)
		}
		for range 2 { // what is not there is removed already
			if err := disk.RemoveAll(d, sub); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := d.ReadDir(dir); err != nil || len(list) != 1 || list[0].Name() != "a" || list[0].IsDir() {
			t.Errorf("%s: %v, %v", name, list, err)
		}
		f, err := d.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("XY"), 2); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(3), f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
		if b, err := d.ReadFile(path); err != nil || string(b) != "twX" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		lock, err := d.Lock(filepath.Join(dir, "lock"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Lock(filepath.Join(dir, "lock")); !errors.Is(err, disk.ErrLocked) {
			t.Errorf("%s: a second lock: %v", name, err)
		}
		lock.Close()
		if lock, err = d.Lock(filepath.Join(dir, "lock")); err != nil {
			t.Errorf("%s: a lock that was given back: %v", name, err)
		} else {
			lock.Close()
		}
	}
	if st, err := os.Stat(filepath.Join(root, "a")); err != nil || st.Mode().Perm() != 0o600 {
		t.Error(st.Mode(), err)
	}
}

// Replace may stop anywhere: the old file is there, or the new one.
func TestReplaceCutShort(t *testing.T) {
	for stop := 1; ; stop++ {
		d := crashdisk.New()
		d.Write("/a", []byte("old"))
		d.StopAt = stop
		err := disk.Replace(d, "/a", []byte("and new"), 0o600)
		for name, left := range map[string]*crashdisk.Disk{"kill": d.AfterKill(), "power": d.AfterPowerCut(), "mess": d.AfterMess(uint64(stop))} {
			b, readErr := left.ReadFile("/a")
			if readErr != nil || string(b) != "old" && string(b) != "and new" || err == nil && string(b) == "old" {
				t.Errorf("step %d, %s: %q, %v", stop, name, b, readErr)
			}
		}
		if err == nil {
			break
		}
		if !errors.Is(err, crashdisk.ErrDead) {
			t.Fatal(err)
		}
	}
}

// Put without a sync of the folder is lost in a power cut, or the test disk is too kind.
func TestTheTestDiskForgets(t *testing.T) {
	d := crashdisk.New()
	if err := disk.Put(d, "/a", []byte("x"), 0o600, true); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AfterPowerCut().ReadFile("/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that was not synced: %v", err)
	}
	if b, err := d.AfterKill().ReadFile("/a"); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	if err := d.SyncDir("/"); err != nil {
		t.Fatal(err)
	}
	f, err := d.Open("/a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("yz"), 0); err != nil {
		t.Fatal(err)
	}
	if b, err := d.AfterPowerCut().ReadFile("/a"); err != nil || string(b) != "x" {
		t.Errorf("data that was not synced: %q, %v", b, err)
	}
	n, _ := d.Steps()
	d.FailAt = n + 1
	if err := f.Sync(); !errors.Is(err, crashdisk.ErrFailed) {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil { // says that all is well, as kernels do
		t.Fatal(err)
	}
	if b, err := d.AfterPowerCut().ReadFile("/a"); err != nil || string(b) != "x" {
		t.Errorf("data behind a failed sync: %q, %v", b, err)
	}
}

// TestNothingIsFollowed: what lies in the way of a file, a lock or a folder that is removed leads
// nowhere.
func TestNothingIsFollowed(t *testing.T) {
	dir, d := t.TempDir(), disk.OS{}
	at := func(name string) string { return filepath.Join(dir, name) }
	other := at("other")
	err := errors.Join(os.Mkdir(other, 0o700), os.WriteFile(filepath.Join(other, "key"), []byte("the key"), 0o600),
		os.Symlink(other, at("log-0002.new")), os.Symlink(filepath.Join(other, "key"), at("guard.new")), os.Symlink(filepath.Join(other, "key"), at("tail")),
		os.Symlink(filepath.Join(other, "key"), at("lock")), os.Symlink(at("none"), at("dangling")), unix.Mkfifo(at("pipe"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Replace(d, at("guard"), []byte("new"), 0o600); err != nil {
		t.Error(err)
	}
	if f, err := d.Open(at("tail")); err == nil {
		f.Close()
		t.Error("a link was opened")
	}
	for _, name := range []string{"lock", "pipe"} {
		if l, err := d.Lock(at(name)); !errors.Is(err, durable.ErrIrregular) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	for _, name := range []string{"log-0002.new", "dangling", "pipe"} {
		if err := disk.RemoveAll(d, at(name)); err != nil {
			t.Error(err)
		}
		if st, err := os.Lstat(at(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there: %v, %v", name, st, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(other, "key")); string(b) != "the key" || err != nil {
		t.Errorf("what they lead to: %q, %v", b, err)
	}
}
