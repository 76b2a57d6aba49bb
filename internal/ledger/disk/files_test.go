package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"watchroom/internal/durable"
)

// TestOnlyFilesAreRead: a pipe in place of a file of the log would hold whoever opens it,
// and a link to a device would never end.
func TestOnlyFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), []byte("note"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "tail"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "guard")); err != nil {
		t.Fatal(err)
	}
	ways := map[string]func(name string) ([]byte, error){
		"by path":        func(name string) ([]byte, error) { return OS{}.ReadFile(filepath.Join(dir, name)) },
		"in file system": func(name string) ([]byte, error) { return fs.ReadFile(Files(dir), name) },
	}
	for way, read := range ways {
		if b, err := read("checkpoint"); err != nil || string(b) != "note" {
			t.Errorf("%s: %q, %v", way, b, err)
		}
		if _, err := read("tail"); !errors.Is(err, durable.ErrIrregular) {
			t.Errorf("%s: a pipe gives %v", way, err)
		}
		if _, err := read("guard"); err == nil {
			t.Errorf("%s: a device is read", way)
		}
		if _, err := read("nothing"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: what is not there gives %v", way, err)
		}
	}
	if names, err := fs.Glob(Files(dir), "c*"); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}
