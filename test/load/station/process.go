// Package station starts the program to be measured, and simulated cameras beside
// it in a process of their own, and stops both by their process ids.
package station

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Process is a running command of the program.
type Process struct {
	PID int

	cmd    *exec.Cmd
	folder string
	log    *tail
	done   chan struct{} // closed when it has ended
	err    error         // how; valid once done is closed
}

const (
	startLimit = 2 * time.Minute // a catalogue of millions of rows is opened within
	stopLimit  = time.Minute
)

// run starts a command with --ready-file and decodes what that says into ready.
func run(ctx context.Context, binary string, args, env []string, ready any) (*Process, error) {
	folder, err := os.MkdirTemp("", "watchroom-bench-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "ready.json")
	p := &Process{folder: folder, log: &tail{}, done: make(chan struct{})}
	p.cmd = exec.Command(binary, append(args, "--ready-file", file)...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	// A group of its own: an interrupt of the terminal reaches it through Stop. Should
	// this process die without a word, it ends too.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := p.cmd.Start(); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	p.PID = p.cmd.Process.Pid
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	if err := p.await(ctx, file, ready); err != nil {
		return nil, errors.Join(fmt.Errorf("watchroom %s: %w", args[0], err), p.Stop())
	}
	return p, nil
}

func (p *Process) await(ctx context.Context, file string, ready any) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		b, err := os.ReadFile(file) // appears whole
		if err == nil {
			return json.Unmarshal(b, ready)
		}
		select {
		case <-look.C:
		case <-p.done:
			return fmt.Errorf("it ended: %v\n%s", p.err, p.log)
		case <-ctx.Done():
			return fmt.Errorf("it is not ready: %w\n%s", ctx.Err(), p.log)
		}
	}
}

// Stop asks the process to end, kills it if it does not, and waits. Stopping twice
// does no harm.
func (p *Process) Stop() error {
	defer os.RemoveAll(p.folder)
	select {
	case <-p.done:
		return p.ended()
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	late := time.NewTimer(stopLimit)
	defer late.Stop()
	select {
	case <-p.done:
		return p.ended()
	case <-late.C:
		err := p.cmd.Process.Kill()
		<-p.done
		return errors.Join(fmt.Errorf("process %d did not stop within %v and was killed\n%s", p.PID, stopLimit, p.log), err)
	}
}

// Kill ends the process without a word, as a crash does, and waits.
func (p *Process) Kill() error {
	defer os.RemoveAll(p.folder)
	err := p.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = fmt.Errorf("process %d ended before it was killed\n%s", p.PID, p.log)
	}
	<-p.done
	return err
}

func (p *Process) ended() error {
	if p.err != nil {
		return fmt.Errorf("process %d: %w\n%s", p.PID, p.err, p.log)
	}
	return nil
}

// command runs a command of the program to its end.
func command(ctx context.Context, binary, input string, args ...string) error {
	c := exec.CommandContext(ctx, binary, args...)
	c.Stdin = bytes.NewReader([]byte(input))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("watchroom %v: %w\n%s", args[:min(2, len(args))], err, out)
	}
	return nil
}

// tail keeps the end of what a process says.
type tail struct {
	mu sync.Mutex // guards b; the process's output comes from another goroutine
	b  []byte
}

const tailSize = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - tailSize; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// Copy makes a second file of a program. Two processes of one file share its pages,
// and the proportional size of each would then tell only half of them.
func Copy(binary, to string) error {
	in, err := os.Open(binary)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Version asks a program for its version; empty if it tells none.
func Version(binary string) string {
	out, err := exec.Command(binary, "version").Output()
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(out))
}
