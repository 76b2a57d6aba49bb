package access

import (
	"errors"

	"watchroom/internal/problem"
)

// ErrFactorRequired refuses everything to whose position must have a second factor, and
// who has none: they may enrol one and nothing else.
var ErrFactorRequired = problem.New(problem.Forbidden, "factor_required",
	"Your position must have a second factor. Add one first.")

// Unproven is the actor who lacks a second factor that one of their positions must have:
// they may do nothing before they have enrolled one.
func (a Actor) Unproven() Actor {
	a.unproven, a.rights = true, nil
	return a
}

// Enrolling is nil unless the actor may not even enrol a second factor: Settled, except
// for who lacks nothing else.
func Enrolling(actor Actor) error {
	if err := Settled(actor); !errors.Is(err, ErrFactorRequired) {
		return err
	}
	return nil
}
