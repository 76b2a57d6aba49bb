package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/fault/stock"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// disk: recording stops with a gap that says why, nothing is deleted, and goes on
// when there is room.
func (b *bench) disk(ctx context.Context) error {
	small, err := machine.NewMemory(b.folder, "small-disk")
	if err != nil {
		return err
	}
	defer b.putAway(small)
	o := newOutcome("disk full")
	o.mayCause = []string{"disk_full", "connecting"}
	o.mustSay = []string{"storage_full"}
	ballast := filepath.Join(string(small), "ballast")
	recordings := filepath.Join(string(small), "recordings")
	so := station.ServerOptions{Settings: settings + "  stop_space: 64MiB\n  folder: " + recordings + "\n"}
	err = b.suffer(ctx, "disk", so, o, func(i *installation) error {
		i.roots = []string{recordings}
		for n := range b.often(2, 4) {
			at := time.Now()
			err := machine.FillUp(ballast, n%2 == 1)
			if err == nil {
				err = i.Until(ctx, "recording stops", func(list []station.Camera) bool {
					for _, c := range list {
						if c.State.Recording {
							return false
						}
					}
					return len(list) > 0
				})
			}
			err = errors.Join(err, program.Wait(ctx, 3*time.Second), os.Remove(ballast))
			o.happened(event{at: at, over: time.Now()}, 1)
			if err == nil {
				err = i.recording(ctx)
			}
			if err = errors.Join(err, program.Wait(ctx, 4*time.Second)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.spill(ctx)
}

// spill: of two disks one fills up, and then the other while the first has room again.
// Cameras change at a key frame, and nothing is lost.
func (b *bench) spill(ctx context.Context) error {
	first, err := machine.NewMemory(b.folder, "first-disk")
	if err != nil {
		return err
	}
	defer b.putAway(first)
	second, err := machine.NewMemory(b.folder, "second-disk")
	if err != nil {
		return err
	}
	defer b.putAway(second)
	o := newOutcome("disk full, another has room")
	o.mostMissing = 0
	o.mustSay = []string{"volume_full"}
	so := station.ServerOptions{Settings: settings + "  stop_space: 64MiB\n  folder: " + string(first) + "\n  volumes: [{name: second, folder: " + string(second) + "}]\n"}
	return b.suffer(ctx, "spill", so, o, func(i *installation) error {
		i.roots = []string{string(first), string(second)}
		// Where cameras are at first is the program's choice: both fill up, in turn.
		for range b.often(1, 3) {
			for n, from := range i.roots {
				before := i.heard(o, "volume_full")
				at, ballast := time.Now(), filepath.Join(from, "ballast")
				if err := machine.FillUp(ballast, false); err != nil {
					return err
				}
				if err := stock.WritesOnly(ctx, i.roots, i.roots[1-n], len(i.ids)); err != nil {
					return err
				}
				if _, err := i.hears(ctx, o, "volume_full", before, 10*time.Second); err != nil {
					return err
				}
				if err := errors.Join(program.Wait(ctx, 3*time.Second), os.Remove(ballast)); err != nil {
					return err
				}
				o.happened(event{at: at, over: time.Now()}, 1)
				if err := i.healed(ctx, o.mustSay); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// putAway gives a disk back, and says where that fails.
func (b *bench) putAway(d io.Closer) {
	if err := d.Close(); err != nil {
		b.Say("a disk is left: %v", err)
	}
}
