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
	"strings"
	"syscall"
	"time"
)

// Process is a running command of the program.
type Process struct {
	PID int

	folder string
	proc   *os.Process
	log    tail
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
	file := filepath.Join(folder, readyFile)
	p := &Process{folder: folder, log: tail{filepath.Join(folder, "log")}, done: make(chan struct{})}
	log, err := os.Create(p.log.path)
	if err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, append(args, "--ready-file", file)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own: an interrupt of the terminal reaches it through Stop. Should
	// this process die without a word, it ends too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	p.PID, p.proc = cmd.Process.Pid, cmd.Process
	go func() {
		p.err = cmd.Wait()
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

// readyFile is what a process writes into its folder when everything runs.
const readyFile = "ready.json"

// adopt follows a process that another one has started in its place. How it ends is
// not known to anybody but its parent.
func adopt(pid int, old *Process) (*Process, error) {
	proc, err := os.FindProcess(pid)
	if err != nil {
		return nil, err
	}
	p := &Process{PID: pid, proc: proc, folder: old.folder, log: old.log, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		for range look.C {
			if !running(pid) {
				return
			}
		}
	}()
	return p, nil
}

func running(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The state stands behind the name in brackets; a zombie has ended, and nobody asks.
	_, state, ok := strings.Cut(string(b), ") ")
	return err == nil && ok && !strings.HasPrefix(state, "Z")
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
	if err := p.proc.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	late := time.NewTimer(stopLimit)
	defer late.Stop()
	select {
	case <-p.done:
		return p.ended()
	case <-late.C:
		err := p.proc.Kill()
		<-p.done
		return errors.Join(fmt.Errorf("process %d did not stop within %v and was killed\n%s", p.PID, stopLimit, p.log), err)
	}
}

// Kill ends the process without a word, as a crash does, and waits.
func (p *Process) Kill() error {
	defer os.RemoveAll(p.folder)
	err := p.proc.Kill()
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
func command(ctx context.Context, binary string, env []string, input string, args ...string) error {
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = append(os.Environ(), env...)
	c.Stdin = bytes.NewReader([]byte(input))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("watchroom %v: %w\n%s", args[:min(2, len(args))], err, out)
	}
	return nil
}

// Interrupted runs a command of the program, which prints to out, and tells whether it came
// to its end, whatever its status. After so long (0: never) it is interrupted.
func Interrupted(ctx context.Context, binary string, after time.Duration, out io.Writer, args ...string) (ended bool, err error) {
	whole := ctx
	if after > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, after)
		defer cancel()
	}
	c := exec.CommandContext(ctx, binary, args...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGINT) }
	c.WaitDelay = stopLimit
	var wrong bytes.Buffer
	said := &counting{to: out}
	c.Stdout, c.Stderr = said, &wrong
	err = c.Run()
	var status *exec.ExitError
	switch {
	case whole.Err() != nil:
		return false, whole.Err()
	case ctx.Err() != nil:
		return false, nil
	case errors.As(err, &status) && said.n > 0:
		return true, nil
	case err != nil:
		return false, fmt.Errorf("watchroom %v: %w\n%s", args[:min(2, len(args))], err, wrong.Bytes())
	}
	return true, nil
}

type counting struct {
	to io.Writer
	n  int
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += n
	return n, err
}

// tail is what a process says: a file, so that what it starts in its place goes on
// writing there.
type tail struct{ path string }

const tailSize = 8 << 10

// String is the end of it.
func (t tail) String() string {
	b, err := os.ReadFile(t.path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-tailSize):])
}

// Log is what the process, and those before it in whose place it runs, have said so
// far. It is gone when the process has ended.
func (p *Process) Log() ([]byte, error) { return os.ReadFile(p.log.path) }

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
