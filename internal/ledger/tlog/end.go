package tlog

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/tail"
)

// End is the newest log of a folder, read from its end and as its checkpoint has it. It
// is made before the log is opened, or beside a process that writes it, and changes
// nothing. Entries are those of the tail and of full bundles, which are on the disk
// whatever partial tiles a power cut took.
type End struct {
	Key    tlog.Key
	Signed Signed // the checkpoint; its Note is nil where there is none
	Held   int64  // entries on record, signed or not

	book *book
}

// ReadEnd gives the end of the newest log of a folder, nil where there is none. An error
// says that it does not show what its checkpoint says.
func ReadEnd(dir string) (*End, error) { return readEnd(disk.OS{}, dir) }

func readEnd(d disk.Disk, dir string) (*End, error) {
	numbers, err := folders.List(d, dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(numbers) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	number := numbers[len(numbers)-1]
	b := &book{disk: d, dir: folders.Of(dir, number), number: number}
	if err := b.readPublic(); err != nil {
		return nil, err
	}
	_ = b.readKey() // without it a checkpoint is what it says
	// Before the tail, which is never behind it.
	note, err := d.ReadFile(filepath.Join(b.dir, checkpointName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_, _, hurt := b.readTail()
	if hurt != nil && (note == nil || !errors.Is(hurt, tail.ErrDamaged)) {
		return nil, hurt
	}
	e := &End{Key: b.key, Held: b.edge.Size, book: b}
	if note == nil {
		return e, nil
	}
	if was, yes := b.slipped(note); yes && hurt == nil { // the start will write it anew
		note = was.Note
	}
	c, _, err := tlog.Open(note, b.key)
	if err != nil { // the guard is never behind it
		if mark, markErr := d.ReadFile(filepath.Join(dir, guardName)); markErr == nil {
			if is, _, markErr := tlog.Open(mark, b.key); markErr == nil {
				c, note, err = is, mark, nil
			}
		}
	}
	if err == nil && c.Origin != b.key.Name() {
		err = fmt.Errorf("the checkpoint is of another log, %q", c.Origin)
	}
	if err == nil {
		e.Signed = Signed{c, note}
		if err = b.has(e.Signed); err != nil || hurt != nil { // what the start will make again
			if e.book, err = b.recover(e.Signed); err == nil {
				e.Held = e.book.edge.Size
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Back gives the entries that are signed, the last first, and their indexes. One that
// matters is proved by Proved: what is read from bundles may be anything. It ends with
// the first error, at the index of which nothing could be read.
func (e *End) Back() iter.Seq2[int64, []byte] {
	return func(yield func(int64, []byte) bool) {
		for i := e.Signed.Size - 1; i >= 0; {
			first := i / tlog.TileWidth * tlog.TileWidth
			entries, err := e.book.bundle(first)
			if err != nil || int64(len(entries)) <= i-first {
				yield(i, nil)
				return
			}
			for ; i >= first; i-- {
				if !yield(i, entries[i-first]) {
					return
				}
			}
		}
	}
}

// bundle gives the entries from first, a multiple of 256, that stand in one bundle.
func (b *book) bundle(first int64) ([][]byte, error) {
	if first >= b.edge.Base {
		return b.edge.Entries[first-b.edge.Base : min(first+tlog.TileWidth, b.edge.Size)-b.edge.Base], nil
	}
	data, err := b.disk.ReadFile(filepath.Join(b.dir, tlog.BundlePath(first/tlog.TileWidth, tlog.TileWidth)))
	if err != nil {
		return nil, err
	}
	return tlog.ParseBundle(data, tlog.TileWidth)
}

// Proved tells whether an entry stands at an index of what is signed.
func (e *End) Proved(index int64, entry []byte) error {
	path, err := xtlog.ProveRecord(e.Signed.Size, index, e.book.hashes())
	if err != nil {
		return err
	}
	return tlog.VerifyInclusion(tlog.EntryHash(entry), index, e.Signed.Size, path, e.Signed.Root)
}
