package roll

import (
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
)

// hear notes an act that tells by how many people positions are given.
func (r *Roll) hear(a *Act) {
	d, ok := told(a)
	switch {
	case !ok || !d.Alone && d.Proposal == "":
		return
	case a.Kind == kindProposed:
		r.wish[d.Proposal] = a
	}
	r.since = append(r.since, a)
}

// earlier tells whether an act was before another: by its place in one log, and by the clock
// where they stand in two.
func earlier(log string, leaf, at int64, than *Act) bool {
	if log == than.Log {
		return leaf < than.Leaf
	}
	return at < than.At
}

// two tells whether an act that gives positions which two people give was made by two: another
// person, or a directory, proposed what it gives, and neither of them receives it. Or whether
// nobody could confirm them yet; a stand-in is let in for a shift by one.
func (r *Roll) two(a *Act) bool {
	if a.Kind != kindPositions && a.Kind != kindCreated || !slices.ContainsFunc(r.since, func(s *Act) bool { return earlier(s.Log, s.Leaf, s.At, a) }) {
		return true
	}
	d, ok := told(a)
	if !ok {
		return false
	}
	list := d.Positions
	if a.Kind == kindPositions {
		list = d.To
	}
	after := holdings(list)
	if !holding.Gives(r.before(a.Subject, a).held, after) {
		return true
	}
	if w := r.wish[d.Proposal]; d.Proposal != "" && w != nil {
		wish, ok := told(w)
		return ok && w.Subject == a.Subject && w.Person != a.Person && a.Person != a.Subject && (w.Person == "" || r.May(*w)) &&
			holding.Same(holdings(wish.To), after)
	}
	return d.Alone && (!r.settled(a) || !slices.ContainsFunc(after, func(h access.Holding) bool { return h.Position != access.StandIn }))
}

// settled tells whether before an act somebody got a position that confirms what others give.
func (r *Roll) settled(a *Act) bool {
	for _, life := range r.lives {
		for _, c := range life {
			if c.id != a.ID && c.positions && earlier(r.name(c.log), c.leaf, c.at, a) && slices.ContainsFunc(c.held, func(h access.Holding) bool {
				return slices.Contains(access.HaveIt(access.RightsApprove), h.Position)
			}) {
				return true
			}
		}
	}
	return false
}

func (r *Roll) name(log int) string { return r.logs[log] }

func holdings(list []holding.Told) []access.Holding {
	var all []access.Holding
	for _, t := range list {
		all = append(all, t.Holding)
	}
	return all
}
