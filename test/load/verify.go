package main

import (
	"context"
	"fmt"
	"time"

	"watchroom/test/load/procfs"
	"watchroom/test/load/station"
	"watchroom/test/load/verdict"
)

// verify measures the comparison of the log with everything, interrupted once. The files
// of the planted past are all the same, which it rightly finds: what it finds is counted.
func (b *bench) verify(ctx context.Context, d *depth) error {
	args := []string{"ledger", "verify", "--quiet", "--data", d.options.Data}
	if d.options.Database != "" {
		args = append(args, "--database", d.options.Database)
	}
	begun := time.Now()
	const pause = 20 * time.Second
	said, how := &verdict.Verdict{}, "in one run"
	ended, err := station.Interrupted(ctx, b.binary, pause, said, args...)
	if err != nil {
		return err
	}
	if !ended {
		said, how = &verdict.Verdict{}, fmt.Sprintf("interrupted after %v and gone on with", pause)
		if _, err = station.Interrupted(ctx, b.binary, 0, said, args...); err != nil {
			return err
		}
	}
	took := time.Since(begun)
	load, err := procfs.Load()
	if err != nil {
		return err
	}
	b.results.Add("ledger verify, "+d.engine, took.Seconds(), "s", fmt.Sprintf("%s; %.0f segments a second with log, file, row and back; load average %.1f; %s",
		how, float64(d.segments)/took.Seconds(), load, said))
	return nil
}
