package archive

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/recording"
)

// Lane is one camera's coverage of an interval: spans that fill it without hole.
type Lane struct {
	Camera string
	Spans  []Span
}

// Timeline tells for each camera what was recorded between from and to (µs since
// 1970 UTC), and why not. Spans shorter than resolution are merged into their
// neighbours, but a gap never vanishes: it takes the place of short recordings
// beside it, and every cause is told within resolution of where it was.
func (c *Catalogue) Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]Lane, error) {
	now := c.Clock.Micro()
	lanes := make([]Lane, len(cameras))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(len(cameras), runtime.GOMAXPROCS(0), maxReaders) {
		readers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(cameras) || ctx.Err() != nil {
					return
				}
				spans, err := c.lane(ctx, cameras[i], from, to, now)
				if err != nil {
					cancel(err) // the first is the reason, the others only follow
					return
				}
				lanes[i] = Lane{Camera: cameras[i], Spans: merge(spans, resolution.Microseconds())}
			}
		})
	}
	readers.Wait()
	return lanes, context.Cause(ctx)
}

// maxReaders bounds the connections that one timeline takes: decoding rows is
// work for processors, and other requests read from the database too.
const maxReaders = 3

// lane is one camera's coverage in full.
func (c *Catalogue) lane(ctx context.Context, camera string, from, to, now int64) ([]Span, error) {
	// The open segment first: what is closed meanwhile is then seen twice
	// rather than not at all.
	tail := c.open(camera)
	if err := c.current(ctx, camera); err != nil {
		return nil, err
	}
	spans, err := c.spans(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	return c.planned(camera, fill(withTail(spans, tail), from, to, now), from, to), nil
}

// withTail adds the segment that is being written to the stored spans.
func withTail(spans []Span, tail *recording.OpenSegment) []Span {
	if tail == nil {
		return spans
	}
	if n := len(spans); n > 0 {
		last := &spans[n-1]
		switch {
		case last.End == open && last.Start >= tail.Start:
			return spans // a gap that is newer than the segment
		case last.End == open:
			last.End = tail.Start
		case last.End > tail.Start && tail.Start < last.Start:
			return over(spans, tail) // the clock was set back
		case last.Kind == Recorded && tail.Start-last.End <= tolerance:
			last.End, last.Open = max(last.End, tail.End), true
			return spans
		case last.End > tail.Start:
			return over(spans, tail)
		}
		if last.End < tail.Start && tail.Start-last.End > tolerance {
			spans = append(spans, Span{Start: last.End, End: tail.Start, Kind: Gap, Cause: "unknown"})
		}
	}
	return append(spans, Span{Start: tail.Start, End: tail.End, Kind: Recorded, Open: true})
}

// over lays the segment that is being written over the gaps that were told of its
// time. The recording that reaches its end goes on.
func over(spans []Span, tail *recording.OpenSegment) []Span {
	a := newAccount(slices.Clone(spans)...)
	a.lay(tail.Start, tail.End)
	for i := range a.spans {
		if s := &a.spans[i]; s.Kind == Recorded && s.Start < tail.End && s.End == tail.End {
			s.Open = true
		}
	}
	return a.spans
}

// fill cuts spans to [from, to] and fills the rest: None before the first and
// behind the present. The newest recording reaches up to the present while it goes on.
func fill(spans []Span, from, to, now int64) []Span {
	var out []Span
	at := from
	for _, s := range spans {
		if s.End == open {
			s.End, s.Open = max(now, s.Start), true
		}
		if s.Kind == Gap && s.End > now {
			s.End = max(now, s.Start) // what is missing there is not known yet: the clock was set back
		}
		if s.Open && s.Kind == Recorded && now-s.End < 10*int64(time.Second/time.Microsecond) {
			s.End = max(s.End, now) // parts on their way to the disk
		}
		if s.End <= max(at, s.Start) || s.Start >= to { // a gap that begins right now lasts nothing yet
			continue
		}
		if s.Start > at {
			out = append(out, Span{Start: at, End: s.Start, Kind: None})
			at = s.Start
		}
		s.Start, s.End = at, min(s.End, to)
		out = append(out, s)
		at = s.End
	}
	if at < to {
		out = append(out, Span{Start: at, End: to, Kind: None})
	}
	return out
}

// merge joins spans that are shorter than resolution (µs) to a neighbour. Of every
// gap something stays: a gap with its cause, no further away than resolution.
func merge(spans []Span, resolution int64) []Span {
	if resolution <= 0 || len(spans) < 2 {
		return spans
	}
	out := spans[:0:0]
	for _, s := range spans {
		n := len(out)
		if n == 0 {
			out = append(out, s)
			continue
		}
		last := &out[n-1]
		short, lastShort := s.End-s.Start < resolution, last.End-last.Start < resolution
		switch {
		case s.Kind == last.Kind && s.Cause == last.Cause:
			last.End, last.Open = s.End, s.Open
		case short && (last.Kind == Gap && s.Kind == Recorded):
			last.End, last.Open = s.End, s.Open
		case lastShort && last.Kind == Recorded && s.Kind == Gap:
			s.Start = last.Start
			*last = s
		case last.Kind == Gap && s.Kind == Gap && !s.Open && told(out, s, resolution):
			last.End = s.End
		default:
			out = append(out, s)
		}
	}
	return out
}

// told tells whether the gaps right before s have its cause already, all within
// resolution: a camera that fails in turns would fill the answer otherwise.
func told(out []Span, s Span, resolution int64) bool {
	for _, o := range slices.Backward(out) {
		if o.Kind != Gap || s.End-o.Start >= resolution {
			return false
		}
		if o.Cause == s.Cause {
			return true
		}
	}
	return false
}
