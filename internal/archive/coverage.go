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
	"watchroom/internal/recording/journal"
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

// account keeps the spans of one camera in order, without hole or overlap. It
// goes on behind the stored ones and remembers what must be written.
type account struct {
	spans   []entry // the newest last; of the stored ones only those that may change
	removed []int64 // starts of stored spans that never lasted
}

type entry struct {
	Span
	stored, changed bool
}

// newAccount goes on behind the newest stored spans, oldest first.
func newAccount(stored ...Span) *account {
	a := &account{}
	for _, s := range stored {
		a.spans = append(a.spans, entry{Span: s, stored: true})
	}
	return a
}

// last is the newest span, nil before the first.
func (a *account) last() *entry {
	if len(a.spans) == 0 {
		return nil
	}
	return &a.spans[len(a.spans)-1]
}

func (a *account) push(s Span) {
	if s.End > s.Start {
		a.spans = append(a.spans, entry{Span: s})
	}
}

// pop forgets the newest span.
func (a *account) pop() {
	e := a.last()
	if e.stored {
		a.removed = append(a.removed, e.Start)
	}
	a.spans = a.spans[:len(a.spans)-1]
}

// take gives what must be written: starts of rows to delete, rows to change, rows
// to insert. Afterwards all counts as stored.
func (a *account) take() (removed []int64, changed, inserted []Span) {
	for i := range a.spans {
		e := &a.spans[i]
		switch {
		case !e.stored:
			inserted = append(inserted, e.Span)
		case e.changed:
			changed = append(changed, e.Span)
		}
		e.stored, e.changed = true, false
	}
	removed, a.removed = a.removed, nil
	a.spans = a.spans[max(0, len(a.spans)-2):]
	return removed, changed, inserted
}

func (e *entry) extend(end int64) {
	if end != e.End {
		e.End, e.changed = end, true
	}
}

// gap makes the time from the end of the last span on a gap. at is only used for
// the first span and inside a gap that lasts.
func (a *account) gap(at int64, cause media.Cause, detail string) {
	last := a.last()
	if last == nil {
		a.push(Span{Start: at, End: open, Kind: Gap, Cause: cause, Detail: detail})
		return
	}
	if last.Kind == Gap {
		same := last.Cause == cause && last.Detail == detail
		switch {
		case last.End == open && same:
			return
		case last.End == open && last.Cause == cause && last.Detail == "":
			last.Detail, last.changed = detail, true // the same gap, told in more words
			return
		case last.End == open && at <= last.Start: // replaced before it lasted
			last.Cause, last.Detail, last.changed = cause, detail, true
			return
		case last.End == open:
			last.extend(at)
		case same:
			last.extend(open)
			return
		}
	}
	a.push(Span{Start: last.End, End: open, Kind: Gap, Cause: cause, Detail: detail})
}

// reach ends an open gap at, or fills the time up to at with a gap of unknown
// cause. Afterwards the last span ends at at, give or take the tolerance.
func (a *account) reach(at int64) {
	last := a.last()
	switch {
	case last == nil:
	case last.End == open && at <= last.Start:
		a.pop() // pictures came again before any was missing
	case last.End == open:
		last.extend(at)
	case at-last.End > tolerance:
		a.gap(at, media.CauseUnknown, "")
		a.last().extend(at)
	}
}

// apply takes in one record.
func (a *account) apply(r *journal.Record) {
	switch r.Kind {
	case journal.KindGap, journal.KindStop:
		a.gap(r.At, r.Cause, r.Detail)
	case journal.KindStart:
		// What an earlier process left without a word ended nobody knows how.
		switch last := a.last(); {
		case last == nil:
			a.gap(r.At, media.CauseConnecting, "")
		case last.End != open:
			a.gap(r.At, media.CauseUnknown, "")
		}
	case journal.KindRun:
		a.reach(r.At)
	case journal.KindSegment:
		if r.Segment != nil {
			a.recorded(r.Start, r.End)
		}
	}
}

func (a *account) recorded(start, end int64) {
	if last := a.last(); last != nil && last.End != open && end <= last.End {
		return // overlaps what counts already
	}
	a.reach(start)
	switch last := a.last(); {
	case last == nil:
		a.push(Span{Start: start, End: end, Kind: Recorded})
	case last.Kind == Recorded:
		last.extend(max(last.End, end))
	default:
		a.push(Span{Start: last.End, End: end, Kind: Recorded})
	}
}
