// Package states tells open screens how cameras are.
package states

import (
	"context"
	"sync"
	"time"

	"watchroom/internal/event"
)

// Teller tells open screens of cameras whose state has changed, and of the live
// figures of all of them now and then. It takes the fleet's calls without delay:
// those come from sources and recorders.
type Teller struct {
	Bus   *event.Bus
	Look  func(camera string) // told first, in its own goroutine
	All   func() []string
	Pulse func() // called as often as the figures are told
	Every time.Duration

	mu      sync.Mutex // guards changed
	changed map[string]bool
	wake    chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

// Start begins to tell.
func (s *Teller) Start(ctx context.Context) {
	s.changed = map[string]bool{}
	s.wake = make(chan struct{}, 1)
	s.done = make(chan struct{})
	ctx, s.cancel = context.WithCancel(ctx)
	go s.run(ctx)
}

// Close ends it and waits.
func (s *Teller) Close() {
	s.cancel()
	<-s.done
}

// Mark takes note that a camera's state has changed.
func (s *Teller) Mark(camera string) {
	s.mu.Lock()
	s.changed[camera] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Teller) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		var cameras []string
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Pulse()
			cameras = s.All()
		case <-s.wake:
			s.mu.Lock()
			for id := range s.changed {
				cameras = append(cameras, id)
			}
			clear(s.changed)
			s.mu.Unlock()
		}
		for _, id := range cameras {
			s.Look(id)
			s.Bus.Publish(event.Event{Kind: "camera", Subject: id, Camera: id})
		}
	}
}
