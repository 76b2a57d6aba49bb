package chronicle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/problem"
)

// Proved implements warrant.Log: an entry of this node's log, or of one before it, that
// its tree was shown to hold.
func (c *Chronicle) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if c.log.Status().Origin == "" { // it is not open yet: the process before may have it still
		r, err := c.unopened()
		if err != nil {
			return nil, err
		}
		return r.Proved(ctx, origin, index)
	}
	if origin == c.log.Key().Name() {
		return proved(c.log.Size(), index, c.log.Entry, c.log.Proof, c.log.Root)
	}
	logs, err := c.before()
	var b []byte
	if err == nil {
		b, err = logs.Proved(ctx, origin, index)
	}
	// The bare one says that there never was such an entry.
	if errors.Is(err, warrant.ErrNone) && err != warrant.ErrNone {
		c.missed(origin, err)
	}
	return b, err
}

// unopened reads the log as it lies in its folder.
func (c *Chronicle) unopened() (*Reading, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lying == nil {
		r, err := Read(c.Dir)
		if err != nil {
			return nil, err
		}
		c.lying = r
	}
	return c.lying, nil
}

// Proved implements warrant.Log, as far as the log is signed by now.
func (r *Reading) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if origin != r.Book.Key.Name() {
		return r.before.Proved(ctx, origin, index)
	}
	signed, _, err := head(r.Book)
	if err != nil { // it is damaged
		signed = r.Checkpoint
	}
	t := &evidence.Tiles{FS: r.Book.FS, Size: signed.Size}
	root := func(int64) (evidence.Hash, error) { return signed.Root, nil }
	path := func(i, _ int64) ([]evidence.Hash, error) { return t.Proof(i) }
	return proved(signed.Size, index, t.Entry, path, root)
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

// Before are the logs that a log continues from, as it says itself. Everything else that
// lies beside it proves nothing.
type Before struct {
	ended  []chain.Ended // the oldest first
	others []chain.Book  // those that are none of them
	err    error         // why it cannot be told whether others are, nil where they are not
}

// before are the logs that this node's log continues from.
func (c *Chronicle) before() (b Before, err error) {
	books, err := tlog.Books(c.Dir)
	if err != nil {
		return b, err
	}
	from, err := c.log.From()
	if err != nil {
		return b, err
	}
	return beforeOf(books, c.log.Status().Number, from), nil
}

func beforeOf(books []chain.Book, number int, from *evidence.Continuation) (b Before) {
	rest := slices.DeleteFunc(slices.Clone(books), func(o chain.Book) bool { return o.Number == number })
	b.ended, b.others, b.err = chain.Follow(rest, from)
	return b
}

// of finds the log of an origin. It is warrant.ErrNone where the log comes from none of
// that origin, or nobody could tell any more what it held.
func (b *Before) of(origin string) (*chain.Ended, error) {
	for i := range b.ended {
		if e := &b.ended[i]; e.Key.Name() == origin && e.Size > 0 {
			return e, nil
		}
	}
	if slices.ContainsFunc(b.others, func(o chain.Book) bool { return o.Key.Name() == origin }) && b.err != nil {
		return nil, fmt.Errorf("the log %s: %w", origin, b.err)
	}
	return nil, warrant.ErrNone
}

// Proved implements warrant.Log. What is lost of a log that ended is lost for good, so
// that it is warrant.ErrNone; a disk that does not answer is another error.
func (b *Before) Proved(_ context.Context, origin string, index int64) ([]byte, error) {
	e, err := b.proved(origin, index)
	if gone(err) && !errors.Is(err, warrant.ErrNone) {
		return nil, errors.Join(warrant.ErrNone, err)
	}
	return e, err
}

func (b *Before) proved(origin string, index int64) ([]byte, error) {
	e, err := b.of(origin)
	if err != nil {
		return nil, err
	}
	t := e.Tiles()
	root := func(int64) (evidence.Hash, error) { return e.Root, nil }
	path := func(i, _ int64) ([]evidence.Hash, error) { return t.Proof(i) }
	return proved(e.Size, index, t.Entry, path, root)
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
