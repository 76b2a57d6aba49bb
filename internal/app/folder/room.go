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

// Fits refuses a data folder that is new where there is too little room for it.
func Fits(path string) error {
	if err := room(path); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
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
