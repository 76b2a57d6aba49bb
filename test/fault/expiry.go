package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"watchroom/test/fault/expired"
	"watchroom/test/fault/machine"
	"watchroom/test/program"
)

const (
	year = 365 * 24 * time.Hour
	// stood is for how long the recorder was switched off: what was recorded before is past its
	// maximum, what is recorded afterwards is not, however the clock is set.
	stood = (expired.LongestDays + 80) * 24 * time.Hour
)

// expiring is a recorder with footage past its maximum whose clock is set.
type expiring struct {
	*installation
	o     *outcome
	clock *machine.Clock
	watch *expired.Watch
}

// expiry sets the clock of a recorder that has footage past its maximum, by a year. Nothing is
// removed while the clock is wrong, and when it is right again not before a person has said
// so; then what is past its maximum goes, with a tombstone, and nothing else.
func (b *bench) expiry(ctx context.Context) error {
	w, err := machine.NewClock(ctx, b.folder, -stood)
	if err != nil {
		return err
	}
	defer b.putAway(w)
	o := newOutcome("clock a year wrong, with footage past its maximum")
	c := *b
	c.binary = w.Binary
	w.Tell(-stood)
	i, err := c.install(ctx, "expiry", clockOptions(w))
	if err != nil {
		return err
	}
	x := &expiring{i, o, w, &expired.Watch{Server: i.Server, Root: i.roots[0]}}
	err = x.live(ctx)
	if err == nil {
		err = x.settle(ctx, o)
	}
	if err = errors.Join(err, i.Stop()); err == nil {
		err = x.watch.Look("at the end", nil)
	}
	if err == nil {
		err = i.verify(ctx, o)
	}
	o.bad = append(o.bad, x.watch.Wrong...)
	b.outcomes = append(b.outcomes, *o)
	return err
}

// live is its life: half a year ago, and now.
func (x *expiring) live(ctx context.Context) error {
	if err := x.watch.Rule(ctx); err != nil {
		return err
	}
	if err := program.Wait(ctx, x.bench.long(25*time.Second, time.Minute)); err != nil {
		return err
	}
	if err := x.end(x.o); err != nil {
		return err
	}
	if err := x.watch.Recall(); err != nil {
		return err
	}

	// It is switched on again, and its clock is a year ahead of the truth, which the time
	// server knows.
	if err := x.begin(ctx, year, 0); err != nil {
		return err
	}
	if err := x.keeps(ctx, "begun a year ahead", "clock_off"); err != nil {
		return err
	}
	// It is not set forward by a year under the running program while there is footage past its
	// maximum: that would be a year younger from then on, as far as the program can know
	// (decision 0065), and stay for so long.
	steps, afterwards := []time.Duration{0, -time.Hour, 0, time.Hour, 0}, []time.Duration{year, 0, -year, 0}
	if x.bench.short {
		steps, afterwards = steps[:1], afterwards[:2]
	}
	for _, by := range steps {
		if err := x.set(ctx, "set", by); err != nil {
			return err
		}
	}
	// The time server is as wrong as the clock, as where somebody has both in hand.
	if err := x.again(ctx, year, year); err != nil {
		return err
	}
	if err := x.keeps(ctx, "begun a year ahead, and a time server that agrees", "removal_clock_leapt"); err != nil {
		return err
	}
	// Right again, and nobody has said so.
	if err := x.again(ctx, 0, 0); err != nil {
		return err
	}
	if err := x.watch.Synchronised(ctx); err != nil {
		return err
	}
	if err := x.keeps(ctx, "right, and nobody has said so", "removal_clock_leapt"); err != nil {
		return err
	}
	at := time.Now()
	if err := x.watch.Confirm(ctx); err != nil {
		return err
	}
	if err := x.watch.Goes(ctx); err != nil {
		return err
	}
	x.bench.Say("of %d files %d were past their maximum; nothing went under %d settings of the clock; those went %.0f s after a person had said that the time is right",
		x.watch.Seen(), len(x.watch.Went), x.o.times, time.Since(at).Seconds())

	// Once more, with nothing that is past its maximum by the true time.
	for _, by := range afterwards {
		if err := x.set(ctx, "afterwards set", by); err != nil {
			return err
		}
	}
	return nil
}

// begin starts it with a clock that is wrong by something, and a time server likewise.
func (x *expiring) begin(ctx context.Context, by, server time.Duration) error {
	x.clock.Tell(server)
	if err := x.clock.Set(by); err != nil {
		return err
	}
	if err := x.start(ctx); err != nil {
		return err
	}
	x.watch.Server = x.Server
	at := time.Now()
	x.o.happened(event{at: at, over: at}, 1)
	return x.recording(ctx)
}

// end stops it.
func (x *expiring) end(o *outcome) error {
	x.listen(o)
	running := x.Server
	x.Server = nil // however it ends, there is nothing left to stop
	return running.Stop()
}

func (x *expiring) again(ctx context.Context, by, server time.Duration) error {
	if err := x.end(x.o); err != nil {
		return err
	}
	return x.begin(ctx, by, server)
}

// set sets the clock under the running recorder, which removes nothing. Sessions are over then,
// or of the future.
func (x *expiring) set(ctx context.Context, what string, by time.Duration) error {
	at := time.Now()
	if err := x.clock.Set(by); err != nil {
		return err
	}
	x.o.happened(event{at: at, over: at}, 1)
	if err := x.SignInAgain(ctx); err != nil {
		return err
	}
	if err := x.untrusted(ctx); err != nil {
		return err
	}
	return x.keeps(ctx, fmt.Sprintf("%s to %v", what, by))
}

func (x *expiring) keeps(ctx context.Context, what string, codes ...string) error {
	err := x.watch.Keeps(ctx, what, codes...)
	x.listen(x.o)
	return err
}
