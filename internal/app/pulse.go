package app

import (
	"context"
	"time"
)

// pulse looks every so often whether the database answers.
type pulse struct {
	healthy func(context.Context) error
	tell    func(error) // what it found, nil for an answer; told once more with nil at the end
	every   time.Duration

	cancel context.CancelFunc
	done   chan struct{}
}

func (p *pulse) start(ctx context.Context) {
	ctx, p.cancel = context.WithCancel(ctx)
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				p.tell(nil)
				return
			case <-tick.C:
				if err := p.healthy(ctx); ctx.Err() == nil {
					p.tell(err)
				}
			}
		}
	}()
}

func (p *pulse) close() {
	p.cancel()
	<-p.done
}
