package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/test/load/clip"
	"watchroom/test/load/past"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
)

// archived is a recorder with a planted past.
type archived struct {
	*station.Server
	plan     past.Plan
	cameras  []string
	played   []string // those that have files, one a codec
	plans    map[string]past.Camera
	operator *http.Client
	engine   string
	dispose  func()
}

const (
	days     = 90
	gapsADay = 3
	segment  = 5 * time.Minute
	guard    = "guard" // the operator's account
)

// planted is the recorder with a past, which timeline and playback share.
func (b *bench) planted(ctx context.Context) (a *archived, err error) {
	if b.past == nil {
		b.past, err = b.plant(ctx, 64, []media.Codec{media.H264, media.H265})
	}
	return b.past, err
}

// plant starts a recorder with so many cameras and 90 days of each. Of the first
// cameras, one for each codec, there are files.
func (b *bench) plant(ctx context.Context, cameras int, codecs []media.Codec) (_ *archived, err error) {
	a := &archived{
		plan:  past.Plan{From: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days), Days: days, Segment: segment, GapsADay: gapsADay},
		plans: map[string]past.Camera{}, engine: "SQLite", dispose: func() {},
	}
	data, err := os.MkdirTemp(b.folder, "past-")
	if err != nil {
		return nil, err
	}
	o := station.ServerOptions{Data: data}
	drop := func() {}
	if b.postgres != "" {
		a.engine = "PostgreSQL"
		if o.Database, drop, err = newDatabase(ctx, b.postgres); err != nil {
			return nil, err
		}
	}
	a.dispose = func() {
		if a.Server != nil {
			a.Stop()
		}
		drop()
		if !b.keep {
			os.RemoveAll(data)
		}
	}
	defer func() {
		if err != nil {
			a.dispose()
		}
	}()
	if a.Server, err = station.StartServer(ctx, b.binary, o); err != nil {
		return nil, err
	}
	if err := a.Operator(ctx, guard); err != nil {
		return nil, err
	}
	for i := range cameras {
		// Nothing listens on port 1; nothing new is recorded either.
		id, err := a.AddCamera(ctx, station.NewCamera{Name: fmt.Sprintf("Camera %d", i+1), Main: station.NewStream{URL: "rtsp://127.0.0.1:1/main"}})
		if err != nil {
			return nil, err
		}
		if err := a.SwitchOff(ctx, id); err != nil {
			return nil, err
		}
		a.cameras = append(a.cameras, id)
	}
	if err := a.Stop(); err != nil {
		return nil, err
	}
	if err := b.fill(ctx, a, o, codecs); err != nil {
		return nil, err
	}
	if a.Server, err = station.StartServer(ctx, b.binary, o); err != nil {
		return nil, err
	}
	if a.operator, err = a.SignIn(ctx, guard); err != nil {
		return nil, err
	}
	// Taking the journals in is the work of the first start after a loss, not of
	// any later one.
	for _, id := range a.played {
		q := url.Values{"camera": {id}, "from": {a.plan.From.Format(time.RFC3339)}, "to": {a.plan.To().Format(time.RFC3339)}}
		if _, err := read(ctx, a.operator, a.URL+"/api/v1/timeline?"+q.Encode()); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (b *bench) fill(ctx context.Context, a *archived, o station.ServerOptions, codecs []media.Codec) error {
	begun := time.Now()
	recordings := filepath.Join(o.Data, "recordings")
	if err := empty(recordings); err != nil { // of the journals of the cameras' first second
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: o.Database, Path: filepath.Join(o.Data, "watchroom.db")})
	if err != nil {
		return err
	}
	if err := past.Clear(ctx, d); err != nil {
		return errors.Join(err, d.Close())
	}
	like := recordingLike()
	for i, id := range a.cameras {
		if i >= len(codecs) {
			c := a.plan.Of(i, id, like)
			if err := past.Fill(ctx, d, id, c, nil); err != nil {
				return errors.Join(err, d.Close())
			}
		}
	}
	if err := d.Close(); err != nil {
		return err
	}
	for i, codec := range codecs {
		file, err := clip.Make(ctx, b.cache, clip.FullHD(codec))
		if err != nil {
			return err
		}
		sample, of, err := past.Sample(ctx, file, filepath.Join(o.Data, "sample-"+string(codec)), segment, 0)
		if err != nil {
			return err
		}
		id := a.cameras[i]
		a.plans[id] = a.plan.Of(i, id, of)
		if _, err := past.Keep(recordings, sample, of, a.plans[id], nil, 0); err != nil {
			return err
		}
		a.played = append(a.played, id)
	}
	b.Say("%d days of %d cameras were planted in %s in %v", days, len(a.cameras), a.engine, time.Since(begun).Round(time.Second))
	return nil
}

// empty removes what cameras have below a recording folder; the marker of the disk stays.
func empty(recordings string) error {
	entries, err := os.ReadDir(recordings)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(recordings, e.Name())))
		}
	}
	return err
}

// recordingLike is what the row of a usual segment holds.
func recordingLike() journal.Segment {
	return journal.Segment{Bytes: 150 << 20, Parts: 450, Frames: 7500, Root: fmt.Sprintf("%064x", 1), Codec: "h264", MIME: "avc1.640028", Width: 1920, Height: 1080}
}

func (b *bench) timeline(ctx context.Context) error {
	a, err := b.planted(ctx)
	if err != nil {
		return err
	}
	cameras := len(a.cameras)
	requests := 50
	if b.short {
		requests = 15
	}
	// The level of detail that the application asks for when 90 days fill a screen of 1,500 pixels.
	const screen = "1638400"
	for _, c := range []struct {
		cameras    int
		resolution string
		about      string
		target     float64
	}{{1, "0", "every span", 10}, {cameras, "0", "every span", 100}, {1, screen, "as drawn", 0}, {cameras, screen, "as drawn", 0}} {
		q := url.Values{"camera": a.cameras[:c.cameras], "resolution": {c.resolution},
			"from": {a.plan.From.Format(time.RFC3339)}, "to": {a.plan.To().Format(time.RFC3339)}}
		name := fmt.Sprintf("timeline of %d days, %d cameras, %s, %s", days, c.cameras, c.about, a.engine)
		if c.cameras == 1 {
			name = fmt.Sprintf("timeline of %d days, 1 camera, %s, %s", days, c.about, a.engine)
		}
		if err := b.ask(ctx, a.Server, a.operator, name, "/api/v1/timeline?"+q.Encode(), requests, c.target); err != nil {
			return err
		}
	}
	return nil
}

// ask measures how long an answer takes, whole, over and over.
func (b *bench) ask(ctx context.Context, s *station.Server, who *http.Client, name, path string, requests int, target float64) error {
	const first = 3 // statements are prepared and pages read once
	var times []float64
	size, before := 0, time.Duration(0)
	for i := range requests + first {
		var err error
		if i == first {
			if before, err = procfs.CPU(s.PID); err != nil {
				return err
			}
		}
		begun := time.Now()
		if size, err = read(ctx, who, s.URL+path); err != nil {
			return err
		}
		if i >= first {
			times = append(times, ms(time.Since(begun)))
		}
	}
	after, err := procfs.CPU(s.PID)
	if err != nil {
		return err
	}
	load, err := procfs.Load()
	if err != nil {
		return err
	}
	note := fmt.Sprintf("median of %d requests, the whole answer; p95 %.1f; processor time of the server %.1f ms; %d KiB of JSON; load average %.1f",
		requests, report.Quantile(times, 0.95), ms(after-before)/float64(requests), size>>10, load)
	if target > 0 {
		b.results.Aim(name, report.Median(times), "ms", target, note)
	} else {
		b.results.Add(name, report.Median(times), "ms", note)
	}
	return nil
}

// read gets an answer whole and gives its size.
func read(ctx context.Context, c *http.Client, address string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", r.URL.Path, answer.Status)
	}
	return int(n), err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (b *bench) playback(ctx context.Context) error {
	a, err := b.planted(ctx)
	if err != nil {
		return err
	}
	var viewing struct {
		ID string `json:"id"`
	}
	err = a.Call(ctx, a.operator, http.MethodPost, "/api/v1/viewings", map[string]any{"cameras": a.played, "purpose": "inspection",
		"from": a.plan.From, "to": a.plan.To(), "reason": "Measurement of playback"}, &viewing)
	if err != nil {
		return err
	}
	requests := 200
	if b.short {
		requests = 50
	}
	random := rand.New(rand.NewPCG(7, 7))
	for _, cold := range []bool{false, true} {
		var first, picture []float64
		for i := range requests + 5 {
			id := a.played[i%len(a.played)]
			segments := a.plans[id].Segments
			s := &segments[random.IntN(len(segments))]
			from := s.StartAt + random.Int64N(s.EndAt-s.StartAt-2e6)
			if cold {
				if err := forget(filepath.Join(a.Data, "recordings", s.File)); err != nil {
					return err
				}
			}
			f, p, err := a.play(ctx, viewing.ID, id, from)
			if err != nil {
				return err
			}
			if i >= 5 {
				first, picture = append(first, ms(f)), append(picture, ms(p))
			}
		}
		load, err := procfs.Load()
		if err != nil {
			return err
		}
		note := fmt.Sprintf("p95 of %d requests; median %.1f; two seconds whole: median %.1f, p95 %.1f; load average %.1f", requests,
			report.Median(first), report.Median(picture), report.Quantile(picture, 0.95), load)
		name := "first byte of playback at a random instant of 90 days, p95, " + a.engine
		if cold {
			b.results.Aim(name+", file not in memory", report.Quantile(first, 0.95), "ms", 20, note)
		} else {
			b.results.Aim(name, report.Quantile(first, 0.95), "ms", 20, note)
		}
	}
	return nil
}

// play asks for two seconds of footage, as a player that seeks does, and gives the
// time to the first byte of the answer's body and to its last.
func (a *archived) play(ctx context.Context, viewing, camera string, from int64) (first, last time.Duration, err error) {
	stamp := func(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339Nano) }
	q := url.Values{"from": {stamp(from)}, "to": {stamp(from + 2e6)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("%s/api/v1/viewings/%s/cameras/%s/stream.mp4?%s", a.URL, viewing, camera, q.Encode()), nil)
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	answer, err := a.operator.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("playback at %s: %s", stamp(from), answer.Status)
	}
	var one [1]byte
	if _, err := io.ReadFull(answer.Body, one[:]); err != nil {
		return 0, 0, err
	}
	first = time.Since(begun)
	_, err = io.Copy(io.Discard, answer.Body)
	return first, time.Since(begun), err
}

// forget drops a file's pages from memory.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
