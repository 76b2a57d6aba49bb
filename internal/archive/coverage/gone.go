package coverage

import "watchroom/internal/media"

// Gone is recorded time whose footage is known to be missing or another than was recorded.
// Start and End are µs since 1970 UTC.
type Gone struct {
	Start, End int64
	Cause      media.Cause // media.CauseFootageMissing or media.CauseFootageDamaged
	// Told: a journal tells that it was removed, which nobody had allowed. In the account it
	// stands as removed.
	Told bool
}

// Lost tells whether a gap is recorded time whose footage is missing or altered.
func Lost(cause media.Cause) bool {
	return cause == media.CauseFootageMissing || cause == media.CauseFootageDamaged
}

// removed tells whether a span is time whose footage was removed, as the journals tell.
func (s *Span) removed() bool {
	return s.Kind == Gap && (s.Cause == media.CauseDeletedRetention || s.Cause == media.CauseDeletedOrder)
}

// Without lays what is gone, in order and without overlap, over recorded time. The account
// stays as the journals tell it: this is what is shown of it.
func Without(spans []Span, gone []Gone) []Span {
	if len(gone) == 0 {
		return spans
	}
	out := make([]Span, 0, len(spans)+2*len(gone))
	for _, s := range spans {
		if s.Kind != Recorded && !s.removed() {
			out = append(out, s)
			continue
		}
		for len(gone) > 0 && gone[0].End <= s.Start {
			gone = gone[1:]
		}
		at := s.Start
		for _, g := range gone {
			if g.Start >= s.End {
				break
			}
			from, to := max(g.Start, at), min(g.End, s.End)
			if from >= to || s.Kind != Recorded && !g.Told {
				continue
			}
			if from > at {
				part := s
				part.Start, part.End, part.Open = at, from, false
				out = append(out, part)
			}
			if n := len(out); n > 0 && out[n-1].Kind == Gap && out[n-1].Cause == g.Cause && out[n-1].End == from {
				out[n-1].End = to
			} else {
				out = append(out, Span{Start: from, End: to, Kind: Gap, Cause: g.Cause})
			}
			at = to
		}
		if at < s.End {
			s.Start = at
			out = append(out, s)
		}
	}
	return out
}
