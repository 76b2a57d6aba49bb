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
	At     int64 // µs since 1970 UTC; 0 if that is not known
}

// words stand beside the cause of the gap. They are those of the people, so that
// they need no translation.
func (o *Off) words() string {
	switch {
	case o == nil:
		return ""
	case o.By == "":
		return o.Reason
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
	// SubLinger is how long a sub-stream is still pulled after its last viewer
	// left, so that changing a layout does not dial anew; 0 means 10 s.
	SubLinger time.Duration

	// OnStatus is called after a camera's state has changed. Sources and recorders
	// wait for it, with locks held: it must return at once and not call back.
	OnStatus func(camera string)
	// OnJournal is called after a camera's journal has grown.
	OnJournal func(camera string)

	ctx    context.Context
	cancel context.CancelFunc
	apply  sync.Mutex     // one Set or Close at a time; held while cameras stop
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

// OpenSegment gives the segment that a camera's recorder is writing, or nil.
func (f *Fleet) OpenSegment(camera string) *recording.OpenSegment {
	if u := f.unit(camera); u != nil {
		return u.openSegment()
	}
	return nil
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
