package area

import "watchroom/internal/access"

// Known gives what of some areas somebody may know by a right on cameras: those in which they
// have it, and what these lie in, of which the name and the place alone are told (Outer): how
// important an area elsewhere is, and who answers for it, is of nobody's concern there (C101).
// Who has the right everywhere knows them all.
func Known(actor access.Actor, right access.Action, all []Area) []Area {
	if access.Throughout(actor, right, "") == nil {
		return all
	}
	tree := NewTree(all)
	own, outer := map[string]bool{}, map[string]bool{}
	for i := range all {
		chain := tree.Chain(all[i].ID)
		if !has(actor, right, chain) {
			continue
		}
		own[all[i].ID] = true
		for _, a := range chain {
			outer[a] = true
		}
	}
	known := []Area{}
	for _, a := range all {
		switch {
		case own[a.ID]:
			known = append(known, a)
		case outer[a.ID]:
			known = append(known, Area{ID: a.ID, Parent: a.Parent, Kind: a.Kind, Name: a.Name, CreatedAt: a.CreatedAt, RetiredAt: a.RetiredAt, Outer: true})
		}
	}
	return known
}

// has tells whether somebody has a right on a camera of any grade that would hang there.
func has(actor access.Actor, right access.Action, chain []string) bool {
	for g := access.LowestGrade; g <= access.HighestGrade; g++ {
		if access.At(actor, right, access.Place{Areas: chain, Grade: g}) == nil {
			return true
		}
	}
	return false
}
