package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// TestWhatLiesInTheWay of a file that is written is neither followed, nor written on, nor waited
// for; what is more than a leftover lies beside it afterwards.
func TestWhatLiesInTheWay(t *testing.T) {
	inTheWay := map[string]struct {
		lay  func(path, other string) error
		kept fs.FileMode // type of what is put aside; 0: nothing is
	}{
		"nothing":         {func(string, string) error { return nil }, 0},
		"a link":          {func(path, other string) error { return os.Symlink(other, path) }, fs.ModeSymlink},
		"a dangling link": {func(path, other string) error { return os.Symlink(other+".none", path) }, fs.ModeSymlink},
		"a pipe":          {func(path, _ string) error { return unix.Mkfifo(path, 0o600) }, fs.ModeNamedPipe},
		"a folder":        {func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "some"), 0o700) }, fs.ModeDir},
		"a leftover": {func(path, _ string) error {
			return os.WriteFile(path, []byte("half and longer than what is new"), 0o644)
		}, 0},
		"a second name": {func(path, other string) error { return os.Link(other, path) }, 0},
	}
	for what, c := range inTheWay {
		for how, replace := range map[string]func(string, []byte, fs.FileMode) error{"replace": durable.Replace, "put": durable.Put} {
			t.Run(what+" "+how, func(t *testing.T) {
				dir := t.TempDir()
				path, other := filepath.Join(dir, "file"), filepath.Join(dir, "other")
				if err := errors.Join(os.WriteFile(other, []byte("the key"), 0o600), os.WriteFile(path, []byte("old"), 0o644), c.lay(path+durable.Incoming, other)); err != nil {
					t.Fatal(err)
				}
				if err := replace(path, []byte("new"), 0o600); err != nil {
					t.Fatal(err)
				}
				if b, err := os.ReadFile(path); string(b) != "new" || err != nil {
					t.Errorf("%q, %v", b, err)
				}
				if st, err := os.Lstat(path); err != nil || st.Mode() != 0o600 {
					t.Errorf("%v, %v", st, err)
				}
				if b, err := os.ReadFile(other); string(b) != "the key" || err != nil {
					t.Errorf("what it leads to: %q, %v", b, err)
				}
				st, err := os.Lstat(path + durable.Incoming + ".aside-1")
				if kept := c.kept != 0; (err == nil) != kept || kept && st.Mode().Type() != c.kept {
					t.Errorf("aside: %v, %v", st, err)
				}
				names, err := filepath.Glob(filepath.Join(dir, "*"+durable.Incoming))
				if len(names) > 0 || err != nil {
					t.Errorf("left: %v, %v", names, err)
				}
			})
		}
	}
	for what, c := range inTheWay {
		t.Run(what+" in its place", func(t *testing.T) {
			dir := t.TempDir()
			path, other := filepath.Join(dir, "file"), filepath.Join(dir, "other")
			if err := errors.Join(os.WriteFile(other, []byte("the key"), 0o600), c.lay(path, other)); err != nil {
				t.Fatal(err)
			}
			if err := durable.Replace(path, []byte("new"), 0o600); err != nil {
				t.Fatal(err)
			}
			if b, err := durable.ReadRegular(path, 9); string(b) != "new" || err != nil {
				t.Errorf("%q, %v", b, err)
			}
			if b, err := os.ReadFile(other); string(b) != "the key" || err != nil {
				t.Errorf("what it leads to: %q, %v", b, err)
			}
		})
	}
}

// TestAReplacementThatFails leaves the file as it was, and nothing beside it.
func TestAReplacementThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "file")
	if err := durable.Replace(path, []byte("new"), 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	long := filepath.Join(dir, strings.Repeat("x", 253)) // with the ending it is too long
	if err := durable.Replace(long, []byte("new"), 0o600); err == nil {
		t.Error("a name that is too long")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestInPlace: to write on a file that is there, or is made, nothing else is opened, and of the
// place of a lock it is said.
func TestInPlace(t *testing.T) {
	dir := t.TempDir()
	pipe, link, folder, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "folder"), filepath.Join(dir, "file")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), os.Symlink(file, link), os.Mkdir(folder, 0o700), os.WriteFile(file, []byte("a"), 0o600)); err != nil {
		t.Fatal(err)
	}
	made := func(path string) (*os.File, error) { return durable.OpenOrMake(path, 0o600) }
	lock := func(path string) (*os.File, error) { return durable.OpenLock(path, 0o600) }
	for _, path := range []string{pipe, link, folder} {
		for how, open := range map[string]func(string) (*os.File, error){"to write": durable.OpenToWrite, "or made": made, "a lock": lock} {
			f, err := open(path)
			if err == nil {
				f.Close()
				t.Errorf("%s %s was opened", path, how)
			}
			if how == "a lock" && (!errors.Is(err, durable.ErrIrregular) || !strings.Contains(err.Error(), "take it away")) {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if f, err := durable.OpenToWrite(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", f, err)
	}
	for _, open := range []func(string) (*os.File, error){durable.OpenToWrite, made, lock} {
		f, err := open(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			t.Error(err)
		}
	}
	if f, err := lock(filepath.Join(dir, "new")); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	if b, err := os.ReadFile(file); string(b) != "a" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
