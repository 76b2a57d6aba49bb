package chronicle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/ledger/tlog"
)

// Proved implements warrant.Log: an entry of this node's log, or of one before it, that
// its tree was shown to hold.
func (c *Chronicle) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if origin == c.log.Key().Name() {
		return proved(c.log.Size(), index, c.log.Entry, c.log.Proof, c.log.Root)
	}
	return Logs(c.Dir).Proved(ctx, origin, index)
}

// Logs are the logs of a folder, as their checkpoints have them.
type Logs string

// Proved implements warrant.Log.
func (l Logs) Proved(_ context.Context, origin string, index int64) ([]byte, error) {
	books, err := tlog.Books(string(l))
	if err != nil {
		return nil, err
	}
	for _, b := range books {
		if b.Key.Name() != origin {
			continue
		}
		note, err := fs.ReadFile(b.FS, "checkpoint")
		if err != nil {
			return nil, fmt.Errorf("the log %s: %w", origin, err)
		}
		head, _, err := evidence.Open(note, b.Key)
		if err != nil || head.Origin != origin {
			return nil, errors.Join(warrant.ErrNone, err)
		}
		t := &evidence.Tiles{FS: b.FS, Size: head.Size}
		root := func(int64) (evidence.Hash, error) { return head.Root, nil }
		path := func(i, _ int64) ([]evidence.Hash, error) { return t.Proof(i) }
		return proved(head.Size, index, t.Entry, path, root)
	}
	return nil, warrant.ErrNone
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
