package coverage

import "watchroom/internal/media"

// Stretch is time in which no recording of a camera is demanded. What lies in it is
// a planned gap, whatever the journal tells: the plan is known, not guessed from what
// happened, so that a camera that fails before a window begins, or stays away after
// it has ended, is told as what it is on either side.
type Stretch struct {
	Start, End int64       // µs since 1970 UTC
	Cause      media.Cause // media.CauseOffHours or media.CauseMaintenance
	Detail     string      // words of people, with their name
}

// Causes of gaps where footage was and is no more, by the words of the journals.
const (
	deletedByRule  media.Cause = "deleted_retention"
	deletedByOrder media.Cause = "deleted_order"
)

// Removed tells whether a gap was recorded time whose footage was lawfully removed.
func Removed(cause media.Cause) bool { return cause == deletedByRule || cause == deletedByOrder }

// ByCause knows no plan: what the journal calls planned is.
func ByCause(spans []Span) []Span {
	for i := range spans {
		spans[i].Planned = spans[i].Cause == media.CauseOffHours
	}
	return spans
}

// Lay cuts gaps at the edges of the stretches and gives the parts inside their cause.
// Recorded time stays recorded, and removed footage was recorded.
func Lay(spans []Span, stretches []Stretch) []Span {
	if len(stretches) == 0 && !stopsByPlan(spans) {
		return spans
	}
	out := make([]Span, 0, len(spans)+2)
	for _, s := range spans {
		if s.Kind != Gap || Removed(s.Cause) {
			out = append(out, s)
			continue
		}
		for len(stretches) > 0 && stretches[0].End <= s.Start {
			stretches = stretches[1:]
		}
		at := s.Start
		for _, p := range stretches {
			if p.Start >= s.End {
				break
			}
			out = cut(out, s, at, p.Start)
			at = max(at, p.Start)
			part := s
			part.Start, part.End, part.Open = at, min(s.End, p.End), s.Open && p.End >= s.End
			part.Planned, part.Cause, part.Detail = true, p.Cause, p.Detail
			if s.Cause != p.Cause {
				part.Symptom = s.Cause
			}
			if part.End > part.Start {
				out = append(out, part)
				at = part.End
			}
		}
		out = cut(out, s, at, s.End)
	}
	return out
}

// cut appends the part of a gap that no stretch covers. A recorder that was switched
// off by the plan has told no other cause until its camera answers again, or does not.
func cut(out []Span, s Span, from, to int64) []Span {
	if to <= from {
		return out
	}
	s.Open = s.Open && to == s.End
	s.Start, s.End = from, to
	if s.Cause == media.CauseOffHours {
		s.Cause, s.Detail = media.CauseConnecting, ""
	}
	return append(out, s)
}

func stopsByPlan(spans []Span) bool {
	for i := range spans {
		if spans[i].Cause == media.CauseOffHours {
			return true
		}
	}
	return false
}
