// Package program is the frame of the programs that run the built Watchroom for
// minutes and tell what came of it: a table of named parts, of which those that are
// asked for are done one after another, until somebody interrupts.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"watchroom/test/load/procfs"
)

// Main runs a program until it ends or somebody interrupts. What went wrong is said
// under its name, and the status is 1 then.
func Main(name string, run func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

// Part is something that can be asked for by its name, done on a bench B.
type Part[B any] struct {
	Name, About string
	Run         func(B, context.Context) error
}

// Usage tells of every part, its name and what it is about in a line of that format.
func Usage[B any](all []Part[B], format string) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, format, p.Name, p.About)
	}
	return b.String()
}

// Choose finds the parts that are named, separated by commas; none means all.
func Choose[B any](all []Part[B], only string) ([]Part[B], error) {
	if only == "" {
		return all, nil
	}
	var chosen []Part[B]
	for name := range strings.SplitSeq(only, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(all, func(p Part[B]) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only: nothing is called %q; there is:%s", name, Usage(all, "\n  %s: %s"))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// Run does parts one after another. One that fails does not keep the others from
// their turn, unless ctx has ended.
func Run[B any](ctx context.Context, b B, log Log, parts []Part[B]) error {
	var failed error
	for _, p := range parts {
		load, _ := procfs.Load() // only said beside what happens
		log.Say("%s: %s (load average %.1f)", p.Name, p.About, load)
		if err := p.Run(b, ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", p.Name, err))
			if ctx.Err() != nil {
				break
			}
			log.Say("%s failed: %v", p.Name, err)
		}
	}
	return failed
}

// Log is where a program says what it does.
type Log struct{ Out io.Writer }

// Say writes a line with the time of day.
func (l Log) Say(format string, args ...any) {
	fmt.Fprintf(l.Out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// Wait waits, or gives the reason not to.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
