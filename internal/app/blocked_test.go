package app_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"watchroom/internal/app"
	"watchroom/internal/app/spill"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestABlockedLogStopsNothing: whoever reads the log hangs, its pipe is full, and
// cameras begin to be recorded and end in good order all the same.
func TestABlockedLogStopsNothing(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	logs := &spill.Logs{To: w}
	defer w.Close()
	defer r.Close() // the reader goes: what hangs in the pipe fails
	logs.Start()
	defer logs.Close()
	for range 1 << 10 { // more than a pipe holds
		fmt.Fprintln(logs, strings.Repeat("x", 200))
	}
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	s := cameras(t, 1)
	a := &app.App{Config: c, Web: fstest.MapFS{}, Log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	gate := add(t, a, s, 1, "Gate")
	until(t, "pictures on disk", func() bool { return recorded(c.Data, gate.ID, 10_000) })
	a.Close()
	if open, _ := filepath.Glob(filepath.Join(c.Data, "recordings", gate.ID, "*", "*.part")); len(open) != 0 {
		t.Errorf("left open: %q", open)
	}
}
