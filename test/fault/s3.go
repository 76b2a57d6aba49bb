package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"watchroom/test/fault/judge"
	"watchroom/test/fault/machine"
	"watchroom/test/fault/stock"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// agesAt is when footage moves to the bucket: the shortest age that may be configured.
// What lasts weeks elsewhere lasts minutes here, an outage of hours likewise.
const agesAt = time.Minute

// looked is within what it is looked for what should move.
const looked = 45 * time.Second

// s3 takes the archive tier away: what should move waits where it is, that is said, and
// afterwards all of it moves, is verified, and is played back from there.
func (b *bench) s3(ctx context.Context) error {
	k, err := machine.NewBucket(ctx, b.folder, settings, agesAt)
	if err != nil {
		return err
	}
	defer k.Stop()
	o := newOutcome("S3 server away")
	o.mostMissing = 0
	o.mustSay = []string{"tier_away"}
	err = b.suffer(ctx, "s3-away", k.Options, o, func(i *installation) error {
		i.roots = append(i.roots, k.Folder)
		if err := k.Moved(ctx, 2*b.cameras, agesAt+2*time.Minute); err != nil {
			return err
		}
		// First it dies while it is given something, then it stays away.
		for range b.often(3, 20) {
			if err := b.busy(ctx, k); err != nil {
				return err
			}
			at := time.Now()
			k.Stop()
			if err := program.Wait(ctx, b.between(100*time.Millisecond, 3*time.Second)); err != nil {
				return err
			}
			if err := k.Run(); err != nil {
				return err
			}
			o.happened(event{at: at, over: time.Now()}, 1)
		}
		if err := i.healed(ctx, o.mustSay); err != nil {
			return err
		}
		before := i.heard(o, "tier_away")
		at := time.Now()
		k.Stop()
		said, err := i.hears(ctx, o, "tier_away", before, 3*time.Minute)
		if err != nil {
			return err
		}
		waits, played, err := i.without(ctx, o, at.Add(b.stays()))
		if err != nil {
			return err
		}
		if waits == 0 {
			return errors.New("nothing waited for the server: it was not away for long enough")
		}
		if again := i.heard(o, "tier_away") - before; again != 1 {
			return fmt.Errorf("that the server is away was said %d times", again)
		}
		over := time.Now()
		if err := k.Run(); err != nil {
			return err
		}
		o.happened(event{at: at, over: over}, 1)
		if err := stock.CaughtUp(ctx, i.roots[0], agesAt+looked); err != nil {
			return err
		}
		b.Say("the server was away for %.0f s; that was said once, after %.1f s; what waited was played back %d times; %d segments waited and were moved within %.0f s",
			over.Sub(at).Seconds(), said.Seconds(), played, waits, time.Since(over).Seconds())
		return nil
	})
	if err != nil {
		return err
	}
	return b.killedMoving(ctx)
}

// killedMoving kills the program while it moves footage.
func (b *bench) killedMoving(ctx context.Context) error {
	k, err := machine.NewBucket(ctx, b.folder, settings, agesAt)
	if err != nil {
		return err
	}
	defer k.Stop()
	o := newOutcome("killed while footage moves to S3")
	o.mostBefore = time.Second
	return b.suffer(ctx, "s3-killed", k.Options, o, func(i *installation) error {
		i.roots = append(i.roots, k.Folder)
		if err := k.Moved(ctx, b.cameras, agesAt+2*time.Minute); err != nil {
			return err
		}
		for range b.often(3, 20) {
			if err := b.busy(ctx, k); err != nil {
				return err
			}
			if err := i.end(ctx, o, (*station.Server).Kill); err != nil {
				return err
			}
		}
		return stock.CaughtUp(ctx, i.roots[0], agesAt+looked)
	})
}

// busy waits until something was just moved, and a moment more.
func (b *bench) busy(ctx context.Context, k *machine.Bucket) error {
	if err := k.Busy(ctx); err != nil {
		return err
	}
	return program.Wait(ctx, b.between(0, 40*time.Millisecond))
}

// without goes on without the server until an instant: footage that lies there is refused, and
// footage that waits here is played back, once a minute, by its pictures. It gives how many
// segments wait in the end, and how often that was.
func (i *installation) without(ctx context.Context, o *outcome, until time.Time) (waits, played int, err error) {
	gone, err := i.view(ctx, "guard-away", i.begun, time.Now())
	if err == nil {
		err = gone.Unreadable(ctx, i.ids[0], i.begun, i.begun.Add(5*time.Second))
	}
	if err != nil {
		return 0, 0, err
	}
	v, err := i.view(ctx, "guard-meanwhile", i.begun, until.Add(time.Minute))
	if err != nil {
		return 0, 0, err
	}
	from := time.Now()
	if soon := from.Add(30 * time.Second); until.Before(soon) {
		until = soon // something has to be recorded meanwhile
	}
	for {
		if err := program.Wait(ctx, min(time.Until(until), time.Minute)); err != nil {
			return 0, 0, err
		}
		if waits, err = stock.Waiting(i.roots[0], agesAt); err != nil {
			return 0, 0, err
		}
		to := time.Now().Add(-15 * time.Second) // what has been closed by now
		for _, id := range i.ids {
			pictures, err := v.Play(ctx, id, from, to)
			if err != nil {
				return 0, 0, fmt.Errorf("what waits for the server is not played back: %w", err)
			}
			for _, x := range judge.Outages(pictures, from) {
				o.unplayed = append(o.unplayed, fmt.Sprintf("while the server was away, of %s were left out %d pictures after %s", id, x.Missing, x.From.Format("15:04:05.000")))
			}
			if len(pictures) == 0 {
				o.unplayed = append(o.unplayed, fmt.Sprintf("while the server was away, of %s was nothing played from %s to %s", id, from.Format(time.TimeOnly), to.Format(time.TimeOnly)))
			}
			played++
		}
		if time.Now().After(until.Add(-time.Second)) {
			return waits, played, nil
		}
		i.bench.Say("%.0f s to go without the server, %d segments wait", time.Until(until).Seconds(), waits)
		from = to.Add(-5 * time.Second)
	}
}
