package roster

import (
	"slices"
)

// Gap is a piece of time in which a room has fewer people on the roster than it takes (C024, C044).
type Gap struct {
	Span
	Have, Need int // Have 0: nobody
}

// Stint is a shift with the people who are on the roster for it.
type Stint struct {
	Span
	Staff  int
	People []string
}

// Gaps gives the pieces of an interval in which fewer people are on the roster than are needed:
// in a room that is watched around the clock never fewer than least, and in any other while a
// shift runs.
func Gaps(within Span, least int, always bool, stints []Stint) (gaps []Gap) {
	cuts := []int64{within.From, within.To}
	for i := range stints {
		for _, at := range []int64{stints[i].From, stints[i].To} {
			if at > within.From && at < within.To {
				cuts = append(cuts, at)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	order := slices.Clone(stints)
	slices.SortFunc(order, func(a, b Stint) int { return a.compare(b.Span) })
	var running []Stint
	next := 0
	for i := 0; i+1 < len(cuts); i++ {
		from, to := cuts[i], cuts[i+1]
		for ; next < len(order) && order[next].From <= from; next++ {
			running = append(running, order[next])
		}
		running = slices.DeleteFunc(running, func(s Stint) bool { return s.To <= from })
		need, people := 0, map[string]bool{}
		for _, s := range running {
			need += s.Staff
			for _, p := range s.People {
				people[p] = true
			}
		}
		if always || len(running) > 0 {
			need = max(need, least)
		}
		if len(people) >= need {
			continue
		}
		if n := len(gaps); n > 0 && gaps[n-1].To == from && gaps[n-1].Have == len(people) && gaps[n-1].Need == need {
			gaps[n-1].To = to
			continue
		}
		gaps = append(gaps, Gap{Span{from, to}, len(people), need})
	}
	return gaps
}
