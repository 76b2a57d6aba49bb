package app_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"watchroom/internal/app"
	"watchroom/internal/testkit/leak"
)

// TestListeningInTheClearIsSaid: passwords that pass a network in the clear are the
// administrator's decision, not ours.
func TestListeningInTheClearIsSaid(t *testing.T) {
	leak.Check(t)
	for listen, want := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": true} {
		var log bytes.Buffer
		c := settings(t, filepath.Join(t.TempDir(), "data"))
		c.Listen = listen
		a := &app.App{Config: c, Web: fstest.MapFS{}, Log: slog.New(slog.NewTextHandler(&log, nil))}
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.Close()
		if got := strings.Contains(log.String(), "without TLS"); got != want {
			t.Errorf("%s: warned %v\n%s", listen, got, log.String())
		}
	}
}
