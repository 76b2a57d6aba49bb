package app

import (
	"context"

	"watchroom/internal/app/ruling"
	"watchroom/internal/db"
	"watchroom/internal/regime"
)

// parameters reads what the institution has set, before anything that keeps to it.
func (a *App) parameters(ctx context.Context, f *flow, d *db.DB) (*regime.Parameters, error) {
	set, err := ruling.Set()
	if err != nil {
		return nil, err
	}
	p := &regime.Parameters{DB: d, Set: set, Registers: ruling.Registers(), Bus: f.bus, Clock: a.Clock, Log: a.Log}
	if err := p.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	a.onClose(p.Close)
	return p, nil
}
