package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"watchroom/test/fault/visitor"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// kill: parts of at most 0.7 s are gathered before they are written, so that a
// killed process takes less than a second of footage along.
func (b *bench) kill(ctx context.Context) error {
	o := newOutcome("killed and started again")
	o.mostBefore = b.within(time.Second)
	return b.restart(ctx, "kill", o, b.often(6, 25), b.long(5*time.Second, 12*time.Second), (*station.Server).Kill)
}

// stop loses nothing that had arrived: the last picture before the end is one that
// was sent an instant before.
func (b *bench) stop(ctx context.Context) error {
	o := newOutcome("stopped and started again")
	o.mostBefore = b.within(500 * time.Millisecond)
	return b.restart(ctx, "stop", o, b.often(2, 6), 4*time.Second, (*station.Server).Stop)
}

// restart ends the program some times, each after a random time of recording of a
// second to most, and starts it again.
func (b *bench) restart(ctx context.Context, name string, o *outcome, times int, most time.Duration, end func(*station.Server) error) error {
	return b.suffer(ctx, name, station.ServerOptions{}, o, func(i *installation) error {
		for range times {
			if err := program.Wait(ctx, b.between(time.Second, most)); err != nil {
				return err
			}
			if err := i.end(ctx, o, end); err != nil {
				return err
			}
		}
		return nil
	})
}

// end ends the running program in some way and starts it again.
func (i *installation) end(ctx context.Context, o *outcome, how func(*station.Server) error) error {
	i.listen(o)
	at, running := time.Now(), i.Server
	i.Server = nil // however it ends, there is nothing left to stop
	if err := how(running); err != nil {
		return err
	}
	over := time.Now()
	if err := i.start(ctx); err != nil {
		return err
	}
	o.happened(event{at: at, over: over, killed: true}, i.bench.cameras)
	return i.recording(ctx)
}

// upgrade exchanges the program while it runs: cameras that allow two connections lose
// no picture, whoever asks is answered, and who watches live sees pictures again.
func (b *bench) upgrade(ctx context.Context) error {
	o := newOutcome("program exchanged while it runs")
	o.mostMissing = 0
	return b.suffer(ctx, "restart", station.ServerOptions{}, o, func(i *installation) error {
		viewers, err := visitor.Watch(ctx, i.Server, i.ids[:min(4, len(i.ids))])
		if err != nil {
			return err
		}
		callers := visitor.Call(ctx, i.URL, 6)
		times := b.times(3, 20)
		failed := i.exchanges(ctx, o, times)
		if failed == nil {
			viewers.Await(ctx, times)
		}
		if failed = errors.Join(failed, callers.End(), viewers.End()); failed != nil {
			return failed
		}
		b.Say("%d questions, all answered, the slowest after %.2f s", callers.Answered.Load(), time.Duration(callers.Slowest.Load()).Seconds())
		dark, missed, sent, err := viewers.Missed(times)
		b.Say("live viewers saw the next picture after s, max / p95: %s; %d of %d pictures did not come", of(dark), missed, sent)
		return err
	})
}

// exchanges exchanges the program so many times.
func (i *installation) exchanges(ctx context.Context, o *outcome, times int) error {
	b := i.bench
	for range times {
		if err := program.Wait(ctx, b.between(time.Second, b.long(2*time.Second, 12*time.Second))); err != nil {
			return err
		}
		at := time.Now()
		if err := i.Upgrade(ctx, b.binary); err != nil {
			return err
		}
		o.happened(event{at: at, over: time.Now()}, b.cameras)
		if err := i.recording(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pause: what the kernel holds for a halted process is recorded afterwards.
func (b *bench) pause(ctx context.Context) error {
	o := newOutcome("halted for seconds")
	return b.suffer(ctx, "pause", station.ServerOptions{}, o, func(i *installation) error {
		for range b.often(2, 6) {
			if err := program.Wait(ctx, 2*time.Second); err != nil {
				return err
			}
			at := time.Now()
			if err := syscall.Kill(i.PID, syscall.SIGSTOP); err != nil {
				return err
			}
			err := program.Wait(ctx, b.between(2*time.Second, 8*time.Second))
			over := time.Now()
			if err := errors.Join(err, syscall.Kill(i.PID, syscall.SIGCONT)); err != nil {
				return err
			}
			o.happened(event{at: at, over: over}, b.cameras)
			if err := program.Wait(ctx, time.Second); err != nil {
				return err
			}
			if err := i.recording(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
