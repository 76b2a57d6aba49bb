package app

import (
	"context"

	"watchroom/internal/access/refusal"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/trail"
)

// startTrail begins to keep the acts searchable, and gives what puts refusals on record.
func (a *App) startTrail(ctx context.Context, d *db.DB, journal *ledger.Journal) (*refusal.Refusals, error) {
	index := &trail.Index{DB: d, Clock: a.Clock, Log: a.Log}
	if err := index.Start(ctx); err != nil {
		return nil, err
	}
	a.onClose(index.Close)
	refusals := &refusal.Refusals{Journal: journal, Clock: a.Clock, Log: a.Log}
	if err := refusals.Start(ctx); err != nil {
		return nil, err
	}
	a.onClose(refusals.Close)
	return refusals, nil
}
