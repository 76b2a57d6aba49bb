package order

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
)

// kinds of acts that make an order, end it, or say what was done under it.
const (
	kindRequested = "deletion.requested"
	kindApproved  = "deletion.approved"
	kindRejected  = "deletion.rejected"
	kindWithdrawn = "deletion.withdrawn"
	kindExecuted  = "deletion.executed"
	kindContinued = "deletion.continued"
	// kindProgressed tells of the figures of an order that waits, for a hold or a place.
	kindProgressed = "deletion.progressed"
)

// Gives are the kinds of acts that make an order.
var Gives = []string{kindRequested, kindApproved}

// Given is an order as the acts in the transparency log tell of it.
type Given struct {
	Cameras  []string
	From, To int64 // µs since 1970 UTC
	At       int64 // of the approval that made it an order
	// Place is where the log holds the last of its approvals.
	Place warrant.Place
}

// Covers tells whether the order removes what a camera recorded from one instant to another.
func (g *Given) Covers(camera string, from, to int64) bool {
	return slices.Contains(g.Cameras, camera) && from >= g.From && from < g.To && to <= g.To
}

func word(b bool) int {
	if b {
		return 1
	}
	return 0
}

// agree counts an approval for the cameras that it names, if it is about the footage that was
// asked for: whoever approved was perhaps shown something else.
func agree(a *warrant.Act, given map[string]Given, asker string, agreed map[string]map[string]map[string]bool) error {
	var d struct {
		Cameras  []string
		From, To int64
	}
	if err := a.Tell(&d); err != nil {
		return err
	}
	g, known := given[a.Subject]
	if !known || a.Person == "" || a.Person == asker || d.From != g.From || d.To != g.To {
		return nil
	}
	if !a.Place.Before(g.Place) {
		g.Place = a.Place
	}
	given[a.Subject] = g
	by := agreed[a.Subject]
	if by == nil {
		by = map[string]map[string]bool{}
		agreed[a.Subject] = by
	}
	for _, c := range d.Cameras {
		if by[c] == nil {
			by[c] = map[string]bool{}
		}
		by[c][a.Person] = true
	}
	if g.At == 0 && !slices.ContainsFunc(g.Cameras, func(c string) bool { return len(by[c]) < approvals }) {
		g.At = a.At
		given[a.Subject] = g
	}
	return nil
}

// GivenBy reads the orders that people have given: one asked, two others approved the same, and
// nobody took it back. Orders in the table that are said to be approved and are not
// among them are told, too: no person gave them (clause C091). Whoever took an order back
// is believed without proof.
func GivenBy(ctx context.Context, r *warrant.Reader, tx bun.IDB) (given map[string]Given, untrue []string, err error) {
	acts, unproved, err := r.Acts(ctx, tx, kindRequested, kindApproved, kindRejected, kindWithdrawn)
	if err != nil {
		return nil, nil, err
	}
	untrue = warrant.Names(unproved)
	given = map[string]Given{}
	asked, agreed := map[string]string{}, map[string]map[string]map[string]bool{} // by order and camera, who agreed
	ended := map[string]bool{}
	slices.SortStableFunc(acts, func(a, b warrant.Act) int { // who asked comes first, whatever the clock said
		return cmp.Compare(word(a.Kind != kindRequested), word(b.Kind != kindRequested))
	})
	for i := range acts {
		a := &acts[i]
		switch a.Kind {
		case kindRequested:
			var d struct {
				Cameras  []string
				From, To int64
			}
			if err := a.Tell(&d); err != nil {
				return nil, nil, err
			}
			// There is an act for every camera; those of earlier versions name all of them each.
			g, more := given[a.Subject]
			if more && (g.From != d.From || g.To != d.To || asked[a.Subject] != a.Person) {
				ended[a.Subject] = true // nobody can tell what it is
			}
			g.Cameras, g.From, g.To = slices.Compact(slices.Sorted(slices.Values(append(g.Cameras, d.Cameras...)))), d.From, d.To
			given[a.Subject], asked[a.Subject] = g, a.Person
		case kindApproved:
			if err := agree(a, given, asked[a.Subject], agreed); err != nil {
				return nil, nil, err
			}
		default:
			ended[a.Subject] = true
		}
	}
	for i := range unproved {
		if a := &unproved[i]; a.Kind == kindRejected || a.Kind == kindWithdrawn {
			ended[a.Subject] = true
		}
	}
	for id, g := range given {
		whole := len(g.Cameras) > 0 && !slices.ContainsFunc(g.Cameras, func(c string) bool { return len(agreed[id][c]) < approvals })
		if !whole || ended[id] {
			delete(given, id)
		}
	}
	var rows []orderRow
	if err := tx.NewSelect().Model(&rows).Where("state IN (?)", bun.List([]State{Approved, Executed})).OrderExpr("id").Scan(ctx); err != nil {
		return nil, nil, fmt.Errorf("read orders: %w", err)
	}
	for i := range rows {
		if g, ok := given[rows[i].ID]; !ok || g.From != rows[i].FromAt || g.To != rows[i].ToAt {
			untrue = append(untrue, "deletion_orders "+rows[i].ID)
		}
	}
	return given, untrue, nil
}
