package archive

import (
	"context"
	"errors"
	"slices"
	"time"

	"watchroom/internal/durable/patience"
	"watchroom/internal/recording/journal"
)

// longRead is how long a volume may take for one thing that is read of it: a list, or some
// lines of a journal. Whoever looks at a timeline waits for it.
const longRead = 2 * time.Second

// guard is the patience with a volume.
func (c *Catalogue) guard(volume string) *patience.Guard {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guards == nil {
		c.guards = map[string]*patience.Guard{}
	}
	if c.guards[volume] == nil {
		c.guards[volume] = &patience.Guard{Back: c.look}
	}
	return c.guards[volume]
}

// look has the cameras followed that wait for it.
func (c *Catalogue) look() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// read reads something of a volume: what it reads into is its own. Where the volume does not
// answer it stands still, and is left out of what is read until it has come back: nobody who
// asks for other footage waits for it.
func read[T any](ctx context.Context, c *Catalogue, volume string, f func() (T, error)) (T, error) {
	return patience.Do(ctx, c.guard(volume), longRead, func() (T, error) {
		if c.reading != nil {
			c.reading(volume)
		}
		return f()
	})
}

// some lines of a journal, and the offset behind them.
type some struct {
	list []journal.Line
	next int64
	torn int
}

// stands tells whether a volume stands still that is not known to be away.
func (c *Catalogue) stands() bool {
	return slices.ContainsFunc(c.answering(), func(v Volume) bool { return c.guard(v.Name).Stands() })
}

// without takes in what volumes tell, and once more without one that stands still.
func (c *Catalogue) without(take func() (bool, error)) (changed bool, err error) {
	for range len(c.Volumes) + 2 {
		var some bool
		some, err = take()
		changed = changed || some
		if !errors.Is(err, patience.ErrStands) {
			return changed, err
		}
	}
	return changed, err
}
