package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
)

// Aside begins the name of a journal that could not be read and was set aside, beside the one
// that was begun in its place; a number is behind it.
const Aside = FileName + ".aside-"

// room is how many bytes a journal may have had of which nobody knows. The one that is begun in
// its place begins behind them, so that no line of it stands where one of the other stood.
const room = 16 << 20

// errStays says that a journal can neither be read nor set aside.
var errStays = errors.New("a journal that cannot be read could not be set aside")

// rename is os.Rename but in tests.
var rename = os.Rename

// spoiled tells whether an error says that what bears the name of a journal is none any more:
// neither time nor whoever looks after the machine makes it readable.
func spoiled(err error) bool {
	for _, e := range []error{durable.ErrIrregular, unix.ELOOP, unix.EISDIR, unix.ENXIO, unix.ENODEV, unix.EIO, unix.EBADMSG, unix.EUCLEAN, unix.ENODATA, unix.EREMOTEIO} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// appendable opens a journal to append to it, behind a line feed.
func appendable(path string) (*os.File, error) {
	f, err := durable.OpenToAppend(path, 0o640)
	if err != nil {
		return nil, err
	}
	// A line torn by a crash must not swallow the next one.
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size > 0 {
		var last [1]byte
		if _, err = f.ReadAt(last[:], size-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte("\n"))
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// anew sets aside what is wrong with a day's journal, and begins a new one. Nothing is written
// over.
func anew(dir string, wrong error) (aside string, f *os.File, err error) {
	path := filepath.Join(dir, FileName)
	size := int64(room)
	if st, err := os.Lstat(path); err == nil && st.Mode().IsRegular() {
		size = st.Size()
	}
	for n := 1; ; n++ {
		aside = filepath.Join(dir, Aside+strconv.Itoa(n))
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil && n >= 1000 {
			return "", nil, fmt.Errorf("%w: %w, %w", errStays, wrong, err)
		}
	}
	if err := rename(path, aside); err != nil {
		return "", nil, fmt.Errorf("%w: %w, %w", errStays, wrong, err)
	}
	f, err = durable.OpenToAppend(path, 0o640)
	if err != nil {
		return aside, nil, err
	}
	if err = f.Truncate(size); err == nil && size > 0 {
		_, err = f.Write([]byte("\n"))
	}
	if err != nil {
		f.Close()
		return aside, nil, err
	}
	return aside, f, nil
}

// ErrAnew says that a journal was begun in the place of one that was set aside.
var ErrAnew = errors.New("the journal begins anew; the one before was set aside")

// Whole tells whether a journal can be opened and has its beginning: nil, or why not.
func Whole(path string) error {
	f, err := durable.OpenRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var first [1]byte
	switch n, err := f.ReadAt(first[:], 0); {
	case err != nil && err != io.EOF:
		return err
	case n == 1 && first[0] == 0:
		return ErrAnew
	}
	return nil
}
