// Package insertion finds segments that came into journals and log after their time: who
// can write into the recordings folder can add lines and files there, and the log takes
// them in like any other. What he cannot write is the log itself. Once a minute it says
// what time it is, so that it shows when it heard of a segment; and the journals, whose
// lines it vouches for, show which run was at work when.
package insertion

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
)

const (
	minute = int64(time.Minute / time.Microsecond)
	// within is how far instants of seals and segments may lie apart, in µs, that belong
	// to one minute: notes are gathered, and the log has a queue.
	within = 2 * minute
	// late is for how long the log must have gone on, in µs, for a segment to come into it
	// too late: a process that takes over keeps its lines to itself until then.
	late = 5 * minute
	// joined is how far apart, in µs, segments of a run may lie that follow one another.
	joined = int64(time.Second / time.Microsecond)
)

// Segment is one that the log tells of for the first time.
type Segment struct {
	Leaf         int64
	Camera, File string
	Run          string
	Start, End   int64 // µs since 1970 UTC

}

// Doubt is a segment that can hardly have been written at its time.
type Doubt struct {
	Segment
	Why string
}

// Order follows the entries of a log in their order.
type Order struct {
	seals   []int64 // instants of those that were made when their notes were, ascending, µs
	latest  int64   // of all seals
	open    map[string]int64
	waits   []heard // since the last seal, that end behind it; before the first these may be millions
	behind  []Doubt
	ahead   []early
	windows []window
	node    int64 // latest instant in the recorder's own lines
}

// heard is a segment that the log tells of: its entry and its end (µs).
type heard struct{ leaf, end int64 }

// early is one that was told of before an instant, which its end lies behind; 0: before now.
type early struct{ leaf, before int64 }

// window is a time that the clock went through twice.
type window struct{ from, to int64 }

// Seal takes in a seal with its members, nil where they are not there.
func (o *Order) Seal(e *leaf.Seal, members []leaf.Member) {
	if o.open == nil {
		o.open = map[string]int64{}
	}
	punctual := 0
	for i := range members {
		if m := &members[i]; m.At > e.At-within && m.At < e.At+within {
			punctual++
		}
		if at, known := o.open[members[i].File]; !known || e.At < at {
			o.open[members[i].File] = e.At
		}
	}
	for _, s := range o.waits {
		if s.end > e.At+within {
			o.ahead = append(o.ahead, early{s.leaf, e.At})
		}
	}
	o.waits = nil
	if e.At < o.latest-joined {
		o.windows = append(o.windows, window{e.At, o.latest})
		o.seals = o.seals[:sort.Search(len(o.seals), func(i int) bool { return o.seals[i] >= e.At })]
	}
	o.latest = e.At
	// While the log catches up with the journals it says nothing of when it heard of them.
	if 2*punctual > len(members) {
		o.seals = append(o.seals, e.At)
	}
}

// Time takes in what is told of a clock: one that was set back shows times again.
func (o *Order) Time(e *leaf.Time) {
	if e.Camera != journal.Node {
		return
	}
	if e.Step != nil && *e.Step < 0 {
		o.windows = append(o.windows, window{e.At, e.At - *e.Step})
	}
	if e.At < o.node-minute {
		o.windows = append(o.windows, window{e.At, o.node + 60*minute}) // it tells every hour
	}
	o.node = e.At
}

// Closed takes in a segment.
func (o *Order) Closed(s Segment) {
	sealed, known := o.open[s.File]
	delete(o.open, s.File)
	if s.End > o.latest {
		o.waits = append(o.waits, heard{s.Leaf, s.End})
	}
	if known && sealed >= s.Start-within && sealed <= s.End+within {
		return // the log has told of it while it was written
	}
	i := sort.Search(len(o.seals), func(i int) bool { return o.seals[i] > s.End+within })
	if n := len(o.seals); i < n && o.seals[n-1]-o.seals[i] > late {
		o.behind = append(o.behind, Doubt{s, fmt.Sprintf("it ends at %s, and the log heard of it after %s, although it was kept from %s on",
			instant(s.End), instant(o.seals[n-1]), instant(o.seals[i]))})
	}
}

// Doubts are what cannot be explained, when the log is read up to now (µs since 1970 UTC).
// follows tells whether another segment of its run ends where one begins, and gives its
// file: one that was left open where a disk was away comes late, and goes on where its run
// was. all gives all segments that the log told of for the first time.
func (o *Order) Doubts(now int64, follows func(*Segment) (file string, err error), all func(each func(Segment)) error) ([]Doubt, error) {
	for _, s := range o.waits {
		if s.end > max(now, o.latest)+within {
			o.ahead = append(o.ahead, early{s.leaf, 0})
		}
	}
	o.waits = nil
	out, err := o.early(all)
	if err != nil {
		return nil, err
	}
	behind := slices.DeleteFunc(o.behind, o.twice)
	tardy := make(map[string]bool, len(behind))
	for i := range behind {
		tardy[behind[i].File] = true
	}
	for i := range behind {
		before, err := follows(&behind[i].Segment)
		if err != nil {
			return nil, err
		}
		if before == "" || tardy[before] {
			out = append(out, behind[i])
		}
	}
	return out, nil
}

// early gives those that were told of before their end.
func (o *Order) early(all func(each func(Segment)) error) (out []Doubt, err error) {
	if len(o.ahead) == 0 {
		return nil, nil
	}
	before := make(map[int64]int64, len(o.ahead))
	for _, e := range o.ahead {
		before[e.leaf] = e.before
	}
	err = all(func(s Segment) {
		at, is := before[s.Leaf]
		if !is {
			return
		}
		d := Doubt{s, fmt.Sprintf("it ends at %s, and the log tells of it before %s", instant(s.End), instant(at))}
		if at == 0 {
			d.Why = fmt.Sprintf("it ends at %s, which is to come", instant(s.End))
		}
		if !o.twice(d) {
			out = append(out, d)
		}
	})
	return out, err
}

// twice tells whether the clock went through the time of a segment twice.
func (o *Order) twice(d Doubt) bool {
	return slices.ContainsFunc(o.windows, func(w window) bool { return d.End >= w.from-within && d.Start <= w.to+within })
}

func instant(at int64) string {
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000Z")
}
