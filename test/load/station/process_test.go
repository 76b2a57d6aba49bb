package station

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script writes a shell script that stands for the program. $ready is its ready file.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	text := "#!/bin/sh\nfor ready; do :; done\ntell() { echo \"$1\" >\"$ready.new\"; mv \"$ready.new\" \"$ready\"; }\n" + body
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestProcessRunsFromReadyToStop(t *testing.T) {
	path := script(t, `trap 'exit 0' TERM; tell "{\"url\":\"http://$NAME\"}"; while :; do sleep 0.01; done`)
	var ready struct{ URL string }
	p, err := run(t.Context(), path, []string{"serve"}, []string{"NAME=here"}, &ready)
	if err != nil {
		t.Fatal(err)
	}
	if ready.URL != "http://here" || !alive(p.PID) {
		t.Errorf("ready says %q", ready.URL)
	}
	for range 2 {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
	if alive(p.PID) {
		t.Error("it runs on")
	}
	if _, err := os.Stat(p.folder); !os.IsNotExist(err) {
		t.Errorf("its folder is left: %v", err)
	}
}

func TestKilledProcessIsGone(t *testing.T) {
	path := script(t, `trap '' TERM; tell '{}'; while :; do sleep 0.01; done`)
	p, err := run(t.Context(), path, []string{"serve"}, nil, &struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil || alive(p.PID) {
		t.Errorf("%v; it runs on: %v", err, alive(p.PID))
	}
	if err := p.Kill(); err == nil {
		t.Error("killing it again says nothing")
	}
}

func TestProcessThatCannotStartSaysWhy(t *testing.T) {
	_, err := run(t.Context(), script(t, "echo the folder is taken >&2; exit 3"), []string{"serve"}, nil, &struct{}{})
	if err == nil || !strings.Contains(err.Error(), "the folder is taken") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("the error is %v", err)
	}
	if _, err := run(t.Context(), filepath.Join(t.TempDir(), "none"), []string{"serve"}, nil, &struct{}{}); !os.IsNotExist(err) {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestProcessThatNeverGetsReadyIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pid := filepath.Join(t.TempDir(), "pid")
	_, err := run(ctx, script(t, "echo $$ >"+pid+"; exec sleep 600"), []string{"serve"}, nil, &struct{}{})
	if err == nil {
		t.Fatal("it was taken for ready")
	}
	b, err := os.ReadFile(pid)
	if said := strings.TrimSpace(string(b)); err == nil && said != "" { // or it was stopped before it could say
		if _, err := os.Stat("/proc/" + said); err == nil {
			t.Error("it runs on")
		}
	}
}

func TestInterrupted(t *testing.T) {
	for body, want := range map[string]string{"echo done": "done\n", "echo found; exit 1": "found\n"} {
		var got strings.Builder
		if ended, err := Interrupted(t.Context(), script(t, body), 0, &got); err != nil || !ended || got.String() != want {
			t.Errorf("%q: %q, %v, %v", body, got.String(), ended, err)
		}
	}
	if ended, err := Interrupted(t.Context(), script(t, "echo broken >&2; exit 1"), 0, io.Discard); err == nil || ended || !strings.Contains(err.Error(), "broken") {
		t.Errorf("%v, %v", ended, err)
	}
	// One that ends well when it is asked to, and prints nothing that counts.
	if ended, err := Interrupted(t.Context(), script(t, "trap 'exit 0' INT; echo half; while :; do sleep 0.01; done"), 100*time.Millisecond, io.Discard); err != nil || ended {
		t.Errorf("%v, %v", ended, err)
	}
}

func TestCommand(t *testing.T) {
	path := script(t, `read -r line; [ "$line" = secret ] || { echo "got $line"; exit 1; }`)
	if err := command(t.Context(), path, nil, "secret\n", "user", "create"); err != nil {
		t.Error(err)
	}
	if err := command(t.Context(), path, nil, "other\n", "user", "create"); err == nil || !strings.Contains(err.Error(), "got other") {
		t.Errorf("the error is %v", err)
	}
}

func TestCopyIsAnotherFile(t *testing.T) {
	from, to := script(t, "echo 1.2"), filepath.Join(t.TempDir(), "copy")
	if err := Copy(from, to); err != nil {
		t.Fatal(err)
	}
	if got := Version(to); got != "1.2" {
		t.Errorf("the copy says %q", got)
	}
	a, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.Stat(to); err != nil || os.SameFile(a, b) {
		t.Errorf("the same file (%v)", err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	log := tail{filepath.Join(t.TempDir(), "log")}
	if err := os.WriteFile(log.path, []byte(strings.Repeat("x", 2*tailSize)+"the end"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := log.String(); len(s) != tailSize || !strings.HasSuffix(s, "the end") {
		t.Errorf("%d bytes, ending in %q", len(s), s[max(0, len(s)-10):])
	}
}
