package trace

import (
	"context"

	"watchroom/internal/access"
)

// A live view tells every four hours that it goes on: one of which nothing more is on record
// had ended by then, however it died.
const silence = 240 * minute

// Watched is a camera that watched a control room.
type Watched struct {
	Camera, Name string
	Possible     bool  // nobody has said which computers stand in the room
	Since        int64 // µs, when that was last said, which may be after the look
	Until        int64 // µs, when it watched the room no more; 0: it does
}

// Room is what the camera of a control room saw of it while somebody looked (practice P23).
type Room struct {
	Watched
	From, To int64 // µs, To exclusive
	// Bounded tells that the end of the look is not on record: To is when it would have been
	// heard of again, or now.
	Bounded bool
}

// room adds the cameras of the control rooms from which somebody may have looked, as far as the
// actor sees them. asked is the minute that was asked about (µs); 0: none was.
func (t *Traces) room(ctx context.Context, actor access.Actor, l *Look, asked int64) error {
	if t.Rooms == nil {
		return nil
	}
	all, err := t.Rooms(ctx, l.From, l.Address)
	if err != nil {
		return err
	}
	to, bounded := l.until(t.Clock.Micro(), asked)
	for _, w := range all {
		if access.Can(actor, access.CameraRead, w.Camera) != nil {
			continue
		}
		r := Room{Watched: w, From: l.From, To: to, Bounded: bounded}
		if w.Until != 0 && w.Until < to {
			r.To, r.Bounded = w.Until, false
		}
		l.Rooms = append(l.Rooms, r)
	}
	return nil
}

// until is up to when somebody may have looked (µs), and whether that is a bound alone. Of still
// pictures it is a minute: who has fetched one goes on looking at it.
func (l *Look) until(now, asked int64) (to int64, bounded bool) {
	switch {
	case l.Kind == Picture || l.Kind == Snapshot:
		to = max(l.From, l.To) + minute
	case l.To != 0:
		to = l.To
	default:
		to, bounded = l.From+silence, true
		if l.Kind == Live && l.FootageTo > l.From+1 { // it was told that it goes on
			to = l.FootageTo + silence
		}
		if asked != 0 {
			to = max(to, asked-asked%minute+minute)
		}
	}
	return max(min(to, now), l.From+1), bounded
}
