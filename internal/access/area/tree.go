package area

// Tree is what lies in what, as of one instant. It never changes, so that anybody may keep
// it and ask it from any goroutine.
type Tree struct {
	chains map[string][]string
}

// NewTree makes the tree of some areas. One whose parent is not among them lies in nothing;
// of a circle, which no act can make, everything lies in nothing.
func NewTree(all []Area) *Tree {
	parents := make(map[string]string, len(all))
	for i := range all {
		parents[all[i].ID] = all[i].Parent
	}
	t := &Tree{chains: make(map[string][]string, len(all))}
	for i := range all {
		chain := []string{all[i].ID}
		for up := all[i].Parent; up != ""; up = parents[up] {
			if _, known := parents[up]; !known {
				break
			}
			if len(chain) > len(all) { // a circle
				chain = chain[:1]
				break
			}
			chain = append(chain, up)
		}
		t.chains[all[i].ID] = chain[:len(chain):len(chain)]
	}
	return t
}

// Chain gives an area and everything that it lies in, its own id first. It is empty for the
// empty id and for one that the tree does not have: what hangs there lies in no area, and
// only what is allowed everywhere is allowed there. The slice is shared and not to be
// changed.
func (t *Tree) Chain(id string) []string { return t.chains[id] }

// Has tells whether there is such an area, or was one.
func (t *Tree) Has(id string) bool { return t.chains[id] != nil }

// Within tells whether an area is another or lies in it. Everything lies within "".
func (t *Tree) Within(id, outer string) bool {
	if outer == "" {
		return true
	}
	for _, a := range t.chains[id] {
		if a == outer {
			return true
		}
	}
	return false
}
