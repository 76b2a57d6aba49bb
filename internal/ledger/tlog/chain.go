package tlog

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
)

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

// From is what the log that grows says that it continues from, as its tree holds it; nil
// where it says nothing of the kind.
func (l *Log) From() (*tlog.Continuation, error) {
	b, size, err := l.current()
	if err != nil || size == 0 {
		return nil, err
	}
	entry, err := l.Entry(0)
	if err != nil {
		return nil, err
	}
	path, err := l.Proof(0, size)
	if err != nil {
		return nil, err
	}
	r, err := l.Root(size)
	if err != nil {
		return nil, err
	}
	if err := tlog.VerifyInclusion(tlog.EntryHash(entry), 0, size, path, r); err != nil {
		return nil, fmt.Errorf("entry 0: %w", err)
	}
	return said(entry, b.key.Name())
}

// said reads what an entry, the first of the log of an origin, says that it continues from.
func said(entry []byte, origin string) (*tlog.Continuation, error) {
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

// Chain follows back what logs say that they continue from, beginning with what the log
// that grows says; nil is nothing. books are the other logs of the folder. It gives those
// that ended, the oldest first, and those that none of them continues from. An error says
// that a log of the chain cannot be read at present: others may hold logs before it.
func Chain(books []Book, from *tlog.Continuation) (ended []Ended, others []Book, err error) {
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
	entry, err := firstEntry(reading{e.FS}, "")
	if unanswered(err) {
		return nil, err
	}
	if err != nil {
		return nil, nil //nolint:nilerr // it is damaged, which ends the chain
	}
	c, err := said(entry, e.Key.Name())
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
	path, err := t.Proof(0)
	if err != nil {
		return nil, err
	}
	if err := tlog.VerifyInclusion(tlog.EntryHash(entry), 0, e.Size, path, e.Root); err != nil {
		return nil, fmt.Errorf("entry 0: %w", err)
	}
	return said(entry, e.Key.Name())
}

// unanswered tells whether an error of reading says that a file cannot be read at
// present; others say that it is gone, or not what it was.
func unanswered(err error) bool {
	var path *fs.PathError
	return errors.As(err, &path) && !errors.Is(err, fs.ErrNotExist)
}

// reader is the part of a disk that reads.
type reader interface {
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

// reading reads a folder as a disk does.
type reading struct{ fs.FS }

func (r reading) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(r.FS, name) }
func (r reading) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

// shelf is a folder of a disk as Tiles of package evidence reads it.
type shelf struct {
	disk disk.Disk
	dir  string
}

// Open implements fs.FS. Files are read whole.
func (shelf) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}

// ReadFile implements fs.ReadFileFS.
func (o shelf) ReadFile(name string) ([]byte, error) {
	return o.disk.ReadFile(filepath.Join(o.dir, name))
}

// ReadDir implements fs.ReadDirFS.
func (o shelf) ReadDir(name string) ([]fs.DirEntry, error) {
	return o.disk.ReadDir(filepath.Join(o.dir, name))
}
