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
)

// Given is an order as the acts in the transparency log tell of it.
type Given struct {
	Cameras  []string
	From, To int64 // µs since 1970 UTC
	At       int64 // of the approval that made it an order
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

// GivenBy reads the orders that people have given: one asked, two others approved, and
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
	asked, agreed := map[string]string{}, map[string]map[string]bool{}
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
			if agreed[a.Subject] == nil {
				agreed[a.Subject] = map[string]bool{}
			}
			agreed[a.Subject][a.Person] = true
			if g := given[a.Subject]; len(agreed[a.Subject]) >= approvals && g.At == 0 {
				g.At = a.At
				given[a.Subject] = g
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
	for id := range given {
		delete(agreed[id], asked[id])
		delete(agreed[id], "")
		if len(agreed[id]) < approvals || ended[id] {
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
