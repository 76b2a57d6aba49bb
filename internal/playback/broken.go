package playback

import (
	"context"
	"errors"
	"maps"
	"time"

	"watchroom/internal/archive"
)

// breaks remembers from where on segments could not be read, so that footage before and
// behind them is played. The zero value is ready for use; Library.mu guards it.
type breaks map[string]broken

type broken struct {
	from  int64     // wall clock µs from which on nothing can be played of the segment
	found time.Time // by the steady clock, not that of the records
}

// unsure is how long a segment that could not be read counts as such before it is tried
// again: a disk may have come back.
const unsure = time.Minute

// broken gives from where on a segment could not be read lately.
func (l *Library) broken(s *archive.Segment) (from int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.breaks[s.File]
	if ok && time.Since(b.found) > unsure {
		delete(l.breaks, s.File)
		return 0, false
	}
	return b.from, ok
}

// broke notes that a segment cannot be read from an instant on, and tells who wants to
// know. What is away, and a request that was given up, are no fault of the segment.
func (l *Library) broke(ctx context.Context, s *archive.Segment, from int64, err error) {
	if !errors.Is(err, unreadable) || errors.Is(err, context.Canceled) || ctx.Err() != nil || s.Open != nil {
		return
	}
	l.mu.Lock()
	if l.breaks == nil {
		l.breaks = breaks{}
	}
	maps.DeleteFunc(l.breaks, func(_ string, b broken) bool { return time.Since(b.found) > unsure })
	_, known := l.breaks[s.File]
	l.breaks[s.File] = broken{from, time.Now()}
	l.mu.Unlock()
	if !known && l.OnBroken != nil {
		l.OnBroken(*s, err)
	}
}

// torn is an error in the middle of a segment's file.
type torn struct {
	error
	offset int64 // of the part that could not be read
}

func (t *torn) Unwrap() error { return t.error }

// tornAt is the refusal for a part that could not be read.
func tornAt(offset int64, err error) error { return &torn{unread(err), offset} }

// from is the instant of the newest key frame that stands before the damage.
func (t *torn) from(x *index) (at int64) {
	for _, p := range x.points {
		if p.offset <= t.offset {
			at = p.at
		}
	}
	return at
}

// readable is rangeOf of what can be read of a segment: until is to, or the instant from
// which on nothing can. Where that leaves nothing, the error tells why.
func (l *Library) readable(ctx context.Context, s *stretch, from, to int64) (g *byteRange, until int64, err error) {
	for range 2 { // the second time it is known where the damage is
		until = to
		if at, bad := l.broken(&s.Segment); bad {
			if until = min(to, at); until <= max(s.from, from) {
				return nil, at, unreadable
			}
		}
		if g, err = l.rangeOf(ctx, s, from, until); err == nil {
			return g, until, nil
		}
		at := s.StartAt
		if t := (*torn)(nil); errors.As(err, &t) {
			if x := l.known(&s.Segment); x != nil {
				at = max(at, t.from(x))
			}
		}
		l.broke(ctx, &s.Segment, at, err)
		until = at
		if at <= max(s.from, from) {
			break
		}
	}
	return nil, until, err
}

// tear notes that what was being sent of a range broke off: nothing from the key frame
// before it on is asked for again.
func (s *Stream) tear(r *byteRange, err error) {
	from := r.start
	if t := (*torn)(nil); errors.As(err, &t) {
		from = max(from, t.from(r.index))
	}
	s.library.broke(s.ctx, &r.segment, from, err)
}

// skip refuses a stretch of which nothing can be read from an instant on, and tells where
// to go on. Instants are RFC 3339.
func skip(seg *stretch, from int64, err error) error {
	if !errors.Is(err, unreadable) {
		return err
	}
	return unreadable.Because(err).With("from", time.UnixMicro(max(seg.from, from)).UTC()).With("until", time.UnixMicro(seg.until).UTC())
}
