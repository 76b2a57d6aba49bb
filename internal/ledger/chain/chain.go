// Package chain tells which of the logs in a node's folder prove anything: the one that
// grows, and those that it says itself it continues from, one behind the other.
package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"watchroom/evidence/tlog"
)

// Book is one of a node's logs: the one that grows, or one that ended.
type Book struct {
	Number int
	Dir    string
	Key    tlog.Key
	FS     fs.FS // its folder, for tlog.Tiles of package evidence
}

// What a folder beside the log that grows proves, the log that grows says: its first
// entry names the one that it continues from, and how much of that counts, and the first
// entry of that one the next. A folder that nobody continues from anybody can have laid
// there, key and checkpoint and all.

// Ended is a log that ended, as the one that took its place tells of it.
type Ended struct {
	Book
	// Size is how many of its entries count, and Root the root over them. It is 0 where
	// that could not be told any more when it ended, or is told by a log of which that
	// could not be told: then nothing of it proves anything.
	Size int64
	Root tlog.Hash
}

// Tiles reads what counts of it.
func (e *Ended) Tiles() *tlog.Tiles { return &tlog.Tiles{FS: e.FS, Size: e.Size} }

// Said reads what an entry, the first of the log of an origin, says that it continues from.
func Said(entry []byte, origin string) (*tlog.Continuation, error) {
	if !tlog.IsContinuation(entry) {
		return nil, nil
	}
	c, _, err := tlog.ParseContinuation(entry, tlog.Key{})
	if err == nil && c.Key.Name() != origin {
		err = errors.New("this says so of another log")
	}
	if err != nil {
		return nil, fmt.Errorf("entry 0: %w", err)
	}
	return &c, nil
}

// Follow follows back what logs say that they continue from, beginning with what the log
// that grows says; nil is nothing. books are the other logs of the folder. It gives those
// that ended, the oldest first, and those that none of them continues from. An error says
// that a log of the chain cannot be read at present: others may hold logs before it.
func Follow(books []Book, from *tlog.Continuation) (ended []Ended, others []Book, err error) {
	others = slices.Clone(books)
	for from != nil && err == nil {
		i := match(others, from)
		if i < 0 {
			break // it is not here
		}
		one := Ended{Book: others[i], Size: from.Size, Root: from.Root}
		ended = append(ended, one)
		others = slices.Delete(others, i, i+1)
		from, err = one.From()
	}
	slices.Reverse(ended)
	return ended, others, err
}

// match finds the folder of the log that is continued from, -1 where it is not here. Of
// several under its name it is the one with what is told of it.
func match(books []Book, from *tlog.Continuation) int {
	found := -1
	for i, b := range books {
		if b.Key.Name() != from.Origin {
			continue
		}
		if r, err := (&tlog.Tiles{FS: b.FS, Size: from.Size}).Root(); from.Size > 0 && err == nil && r == from.Root {
			return i
		}
		found = i
	}
	return found
}

// From is what the log says itself that it continues from, nil where it says nothing of
// the kind. Where it cannot be shown that it said so, nothing of what it names counts.
func (e *Ended) From() (*tlog.Continuation, error) {
	if e.Size > 0 {
		c, err := e.shown()
		if err == nil || unanswered(err) {
			return c, err
		}
	}
	entry, err := firstEntry(e.FS)
	if unanswered(err) {
		return nil, err
	}
	if err != nil {
		return nil, nil //nolint:nilerr // it is damaged, which ends the chain
	}
	c, err := Said(entry, e.Key.Name())
	if err != nil || c == nil || c.Key != e.Key {
		return nil, nil //nolint:nilerr // likewise
	}
	c.Size, c.Root = 0, tlog.EmptyRoot()
	return c, nil
}

// shown is From of what the tree holds.
func (e *Ended) shown() (*tlog.Continuation, error) {
	t := e.Tiles()
	entry, err := t.Entry(0)
	if err != nil {
		return nil, err
	}
	proof, err := t.Proof(0)
	if err != nil {
		return nil, err
	}
	if err := tlog.VerifyInclusion(tlog.EntryHash(entry), 0, e.Size, proof, e.Root); err != nil {
		return nil, fmt.Errorf("entry 0: %w", err)
	}
	return Said(entry, e.Key.Name())
}

// unanswered tells whether an error of reading says that a file cannot be read at
// present; others say that it is gone, or not what it was.
func unanswered(err error) bool {
	var failed *fs.PathError
	return errors.As(err, &failed) && !errors.Is(err, fs.ErrNotExist)
}

// firstEntry reads the first entry of a log that ended, from its first bundle, whole or
// partial. Nothing shows that it is the one that was signed.
func firstEntry(log fs.FS) ([]byte, error) {
	width := tlog.TileWidth
	data, err := fs.ReadFile(log, tlog.BundlePath(0, width))
	if errors.Is(err, fs.ErrNotExist) {
		names, err := fs.ReadDir(log, path.Dir(tlog.BundlePath(0, 1)))
		if err != nil {
			return nil, err
		}
		for _, e := range names {
			if w, notNumber := strconv.Atoi(e.Name()); notNumber == nil && w > 0 && w < tlog.TileWidth {
				width = w
			}
		}
		if data, err = fs.ReadFile(log, tlog.BundlePath(0, width)); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	entries, err := tlog.ParseBundle(data, width)
	if err != nil {
		return nil, err
	}
	return entries[0], nil
}
