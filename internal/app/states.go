package app

import (
	"context"
	"sync"
	"time"

	"watchroom/internal/event"
)

// states tells open screens of cameras whose state has changed, and of the live
// figures of all of them now and then. It takes the fleet's calls without delay:
// those come from sources and recorders.
type states struct {
	bus   *event.Bus
	look  func(camera string) // told first, in the goroutine of states
	all   func() []string
	pulse func() // called as often as the figures are told
	every time.Duration

	mu      sync.Mutex // guards changed
	changed map[string]bool
	wake    chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
}

func (s *states) start(ctx context.Context) {
	s.changed = map[string]bool{}
	s.wake = make(chan struct{}, 1)
	s.done = make(chan struct{})
	ctx, s.cancel = context.WithCancel(ctx)
	go s.run(ctx)
}

func (s *states) close() {
	s.cancel()
	<-s.done
}

// mark takes note that a camera's state has changed.
func (s *states) mark(camera string) {
	s.mu.Lock()
	s.changed[camera] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *states) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		var cameras []string
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.pulse()
			cameras = s.all()
		case <-s.wake:
			s.mu.Lock()
			for id := range s.changed {
				cameras = append(cameras, id)
			}
			clear(s.changed)
			s.mu.Unlock()
		}
		for _, id := range cameras {
			s.look(id)
			s.bus.Publish(event.Event{Kind: "camera", Subject: id, Camera: id})
		}
	}
}
