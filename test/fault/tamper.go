package main

import (
	"context"
	"time"

	"watchroom/test/fault/forger"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// tamper changes single bytes of sealed footage and of the log itself, and columns of any rows
// that are held against something, or deletes them, one at a time, and verifies after each:
// every change must be found and named.
func (b *bench) tamper(ctx context.Context) error {
	o := newOutcome("single bytes changed")
	return b.suffer(ctx, "tamper", station.ServerOptions{}, o, func(i *installation) error {
		if err := program.Wait(ctx, 32*time.Second); err != nil {
			return err
		}
		if err := i.busy(ctx); err != nil {
			return err
		}
		// What the end wrote comes into the log in the next life.
		for _, life := range []time.Duration{12 * time.Second, 0} {
			if err := i.Stop(); err != nil {
				return err
			}
			if life == 0 {
				break
			}
			if err := i.start(ctx); err != nil {
				return err
			}
			if err := program.Wait(ctx, life); err != nil {
				return err
			}
		}
		tried, err := forger.Try(ctx, forger.Place{Data: i.options.Data, Root: i.roots[0], Work: b.folder, Random: b.random}, b.often(60, 1000))
		if err != nil {
			return err
		}
		o.times, o.unnamed = o.times+tried.Times, tried.Missed
		b.Say("changed and looked for: %v, not named: %d", tried.Counts, len(tried.Missed))
		return i.start(ctx) // it is judged as every other
	})
}
