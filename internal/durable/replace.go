package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Incoming ends the name under which Put and Replace write a file before it has its own.
const Incoming = ".new"

// Replace puts content in the place of a file, whole or not at all. When it returns without an
// error both content and name are on the disk. See Make for what lies in the way.
func Replace(path string, content []byte, mode os.FileMode) error {
	if err := Put(path, content, mode); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// Put is Replace without the last step: a power cut may bring the earlier file back. A folder in
// the place of the file is put aside.
func Put(path string, content []byte, mode os.FileMode) error {
	tmp := path + Incoming
	f, err := Make(tmp, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		if err = os.Rename(tmp, path); err != nil && isDir(path) {
			if _, err = PutAside(path); err == nil {
				err = os.Rename(tmp, path)
			}
		}
	}
	if err != nil {
		_ = os.Remove(tmp) // the next one makes its own
	}
	return err
}

func isDir(path string) bool {
	st, err := os.Lstat(path)
	return err == nil && st.IsDir()
}

// Make makes a file to be written and read, which is to be renamed once it is whole. Nothing that
// lies there is followed, written on or waited for: a file, such as a crash leaves one behind, is
// removed, and anything else, such as a link, a pipe or a folder, is put aside (PutAside).
func Make(path string, mode os.FileMode) (*os.File, error) {
	for try := 1; ; try++ {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, mode)
		if !errors.Is(err, fs.ErrExist) || try == tries {
			return f, err
		}
		aside, err := PutAside(path)
		if err == nil && aside == "" {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// tries bounds how often Make clears its name: somebody may put something there again and again.
const tries = 5

// OpenLock opens the file of a lock, and makes it where there is none. What is no file there is
// refused with ErrIrregular: to put it aside would be to give somebody else's lock away.
func OpenLock(path string, mode os.FileMode) (*os.File, error) {
	f, err := OpenOrMake(path, mode)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENXIO) {
		err = fmt.Errorf("%w: %w", ErrIrregular, err)
	}
	if errors.Is(err, ErrIrregular) {
		err = fmt.Errorf("what lies in the place of the lock is no file, take it away: %w", err)
	}
	return f, err
}
