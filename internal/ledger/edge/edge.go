// Package edge is the right-hand side of a tree in memory: what stands in no full tile on the
// disk yet.
package edge

import (
	"fmt"
	"slices"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/tiles"
)

// Edge is the right-hand side of a tree that is kept in memory: the entries and
// hashes that stand in no full tile on the disk yet. Everything to the left is read
// from tiles.
type Edge struct {
	Size    int64
	Base    int64    // entries from here on are in memory; a multiple of 256
	Entries [][]byte // [Base, Size)
	Levels  []Level  // of tiles
	Bytes   int      // of entries
}

// Level holds hashes of tiles of one level from Start on; Start is a multiple of 256.
type Level struct {
	Start  int64
	Hashes []tlog.Hash
}

// Add appends an entry.
func (e *Edge) Add(entry []byte) {
	e.Entries = append(e.Entries, entry)
	e.Bytes += len(entry)
	e.Size++
	h := tlog.EntryHash(entry)
	for l := 0; ; l++ {
		if l == len(e.Levels) {
			e.Levels = append(e.Levels, Level{})
		}
		at := &e.Levels[l]
		at.Hashes = append(at.Hashes, h)
		end := at.Start + int64(len(at.Hashes))
		if end%tlog.TileWidth != 0 {
			return
		}
		h = tlog.Subtree(at.Hashes[len(at.Hashes)-tlog.TileWidth:])
	}
}

// Tile gives the hashes of a tile if they are in memory: nil means that the full
// tile is on the disk.
func (e *Edge) Tile(l int, n int64) ([]tlog.Hash, error) {
	if l >= len(e.Levels) || n < 0 {
		return nil, fmt.Errorf("a tree of %d entries has no tile %s", e.Size, tlog.TilePath(l, n, tlog.TileWidth))
	}
	at, first := e.Levels[l], n*tlog.TileWidth
	if first < at.Start {
		return nil, nil
	}
	from := int(first - at.Start)
	if from >= len(at.Hashes) {
		return nil, fmt.Errorf("a tree of %d entries has no tile %s", e.Size, tlog.TilePath(l, n, tlog.TileWidth))
	}
	return at.Hashes[from:min(len(at.Hashes), from+tlog.TileWidth)], nil
}

// bundle is the file of the entries [256n, 256n+width), which are in memory.
func (e *Edge) bundle(n int64, width int) []byte {
	var b []byte
	from := int(n*tlog.TileWidth - e.Base)
	for _, entry := range e.Entries[from : from+width] {
		b = tlog.AppendEntry(b, entry)
	}
	return b
}

// Full lists the full tiles that are in memory, as files; bundles are level -1.
func (e *Edge) Full() []File {
	var files []File
	for n := e.Base / tlog.TileWidth; n < e.Size/tlog.TileWidth; n++ {
		files = append(files, File{-1, n, tlog.TileWidth, e.bundle(n, tlog.TileWidth)})
	}
	for l, at := range e.Levels {
		for n := at.Start / tlog.TileWidth; (n+1)*tlog.TileWidth <= at.Start+int64(len(at.Hashes)); n++ {
			from := int(n*tlog.TileWidth - at.Start)
			files = append(files, File{l, n, tlog.TileWidth, tiles.Data(at.Hashes[from : from+tlog.TileWidth])})
		}
	}
	return files
}

// Partial lists the partial tiles of the tree as it was at size, as far as they are
// in memory: the others have given way to full ones.
func (e *Edge) Partial(size int64) []File {
	var files []File
	if w := int(size % tlog.TileWidth); w > 0 && size >= e.Base {
		n := size / tlog.TileWidth
		files = append(files, File{-1, n, w, e.bundle(n, w)})
	}
	for l, at := range e.Levels {
		count := size >> (tlog.TileHeight * l)
		if w := int(count % tlog.TileWidth); w > 0 && count >= at.Start {
			n := count / tlog.TileWidth
			from := int(n*tlog.TileWidth - at.Start)
			files = append(files, File{l, n, w, tiles.Data(at.Hashes[from : from+w])})
		}
	}
	return files
}

// Narrow is the part of a partial tile that a smaller tree had.
func (e *Edge) Narrow(f File, width int) File {
	if f.Level < 0 {
		return File{f.Level, f.N, width, e.bundle(f.N, width)}
	}
	return File{f.Level, f.N, width, f.Data[:width*len(tlog.Hash{})]}
}

// Drop forgets what stands in full tiles, once those are on the disk.
func (e *Edge) Drop() {
	keep := e.Size / tlog.TileWidth * tlog.TileWidth
	e.Entries = slices.Clone(e.Entries[keep-e.Base:])
	e.Base, e.Bytes = keep, 0
	for _, entry := range e.Entries {
		e.Bytes += len(entry)
	}
	for l := range e.Levels {
		at := &e.Levels[l]
		n := len(at.Hashes) / tlog.TileWidth * tlog.TileWidth
		at.Start += int64(n)
		at.Hashes = slices.Clone(at.Hashes[n:])
	}
}

// File is a file of hashes or, on level -1, of entries.
type File struct {
	Level int
	N     int64
	Width int
	Data  []byte
}

// Path is where it stands below the folder of the log.
func (f File) Path() string { return tiles.Path(f.Level, f.N, f.Width) }

// Read gives the right-hand side of the tree of base entries, which all stand in full tiles,
// from the fewest tiles: 255 of each level at most.
func Read(base int64, full func(l int, n int64) ([]tlog.Hash, error)) (Edge, error) {
	e := Edge{Size: base, Base: base}
	for l := 0; base>>(tlog.TileHeight*l) > 0; l++ {
		count := base >> (tlog.TileHeight * l)
		at := Level{Start: count / tlog.TileWidth * tlog.TileWidth}
		for i := at.Start; i < count; i++ {
			below, err := full(l-1, i)
			if err != nil {
				return e, err
			}
			at.Hashes = append(at.Hashes, tlog.Subtree(below))
		}
		e.Levels = append(e.Levels, at)
	}
	return e, nil
}
