package tlog

import (
	"fmt"
	"iter"
	"path/filepath"
	"time"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/problem"
)

// ErrNoEntry says that the log has no such entry, or no tree of such a size.
var ErrNoEntry = problem.New(problem.NotFound, "ledger_entry_unknown", "The transparency log has no such entry.")

// Size is the number of entries on record, signed or not.
func (l *Log) Size() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.cur == nil {
		return 0
	}
	return l.cur.edge.Size
}

// Checkpoint is the latest signed tree head, with the cosignatures that came for it.
// Its Note is nil before the first.
func (l *Log) Checkpoint() Signed {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.head
}

// Key is the log's verifier key; the zero Key before there is a log.
func (l *Log) Key() tlog.Key {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.cur == nil {
		return tlog.Key{}
	}
	return l.cur.key
}

// Status tells how the log does.
func (l *Log) Status() Status {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := Status{Signed: l.head.Size, SignedAt: l.signedAt, Ready: l.ready, Refusal: l.refusal, Trouble: l.trouble, Cosigned: l.latestCosigned().Size}
	if s.Trouble == nil && s.Refusal == nil && !l.turning.IsZero() && time.Since(l.turning) > stands {
		s.Trouble = ErrNotReady.Because(errStands)
	}
	if l.cur != nil {
		s.Number, s.Origin, s.Size = l.cur.number, l.cur.key.Name(), l.cur.edge.Size
		if s.Origin != "" {
			s.Key = l.cur.key.String()
		}
	}
	return s
}

// current gives the log that grows and its size, or why there is none.
func (l *Log) current() (*book, int64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.cur == nil {
		return nil, 0, ErrNotReady.Because(l.trouble)
	}
	return l.cur, l.cur.edge.Size, nil
}

// hashes reads b's tree from any goroutine.
func (l *Log) hashes(b *book) xtlog.HashReader {
	return xtlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return tlog.HashesFrom(indexes, l.tileOf(b)) })
}

// tileOf gives b's tiles, full or not, to any goroutine.
func (l *Log) tileOf(b *book) func(level int, n int64) ([]tlog.Hash, error) {
	return func(level int, n int64) ([]tlog.Hash, error) {
		l.mu.RLock()
		hashes, err := b.edge.Tile(level, n)
		l.mu.RUnlock()
		if hashes == nil && err == nil {
			hashes, err = b.fullTile(level, n)
		}
		return hashes, err
	}
}

// Entry gives entry i. Its error is ErrNoEntry or of the disk.
func (l *Log) Entry(i int64) ([]byte, error) {
	for e, err := range l.Entries(i, i+1) {
		return e, err
	}
	return nil, ErrNoEntry
}

// Entries gives the entries [from, to) in order and ends with the first error.
func (l *Log) Entries(from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		b, size, err := l.current()
		if err == nil && (from < 0 || from > to || to > size) {
			err = ErrNoEntry
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for i := from; i < to; {
			entries, err := l.entriesFrom(b, i)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range entries {
				if i == to {
					return
				}
				if !yield(e, nil) {
					return
				}
				i++
			}
		}
	}
}

// entriesFrom gives entry i, which is there, and some that follow.
func (l *Log) entriesFrom(b *book, i int64) ([][]byte, error) {
	l.mu.RLock()
	if i >= b.edge.Base {
		// Entries never change, and the slice is not written to below its length.
		entries := b.edge.Entries[i-b.edge.Base:]
		l.mu.RUnlock()
		return entries, nil
	}
	l.mu.RUnlock()
	path := tlog.BundlePath(i/tlog.TileWidth, tlog.TileWidth)
	data, err := b.disk.ReadFile(filepath.Join(b.dir, path))
	if err != nil {
		return nil, err
	}
	entries, err := tlog.ParseBundle(data, tlog.TileWidth)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries[i%tlog.TileWidth:], nil
}

// Root is the root of the tree of the first size entries.
func (l *Log) Root(size int64) (tlog.Hash, error) {
	b, have, err := l.current()
	if err == nil && (size < 0 || size > have) {
		err = ErrNoEntry
	}
	if err != nil {
		return tlog.Hash{}, err
	}
	return root(size, l.hashes(b))
}

// Proof is the audit path of entry i in the tree of size, from the leaf upwards.
func (l *Log) Proof(i, size int64) ([]tlog.Hash, error) {
	b, have, err := l.current()
	if err == nil && (i < 0 || i >= size || size > have) {
		err = ErrNoEntry
	}
	if err != nil {
		return nil, err
	}
	return xtlog.ProveRecord(size, i, l.hashes(b))
}

// Consistency shows that the tree of size begins with that of old.
func (l *Log) Consistency(old, size int64) ([]tlog.Hash, error) {
	b, have, err := l.current()
	if err == nil && (old < 0 || old > size || size > have) {
		err = ErrNoEntry
	}
	if err != nil || old == 0 || old == size {
		return nil, err
	}
	return xtlog.ProveTree(size, old, l.hashes(b))
}

// ProofFile shows that entry i is in the log, under the checkpoint with the most
// cosignatures that covers it. ErrNotReady says that no checkpoint covers it yet.
func (l *Log) ProofFile(i int64) (*tlog.Proof, error) {
	l.mu.RLock()
	best := Signed{}
	for n := maxCosignatures; n > 0 && best.Note == nil; n-- {
		if s := l.cosigned[n]; s.Size > i {
			best = s
		}
	}
	if best.Note == nil && l.head.Size > i {
		best = l.head
	}
	size := int64(0)
	if l.cur != nil {
		size = l.cur.edge.Size
	}
	l.mu.RUnlock()
	switch {
	case i < 0 || i >= size:
		return nil, ErrNoEntry
	case best.Note == nil:
		return nil, ErrNotReady.Because(fmt.Errorf("entry %d is in no checkpoint yet", i))
	}
	path, err := l.Proof(i, best.Size)
	if err != nil {
		return nil, err
	}
	return &tlog.Proof{Index: i, Path: path, Checkpoint: best.Note}, nil
}

// Books lists the node's logs in a folder, the oldest first. It works beside a
// process that writes.
func Books(dir string) ([]chain.Book, error) {
	numbers, err := folders.List(disk.OS{}, dir)
	if err != nil {
		return nil, err
	}
	var list []chain.Book
	for _, n := range numbers {
		b := &book{disk: disk.OS{}, dir: folders.Of(dir, n), number: n}
		if err := b.readPublic(); err != nil {
			return nil, err
		}
		list = append(list, chain.Book{Number: n, Dir: b.dir, Key: b.key, FS: disk.Files(b.dir)})
	}
	return list, nil
}
