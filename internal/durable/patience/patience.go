// Package patience waits for a disk, and not for ever: no system call on a mount whose server
// is gone ends by itself, and who waits for one cannot be stopped either.
package patience

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// ErrStands says that a disk has not come back from what was asked of it.
var ErrStands = errors.New("the disk does not answer")

// Guard is the patience with one disk. The zero Guard is ready.
type Guard struct {
	// Back, if set, is called when everything that stood still there has come back. It must
	// be set before the first Do.
	Back func()

	stuck atomic.Int32 // steps that were not waited for and have not come back
}

// Stands tells whether the disk stands still: something has not come back in time, nor since.
func (g *Guard) Stands() bool { return g.stuck.Load() > 0 }

// Leave counts something as standing still until wait returns.
func (g *Guard) Leave(wait func()) {
	g.stuck.Add(1)
	go func() {
		wait()
		if g.stuck.Add(-1) == 0 && g.Back != nil {
			g.Back()
		}
	}()
}

// answer is what came of a step.
type answer[T any] struct {
	value T
	err   error
}

// Do does f and waits for it so long. Where that is not enough, it gives ErrStands, and so it
// does at once until f has come back: what f does late, such as to rename a file, is over
// before anything else is done there. That holds too where whoever asked has gone meanwhile. f keeps to what is its own. What it opened is closed
// where nobody waits for it any more.
func Do[T any](ctx context.Context, g *Guard, long time.Duration, f func() (T, error)) (none T, _ error) {
	if g.Stands() {
		return none, ErrStands
	}
	done := make(chan answer[T], 1)
	go func() {
		v, err := f()
		done <- answer[T]{v, err}
	}()
	until := time.Now().Add(long)
	end := time.NewTimer(long)
	defer end.Stop()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done(): // who asked has gone: it may well be that the disk is only slow
		left := time.Until(until)
		go func() {
			late := time.NewTimer(left)
			defer late.Stop()
			select {
			case a := <-done:
				drop(a.value)
			case <-late.C: // or else everybody who asks and goes would leave one more behind
				g.Leave(func() { drop((<-done).value) })
			}
		}()
		return none, ctx.Err()
	case <-end.C:
	}
	g.Leave(func() { drop((<-done).value) })
	return none, ErrStands
}

func drop(v any) {
	if c, ok := v.(io.Closer); ok {
		c.Close()
	}
}
