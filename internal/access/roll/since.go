package roll

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

// kindReviewed is the act by which a review of rights confirms a position: from then on it is
// none any more that one person gave alone.
const kindReviewed = "review.confirmed"

// mark is what a row says of a position besides where and until when it is held.
type mark struct {
	since int64 // µs
	alone bool
}

// told is what acts tell of that.
type toldMark struct {
	holding access.Holding
	since   []int64 // any of these; none: nobody knows
	alone   *bool   // nil: nobody knows
}

// marks are what rows say of positions, by person.
type marks struct {
	since map[string]map[access.Position]int64
	alone map[string][]access.Position
}

func marksOf(ctx context.Context, tx bun.IDB) (m marks, err error) {
	if m.since, err = holding.Since(ctx, tx); err != nil {
		return m, err
	}
	m.alone, err = holding.Alone(ctx, tx)
	return m, err
}

// reviewed reads who was confirmed by a review in which position.
func reviewed(l *ledger.Logged) (person string, c change, ok bool) {
	var d struct {
		Person string
		Held   access.Position
	}
	ok = json.Unmarshal([]byte(l.Content.Detail), &d) == nil && d.Person != ""
	return d.Person, change{at: l.Act.At, id: l.Act.ID, leaf: l.Leaf, confirmed: d.Held}, ok
}

// follow is what positions of somebody are by their changes, in an order.
func follow(changes []change) map[access.Position]*toldMark {
	by := map[access.Position]*toldMark{}
	for i := range changes {
		c := &changes[i]
		if t := by[c.confirmed]; c.confirmed != "" && t != nil {
			t.alone = new(bool)
		}
		if c.positions {
			by = c.follow(by)
		}
	}
	return by
}

func (c *change) follow(before map[access.Position]*toldMark) map[access.Position]*toldMark {
	was := c.from // as the act itself tells it
	if was == nil && !c.made {
		for _, t := range before {
			was = append(was, t.holding)
		}
	}
	after := map[access.Position]*toldMark{}
	for i, h := range c.held {
		t := &toldMark{holding: h, since: []int64{c.at}, alone: new(bool)}
		if known := before[h.Position]; known != nil {
			t.alone = known.alone
		} else if c.restated || slices.ContainsFunc(was, func(b access.Holding) bool { return b.Position == h.Position }) {
			t.alone = nil // whoever gave it, no act here tells of it
		}
		same := slices.ContainsFunc(was, func(b access.Holding) bool { return holding.Same([]access.Holding{b}, c.held[i:i+1]) })
		switch known := before[h.Position]; {
		case known != nil && holding.Same([]access.Holding{known.holding}, c.held[i:i+1]) && (same || c.made):
			// Of what was held before it was kept since when, the last change of the person
			// counts as the beginning.
			t.since = known.since
			if len(t.since) > 0 {
				t.since = append(slices.Clone(t.since), c.at)
			}
		case same || c.restated:
			t.since = nil
		}
		if !c.restated && holding.Gives(was, c.held[i:i+1]) {
			t.alone = &c.alone
		}
		after[h.Position] = t
	}
	return after
}

// otherwise says how rows tell otherwise since when positions are held and whether one person
// gave them. Where the rows hold other positions than the acts that is named already.
func (m *marks) otherwise(person string, told map[access.Position]*toldMark) (all []facts.Difference) {
	for _, p := range sortedPositions(told) {
		t := told[p]
		is, there := m.since[person][p]
		if !there {
			continue
		}
		row := "people_positions " + person + " " + string(p)
		if len(t.since) > 0 && !slices.Contains(t.since, is) {
			all = append(all, facts.Difference{Row: row, Why: fmt.Sprintf("held since %d, by the acts since %d", is, t.since[0])})
		}
		if alone := slices.Contains(m.alone[person], p); t.alone != nil && alone != *t.alone {
			all = append(all, facts.Difference{Row: row, Why: fmt.Sprintf("one person gave it: %v, by the acts %v", alone, *t.alone)})
		}
	}
	return all
}

func sortedPositions(told map[access.Position]*toldMark) (all []access.Position) {
	for p := range told {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}
