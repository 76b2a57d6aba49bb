// Package every does one thing again and again until it is told to end: the one life
// of all that looks at something once a minute or once an hour.
package every

import (
	"context"
	"time"
)

// Loop does it. The zero Loop is ready for Start.
type Loop struct {
	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}
}

// Start calls round at once, and again whenever so much time has passed since or Wake
// asks for it. Rounds never overlap; one that takes long makes the next late.
func (l *Loop) Start(ctx context.Context, pause time.Duration, round func(context.Context)) {
	l.wake = make(chan struct{}, 1)
	l.done = make(chan struct{})
	ctx, l.cancel = context.WithCancel(ctx)
	go func() {
		defer close(l.done)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for ctx.Err() == nil {
			now, end := Begin(ctx)
			round(now)
			end()
			select {
			case <-ctx.Done():
			case <-tick.C:
			case <-l.wake:
			}
		}
	}()
}

// Trying makes a round of something that may fail: complain is told what went wrong,
// unless that is only the end.
func Trying(round func(context.Context) error, complain func(error)) func(context.Context) {
	return func(ctx context.Context) {
		if err := round(ctx); err != nil && ctx.Err() == nil {
			complain(err)
		}
	}
}

// Wake asks for a round now. It never blocks, and says nothing where none was started.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Close ends the loop and waits for the round that is going on. Where none was started
// there is none to end.
func (l *Loop) Close() {
	if l.cancel == nil {
		return
	}
	l.cancel()
	<-l.done
}
