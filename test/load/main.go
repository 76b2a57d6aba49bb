// Command load measures Watchroom on this machine: `make bench`. It starts the
// built program as anybody would, with simulated cameras in another process, and
// reads what the kernel and the answers tell. Nothing here is a test: it prints
// figures beside their targets and fails only when something could not be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"watchroom/test/load/report"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// bench is one run of the measurements.
type bench struct {
	options
	program.Log
	folder  string    // everything that is written, removed at the end
	sim     string    // the program once more, for the simulator
	past    *archived // made by what first needs it
	results report.Report
}

type options struct {
	binary, cache, only, json, postgres, archive string
	cameras                                      int
	archiveCameras, archiveDays, acts, entries   int
	warmUp, measure, long                        time.Duration
	short, keep                                  bool
}

// parts are what can be measured.
func parts() []program.Part[*bench] {
	return []program.Part[*bench]{
		{Name: "record", About: "processor time, memory and lost frames, RTSP over TCP", Run: (*bench).record},
		{Name: "udp", About: "processor time and memory, RTP over UDP", Run: (*bench).recordUDP},
		{Name: "tls", About: "processor time and memory, RTSPS", Run: (*bench).recordTLS},
		{Name: "few", About: "processor time and memory with 8 cameras", Run: (*bench).recordFew},
		{Name: "many", About: "processor time and memory with 64 cameras", Run: (*bench).recordMany},
		{Name: "price", About: "what the transparency log and the seals cost", Run: (*bench).price},
		{Name: "timeline", About: "timeline of 90 days", Run: (*bench).timeline},
		{Name: "playback", About: "first byte of playback in 90 days", Run: (*bench).playback},
		{Name: "scale", About: "start, pages, retention and verification with 90 days of 200 cameras", Run: (*bench).scale},
		{Name: "trail", About: "first page of the audit trail with ten million acts", Run: (*bench).trail},
		{Name: "duty", About: "searches of a duty record with five million entries", Run: (*bench).dutyRecord},
		{Name: "signin", About: "signing in while 200 wrong passwords a second arrive", Run: (*bench).signin},
		{Name: "live", About: "first picture and delay of live view in Chromium", Run: (*bench).live},
	}
}

func main() {
	program.Main("bench", func(ctx context.Context) error { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
}

func run(ctx context.Context, args []string, table, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.only, "only", "", "what to measure, separated by commas:"+program.Usage(parts(), "\n  %s: %s"))
	flags.BoolVar(&o.short, "short", false, "a quick look: a minute of recording, short runs, fewer requests")
	flags.StringVar(&o.json, "json", "", "write the figures to this file too, as JSON")
	flags.StringVar(&o.postgres, "postgres", "", "postgres://… of a server: timeline, playback and scale use a new database there instead of SQLite")
	flags.IntVar(&o.cameras, "cameras", 32, "cameras of record, udp and tls")
	flags.IntVar(&o.archiveCameras, "archive-cameras", 200, "cameras of scale; with -short at most 20")
	flags.StringVar(&o.archive, "archive", "", "folder for the installation of scale, which is left there; one that is there is used again")
	flags.IntVar(&o.archiveDays, "archive-days", days, "days of scale; with -short at most 10")
	flags.IntVar(&o.acts, "acts", 10_000_000, "acts of trail; with -short at most 300000")
	flags.IntVar(&o.entries, "entries", 5_000_000, "entries of duty; with -short at most 100000")
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
	wanted, err := program.Choose(parts(), o.only)
	if err != nil {
		return err
	}
	b := &bench{options: o, Log: program.Log{Out: out}}
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
	failed := program.Run(ctx, b, b.Log, wanted)
	return errors.Join(failed, b.publish(table))
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
