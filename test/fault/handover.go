package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"watchroom/test/fault/judge"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// handover ends either process, by either signal, at random instants of an exchange:
// afterwards there is one process or none, never two, and what was recorded is whole.
func (b *bench) handover(ctx context.Context) error {
	o := newOutcome("ended in the middle of an exchange")
	o.mostBefore = time.Second
	return b.suffer(ctx, "handover", station.ServerOptions{}, o, func(i *installation) error {
		usual := time.Now()
		if err := i.Upgrade(ctx, b.binary); err != nil {
			return err
		}
		whole := time.Since(usual)
		b.Say("an exchange takes %.1f s", whole.Seconds())
		for n := range b.times(8, 48) {
			if err := program.Wait(ctx, b.between(time.Second, b.long(2*time.Second, 8*time.Second))); err != nil {
				return err
			}
			if err := i.interrupt(ctx, o, n, whole); err != nil {
				return fmt.Errorf("exchange %d: %w", n+1, err)
			}
		}
		return nil
	})
}

// interrupt begins an exchange, ends one of its processes somewhere in it and brings
// the installation to where every camera is recorded again.
func (i *installation) interrupt(ctx context.Context, o *outcome, n int, whole time.Duration) error {
	b := i.bench
	x, err := i.BeginUpgrade(b.binary)
	if err != nil {
		return err
	}
	late := n&4 != 0 // where one ends and the other has begun
	delay := b.between(0, whole)
	if late {
		delay = b.between(0, whole/4)
		select {
		case <-x.Ending:
		case <-x.Done():
		}
	}
	if err := program.Wait(ctx, delay); err != nil {
		return err
	}
	victim, name, signal := x.Old, "old", syscall.SIGKILL
	if n&1 != 0 {
		if pid, ok := <-x.New; ok {
			victim, name = pid, "new"
		}
	}
	if n&2 != 0 {
		signal = syscall.SIGTERM
	}
	at := time.Now()
	if err := x.End(victim, signal); err != nil {
		return err
	}
	alive, err := x.Settle(ctx)
	if err != nil {
		return err
	}
	who := "none"
	switch {
	case !alive:
		i.Server = nil // however it ends, there is nothing left to stop
		if err := i.start(ctx); err != nil {
			return err
		}
	case i.PID == x.Old:
		who = "the old one"
	default:
		who = "the new one"
	}
	over := time.Now()
	b.Say("the %s process got %v %.2f s after the %s: %s goes on", name, signal, delay.Seconds(), map[bool]string{false: "beginning", true: "word that the new one records"}[late], who)
	o.happened(event{at: at, over: over, killed: true}, b.cameras)
	if err := i.recording(ctx); err != nil {
		return err
	}
	return judge.Alone(ctx, b.binary, i.options.Data, i.roots[0], i.PID)
}
