package app

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/config"
	"watchroom/internal/recording/space"
	"watchroom/internal/testkit/leak"
)

func small(t *testing.T, data string, free int64) *App {
	t.Helper()
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	c.Live.UDPPort, c.Live.TCPPort = 0, 0
	c.Recording.StopSpace = 64 << 20
	return &App{Config: c, Web: fstest.MapFS{}, free: func(path string) (int64, string, error) {
		_, device, err := folder.Room(path)
		return free, device, err
	}}
}

// TestANearlyFullDisk at the start: a new recorder says how much is free and how much
// it needs, and writes nothing; one with recordings serves them.
func TestANearlyFullDisk(t *testing.T) {
	leak.Check(t)
	parent := t.TempDir()
	data := filepath.Join(parent, "deep", "data")
	for free, want := range map[int64]string{
		40 << 20: "40 MiB are free on its disk, and below 64 MiB (recording.stop_space) nothing is recorded",
	} {
		err := small(t, data, free).Start(t.Context())
		if !errors.Is(err, records.ErrNoRoom) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), data) {
			t.Errorf("%d bytes free: %v", free, err)
		}
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	a := small(t, data, 1<<40)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if err := small(t, data, 0).Start(t.Context()); !errors.Is(err, records.ErrNoRoom) || !strings.Contains(err.Error(), "0 B are free on it, and 1 MiB are needed to open what is there") {
		t.Errorf("on a full disk: %v", err)
	}
	// Too little to record, enough to play.
	a = small(t, data, 4<<20)
	a.Config.Recording.StopSpace = 1 << 60
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	answer, err := http.Get(a.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(got), string(space.Full)) {
		t.Errorf("readyz: %s, %v", got, err)
	}
}

// TestAPortThatIsTakenLeavesNothingBehind: the next start still knows that it is the first.
func TestAPortThatIsTakenLeavesNothingBehind(t *testing.T) {
	leak.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	parent := t.TempDir()
	a := small(t, filepath.Join(parent, "new", "data"), 1<<40)
	a.Config.Listen = l.Addr().String()
	a.Config.Recording.Folder = filepath.Join(parent, "footage")
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "holds the address") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// What was there stays.
	if err := os.MkdirAll(a.Config.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.Config.Data, "note"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil {
		t.Error("it started")
	}
	if left, err := os.ReadDir(a.Config.Data); err != nil || len(left) != 1 {
		t.Errorf("left in a folder that was there: %v, %v", left, err)
	}
}
