package guard

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

const (
	// patience is how long the guard's disk may take for one step.
	patience = time.Minute
	// leave is how much longer it may take once the log is to end.
	leave = 5 * time.Second
)

// errHangs says that the guard's disk has not come back from a step. No system call on a
// mount whose server is gone ends by itself.
var errHangs = errors.New("its disk does not answer")

// Patient is a guard whose disk nobody waits for without end. What hangs is left alone, and
// nothing else is asked of the guard before that has come back: what it does late, such as to
// put a checkpoint there, is over before anything else is done.
type Patient struct {
	File
	Patience time.Duration   // 0: a minute
	Ending   <-chan struct{} // closed when the log is to end

	mu    sync.Mutex
	stuck chan struct{} // closed when what hung has come back; nil: nothing has
}

// answer is what came of a step.
type answer struct {
	have  []byte
	maybe [][]byte
	err   error
}

// step does f, which keeps to what is its own. begun tells whether it was begun; done,
// whether it has ended.
func (p *Patient) step(f func() answer) (_ answer, begun, done bool) {
	if p.hangs() != nil {
		return answer{err: fmt.Errorf("%w: %w", ErrAway, errHangs)}, false, false
	}
	end := make(chan struct{})
	var a answer
	go func() {
		defer close(end)
		a = f()
	}()
	late, ending := time.NewTimer(cmp.Or(p.Patience, patience)), p.Ending
	defer late.Stop()
	for {
		select {
		case <-end:
			return a, true, true
		case <-ending:
			ending = nil
			late.Reset(leave)
			continue
		case <-late.C:
		}
		break
	}
	p.mu.Lock()
	p.stuck = end
	p.mu.Unlock()
	return answer{err: fmt.Errorf("%w: %w", ErrAway, errHangs)}, true, false
}

// hangs gives what closes when the step that hangs has come back; nil where none does.
func (p *Patient) hangs() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stuck == nil {
		return nil
	}
	select {
	case <-p.stuck:
		p.stuck = nil
		return nil
	default:
		return p.stuck
	}
}

// Load is File.Load.
func (p *Patient) Load() ([]byte, error) {
	a, _, _ := p.step(func() answer {
		have, err := p.File.Load()
		return answer{have: have, err: err}
	})
	return a.have, a.err
}

// Open is Load for the first time: a kill may have left the guard's name in the kernel's hands.
func (p *Patient) Open() ([]byte, error) {
	a, _, _ := p.step(func() answer {
		have, err := p.File.Load()
		if err == nil {
			err = p.Disk.SyncDir(filepath.Dir(p.Path))
		}
		return answer{have: have, err: err}
	})
	if a.err != nil {
		return nil, a.err
	}
	return a.have, nil
}

// Swap is File.Swap.
func (p *Patient) Swap(old []byte, maybe [][]byte, next []byte) (have []byte, may [][]byte, err error) {
	a, begun, done := p.step(func() answer {
		have, may, err := p.File.Swap(old, maybe, next)
		return answer{have, may, err}
	})
	switch {
	case done:
		return a.have, a.maybe, a.err
	case begun:
		return old, with(maybe, next), a.err
	}
	return old, maybe, a.err
}

// Then does f once nothing hangs: at once, or when that has come back.
func (p *Patient) Then(f func()) {
	stuck := p.hangs()
	if stuck == nil {
		f()
		return
	}
	go func() {
		<-stuck
		f()
	}()
}
