package archive

import (
	"context"
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
// neighbours; where a gap and a recording compete, the gap stays visible.
func (c *Catalogue) Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]Lane, error) {
	now := c.Clock.Micro()
	lanes := make([]Lane, len(cameras))
	for i, camera := range cameras {
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
		spans = withTail(spans, tail, now)
		lanes[i] = Lane{Camera: camera, Spans: merge(fill(spans, from, to, now), resolution.Microseconds())}
	}
	return lanes, nil
}

// withTail adds the segment that is being written to the stored spans.
func withTail(spans []Span, tail *recording.OpenSegment, now int64) []Span {
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
		case last.Kind == Recorded && tail.Start-last.End <= tolerance:
			last.End, last.Open = max(last.End, tail.End), true
			return spans
		case last.End > tail.Start:
			if last.End >= tail.End {
				return spans
			}
			return append(spans, Span{Start: last.End, End: tail.End, Kind: Recorded, Open: true})
		}
		if last.End < tail.Start && tail.Start-last.End > tolerance {
			spans = append(spans, Span{Start: last.End, End: tail.Start, Kind: Gap, Cause: "unknown"})
		}
	}
	return append(spans, Span{Start: tail.Start, End: tail.End, Kind: Recorded, Open: true})
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
		if s.Open && s.Kind == Recorded && now-s.End < 10*int64(time.Second/time.Microsecond) {
			s.End = max(s.End, now) // parts on their way to the disk
		}
		if s.End <= at || s.Start >= to {
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

// merge joins spans that are shorter than resolution (µs) to a neighbour.
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
		default:
			out = append(out, s)
		}
	}
	return out
}
