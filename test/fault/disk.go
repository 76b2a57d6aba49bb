package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

// diskSize is that of the small disk: recording stops below 64 MiB.
const diskSize = 256 << 20

// disk: recording stops with a gap that says why, nothing is deleted, and goes on
// when there is room.
func (b *bench) disk(ctx context.Context) error {
	small := filepath.Join(b.folder, "small-disk")
	if err := os.MkdirAll(small, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("watchroom-fault", small, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)); err != nil {
		return fmt.Errorf("a small disk cannot be mounted (run as root for that): %w", err)
	}
	defer func() {
		if err := unix.Unmount(small, 0); err != nil {
			b.Say("%s stays mounted: %v", small, err)
		}
	}()
	o := newOutcome("disk full")
	o.mayCause = []string{"disk_full", "connecting"}
	o.mustSay = []string{"storage_full"}
	ballast := filepath.Join(small, "ballast")
	recordings := filepath.Join(small, "recordings")
	so := station.ServerOptions{Settings: settings + "  stop_space: 64MiB\n  folder: " + recordings + "\n"}
	return b.suffer(ctx, "disk", so, o, func(i *installation) error {
		i.roots = []string{recordings}
		for n := range b.often(2, 4) {
			at := time.Now()
			err := fillUp(ballast, n%2 == 1)
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
}

// fillUp leaves less than recording asks for, or nothing at all.
func fillUp(path string, whole bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for {
		var st unix.Statfs_t
		if err := unix.Statfs(path, &st); err != nil {
			return errors.Join(err, f.Close())
		}
		if free := int64(st.Bavail) * st.Bsize; !whole && free < 40<<20 {
			return f.Close()
		}
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			return f.Close()
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
}
