// Package event carries what happened from the part where it happened to every
// part and every open screen that wants to know. Events are hints: a subscriber
// that is too slow loses the oldest and is told so, and reads the state anew.
package event

import "sync"

// Event is one thing that happened.
type Event struct {
	Kind    string // such as "camera", "alarm"; the name of the server-sent event
	Subject string // id of what it is about
	Camera  string // id of the camera whose rights decide who may see it, if any
	// Cameras are those whose rights decide where it is about several; one suffices.
	Cameras []string
	Person  string // id of the one person it is for, if it is personal
	Data    any    // JSON-encodable; nothing secret
}

// Bus hands events to subscribers without ever blocking the publisher. The zero
// value is ready for use.
type Bus struct {
	mu   sync.Mutex // guards subs and every Subscription's queue
	subs map[*Subscription]struct{}
}

// Subscription receives events. C yields a token whenever Take may have something.
type Subscription struct {
	C     chan struct{}
	bus   *Bus
	size  int
	queue []Event
	lost  int
}

// Subscribe opens a subscription that holds at most size waiting events.
func (b *Bus) Subscribe(size int) *Subscription {
	s := &Subscription{C: make(chan struct{}, 1), bus: b, size: max(size, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[*Subscription]struct{}{}
	}
	b.subs[s] = struct{}{}
	return s
}

// Publish hands e to everyone subscribed now.
func (b *Bus) Publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		if len(s.queue) == s.size {
			s.queue = s.queue[1:]
			s.lost++
		}
		s.queue = append(s.queue, e)
		select {
		case s.C <- struct{}{}:
		default:
		}
	}
}

// Take empties the queue. lost counts events that were dropped since the last Take.
func (s *Subscription) Take() (events []Event, lost int) {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	events, lost = s.queue, s.lost
	s.queue, s.lost = nil, 0
	return events, lost
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	delete(s.bus.subs, s)
}
