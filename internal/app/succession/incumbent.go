package succession

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Incumbent is the process that serves a data folder, as a successor meets it.
type Incumbent struct {
	Folder  string // the data folder; held by this process
	Version string // of the program
	Log     *slog.Logger
	// Hold lists what is passed on, and the cameras that are recorded.
	Hold func() (list []Held, live []string)
	// Spawn prepares the command that starts a successor: its program, with the
	// arguments and the environment of this process and the announcement. nil where
	// that cannot be done.
	Spawn func(binary string) *exec.Cmd
	// HandOver ends this process in good order: taken are the cameras that the successor
	// records. It is called once, and must return at once.
	HandOver func(taken []string)
	// Patience is how long a successor may take until it is ready; 0 means 2 min.
	Patience time.Duration

	mu      sync.Mutex // guards all below
	serving bool
	more    []Held         // beside those of Hold
	busy    bool           // a successor is being started, or has announced itself
	over    bool           // one has said that it is ready
	conns   map[*line]bool // all that are open
	closed  bool

	asker *line // who asked for the upgrade that goes on

	ready    chan struct{} // closed when over is set
	ending   chan struct{} // closed by Close
	listener *net.UnixListener
	done     sync.WaitGroup
	last     *line // of the successor, held open to the end
	spoken   int   // by the last, version of the protocol
}

// Start begins to listen.
func (x *Incumbent) Start(context.Context) error {
	if x.Patience <= 0 {
		x.Patience = 2 * time.Minute
	}
	x.conns, x.ready, x.ending = map[*line]bool{}, make(chan struct{}), make(chan struct{})
	// A process that was killed leaves its socket behind. Who holds the folder may
	// remove it.
	if err := os.Remove(filepath.Join(x.Folder, Socket)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := at(x.Folder, func(a *net.UnixAddr) (err error) {
		x.listener, err = net.ListenUnix("unix", a)
		return err
	})
	if err != nil {
		return fmt.Errorf("succession: %w", err)
	}
	// The folder is for its owner alone, and who asks is looked at: this is a third door.
	if err := os.Chmod(filepath.Join(x.Folder, Socket), 0o600); err != nil {
		x.listener.Close()
		return fmt.Errorf("succession: %w", err)
	}
	x.listener.SetUnlinkOnClose(false) // it was bound under a name that leads elsewhere by then
	x.done.Go(x.serve)
	return nil
}

// Add names more of what is passed on, in the place of what had the same names.
func (x *Incumbent) Add(more []Held) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.more = slices.DeleteFunc(x.more, func(h Held) bool {
		return slices.ContainsFunc(more, func(n Held) bool { return n.Name == h.Name })
	})
	x.more = append(x.more, more...)
}

// Serve says whether people are answered, for those who ask who serves here.
func (x *Incumbent) Serve(yes bool) {
	x.mu.Lock()
	x.serving = yes
	x.mu.Unlock()
}

// Close ends listening and waits. A successor that is not ready is told to end; one
// that is learns by the end of this process, or by Gone, that it has ended.
func (x *Incumbent) Close() {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return
	}
	x.closed = true
	over, asker := x.over, x.asker
	close(x.ending)
	open := x.conns
	x.conns = map[*line]bool{}
	x.mu.Unlock()
	x.listener.Close()
	_ = os.Remove(filepath.Join(x.Folder, Socket)) // the next one makes its own
	for l := range open {
		if over && (l == x.last || l == asker) {
			continue // one waits for our end, the other is being told
		}
		_ = l.send(message{Do: "abandon"}) // it may have gone
		l.Close()
	}
	x.done.Wait()
}

// Freed tells the successor, which was ready, that no camera is pulled here any more.
func (x *Incumbent) Freed() {
	x.mu.Lock()
	l, spoken := x.last, x.spoken
	x.mu.Unlock()
	if l != nil && spoken >= 2 {
		_ = l.send(message{Do: "freed"}) // where it has died, Gone tells
	}
}

// Pass gives the successor more, after it was ready. What is passed on stays this
// process's, too. Nothing happens where there is no successor, or one that takes
// nothing any more.
func (x *Incumbent) Pass(list []Held) error {
	x.mu.Lock()
	l, spoken := x.last, x.spoken
	x.mu.Unlock()
	if l == nil || spoken < 2 {
		return nil
	}
	_ = l.SetWriteDeadline(time.Now().Add(patience)) // it reads all the time
	for some := range slices.Chunk(list, maxHeld) {
		if err := l.pass(message{Do: "take"}, some); err != nil {
			return err
		}
	}
	return nil
}

// Gone tells the successor that this process has let go of everything. It answers
// ErrNobody where that one has died meanwhile.
func (x *Incumbent) Gone() error {
	x.mu.Lock()
	l := x.last
	x.mu.Unlock()
	if l == nil {
		return nil
	}
	defer l.Close()
	_ = l.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := l.receive(); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // it waits
	}
	return ErrNobody
}

func (x *Incumbent) serve() {
	for {
		c, err := x.listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			x.Log.Error("the socket for a successor failed", "err", err)
			time.Sleep(time.Second) // such as no descriptor left: not in a hurry
			continue
		}
		l := newLine(c)
		x.mu.Lock()
		if x.closed {
			x.mu.Unlock()
			c.Close()
			return
		}
		x.conns[l] = true
		x.mu.Unlock()
		x.done.Go(func() {
			x.answer(l)
			x.mu.Lock()
			keep := l == x.last
			delete(x.conns, l)
			x.mu.Unlock()
			if !keep {
				l.Close()
			}
		})
	}
}

func (x *Incumbent) answer(l *line) {
	if err := known(l.UnixConn); err != nil {
		x.Log.Warn("somebody else asked to succeed this process", "err", err)
		return
	}
	_ = l.SetReadDeadline(time.Now().Add(patience))
	m, err := l.receive()
	if err != nil {
		return
	}
	_ = l.SetReadDeadline(time.Time{})
	switch m.Do {
	case "who":
		x.mu.Lock()
		serving := x.serving
		x.mu.Unlock()
		_ = l.send(message{PID: os.Getpid(), Version: x.Version, Serving: serving, Newest: Protocol}) // it may have gone
	case "upgrade":
		x.upgrade(l, m.Binary)
	case "succeed":
		x.succeed(l, m)
	default:
		_ = l.send(message{Refused: "this version does not know what is asked: " + m.Do, Newest: Protocol}) // likewise
	}
}

// claim lets one succession go on at a time.
func (x *Incumbent) claim() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy || x.over || x.closed {
		return false
	}
	x.busy = true
	return true
}

func (x *Incumbent) release() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.busy = false
}

// succeed passes on what is held, and hands over once the successor is ready.
func (x *Incumbent) succeed(l *line, m message) {
	if m.Newest < 1 {
		_ = l.send(message{Refused: "the successor speaks no version of the protocol", Newest: Protocol}) // it may have gone
		return
	}
	if !x.claim() {
		_ = l.send(message{Refused: "another succession is going on"}) // likewise
		return
	}
	defer x.release()
	list, live := x.Hold()
	x.mu.Lock()
	list = append(list, x.more...)
	x.mu.Unlock()
	err := l.pass(message{Protocol: min(m.Newest, Protocol), PID: os.Getpid(), Version: x.Version, Live: live}, list)
	if err != nil {
		x.Log.Error("a successor could not be given what it needs", "err", err)
		return
	}
	x.Log.Info("a successor begins to record", "pid", m.PID, "version", m.Version, "cameras", len(live))
	_ = l.SetReadDeadline(time.Now().Add(x.Patience))
	ready, err := l.receive()
	if err != nil || ready.Do != "ready" {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = l.send(message{Do: "abandon"}) // likewise
		}
		x.Log.Warn("the successor has failed; this process goes on", "pid", m.PID, "err", err)
		return
	}
	x.mu.Lock()
	ended := x.closed
	if !ended {
		x.over, x.last, x.spoken = true, l, min(m.Newest, Protocol)
		close(x.ready)
	}
	x.mu.Unlock()
	if ended {
		return
	}
	x.Log.Info("the successor records; this process ends", "pid", m.PID, "cameras", len(ready.Live), "of", len(live))
	x.HandOver(ready.Live)
}

// upgrade starts a successor and tells how it goes.
func (x *Incumbent) upgrade(l *line, binary string) {
	say := func(m message) { _ = l.send(m) } // whoever asked may have gone; the upgrade goes on
	x.mu.Lock()
	free := !x.busy && !x.over && !x.closed && x.asker == nil
	if free {
		x.asker = l
	}
	x.mu.Unlock()
	if !free {
		say(message{Refused: "another succession is going on"})
		return
	}
	pid, failed := x.start(binary, say)
	if failed == nil {
		say(message{Stage: "ending", PID: pid})
		return
	}
	x.mu.Lock()
	x.asker = nil // before it is told, so that it may ask again at once
	x.mu.Unlock()
	say(*failed)
}

// start starts a successor and waits until it is ready; failed says why it is not.
func (x *Incumbent) start(binary string, say func(message)) (pid int, failed *message) {
	var cmd *exec.Cmd
	if x.Spawn != nil {
		cmd = x.Spawn(binary)
	}
	if cmd == nil {
		return 0, &message{Refused: "this process cannot start another one; a demonstration is stopped and begun again instead"}
	}
	if err := cmd.Start(); err != nil {
		return 0, &message{Refused: fmt.Sprintf("the new program does not start: %v", err)}
	}
	x.Log.Info("a successor was started", "pid", cmd.Process.Pid, "binary", binary)
	say(message{Stage: "started", PID: cmd.Process.Pid})
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // no child is left unwaited for, also where this function has returned
	limit := time.NewTimer(x.Patience + patience)
	defer limit.Stop()
	select {
	case <-x.ready:
		return cmd.Process.Pid, nil
	case err := <-ended:
		reason := "without an error"
		if err != nil {
			reason = err.Error()
		}
		return 0, &message{Refused: "the new process ended before it recorded, its log says why: " + reason}
	case <-limit.C:
		_ = cmd.Process.Signal(syscall.SIGTERM) // what does not announce itself is not wanted
		return 0, &message{Refused: "the new process did not become ready in time"}
	case <-x.ending:
		select {
		case <-x.ready: // it ends because of that
			return cmd.Process.Pid, nil
		default:
		}
		_ = cmd.Process.Signal(syscall.SIGTERM) // both are to end
		return 0, &message{Do: "abandon"}
	}
}
