// Package archive is the catalogue of recordings: a row for every segment, and per
// camera an account of all time without a hole, recorded or gap with its cause.
//
// The catalogue is a projection of the journals that recorders keep beside the
// footage. It follows them while they grow, catches up after the database was
// away, and is made again from them, and from the segments, when rows are missing.
package archive

import (
	"math"
	"slices"
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

// tolerance is how far apart two recordings may lie and still follow one another.
// Within a run segments join exactly; a segment that was opened late, behind a fault
// of the disk, is placed to a tick of its tracks.
const tolerance = int64(50 * time.Millisecond / time.Microsecond)

// instant is how long a gap must last to be one.
const instant = int64(time.Millisecond / time.Microsecond)

// Span is a stretch of a camera's time. Start and End are µs since 1970 UTC.
type Span struct {
	Start, End int64
	Kind       Kind
	Cause      media.Cause
	Detail     string
	Open       bool // it still lasts; End is the present

	// Of gaps, as the plan has them; never stored, see Stretch.
	Planned bool
	Symptom media.Cause // what the journal tells, where the plan gives the cause
}

// account keeps the spans of one camera in order, without hole or overlap. It holds
// the newest of the stored ones, from before the earliest segment that is taken in.
//
// Causes are told in order of time. Segments may come late, because their file could
// not be closed or read before; then they take the place of the gaps that were laid
// over their time, and the account is what it would be had they come in order.
//
// The clock may be set back. What is told from then on lies before the end of what was
// told already: recordings stay and count once, also where there are now two; gaps get
// the cause that is told last.
type account struct {
	stored []Span
	spans  []Span
}

// newAccount goes on behind the newest stored spans, oldest first.
func newAccount(stored ...Span) *account {
	return &account{stored: slices.Clone(stored), spans: stored}
}

// last is the newest span, nil before the first.
func (a *account) last() *Span {
	if len(a.spans) == 0 {
		return nil
	}
	return &a.spans[len(a.spans)-1]
}

func (a *account) push(s Span) {
	if s.End > s.Start {
		a.spans = append(a.spans, s)
	}
}

// take gives what must be written: starts of rows to delete, rows to change, rows
// to insert. Afterwards all counts as stored.
func (a *account) take() (removed []int64, changed, inserted []Span) {
	was := map[int64]Span{}
	for _, s := range a.stored {
		was[s.Start] = s
	}
	for _, s := range a.spans {
		switch old, ok := was[s.Start]; {
		case !ok:
			inserted = append(inserted, s)
		case old != s:
			changed = append(changed, s)
		}
		delete(was, s.Start)
	}
	for _, s := range a.stored {
		if _, gone := was[s.Start]; gone {
			removed = append(removed, s.Start)
		}
	}
	a.stored = slices.Clone(a.spans)
	return removed, changed, inserted
}

// gap makes the time from at on a gap, or from where the last recording ends that
// lasts longer. Nobody told what was before, where nothing was recorded.
func (a *account) gap(at int64, cause media.Cause, detail string) {
	a.retell(at, cause, detail)
	last := a.last()
	if last == nil {
		a.push(Span{Start: at, End: open, Kind: Gap, Cause: cause, Detail: detail})
		return
	}
	if last.End == open {
		switch {
		case last.Cause == cause && (last.Detail == detail || last.Detail == ""):
			last.Detail = detail // perhaps the same gap, told in more words
			a.join()
			return
		case at-last.Start <= instant: // replaced before it lasted
			last.Cause, last.Detail = cause, detail
			a.join()
			return
		}
		last.End = at
	}
	a.reach(at)
	if last = a.last(); last.Kind == Gap && last.Cause == cause && last.Detail == detail {
		last.End = open
		return
	}
	a.push(Span{Start: last.End, End: open, Kind: Gap, Cause: cause, Detail: detail})
}

// retell gives the gaps behind an instant another cause, but for one that lasts: the
// clock was set back, and what they were is no longer what is missing there. How far
// the new gap reaches is not known yet; what is recorded behind it is laid over it.
func (a *account) retell(at int64, cause media.Cause, detail string) {
	last := a.last()
	if last == nil || at >= last.End || last.End == open && at >= last.Start {
		return
	}
	var out []Span
	for _, s := range a.spans {
		if s.Kind == Gap && s.End != open && s.End > at {
			if s.Start < at {
				before := s
				before.End = at
				out = appendSpan(out, before)
				s.Start = at
			}
			s.Cause, s.Detail = cause, detail
		}
		out = appendSpan(out, s)
	}
	a.spans = out
}

// appendSpan puts a span behind others, as one with the last of them where both tell
// the same.
func appendSpan(out []Span, s Span) []Span {
	n := len(out)
	switch {
	case s.End <= s.Start:
	case n > 0 && out[n-1].Kind == s.Kind && out[n-1].Cause == s.Cause && out[n-1].Detail == s.Detail:
		out[n-1].End = s.End
	default:
		out = append(out, s)
	}
	return out
}

// join makes the last two spans one where they tell the same.
func (a *account) join() {
	if n := len(a.spans); n > 1 {
		last, before := a.spans[n-1], &a.spans[n-2]
		if before.Kind == last.Kind && before.Cause == last.Cause && before.Detail == last.Detail {
			before.End = last.End
			a.spans = a.spans[:n-1]
		}
	}
}

// reach ends an open gap at, or fills the time up to at with a gap of unknown
// cause. Afterwards the last span ends at at, give or take the tolerance.
func (a *account) reach(at int64) {
	last := a.last()
	switch {
	case last == nil:
	case last.End == open && at-last.Start <= instant:
		a.spans = a.spans[:len(a.spans)-1] // pictures came again before any was missing
	case last.End == open:
		last.End = at
	case at-last.End > tolerance:
		a.push(Span{Start: last.End, End: at, Kind: Gap, Cause: media.CauseUnknown})
		a.join()
	}
}

// apply takes in one record.
func (a *account) apply(r *journal.Record) {
	switch r.Kind {
	case journal.KindGap, journal.KindStop:
		a.gap(r.At, r.Cause, r.Detail)
	case journal.KindStart:
		// An earlier process ended without a word: it was killed, or the power failed.
		switch last := a.last(); {
		case last == nil:
			a.gap(r.At, media.CauseConnecting, "")
		case last.End != open:
			a.gap(a.recordedBefore(r.At), media.CauseDied, "")
		}
	case journal.KindRun:
		a.reach(r.At)
	case journal.KindSegment:
		if r.Segment != nil && r.End > r.Start {
			a.recorded(r.Start, r.End)
		}
	}
}

// recordedBefore is from where on nobody told what happened up to an instant: the end
// of the account, or where the clock was set back, of the newest recording before.
func (a *account) recordedBefore(at int64) int64 {
	end := a.last().End
	if at >= end {
		return end
	}
	for _, s := range slices.Backward(a.spans) {
		switch {
		case s.Kind != Recorded:
		case s.Start <= at:
			return s.End
		default:
			end = at
		}
	}
	return end
}

// explain takes in one record that another volume's journal tells of after later
// times were told of: pictures are where they are, and a cause takes the place of a
// gap that nobody had explained. What is now it does not change.
func (a *account) explain(r *journal.Record) {
	switch r.Kind {
	case journal.KindSegment:
		a.apply(r)
	case journal.KindGap, journal.KindStop:
		i := slices.IndexFunc(a.spans, func(s Span) bool {
			return s.Kind == Gap && s.Cause == media.CauseUnknown && s.Start-tolerance <= r.At && r.At < s.End
		})
		if i < 0 {
			return
		}
		told := a.spans[i]
		told.Cause, told.Detail = r.Cause, r.Detail
		if r.At-told.Start <= tolerance {
			a.spans[i] = told
			return
		}
		told.Start = r.At
		a.spans[i].End = r.At
		a.spans = slices.Insert(a.spans, i+1, told)
	}
}

// recorded takes a segment in.
func (a *account) recorded(start, end int64) {
	last := a.last()
	if last != nil && last.End == open && last.Cause == media.CauseDied {
		// No run has begun since: it is of the recorder that died, told of late, and
		// behind it nothing came.
		a.lay(start, end)
		return
	}
	if last != nil && (last.End == open && start >= last.Start || last.End != open && start > last.End) {
		a.reach(start) // a gap ends although the line that says so is lost
		last = a.last()
	}
	switch {
	case last == nil:
		a.push(Span{Start: start, End: end, Kind: Recorded})
	case last.End <= start:
		a.push(Span{Start: last.End, End: end, Kind: Recorded})
		a.join()
	default:
		a.lay(start, end)
	}
}

// lay puts a recording over the spans that are there.
func (a *account) lay(start, end int64) {
	if first := a.spans[0].Start; start < first { // nobody told of that time
		before := []Span{{Start: start, End: min(end, first), Kind: Recorded}}
		if first-end > tolerance {
			before = append(before, Span{Start: end, End: first, Kind: Gap, Cause: media.CauseUnknown})
		} else if end < first {
			before[0].End = first
		}
		a.spans = append(before, a.spans...)
	}
	var out []Span
	add := func(s Span) { out = appendSpan(out, s) }
	for i, s := range a.spans {
		if s.Kind == Recorded || s.End <= start || s.Start >= end {
			add(s)
			continue
		}
		// What would have been too short to be told had the segment come in order.
		from, to := max(start, s.Start), min(end, s.End)
		if untold(s.Cause) && from-s.Start <= tolerance {
			from = s.Start
		}
		rest := s
		rest.Start = to
		if untold(s.Cause) && s.End-to <= tolerance {
			if rest.End = to; i+1 < len(a.spans) && a.spans[i+1].Kind == Gap {
				a.spans[i+1].Start = to
			} else {
				to = s.End
			}
		}
		before := s
		before.End = from
		add(before)
		add(Span{Start: from, End: to, Kind: Recorded})
		add(rest)
	}
	if last := &out[len(out)-1]; last.End < end { // it reaches beyond all that was told
		add(Span{Start: last.End, End: end, Kind: Recorded})
	}
	a.spans = out
}

// untold is a cause that no line of the journal gives: it was found missing afterwards.
func untold(c media.Cause) bool { return c == media.CauseUnknown || c == media.CauseDied }
