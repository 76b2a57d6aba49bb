package live

import (
	"context"
	"sync"
	"sync/atomic"

	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Viewer says who watches what.
type Viewer struct {
	Person    string // id of the person
	Session   string // id of the signed-in session or token
	Camera    string
	Which     media.Which
	Transport string // "whep" or "mse"
}

// Viewers counts everyone who watches live and can end any of them. The zero
// value is ready for use and has no limits.
type Viewers struct {
	Max          int // at the same time; 0 means no limit
	MaxPerPerson int // likewise, for one person

	mu     sync.Mutex // guards seats and closed
	seats  map[*Seat]struct{}
	closed bool

	opened, bytes, dropped atomic.Uint64
}

// Seat is one viewer's place. Its context ends when the viewer must go.
type Seat struct {
	Viewer  Viewer
	viewers *Viewers
	ctx     context.Context
	cancel  context.CancelCauseFunc
}

// Enter takes a seat, or refuses with ErrTooManyViewers, ErrTooManyOfPerson or
// ErrStopping. The seat's context follows ctx.
func (v *Viewers) Enter(ctx context.Context, who Viewer) (*Seat, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return nil, ErrStopping
	}
	if v.Max > 0 && len(v.seats) >= v.Max {
		return nil, ErrTooManyViewers.With("limit", v.Max)
	}
	if v.MaxPerPerson > 0 {
		n := 0
		for s := range v.seats {
			if s.Viewer.Person == who.Person {
				n++
			}
		}
		if n >= v.MaxPerPerson {
			return nil, ErrTooManyOfPerson.With("limit", v.MaxPerPerson)
		}
	}
	s := &Seat{Viewer: who, viewers: v}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if v.seats == nil {
		v.seats = map[*Seat]struct{}{}
	}
	v.seats[s] = struct{}{}
	v.opened.Add(1)
	return s, nil
}

// Context ends when the viewer must go.
func (s *Seat) Context() context.Context { return s.ctx }

// Reason says why the seat's context ended, nil while it has not.
func (s *Seat) Reason() *problem.Error {
	if s.ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(s.ctx)
	if cause == context.Canceled || cause == context.DeadlineExceeded {
		return ErrLeft
	}
	return problem.Of(cause)
}

// End asks the viewer to go for a reason; the first reason stands.
func (s *Seat) End(why *problem.Error) { s.cancel(why) }

// Leave gives the seat back. It may be called more than once.
func (s *Seat) Leave() {
	s.cancel(ErrLeft)
	s.viewers.mu.Lock()
	defer s.viewers.mu.Unlock()
	delete(s.viewers.seats, s)
}

// Sent counts bytes that went to the viewer.
func (s *Seat) Sent(bytes int) { s.viewers.bytes.Add(uint64(bytes)) }

// Dropped counts units that the viewer was too slow for.
func (s *Seat) Dropped(units uint64) { s.viewers.dropped.Add(units) }

// End ends every viewing that match picks, at once, and says how many. It does
// not wait for their connections to close.
func (v *Viewers) End(match func(Viewer) bool, why *problem.Error) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	for s := range v.seats {
		if match(s.Viewer) {
			s.cancel(why)
			n++
		}
	}
	return n
}

// EndPerson ends everything a person watches.
func (v *Viewers) EndPerson(person string, why *problem.Error) int {
	return v.End(func(w Viewer) bool { return w.Person == person }, why)
}

// EndSession ends everything that is watched under one sign-in or token.
func (v *Viewers) EndSession(session string, why *problem.Error) int {
	return v.End(func(w Viewer) bool { return w.Session == session }, why)
}

// EndCamera ends everything that shows one camera.
func (v *Viewers) EndCamera(camera string, why *problem.Error) int {
	return v.End(func(w Viewer) bool { return w.Camera == camera }, why)
}

// Close ends everyone and admits nobody any more.
func (v *Viewers) Close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	v.End(func(Viewer) bool { return true }, ErrStopping)
}

// List is everyone who watches now, in no order.
func (v *Viewers) List() []Viewer {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := make([]Viewer, 0, len(v.seats))
	for s := range v.seats {
		list = append(list, s.Viewer)
	}
	return list
}

// Figures are counts since the start, except Watching.
type Figures struct {
	Watching map[string]int // viewers now, by transport
	Opened   uint64
	Bytes    uint64 // of media sent
	Dropped  uint64 // units that viewers were too slow for
}

// Figures reads the counts.
func (v *Viewers) Figures() Figures {
	f := Figures{
		Watching: map[string]int{},
		Opened:   v.opened.Load(), Bytes: v.bytes.Load(), Dropped: v.dropped.Load(),
	}
	for _, w := range v.List() {
		f.Watching[w.Transport]++
	}
	return f
}
