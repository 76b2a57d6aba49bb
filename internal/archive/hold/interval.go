package hold

import (
	"cmp"
	"slices"
)

// Apart gives the parts of a stretch that no interval covers.
func Apart(from, to int64, held []Interval) (free []Interval) {
	for _, h := range held {
		if h.To <= from || h.From >= to {
			continue
		}
		if h.From > from {
			free = append(free, Interval{From: from, To: h.From})
		}
		from = max(from, h.To)
	}
	if from < to {
		free = append(free, Interval{From: from, To: to})
	}
	return free
}

// Joined gives intervals in order, none of which touches another. all stays as it is.
func Joined(all []Interval) []Interval {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	out := all[:0]
	for _, i := range all {
		if n := len(out); n > 0 && i.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, i.To)
		} else {
			out = append(out, i)
		}
	}
	return out
}
