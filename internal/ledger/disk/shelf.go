package disk

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// Shelf is a folder of a disk as packages read it that know of no disk.
type Shelf struct {
	Disk Disk
	Dir  string
}

// Open implements fs.FS. Files are read whole.
func (Shelf) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

// ReadFile implements fs.ReadFileFS.
func (s Shelf) ReadFile(name string) ([]byte, error) {
	return s.Disk.ReadFile(filepath.Join(s.Dir, name))
}

// ReadDir implements fs.ReadDirFS.
func (s Shelf) ReadDir(name string) ([]fs.DirEntry, error) {
	return s.Disk.ReadDir(filepath.Join(s.Dir, name))
}
