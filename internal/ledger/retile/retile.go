// Package retile makes tiles of a log again that are damaged on the disk. A full tile of hashes
// follows from what stands below it: the entries of its bundle, or the full tiles under it. Whether
// that is what was signed the tile above tells, and in the end the root.
package retile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strconv"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/tiles"
)

// guessed bounds how many tiles at the edge of the tree are tried one by one.
const guessed = 8

// ErrTile says that a tile is not what the tree holds.
var ErrTile = errors.New("the tile is not what the tree holds")

// Folder is the folder of a log.
type Folder struct {
	Disk disk.Disk
	Dir  string
	Full func(level int, n int64) ([]tlog.Hash, error) // a full tile of hashes
}

func (f Folder) read(path string) ([]byte, error) { return f.Disk.ReadFile(filepath.Join(f.Dir, path)) }

// made gives the full tile that what stands below it makes.
func (f Folder) made(level int, n int64) (edge.File, error) {
	var hashes []tlog.Hash
	if level == 0 {
		data, err := f.read(tlog.BundlePath(n, tlog.TileWidth))
		if err != nil {
			return edge.File{}, err
		}
		entries, err := tlog.ParseBundle(data, tlog.TileWidth)
		if err != nil {
			return edge.File{}, err
		}
		for _, e := range entries {
			hashes = append(hashes, tlog.EntryHash(e))
		}
	} else {
		for i := range int64(tlog.TileWidth) {
			below, err := f.Full(level-1, n*tlog.TileWidth+i)
			if err != nil {
				return edge.File{}, err
			}
			hashes = append(hashes, tlog.Subtree(below))
		}
	}
	return edge.File{Level: level, N: n, Width: tlog.TileWidth, Data: tiles.Data(hashes)}, nil
}

// Candidates gives sets, by path, of the full tiles that the edge of a tree of base entries is
// read from and that are others than what stands below them makes.
func (f Folder) Candidates(base int64) iter.Seq[map[string]edge.File] {
	return func(yield func(map[string]edge.File) bool) {
		var differ []edge.File
		for l := 0; base>>(tlog.TileHeight*(l+1)) > 0; l++ {
			count := base >> (tlog.TileHeight * (l + 1))
			for n := count / tlog.TileWidth * tlog.TileWidth; n < count; n++ {
				is, err := f.made(l, n)
				if err != nil {
					continue
				}
				if have, err := f.read(is.Path()); err != nil || !bytes.Equal(have, is.Data) {
					differ = append(differ, is)
				}
			}
		}
		for set := 1; set < 1<<min(len(differ), guessed); set++ {
			anew := map[string]edge.File{}
			for i, is := range differ {
				if i >= guessed || set&(1<<i) != 0 {
					anew[is.Path()] = is
				}
			}
			if !yield(anew) {
				return
			}
		}
	}
}

// Look is one look through the full tiles and bundles of a log of Base entries in them, from
// above, since the tree tells of each tile what it must be and each tile of its bundle.
type Look struct {
	Folder
	Base  int64
	Above func(level int, n int64) ([]tlog.Hash, error) // a tile, full or not, that is right
	Put   func(edge.File) error                         // writes a tile that was made again
	Rest  func() error                                  // is called between two files, and ends it with its error
	// Damaged is told of a file, by its path, that cannot be made again.
	Damaged func(path string, err error)
}

// Run looks.
func (k Look) Run(ctx context.Context) error {
	top := 0
	for k.Base>>(tlog.TileHeight*(top+2)) > 0 {
		top++
	}
	for level := top; level >= -1; level-- {
		for n := range k.Base >> (tlog.TileHeight * (max(level, 0) + 1)) {
			if err := errors.Join(ctx.Err(), k.Rest()); err != nil {
				return err
			}
			at := k.tile
			if level < 0 {
				at = k.bundle
			}
			if err := at(level, n); err != nil {
				k.Damaged(tiles.Path(level, n, tlog.TileWidth), err)
			}
		}
	}
	return nil
}

func (k Look) bundle(_ int, n int64) error {
	hashes, err := k.Full(0, n)
	if err != nil {
		return err
	}
	data, err := k.read(tlog.BundlePath(n, tlog.TileWidth))
	if err != nil {
		return err
	}
	wrong := agrees(data, hashes)
	if wrong == nil {
		return nil
	}
	if whole, ok := oneByte(data, hashes); ok {
		return k.Put(edge.File{Level: -1, N: n, Width: tlog.TileWidth, Data: whole})
	}
	return fmt.Errorf("%s: %w", tlog.BundlePath(n, tlog.TileWidth), wrong)
}

// agrees tells whether a bundle holds the entries of some hashes.
func agrees(data []byte, hashes []tlog.Hash) error {
	entries, err := tlog.ParseBundle(data, len(hashes))
	if err != nil {
		return err
	}
	for i, e := range entries {
		if tlog.EntryHash(e) != hashes[i] {
			return fmt.Errorf("the %d. entry is not the one that was signed", i+1)
		}
	}
	return nil
}

// longest bounds the entries of which every byte is tried, 255 times.
const longest = 2048

// oneByte gives the bundle of some hashes where one byte of it is another: that stands in the
// first entry that has another hash, or in its length.
func oneByte(data []byte, hashes []tlog.Hash) ([]byte, bool) {
	b, at := slices.Clone(data), 0
	entry := func() []byte { // from its length on
		if at+2 > len(b) {
			return nil
		}
		end := at + 2 + int(binary.BigEndian.Uint16(b[at:]))
		return b[at:min(end, len(b))]
	}
	is := func(h tlog.Hash) bool {
		e := entry()
		return len(e) > 2 && len(e) == 2+int(binary.BigEndian.Uint16(e)) && tlog.EntryHash(e[2:]) == h
	}
	for _, h := range hashes {
		if is(h) {
			at += len(entry())
			continue
		}
		end := at + min(len(entry()), 2+longest)
		for i := at; i < end; i++ {
			for v := 1; v < 256; v++ {
				b[i] = data[i] ^ byte(v)
				if is(h) && agrees(b, hashes) == nil {
					return b, true
				}
			}
			b[i] = data[i]
		}
		return nil, false
	}
	return nil, false
}

func (k Look) tile(level int, n int64) error {
	above, err := k.Above(level+1, n/tlog.TileWidth)
	if err != nil {
		return err
	}
	at := int(n % tlog.TileWidth)
	is := func(data []byte) bool {
		hashes, err := tlog.ParseTile(data, tlog.TileWidth)
		return err == nil && at < len(above) && tlog.Subtree(hashes) == above[at]
	}
	if data, err := k.read(tiles.Path(level, n, tlog.TileWidth)); err == nil && is(data) {
		return nil
	}
	f, err := k.made(level, n)
	if err != nil {
		return errors.Join(ErrTile, err)
	}
	if !is(f.Data) {
		return ErrTile
	}
	return k.Put(f)
}

// Partial has the partial tiles of a tree written anew that are not as they must be. They are
// not synced when they are made, since the tail can always give them back. It gives the paths of
// those that held something else.
func Partial(d disk.Disk, root string, e *edge.Edge, write func(edge.File) error) (mended []string, err error) {
	for _, f := range e.Partial(e.Size) {
		if err := tiles.DropFull(d, root, f.Level, f.N); err != nil {
			return mended, err
		}
		dir := filepath.Dir(filepath.Join(root, f.Path()))
		there, err := d.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return mended, err
		}
		for _, entry := range there {
			w, err := strconv.Atoi(entry.Name())
			if err != nil { // left by a kill; writing its neighbour anew may have taken it away
				if err := d.Remove(filepath.Join(dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return mended, err
				}
				continue
			}
			if w < 1 || w > f.Width {
				continue
			}
			good := e.Narrow(f, w)
			have, err := d.ReadFile(filepath.Join(dir, entry.Name()))
			if err == nil && bytes.Equal(have, good.Data) {
				continue
			}
			if err := write(good); err != nil {
				return mended, err
			}
			mended = append(mended, good.Path())
		}
	}
	return mended, nil
}
