// Package capture runs the cameras: for each its source, its streams and its
// recorder. It knows nothing of databases or people: it is told which cameras
// there are and goes on with them whatever else fails.
package capture

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/source"
)

// Camera is what a recorder needs to know of a camera.
type Camera struct {
	ID      string
	Enabled bool
	Off     *Off // who switched it off and why, if that is known
	// Priority is how important it is where disks are full; see recording.Recorder.
	Priority int
	Main     source.Config
	Sub      *source.Config
}

// Off says who switched a camera off, why, and when.
type Off struct {
	By     string // a name for people to read
	Reason string
	At     int64       // µs since 1970 UTC; 0 if that is not known
	Cause  media.Cause // of the gap; empty for media.CauseSwitchedOff
}

func (o *Off) cause() media.Cause {
	if o == nil || o.Cause == media.CauseNone {
		return media.CauseSwitchedOff
	}
	return o.Cause
}

// words stand beside the cause of the gap. They are those of the people, so that
// they need no translation.
func (o *Off) words() string {
	switch {
	case o == nil:
		return ""
	case o.By == "":
		return o.Reason // perhaps none: the cause says it all
	}
	return o.By + ": " + o.Reason
}

// Errors of Open.
var (
	ErrUnknown  = problem.New(problem.NotFound, "camera_not_found", "There is no such camera.")
	ErrOff      = problem.New(problem.Unavailable, "camera_off", "The camera is switched off.")
	ErrNoStream = problem.New(problem.NotFound, "no_such_stream", "The camera has no sub-stream.")
)

// Fleet runs all cameras of one recorder.
type Fleet struct {
	Volume  *recording.Volume  // where recorders write
	Volumes *recording.Volumes // or several of them
	Clock   clock.Clock
	Log     *slog.Logger
	Gate    *source.Gate
	Connect source.Connect

	SegmentLength     time.Duration // see recording.Recorder
	PartLength        time.Duration
	Spool             int64
	NoFrameTimeout    time.Duration // see source.Runner
	NoKeyFrameTimeout time.Duration
	// Elapsed is the true time between two readings of Clock; see source.Runner.
	Elapsed func(from, to time.Time) time.Duration
	// After is an instant (µs since 1970 UTC) that the process before is known to have
	// reached: all runs of this one are later than those that began by then, also those on
	// disks that do not answer. 0: none is known.
	After int64
	// Alive is when an earlier process last gave a sign of life; see recording.Recorder.
	Alive int64
	// Earlier, if set, is closed once the process is gone that records the same cameras;
	// see recording.Recorder.
	Earlier <-chan struct{}
	// Freed, if set, is closed once that process no longer pulls them; see source.Runner.
	Freed <-chan struct{}
	// SubLinger is how long a sub-stream is still pulled after its last viewer
	// left, so that changing a layout does not dial anew; 0 means 10 s.
	SubLinger time.Duration

	// OnStatus is called after a camera's state has changed. Sources and recorders
	// wait for it, with locks held: it must return at once and not call back.
	OnStatus func(camera string)
	// OnJournal is called after a camera's journal has grown.
	OnJournal func(camera string)

	order  source.Order // of all runs
	ctx    context.Context
	cancel context.CancelFunc
	apply  sync.Mutex     // one Set or Close at a time, and guards over; held while cameras stop
	over   bool           // the cameras were handed over: no more of them begins here
	idle   sync.WaitGroup // what ends in the background: sub-streams that nobody watches, recorders

	mu      sync.Mutex // guards cameras and writing
	cameras map[string]*unit
	writing map[string]chan struct{} // cameras whose last recorder still writes out; closed when it has
}

// Status is the state of a camera's streams and of its recording.
type Status struct {
	Enabled bool
	Main    source.Status
	Sub     *source.Status // nil while nobody pulls it, or there is none
	HasSub  bool
	// MainTracks and SubTracks are those of the present or the last run; empty for
	// a stream that was never pulled.
	MainTracks, SubTracks []media.Track
	State                 recording.State
	Viewers               int
}

// Start makes the fleet ready for Set.
func (f *Fleet) Start(ctx context.Context) error {
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	f.SubLinger = cmp.Or(f.SubLinger, 10*time.Second)
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.cameras, f.writing = map[string]*unit{}, map[string]chan struct{}{}
	f.order.After(f.After)
	return nil
}

// Close ends all streams and writes out everything that has arrived.
func (f *Fleet) Close() {
	f.apply.Lock()
	defer f.apply.Unlock()
	f.mu.Lock()
	all := make([]*unit, 0, len(f.cameras))
	for _, u := range f.cameras {
		all = append(all, u)
	}
	f.cameras = map[string]*unit{}
	f.mu.Unlock()
	stopAll(all, media.CauseStopped)
	f.idle.Wait()
	f.cancel()
}

// HandOver ends all streams because another process goes on with the cameras, and
// writes out everything that has arrived. Those that it does not record yet although
// they are recorded here get a gap that says so. Close is still to be called.
func (f *Fleet) HandOver(taken []string) {
	f.apply.Lock()
	defer f.apply.Unlock()
	f.over = true
	recorded := f.Recording()
	f.mu.Lock()
	all := f.cameras
	f.cameras = map[string]*unit{}
	f.mu.Unlock()
	var over, cut []*unit
	for id, u := range all {
		if slices.Contains(recorded, id) && !slices.Contains(taken, id) {
			cut = append(cut, u)
		} else {
			over = append(over, u)
		}
	}
	var both sync.WaitGroup
	both.Go(func() { stopAll(cut, media.CauseRestart) })
	both.Go(func() { stopAll(over, media.CauseNone) })
	both.Wait()
	f.idle.Wait()
}

// Recording lists the cameras whose pictures come and are recorded.
func (f *Fleet) Recording() (out []string) {
	for _, id := range f.Cameras() {
		if s, ok := f.Status(id); ok && s.Main.State == source.Live && s.State.Recording {
			out = append(out, id)
		}
	}
	return out
}

// stopAll ends cameras for a cause, or for none, as HandOver does.
func stopAll(units []*unit, cause media.Cause) {
	var wg sync.WaitGroup
	for _, u := range units {
		wg.Go(func() {
			u.mu.Lock()
			u.gone = true
			u.mu.Unlock()
			u.stop(cause, "")
		})
	}
	wg.Wait()
}

// finish lets a camera's recorder write out and end in the background: a disk that
// hangs holds up nobody but its own cameras.
func (f *Fleet) finish(camera string, end func()) {
	done := make(chan struct{})
	f.mu.Lock()
	before := f.writing[camera]
	f.writing[camera] = done
	f.mu.Unlock()
	f.idle.Go(func() {
		if before != nil {
			<-before
		}
		end()
		f.mu.Lock()
		if f.writing[camera] == done {
			delete(f.writing, camera)
		}
		f.mu.Unlock()
		close(done)
	})
}

// Set makes the running cameras those that are given. A camera whose streams are
// unchanged goes on without losing a frame. It does not wait for the disk: what a
// camera that ends has sent is written out afterwards, and a camera that comes back
// before that begins once it is.
func (f *Fleet) Set(cameras []Camera) error {
	f.apply.Lock()
	defer f.apply.Unlock()
	if f.over {
		return nil
	}
	wanted := make(map[string]Camera, len(cameras))
	for _, c := range cameras {
		wanted[c.ID] = c
	}
	f.mu.Lock()
	var gone []*unit
	for id, u := range f.cameras {
		if _, ok := wanted[id]; !ok {
			gone = append(gone, u)
			delete(f.cameras, id)
		}
	}
	f.mu.Unlock()
	stopAll(gone, media.CauseSwitchedOff)

	var errs []error
	for _, c := range cameras {
		f.mu.Lock()
		u := f.cameras[c.ID]
		f.mu.Unlock()
		if u == nil {
			u = newUnit(f, c)
			if err := u.start(); err != nil {
				errs = append(errs, err)
				continue
			}
			f.mu.Lock()
			f.cameras[c.ID] = u
			f.mu.Unlock()
		} else if err := u.change(c); err != nil {
			errs = append(errs, err)
		}
	}
	return joined(errs)
}

func (f *Fleet) unit(camera string) *unit {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cameras[camera]
}

// Status gives a camera's state; ok is false for a camera that is not known.
func (f *Fleet) Status(camera string) (s Status, ok bool) {
	u := f.unit(camera)
	if u == nil {
		return Status{}, false
	}
	return u.status(), true
}

// Restart ends the pull and the recording of a camera that claims to run and stands
// still, and begins them anew. It returns at once; a camera that is being begun anew
// already, or is off, is left alone.
func (f *Fleet) Restart(camera string) {
	if u := f.unit(camera); u != nil {
		u.restart()
	}
}

// Cameras lists the ids in order.
func (f *Fleet) Cameras() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]string, 0, len(f.cameras))
	for id := range f.cameras {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// ClockStepped says that this machine's clock was set from one instant to another, µs
// since 1970 UTC. Time that never passed gets its own cause with the cameras that give
// no picture; the others notice by themselves.
func (f *Fleet) ClockStepped(from, to int64) {
	if to <= from {
		return // what comes is told where the clock now stands
	}
	for _, id := range f.Cameras() {
		if u := f.unit(id); u != nil {
			u.clockStepped(from, to)
		}
	}
}

// OpenSegment gives the segment that a camera's recorder is writing, or nil.
func (f *Fleet) OpenSegment(camera string) *recording.OpenSegment {
	if u := f.unit(camera); u != nil {
		return u.openSegment()
	}
	return nil
}

// Seal asks a camera's recorder to note what stands in its open segment (see
// recording.Recorder.Seal). It waits for nothing.
func (f *Fleet) Seal(camera string) {
	u := f.unit(camera)
	if u == nil {
		return
	}
	u.mu.Lock()
	rec := u.recorder
	u.mu.Unlock()
	if rec != nil {
		rec.Seal()
	}
}

// Open gives a viewer hold of a stream, pulling a sub-stream that nobody pulls
// yet. release must be called once. The primer brings what precedes the present.
func (f *Fleet) Open(camera string, which media.Which) (s *media.Stream, p media.Primer, release func(), err error) {
	u := f.unit(camera)
	if u == nil {
		return nil, nil, nil, ErrUnknown
	}
	return u.open(which)
}
