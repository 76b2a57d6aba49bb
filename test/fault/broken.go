package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// ownDisk makes an ext4 disk that footage goes to, and the settings for it. The data
// folder, with the database, lies elsewhere.
func (b *bench) ownDisk(name, options, more string) (*machine.Ext4, station.ServerOptions, error) {
	d, err := machine.NewExt4(b.folder, name, 2<<30, options)
	return d, station.ServerOptions{Settings: settings + "  folder: " + filepath.Join(b.folder, name) + "\n" + more}, err
}

// readonly: a disk sets itself read-only under the recorders, is mended by whoever looks
// after the machine, and mounted again. The program is not touched.
func (b *bench) readonly(ctx context.Context) error {
	d, so, err := b.ownDisk("readonly-disk", "errors=remount-ro", "")
	if d != nil {
		defer b.putAway(d)
	}
	if err != nil {
		return err
	}
	o := newOutcome("disk read-only")
	o.mayCause = []string{"disk_fault", "connecting"}
	o.mustSay = []string{"storage_failing"}
	return b.suffer(ctx, "readonly", so, o, func(i *installation) error {
		i.roots = []string{d.Mount}
		for range b.often(1, 4) {
			if err := program.Wait(ctx, b.between(time.Second, 11*time.Second)); err != nil {
				return err
			}
			before := i.heard(o, "storage_failing")
			at := time.Now()
			if err := d.BreakDown(); err != nil {
				return err
			}
			said, err := i.hears(ctx, o, "storage_failing", before, time.Minute)
			if err != nil {
				return err
			}
			if err := program.Wait(ctx, b.long(10*time.Second, 60*time.Second)); err != nil {
				return err
			}
			if err := d.MendSoon(ctx); err != nil {
				return err
			}
			over := time.Now()
			o.happened(event{at: at, over: over}, b.cameras)
			if err := i.recording(ctx); err != nil {
				return err
			}
			b.Say("read-only: said after %.1f s; mounted again after %.1f s; every camera recorded %.1f s later", said.Seconds(), over.Sub(at).Seconds(), time.Since(over).Seconds())
			if err := i.healed(ctx, o.mustSay); err != nil {
				return err
			}
		}
		return nil
	})
}

// slow: a disk that takes a tenth of what comes, one that does not answer at all, and
// both with little memory to wait in.
func (b *bench) slow(ctx context.Context) error {
	for _, x := range []struct {
		fault, more string
		hang        bool
		mostMissing int64
		causes      []string
		said        []string
	}{
		{"disk takes a tenth of what comes", "", false, 0, nil, []string{"storage_failing"}},
		{"disk does not answer", "", true, 0, nil, []string{"storage_failing"}},
		{"disk does not answer, 1 MiB a camera to wait in", "  spool: 1MiB\n", true, -1, []string{"disk_slow", "disk_fault"}, []string{"storage_failing", "recording_behind"}},
	} {
		d, so, err := b.ownDisk("slow-disk", "errors=remount-ro", x.more)
		if err != nil {
			if d != nil {
				b.putAway(d)
			}
			return err
		}
		o := newOutcome(x.fault)
		o.mostMissing, o.mayCause, o.mustSay = x.mostMissing, x.causes, x.said
		err = b.suffer(ctx, "slow", so, o, func(i *installation) error {
			i.roots = []string{d.Mount}
			for range b.often(1, 3) {
				if err := program.Wait(ctx, 5*time.Second); err != nil {
					return err
				}
				at := time.Now()
				if err := b.drag(ctx, i, d, x.hang); err != nil {
					return err
				}
				o.happened(event{at: at, over: time.Now()}, b.cameras)
				if err := i.recording(ctx); err != nil {
					return err
				}
				if err := i.healed(ctx, o.mustSay); err != nil {
					return err
				}
			}
			return nil
		})
		b.putAway(d)
		if err != nil {
			return fmt.Errorf("%s: %w", x.fault, err)
		}
	}
	return nil
}

// drag makes a disk slow, or stand still, for a while.
func (b *bench) drag(ctx context.Context, i *installation, d *machine.Ext4, hang bool) (err error) {
	on, off := func() error { return d.Hang(true) }, func() error { return d.Hang(false) }
	if !hang {
		list, err := i.Cameras(ctx)
		if err != nil {
			return err
		}
		rate := 0.0
		for _, c := range list {
			rate += c.State.Figures.Bitrate / 8
		}
		b.Say("%.0f bytes a second come, the disk takes a tenth", rate)
		on, off = func() error { return d.Throttle(max(1, int64(rate/10))) }, func() error { return d.Throttle(0) }
	}
	if err := on(); err != nil {
		return err
	}
	err = program.Wait(ctx, b.long(25*time.Second, 2*time.Minute))
	return errors.Join(err, off())
}
