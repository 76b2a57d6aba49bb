package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/test/fault/judge"
	"watchroom/test/load/account"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// installation is a recorder of all cameras with a data folder of its own.
type installation struct {
	*station.Server
	bench   *bench
	options station.ServerOptions
	roots   []string // where footage lies: the recordings folder, further disks and tiers
	ids     []string
	raised  map[string]int // how often the running process has raised each alarm, so far
	begun   time.Time      // all cameras are recorded
}

// suffer installs a recorder, lets something happen to it, judges what that did and
// adds the outcome to those of the run.
func (b *bench) suffer(ctx context.Context, name string, so station.ServerOptions, o *outcome, happen func(*installation) error) error {
	i, err := b.install(ctx, name, so)
	if err != nil {
		return err
	}
	if err := happen(i); err != nil {
		return errors.Join(err, i.Stop())
	}
	err = i.report(ctx, o)
	b.outcomes = append(b.outcomes, *o)
	return err
}

// settings are those of every installation: many segments are closed.
const settings = "recording:\n  segment_length: 10s\n"

// install starts a recorder and waits until every camera is recorded.
func (b *bench) install(ctx context.Context, name string, o station.ServerOptions) (*installation, error) {
	o.Data = filepath.Join(b.folder, name)
	if o.Settings == "" {
		o.Settings = settings
	}
	i := &installation{bench: b, options: o, roots: []string{filepath.Join(o.Data, "recordings")}}
	if err := i.start(ctx); err != nil {
		return nil, err
	}
	for n, c := range b.sim.Cameras {
		id, err := i.AddCamera(ctx, station.NewCamera{Name: fmt.Sprint(n+1, " ", c.Name), Main: station.NewStream{URL: c.Main, Transport: "tcp"}})
		if err != nil {
			return nil, errors.Join(err, i.Stop())
		}
		i.ids = append(i.ids, id)
	}
	if err := i.recording(ctx); err != nil {
		return nil, errors.Join(err, i.Stop())
	}
	i.begun = time.Now()
	return i, nil
}

func (i *installation) start(ctx context.Context) (err error) {
	i.Server, err = station.StartServer(ctx, i.bench.binary, i.options)
	return err
}

// Stop ends the recorder, unless it has been ended and not started again.
func (i *installation) Stop() error {
	if i.Server == nil {
		return nil
	}
	return i.Server.Stop()
}

// recording waits until every camera is recorded.
func (i *installation) recording(ctx context.Context) error {
	return i.Recording(ctx, i.bench.cameras)
}

// report stops the recorder, reads everything it recorded, and judges.
func (i *installation) report(ctx context.Context, o *outcome) error {
	if err := program.Wait(ctx, 2*time.Second); err != nil { // what comes after the last fault belongs to it
		return errors.Join(err, i.Stop())
	}
	end := time.Now()
	if err := i.healed(ctx, o.mustSay); err != nil {
		return errors.Join(err, i.Stop())
	}
	from, to := i.begun, end
	if o.steps != nil { // whatever the clock showed
		from, to = from.Add(-2*time.Hour), to.Add(2*time.Hour)
	}
	spans, err := i.accounted(ctx, o, from, to, end)
	var played map[string][]account.Picture
	if err == nil {
		played, err = i.replay(ctx, from, to)
	}
	if err == nil {
		err = i.settle(ctx, o)
	}
	if err = errors.Join(err, i.Stop()); err != nil {
		return err
	}
	for _, id := range i.ids {
		pictures, err := account.Pictures(i.roots, id)
		if err != nil {
			return err
		}
		o.pictures += len(pictures)
		there := judge.Within(pictures, i.begun, end)
		if o.steps == nil {
			o.unplayed = append(o.unplayed, judge.Unplayed(id, played[id], there)...)
		} else {
			r := o.steps.Misplayed(id, played[id], there, end)
			o.unplayed = append(o.unplayed, r.Wrong...)
			i.bench.Say("of %d pictures of a camera %d lie behind later ones of the same time and %d in the future", len(there), r.Shadowed, r.Future)
		}
		missing := judge.Outages(pictures, i.begun)
		o.take(missing)
		o.recover(pictures)
		if o.damage {
			missing = nil // counted, but a picture that a packet is missing of is no gap
		}
		if o.steps == nil { // else there are times that never were
			o.uncaused = append(o.uncaused, judge.Uncaused(spans[id], missing, end)...)
		}
		for _, s := range spans[id] {
			if s.Kind == "gap" {
				o.cause(s.Cause)
			}
		}
	}
	return i.verify(ctx, o)
}

// accounted gives the timeline once it tells of everything, or as it is after a minute: a
// segment that a slow disk closes late takes its place when it is closed.
func (i *installation) accounted(ctx context.Context, o *outcome, from, to, end time.Time) (map[string][]station.Span, error) {
	for limit := time.Now().Add(time.Minute); ; {
		spans, err := i.Timeline(ctx, i.ids, from, to)
		if err != nil || o.steps != nil || time.Now().After(limit) {
			return spans, err
		}
		open := slices.ContainsFunc(i.ids, func(id string) bool { return len(judge.Uncaused(spans[id], nil, end)) > 0 })
		if !open {
			return spans, nil
		}
		if err := program.Wait(ctx, time.Second); err != nil {
			return nil, err
		}
	}
}

// verify holds files, journals, rows and log against one another, compares every
// segment with what is told of it, and plays it.
func (i *installation) verify(ctx context.Context, o *outcome) error {
	h, err := i.stock(ctx)
	if err != nil {
		return err
	}
	if err := i.proved(ctx, o, h); err != nil {
		return err
	}
	most := i.bench.times(40, len(h.Files)) // all are held against hash and count; decoding takes longer
	if o.damage {
		most = 0
	}
	played, wrong := h.Check(ctx, most)
	o.files, o.played, o.bad = o.files+len(h.Files), o.played+played, append(o.bad, wrong...)
	if len(h.Files) == 0 {
		return errors.New("nothing was recorded")
	}
	return os.RemoveAll(i.options.Data)
}
