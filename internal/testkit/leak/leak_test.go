package leak

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWaitSeesAGoroutine(t *testing.T) {
	running, open := goroutines(), descriptors()
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() { <-stop; close(ended) }()
	left := wait(running, open, 20*time.Millisecond)
	if len(left) != 1 || !strings.Contains(left[0], "TestWaitSeesAGoroutine") {
		t.Errorf("left = %q, want the one goroutine of this test", left)
	}
	close(stop)
	<-ended
	if left := wait(running, open, Patience); len(left) != 0 {
		t.Errorf("after its end: %q", left)
	}
}

func TestWaitSeesFilesAndSockets(t *testing.T) {
	running, open := goroutines(), descriptors()
	f, err := os.Create(filepath.Join(t.TempDir(), "kept"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	left := strings.Join(wait(running, open, 20*time.Millisecond), "\n")
	if !strings.Contains(left, "kept") || !strings.Contains(left, "socket:") {
		t.Errorf("left = %q, want the file and the socket", left)
	}
	f.Close()
	l.Close()
	if left := wait(running, open, Patience); len(left) != 0 {
		t.Errorf("after closing: %q", left)
	}
}

func TestSharedFilesDoNotCount(t *testing.T) {
	running, open := goroutines(), descriptors()
	f, err := os.Create(filepath.Join(t.TempDir(), Shared+"database"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if left := wait(running, open, 20*time.Millisecond); len(left) != 0 {
		t.Errorf("left = %q, want nothing", left)
	}
}

func TestCheckPassesWhenAllIsClosed(t *testing.T) {
	Check(t)
	stop := make(chan struct{})
	go func() { <-stop }()
	t.Cleanup(func() { close(stop) })
}
