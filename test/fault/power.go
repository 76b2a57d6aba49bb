package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"watchroom/test/fault/machine"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// powerDiskSize is that of the disk whose power is cut; the file behind it is sparse.
const powerDiskSize = 4 << 30

// power: data folder and footage lie on an ext4 disk of their own, behind which
// stands a file. The power is cut by killing the program and going on with a copy of
// that file made at once: what the file system had not brought to its disk is gone,
// and the copy is what a disk holds after a power cut. The kernel is kept from
// writing anything back by itself, so that only what was forced to the disk counts.
func (b *bench) power(ctx context.Context) error {
	d := &powerDisk{}
	err := d.quiet(b.folder)
	if d.writeback != nil {
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
			if err := d.cut(); err != nil {
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

// powerDisk is a disk of which a copy is made at any instant.
type powerDisk struct {
	*machine.Ext4
	writeback []byte // the kernel's setting before
}

// dirtyWriteback says how often the kernel writes back by itself, in hundredths of
// a second; 0 is never.
const dirtyWriteback = "/proc/sys/vm/dirty_writeback_centisecs"

// quiet keeps the kernel from writing back, and makes the disk. Its journal commits by
// itself only every 5 minutes.
func (d *powerDisk) quiet(folder string) (err error) {
	if d.writeback, err = os.ReadFile(dirtyWriteback); err != nil {
		return err
	}
	if err := os.WriteFile(dirtyWriteback, []byte("0"), 0); err != nil {
		return fmt.Errorf("the kernel cannot be kept from writing back (run as root for that): %w", err)
	}
	d.Ext4, err = machine.NewExt4(folder, "power-disk", powerDiskSize, "commit=300")
	return err
}

// cut goes on with what stands on the disk at this instant.
func (d *powerDisk) cut() error {
	left := d.Image + ".left"
	if err := machine.Command("cp", "--sparse=always", d.Image, left); err != nil {
		return err
	}
	if err := d.Detach(); err != nil { // this writes everything, to the old file
		return err
	}
	if err := os.Rename(left, d.Image); err != nil {
		return err
	}
	return d.Attach()
}

// Close lets the kernel write back again.
func (d *powerDisk) Close() error {
	var failed error
	if d.Ext4 != nil {
		failed = d.Ext4.Close()
	}
	return errors.Join(failed, os.WriteFile(dirtyWriteback, bytes.TrimSpace(d.writeback), 0))
}
