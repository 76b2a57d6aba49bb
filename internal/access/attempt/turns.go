package attempt

import (
	"context"
	"slices"
	"sync"
)

// turns lets one in at a time, of those who wait the newest first: whoever comes into a flood
// waits for the one that is looked at and not for all that came before. Those that starve are
// the flood's; somebody honest who does comes again and is the newest.
type turns struct {
	mu      sync.Mutex // guards what follows
	busy    bool
	waiting []chan struct{} // the newest last
}

func (q *turns) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if !q.busy {
		q.busy = true
		q.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	q.waiting = append(q.waiting, mine)
	q.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.waiting, mine)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.mu.Unlock()
	if i < 0 { // it came in the same instant
		q.leave()
	}
	return ctx.Err()
}

func (q *turns) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.busy = false
		return
	}
	last := len(q.waiting) - 1
	close(q.waiting[last])
	q.waiting = q.waiting[:last]
}
