package tlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of a tile, TileWidth the number of its hashes when it
// is full and of the entries in a full bundle (C2SP tlog-tiles).
const (
	TileHeight = 8
	TileWidth  = 1 << TileHeight
)

// MaxEntry is the longest entry in bytes.
const MaxEntry = 1<<16 - 1

// TilePath is where the hash tile n of a level stands; width is 1…256.
func TilePath(level int, n int64, width int) string {
	return "tile/" + strconv.Itoa(level) + "/" + tileNumber(n, width)
}

// BundlePath is where the n-th 256 entries stand.
func BundlePath(n int64, width int) string { return "tile/entries/" + tileNumber(n, width) }

func tileNumber(n int64, width int) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	if width < TileWidth {
		s += ".p/" + strconv.Itoa(width)
	}
	return s
}

// AppendEntry adds an entry to a bundle: two bytes of length, big-endian, and the
// entry, which must not be longer than MaxEntry.
func AppendEntry(bundle, entry []byte) []byte {
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
	return append(bundle, entry...)
}

// ParseBundle reads a bundle of exactly count entries, which share its memory.
func ParseBundle(data []byte, count int) ([][]byte, error) {
	entries := make([][]byte, 0, min(max(count, 0), TileWidth))
	for len(data) > 0 && len(entries) < count {
		if len(data) < 2 {
			break
		}
		n := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+n {
			break
		}
		entries = append(entries, data[2:2+n:2+n])
		data = data[2+n:]
	}
	if len(entries) != count || len(data) > 0 {
		return nil, fmt.Errorf("malformed bundle: want %d entries, have %d and %d bytes more", count, len(entries), len(data))
	}
	return entries, nil
}

// ParseTile reads a tile of exactly width hashes.
func ParseTile(data []byte, width int) ([]Hash, error) {
	if width < 1 || width > TileWidth || len(data) != width*len(Hash{}) {
		return nil, fmt.Errorf("malformed tile: %d bytes, want %d hashes", len(data), width)
	}
	hashes := make([]Hash, width)
	for i := range hashes {
		copy(hashes[i][:], data[i*len(Hash{}):])
	}
	return hashes, nil
}

// Subtree is the root over the 256 hashes of a full tile, a hash of the level above.
func Subtree(hashes []Hash) Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(Subtree(hashes[:half]), Subtree(hashes[half:]))
}

// Tiles reads the folder of a log as it was at a size. What it gives is as good as
// the folder: compare Root with a verified checkpoint, and entries with their hashes.
// It may be used from several goroutines.
type Tiles struct {
	FS   fs.FS
	Size int64

	mu   sync.Mutex
	last map[int]cachedTile // guarded by mu; by level
}

type cachedTile struct {
	n      int64
	hashes []Hash
}

// Width is how many hashes tile n of a level has in a tree of size; 0 means that
// there is no such tile.
func Width(size int64, level int, n int64) int {
	if level < 0 || n < 0 || TileHeight*level >= 63 {
		return 0
	}
	return int(max(0, min(TileWidth, size>>(TileHeight*level)-n*TileWidth)))
}

// Tile reads one tile of hashes.
func (t *Tiles) Tile(level int, n int64) ([]Hash, error) {
	t.mu.Lock()
	c, ok := t.last[level]
	t.mu.Unlock()
	if ok && c.n == n {
		return c.hashes, nil
	}
	width := Width(t.Size, level, n)
	if width == 0 {
		return nil, fmt.Errorf("a tree of %d entries has no tile %s", t.Size, TilePath(level, n, TileWidth))
	}
	data, err := t.read(TilePath(level, n, width), TilePath(level, n, TileWidth), width*len(Hash{}))
	if err != nil {
		return nil, err
	}
	hashes, err := ParseTile(data, width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", TilePath(level, n, width), err)
	}
	t.mu.Lock()
	if t.last == nil {
		t.last = map[int]cachedTile{}
	}
	t.last[level] = cachedTile{n, hashes}
	t.mu.Unlock()
	return hashes, nil
}

// read reads a partial file or, once it was removed, the full one's first bytes.
func (t *Tiles) read(partial, full string, length int) ([]byte, error) {
	data, err := fs.ReadFile(t.FS, partial)
	if errors.Is(err, fs.ErrNotExist) && full != partial {
		if data, fullErr := fs.ReadFile(t.FS, full); fullErr == nil {
			return data[:min(length, len(data))], nil
		}
	}
	return data, err
}

// Bundle reads the n-th bundle of entries.
func (t *Tiles) Bundle(n int64) ([][]byte, error) {
	width := Width(t.Size, 0, n)
	if width == 0 {
		return nil, fmt.Errorf("a tree of %d entries has no bundle %s", t.Size, BundlePath(n, TileWidth))
	}
	path, full := BundlePath(n, width), BundlePath(n, TileWidth)
	data, err := fs.ReadFile(t.FS, path)
	if errors.Is(err, fs.ErrNotExist) && path != full {
		if data, fullErr := fs.ReadFile(t.FS, full); fullErr == nil {
			entries, err := ParseBundle(data, TileWidth)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", full, err)
			}
			return entries[:width], nil
		}
	}
	if err != nil {
		return nil, err
	}
	entries, err := ParseBundle(data, width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries, nil
}

// ReadHashes makes Tiles a tlog.HashReader of golang.org/x/mod.
func (t *Tiles) ReadHashes(indexes []int64) ([]Hash, error) {
	return HashesFrom(indexes, t.Tile)
}

// HashesFrom finds stored hashes in tiles, which may be wider than they need be.
func HashesFrom(indexes []int64, tile func(level int, n int64) ([]Hash, error)) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		inside := level % TileHeight
		first := n << inside
		hashes, err := tile(level/TileHeight, first>>TileHeight)
		if err != nil {
			return nil, err
		}
		at := int(first & (TileWidth - 1))
		if at+1<<inside > len(hashes) {
			return nil, fmt.Errorf("tile %s is too narrow", TilePath(level/TileHeight, first>>TileHeight, len(hashes)))
		}
		out[i] = Subtree(hashes[at : at+1<<inside])
	}
	return out, nil
}

// Root is the root that the tiles give.
func (t *Tiles) Root() (Hash, error) { return tlog.TreeHash(t.Size, t) }

// Proof is the audit path of entry i in the tree of t.Size.
func (t *Tiles) Proof(i int64) ([]Hash, error) { return tlog.ProveRecord(t.Size, i, t) }

// Consistency shows that the tree begins with that of oldSize.
func (t *Tiles) Consistency(oldSize int64) ([]Hash, error) {
	if oldSize == 0 || oldSize == t.Size {
		return nil, nil
	}
	return tlog.ProveTree(t.Size, oldSize, t)
}

// Entry reads entry i.
func (t *Tiles) Entry(i int64) ([]byte, error) {
	if i < 0 || i >= t.Size {
		return nil, fmt.Errorf("a tree of %d entries has no entry %d", t.Size, i)
	}
	entries, err := t.Bundle(i / TileWidth)
	if err != nil {
		return nil, err
	}
	return entries[i%TileWidth], nil
}

// Entries reads entries [from, to) in order. It ends with the first error.
func (t *Tiles) Entries(from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if from < 0 || to > t.Size {
			yield(nil, fmt.Errorf("a tree of %d entries has no entries %d to %d", t.Size, from, to))
			return
		}
		for i := from; i < to; {
			entries, err := t.Bundle(i / TileWidth)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range entries[i%TileWidth:] {
				if i == to || !yield(e, nil) {
					return
				}
				i++
			}
		}
	}
}

// CheckTile compares one tile or bundle with what it is made of: an entry bundle
// (level -1) with its tile of level 0, and a tile above with the full tiles below.
// Together with Root over every tile it shows the whole folder good.
func (t *Tiles) CheckTile(level int, n int64) error {
	if level < 0 {
		entries, err := t.Bundle(n)
		if err != nil {
			return err
		}
		hashes, err := t.Tile(0, n)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if EntryHash(e) != hashes[i] {
				return fmt.Errorf("entry %d does not have the hash in %s", n*TileWidth+int64(i), TilePath(0, n, len(hashes)))
			}
		}
		return nil
	}
	hashes, err := t.Tile(level, n)
	if err != nil || level == 0 {
		return err
	}
	for i, h := range hashes {
		below, err := t.Tile(level-1, n*TileWidth+int64(i))
		if err != nil {
			return err
		}
		if len(below) != TileWidth || Subtree(below) != h {
			return fmt.Errorf("%s does not agree with %s", TilePath(level-1, n*TileWidth+int64(i), TileWidth), TilePath(level, n, len(hashes)))
		}
	}
	return nil
}
