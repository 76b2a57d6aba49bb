package retold

import (
	"slices"

	"watchroom/internal/archive/coverage"
)

// Difference is where rows tell otherwise than the journals: from the one instant to the
// other (µs since 1970 UTC). Is or Want have no kind where there is nothing.
type Difference struct {
	Row      int64 // beginning of the row; where there is none, of the hole
	From, To int64
	Is, Want coverage.Span
}

// Differ compares rows, in order of their beginning, with the account. What is no longer
// than the tolerance of the account is none: a late segment is placed to within it.
func (a *Account) Differ(rows []coverage.Span) (all []Difference) {
	edges := make([]int64, 0, 2*(len(rows)+len(a.Spans)))
	for i, r := range rows {
		edges = append(edges, r.Start, r.End)
		if i > 0 && rows[i-1].End > r.Start { // two rows tell of one time
			all = append(all, Difference{Row: r.Start, From: r.Start, To: min(rows[i-1].End, r.End), Is: r, Want: rows[i-1]})
		}
	}
	for _, s := range a.Spans {
		edges = append(edges, s.Start, s.End)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	i, j := 0, 0
	var differ Difference // goes on across the edges of what is wanted
	end := func() {
		if differ.To-differ.From > coverage.Tolerance {
			all = append(all, differ)
		}
		differ = Difference{}
	}
	for k := 0; k+1 < len(edges); k++ {
		from, to := edges[k], edges[k+1]
		for ; i < len(rows) && rows[i].End <= from; i++ { //nolint:revive // passes over what came before
		}
		for ; j < len(a.Spans) && a.Spans[j].End <= from; j++ { //nolint:revive // likewise
		}
		d := Difference{Row: from, From: from, To: to}
		if i < len(rows) && rows[i].Start <= from {
			d.Row, d.Is = rows[i].Start, rows[i]
		}
		if j < len(a.Spans) && a.Spans[j].Start <= from {
			d.Want = a.Spans[j]
		}
		switch {
		case a.agree(&d):
			end()
		case differ.To == from && differ.Is == d.Is:
			differ.To = to
		default:
			end()
			differ = d
		}
	}
	end()
	return all
}

// agree tells whether what a row tells is what the journals tell, as far as that is known.
func (a *Account) agree(d *Difference) bool {
	if d.Is.Kind == d.Want.Kind && d.Is.Cause == d.Want.Cause && d.Is.Detail == d.Want.Detail {
		return true
	}
	if !a.Mixed || d.Is.Kind == coverage.Recorded || d.Want.Kind == coverage.Recorded {
		return false
	}
	// Of what lies ahead of the clock since it was set back nobody tells anything but recordings:
	// a cause of the present reaches as far into it as somebody heard of.
	return d.From >= a.now || d.Is.Kind == coverage.Gap && d.Want.Kind == coverage.Gap && a.Heard(d.Is.Cause, d.From, d.To)
}
