// Command fault does to a running Watchroom what happens to recorders over the
// years: `make fault`. It starts the built program as anybody would, with simulated
// cameras in another process, kills it, stops it, takes its database and its disk
// away, breaks its cameras and stalls its viewers. From the frame counter in every
// recorded picture it tells what was lost, and from the timeline whether every loss
// has a cause. It ends with status 1 when a promise is broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"watchroom/test/load/station"
	"watchroom/test/program"
)

type options struct {
	binary, folder, only string
	cameras, repeat      int
	away                 time.Duration
	short, untimed, keep bool
	seed                 uint64
}

// bench is one run: the cameras go on through all of it.
type bench struct {
	options
	program.Log
	sim      *station.Sim
	random   *rand.Rand
	outcomes []outcome
}

// faults are what can happen.
func faults() []program.Part[*bench] {
	return []program.Part[*bench]{
		{Name: "kill", About: "the program is killed (SIGKILL) at random instants and started again", Run: (*bench).kill},
		{Name: "silence", About: "no camera answers and the program is killed: whose the silence is", Run: (*bench).silence},
		{Name: "stop", About: "the program is asked to end (SIGTERM) and started again", Run: (*bench).stop},
		{Name: "restart", About: "the program is exchanged while it runs (watchroom upgrade)", Run: (*bench).upgrade},
		{Name: "handover", About: "either process is ended (SIGKILL, SIGTERM) in the middle of an exchange", Run: (*bench).handover},
		{Name: "power", About: "the power is cut: what was not forced to the disk is gone, and the program is started again", Run: (*bench).power},
		{Name: "tamper", About: "single bytes of sealed footage, of rows and of the log are changed, and looked for", Run: (*bench).tamper},
		{Name: "insert", About: "footage is put where nothing was recorded, and looked for", Run: (*bench).insert},
		{Name: "pause", About: "the program is halted (SIGSTOP) and goes on", Run: (*bench).pause},
		{Name: "database", About: "PostgreSQL is stopped and started again", Run: (*bench).database},
		{Name: "disk", About: "the disk fills up and is made free again; then one of two", Run: (*bench).disk},
		{Name: "readonly", About: "the disk sets itself read-only, is mended and mounted again", Run: (*bench).readonly},
		{Name: "slow", About: "the disk is slow, or does not answer", Run: (*bench).slow},
		{Name: "hang", About: "a mount does not answer at all: one of two recording disks, then an archive tier", Run: (*bench).hang},
		{Name: "clock", About: "the clock is set by an hour, forward and back (a build of the program that can be told so)", Run: (*bench).clock},
		{Name: "expiry", About: "the clock is a year wrong, and there is footage past its maximum (the same build)", Run: (*bench).expiry},
		{Name: "s3", About: "the S3 server of the archive tier is taken away, and dies and is killed in the middle of uploads", Run: (*bench).s3},
		{Name: "cameras", About: "cameras break in every way that the simulator knows", Run: (*bench).breakCameras},
		{Name: "viewers", About: "viewers ask for everything and read nothing", Run: (*bench).viewers},
	}
}

func main() {
	program.Main("fault", func(ctx context.Context) error { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

func run(ctx context.Context, args []string, table, out io.Writer) error {
	b := &bench{Log: program.Log{Out: out}}
	flags := flag.NewFlagSet("fault", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&b.only, "only", "", "which faults, separated by commas:"+program.Usage(faults(), "\n  %-9s %s"))
	flags.BoolVar(&b.short, "short", false, "fewer kills, shorter faults")
	flags.BoolVar(&b.untimed, "untimed", false, "hold no promise of seconds against a machine that others use as well")
	flags.StringVar(&b.binary, "binary", "bin/watchroom", "the program")
	flags.StringVar(&b.folder, "folder", ".cache/fault", "folder for what is recorded, emptied before and after")
	flags.IntVar(&b.cameras, "cameras", 8, "how many simulated cameras")
	flags.IntVar(&b.repeat, "n", 0, "how often everything is done, such as 100 kills; 0 is as often as each part needs")
	flags.DurationVar(&b.away, "away", 0, "how long the S3 server stays away, such as 2h; 0 is 10 minutes, in a short run 100 seconds")
	flags.Uint64Var(&b.seed, "seed", uint64(time.Now().UnixNano()), "of the random instants")
	flags.BoolVar(&b.keep, "keep", false, "leave the logs of the program")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := program.Choose(faults(), b.only)
	if err != nil {
		return err
	}
	b.random = rand.New(rand.NewPCG(b.seed, 1))
	if b.folder, err = filepath.Abs(b.folder); err != nil {
		return err
	}
	if err := os.RemoveAll(b.folder); err != nil {
		return err
	}
	if !b.keep {
		defer os.RemoveAll(b.folder)
	}
	if b.sim, err = station.StartSim(ctx, b.binary, station.SimOptions{Cameras: b.cameras}); err != nil {
		return err
	}
	b.Say("%d cameras of 12 pictures a second, seed %d", b.cameras, b.seed)
	failed := program.Run(ctx, b, b.Log, wanted)
	failed = errors.Join(failed, b.sim.Stop(), printTable(table, b.outcomes))
	for _, o := range b.outcomes {
		for _, p := range o.broken() {
			failed = errors.Join(failed, fmt.Errorf("%s: promise broken: %s", o.fault, p))
		}
	}
	return failed
}

// times is how often something is done, and long how long it lasts, in a short run
// or a full one.
func (b *bench) times(short, full int) int {
	if b.short {
		return short
	}
	return full
}

// often is times, unless somebody wants it otherwise.
func (b *bench) often(short, full int) int {
	if b.repeat > 0 {
		return b.repeat
	}
	return b.times(short, full)
}

func (b *bench) long(short, full time.Duration) time.Duration {
	if b.short {
		return short
	}
	return full
}

// stays is how long the S3 server is away.
func (b *bench) stays() time.Duration {
	if b.away > 0 {
		return b.away
	}
	return b.long(100*time.Second, 10*time.Minute)
}

// within is a promise of time, 0 where none is made.
func (b *bench) within(most time.Duration) time.Duration {
	if b.untimed {
		return 0
	}
	return most
}

// between is a random time.
func (b *bench) between(from, to time.Duration) time.Duration {
	return from + time.Duration(b.random.Int64N(int64(to-from)))
}
