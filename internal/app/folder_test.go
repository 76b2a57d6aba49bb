package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"

	"watchroom/internal/app"
	"watchroom/internal/app/folder"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestTwoDataFoldersOneFolderOfRecordings: a data folder that was copied names the
// recordings of the one it was copied from.
func TestTwoDataFoldersOneFolderOfRecordings(t *testing.T) {
	leak.Check(t)
	first, second := settings(t, filepath.Join(t.TempDir(), "one")), settings(t, filepath.Join(t.TempDir(), "two"))
	first.Recording.Folder = filepath.Join(t.TempDir(), "footage")
	second.Recording.Folder = first.Recording.Folder
	a := begin(t, first)
	b := &app.App{Config: second, Web: fstest.MapFS{}}
	if err := b.Start(t.Context()); !errors.Is(err, folder.ErrFootageTaken) || !strings.Contains(err.Error(), first.Recording.Folder) {
		t.Errorf("beside another: %v", err)
	}
	a.Close()
	begin(t, second).Close()
}

// TestAFolderIsGivenFree: its lock goes, and it is taken again.
func TestAFolderIsGivenFree(t *testing.T) {
	footage := filepath.Join(t.TempDir(), "footage")
	one, err := folder.Open(filepath.Join(t.TempDir(), "one"))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := folder.Open(filepath.Join(t.TempDir(), "two"))
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	if err := one.Record(footage); err != nil {
		t.Fatal(err)
	}
	if err := two.Record(footage); !errors.Is(err, folder.ErrFootageTaken) {
		t.Errorf("taken twice: %v", err)
	}
	one.Free(footage)
	if err := two.Record(footage); err != nil {
		t.Errorf("given free: %v", err)
	}
	if err := one.Record(footage); !errors.Is(err, folder.ErrFootageTaken) || len(one.Locks()) != 2 {
		t.Errorf("after that: %v, %d locks", err, len(one.Locks()))
	}
	one.Free(footage) // which it has not: nothing happens
}

// TestLocksThatSomebodyDeleted: the files are deleted under the process that holds them. Another
// one is refused all the same, by either folder.
func TestLocksThatSomebodyDeleted(t *testing.T) {
	clause.Covers(t, "C091")
	data, footage := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "footage")
	one, err := folder.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	if err := errors.Join(one.Record(footage), os.Remove(filepath.Join(data, "lock")), os.Remove(filepath.Join(footage, folder.FootageLock))); err != nil {
		t.Fatal(err)
	}
	if folder.Idle(data) {
		t.Error("nobody is said to work there")
	}
	if _, err := folder.Open(data); !errors.Is(err, folder.ErrTaken) {
		t.Errorf("the data folder: %v", err)
	}
	two, err := folder.Open(filepath.Join(t.TempDir(), "two"))
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	if err := two.Record(footage); !errors.Is(err, folder.ErrFootageTaken) {
		t.Errorf("the footage: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := folder.Open(data)
	if err != nil {
		t.Fatal("it is free:", err)
	}
	defer again.Close()
	if err := again.Record(footage); err != nil {
		t.Error("it is free:", err)
	}
}

// TestOneFolderByTwoNames: footage lies in the data folder itself, and the configuration spells it
// in another way. It is no other process's; nor is a lock that somebody shares.
func TestOneFolderByTwoNames(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Mkdir(data, 0o700), os.Symlink(data, link)); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	shared, err := folder.Open(data)
	if err != nil {
		t.Fatal("beside a lock that is shared:", err)
	}
	if err := errors.Join(shared.Close(), unix.Flock(int(dir.Fd()), unix.LOCK_UN)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{data, data + "/", data + "/.", link} {
		one, err := folder.Open(data + "/")
		if err != nil {
			t.Fatal(err)
		}
		if err := one.Record(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestALostKeyIsNotReplacedInSilence: what was sealed with the lost one stays as it is.
func TestALostKeyIsNotReplacedInSilence(t *testing.T) {
	leak.Check(t)
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := begin(t, c)
	add(t, a, s, 1, "Gate")
	sealed := filepath.Join(c.Data, "cameras.sealed")
	until(t, "the copy of the cameras", func() bool { st, err := os.Stat(sealed); return err == nil && st.Size() > 100 })
	a.Close()
	key, kept := filepath.Join(c.Data, secret.KeyFile), filepath.Join(t.TempDir(), "key")
	before, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(key, kept); err != nil {
		t.Fatal(err)
	}
	a = &app.App{Config: c, Web: fstest.MapFS{}}
	if err := a.Start(t.Context()); !errors.Is(err, app.ErrKeyLost) {
		t.Fatalf("without the key: %v", err)
	}
	if after, err := os.ReadFile(sealed); err != nil || string(after) != string(before) {
		t.Errorf("the copy of the cameras was touched: %v", err)
	}
	if err := os.Rename(kept, key); err != nil {
		t.Fatal(err)
	}
	begin(t, c).Close()
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	a = &app.App{Config: c, Web: fstest.MapFS{}, NewKey: true}
	if err := a.Start(t.Context()); err != nil {
		t.Fatalf("with a new key: %v", err)
	}
	a.Close()
	if aside, _ := filepath.Glob(sealed + ".lost-*"); len(aside) != 1 { // the pattern is sound
		t.Errorf("set aside: %q", aside)
	}
}
