package main

import (
	"fmt"
	"slices"
	"time"

	"watchroom/test/load/account"
	"watchroom/test/load/station"
)

// outage is a run of pictures of one camera that are missing between two that were
// recorded.
type outage struct {
	from, to time.Time // when the neighbours were sent
	missing  uint64
}

// lost is how much time the missing pictures stand for.
func (o outage) lost() time.Duration { return o.to.Sub(o.from) }

// outages lists what is missing after an instant, in order.
func outages(pictures []account.Picture, after time.Time) []outage {
	var out []outage
	for i := 1; i < len(pictures); i++ {
		a, b := pictures[i-1], pictures[i]
		if n := b.Counter - a.Counter - 1; n > 0 && b.Sent.After(after) {
			out = append(out, outage{a.Sent, b.Sent, n})
		}
	}
	return out
}

// short is what may be missing without a gap of its own: the catalogue joins
// segments that lie up to a second apart.
const short = 1200 * time.Millisecond

// uncaused lists what the timeline does not account for: time of no kind, gaps
// without a cause, and missing pictures where it says that all was recorded.
func uncaused(spans []station.Span, missing []outage, end time.Time) []string {
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
		if o.lost() <= short {
			continue
		}
		if !slices.ContainsFunc(spans, func(s station.Span) bool { return s.Kind == "gap" && s.Start.Before(o.to) && s.End.After(o.from) }) {
			found = append(found, fmt.Sprintf("%d pictures are missing from %s to %s, and the timeline has no gap there", o.missing, at(o.from), at(o.to)))
		}
	}
	return found
}
