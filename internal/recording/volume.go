package recording

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/segment"
	"watchroom/internal/recording/space"
)

// Volume is a folder that recorders write below. It keeps the measure of
// durability (every open file reaches the disk at most SyncInterval after a part
// was written, one file after another) and of space.
type Volume struct {
	Name         string // "" for recording.folder
	Root         string
	SyncInterval time.Duration // 0 means 5 s
	LowPercent   float64       // below this share of free space the state is low; 0 means 10
	Reserve      int64         // below so many free bytes recording stops; 0 means 512 MiB
	Spool        int64         // bytes that all recorders together may hold for a slow disk; 0 means 1 GiB
	Clock        clock.Clock
	Log          *slog.Logger
	// OnSpace is called when the state changes. What takes long there delays a writer.
	OnSpace func(space.Space)
	// Check, if set, tells whether the folder still is this volume. It is asked before
	// the first recording and once every SyncInterval.
	Check func() error

	// fault, where set by a test, fails or delays one step of the work on a file.
	try segment.Try

	mu       sync.Mutex // guards all up to failedAt; never held over I/O
	open     map[*segment.File]struct{}
	posts    map[*post]struct{} // of writers
	space    space.Space
	told     space.State // to OnSpace
	failure  error       // the last error of the file system, while recent
	failedAt time.Time

	barred  atomic.Pointer[media.Cause] // why nothing may be written; read by every recorder at every part
	free    atomic.Int64
	written atomic.Int64
	spooled *spool        // of all recorders; those of several volumes share one
	inspect chan struct{} // seats for taking in what a crash left behind
	busy    atomic.Int64  // since when the background work is at one step, of clock.Steady; 0 while it rests
	hung    atomic.Bool   // that has lasted too long
	opened  atomic.Bool   // it has answered since the start

	locking sync.Mutex // guards locked; held over I/O, so that who looks after other volumes only tries it
	locked  bool       // it is this process's alone

	cancel context.CancelFunc
	done   chan struct{}
}

// spool counts the bytes that wait for the disk.
type spool struct{ held atomic.Int64 }

func (v *Volume) defaults() {
	if v.SyncInterval <= 0 {
		v.SyncInterval = 5 * time.Second
	}
	if v.LowPercent <= 0 {
		v.LowPercent = 10
	}
	if v.Reserve <= 0 {
		v.Reserve = 512 << 20
	}
	if v.Spool <= 0 {
		v.Spool = 1 << 30
	}
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	if v.spooled == nil {
		v.spooled = &spool{}
	}
	v.inspect = make(chan struct{}, 2)
	v.open = map[*segment.File]struct{}{}
}

// Start measures the space and begins to sync.
func (v *Volume) Start(ctx context.Context) error {
	v.defaults()
	if err := os.MkdirAll(v.Root, 0o750); err != nil {
		return err
	}
	v.measure()
	v.begin(ctx)
	return nil
}

func (v *Volume) begin(ctx context.Context) {
	ctx, v.cancel = context.WithCancel(ctx)
	v.done = make(chan struct{})
	go v.run(ctx)
}

// Close stops the background work. Open files are the recorders' to close.
func (v *Volume) Close() {
	v.cancel()
	<-v.done
}

// run walks the open files so that each is synced once an interval, spread over
// it: many files that reach the disk at once would stall one another.
func (v *Volume) run(ctx context.Context) {
	defer close(v.done)
	const slices = 20
	tick := time.NewTicker(v.SyncInterval / slices)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n%slices == 0 {
			v.step(v.measure)
		}
		for _, f := range v.due() {
			v.step(func() {
				if err := f.Sync(); err != nil {
					v.Fail(err)
				}
			})
		}
	}
}

// step does something that a hanging disk holds up, so that this is noticed.
func (v *Volume) step(f func()) {
	v.busy.Store(int64(clock.Steady()))
	f()
	v.busy.Store(0)
}

// watch notes whether the background work or a writer has stood still for a while, and
// tells whether that has changed.
func (v *Volume) watch(after time.Duration) (changed bool) {
	if !v.opened.Load() {
		return false
	}
	since := v.busy.Load()
	v.mu.Lock()
	for p := range v.posts {
		if at := p.busy.Load(); at != 0 && (since == 0 || at < since) {
			since = at
		}
	}
	v.mu.Unlock()
	hung := since != 0 && int64(clock.Steady())-since > int64(after)
	if v.hung.Swap(hung) == hung {
		return false
	}
	if !hung {
		return true // the background work goes on, and measures
	}
	v.settle(v.Space())
	return true
}

var errHung = errors.New("the disk does not answer")

func (v *Volume) due() []*segment.File {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []*segment.File
	for f := range v.open {
		if f.Due(v.SyncInterval * 4 / 5) {
			out = append(out, f)
		}
	}
	return out
}

func (v *Volume) add(f *segment.File) {
	v.mu.Lock()
	v.open[f] = struct{}{}
	v.mu.Unlock()
}

// attend notices from now on where a writer stands still at its post; dismiss ends that.
func (v *Volume) attend(p *post) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.posts == nil {
		v.posts = map[*post]struct{}{}
	}
	v.posts[p] = struct{}{}
}

func (v *Volume) dismiss(p *post) {
	v.mu.Lock()
	delete(v.posts, p)
	v.mu.Unlock()
}

func (v *Volume) remove(f *segment.File) {
	v.mu.Lock()
	delete(v.open, f)
	v.mu.Unlock()
}

func (v *Volume) measure() {
	s, err := space.Look(v.Root)
	var away error
	if v.Check != nil {
		away = v.Check()
	}
	s.Device = marker.Device(v.Root)
	v.mu.Lock()
	if err == nil {
		s.Judge(v.LowPercent, v.Reserve, v.space.State)
		if time.Since(v.failedAt) > 2*v.SyncInterval {
			v.failure = nil
		}
		err = v.failure
	}
	v.mu.Unlock()
	if err != nil {
		s.State, s.Err = space.Failing, err
		if space.IsFull(err) {
			s.State = space.Full
		}
	}
	if away != nil {
		s.State, s.Err = space.Away, away
	}
	v.settle(s)
}

// unknown is the state of a volume that has not been asked yet: nothing is written onto
// it, and nobody is told that it fails, since it has had no time to answer.
func (v *Volume) unknown() {
	v.mu.Lock()
	v.space = space.Space{State: space.Failing, Err: errHung}
	v.mu.Unlock()
}

// tell says how it stands, though that has not changed.
func (v *Volume) tell() {
	if v.OnSpace == nil {
		return
	}
	for told := v.Space(); ; {
		v.OnSpace(told)
		now := v.Space()
		if now.State == told.State {
			return
		}
		told = now // it answered meanwhile, and that may have been told first
	}
}

// settle makes s the state.
func (v *Volume) settle(s space.Space) {
	var barred *media.Cause
	switch {
	case s.State == space.Away:
		c := media.CauseDiskFault
		barred = &c
	case s.State == space.Full:
		c := media.CauseDiskFull
		barred = &c
	}
	if v.hung.Load() && s.State != space.Away {
		s.State, s.Err = space.Failing, errHung
	}
	v.mu.Lock()
	changed := s.State != v.told
	v.space, v.told = s, s.State
	v.free.Store(s.Free)
	v.barred.Store(barred)
	v.mu.Unlock()
	if changed && v.OnSpace != nil {
		v.OnSpace(s)
	}
}

// lock takes the volume for this process alone, once.
func (v *Volume) lock(take func(root string) error) error {
	v.locking.Lock()
	defer v.locking.Unlock()
	if v.locked {
		return nil
	}
	err := take(v.Root)
	v.locked = err == nil
	return err
}

// ill tells whether the file system has answered with errors lately, other than that it
// is full.
func (v *Volume) ill() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failure != nil && !space.IsFull(v.failure)
}

// release gives an ill volume free on which nothing is open, so that whoever looks after
// the machine can unmount and check it. It is locked again when it is well.
func (v *Volume) release(free func(root string)) {
	if !v.locking.TryLock() {
		return // it is being asked, and may not answer
	}
	v.mu.Lock()
	idle := v.failure != nil && !space.IsFull(v.failure) && len(v.open) == 0
	v.mu.Unlock()
	if !v.locked || !idle {
		v.locking.Unlock()
		return
	}
	go func() { // to close a file may take as long as the disk does
		defer v.locking.Unlock()
		free(v.Root)
		v.locked = false
	}()
}

// takes tells whether the volume is well enough to be chosen for a segment.
func (v *Volume) takes() bool {
	if v.barred.Load() != nil || v.hung.Load() {
		return false
	}
	s := v.Space().State
	return s == space.OK || s == space.Low
}

// Space is the state as last measured.
func (v *Volume) Space() space.Space {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.space
}

// Written is the number of bytes written since Start.
func (v *Volume) Written() int64 { return v.written.Load() }

// Fail tells the volume of an error of the file system. It shows in Space until
// two sync intervals have passed without another.
func (v *Volume) Fail(err error) {
	v.mu.Lock()
	v.failure, v.failedAt = err, time.Now()
	v.mu.Unlock()
	v.measure()
}
