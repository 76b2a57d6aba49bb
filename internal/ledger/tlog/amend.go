package tlog

import (
	"fmt"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
)

// A row that is marked with an entry which is another says that this log is not the one that
// the act was brought into, unless the log holds the act elsewhere: each act comes into it
// once, so that then the row is what is damaged. A log that was rolled back does not hold it.

// amend looks for the entry that s knows in this log and in those that it continues from, each
// entry shown to be in its tree, and has the row of s say where it stands. An error says that
// it could not be put there now.
func (l *Log) amend(b *book, s Seen, why error) (amended bool, err error) {
	if s.Put == nil {
		return false, nil
	}
	take := func(origin string, index int64, entry []byte) { amended, err = s.Put(origin, index, entry) }
	for i := int64(0); i < b.edge.Size && !amended; {
		entries, err := l.entriesFrom(b, i)
		if err != nil { // this bundle is damaged
			i = (i/tlog.TileWidth + 1) * tlog.TileWidth
			continue
		}
		for _, e := range entries {
			if s.Last(e) && b.proves(i, e) == nil {
				take(b.key.Name(), i, e)
			}
			i++
		}
	}
	_, before := l.family(b)
	for at := range before {
		ended := &before[at]
		tiles, i := ended.Tiles(), int64(0)
		for e, err := range tiles.Entries(0, ended.Size) {
			if err != nil {
				break
			}
			if !amended && s.Last(e) && holds(tiles, ended.Root, ended.Size, i, e) == nil {
				take(ended.Key.Name(), i, e)
			}
			i++
		}
	}
	if err != nil {
		return false, ErrNotReady.Because(fmt.Errorf("%s: %w", s.Row, err))
	}
	if amended {
		l.made(b, Mended{Row: s.Row, Signed: b.edge.Size}, why)
	}
	return amended, nil
}

// proves tells whether an entry stands at an index of b.
func (b *book) proves(index int64, entry []byte) error {
	head, err := root(b.edge.Size, b.hashes())
	if err == nil {
		err = holds(b.hashes(), head, b.edge.Size, index, entry)
	}
	return err
}

// holds tells whether an entry stands at an index of the tree with a root.
func holds(r xtlog.HashReader, head tlog.Hash, size, index int64, entry []byte) error {
	path, err := xtlog.ProveRecord(size, index, r)
	if err != nil {
		return err
	}
	return tlog.VerifyInclusion(tlog.EntryHash(entry), index, size, path, head)
}
