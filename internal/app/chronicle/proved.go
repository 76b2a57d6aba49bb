package chronicle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/problem"
)

// Proved implements warrant.Log: an entry of this node's log, or of one before it, that
// its tree was shown to hold.
func (c *Chronicle) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if origin == c.log.Key().Name() {
		return proved(c.log.Size(), index, c.log.Entry, c.log.Proof, c.log.Root)
	}
	b, err := Logs(c.Dir).Proved(ctx, origin, index)
	// The bare one says that there never was such an entry.
	if errors.Is(err, warrant.ErrNone) && err != warrant.ErrNone {
		c.missed(origin, err)
	}
	return b, err
}

// missed says once of every log that ended that something of it cannot be read.
func (c *Chronicle) missed(origin string, err error) {
	c.mu.Lock()
	first := !c.missing[origin]
	if first {
		if c.missing == nil {
			c.missing = map[string]bool{}
		}
		c.missing[origin] = true
	}
	c.mu.Unlock()
	if first {
		c.Log.Error("an entry of a transparency log that ended cannot be shown any more: what people allowed by it counts for nothing, what they forbade goes on to", "log", origin, "err", err)
	}
}

// Logs are the logs of a folder that ended, as far as those that took their place say.
type Logs string

// Proved implements warrant.Log. What is lost of a log that ended is lost for good, so
// that it is warrant.ErrNone; a disk that does not answer is another error.
func (l Logs) Proved(_ context.Context, origin string, index int64) ([]byte, error) {
	b, err := l.proved(origin, index)
	if gone(err) && !errors.Is(err, warrant.ErrNone) {
		return nil, errors.Join(warrant.ErrNone, err)
	}
	return b, err
}

func (l Logs) proved(origin string, index int64) ([]byte, error) {
	books, err := tlog.Books(string(l))
	if err != nil {
		return nil, err
	}
	for _, b := range books {
		if b.Key.Name() != origin {
			continue
		}
		end, err := reach(books, b)
		if err != nil {
			return nil, fmt.Errorf("the log %s: %w", origin, err)
		}
		t := &evidence.Tiles{FS: b.FS, Size: end.Size}
		root := func(int64) (evidence.Hash, error) { return end.Root, nil }
		path := func(i, _ int64) ([]evidence.Hash, error) { return t.Proof(i) }
		return proved(end.Size, index, t.Entry, path, root)
	}
	return nil, warrant.ErrNone
}

// gone tells whether an error of reading a log says that what was asked for is not there,
// or is not what it was; others say that nobody can tell at present.
func gone(err error) bool {
	var path *fs.PathError
	var said *problem.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, warrant.ErrNone):
		return true
	}
	return !errors.As(err, &path) && !errors.As(err, &said)
}

func proved(size, index int64, entry func(int64) ([]byte, error), path func(i, size int64) ([]evidence.Hash, error),
	root func(int64) (evidence.Hash, error),
) ([]byte, error) {
	if index < 0 || index >= size {
		return nil, warrant.ErrNone
	}
	b, err := entry(index)
	if err != nil {
		return nil, err
	}
	p, err := path(index, size)
	if err != nil {
		return nil, err
	}
	r, err := root(size)
	if err != nil {
		return nil, err
	}
	if err := evidence.VerifyInclusion(evidence.EntryHash(b), index, size, p, r); err != nil {
		return nil, errors.Join(warrant.ErrNone, err)
	}
	return b, nil
}
