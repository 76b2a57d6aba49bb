package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"watchroom/internal/app"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// hanging takes lines only while nobody holds it.
type hanging struct {
	held chan struct{} // full while somebody does
	bytes.Buffer
}

func newHanging() *hanging { return &hanging{held: make(chan struct{}, 1)} }
func (h *hanging) hold()   { h.held <- struct{}{} }
func (h *hanging) letGo()  { <-h.held }
func (h *hanging) Write(p []byte) (int, error) {
	h.hold()
	defer h.letGo()
	return h.Buffer.Write(p)
}

func TestLogsAreOrderedAndWholeWhenTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &app.Logs{To: to}
		l.Start()
		var want strings.Builder
		for i := range 1000 {
			line := fmt.Sprintf("line %d\n", i)
			want.WriteString(line)
			if n, err := l.Write([]byte(line)); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		l.Close()
		if to.String() != want.String() {
			t.Errorf("%d bytes, want %d", to.Len(), want.Len())
		}
		fmt.Fprintln(l, "after the end")
	})
}

func TestLogsCountWhatNobodyTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &app.Logs{To: to, Room: 100}
		l.Start()
		to.hold()
		for i := range 50 {
			fmt.Fprintf(l, "line %02d\n", i) // 8 bytes each
		}
		to.letGo()
		synctest.Wait()
		fmt.Fprintln(l, "taken again")
		l.Close()
		got := to.String()
		if !strings.HasPrefix(got, "line 00\n") || !strings.Contains(got, "lines=38\n") || !strings.HasSuffix(got, "taken again\n") {
			t.Errorf("%s", got)
		}
	})
}

func TestClosingLogsDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := newHanging()
		l := &app.Logs{To: to}
		l.Start()
		to.hold()
		fmt.Fprintln(l, "nobody takes this")
		l.Close()
		to.letGo()
	})
}

// TestABlockedLogStopsNothing: whoever reads the log hangs, its pipe is full, and
// cameras begin to be recorded and end in good order all the same.
func TestABlockedLogStopsNothing(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	logs := &app.Logs{To: w}
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
