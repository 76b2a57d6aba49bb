// Package disk is the few things that the ledger asks of a file system, so that
// tests can stop it between any two of them, and the ways to put a file in its place
// that a power cut does not undo.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// Disk is a file system. What is written is certain only after Sync of the file, and
// a name that was made, moved or removed only after SyncDir of its folder.
type Disk interface {
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	Mkdir(name string) error                            // fs.ErrExist if it is there
	Create(name string, perm fs.FileMode) (File, error) // in the place of what is there
	Open(name string) (File, error)                     // what is there, to write on
	Rename(from, to string) error
	Remove(name string) error // a file or an empty folder
	SyncDir(name string) error
	// Lock makes name the lock of one process; ErrLocked if another has it.
	Lock(name string) (io.Closer, error)
}

// File is one that is being written.
type File interface {
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// ErrLocked says that another process works on this folder.
var ErrLocked = errors.New("another process uses this folder")

// OS is the machine's file system.
type OS struct{}

// most bounds what one file of a log may be: its tail is the largest.
const most = 1 << 30

// ReadFile reads a whole file. What is none, such as a pipe that somebody has put in its
// place, is an error and holds up nobody.
func (OS) ReadFile(name string) ([]byte, error) { return durable.ReadRegular(name, most) }

// Files is a folder as a file system, of which likewise only files are opened.
func Files(dir string) fs.FS { return files{os.DirFS(dir), dir} }

type files struct {
	fs.FS
	dir string
}

// Open implements fs.FS.
func (f files) Open(name string) (fs.File, error) {
	if fs.ValidPath(name) {
		path := filepath.Join(f.dir, filepath.FromSlash(name))
		if st, err := os.Lstat(path); err == nil && !st.IsDir() {
			return durable.OpenRegular(path)
		}
	}
	return f.FS.Open(name)
}

// ReadDir lists a folder in the order of names.
func (OS) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }

// Mkdir makes one folder.
func (OS) Mkdir(name string) error { return os.Mkdir(name, 0o750) }

// Create makes a file; see durable.Make for what lies in its place.
func (OS) Create(name string, perm fs.FileMode) (File, error) {
	f, err := durable.Make(name, perm)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// Open opens a file to write on.
func (OS) Open(name string) (File, error) {
	f, err := durable.OpenToWrite(name)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// Rename gives a file another name.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove removes a file or an empty folder.
func (OS) Remove(name string) error { return os.Remove(name) }

// SyncDir brings the names of a folder to the disk.
func (OS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Lock takes a lock that ends with the process.
func (OS) Lock(name string) (io.Closer, error) {
	f, err := durable.OpenLock(name, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

type file struct{ *os.File }

// Sync brings the data to the disk, with what is needed to find it.
func (f file) Sync() error { return unix.Fdatasync(int(f.Fd())) }

// Replace puts data under name in one step: a reader, and a start after a power cut,
// find the old file or the new one. When it returns, the new one is on the disk.
func Replace(d Disk, name string, data []byte, perm fs.FileMode) error {
	if err := Put(d, name, data, perm, true); err != nil {
		return err
	}
	return d.SyncDir(filepath.Dir(name))
}

// Put is Replace without the last step; the caller syncs the folder, once for many
// files. Without sync a power cut can leave an empty file, too.
func Put(d Disk, name string, data []byte, perm fs.FileMode, sync bool) error {
	f, err := d.Create(name+".new", perm)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(data, 0); err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.Rename(name+".new", name)
	}
	if err != nil {
		_ = d.Remove(name + ".new")
	}
	return err
}

// RemoveAll removes a folder with all that is in it, or anything else. What is not there is
// no error. Of a link it removes that, and nothing of where it leads to.
func RemoveAll(d Disk, name string) error {
	if err := d.Remove(name); err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if entries, err := d.ReadDir(name); err == nil {
		for _, e := range entries {
			below := filepath.Join(name, e.Name())
			if e.IsDir() {
				err = RemoveAll(d, below)
			} else {
				err = d.Remove(below)
			}
			if err != nil {
				return err
			}
		}
	}
	return d.Remove(name)
}
