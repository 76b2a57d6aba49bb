package app_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/archive"
	"watchroom/internal/camera"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

func settings(t *testing.T, data string) *config.Config {
	t.Helper()
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	c.Live.UDPPort, c.Live.TCPPort = 0, 0
	c.Recording.StopSpace = 64 << 20
	return c
}

func begin(t *testing.T, c *config.Config) *app.App {
	t.Helper()
	a := &app.App{Config: c, Web: fstest.MapFS{}}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func cameras(t *testing.T, n int) *sim.Sim {
	t.Helper()
	list := make([]sim.Camera, n)
	for i := range list {
		list[i] = sim.Camera{Tiny: true, NoSub: true}
	}
	s, err := sim.New(sim.Options{Cameras: list})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

var until = await.Until

// recorded tells whether pictures of a camera stand on disk beyond the first n bytes.
func recorded(data, camera string, n int64) bool {
	var sum int64
	files, _ := filepath.Glob(filepath.Join(data, "recordings", camera, "*", "*.mp4*")) // the pattern is sound
	for _, f := range files {
		if st, err := os.Stat(f); err == nil {
			sum += st.Size()
		}
	}
	return sum > n
}

func add(t *testing.T, a *app.App, s *sim.Sim, n int, name string) camera.Camera {
	t.Helper()
	url := s.URL(n, media.Main)
	c, err := a.Registry.Create(t.Context(), access.CommandLine(), camera.New{Name: name, Main: camera.StreamInput{URL: &url}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRecordsAcrossARestart(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	data := filepath.Join(t.TempDir(), "data")
	s := cameras(t, 1)
	a := begin(t, settings(t, data))
	c := add(t, a, s, 1, "门口 Gate")
	until(t, "pictures on disk", func() bool { return recorded(data, c.ID, 20_000) })
	a.Close()
	if open, _ := filepath.Glob(filepath.Join(data, "recordings", c.ID, "*", "*.part")); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
	var before int64
	for _, f := range glob(t, filepath.Join(data, "recordings", c.ID, "*", "*.mp4")) {
		before += f
	}

	a = begin(t, settings(t, data))
	until(t, "more pictures on disk", func() bool { return recorded(data, c.ID, before+20_000) })
	a.Close()
	a = begin(t, settings(t, data))
	defer a.Close()
	d, err := records.Open(t.Context(), settings(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cat := &archive.Catalogue{DB: d, Root: filepath.Join(data, "recordings")}
	if err := cat.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer cat.Close()
	now := time.Now().UnixMicro()
	lanes, err := cat.Timeline(t.Context(), []string{c.ID}, now-600e6, now, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range lanes[0].Spans {
		kinds = append(kinds, string(s.Kind)+" "+string(s.Cause))
	}
	if got := strings.Join(kinds, ", "); !strings.Contains(got, "recorded , gap recorder_stopped, recorded ") {
		t.Errorf("coverage: %s", got)
	}
}

func glob(t *testing.T, pattern string) []int64 {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, st.Size())
	}
	return sizes
}

// TestRecordsBeforeTheDatabaseAnswers: the cameras of the sealed copy are recorded
// while a PostgreSQL that does not answer is waited for.
func TestRecordsBeforeTheDatabaseAnswers(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	data := filepath.Join(t.TempDir(), "data")
	s := cameras(t, 1)
	a := begin(t, settings(t, data))
	c := add(t, a, s, 1, "Gate")
	until(t, "pictures on disk", func() bool { return recorded(data, c.ID, 20_000) })
	a.Close()
	var before int64
	for _, f := range glob(t, filepath.Join(data, "recordings", c.ID, "*", "*.mp4")) {
		before += f
	}

	// A port that nobody listens on.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cfg := settings(t, data)
	cfg.Database.URL = "postgres://nobody@" + address + "/none?sslmode=disable"
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	waiting := &app.App{Config: cfg, Web: fstest.MapFS{}}
	go func() { failed <- waiting.Start(ctx) }()
	until(t, "pictures on disk without a database", func() bool { return recorded(data, c.ID, before+20_000) })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) && !db.IsAway(err) {
		t.Errorf("Start: %v", err)
	}
	if open, _ := filepath.Glob(filepath.Join(data, "recordings", c.ID, "*", "*.part")); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
}

func TestOneProcessAFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	f, err := folder.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(data); !errors.Is(err, folder.ErrTaken) {
		t.Errorf("a second process: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f, err = folder.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsOfTheCopyAreSealed(t *testing.T) {
	leak.Check(t)
	data := filepath.Join(t.TempDir(), "data")
	a := begin(t, settings(t, data))
	url := "rtsp://viewer:hush-hush-42@127.0.0.1:9/none"
	if _, err := a.Registry.Create(t.Context(), access.CommandLine(), camera.New{Name: "x", Main: camera.StreamInput{URL: &url}}); err != nil {
		t.Fatal(err)
	}
	until(t, "the copy", func() bool {
		st, err := os.Stat(filepath.Join(data, "cameras.sealed"))
		return err == nil && st.Size() > 100
	})
	a.Close()
	err := filepath.WalkDir(data, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if strings.Contains(string(b), "hush-hush-42") {
			t.Errorf("%s holds the password in the clear", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
