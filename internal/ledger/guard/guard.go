// Package guard keeps the file that remembers the last checkpoint that was signed, apart
// from the log, so that a log restored from a copy is recognised before it signs a fork. It
// changes by compare-and-swap only and never goes back.
package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"watchroom/internal/ledger/disk"
)

// File is the guard.
type File struct {
	Disk disk.Disk
	Path string
}

// ErrAway says that the guard's disk does not answer; it may be mounted later.
var ErrAway = errors.New("the guard file cannot be reached")

// ErrSwapped says that somebody else changed the guard.
var ErrSwapped = errors.New("the guard file is not as it was left")

// Load gives the signed checkpoint, nil where there is no file. A missing folder is
// a disk that is not mounted, which must not be taken for a new guard.
func (g File) Load() ([]byte, error) {
	b, err := g.Disk.ReadFile(g.Path)
	if err == nil {
		return b, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, dirErr := g.Disk.ReadDir(filepath.Dir(g.Path)); dirErr == nil {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrAway, err)
}

// Swap puts next in the place of old (nil: no file), or of one that an earlier swap
// may have put there although it failed. The caller holds the log's lock, which keeps
// others of its kind away. have is what the file holds now, as far as it is known, and
// may what this or an earlier swap may have put there all the same.
func (g File) Swap(old []byte, maybe [][]byte, next []byte) (have []byte, may [][]byte, err error) {
	have, err = g.Load()
	if err != nil {
		return old, maybe, err
	}
	is := func(b []byte) bool { return bytes.Equal(have, b) }
	if !is(old) && !is(next) && !slices.ContainsFunc(maybe, is) {
		return old, maybe, ErrSwapped
	}
	if err := disk.Replace(g.Disk, g.Path, next, 0o640); err != nil {
		return have, [][]byte{next}, fmt.Errorf("%w: %w", ErrAway, err)
	}
	return next, nil, nil
}

// with is a list with one more that is its own.
func with(list [][]byte, one []byte) [][]byte { return append(slices.Clone(list), one) }
