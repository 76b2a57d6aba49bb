package main

import (
	"context"
	"fmt"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

// silence: no camera answers, and the program is killed. What it had told of them holds
// until then: the hours in which nothing ran are its own, and no camera's (C076).
func (b *bench) silence(ctx context.Context) error {
	o := newOutcome("killed while no camera answers")
	o.mayCause = []string{"connecting", "network", "camera_unreachable", "camera_refused", "no_frames", "no_key_frame", "recorder_died"}
	return b.suffer(ctx, "silence", station.ServerOptions{}, o, func(i *installation) error {
		for range b.often(1, 5) {
			for n := range b.sim.Cameras {
				if err := b.sim.Fault(ctx, n+1, "cut", 0, 8); err != nil {
					return err
				}
			}
			if err := program.Wait(ctx, b.between(3*time.Second, 5*time.Second)); err != nil {
				return err
			}
			at, running := time.Now(), i.Server
			i.Server = nil
			if err := running.Kill(); err != nil {
				return err
			}
			if err := program.Wait(ctx, 10*time.Second); err != nil {
				return err
			}
			over := time.Now()
			if err := i.start(ctx); err != nil {
				return err
			}
			o.happened(event{at: at, over: over}, b.cameras)
			if err := i.recording(ctx); err != nil {
				return err
			}
			// Whose the time is in which nothing ran.
			spans, err := i.accounted(ctx, o, at, over, over)
			if err != nil {
				return err
			}
			for _, id := range i.ids {
				for _, s := range spans[id] {
					if s.Cause != "recorder_died" && s.Start.Before(over) && s.End.Sub(at) > time.Second {
						o.uncaused = append(o.uncaused, fmt.Sprintf("%s: killed at %s, and until %s it is said to be %s %s", id, at.UTC(), s.End, s.Kind, s.Cause))
					}
				}
			}
		}
		return nil
	})
}
