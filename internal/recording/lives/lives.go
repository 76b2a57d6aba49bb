// Package lives knows from the journals of a camera when which run was at work, and tells
// whether footage that turns up can be of it. A recorder writes a line when a run begins,
// goes on within a run exactly where it was, and says when a run ended: what somebody else
// puts beside it has no place in that.
package lives

import (
	"cmp"
	"math"
	"slices"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Doubt says why footage can hardly be of the run that it bears the name of.
type Doubt string

// Doubts.
const (
	None    Doubt = ""
	Strange Doubt = "run_unknown"  // the journals know no such run
	Early   Doubt = "run_later"    // the run began after it
	Ended   Doubt = "run_ended"    // the run had ended, or the recorder had stopped
	Loose   Doubt = "run_not_here" // the run was at work, and not from there on
	Ahead   Doubt = "time_ahead"   // it lies in a time that is still to come
	Copied  Doubt = "copied"       // another segment of the camera is the same, byte by byte
)

const (
	// Slack is how far apart instants may lie, in µs, that a recorder tells of as one.
	Slack = int64(time.Second / time.Microsecond)
	// Brief is how long a run may have lasted, in µs, of which the journal did not get to
	// tell: its line is written with the first pictures.
	Brief = 10 * Slack
	// soon is how far the present may be ahead of what the clock tells, in µs.
	soon = 60 * Slack

	mostRuns  = 256 // that are remembered; the earliest are forgotten
	mostEdges = 64  // of a run, likewise
)

// Account is what the journals of a camera tell of its runs. Lines are taken in in the
// order in which they were written.
type Account struct {
	runs    map[string]*life
	order   []string // of the runs, as they became known
	telling bool     // a line told that a run began: programs that write none cannot be asked
	upTo    int64    // latest instant that was told of, µs since 1970 UTC

	// Ids of runs grow also where the clock is set back, and days of which the later was told of
	// earlier are read in the order of their names.
	newest string // of the runs
	of     string // that the lines taken in last are of
	at     int64  // latest instant that was told of while the newest was at work
}

// life is that of a run. Times are µs since 1970 UTC.
type life struct {
	began int64   // by the line of its beginning; 0 where that was not seen
	last  int64   // latest instant up to which footage of it was told of, or where it began
	ended int64   // 0 while it may go on
	edges []int64 // where it may go on: behind a segment that was closed, or where it began
}

// Take takes in the next line.
func (a *Account) Take(r *journal.Record) {
	switch r.Kind {
	case journal.KindStart:
		a.of = ""
	case journal.KindRun:
		if a.of = r.Run; r.Run > a.newest {
			a.newest, a.at = r.Run, r.At
		}
		l := a.life(r.Run)
		l.began, l.ended, a.telling = cmp.Or(l.began, r.At), 0, true
		a.reach(l, r.At)
	case journal.KindSeal:
		if r.Sealed != nil {
			if name, _, err := segment.ParseName(r.Sealed.File); err == nil {
				a.life(name.Run)
			}
			a.tell(r.At)
		}
	case journal.KindSegment:
		if r.Segment != nil {
			if of := a.from(r.Run, r.Start); of != nil {
				i := of.edge(r.Start)
				of.edges = slices.Delete(of.edges, i, i+1)
			}
			a.reach(a.life(r.Run), r.End)
		}
	case journal.KindGap, journal.KindStop:
		a.tell(r.At)
		if r.Kind == journal.KindStop || !ofTheDisk(r.Cause) {
			a.end(r.At)
		}
	}
}

// ofTheDisk tells whether a run goes on behind a gap of a cause.
func ofTheDisk(c media.Cause) bool {
	return c == media.CauseDiskFull || c == media.CauseDiskFault || c == media.CauseDiskSlow
}

func (a *Account) life(run string) *life {
	if l := a.runs[run]; l != nil {
		return l
	}
	if a.runs == nil {
		a.runs = map[string]*life{}
	}
	if len(a.order) >= mostRuns {
		delete(a.runs, a.order[0])
		a.order = a.order[1:]
	}
	l := &life{}
	a.runs[run], a.order = l, append(a.order, run)
	return l
}

// reach notes that a run was told of up to an instant, and may go on there.
func (a *Account) reach(l *life, at int64) {
	a.tell(at)
	l.last = max(l.last, at)
	if l.edges = append(l.edges, at); len(l.edges) > mostEdges {
		l.edges = l.edges[1:]
	}
}

// end ends all runs at an instant. One whose beginning is told of later, as of a process
// that took over while the other still ran, goes on.
func (a *Account) end(at int64) {
	for _, l := range a.runs {
		if l.last > at+Slack {
			continue // the clock was set back: it says nothing of what was before
		}
		l.edges = slices.DeleteFunc(l.edges, func(e int64) bool { return e >= at-Slack })
		if l.ended == 0 {
			l.ended = at
		}
	}
}

// edge is the index of where a run may go on that lies next to an instant, or -1.
func (l *life) edge(at int64) int {
	next, least := -1, int64(math.MaxInt64)
	for i, e := range l.edges {
		if d := max(e-at, at-e); d <= Slack && d < least {
			next, least = i, d
		}
	}
	return next
}

// from is the run that a segment of a run goes on from, nil where there is none: itself, or
// where it is not known the one before, which ends without a word where the camera sends
// other tracks from one picture to the next; not where that has only begun.
func (a *Account) from(run string, start int64) *life {
	if l := a.runs[run]; l != nil && l.last != 0 {
		if l.edge(start) < 0 {
			return nil
		}
		return l
	}
	for _, id := range slices.Backward(a.order) {
		l := a.runs[id]
		if i := l.edge(start); i >= 0 && l.edges[i] > l.began && media.LaterRun(run, id) {
			return l
		}
	}
	return nil
}

// Follows tells whether footage of a run that begins at an instant (µs since 1970 UTC) goes
// on where what is known ended.
func (a *Account) Follows(run string, start int64) bool { return a.from(run, start) != nil }

// Doubt tells whether footage of a run from start to end (µs since 1970 UTC) is what the
// run did next, or left behind. now is the present, 0 where it does not matter. alone says
// that all lines of the camera were taken in, so that what they do not tell was not so.
func (a *Account) Doubt(run string, start, end, now int64, alone bool) Doubt {
	if !a.telling {
		return None
	}
	l := a.runs[run]
	switch {
	case now != 0 && end > now+soon && start > a.upTo+Slack:
		return Ahead
	case a.from(run, start) != nil:
		return None
	case l == nil || l.last == 0: // at most sealed
		if alone && end-start > Brief {
			return Strange
		}
		return None
	case l.began > end+Slack:
		return Early
	case l.ended != 0 && start >= l.ended-Slack:
		return Ended
	case alone:
		return Loose
	}
	return None
}

// Now is the latest instant that was told of since the newest run began, which is earlier than
// others where the clock was set back, µs since 1970 UTC; 0 before the first run.
func (a *Account) Now() int64 { return a.at }

// tell notes that an instant was told of.
func (a *Account) tell(at int64) {
	if a.upTo = max(a.upTo, at); a.of == a.newest {
		a.at = max(a.at, at)
	}
}

// Size is how many things are remembered.
func (a *Account) Size() (n int) {
	for _, l := range a.runs {
		n += 1 + len(l.edges)
	}
	return n
}
