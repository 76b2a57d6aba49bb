package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("WATCHROOM_TEST_AS") == "program" {
		main()
	}
	os.Exit(m.Run())
}

// TestTheServerOutlivesWhoReadsItsLog: standard error is a pipe whose reader has
// gone, which by default ends a process at its next line.
func TestTheServerOutlivesWhoReadsItsLog(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ready")
	program := exec.Command(self, "serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--config", settingsFile(t), "--ready-file", file)
	program.Env = append(os.Environ(), "WATCHROOM_TEST_AS=program", "WATCHROOM_LOG_LEVEL=debug")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	program.Stderr = w
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	r.Close()
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	var ready struct{ URL string }
	for ready.URL == "" {
		select {
		case err := <-ended:
			t.Fatalf("the server ended: %v", err)
		case <-poll.C:
			if b, err := os.ReadFile(file); err == nil {
				if err := json.Unmarshal(b, &ready); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for range 20 { // each is a line of the log
		answer, err := http.Get(ready.URL + "/api/v1/session")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := program.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}
