package main

import (
	"context"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// power: data folder and footage lie on an ext4 disk of their own, behind which
// stands a file. The power is cut by killing the program and going on with a copy of
// that file made at once: what the file system had not brought to its disk is gone,
// and the copy is what a disk holds after a power cut. The kernel is kept from
// writing anything back by itself, so that only what was forced to the disk counts.
func (b *bench) power(ctx context.Context) error {
	d, err := machine.NewPower(b.folder, "power-disk")
	if d != nil {
		defer b.putAway(d)
	}
	if err != nil {
		return err
	}
	o := newOutcome("power cut and started again")
	// 5 s between two syncs and a group of pictures of 2 s.
	o.mostBefore = 7 * time.Second
	return b.suffer(ctx, filepath.Join("power-disk", "data"), station.ServerOptions{}, o, func(i *installation) error {
		for range b.often(2, 10) {
			if err := program.Wait(ctx, b.between(6*time.Second, b.long(12*time.Second, 25*time.Second))); err != nil {
				return err
			}
			i.listen(o)
			at, running := time.Now(), i.Server
			i.Server = nil
			if err := running.Kill(); err != nil {
				return err
			}
			if err := d.Cut(); err != nil {
				return err
			}
			over := time.Now()
			if err := i.start(ctx); err != nil {
				return err
			}
			o.happened(event{at: at, over: over, killed: true}, b.cameras)
			if err := i.recording(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
