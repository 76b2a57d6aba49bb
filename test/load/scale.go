package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/testkit/timeserver"
	"watchroom/test/load/clip"
	"watchroom/test/load/past"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// depth is an installation with months behind it: every segment has its file, its line
// in a journal, its row and its entry in the log.
type depth struct {
	*station.Server
	options    station.ServerOptions
	plan       past.Plan
	cameras    []string
	live       int // the first of them are real; nothing answers for the others
	engine     string
	supervisor *http.Client
	segments   int64
	entries    int64 // what the log is to hold of the past
	removed    bool  // the oldest day is gone
}

const (
	supervisor = "supervisor"
	liveAtOnce = 4  // cameras that are recorded while a start is measured
	sealedDays = 1  // days whose journals have the seals, which are thrice their size
	starts     = 3  // each is measured so often
	settled    = 30 // seconds of a start whose processor time and reading are told
)

// scale measures what months of many cameras make of a server.
func (b *bench) scale(ctx context.Context) error {
	cameras, span := b.archiveCameras, b.archiveDays
	if b.short {
		cameras, span = min(cameras, 20), min(span, 10)
	}
	file, err := clip.Make(ctx, b.cache, clip.FullHD(media.H264))
	if err != nil {
		return err
	}
	simulator, err := station.StartSim(ctx, b.sim, station.SimOptions{Cameras: liveAtOnce, File: file})
	if err != nil {
		return err
	}
	defer simulator.Stop()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	d := &depth{engine: "SQLite", live: liveAtOnce,
		plan: past.Plan{From: today.AddDate(0, 0, -span), Days: span, Segment: segment, GapsADay: gapsADay}}
	data := filepath.Join(b.folder, "scale")
	if b.archive != "" {
		if data, err = filepath.Abs(b.archive); err != nil {
			return err
		}
	}
	// Nothing is removed where nobody knows whether the clock is right.
	timeServer, stop, err := timeserver.Serve(func(question []byte) [][]byte {
		return [][]byte{timeserver.Reply(question, time.Now())}
	})
	if err != nil {
		return err
	}
	defer stop()
	d.options = station.ServerOptions{Data: data, Settings: "time:\n  servers: [\"" + timeServer + "\"]\n"}
	if b.postgres != "" {
		d.engine = "PostgreSQL"
		address, drop, err := newDatabase(ctx, b.postgres)
		if err != nil {
			return err
		}
		defer drop()
		d.options.Database = address
	}
	defer func() {
		if d.Server != nil {
			d.Stop()
		}
		if !b.keep && b.archive == "" {
			os.RemoveAll(data)
		}
	}()
	again, err := d.recall(ctx, simulator)
	if err != nil {
		return err
	}
	if !again {
		if err := d.settle(ctx, b, simulator, cameras); err != nil {
			return err
		}
		if err := b.start(ctx, d, "without an archive"); err != nil {
			return err
		}
		if err := errors.Join(d.Stop(), b.deepen(ctx, d)); err != nil {
			return err
		}
	}
	if err := b.takeUp(ctx, d, again); err != nil {
		return err
	}
	if err := d.Stop(); err != nil {
		return err
	}
	about := fmt.Sprintf("with %d days of %d cameras", d.plan.Days, len(d.cameras))
	if err := b.start(ctx, d, about); err != nil {
		return err
	}
	err = errors.Join(b.sizes(ctx, d), b.pages(ctx, d))
	if err == nil && !d.removed {
		err = b.remove(ctx, d)
	}
	return errors.Join(err, d.Stop(), b.verify(ctx, d))
}

// kept is what a run leaves for the next in the folder of an installation.
type kept struct {
	Plan              past.Plan
	Cameras           []string
	Segments, Entries int64
	Removed           bool // the oldest day is gone
}

func (d *depth) keep() error {
	text, err := json.Marshal(kept{d.plan, d.cameras, d.segments, d.entries, d.removed})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.options.Data, "scale.json"), text, 0o600)
}

// recall takes up the installation that an earlier run has left. Its cameras listen
// elsewhere now.
func (d *depth) recall(ctx context.Context, simulator *station.Sim) (bool, error) {
	text, err := os.ReadFile(filepath.Join(d.options.Data, "scale.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		return false, err
	}
	d.plan, d.cameras, d.segments, d.entries, d.removed = k.Plan, k.Cameras, k.Segments, k.Entries, k.Removed
	c, err := db.Open(ctx, db.Options{URL: d.options.Database, Path: filepath.Join(d.options.Data, "watchroom.db")})
	if err != nil {
		return false, err
	}
	for i := range d.live {
		err = errors.Join(err, c.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE camera_streams SET url = ? WHERE camera = ?", simulator.Cameras[i].Main, d.cameras[i])
			return err
		}))
	}
	return true, errors.Join(err, c.Close())
}

// settle makes the cameras.
func (d *depth) settle(ctx context.Context, b *bench, simulator *station.Sim, cameras int) (err error) {
	if d.Server, err = station.StartServer(ctx, b.binary, d.options); err != nil {
		return err
	}
	if err := d.Person(ctx, supervisor, "supervisor"); err != nil {
		return err
	}
	for i := range cameras {
		address := "rtsp://127.0.0.1:1/main" // nothing listens there
		if i < d.live {
			address = simulator.Cameras[i].Main
		}
		id, err := d.AddCamera(ctx, station.NewCamera{Name: fmt.Sprintf("Camera %d", i+1), Main: station.NewStream{URL: address}})
		if err != nil {
			return err
		}
		d.cameras = append(d.cameras, id)
	}
	if err := d.recorded(ctx); err != nil {
		return err
	}
	return d.Stop()
}

// recorded waits until every real camera is recorded.
func (d *depth) recorded(ctx context.Context) error {
	return d.Until(ctx, "the cameras are recorded", func(list []station.Camera) bool {
		n := 0
		for _, c := range list {
			if c.State.Recording {
				n++
			}
		}
		return n >= d.live
	})
}

// start measures a start of the program, several times; the last one goes on running.
func (b *bench) start(ctx context.Context, d *depth, about string) error {
	var ready, recording, cpu, reading, memory, load []float64
	for i := range starts {
		if i > 0 {
			if err := d.Stop(); err != nil {
				return err
			}
		}
		begun := time.Now()
		var err error
		if d.Server, err = station.StartServer(ctx, b.binary, d.options); err != nil {
			return err
		}
		ready = append(ready, time.Since(begun).Seconds())
		if err := d.recorded(ctx); err != nil {
			return err
		}
		recording = append(recording, time.Since(begun).Seconds())
		if err := program.Wait(ctx, settled*time.Second-time.Since(begun)); err != nil {
			return err
		}
		took, err := procfs.CPU(d.PID)
		if err != nil {
			return err
		}
		all, _, err := procfs.Read(d.PID)
		if err != nil {
			return err
		}
		m, err := procfs.Mem(d.PID)
		if err != nil {
			return err
		}
		l, err := procfs.Load()
		if err != nil {
			return err
		}
		cpu, reading, memory, load = append(cpu, took.Seconds()), append(reading, float64(all)/mebibyte), append(memory, float64(m.PSS)/mebibyte), append(load, l)
	}
	out := &b.results
	note := fmt.Sprintf("median of %d; %.2f to %.2f; load average %.1f", starts, report.Quantile(ready, 0), report.Quantile(ready, 1), report.Median(load))
	out.Add(fmt.Sprintf("start until ready and signed in, %s, %s", about, d.engine), report.Median(ready), "s", note)
	out.Add(fmt.Sprintf("start until %d cameras are recorded, %s, %s", d.live, about, d.engine), report.Median(recording), "s",
		fmt.Sprintf("%.2f to %.2f", report.Quantile(recording, 0), report.Quantile(recording, 1)))
	out.Add(fmt.Sprintf("processor time of the first %d s, %s, %s", settled, about, d.engine), report.Median(cpu), "s",
		fmt.Sprintf("%.1f to %.1f; %.0f MiB were read from files and sockets", report.Quantile(cpu, 0), report.Quantile(cpu, 1), report.Median(reading)))
	out.Add(fmt.Sprintf("memory %d s after the start (PSS), %s, %s", settled, about, d.engine), report.Median(memory), "MiB", "of the server; PostgreSQL's own is not counted")
	return nil
}

// deepen plants the past.
func (b *bench) deepen(ctx context.Context, d *depth) error {
	begun := time.Now()
	recordings := filepath.Join(d.options.Data, "recordings")
	small, err := clip.Make(ctx, b.cache, clip.Spec{Codec: media.H264, Width: 480, Height: 288, FPS: 5, Kilobits: 40, Seconds: 2, KeyFrames: 2})
	if err != nil {
		return err
	}
	sample, like, err := past.Sample(ctx, small, filepath.Join(d.options.Data, "sample"), segment, 30*time.Second)
	if err != nil {
		return err
	}
	seals, err := past.Seals(sample, like, 45*time.Second)
	if err != nil {
		return err
	}
	c, err := db.Open(ctx, db.Options{URL: d.options.Database, Path: filepath.Join(d.options.Data, "watchroom.db")})
	if err != nil {
		return err
	}
	from := d.plan.To().AddDate(0, 0, -sealedDays).UnixMicro()
	type planned struct {
		past.Camera
		id    string
		sizes map[string]int64
	}
	rows, done := make(chan planned, 2), make(chan error, 1)
	go func() {
		var failed error
		for p := range rows { // all, also after a failure
			if failed == nil {
				failed = past.Fill(ctx, c, p.id, p.Camera, p.sizes)
			}
		}
		done <- failed
	}()
	for i, id := range d.cameras {
		// A file has at most 65,000 names on ext4.
		own := fmt.Sprintf("%s-%d", sample, i)
		p := planned{Camera: d.plan.Of(i, id, like), id: id}
		if err = station.Copy(sample, own); err == nil {
			if err = d.reachBack(ctx, c, id, &p.Camera); err == nil {
				p.sizes, err = past.Keep(recordings, own, like, p.Camera, seals, from)
			}
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			break
		}
		rows <- p
		d.segments += int64(len(p.Segments))
		for _, s := range p.Spans {
			if s.Kind == coverage.Gap {
				d.entries++
			}
		}
		d.entries += int64(len(p.Segments))
	}
	close(rows)
	if err = errors.Join(err, <-done, c.Close()); err != nil {
		return err
	}
	if err := d.keep(); err != nil {
		return err
	}
	b.Say("%d segments of %d days and %d cameras were planted in %s in %v", d.segments, d.plan.Days, len(d.cameras), d.engine, time.Since(begun).Round(time.Second))
	return nil
}

// reachBack gives a camera that was made today the days of the plan: it is in service
// since their beginning, and a gap leads from their end to what it has recorded itself.
func (d *depth) reachBack(ctx context.Context, c *db.DB, id string, plan *past.Camera) error {
	end, first := d.plan.To().UnixMicro(), int64(0)
	if err := c.Read().QueryRowContext(ctx, "SELECT MIN(start_at) FROM coverage WHERE camera = ?", id).Scan(&first); err != nil {
		return err
	}
	plan.Spans = append(plan.Spans, coverage.Span{Start: end, End: first, Kind: coverage.Gap, Cause: media.CauseNetwork})
	return c.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE cameras SET created_at = ? WHERE id = ?", d.plan.From.UnixMicro(), id)
		return err
	})
}

// takeUp waits until the server has brought the past into its log and made the days of
// it, which no later start has to.
func (b *bench) takeUp(ctx context.Context, d *depth, again bool) (err error) {
	begun := time.Now()
	if d.Server, err = station.StartServer(ctx, b.binary, d.options); err != nil {
		return err
	}
	const patience = time.Hour
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the past was not taken up"))
	defer cancel()
	var logged, known time.Duration
	for logged == 0 || known == 0 {
		if program.Wait(ctx, time.Second) != nil {
			return context.Cause(ctx)
		}
		var ledger struct{ Size int64 }
		if err := d.Call(ctx, d.Admin(), http.MethodGet, "/api/v1/ledger", nil, &ledger); err != nil {
			return err
		}
		if logged == 0 && ledger.Size >= d.entries {
			logged = time.Since(begun)
		}
		if known == 0 {
			var days struct{ Pending int }
			if err := d.Call(ctx, d.Admin(), http.MethodGet, d.heatMap(), nil, &days); err != nil {
				return err
			}
			if days.Pending == 0 {
				known = time.Since(begun)
			}
		}
	}
	if again {
		return nil
	}
	b.results.Add("a log that begins with the past, "+d.engine, float64(d.entries)/logged.Seconds(), "entries/s",
		fmt.Sprintf("%d entries in %v, the footage of %d days; the days of coverage were made after %v", d.entries, logged.Round(time.Second), d.plan.Days, known.Round(time.Second)))
	return nil
}

func (d *depth) heatMap() string {
	q := url.Values{"from": {d.plan.From.Format(time.DateOnly)}, "to": {d.plan.To().AddDate(0, 0, -1).Format(time.DateOnly)}}
	return "/api/v1/coverage/map?" + q.Encode()
}

// sizes tells what lies on the disk.
func (b *bench) sizes(ctx context.Context, d *depth) error {
	total, err := d.stored(ctx)
	if err != nil {
		return err
	}
	b.results.Add("size of the database, "+d.engine, float64(total)/mebibyte, "MiB", fmt.Sprintf("%d segments; %.0f bytes for each", d.segments, float64(total)/float64(d.segments)))
	var log, journals int64
	var files int
	err = walk(d.options.Data, func(path string, size int64) {
		switch {
		case strings.HasPrefix(path, "ledger"+string(filepath.Separator)):
			log, files = log+size, files+1
		case filepath.Base(path) == "journal.jsonl":
			journals += size
		}
	})
	b.results.Add("size of the transparency log", float64(log)/mebibyte, "MiB", fmt.Sprintf("%d files; the journals beside the footage are %d MiB", files, journals>>20))
	return err
}

// walk tells of every file below a folder.
func walk(folder string, tell func(path string, size int64)) error {
	return filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".mp4") {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the server goes on
		}
		below, wrong := filepath.Rel(folder, path)
		if err = errors.Join(err, wrong); err == nil {
			tell(below, info.Size())
		}
		return err
	})
}

// stored is the size of the database in bytes.
func (d *depth) stored(ctx context.Context) (total int64, err error) {
	if d.options.Database == "" {
		err = walk(d.options.Data, func(path string, size int64) {
			if strings.HasPrefix(path, "watchroom.db") {
				total += size
			}
		})
		return total, err
	}
	c, err := db.Open(ctx, db.Options{URL: d.options.Database})
	if err != nil {
		return 0, err
	}
	err = c.Read().QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&total)
	return total, errors.Join(err, c.Close())
}

// pages measures what people open.
func (b *bench) pages(ctx context.Context, d *depth) (err error) {
	if d.supervisor, err = d.SignIn(ctx, supervisor); err != nil {
		return err
	}
	many := min(64, len(d.cameras))
	requests := 30
	if b.short {
		requests = 10
	}
	timeline := func(n int) string {
		q := url.Values{"camera": d.cameras[:n], "resolution": {"0"}, "from": {d.plan.From.Format(time.RFC3339)}, "to": {d.plan.To().Format(time.RFC3339)}}
		return "/api/v1/timeline?" + q.Encode()
	}
	of := fmt.Sprintf(", %d days × %d cameras, %s", d.plan.Days, len(d.cameras), d.engine)
	for _, p := range []struct {
		name, path string
		target     float64
	}{
		{"timeline of 1 camera, every span", timeline(1), 10},
		{fmt.Sprintf("timeline of %d cameras, every span", many), timeline(many), 100},
		{"coverage map of all", d.heatMap(), 0},
		{"forecast of the storage", "/api/v1/capacity", 0},
		{"compliance of all", "/api/v1/retention/cameras", 0},
		{"list of cameras", "/api/v1/cameras", 0},
	} {
		if err := b.ask(ctx, d.Server, d.supervisor, p.name+of, p.path, requests, p.target); err != nil {
			return err
		}
	}
	return nil
}

// remove measures what retention takes for a day: with a day less to keep, and no more than
// that, the oldest day goes and what the present day has passed of the next.
func (b *bench) remove(ctx context.Context, d *depth) error {
	keep := int(time.Since(d.plan.From).Hours()/24) - 1
	var now struct{ Rule struct{ MaximumDays *int } }
	if err := d.Call(ctx, d.supervisor, http.MethodGet, "/api/v1/retention", nil, &now); err != nil {
		return err
	}
	if most := now.Rule.MaximumDays; most != nil { // an archive that is used again has lost days before
		keep = min(keep, *most-1)
	}
	var asked struct {
		Items []struct {
			ID      string
			Waiting bool
		}
	}
	if err := d.Call(ctx, d.supervisor, http.MethodGet, "/api/v1/retention/rules", nil, &asked); err != nil {
		return err
	}
	for _, c := range asked.Items { // of a run that did not end
		if c.Waiting {
			if err := d.Call(ctx, d.supervisor, http.MethodPost, "/api/v1/retention/rules/"+c.ID+"/withdraw", nil, nil); err != nil {
				return err
			}
		}
	}
	// A lower minimum for what was promised more needs a second person.
	lower := keep < days
	rule := map[string]any{"class": "main", "existing": lower, "reason": "Measurement of a pass.", "rule": map[string]any{
		"minimumDays": keep, "minimumBasis": "own", "minimumNote": "Measurement", "maximumDays": keep, "maximumBasis": "own", "maximumNote": "Measurement"}}
	begun := time.Now()
	before, err := procfs.CPU(d.PID)
	if err != nil {
		return err
	}
	var change struct{ ID string }
	if err := d.Call(ctx, d.supervisor, http.MethodPost, "/api/v1/retention/rules", rule, &change); err != nil {
		return err
	}
	if lower {
		name := fmt.Sprintf("approver%d", begun.Unix()) // an archive that is used again has the last one
		if err := d.Person(ctx, name, "supervisor"); err != nil {
			return err
		}
		approver, err := d.SignIn(ctx, name)
		if err != nil {
			return err
		}
		if err := d.Call(ctx, approver, http.MethodPost, "/api/v1/retention/rules/"+change.ID+"/approve", map[string]string{"note": "Measurement"}, nil); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Minute, errors.New("the pass of retention did not end"))
	defer cancel()
	var state struct {
		Blocked     string
		LastPass    time.Time
		LastRemoved int64
		Frozen      []freeze
	}
	// A rule that comes into force in the middle of a pass ends it, and the next goes on: it
	// is over when one finds nothing more.
	var removed int64
	var passes int
	var slowest, took time.Duration
	for seen := (time.Time{}); removed == 0 || state.LastRemoved > 0; {
		if program.Wait(ctx, 200*time.Millisecond) != nil {
			return fmt.Errorf("%w: blocked by %q", context.Cause(ctx), state.Blocked)
		}
		asked := time.Now()
		state.LastPass, state.LastRemoved, state.Blocked = time.Time{}, 0, "" // what is nothing is left out
		if err := d.Call(ctx, d.supervisor, http.MethodGet, "/api/v1/retention", nil, &state); err != nil {
			return err
		}
		slowest = max(slowest, time.Since(asked))
		if err := d.thaw(ctx, state.Frozen); err != nil { // what else blocks a pass may be over at the next: nobody has told the time yet
			return err
		}
		if state.LastRemoved > 0 && !state.LastPass.Equal(seen) {
			seen, removed, passes, took = state.LastPass, removed+state.LastRemoved, passes+1, time.Since(begun)
		}
	}
	after, err := procfs.CPU(d.PID)
	if err != nil {
		return err
	}
	load, err := procfs.Load()
	if err != nil {
		return err
	}
	b.results.Add("retention of a day that is over, "+d.engine, took.Seconds(), "s",
		fmt.Sprintf("from the approval of the rule; %d segments removed in %d passes, each with its tombstone: %.0f a second; the state told after %.1f s at most meanwhile; processor time %.1f s; load average %.1f",
			removed, passes, float64(removed)/took.Seconds(), slowest.Seconds(), (after-before).Seconds(), load))
	d.removed = true
	return d.keep()
}
