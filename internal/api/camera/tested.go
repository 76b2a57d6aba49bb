package camera

import (
	"context"
	"errors"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/problem"
	"watchroom/internal/source"
)

// testedFor is how long what a connection test saw is reckoned with, and mostTested how many
// of them are kept.
const (
	testedFor  = 15 * time.Minute
	mostTested = 4096
)

// tested remembers what the server's own connection tests saw: what a camera will send is
// nothing to be taken at a client's word.
type tested struct {
	mu   sync.Mutex          // guards last
	last map[string]sighting // by address, without credentials
}

type sighting struct {
	seen Seen
	at   time.Time
}

// address is what a stream is known by.
func address(raw string) string {
	clean, _, _, err := streamurl.Split(raw)
	if err != nil {
		return ""
	}
	return clean
}

func (l *tested) note(raw string, found *source.ProbeResult, now time.Time) {
	s := Seen{FPS: found.FPS}
	if found.OK {
		s.Bitrate = found.Bitrate
	}
	for _, t := range found.Tracks {
		if t.Codec.Video() {
			s.Width, s.Height = t.Width, t.Height
			break
		}
	}
	at := address(raw)
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, was := range l.last {
		if now.Sub(was.at) >= testedFor {
			delete(l.last, k)
		}
	}
	if at == "" || s.Bitrate == 0 && s.Width == 0 || len(l.last) >= mostTested {
		return
	}
	if l.last == nil {
		l.last = map[string]sighting{}
	}
	l.last[at] = sighting{s, now}
}

// of is what the newest test of an address saw; zero where there was none lately.
func (l *tested) of(raw string, now time.Time) Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.last[address(raw)]; ok && now.Sub(s.at) < testedFor {
		return s.seen
	}
	return Seen{}
}

// errNoRoom is capacity.ErrShort for who is not told the figures of the house.
var errNoRoom = problem.New(problem.Conflict, "capacity_refused", "The storage could not keep all footage for as long as it must be kept. Whoever looks after the storage knows how much is missing.")

// room asks for a reservation. Who has the right in some areas only is told whether there is
// room, and no figure of the house. Nil: nobody reckons here.
func (x *Routes) room(ctx context.Context, actor access.Actor, right access.Action, w Wish) (*Reservation, error) {
	if x.Reserve == nil {
		return nil, nil
	}
	all, err := x.Reserve(ctx, w)
	narrow := access.Throughout(actor, right, "") != nil
	switch {
	case narrow && errors.Is(err, capacity.ErrShort):
		return nil, errNoRoom
	case err != nil:
		return nil, err
	case narrow:
		return &Reservation{OK: all.OK, ShortOn: all.ShortOn}, nil
	}
	return &all, nil
}

// onlyShort leaves of errors that a reservation gives the refusals: where nothing can be told,
// what somebody wants is done all the same.
func onlyShort(room *Reservation, err error) (*Reservation, error) {
	if err == nil || errors.Is(err, capacity.ErrShort) || errors.Is(err, errNoRoom) {
		return room, err
	}
	return nil, nil
}
