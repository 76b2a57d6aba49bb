// Package survey looks at every file in the folder of a log: what is no tile of the tree
// that was signed must agree with it byte by byte, such as the tail, partial tiles of
// earlier checkpoints and copies of checkpoints, or it is named. It works beside a process
// that writes.
package survey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/ledger/tiles"
)

// Log is one log. Its full tiles and bundles are compared by tlog.Tiles.CheckTile.
type Log struct {
	FS        fs.FS
	Key       tlog.Key
	Size      int64      // entries that were signed, or of a log that ended those that count
	Witnesses []tlog.Key // whose cosignatures can be verified
	Ended     bool
}

// Fault is a file that is not as it must be.
type Fault struct {
	File    string // below the folder of the log
	Strange bool   // it does not belong there
	Err     error
}

// Whole is what a folder holds, the entries behind what was signed, too.
type Whole struct {
	log  Log
	base int64
	size int64
	end  [][]byte // entries from base on
	made map[string][]tlog.Hash
}

// Files names every file that is not as the log makes it.
func (l Log) Files(ctx context.Context, found func(Fault)) (*Whole, error) {
	read := map[string][]byte{}
	var names []string
	err := fs.WalkDir(l.FS, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // a tile that has become full
			return nil
		case err != nil || e.IsDir():
			return errors.Join(err, ctx.Err())
		case !e.Type().IsRegular() || !known(strings.TrimSuffix(name, ".new")):
			found(Fault{name, true, errors.New("it does not belong here")})
			return nil
		case strings.HasSuffix(name, ".new"): // left by a crash, or being written
			return nil
		}
		if level, n, w, ok := place(name); ok && w == tlog.TileWidth && tlog.Width(l.Size, max(level, 0), n) == w {
			return nil
		}
		b, err := fs.ReadFile(l.FS, name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && name == "key" {
			return nil
		}
		if err != nil {
			return err
		}
		read[name], names = b, append(names, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Last, since all that was read before stands in it.
	w, err := l.whole()
	if err != nil {
		found(Fault{tail.Name, false, err})
	}
	slices.Sort(names)
	for _, name := range names {
		if name == tail.Name {
			continue
		}
		if err := w.check(name, read[name]); err != nil {
			found(Fault{name, false, err})
		}
	}
	return w, nil
}

// known tells whether a file of that name belongs into the folder of a log.
func known(name string) bool {
	switch name {
	case "key", "vkey", tail.Name, "checkpoint", "contradiction":
		return true
	}
	if n, ok := strings.CutPrefix(name, "checkpoint.w"); ok {
		i, err := strconv.Atoi(n)
		return err == nil && i > 0 && strconv.Itoa(i) == n
	}
	_, _, _, ok := place(name)
	return ok
}

// place reads the name of a tile.
func place(name string) (level int, n int64, width int, ok bool) {
	kind, rest, ok := strings.Cut(strings.TrimPrefix(name, "tile/"), "/")
	if !ok {
		return 0, 0, 0, false
	}
	level, width = -1, tlog.TileWidth
	var err error
	if kind != "entries" {
		level, err = strconv.Atoi(kind)
	}
	if at, w, partial := strings.Cut(rest, ".p/"); partial && err == nil {
		rest = at
		width, err = strconv.Atoi(w)
	}
	for part := range strings.SplitSeq(rest, "/") {
		d, e := strconv.ParseInt(strings.TrimPrefix(part, "x"), 10, 64)
		if err = errors.Join(err, e); err != nil || n > tlog.MaxSize/1000 {
			return 0, 0, 0, false
		}
		n = n*1000 + d
	}
	return level, n, width, err == nil && width > 0 && width <= tlog.TileWidth && tiles.Path(level, n, width) == name
}

// whole reads the tail. Without it, what was signed is all that can be told.
func (l Log) whole() (w *Whole, err error) {
	w = &Whole{log: l, made: map[string][]tlog.Hash{}, base: l.Size / tlog.TileWidth * tlog.TileWidth, size: l.Size}
	tree := &tlog.Tiles{FS: l.FS, Size: l.Size}
	signed := func() {
		if l.Size > w.base {
			w.end, _ = tree.Bundle(w.base / tlog.TileWidth) // what is wrong with it is found elsewhere
		}
	}
	if l.Ended {
		signed()
		return w, nil
	}
	data, err := fs.ReadFile(l.FS, tail.Name)
	var c tail.Content
	if err == nil {
		c, err = tail.Parse(data)
	}
	if err == nil && c.Size() < l.Size {
		err = fmt.Errorf("it ends with %d entries, and %d were signed", c.Size(), l.Size)
	}
	for i := c.Base; err == nil && i < min(c.Size(), l.Size); i++ {
		if e, wrong := tree.Entry(i); wrong == nil && !bytes.Equal(e, c.Entries[i-c.Base]) {
			err = fmt.Errorf("entry %d is another in it than in the tiles", i)
		}
	}
	if err != nil {
		signed()
		return w, err
	}
	w.base, w.size, w.end = c.Base, c.Size(), c.Entries
	return w, nil
}

// tile gives the hashes of a tile as far as they are known.
func (w *Whole) tile(level int, n int64) (hashes []tlog.Hash, err error) {
	if hashes = w.made[tiles.Path(level, n, tlog.TileWidth)]; hashes != nil {
		return hashes, nil
	}
	defer func() {
		if err == nil {
			w.made[tiles.Path(level, n, tlog.TileWidth)] = hashes
		}
	}()
	width := tlog.Width(w.size, level, n)
	if tlog.Width(w.log.Size, level, n) == tlog.TileWidth || level == 0 && n*tlog.TileWidth < w.base {
		data, err := fs.ReadFile(w.log.FS, tiles.Path(level, n, tlog.TileWidth))
		if err != nil {
			return nil, err
		}
		return tlog.ParseTile(data, tlog.TileWidth)
	}
	for i := range int64(width) {
		if level == 0 {
			at := n*tlog.TileWidth + i - w.base
			if at >= int64(len(w.end)) {
				return nil, fmt.Errorf("entry %d cannot be read", w.base+at)
			}
			hashes = append(hashes, tlog.EntryHash(w.end[at]))
			continue
		}
		below, err := w.tile(level-1, n*tlog.TileWidth+i)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, tlog.Subtree(below))
	}
	return hashes, nil
}

// bundle gives the entries of a bundle as far as they are known.
func (w *Whole) bundle(n int64) ([][]byte, error) {
	if first := n * tlog.TileWidth; first >= w.base {
		return w.end[min(first-w.base, int64(len(w.end))):min(first-w.base+tlog.TileWidth, int64(len(w.end)))], nil
	}
	data, err := fs.ReadFile(w.log.FS, tlog.BundlePath(n, tlog.TileWidth))
	if err != nil {
		return nil, err
	}
	return tlog.ParseBundle(data, tlog.TileWidth)
}

// check compares one file.
func (w *Whole) check(name string, data []byte) error {
	switch name {
	case "key":
		return w.keyed(data)
	case "vkey":
		if strings.TrimSuffix(string(data), "\n") != w.log.Key.String() {
			return errors.New("it is not the key that the log is signed with")
		}
		return nil
	case "contradiction": // what it says is compared with the entries
		_, err := Open(data, w.log.Key)
		return err
	}
	level, n, width, ok := place(name)
	if !ok {
		return w.Note(data)
	}
	switch have := tlog.Width(w.size, max(level, 0), n); {
	case w.log.Ended && width > have:
		return nil // what does not count any more
	case width > have:
		return fmt.Errorf("it tells of more entries than the %d that there are", w.size)
	}
	var want []byte
	if level < 0 {
		entries, err := w.bundle(n)
		if err == nil && len(entries) < width {
			err = errors.New("it cannot be compared")
		}
		if err != nil {
			return err
		}
		// Of one that was not signed yet the tile alone tells.
		hashes, err := w.tile(0, n)
		if err != nil {
			return err
		}
		for i, e := range entries[:width] {
			want = tlog.AppendEntry(want, e)
			if hashes[i] != tlog.EntryHash(e) {
				return fmt.Errorf("entry %d does not have the hash in %s", n*tlog.TileWidth+int64(i), tlog.TilePath(0, n, len(hashes)))
			}
		}
	} else {
		hashes, err := w.tile(level, n)
		if err == nil && len(hashes) < width {
			err = errors.New("it cannot be compared")
		}
		if err != nil {
			return err
		}
		for _, h := range hashes[:width] {
			want = append(want, h[:]...)
		}
	}
	if !bytes.Equal(data, want) {
		return errors.New("it is not what the entries make")
	}
	return nil
}

// keyed compares the secret key with the public one.
func (w *Whole) keyed(data []byte) error {
	damaged := errors.New("it is not the secret key of the log") // nothing of it gets into a message
	s, err := note.NewSigner(strings.TrimSuffix(string(data), "\n"))
	if err != nil || !bytes.HasPrefix(data, fmt.Appendf(nil, "PRIVATE+KEY+%s+%08x+", w.log.Key.Name(), w.log.Key.KeyHash())) {
		return damaged
	}
	if sig, err := s.Sign([]byte("probe\n")); err != nil || !w.log.Key.Verify([]byte("probe\n"), sig) {
		return damaged
	}
	return nil
}

// Note compares a checkpoint that this log has signed, wherever it lies.
func (w *Whole) Note(signed []byte) error {
	c, err := Open(signed, w.log.Key, w.log.Witnesses...)
	if err != nil || w.log.Ended {
		return err
	}
	if c.Size > w.size {
		return fmt.Errorf("%d entries were signed, and there are %d", c.Size, w.size)
	}
	root, err := xtlog.TreeHash(c.Size, xtlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return tlog.HashesFrom(indexes, w.tile)
	}))
	if err == nil && root != c.Root {
		err = fmt.Errorf("the first %d entries are not those that were signed", c.Size)
	}
	return err
}
