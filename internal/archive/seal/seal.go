// Package seal brings what the journals beside the footage tell into the transparency
// log: an entry for every segment, gap, tombstone, move and measurement of a clock, one
// a minute that seals all open segments, and one a day that counts. It follows the
// journals with cursors of its own, and each line goes into the log once, whatever dies
// when. While the log is away the journals are the queue.
package seal

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"watchroom/internal/clock"
)

// Log is the transparency log.
type Log interface {
	// Append puts entries behind one another at the end of the log and gives the index
	// of the first. When it returns they are durable. After an error the log holds none
	// of them or the first few, and Size tells; none comes in later, so that it is called
	// with a context that does not end.
	Append(ctx context.Context, entries ...[]byte) (first int64, err error)
	// Size is the number of entries.
	Size() int64
	// Entries reads the entries from, up to and not including, to.
	Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
}

// ErrBehind says that the log is shorter than it was when journals were last brought
// into it. Nothing is appended to it any more.
var ErrBehind = errors.New("the log is shorter than what was brought into it")

// Root is a recording folder with journals.
type Root struct {
	Volume string // its id; empty for the first
	Path   string
}

// Paths are the folders of some.
func Paths(roots []Root) (out []string) {
	for _, r := range roots {
		out = append(out, r.Path)
	}
	return out
}

// Open is a segment that is being written.
type Open struct {
	File  string // by its closed name, below the recordings folder
	Start int64  // µs since 1970 UTC
}

// Sealer follows the journals into the log. Nothing waits for it.
type Sealer struct {
	Roots  func() []Root
	Into   Log
	Origin string // of that log: cursors belong to one
	Dir    string // an existing folder for the cursors and the members of seals
	Clock  clock.Clock
	Log    *slog.Logger
	// Open gives the segments that are being written, for Lag; may be nil.
	Open func() []Open
	// OnTrouble is called when the log cannot be brought up to date, and with nil when
	// it can again.
	OnTrouble func(error)
	// OnUnread is called when a journal that is there cannot be read, and without a reason
	// when it can again, or is gone. The others go on; may be nil.
	OnUnread func(Unread)
	// OnAside is told of a journal that could not be read and lies set aside, with its name in
	// place of a reason, and without one when it is not there any more; may be nil.
	OnAside func(Unread)
	// OnForeign is told, once it does not lie there any more, of what lay in the place of the
	// cursors and was not of this log, or in the place of members and was no file; may be nil.
	OnForeign func(Foreign)

	Every  time.Duration // how often it looks without being told; 0 means 15 s
	Pace   time.Duration // shortest time between two looks; 0 means 1 s
	Gather time.Duration // how long a seal waits for the other cameras' notes; 0 means 6 s
	Full   time.Duration // how often it looks at all days; 0 means 10 min
	Retry  time.Duration // longest wait after a failure; 0 means 15 s
	Beat   time.Duration // after how long without a seal one without members is made; 0 means never

	// reading, where set by a test, is called before anything is done with the files of a
	// volume, and may stand still.
	reading func(volume string)

	mu      sync.Mutex // guards all below; never held over I/O, since recorders call Notify
	dirty   map[string]bool
	sealed  map[string]int64 // per open file the instant up to which it is sealed, µs
	current time.Time        // beginning of the last look after which nothing was left over

	wake   chan struct{}
	cancel context.CancelFunc
	done   chan struct{}

	f *follower // owned by the goroutine
}

func (s *Sealer) foreign(f Foreign) {
	if s.OnForeign != nil {
		s.OnForeign(f)
	}
}

// Start begins to follow. It reads the cursors; what the log holds behind them is read
// by the goroutine.
func (s *Sealer) Start(ctx context.Context) error {
	f, err := s.prepare()
	if err != nil {
		return err
	}
	s.f = f
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	go s.run(ctx)
	return nil
}

func (s *Sealer) prepare() (*follower, error) {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		v     *time.Duration
		value time.Duration
	}{{&s.Every, 15 * time.Second}, {&s.Pace, time.Second}, {&s.Gather, 6 * time.Second}, {&s.Full, 10 * time.Minute}, {&s.Retry, 15 * time.Second}} {
		if *d.v <= 0 {
			*d.v = d.value
		}
	}
	s.wake = make(chan struct{}, 1)
	s.dirty, s.sealed, s.current = map[string]bool{}, map[string]int64{}, time.Now()
	c, err := openCursors(s.Dir, s.Origin)
	if err != nil {
		return nil, err
	}
	f := &follower{s: s, cursors: c, odd: map[string]bool{}, unread: map[file]string{}, aside: map[file]bool{}}
	f.beats()
	return f, nil
}

// lastLook bounds how long Close brings into the log what was written until then.
const lastLook = 2 * time.Second

// Close stops and waits. What the recorders wrote last is brought into the log, so that
// files and log agree while nothing runs; what lastLook is too short for comes there
// after the next Start.
func (s *Sealer) Close() {
	s.cancel()
	<-s.done
	ctx, cancel := context.WithTimeout(context.Background(), lastLook)
	defer cancel()
	if err := s.f.look(ctx, true, true); err != nil {
		s.Log.Warn("what was written last comes into the log after the next start", "err", err)
	}
	s.f.cursors.close()
}

// Notify says that a camera's journal has grown. It never blocks.
func (s *Sealer) Notify(camera string) {
	s.mu.Lock()
	s.dirty[camera] = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// taken gives the cameras that Notify was called for since.
func (s *Sealer) taken() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	dirty := s.dirty
	s.dirty = map[string]bool{}
	return dirty
}

// Lag is how old the oldest part of footage is that nothing in the log tells of. It
// stays below a minute while all is well.
func (s *Sealer) Lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	lag := time.Duration(0)
	if behind := time.Since(s.current); behind > 2*s.Every {
		lag = behind // the log is away, or the journals cannot be read
	}
	if s.Open == nil {
		return lag
	}
	now, open := s.Clock.Micro(), s.Open()
	writing := make(map[string]bool, len(open))
	for _, o := range open {
		writing[o.File] = true
		lag = max(lag, time.Duration(now-max(o.Start, s.sealed[o.File]))*time.Microsecond)
	}
	for file := range s.sealed {
		if !writing[file] {
			delete(s.sealed, file)
		}
	}
	return lag
}

func (s *Sealer) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	trouble, away := false, time.Duration(0)
	all := true // look at every camera
	for {
		began := time.Now()
		err := s.f.look(ctx, all, false)
		if ctx.Err() != nil {
			return
		}
		if trouble != (err != nil) {
			trouble = err != nil
			s.tell(err)
		}
		all = err != nil
		if err != nil {
			away = min(max(2*away, 100*time.Millisecond), s.Retry)
		} else {
			away = 0
			s.mu.Lock()
			s.current = began
			s.mu.Unlock()
		}
		// Not at once again: what comes within a second goes into the log together.
		if !rest(ctx, max(away, s.Pace-time.Since(began))) {
			return
		}
		if away > 0 {
			continue
		}
		var gathered <-chan time.Time
		if wait := s.f.gathers(); wait > 0 {
			gathered = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-gathered:
		case <-tick.C:
			all = true
		}
	}
}

func (s *Sealer) tell(err error) {
	if err != nil {
		s.Log.Error("the log cannot be brought up to date with the journals; they are the queue", "err", err)
	} else {
		s.Log.Info("the log is brought up to date again")
	}
	if s.OnTrouble != nil {
		s.OnTrouble(err)
	}
}

// rest waits; false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
