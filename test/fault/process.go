package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

func (b *bench) done(o *outcome) { b.outcomes = append(b.outcomes, *o) }

// kill: parts of at most 0.7 s are gathered before they are written, so that a
// killed process takes less than a second of footage along.
func (b *bench) kill(ctx context.Context) error {
	i, err := b.install(ctx, "kill", station.ServerOptions{})
	if err != nil {
		return err
	}
	o := newOutcome("killed and started again")
	o.mostBefore = time.Second
	for range b.times(6, 25) {
		if err := program.Wait(ctx, b.between(time.Second, b.long(5*time.Second, 12*time.Second))); err != nil {
			return errors.Join(err, i.Stop())
		}
		at := time.Now()
		if err := i.Kill(); err != nil {
			return err
		}
		over := time.Now()
		if err := i.start(ctx); err != nil {
			return err
		}
		o.events = append(o.events, event{at: at, over: over, killed: true})
		if err := i.recording(ctx); err != nil {
			return errors.Join(err, i.Stop())
		}
	}
	o.times = len(o.events) * b.cameras
	err = i.report(ctx, o, true)
	b.done(o)
	return err
}

// stop loses nothing that had arrived: the last picture before the end is one that
// was sent an instant before.
func (b *bench) stop(ctx context.Context) error {
	i, err := b.install(ctx, "stop", station.ServerOptions{})
	if err != nil {
		return err
	}
	o := newOutcome("stopped and started again")
	o.mostBefore = 500 * time.Millisecond
	for range b.times(2, 6) {
		if err := program.Wait(ctx, b.between(time.Second, 4*time.Second)); err != nil {
			return errors.Join(err, i.Stop())
		}
		at := time.Now()
		if err := i.Stop(); err != nil {
			return err
		}
		over := time.Now()
		if err := i.start(ctx); err != nil {
			return err
		}
		o.events = append(o.events, event{at: at, over: over, killed: true})
		if err := i.recording(ctx); err != nil {
			return errors.Join(err, i.Stop())
		}
	}
	o.times = len(o.events) * b.cameras
	err = i.report(ctx, o, false)
	b.done(o)
	return err
}

// pause: what the kernel holds for a halted process is recorded afterwards.
func (b *bench) pause(ctx context.Context) error {
	i, err := b.install(ctx, "pause", station.ServerOptions{})
	if err != nil {
		return err
	}
	o := newOutcome("halted for seconds")
	for range b.times(2, 6) {
		if err := program.Wait(ctx, 2*time.Second); err != nil {
			return errors.Join(err, i.Stop())
		}
		at := time.Now()
		if err := syscall.Kill(i.PID, syscall.SIGSTOP); err != nil {
			return errors.Join(err, i.Stop())
		}
		err := program.Wait(ctx, b.between(2*time.Second, 8*time.Second))
		over := time.Now()
		if err := errors.Join(err, syscall.Kill(i.PID, syscall.SIGCONT)); err != nil {
			return errors.Join(err, i.Stop())
		}
		o.events = append(o.events, event{at: at, over: over})
		if err := program.Wait(ctx, time.Second); err != nil {
			return errors.Join(err, i.Stop())
		}
		if err := i.recording(ctx); err != nil {
			return errors.Join(err, i.Stop())
		}
	}
	o.times = len(o.events) * b.cameras
	err = i.report(ctx, o, false)
	b.done(o)
	return err
}
