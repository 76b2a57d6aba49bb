package chronicle

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
)

// Continue begins a new log in a data folder that no server works in: what the old one
// lacks of the acts goes into the new one. What journals say is told anew by the sealer,
// since its place in them belongs to one log.
func Continue(ctx context.Context, cfg *config.Config, d *db.DB, reason string, log *slog.Logger) (next evidence.Continuation, err error) {
	l := &tlog.Log{Dir: Folder(cfg.Data), Node: cmp.Or(cfg.Ledger.Node, NodeName()), Guard: cfg.Ledger.Guard, Clock: clock.Clock(nil), Log: log}
	if err := l.Start(ctx); err != nil {
		return next, err
	}
	defer l.Close()
	// It is looked at within a moment; before that nobody knows why it is refused.
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		s := l.Status()
		if s.Ready || s.Refusal != nil {
			tick.Stop()
			break
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return next, ctx.Err()
		case <-tick.C:
		}
	}
	if next, err = l.Continue(reason); err != nil {
		return next, err
	}
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Unmark(ctx, tx, next.Origin, next.Size) })
	if err != nil {
		return next, fmt.Errorf("the new log is there; acts that the old one lacks could not be marked for it: %w", err)
	}
	return next, nil
}
