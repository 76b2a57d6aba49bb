// Package coverage is the account of one camera's time: spans without hole or
// overlap, recorded or gap with its cause. It is told by the records of journals,
// looked at with the plan of recording, and cut and joined for a screen. It knows no
// database.
package coverage

import (
	"cmp"
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

// Lasting is the end of a gap that lasts.
const Lasting = math.MaxInt64

// Tolerance is how far apart two recordings may lie and still follow one another.
// Within a run segments join exactly; a segment that was opened late, behind a fault
// of the disk, is placed to a tick of its tracks.
const Tolerance = int64(50 * time.Millisecond / time.Microsecond)

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

// Account keeps the spans of one camera in order, without hole or overlap. It holds
// the newest of the stored ones, from before the earliest segment that is taken in.
//
// Causes are told in order of time. Segments may come late, because their file could
// not be closed or read before; then they take the place of the gaps that were laid
// over their time, and the account is what it would be had they come in order.
//
// The clock may be set back. What is told from then on lies before the end of what was
// told already: recordings stay and count once, also where there are now two; gaps get
// the cause that is told last.
type Account struct {
	stored []Span
	spans  []Span
}

// New goes on behind the newest stored spans, oldest first.
func New(stored ...Span) *Account {
	return &Account{stored: slices.Clone(stored), spans: stored}
}

// last is the newest span, nil before the first.
func (a *Account) last() *Span {
	if len(a.spans) == 0 {
		return nil
	}
	return &a.spans[len(a.spans)-1]
}

func (a *Account) push(s Span) {
	if s.End > s.Start {
		a.spans = append(a.spans, s)
	}
}

// Take gives what must be written: starts of rows to delete, rows to change, rows
// to insert. Afterwards all counts as stored.
func (a *Account) Take() (removed []int64, changed, inserted []Span) {
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
func (a *Account) gap(at int64, cause media.Cause, detail string) {
	a.retell(at, cause, detail)
	last := a.last()
	if last == nil {
		a.push(Span{Start: at, End: Lasting, Kind: Gap, Cause: cause, Detail: detail})
		return
	}
	if last.End == Lasting {
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
		last.End = Lasting
		return
	}
	a.push(Span{Start: last.End, End: Lasting, Kind: Gap, Cause: cause, Detail: detail})
}

// retell gives the gaps behind an instant another cause, but for one that lasts: the
// clock was set back, and what they were is no longer what is missing there. How far
// the new gap reaches is not known yet; what is recorded behind it is laid over it.
func (a *Account) retell(at int64, cause media.Cause, detail string) {
	last := a.last()
	if last == nil || at >= last.End || last.End == Lasting && at >= last.Start {
		return
	}
	var out []Span
	for _, s := range a.spans {
		if s.Kind == Gap && s.End != Lasting && s.End > at {
			told := s.Cause == cause && s.Detail == "" // the same gap, told in more words
			if s.Start < at && !told && !(untold(s.Cause) && at-s.Start <= Tolerance) {
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
func (a *Account) join() {
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
func (a *Account) reach(at int64) {
	last := a.last()
	switch {
	case last == nil:
	case last.End == Lasting && at-last.Start <= instant:
		a.spans = a.spans[:len(a.spans)-1] // pictures came again before any was missing
	case last.End == Lasting:
		last.End = at
	case at-last.End > Tolerance:
		a.push(Span{Start: last.End, End: at, Kind: Gap, Cause: media.CauseUnknown})
		a.join()
	}
}

// SignsOfLife is how long a process may have told of a gap without giving another sign of
// life, µs: it gives one every two seconds.
const SignsOfLife = 10_000_000

// watched tells whether a cause is what a recorder sees of a camera for as long as it
// lives. The others are told by one that ends, or hold without any.
func watched(c media.Cause) bool {
	switch c {
	case media.CauseStopped, media.CauseRestart, media.CauseSwitchedOff, media.CauseOffHours, media.CauseMaintenance,
		media.CauseDied, media.CauseDeletedRetention, media.CauseDeletedOrder:
		return false
	}
	return true
}

// Apply takes in one record.
func (a *Account) Apply(r *journal.Record) {
	switch r.Kind {
	case journal.KindGap, journal.KindStop:
		a.gap(r.At, r.Cause, r.Detail)
	case journal.KindStart:
		// An earlier process ended without a word: it was killed, or the power failed.
		switch last := a.last(); {
		case last == nil:
			a.gap(r.At, media.CauseConnecting, "")
		case last.End != Lasting && r.Alive >= r.At && r.Alive > 0:
			// It lived until a later time: the clock was set back since, and how it ended stands
			// in the journal of another day, which may be read after this. What is missing here
			// was told when it left this time.
		case last.End != Lasting:
			a.gap(a.recordedBefore(r.At), media.CauseDied, "")
		case r.Alive > 0 && r.Alive < r.At && watched(last.Cause) && last.Start <= r.Alive+SignsOfLife:
			a.gap(max(last.Start, r.Alive), media.CauseDied, "")
		}
	case journal.KindRun:
		a.reach(r.At)
	case journal.KindSegment:
		if r.Segment != nil && r.End > r.Start && !a.leads(r) {
			a.recorded(r.Start, r.End)
		}
	}
}

// leads tells whether a segment that nothing proves lies before all that the account
// tells of. It can be seen, but it does not say since when the camera is recorded.
func (a *Account) leads(r *journal.Record) bool {
	return r.Unproved && (len(a.spans) == 0 || a.spans[0].Start > r.Start)
}

// recordedBefore is from where on nobody told what happened up to an instant: the end
// of the account, or where the clock was set back, of the newest recording before.
func (a *Account) recordedBefore(at int64) int64 {
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

// Explain takes in one record that another volume's journal tells of after later
// times were told of: pictures are where they are, and a cause takes the place of a
// gap that nobody had explained. What is now it does not change.
func (a *Account) Explain(r *journal.Record) {
	switch r.Kind {
	case journal.KindSegment:
		a.Apply(r)
	case journal.KindGap, journal.KindStop:
		i := slices.IndexFunc(a.spans, func(s Span) bool {
			return s.Kind == Gap && s.Cause == media.CauseUnknown && s.Start-Tolerance <= r.At && r.At < s.End
		})
		if i < 0 {
			return
		}
		told := a.spans[i]
		told.Cause, told.Detail = r.Cause, r.Detail
		if r.At-told.Start <= Tolerance {
			a.spans[i] = told
			return
		}
		told.Start = r.At
		a.spans[i].End = r.At
		a.spans = slices.Insert(a.spans, i+1, told)
	}
}

// recorded takes a segment in.
func (a *Account) recorded(start, end int64) {
	last := a.last()
	if last != nil && last.End == Lasting && endsUnclosed(last.Cause) {
		// No run has begun since: it is of the recorder that died, or could not be closed on
		// a disk that failed. It is told of late, and behind it nothing came.
		a.lay(start, end)
		return
	}
	if last != nil && (last.End == Lasting && start >= last.Start || last.End != Lasting && start > last.End) {
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

// endsUnclosed tells whether what was being recorded when a gap of a cause began may have
// been left open.
func endsUnclosed(c media.Cause) bool {
	return c == media.CauseDied || c == media.CauseDiskFault || c == media.CauseDiskFull
}

// lay puts a recording over the spans that are there.
func (a *Account) lay(start, end int64) {
	if first := a.spans[0].Start; start < first { // nobody told of that time
		before := []Span{{Start: start, End: min(end, first), Kind: Recorded}}
		if first-end > Tolerance {
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
		if from-s.Start <= slit(s.Cause) {
			from = s.Start
		}
		rest := s
		rest.Start = to
		if s.End-to <= slit(s.Cause) {
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

// slit is how long a piece of a gap beside a segment may be that would not be there, had the
// segment come in order.
func slit(c media.Cause) int64 {
	switch {
	case untold(c):
		return Tolerance
	case endsUnclosed(c):
		return instant
	}
	return 0
}

// untold is a cause that no line of the journal gives: it was found missing afterwards.
func untold(c media.Cause) bool { return c == media.CauseUnknown || c == media.CauseDied }

// Spans gives the account as it is.
func (a *Account) Spans() []Span { return a.spans }

// Since is from when on the account differs from what is stored.
func (a *Account) Since() (at int64, ok bool) {
	for i := range max(len(a.stored), len(a.spans)) {
		switch {
		case i >= len(a.stored):
			return a.spans[i].Start, true
		case i >= len(a.spans):
			return a.stored[i].Start, true
		}
		was, is := a.stored[i], a.spans[i]
		if was == is {
			continue
		}
		if was.Start == is.Start && was.Kind == is.Kind && was.Cause == is.Cause && was.Detail == is.Detail {
			return min(was.End, is.End), true
		}
		return min(was.Start, is.Start), true
	}
	return 0, false
}

// Interval is the time of a segment, µs since 1970 UTC.
type Interval struct{ Start, End int64 }

// Erase makes what was recorded in the time of a removed segment a gap, but for what
// other segments still cover.
func (a *Account) Erase(gone Interval, cause media.Cause, detail string, living []Interval) {
	for _, p := range without(gone.Start, gone.End, living) {
		var out []Span
		add := func(s Span) {
			if n := len(out); s.End > s.Start && n > 0 && out[n-1].Kind == s.Kind && out[n-1].Cause == s.Cause && out[n-1].Detail == s.Detail {
				out[n-1].End = s.End
			} else if s.End > s.Start {
				out = append(out, s)
			}
		}
		for _, s := range a.spans {
			if s.Kind != Recorded || s.End <= p.Start || s.Start >= p.End {
				add(s)
				continue
			}
			from, to := max(s.Start, p.Start), min(s.End, p.End)
			// Segments follow one another to within the tolerance; the slit between two
			// that are gone was never a picture.
			if from-s.Start <= Tolerance && len(without(s.Start, from, living)) == 1 {
				from = s.Start
			}
			if s.End-to <= Tolerance && len(without(to, s.End, living)) == 1 {
				to = s.End
			}
			add(Span{Start: s.Start, End: from, Kind: Recorded})
			add(Span{Start: from, End: to, Kind: Gap, Cause: cause, Detail: detail})
			add(Span{Start: to, End: s.End, Kind: Recorded})
		}
		a.spans = out
	}
}

// Retract takes back that there were pictures in some time, but for what segments cover: what
// is behind all else was never told of, and the rest nobody explained.
func (a *Account) Retract(gone Interval, living []Interval) {
	a.Erase(gone, media.CauseUnknown, "", living)
	if last := a.last(); last != nil && last.Kind == Gap && last.Cause == media.CauseUnknown && last.Start >= gone.Start-Tolerance && last.End == gone.End {
		a.spans = a.spans[:len(a.spans)-1]
	}
}

// without cuts the times of segments out of an interval and gives what remains.
func without(from, to int64, segments []Interval) (rest []Interval) {
	segments = slices.Clone(segments)
	slices.SortFunc(segments, func(a, b Interval) int { return cmp.Compare(a.Start, b.Start) })
	for _, s := range segments {
		if s.End <= from || s.Start >= to {
			continue
		}
		if s.Start > from {
			rest = append(rest, Interval{Start: from, End: s.Start})
		}
		from = s.End
	}
	if from < to {
		rest = append(rest, Interval{Start: from, End: to})
	}
	return rest
}
