// Package reconcile compares every minute what should be recorded with what is: not
// with what a part claims, but with what has moved since the minute before. A camera
// that is down is told elsewhere, with its cause; here is found what claims to run and
// stands still. It is begun anew, and a signal is raised if that does not help.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/media"
)

// Fault is what is wrong with a camera's recording.
type Fault string

// Faults.
const (
	None       Fault = ""
	Unassigned Fault = "unassigned" // nobody records it
	Unwanted   Fault = "unwanted"   // it is recorded and should not be
	NoFrames   Fault = "frames"     // it claims to be live and no picture has come
	NoBytes    Fault = "file"       // pictures come, and nothing is written
	NoClose    Fault = "segment"    // the segment is not closed
	Behind     Fault = "catalogue"  // the catalogue does not take in what the journal tells
)

// Look is what one camera shows at an instant.
type Look struct {
	Live      bool        // its source says so
	Recording bool        // its recorder says so
	Cause     media.Cause // why it does not, if it knows
	Frames    uint64      // pictures received
	Written   int64       // bytes that its recorder has written
	Since     int64       // when the open segment began, µs since 1970 UTC; 0 while none has a picture
	// Held says that no disk answers, which is told elsewhere: what comes waits in memory,
	// and would be lost if the recording were begun anew.
	Held bool
}

// Wanted is what should be.
type Wanted struct {
	Camera string
	Record bool // by the registry and the plan
}

// Reconciler compares.
type Reconciler struct {
	Wanted func(context.Context) ([]Wanted, error)
	// Look shows a camera; false where nobody knows it. It must not wait.
	Look func(camera string) (Look, bool)
	// Restart begins a camera's pull and recording anew. It must not wait.
	Restart func(camera string)
	// Assign gives the recorders the cameras that they should have. It must not wait.
	Assign func()
	// Behind lists cameras whose journal has lines that the catalogue has not taken in;
	// nil for nobody looks.
	Behind func(context.Context) (map[string]bool, error)
	// Follow makes the catalogue look at a camera's journal again.
	Follow func(camera string)
	// Signal raises what restarting did not heal, or takes it back with None.
	Signal func(camera string, fault Fault)

	Segment time.Duration // how long segments are; 0 means 5 min
	Every   time.Duration // 0 means a minute
	Clock   clock.Clock
	Log     *slog.Logger

	cameras map[string]*state // belongs to whoever calls Tick
	cancel  context.CancelFunc
	done    chan struct{}
}

// state is what is remembered of a camera from minute to minute.
type state struct {
	seen   bool // there is a look before
	look   Look
	pace   uint64 // pictures between two looks, while they came
	fault  Fault
	looks  int  // that found this fault, without one between that did not
	calm   int  // looks in a row that found none, after one that did
	heals  int  // how often it was tried to heal it
	healed int  // looks since it was last tried, -1 for not since it was calm
	told   bool // the signal is up
}

const (
	grace = 2  // looks that a restart is given to help
	again = 10 // looks after which it is tried once more
	often = 3  // restarts without a calm between them that are worth a signal, though each helps
	calm  = 5  // looks without a fault after which all is forgotten
	slow  = 3  // pictures a look; whoever sends fewer is given more looks
	// patience is how many looks must find a fault that may be none: a slow camera between
	// two pictures, or whose picture is on its way to the disk, a catalogue that is about to
	// follow, a segment that looks old since the clock was set ahead and ends with the next
	// key frame.
	patience = 4
)

// Start begins to compare.
func (r *Reconciler) Start(ctx context.Context) error {
	if r.Every <= 0 {
		r.Every = time.Minute
	}
	ctx, r.cancel = context.WithCancel(ctx)
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		tick := time.NewTicker(r.Every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				now, end := every.Begin(ctx)
				r.Tick(now)
				end()
				tick.Reset(r.Every) // one that took long is followed by no other at once: nothing can have moved
			}
		}
	}()
	return nil
}

// Close stops it. Signals that are up are taken back: nobody looks any more.
func (r *Reconciler) Close() {
	r.cancel()
	<-r.done
	for camera, s := range r.cameras {
		if s.told {
			r.Signal(camera, None)
		}
	}
}

// Tick compares once. It is called by one goroutine at a time.
func (r *Reconciler) Tick(ctx context.Context) {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.cameras == nil {
		r.cameras = map[string]*state{}
	}
	wanted, err := r.Wanted(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Warn("what should be recorded cannot be compared with what is", "err", err)
		}
		return
	}
	behind := map[string]bool{}
	if r.Behind != nil {
		if found, err := r.Behind(ctx); err == nil { // a database that is away is told elsewhere
			behind = found
		}
	}
	here := make(map[string]bool, len(wanted))
	for _, w := range wanted {
		here[w.Camera] = true
		s := r.cameras[w.Camera]
		if s == nil {
			s = &state{healed: -1, calm: calm}
			r.cameras[w.Camera] = s
		}
		look, known := r.Look(w.Camera)
		r.judge(w.Camera, s, s.find(w, look, known, behind[w.Camera], r.oldest()))
		if s.seen = known; known {
			if look.Frames > s.look.Frames && s.look.Live {
				s.pace = look.Frames - s.look.Frames
			}
			s.look = look
		}
	}
	for camera, s := range r.cameras {
		if !here[camera] {
			if s.told {
				r.Signal(camera, None)
			}
			delete(r.cameras, camera)
		}
	}
}

// oldest is before when no segment may have begun that is still open: it ends with a
// key frame, and cameras are allowed a minute or two between them.
func (r *Reconciler) oldest() int64 {
	length := r.Segment
	if length <= 0 {
		length = 5 * time.Minute
	}
	return r.Clock.Micro() - (2*length + 10*time.Minute).Microseconds()
}

// find tells what is wrong, if it is clear.
func (s *state) find(w Wanted, now Look, known, behind bool, oldest int64) Fault {
	before := s.look
	switch {
	case w.Record && !known:
		return Unassigned
	case !w.Record && known && now.Recording:
		return Unwanted
	case behind:
		return Behind
	case !w.Record, !s.seen, !now.Live, !before.Live:
		return None // also down is not stuck: its source knows why
	case now.Held, before.Held:
		return None
	case now.Frames == before.Frames:
		return NoFrames
	case now.Frames < before.Frames:
		return None // it was begun anew
	case !now.Recording && now.Cause == media.CauseNone && !before.Recording && before.Cause == media.CauseNone:
		return NoBytes
	case now.Recording && before.Recording && now.Written == before.Written:
		return NoBytes
	case now.Recording && now.Since != 0 && now.Since < oldest:
		return NoClose
	}
	return None
}

// judge heals, and raises a signal where that does not help.
func (r *Reconciler) judge(camera string, s *state, found Fault) {
	if found == None {
		s.looks = 0
		if s.calm++; s.heals > 0 && s.calm < calm {
			return
		}
		if s.told {
			r.Signal(camera, None)
			r.Log.Info("recording goes on", "camera", camera, "after", string(s.fault))
		}
		s.fault, s.heals, s.healed, s.told = None, 0, -1, false
		return
	}
	if s.calm > 0 {
		s.calm, s.healed = 0, -1
	}
	changed := s.fault != found
	s.fault = found
	s.looks++
	need := 1
	if found == Behind || found == NoClose || (found == NoFrames || found == NoBytes) && s.pace > 0 && s.pace < slow {
		need = patience
	}
	switch {
	case s.looks < need:
		return
	case s.healed < 0, s.healed >= again:
		r.Log.Warn("recording stands still and is begun anew", "camera", camera, "fault", string(found))
		s.healed = 0
		s.heals++
		r.heal(camera, found)
	default:
		s.healed++
	}
	if !s.told && (s.healed >= grace || s.heals >= often) || s.told && changed {
		s.told = true
		r.Signal(camera, found)
	}
}

func (r *Reconciler) heal(camera string, found Fault) {
	switch found {
	case Unassigned, Unwanted:
		r.Assign()
	case Behind:
		r.Follow(camera)
	case NoFrames, NoBytes, NoClose:
		r.Restart(camera)
	case None:
	}
}
