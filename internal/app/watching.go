package app

import (
	"context"

	"watchroom/internal/api/duty"
	"watchroom/internal/app/duties"
	"watchroom/internal/app/signing"
)

// keepWatch begins to look after the watch in the control rooms, and gives what people reach of it.
func (a *App) keepWatch(ctx context.Context, f *flow, kept *keeping, signs *signing.Signing) (duty.Routes, error) {
	routes := a.Duties.Routes(duties.Sources{Factors: signs.Factors, System: f.room, Faults: kept.faults, Losses: kept.losses, Log: f.chronicle})
	if err := a.Duties.Start(context.WithoutCancel(ctx)); err != nil {
		return routes, err
	}
	a.onClose(a.Duties.Close)
	record := a.Duties.Follow(f.fleet, a.Log)
	if err := record.Start(context.WithoutCancel(ctx)); err != nil {
		return routes, err
	}
	a.onClose(record.Close)
	return routes, nil
}
