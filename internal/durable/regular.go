package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrIrregular says that what has the name of a file is none: a pipe, a device, a folder.
// A symbolic link gives the error of the system.
var ErrIrregular = errors.New("not a regular file")

// OpenRegular opens a file for reading, and nothing else: neither a pipe, which would hold
// whoever opens it until somebody writes, nor a link that leads out of the folder.
func OpenRegular(path string) (*os.File, error) {
	return openRegular(path, os.O_RDONLY, 0)
}

// ReadRegular reads such a file whole. One of more than most bytes is refused.
func ReadRegular(path string, most int64) ([]byte, error) {
	f, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return b, err
}

// PutAside renames what is no regular file and lies where one is to be written, such as a folder
// or a pipe, which would hold up whoever opens it: to the name with .aside-N behind. aside is
// that name, empty where nothing was in the way.
func PutAside(path string) (aside string, err error) {
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && st.Mode().IsRegular() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.aside-%d", path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, Rename(path, aside)
		} else if err != nil {
			return "", err
		}
	}
}

// OpenToAppend opens a file likewise for reading and appending, and makes it where there is
// none.
func OpenToAppend(path string, mode os.FileMode) (*os.File, error) {
	return openRegular(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, mode)
}

// OpenToWrite opens a file likewise for reading and writing, which must be there.
func OpenToWrite(path string) (*os.File, error) {
	return openRegular(path, os.O_RDWR, 0)
}

// OpenOrMake opens a file likewise for reading and writing, and makes it where there is none.
func OpenOrMake(path string, mode os.FileMode) (*os.File, error) {
	return openRegular(path, os.O_RDWR|os.O_CREATE, mode)
}

func openRegular(path string, flags int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, flags|unix.O_NONBLOCK|unix.O_NOFOLLOW, mode)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: ErrIrregular}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
