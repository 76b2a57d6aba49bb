package station

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/app/succession"
	"watchroom/test/program"
)

// Exchange is an upgrade that goes on while its processes may be ended.
type Exchange struct {
	Old int // process
	// New is told once the new process was started, and closed when the command has
	// ended.
	New    chan int
	Ending chan struct{} // closed when the new process records and the old one begins to end

	server *Server
	fresh  atomic.Int64  // the new process, 0 until it was started
	struck int           // the process that End has ended, 0 for none
	done   chan struct{} // closed when the command has ended
	cmd    *exec.Cmd
}

// BeginUpgrade is Upgrade without waiting. Settle must follow.
func (s *Server) BeginUpgrade(binary string) (*Exchange, error) {
	x := &Exchange{Old: s.PID, New: make(chan int, 1), Ending: make(chan struct{}), server: s, done: make(chan struct{})}
	x.cmd = exec.Command(binary, "upgrade", "--data", s.Data)
	out, err := x.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := x.cmd.Start(); err != nil {
		return nil, err
	}
	go x.follow(out)
	return x, nil
}

func (x *Exchange) follow(out io.Reader) {
	defer close(x.done)
	defer close(x.New)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var pid int
		switch {
		case scan(lines.Text(), "process %d was started", &pid):
			x.fresh.Store(int64(pid))
			x.New <- pid
		case scan(lines.Text(), "process %d records", &pid):
			close(x.Ending)
		}
	}
	_ = x.cmd.Wait() // where a process was ended, it fails
}

func scan(line, format string, into *int) bool {
	_, err := fmt.Sscanf(line, format, into)
	return err == nil
}

// Done is closed when the command has ended.
func (x *Exchange) Done() <-chan struct{} { return x.done }

// Settle waits until what was begun and done to it is over. The server is then the
// process that serves; alive tells whether there is one. Two that live on are an error.
func (x *Exchange) Settle(ctx context.Context) (alive bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("an exchange did not come to an end within %v", patience))
	defer cancel()
	s := x.server
	defer func() {
		if err != nil {
			err = errors.Join(err, fmt.Errorf("%s", s.log))
		}
	}()
	defer func() {
		_ = x.cmd.Process.Kill() // it has ended, or waits in vain
		<-x.done
	}()
	for {
		pid, _, serving, err := succession.Who(s.Data)
		serving = serving && err == nil
		switch {
		case s.gone() && serving && pid != s.PID && pid != x.struck:
			s.Process, err = adopt(pid, s.Process)
			return true, err
		case s.gone() && free(filepath.Join(s.Data, "lock")):
			return false, nil
		case serving && pid == s.PID && pid != x.struck && x.over():
			return true, nil
		}
		if program.Wait(ctx, 20*time.Millisecond) != nil {
			return false, context.Cause(ctx)
		}
	}
}

// over tells whether the new process has ended, or never began.
func (x *Exchange) over() bool {
	if pid := int(x.fresh.Load()); pid != 0 {
		return !running(pid)
	}
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// free tells whether no process holds a lock.
func free(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() // lets go of it
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// End ends a process with a signal. One that has ended already is none. Settle waits for
// that end: one that was asked to may serve for a while longer.
func (x *Exchange) End(pid int, with syscall.Signal) error {
	x.struck = pid
	if err := syscall.Kill(pid, with); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

func (p *Process) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
