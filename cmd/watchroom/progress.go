package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	drawEvery = 200 * time.Millisecond
	tellEvery = 30 * time.Second
)

// progress tells how far a command is: on a terminal in one line that is written over, and
// elsewhere, as in a log file, in a plain line now and then and one for each phase that is done.
type progress struct {
	out      io.Writer
	terminal bool
	now      func() time.Time
	last     time.Time // when it last said something
	phase    string    // of which
	line     string    // which words
	drawn    bool      // it stands on the terminal
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, terminal: isTerminal(out), now: time.Now}
	p.last = p.now()
	return p
}

// isTerminal tells whether what is written is shown to somebody, and may be written over.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// show says that of a phase so much is done. What goes on without a known end has total 0.
func (p *progress) show(phase string, done, total int64, more string) {
	now, over := p.now(), total > 0 && done == total
	pause := tellEvery
	if p.terminal {
		pause, over = drawEvery, over || phase != p.phase
	}
	if !over && now.Sub(p.last) < pause {
		return
	}
	p.last, p.phase = now, phase
	line := fmt.Sprintf("%-8s %d", phase, done)
	if total > 0 {
		bar := ""
		if p.terminal {
			const stars = "##############################"
			bar = fmt.Sprintf("[%-*s] ", len(stars), stars[:min(max(done, 0), total)*int64(len(stars))/total])
		}
		line = fmt.Sprintf("%-8s %s%3d %%  %d of %d%s", phase, bar, done*100/total, done, total, more)
	}
	same := line == p.line
	p.line = line
	switch {
	case p.terminal:
		p.drawn = true
		fmt.Fprint(p.out, "\r\x1b[K"+line)
	case !same:
		fmt.Fprintln(p.out, line)
	}
}

// clear takes the line off the terminal, so that something else can be said.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}
