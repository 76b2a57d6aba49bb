package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Folder is a data folder that belongs to this process alone.
type Folder struct {
	Path string
	lock *os.File
}

// ErrFolderTaken says that another process works in the data folder.
var ErrFolderTaken = errors.New("another watchroom process uses this data folder")

// OpenFolder makes the folder where it is missing and takes its lock, which ends
// with the process however that ends.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	name := filepath.Join(path, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			who := ""
			if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
				who = " (process " + strings.TrimSpace(string(b)) + ")"
			}
			return nil, fmt.Errorf("%s: %w%s", path, ErrFolderTaken, who)
		}
		return nil, fmt.Errorf("data folder: lock: %w", err)
	}
	if err := f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%d\n", os.Getpid())
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("data folder: %w", err)
		}
	}
	return &Folder{Path: path, lock: f}, nil
}

// Join is a path below the folder.
func (f *Folder) Join(name ...string) string {
	return filepath.Join(append([]string{f.Path}, name...)...)
}

// Close gives the folder free.
func (f *Folder) Close() error { return f.lock.Close() }

// demoMark is the file that makes a data folder a demonstration's for good.
const demoMark = "DEMONSTRATION"

// MarkDemo marks a data folder as a demonstration's: what is in it was made up, and
// whoever serves it, by whatever command, says so on the screen.
func MarkDemo(path string) error {
	const text = "The recordings, people and acts in this folder belong to a demonstration (watchroom demo).\n" +
		"本目录中的录像、人员和操作记录均为演示内容（watchroom demo）。\n"
	return os.WriteFile(filepath.Join(path, demoMark), []byte(text), 0o644)
}

// IsDemo tells whether a data folder is a demonstration's.
func IsDemo(path string) bool {
	_, err := os.Stat(filepath.Join(path, demoMark))
	return err == nil
}
