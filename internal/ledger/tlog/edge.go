package tlog

import (
	"fmt"
	"slices"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/tiles"
)

// edge is the right-hand side of a tree that is kept in memory: the entries and
// hashes that stand in no full tile on the disk yet. Everything to the left is read
// from tiles.
type edge struct {
	size    int64
	base    int64    // entries from here on are in memory; a multiple of 256
	entries [][]byte // [base, size)
	levels  []level  // of tiles
	bytes   int      // of entries
}

// level holds hashes of tiles of one level from start on; start is a multiple of 256.
type level struct {
	start  int64
	hashes []tlog.Hash
}

// add appends an entry.
func (e *edge) add(entry []byte) {
	e.entries = append(e.entries, entry)
	e.bytes += len(entry)
	e.size++
	h := tlog.EntryHash(entry)
	for l := 0; ; l++ {
		if l == len(e.levels) {
			e.levels = append(e.levels, level{})
		}
		at := &e.levels[l]
		at.hashes = append(at.hashes, h)
		end := at.start + int64(len(at.hashes))
		if end%tlog.TileWidth != 0 {
			return
		}
		h = tlog.Subtree(at.hashes[len(at.hashes)-tlog.TileWidth:])
	}
}

// tile gives the hashes of a tile if they are in memory: nil means that the full
// tile is on the disk.
func (e *edge) tile(l int, n int64) ([]tlog.Hash, error) {
	if l >= len(e.levels) || n < 0 {
		return nil, fmt.Errorf("a tree of %d entries has no tile %s", e.size, tlog.TilePath(l, n, tlog.TileWidth))
	}
	at, first := e.levels[l], n*tlog.TileWidth
	if first < at.start {
		return nil, nil
	}
	from := int(first - at.start)
	if from >= len(at.hashes) {
		return nil, fmt.Errorf("a tree of %d entries has no tile %s", e.size, tlog.TilePath(l, n, tlog.TileWidth))
	}
	return at.hashes[from:min(len(at.hashes), from+tlog.TileWidth)], nil
}

// bundle is the file of the entries [256n, 256n+width), which are in memory.
func (e *edge) bundle(n int64, width int) []byte {
	var b []byte
	from := int(n*tlog.TileWidth - e.base)
	for _, entry := range e.entries[from : from+width] {
		b = tlog.AppendEntry(b, entry)
	}
	return b
}

// full lists the full tiles that are in memory, as files; bundles are level -1.
func (e *edge) full() []tileFile {
	var files []tileFile
	for n := e.base / tlog.TileWidth; n < e.size/tlog.TileWidth; n++ {
		files = append(files, tileFile{-1, n, tlog.TileWidth, e.bundle(n, tlog.TileWidth)})
	}
	for l, at := range e.levels {
		for n := at.start / tlog.TileWidth; (n+1)*tlog.TileWidth <= at.start+int64(len(at.hashes)); n++ {
			from := int(n*tlog.TileWidth - at.start)
			files = append(files, tileFile{l, n, tlog.TileWidth, tiles.Data(at.hashes[from : from+tlog.TileWidth])})
		}
	}
	return files
}

// partial lists the partial tiles of the tree as it was at size, as far as they are
// in memory: the others have given way to full ones.
func (e *edge) partial(size int64) []tileFile {
	var files []tileFile
	if w := int(size % tlog.TileWidth); w > 0 && size >= e.base {
		n := size / tlog.TileWidth
		files = append(files, tileFile{-1, n, w, e.bundle(n, w)})
	}
	for l, at := range e.levels {
		count := size >> (tlog.TileHeight * l)
		if w := int(count % tlog.TileWidth); w > 0 && count >= at.start {
			n := count / tlog.TileWidth
			from := int(n*tlog.TileWidth - at.start)
			files = append(files, tileFile{l, n, w, tiles.Data(at.hashes[from : from+w])})
		}
	}
	return files
}

// narrow is the part of a partial tile that a smaller tree had.
func (e *edge) narrow(f tileFile, width int) tileFile {
	if f.level < 0 {
		return tileFile{f.level, f.n, width, e.bundle(f.n, width)}
	}
	return tileFile{f.level, f.n, width, f.data[:width*len(tlog.Hash{})]}
}

// drop forgets what stands in full tiles, once those are on the disk.
func (e *edge) drop() {
	keep := e.size / tlog.TileWidth * tlog.TileWidth
	e.entries = slices.Clone(e.entries[keep-e.base:])
	e.base, e.bytes = keep, 0
	for _, entry := range e.entries {
		e.bytes += len(entry)
	}
	for l := range e.levels {
		at := &e.levels[l]
		n := len(at.hashes) / tlog.TileWidth * tlog.TileWidth
		at.start += int64(n)
		at.hashes = slices.Clone(at.hashes[n:])
	}
}

// tileFile is a file of hashes or, on level -1, of entries.
type tileFile struct {
	level int
	n     int64
	width int
	data  []byte
}

func (f tileFile) path() string { return tiles.Path(f.level, f.n, f.width) }

// root is the root of the first size entries.
func root(size int64, r xtlog.HashReader) (tlog.Hash, error) { return xtlog.TreeHash(size, r) }
