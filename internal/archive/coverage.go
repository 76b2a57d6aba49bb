// Package archive is the catalogue of recordings: a row for every segment, and per
// camera an account of all time without a hole, recorded or gap with its cause.
//
// The catalogue is a projection of the journals that recorders keep beside the
// footage. It follows them while they grow, catches up after the database was
// away, and is made again from them, and from the segments, when rows are missing.
package archive

import (
	"math"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording"
)

// Kind says what a span of coverage is.
type Kind string

// Kinds of spans.
const (
	Recorded Kind = "recorded"
	Gap      Kind = "gap"
	None     Kind = "none" // before the camera existed, or in the future; never stored
)

// open is the end of a gap that lasts.
const open = math.MaxInt64

// tolerance is how far apart two segments may lie and still follow one another:
// the clocks of camera and recorder drift against each other within a segment.
const tolerance = int64(time.Second / time.Microsecond)

// Span is a stretch of a camera's time. Start and End are µs since 1970 UTC.
type Span struct {
	Start, End int64
	Kind       Kind
	Cause      media.Cause
	Detail     string
	Open       bool // it still lasts; End is the present
}

// account keeps the spans of one camera in order, without hole or overlap. Only
// the last stored span can change; what follows it is new.
type account struct {
	last    *Span // the newest, nil before the first
	changed bool  // last differs from its row
	stored  bool  // last has a row
	spans   []Span
	closed  []Span // stored spans that were changed before new ones came
}

// newAccount goes on behind the last stored span, which may be nil.
func newAccount(last *Span) *account {
	return &account{last: last, stored: last != nil}
}

func (a *account) push(s Span) {
	if s.End <= s.Start {
		return
	}
	a.settle()
	a.last, a.stored, a.changed = &s, false, false
}

// settle moves the last span to what must be written.
func (a *account) settle() {
	if a.last == nil {
		return
	}
	switch {
	case a.stored && a.changed:
		a.closed = append(a.closed, *a.last)
	case !a.stored:
		a.spans = append(a.spans, *a.last)
	}
}

// take gives the stored spans to rewrite and the new ones to insert.
func (a *account) take() (rewritten, inserted []Span) {
	a.settle()
	rewritten, inserted = a.closed, a.spans
	a.closed, a.spans, a.changed, a.stored = nil, nil, false, a.last != nil
	return rewritten, inserted
}

func (a *account) extend(end int64) {
	if end != a.last.End {
		a.last.End, a.changed = end, true
	}
}

// gap makes the time from the end of the last span on a gap. at is only used for
// the first span.
func (a *account) gap(at int64, cause media.Cause, detail string) {
	if a.last == nil {
		a.push(Span{Start: at, End: open, Kind: Gap, Cause: cause, Detail: detail})
		return
	}
	if a.last.Kind == Gap {
		same := a.last.Cause == cause && a.last.Detail == detail
		if a.last.End == open {
			if same {
				return
			}
			at = max(at, a.last.Start)
			if at == a.last.Start { // replaced before it lasted
				a.last.Cause, a.last.Detail, a.changed = cause, detail, true
				return
			}
			a.extend(at)
		} else if same {
			a.extend(open)
			return
		}
	}
	a.push(Span{Start: a.last.End, End: open, Kind: Gap, Cause: cause, Detail: detail})
}

// reach ends an open gap at, or fills the time up to at with a gap of unknown
// cause. Afterwards the last span ends at or behind at, give or take the tolerance.
func (a *account) reach(at int64) {
	switch {
	case a.last == nil:
	case a.last.End == open:
		a.extend(max(at, a.last.Start+1))
	case at-a.last.End > tolerance:
		a.gap(at, media.CauseUnknown, "")
		a.extend(at)
	}
}

// apply takes in one record.
func (a *account) apply(r *recording.Record) {
	switch r.Kind {
	case recording.KindGap, recording.KindStop:
		a.gap(r.At, r.Cause, r.Detail)
	case recording.KindStart:
		// What an earlier process left without a word ended nobody knows how.
		if a.last != nil && a.last.End != open {
			a.gap(r.At, media.CauseUnknown, "")
		}
	case recording.KindRun:
		a.reach(r.At)
	case recording.KindSegment:
		if r.Segment == nil || a.last != nil && a.last.End != open && r.End <= a.last.End {
			return // overlaps what counts already
		}
		a.reach(r.Start)
		if a.last != nil && a.last.Kind == Recorded {
			a.extend(max(a.last.End, r.End))
			return
		}
		start := r.Start
		if a.last != nil {
			start = a.last.End
		}
		a.push(Span{Start: start, End: r.End, Kind: Recorded})
	}
}
