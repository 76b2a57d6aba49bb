package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"watchroom/test/fault/forger"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// insert puts copies of footage where nothing was recorded: as files that a dead process
// seems to have left, and with their lines beside the running program. Each must be noted
// as unproved, and named by a verification.
func (b *bench) insert(ctx context.Context) error {
	o := newOutcome("footage put in afterwards")
	return b.suffer(ctx, "insert", station.ServerOptions{}, o, func(i *installation) error {
		for range 2 { // a pause between two lives
			if err := program.Wait(ctx, 24*time.Second); err != nil {
				return err
			}
			if err := i.Stop(); err != nil {
				return err
			}
			if err := i.start(ctx); err != nil {
				return err
			}
			if err := i.recording(ctx); err != nil {
				return err
			}
		}
		if err := i.Stop(); err != nil {
			return err
		}
		kept := i.options.Data + ".kept"
		if out, err := exec.CommandContext(ctx, "cp", "-a", i.options.Data, kept).CombinedOutput(); err != nil {
			return fmt.Errorf("keep the installation as it is: %w: %s", err, out)
		}
		if err := i.insertions(ctx, o); err != nil {
			return err
		}
		if err := errors.Join(os.RemoveAll(i.options.Data), os.Rename(kept, i.options.Data)); err != nil {
			return err
		}
		return i.start(ctx) // as it was, it is judged as every other
	})
}

// insertions puts footage in, while nothing runs and while it does, and looks whether it
// is noted and named.
func (i *installation) insertions(ctx context.Context, o *outcome) error {
	still, err := forger.FindPause(i.roots[0], i.ids[0])
	if err != nil {
		return err
	}
	running, err := forger.FindPause(i.roots[0], i.ids[1])
	if err != nil {
		return err
	}
	files, err := still.LeaveFiles()
	if err != nil {
		return err
	}
	if err := i.start(ctx); err != nil {
		return err
	}
	if err := i.recording(ctx); err != nil {
		return err
	}
	more, err := running.WriteLines(time.Now())
	if err != nil {
		return err
	}
	files = append(files, more...)
	if err := program.Wait(ctx, 24*time.Second); err != nil { // the log takes it in
		return err
	}
	if err := i.Stop(); err != nil {
		return err
	}
	h, err := i.stock(ctx)
	if err != nil {
		return err
	}
	v, err := i.ledger(ctx)
	if err != nil {
		return err
	}
	o.unnamed = append(o.unnamed, forger.Missed(files, h.Unproved, v.Lines)...)
	o.times += len(files)
	i.bench.Say("put in %d files, not noted or not named: %d", len(files), len(o.unnamed))
	return nil
}
