package access

import (
	"cmp"
	"slices"
)

// Within narrows rights to what other rights allow as well: those that the acts on record
// make. Rules of rows that no act made so give nobody anything, and what such a rule denies
// stays denied: what allows needs proof, what forbids needs none.
func (r *Rights) Within(proved *Rights) *Rights {
	narrow := *r
	narrow.within = proved
	return &narrow
}

// Awaited gives the same rights, of which the log has yet to take in acts: what it lacks is
// then no forgery so far. They allow no more.
func (r *Rights) Awaited() *Rights {
	waits := *r
	waits.awaited = true
	return &waits
}

// Proved tells whether the rights are those that the acts make.
func (r *Rights) Proved() bool { return r.within == nil }

// Decide answers whether somebody who stands so may do action on a camera; without a
// camera, whether there is any place where they may. trace, if given, is told of every
// position on the way.
func (r *Rights) Decide(s Standing, action Action, camera string, trace func(Step)) Decision {
	d := r.roomed(&s, action, camera, trace)
	if r.within == nil || !d.Allowed {
		return r.hosted(d, s, action, camera)
	}
	proved := r.within.decide(s, action, camera, nil)
	if !proved.Allowed {
		lack := LackUnproved
		if r.awaited {
			lack = LackUnlogged
		}
		return Decision{Lack: lack, Position: d.Position, Rule: d.Rule, Policy: d.Policy}
	}
	d.Terms = both(d.Terms, proved.Terms)
	return r.hosted(d, s, action, camera)
}

// both are the ways in which two policies allow something.
func both(a, b []Term) (all []Term) {
	for _, x := range a {
		for _, y := range b {
			if x.Review && y.RequestGraded || y.Review && x.RequestGraded {
				continue // that there is as duty review, or as a request, alone
			}
			t := Term{Rule: x.Rule, Back: nearer(x.Back, y.Back), Request: x.Request || y.Request, Second: x.Second || y.Second, Review: x.Review || y.Review}
			t.RequestGraded = t.Request && (x.RequestGraded || !x.Request) && (y.RequestGraded || !y.Request)
			t.SecondGraded = t.Second && (x.SecondGraded || !x.Second) && (y.SecondGraded || !y.Second)
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	slices.SortStableFunc(all, byDemand)
	return all
}

// byDemand puts the least demanding first.
func byDemand(a, b Term) int { return cmp.Or(demand(a)-demand(b), cmp.Compare(reach(b), reach(a))) }

// at is the rights with other places.
func (r *Rights) at(places map[string]Place) *Rights {
	there := *r
	there.places = places
	if r.within != nil {
		there.within = r.within.at(places)
	}
	return &there
}
