// Package judge holds what was recorded and played back against what cameras sent.
package judge

import (
	"fmt"
	"slices"
	"time"

	"watchroom/test/load/account"
	"watchroom/test/load/station"
)

// Outage is a run of pictures of one camera that are missing between two that were
// recorded.
type Outage struct {
	From, To time.Time // when the neighbours were sent
	Missing  uint64
}

// Lost is how much time the missing pictures stand for.
func (o Outage) Lost() time.Duration { return o.To.Sub(o.From) }

// Outages lists what is missing after an instant, in order.
func Outages(pictures []account.Picture, after time.Time) []Outage {
	var out []Outage
	for i := 1; i < len(pictures); i++ {
		a, b := pictures[i-1], pictures[i]
		if n := b.Counter - a.Counter - 1; n > 0 && b.Sent.After(after) {
			out = append(out, Outage{a.Sent, b.Sent, n})
		}
	}
	return out
}

// short is what may be missing without a gap of its own: the catalogue joins
// segments that lie up to a second apart.
const short = 1200 * time.Millisecond

// Uncaused lists what the timeline does not account for: time of no kind, gaps
// without a cause, and missing pictures where it says that all was recorded.
func Uncaused(spans []station.Span, missing []Outage, end time.Time) []string {
	var found []string
	at := func(t time.Time) string { return t.UTC().Format("15:04:05.000") }
	for _, s := range spans {
		switch {
		case s.Kind == "none" && s.Start.Before(end.Add(-time.Second)):
			found = append(found, fmt.Sprintf("nothing is told of %s to %s", at(s.Start), at(s.End)))
		case s.Kind == "gap" && (s.Cause == "" || s.Cause == "unknown"):
			found = append(found, fmt.Sprintf("the gap from %s to %s has no cause", at(s.Start), at(s.End)))
		}
	}
	for _, o := range missing {
		if o.Lost() <= short {
			continue
		}
		if !slices.ContainsFunc(spans, func(s station.Span) bool { return s.Kind == "gap" && s.Start.Before(o.To) && s.End.After(o.From) }) {
			found = append(found, fmt.Sprintf("%d pictures are missing from %s to %s, and the timeline has no gap there", o.Missing, at(o.From), at(o.To)))
		}
	}
	return found
}

// Within gives the pictures that were surely recorded between two instants.
func Within(pictures []account.Picture, from, to time.Time) []account.Picture {
	return slices.DeleteFunc(slices.Clone(pictures), func(p account.Picture) bool {
		return p.Sent.Before(from.Add(time.Second)) || p.Sent.After(to.Add(-time.Second))
	})
}

// Unplayed lists what is wrong with footage that was played back beside what lies in the
// files: pictures that are there and were not played, that were played twice or out
// of their order.
func Unplayed(camera string, played, there []account.Picture) (out []string) {
	seen := map[uint64]bool{}
	twice, back, without := 0, 0, 0
	for n, p := range played {
		if seen[p.Counter] {
			twice++
		} else if n > 0 && p.Counter < played[n-1].Counter {
			back++
		}
		seen[p.Counter] = true
	}
	var from, to time.Time // of what is left out
	for _, p := range there {
		if !seen[p.Counter] {
			if without++; from.IsZero() {
				from = p.Sent
			}
			to = p.Sent
		}
	}
	if twice+back+without > 0 {
		out = append(out, fmt.Sprintf("playback of %s shows %d pictures twice and %d out of order, and leaves out %d of %d, between %s and %s",
			camera, twice, back, without, len(there), from.Format("15:04:05.000"), to.Format("15:04:05.000")))
	}
	return out
}
