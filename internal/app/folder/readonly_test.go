package folder

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAReadOnlyFileSystem is told of as that, also where the folder would have to be made.
func TestAReadOnlyFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := ReadOnly(filepath.Join(dir, "new", "data")); err != nil {
		t.Errorf("of one that can be written: %v", err)
	}
	was := access
	access = func(path string, mode uint32) error {
		if path == dir {
			return unix.EROFS
		}
		return was(path, mode)
	}
	defer func() { access = was }()
	for _, path := range []string{dir, filepath.Join(dir, "new", "data")} {
		if err := ReadOnly(path); !errors.Is(err, unix.EROFS) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
