// Package durable makes names in folders survive a power cut. Data is the business
// of who writes it; a name that was made, moved or removed is on the disk only once
// its folder is.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// MakeDir makes root/names[0]/names[1]… level by level. When it returns, every
// level is on the disk. root must exist.
func MakeDir(root string, names ...string) error {
	dir := root
	for _, n := range names {
		parent := dir
		dir = filepath.Join(dir, n)
		err := os.Mkdir(dir, 0o750)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := SyncDir(parent); err != nil {
			return err
		}
	}
	return nil
}

// SyncDir brings the names in a folder to the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Rename gives a file another name on the same file system. When it returns, the
// new name is on the disk, and the old one is gone from there if it stood in
// another folder, too.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if err := SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	if filepath.Dir(from) == filepath.Dir(to) {
		return nil
	}
	return SyncDir(filepath.Dir(from))
}
