package main

import (
	"context"
	"fmt"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// clock sets the wall clock to and fro under the recorders.
func (b *bench) clock(ctx context.Context) error {
	w, err := machine.NewClock(ctx, b.folder, 0)
	if err != nil {
		return err
	}
	defer b.putAway(w)
	o := newOutcome("clock set by an hour and by 20 s, to and fro")
	o.mostMissing = 0
	o.mustSay = []string{"clock_stepped", "clock_off"}
	o.steps = w
	c := *b
	c.binary = w.Binary
	err = c.suffer(ctx, "clock", clockOptions(w), o, func(i *installation) error {
		steps := []time.Duration{time.Hour, 0, -time.Hour, 0, -20 * time.Second, 0}
		for _, by := range steps[:min(len(steps), 2*b.often(3, 3))] { // to and fro
			if err := program.Wait(ctx, b.long(25*time.Second, time.Minute)); err != nil {
				return err
			}
			at := time.Now()
			if err := w.Set(by); err != nil {
				return err
			}
			o.happened(event{at: at, over: at}, 1)
			if err := i.untrusted(ctx); err != nil {
				return err
			}
		}
		if err := program.Wait(ctx, b.long(25*time.Second, time.Minute)); err != nil {
			return err
		}
		o.unlogged, err = w.Untold(i.roots[0])
		return err
	})
	b.outcomes = c.outcomes
	return err
}

// clockOptions name the clock and who knows the true time.
func clockOptions(w *machine.Clock) station.ServerOptions {
	return station.ServerOptions{
		Settings: settings + "time:\n  step_hold: 1m\n  servers: [\"" + w.Server() + "\"]\n",
		Env:      []string{"WATCHROOM_TESTCLOCK=" + w.File()},
	}
}

// untrusted waits until the program says that it removes nothing because of its clock.
func (i *installation) untrusted(ctx context.Context) error {
	for limit := time.Now().Add(5 * time.Second); ; {
		t, err := i.Time(ctx)
		if err == nil && !t.Trusted {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the clock was set and is still trusted: %+v (%w)", t, err)
		}
		if err := program.Wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
