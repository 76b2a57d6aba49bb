package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

// kill: parts of at most 0.7 s are gathered before they are written, so that a
// killed process takes less than a second of footage along.
func (b *bench) kill(ctx context.Context) error {
	o := newOutcome("killed and started again")
	o.mostBefore = time.Second
	return b.restart(ctx, "kill", o, b.often(6, 25), b.long(5*time.Second, 12*time.Second), (*station.Server).Kill)
}

// stop loses nothing that had arrived: the last picture before the end is one that
// was sent an instant before.
func (b *bench) stop(ctx context.Context) error {
	o := newOutcome("stopped and started again")
	o.mostBefore = 500 * time.Millisecond
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
// no picture, and whoever asks is never refused.
func (b *bench) upgrade(ctx context.Context) error {
	o := newOutcome("program exchanged while it runs")
	o.mostMissing = 0
	return b.suffer(ctx, "restart", station.ServerOptions{}, o, func(i *installation) error {
		asker, stop := context.WithCancel(ctx)
		refused := make(chan error, 1)
		go func() { refused <- i.door(asker) }()
		var failed error
		for range b.often(3, 20) {
			if failed = program.Wait(ctx, b.between(time.Second, b.long(4*time.Second, 12*time.Second))); failed != nil {
				break
			}
			at := time.Now()
			if failed = i.Upgrade(ctx, b.binary); failed != nil {
				break
			}
			o.happened(event{at: at, over: time.Now()}, b.cameras)
			if failed = i.recording(ctx); failed != nil {
				break
			}
		}
		stop()
		return errors.Join(failed, <-refused)
	})
}

// door asks again and again on a new connection, as a browser does that opens the
// page, until ctx ends. Every question must be answered; one whose connection ended
// without a word is asked once more, as browsers do (RFC 9110 9.2.2).
func (i *installation) door(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for again := false; ; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, i.URL+"/healthz", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := client.Do(r)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end was asked for
		}
		if errors.Is(err, io.EOF) && !again {
			again = true
			continue
		}
		if err != nil {
			return fmt.Errorf("while the program was exchanged: %w", err)
		}
		again = false
		answer.Body.Close()
		if program.Wait(ctx, 20*time.Millisecond) != nil {
			return nil //nolint:nilerr // likewise
		}
	}
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
