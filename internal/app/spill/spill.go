// Package spill keeps a program from waiting for whoever reads its log.
package spill

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Logs passes lines on to a writer that may stop taking them, such as a pipe whose
// reader hangs: who writes a line never waits. Lines that find no room are counted,
// and their number stands where they are missing.
type Logs struct {
	To   io.Writer
	Room int  // bytes that may wait; 0 means 1 MiB
	JSON bool // lines are JSON objects, as slog writes them; else key=value

	mu      sync.Mutex // guards all below
	waiting [][]byte
	held    int // bytes of waiting
	missing int // lines since the last that found room
	closed  bool
	wake    chan struct{}
	done    chan struct{}
}

// Start begins to pass lines on.
func (l *Logs) Start() {
	if l.Room == 0 {
		l.Room = 1 << 20
	}
	l.wake = make(chan struct{}, 1)
	l.done = make(chan struct{})
	go l.run()
}

// Write implements io.Writer. It never fails and never waits.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.held+len(p) > l.Room {
		l.missing++
		return len(p), nil
	}
	if l.missing > 0 {
		form := "level=WARN msg=%q lines=%d\n"
		if l.JSON {
			form = `{"level":"WARN","msg":%q,"lines":%d}` + "\n"
		}
		l.add(fmt.Appendf(nil, form, "log lines are missing here: they were not taken in time", l.missing))
		l.missing = 0
	}
	l.add(append([]byte(nil), p...))
	return len(p), nil
}

// add is called with mu held.
func (l *Logs) add(line []byte) {
	l.waiting = append(l.waiting, line)
	l.held += len(line)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Logs) run() {
	defer close(l.done)
	for {
		l.mu.Lock()
		lines, closed := l.waiting, l.closed
		l.waiting = nil
		l.mu.Unlock()
		for _, line := range lines {
			_, _ = l.To.Write(line) // there is nowhere to say that logs are lost
			l.mu.Lock()
			l.held -= len(line)
			l.mu.Unlock()
		}
		if len(lines) > 0 {
			continue
		}
		if closed {
			return
		}
		<-l.wake
	}
}

// Close passes on what waits, for a second at most: a writer that hangs does not
// keep the process from ending.
func (l *Logs) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-l.done:
	case <-limit.C:
	}
}
