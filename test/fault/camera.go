package main

import (
	"context"
	"errors"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

// breakage is a fault of a camera.
type breakage struct {
	name, kind     string
	value, seconds float64
	mostMissing    int64 // see outcome
	damage         bool
}

func breakages(long float64) []breakage {
	return []breakage{
		{name: "camera: connection cut", kind: "cut", mostMissing: -1},
		{name: "camera: cut, no answer for a while", kind: "cut", seconds: long, mostMissing: -1},
		{name: "camera: sends nothing for a while", kind: "stall", seconds: long, mostMissing: -1},
		{name: "camera: refuses for a while", kind: "refuse", value: 503, seconds: long, mostMissing: -1},
		{name: "camera: refuses the password for a while", kind: "bad_credentials", seconds: long, mostMissing: -1},
		{name: "camera: picture freezes", kind: "freeze", seconds: long, mostMissing: 0},
		{name: "camera: timestamps jump by an hour", kind: "timestamp_jump", value: 3600, seconds: long, mostMissing: 0},
		{name: "camera: clock jumps by an hour", kind: "clock_offset", value: 3600, seconds: long, mostMissing: 0},
		{name: "camera: 5 % of the packets are lost", kind: "packet_loss", value: 5, seconds: long, mostMissing: -1, damage: true},
	}
}

func (b *bench) breakCameras(ctx context.Context) error {
	long := b.long(6*time.Second, 15*time.Second).Seconds()
	for _, x := range breakages(long) {
		if err := b.broken(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// broken breaks every camera in one way, some times over.
func (b *bench) broken(ctx context.Context, x breakage) error {
	b.Say("%s", x.name)
	o := newOutcome(x.name)
	o.mostMissing, o.damage = x.mostMissing, x.damage
	return b.suffer(ctx, "cameras", station.ServerOptions{}, o, func(i *installation) error {
		for range b.often(1, 2) {
			var err error
			at := time.Now()
			for n := range b.sim.Cameras {
				if x.kind == "refuse" { // those who are served already would not notice
					err = errors.Join(err, b.sim.Fault(ctx, n+1, "cut", 0, 0))
				}
				err = errors.Join(err, b.sim.Fault(ctx, n+1, x.kind, x.value, x.seconds))
			}
			over := at.Add(time.Duration(x.seconds * float64(time.Second)))
			o.happened(event{at: at, over: over}, b.cameras)
			if err = errors.Join(err, program.Wait(ctx, time.Until(over)+2*time.Second)); err == nil {
				err = i.recording(ctx)
			}
			for n := range b.sim.Cameras {
				err = errors.Join(err, b.sim.Clear(context.WithoutCancel(ctx), n+1))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
