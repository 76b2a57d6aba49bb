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
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"watchroom/test/load/station"
)

type options struct {
	binary, folder, only string
	cameras              int
	short, keep          bool
	seed                 uint64
}

// bench is one run: the cameras go on through all of it.
type bench struct {
	options
	out      io.Writer
	sim      *station.Sim
	random   *rand.Rand
	outcomes []outcome
}

// fault is something that happens.
type fault struct {
	name, about string
	run         func(*bench, context.Context) error
}

func faults() []fault {
	return []fault{
		{"kill", "the program is killed (SIGKILL) at random instants and started again", (*bench).kill},
		{"stop", "the program is asked to end (SIGTERM) and started again", (*bench).stop},
		{"pause", "the program is halted (SIGSTOP) and goes on", (*bench).pause},
		{"database", "PostgreSQL is stopped and started again", (*bench).database},
		{"disk", "the disk fills up and is made free again", (*bench).disk},
		{"cameras", "cameras break in every way that the simulator knows", (*bench).breakCameras},
		{"viewers", "viewers ask for everything and read nothing", (*bench).viewers},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fault:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, table, out io.Writer) error {
	b := &bench{out: out}
	flags := flag.NewFlagSet("fault", flag.ContinueOnError)
	flags.SetOutput(out)
	var names strings.Builder
	for _, f := range faults() {
		fmt.Fprintf(&names, "\n  %-9s %s", f.name, f.about)
	}
	flags.StringVar(&b.only, "only", "", "which faults, separated by commas:"+names.String())
	flags.BoolVar(&b.short, "short", false, "about 7 minutes instead of 25: fewer kills, shorter faults")
	flags.StringVar(&b.binary, "binary", "bin/watchroom", "the program")
	flags.StringVar(&b.folder, "folder", ".cache/fault", "folder for what is recorded, emptied before and after")
	flags.IntVar(&b.cameras, "cameras", 8, "how many simulated cameras")
	flags.Uint64Var(&b.seed, "seed", uint64(time.Now().UnixNano()), "of the random instants")
	flags.BoolVar(&b.keep, "keep", false, "leave what was recorded")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := choose(b.only)
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
	b.say("%d cameras of 12 pictures a second, seed %d", b.cameras, b.seed)
	var failed error
	for _, f := range wanted {
		b.say("%s: %s", f.name, f.about)
		if err := f.run(b, ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", f.name, err))
			if ctx.Err() != nil {
				break
			}
			b.say("%s: %v", f.name, err)
		}
	}
	failed = errors.Join(failed, b.sim.Stop(), printTable(table, b.outcomes))
	for _, o := range b.outcomes {
		for _, p := range o.broken() {
			failed = errors.Join(failed, fmt.Errorf("%s: promise broken: %s", o.fault, p))
		}
	}
	return failed
}

func choose(only string) ([]fault, error) {
	if only == "" {
		return faults(), nil
	}
	var out []fault
	for name := range strings.SplitSeq(only, ",") {
		known := false
		for _, f := range faults() {
			if f.name == name {
				out, known = append(out, f), true
			}
		}
		if !known {
			return nil, fmt.Errorf("-only: there is no fault %q", name)
		}
	}
	return out, nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// times is how often something is done, and long how long it lasts, in a short run
// or a full one.
func (b *bench) times(short, full int) int {
	if b.short {
		return short
	}
	return full
}

func (b *bench) long(short, full time.Duration) time.Duration {
	if b.short {
		return short
	}
	return full
}

// between is a random time.
func (b *bench) between(from, to time.Duration) time.Duration {
	return from + time.Duration(b.random.Int64N(int64(to-from)))
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
