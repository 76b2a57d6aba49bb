package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Room is how many bytes are free where a folder is, or would be made, and the file
// system that it is on. Nothing is made or written.
func Room(path string) (free int64, device string, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return 0, "", err
	}
	for {
		var on unix.Stat_t
		switch err := unix.Stat(path, &on); {
		case err == nil:
			var st unix.Statfs_t
			if err := unix.Statfs(path, &st); err != nil {
				return 0, "", &os.PathError{Op: "statfs", Path: path, Err: err}
			}
			if st.Blocks == 0 { // as of /sys: nobody can tell
				return math.MaxInt64, "", nil
			}
			return int64(st.Bavail) * st.Bsize, fmt.Sprintf("%d:%d", unix.Major(on.Dev), unix.Minor(on.Dev)), nil
		case !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path):
			return 0, "", &os.PathError{Op: "stat", Path: path, Err: err}
		}
		path = filepath.Dir(path)
	}
}

// Fits refuses a data folder that is new where there is too little room for it, and any on
// a file system that takes no more files, before anything is written.
func Fits(path string) error {
	if err := names(path); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := room(path); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// ErrNoNames says that a file system takes no more files, however much room it has.
var ErrNoNames = errors.New("too few inodes")

// Files that a start makes: of one that is new records, log and keys; of any other the
// socket for its successor and what the database lays beside itself.
const (
	newFiles = 256
	anyFiles = 16
)

// names refuses a start on a file system that has no inodes left: it would make half of
// what it needs. Some count none.
func names(path string) error {
	need := uint64(anyFiles)
	if old, err := os.ReadDir(path); err != nil || len(old) == 0 {
		need = newFiles
	}
	at, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	for { // the nearest that is there
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil || st.Files == 0 {
		return nil //nolint:nilerr // nobody can tell
	}
	if st.Ffree < need {
		return fmt.Errorf("%w: the file system of %s has %d free (df -i), and %d are needed; nothing was written", ErrNoNames, at, st.Ffree, need)
	}
	return nil
}

// access is unix.Access but in tests.
var access = unix.Access

// ReadOnly is the error of a folder whose file system is mounted read-only, which is there or
// would be made; nil for any other. What is free on it matters to nobody.
func ReadOnly(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil //nolint:nilerr // nobody can tell
	}
	for {
		err := access(path, unix.W_OK)
		if errors.Is(err, unix.EROFS) {
			return fmt.Errorf("data folder: %w", &os.PathError{Op: "write", Path: path, Err: err})
		}
		if !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			return nil //nolint:nilerr // likewise
		}
		path = filepath.Dir(path)
	}
}

// Cramped tells whether nothing can be written into a folder that is there: its file system
// is mounted read-only, or has less than so many bytes or hardly an inode free.
func Cramped(path string, bytes int64) bool {
	if errors.Is(access(path, unix.W_OK), unix.EROFS) {
		return true
	}
	free, _, err := Room(path)
	return err == nil && free < bytes || names(path) != nil
}

// mkdirs is os.MkdirAll and gives what it made, the outermost first.
func mkdirs(path string, mode os.FileMode) (made []string, err error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		made = append([]string{dir}, made...)
	}
	return made, os.MkdirAll(path, mode)
}
