package retention

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/clock/reference"
	"watchroom/internal/ledger"
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
		return nil
	}
	word, ok := e.Time.Word()
	if !ok {
		return nil
	}
	standing, err := frozen.Standing(ctx, e.DB.Read())
	if err != nil {
		return err
	}
	for _, f := range standing {
		if f.Reason != frozen.Leapt {
			continue
		}
		return e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			at := e.Clock.Micro()
			if err := frozen.Lift(ctx, tx, []string{f.ID}, at, "", word.By); err != nil {
				return err
			}
			return ledger.Record(ctx, tx, access.Actor{}.Act(at, "retention.time_witnessed", "", "", map[string]any{"witness": word.By, "at": word.At.UTC()}))
		})
	}
	return nil
}
