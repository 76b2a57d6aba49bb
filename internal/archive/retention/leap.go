package retention

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/frozen"
	"watchroom/internal/clock/reference"
)

// leapt freezes removal while the clock is far ahead of what is known to have passed, and
// ends that where the clock is trusted again and another machine's bears it out. That is an
// act of nobody, on record with whose clock it was.
func (e *Engine) leapt(ctx context.Context, untrusted error) error {
	if errors.Is(untrusted, reference.ErrLeapt) {
		return e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return frozen.Set(ctx, tx, e.Clock.Micro(), frozen.Leapt, "")
		})
	}
	if untrusted != nil {
		return nil //nolint:nilerr // that the time is not trusted is no fault here: what is frozen stays so
	}
	word, ok := e.Time.Word()
	if !ok {
		return nil
	}
	standing, err := e.Frozen(ctx)
	i := slices.IndexFunc(standing, func(f frozen.Freeze) bool { return f.Reason == frozen.Leapt })
	if err != nil || i < 0 {
		return err
	}
	return e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return frozen.Witnessed(ctx, tx, standing[i], e.Clock.Micro(), word.By, word.At.UTC())
	})
}
