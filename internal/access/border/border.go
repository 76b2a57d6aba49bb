// Package border knows which areas are told apart: those that a position is held in, or that a
// rule of the house in force speaks of. What moves from one to another is seen by other people
// afterwards, so that nobody moves it alone; where nothing tells two places apart, one person
// does (C022, C111; design, promise 6).
package border

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/policy"
)

// Borders are the areas that are told apart, as of one instant.
type Borders struct{ named []string }

// Read reads them inside a transaction. Whoever held a position counts while the account has it,
// be it closed or not begun.
func Read(ctx context.Context, tx bun.IDB) (Borders, error) {
	held, err := holding.Areas(ctx, tx)
	if err != nil {
		return Borders{}, err
	}
	ruled, err := policy.Areas(ctx, tx)
	return Borders{append(held, ruled...)}, err
}

// None tells whether nothing is told apart at all.
func (b Borders) None() bool { return len(b.named) == 0 }

// Between tells whether one place is told apart from another; each is the areas that it lies in,
// as chains have them.
func (b Borders) Between(from, to []string) bool {
	return slices.ContainsFunc(b.named, func(a string) bool { return slices.Contains(from, a) != slices.Contains(to, a) })
}

// Alone tells whether one person moves what another confirms as a rule: as long as nobody has
// ever been there to confirm, and on the machine itself.
func Alone(ctx context.Context, tx bun.IDB, actor access.Actor) (bool, error) {
	over, err := holding.Settled(ctx, tx)
	return !over || actor.Local(), err
}
