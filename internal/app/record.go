package app

import "context"

// follow lets the duty records tell what becomes of the recorder, until the program ends; not where
// what was started before it failed.
func (a *App) follow(ctx context.Context, f *flow, before error) error {
	if before != nil {
		return before
	}
	record := a.Duties.Follow(f.fleet, a.Log)
	if err := record.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	a.onClose(record.Close)
	return nil
}
