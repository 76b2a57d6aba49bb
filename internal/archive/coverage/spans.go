package coverage

import (
	"slices"
	"time"

	"watchroom/internal/recording"
)

// WithTail adds the segment that is being written to the stored spans.
func WithTail(spans []Span, tail *recording.OpenSegment) []Span {
	if tail == nil {
		return spans
	}
	if n := len(spans); n > 0 {
		last := &spans[n-1]
		switch {
		case last.End == Lasting && last.Start >= tail.Start:
			return spans // a gap that is newer than the segment
		case last.End == Lasting:
			last.End = tail.Start
		case last.End > tail.Start && tail.Start < last.Start:
			return over(spans, tail) // the clock was set back
		case last.Kind == Recorded && tail.Start-last.End <= Tolerance:
			last.End, last.Open = max(last.End, tail.End), true
			return spans
		case last.End > tail.Start:
			return over(spans, tail)
		}
		if last.End < tail.Start && tail.Start-last.End > Tolerance {
			spans = append(spans, Span{Start: last.End, End: tail.Start, Kind: Gap, Cause: "unknown"})
		}
	}
	return append(spans, Span{Start: tail.Start, End: tail.End, Kind: Recorded, Open: true})
}

// With lays footage over the gaps that were told of its time.
func With(spans []Span, more []Interval) []Span {
	if len(more) == 0 || len(spans) == 0 {
		return spans
	}
	a := New(slices.Clone(spans)...)
	for _, i := range more {
		if from, to := max(i.Start, spans[0].Start), min(i.End, spans[len(spans)-1].End); from < to {
			a.lay(from, to)
		}
	}
	return a.spans
}

// over lays the segment that is being written over the gaps that were told of its
// time. The recording that reaches its end goes on.
func over(spans []Span, tail *recording.OpenSegment) []Span {
	a := New(slices.Clone(spans)...)
	a.lay(tail.Start, tail.End)
	for i := range a.spans {
		if s := &a.spans[i]; s.Kind == Recorded && s.Start < tail.End && s.End == tail.End {
			s.Open = true
		}
	}
	return a.spans
}

// Fill cuts spans to [from, to] and fills the rest: None before the first and
// behind the present. The newest recording reaches up to the present while it goes on.
func Fill(spans []Span, from, to, now int64) []Span {
	var out []Span
	at := from
	for _, s := range spans {
		if s.End == Lasting {
			s.End, s.Open = max(now, s.Start), true
		}
		if s.Kind == Gap && s.End > now {
			s.End = max(now, s.Start) // what is missing there is not known yet: the clock was set back
		}
		if s.Open && s.Kind == Recorded && now-s.End < 10*int64(time.Second/time.Microsecond) {
			s.End = max(s.End, now) // parts on their way to the disk
		}
		if at >= to || s.End <= max(at, s.Start) || s.Start >= to { // a gap that begins right now lasts nothing yet
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

// Merge joins spans that are shorter than resolution (µs) to a neighbour. Of every
// gap something stays: a gap with its cause, no further away than resolution.
func Merge(spans []Span, resolution int64) []Span {
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
