// Package tiles keeps the tiles and bundles of a log in files: where they stand, and what of
// them a disk has.
package tiles

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

// Path is where a tile stands; level -1 is of entries.
func Path(level int, n int64, width int) string {
	if level < 0 {
		return tlog.BundlePath(n, width)
	}
	return tlog.TilePath(level, n, width)
}

// Data is a tile of hashes as its file holds it.
func Data(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*len(tlog.Hash{}))
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// Cache keeps the full tiles that were read last. They never change.
type Cache struct {
	mu    sync.Mutex
	tiles map[string][]tlog.Hash // guarded by mu
	order []string               // guarded by mu; oldest first
}

const cachedTiles = 64 // of 8 KiB

// Get gives a tile that is kept, or reads it.
func (c *Cache) Get(path string, read func() ([]tlog.Hash, error)) ([]tlog.Hash, error) {
	c.mu.Lock()
	hashes, ok := c.tiles[path]
	c.mu.Unlock()
	if ok {
		return hashes, nil
	}
	hashes, err := read()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tiles == nil {
		c.tiles = map[string][]tlog.Hash{}
	}
	if _, ok := c.tiles[path]; !ok {
		c.tiles[path], c.order = hashes, append(c.order, path)
	}
	if len(c.order) > cachedTiles {
		delete(c.tiles, c.order[0])
		c.order = c.order[1:]
	}
	return hashes, nil
}

// Drop forgets a tile that was written anew.
func (c *Cache) Drop(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tiles, path)
	c.order = slices.DeleteFunc(c.order, func(o string) bool { return o == path })
}

// Widest reads the n-th bundle with as many entries as there are on the disk.
func Widest(d disk.Disk, dir string, n int64) [][]byte {
	widths := []int{tlog.TileWidth}
	names, _ := d.ReadDir(filepath.Dir(filepath.Join(dir, tlog.BundlePath(n, 1))))
	for _, e := range names {
		if w, err := strconv.Atoi(e.Name()); err == nil && w > 0 && w < tlog.TileWidth {
			widths = append(widths, w)
		}
	}
	slices.Sort(widths)
	for _, w := range slices.Backward(widths) {
		data, err := d.ReadFile(filepath.Join(dir, tlog.BundlePath(n, w)))
		if err != nil {
			continue
		}
		if entries, err := tlog.ParseBundle(data, w); err == nil {
			return entries
		}
	}
	return nil
}

// DropFull removes what a crash left of partial tiles that have become full, beside the n-th
// of a level.
func DropFull(d disk.Disk, dir string, level int, n int64) error {
	dir = filepath.Dir(filepath.Join(dir, Path(level, n, tlog.TileWidth)))
	there, err := d.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	full := map[string]bool{}
	for _, e := range there {
		full[e.Name()] = !e.IsDir()
	}
	for _, e := range there {
		if n, ok := strings.CutSuffix(e.Name(), ".p"); ok && e.IsDir() && full[n] {
			if err := disk.RemoveAll(d, filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// MakeDirs makes the folder dir below root, level by level.
func MakeDirs(d disk.Disk, root, dir string) error {
	if dir == "." {
		return nil
	}
	err := d.Mkdir(filepath.Join(root, dir))
	if errors.Is(err, fs.ErrNotExist) {
		if err = MakeDirs(d, root, filepath.Dir(dir)); err == nil {
			err = d.Mkdir(filepath.Join(root, dir))
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
