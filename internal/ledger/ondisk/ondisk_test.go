package ondisk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"watchroom/internal/ledger/ondisk"
)

// TestTheMemoryOfADisk takes the place of what lies there, and what is no file is put aside.
func TestTheMemoryOfADisk(t *testing.T) {
	const note = "example.org/gate/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— example.org/gate/1 AAAAAAAA\n"
	for what, lay := range map[string]func(path string) error{
		"nothing":  func(string) error { return nil },
		"a file":   func(path string) error { return os.WriteFile(path, []byte("damaged"), 0o600) },
		"a link":   func(path string) error { return os.Symlink("none", path) },
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(what, func(t *testing.T) {
			root := t.TempDir()
			path := filepath.Join(root, ondisk.Name)
			if err := lay(path); err != nil {
				t.Fatal(err)
			}
			_, err := ondisk.Read(root)
			odd := what != "nothing" && what != "a file"
			if ondisk.NoFile(err) != odd || errors.Is(err, fs.ErrNotExist) != (what == "nothing") {
				t.Errorf("it reads %v", err)
			}
			if origin, size := ondisk.Of(root); origin != "" || size != 0 {
				t.Errorf("%q %d", origin, size)
			}
			aside, err := ondisk.Write(root, []byte(note))
			if err != nil || (aside == path+".aside-1") != odd || !odd && aside != "" {
				t.Errorf("aside %q, %v", aside, err)
			}
			if b, err := ondisk.Read(root); string(b) != note || err != nil {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}
