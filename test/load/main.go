// Command load measures Watchroom on this machine: `make bench`. It starts the
// built program as anybody would, with simulated cameras in another process, and
// reads what the kernel and the answers tell. Nothing here is a test: it prints
// figures beside their targets and fails only when something could not be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
)

// bench is one run of the measurements.
type bench struct {
	options
	out     io.Writer // what happens
	folder  string    // everything that is written, removed at the end
	sim     string    // the program once more, for the simulator
	past    *archived // made by what first needs it
	results report.Report
}

type options struct {
	binary, cache, only, json, postgres string
	cameras                             int
	warmUp, measure, long               time.Duration
	short, keep                         bool
}

// part is something to be measured.
type part struct {
	name, about string
	run         func(*bench, context.Context) error
}

func parts() []part {
	return []part{
		{"record", "processor time, memory and lost frames, RTSP over TCP", (*bench).record},
		{"udp", "processor time and memory, RTP over UDP", (*bench).recordUDP},
		{"tls", "processor time and memory, RTSPS", (*bench).recordTLS},
		{"few", "processor time and memory with 8 cameras", (*bench).recordFew},
		{"many", "processor time and memory with 64 cameras", (*bench).recordMany},
		{"timeline", "timeline of 90 days", (*bench).timeline},
		{"playback", "first byte of playback in 90 days", (*bench).playback},
		{"live", "first picture and delay of live view in Chromium", (*bench).live},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, table, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.only, "only", "", "what to measure, separated by commas:"+usage())
	flags.BoolVar(&o.short, "short", false, "a quick look: a minute of recording, short runs, fewer requests")
	flags.StringVar(&o.json, "json", "", "write the figures to this file too, as JSON")
	flags.StringVar(&o.postgres, "postgres", "", "postgres://… of a server: timeline and playback use a new database there instead of SQLite")
	flags.IntVar(&o.cameras, "cameras", 32, "cameras of record, udp and tls")
	flags.DurationVar(&o.long, "long", 10*time.Minute, "how long record measures")
	flags.DurationVar(&o.measure, "measure", 40*time.Second, "how long the other recordings measure")
	flags.DurationVar(&o.warmUp, "warm-up", 20*time.Second, "how long every recording runs before it is measured")
	flags.StringVar(&o.binary, "binary", "bin/watchroom", "the program to measure")
	flags.StringVar(&o.cache, "cache", ".cache/bench", "folder for made footage and for what is recorded; needs a real disk")
	flags.BoolVar(&o.keep, "keep", false, "leave what was recorded")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.short {
		o.long, o.measure, o.warmUp = min(o.long, time.Minute), min(o.measure, 15*time.Second), min(o.warmUp, 10*time.Second)
	}
	wanted, err := choose(o.only)
	if err != nil {
		return err
	}
	b := &bench{options: o, out: out}
	defer func() {
		if b.past != nil {
			b.past.dispose()
		}
		if !b.keep && b.folder != "" {
			os.RemoveAll(b.folder)
		}
	}()
	if err := b.prepare(); err != nil {
		return err
	}
	var failed error
	for _, p := range wanted {
		load, _ := procfs.Load() // only said beside the figures
		b.say("%s: %s (load average %.1f)", p.name, p.about, load)
		if err := p.run(b, ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", p.name, err))
			if ctx.Err() != nil {
				break
			}
			b.say("%s failed: %v", p.name, err)
		}
	}
	return errors.Join(failed, b.publish(table))
}

func usage() string {
	var b strings.Builder
	for _, p := range parts() {
		fmt.Fprintf(&b, "\n  %s: %s", p.name, p.about)
	}
	return b.String()
}

// choose finds the parts that are named; none means all.
func choose(only string) ([]part, error) {
	all := parts()
	if only == "" {
		return all, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(p part) bool { return p.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("nothing is called %q; there is:%s", name, usage())
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func (b *bench) prepare() (err error) {
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	if b.cache, err = filepath.Abs(b.cache); err != nil {
		return err
	}
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return err
	}
	if b.folder, err = os.MkdirTemp(b.cache, "run-"); err != nil {
		return err
	}
	b.sim = filepath.Join(b.folder, "simulator")
	if err := station.Copy(b.binary, b.sim); err != nil {
		return err
	}
	b.results.Machine = machine(b.binary)
	return nil
}

func (b *bench) publish(table io.Writer) error {
	if err := b.results.Table(table); err != nil {
		return err
	}
	if b.json == "" {
		return nil
	}
	f, err := os.Create(b.json)
	if err != nil {
		return err
	}
	return errors.Join(b.results.JSON(f), f.Close())
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// machine describes where this runs. What cannot be read stays empty.
func machine(binary string) report.Machine {
	m := report.Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Begun: time.Now().UTC().Format(time.RFC3339)}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	m.Version = station.Version(binary)
	return m
}

// pause waits, or gives the reason not to.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
