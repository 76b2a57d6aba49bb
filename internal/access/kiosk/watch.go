package kiosk

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock/every"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// looks is between two looks for consoles that are silent.
const looks = 30 * time.Second

// watch looks for consoles that say nothing any more.
type watch struct {
	loop  every.Loop
	began int64 // µs; nobody could report before
}

// Start begins to look.
func (x *Consoles) Start(ctx context.Context) error {
	x.watch.began = x.Clock.Micro()
	x.watch.loop.Start(ctx, looks, every.Trying(x.Look, func(err error) {
		if x.Log != nil {
			x.Log.Warn("whether consoles report could not be looked at", "err", err)
		}
	}))
	return nil
}

// Close stops it and waits.
func (x *Consoles) Close() { x.watch.loop.Close() }

// Look finds consoles whose reports have stopped, and tells how each stands. One act says so
// of each; while the server itself was down nobody counts as silent.
func (x *Consoles) Look(ctx context.Context) error {
	all, err := list(ctx, x.DB.Read())
	if err != nil {
		return err
	}
	now, after := x.Clock.Micro(), silent.Get(x.Rules).Microseconds()
	for i := range all {
		c := &all[i]
		if c.RetiredAt == nil && c.SilentAt == nil && c.ReportedAt != nil && now-max(*c.ReportedAt, x.watch.began) > after {
			if err := x.fallen(ctx, c, now); err != nil {
				return err
			}
		}
		x.tell(*c)
	}
	return nil
}

// fallen notes that a console is silent, unless it has reported meanwhile.
func (x *Consoles) fallen(ctx context.Context, c *Console, at int64) error {
	changed := false
	err := x.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*row)(nil)).Set("silent_at = ?", at).
			Where("id = ? AND reported_at = ?", c.ID, *c.ReportedAt).Where("silent_at IS NULL").Where("retired_at IS NULL").Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "note a silent console")
		}
		n, err := done.RowsAffected()
		if changed = n > 0; err != nil || !changed {
			return problem.Wrap(err, "note a silent console")
		}
		// The program finds it, and nobody does it.
		return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: kindSilent, Subject: c.ID, Detail: map[string]any{"name": c.Name, "reportedAt": *c.ReportedAt}})
	})
	if err == nil && changed {
		c.SilentAt = &at
	}
	return err
}
