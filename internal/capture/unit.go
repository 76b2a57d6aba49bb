package capture

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/recording/intake"
	"watchroom/internal/source"
)

// unit is one camera at work.
type unit struct {
	fleet *Fleet
	id    string // of the camera

	mu       sync.Mutex // guards all below; never held while a runner or recorder stops
	gone     bool       // it is no longer, or will never be, a camera of the fleet
	camera   Camera
	since    time.Time // when it was switched on or off, as far as this process knows
	main     *source.Runner
	stream   *media.Stream
	recorder *recording.Recorder
	intake   atomic.Pointer[source.Runner] // main, for the recorder, which must not wait for mu
	healing  bool                          // it is being begun anew
	sub      *pull                         // nil while nobody pulls the sub-stream
	tracks   [2]lastTracks                 // of main and sub
}

// lastTracks is a sink that remembers the tracks of a stream's newest run.
type lastTracks struct {
	mu     sync.Mutex // guards tracks
	tracks []media.Track
}

func (l *lastTracks) Begin(run *media.Run) {
	l.mu.Lock()
	l.tracks = run.Tracks
	l.mu.Unlock()
}

func (*lastTracks) Write(*media.Run, *media.Unit)      {}
func (*lastTracks) End(*media.Run, int64, media.Cause) {}

func (l *lastTracks) get() []media.Track {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tracks
}

// pull is a sub-stream that is being pulled for viewers.
type pull struct {
	runner *source.Runner
	stream *media.Stream
	gop    *media.GOP
	users  int
	linger *time.Timer // runs while there are no users
}

func joined(errs []error) error { return errors.Join(errs...) }

func newUnit(f *Fleet, c Camera) *unit {
	return &unit{fleet: f, id: c.ID, camera: c, since: f.Clock.Now()}
}

func (u *unit) start() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.camera.Enabled {
		return u.run()
	}
	// It was switched off when the last process died, or while there was none: what
	// that left behind is brought in order, and the journal says why there is no more.
	rec := u.newRecorder()
	if err := rec.Start(u.fleet.ctx); err != nil {
		return err
	}
	cause, words := u.camera.Off.cause(), u.camera.Off.words()
	u.fleet.finish(u.id, func() { rec.StopSaying(cause, words) })
	return nil
}

func (u *unit) newRecorder() *recording.Recorder {
	f := u.fleet
	rec := &recording.Recorder{
		Camera: u.id, Volume: f.Volume, Volumes: f.Volumes, Clock: f.Clock, Log: f.Log, Spool: f.Spool,
		SegmentLength: f.SegmentLength, PartLength: f.PartLength, Intake: u.taken,
		Alive: f.Alive, Earlier: f.Earlier, OnEarlier: f.order.Behind, OnJournal: f.OnJournal, OnState: func(recording.State) { u.changed() },
	}
	rec.SetPriority(u.camera.Priority)
	return rec
}

// run starts recorder and main stream, at once or when the last recorder of the
// camera has written out. u.mu is held.
func (u *unit) run() error {
	f, id := u.fleet, u.id
	f.mu.Lock()
	writing := f.writing[id]
	f.mu.Unlock()
	if writing != nil {
		f.idle.Go(func() {
			<-writing
			u.mu.Lock()
			defer u.mu.Unlock()
			if u.gone || !u.camera.Enabled || u.recorder != nil {
				return
			}
			if err := u.run(); err != nil {
				f.Log.Error("a camera could not be started", "camera", id, "err", err)
			}
		})
		return nil
	}
	rec := u.newRecorder()
	if err := rec.Start(f.ctx); err != nil {
		return err
	}
	u.recorder, u.stream = rec, &media.Stream{}
	u.stream.AddSink(rec)
	u.stream.AddSink(&u.tracks[0])
	u.main = u.runner(u.camera.Main, u.stream, rec)
	u.intake.Store(u.main)
	return u.main.Start(f.ctx)
}

// runner makes the runner of a stream. Where rec is given, every reason for
// having no picture goes into its journal.
func (u *unit) runner(c source.Config, s *media.Stream, rec *recording.Recorder) *source.Runner {
	f := u.fleet
	return &source.Runner{
		Config: c, Stream: s, Clock: f.Clock, Gate: f.Gate, Connect: f.Connect, Log: f.Log,
		NoFrameTimeout: f.NoFrameTimeout, NoKeyFrameTimeout: f.NoKeyFrameTimeout,
		Order: &f.order, Elapsed: f.Elapsed, Freed: f.Freed,
		OnStatus: func(st source.Status) {
			told := st.State != source.Live && st.State != source.Connecting && st.State != source.Off
			if rec != nil && (told || st.Cause == media.CauseNoKeyFrame) {
				rec.Gap(st.Since.UnixMicro(), st.Cause, st.Reason.Code)
			}
			u.changed()
		},
	}
}

// taken is what the main stream's source has counted and measured.
func (u *unit) taken() (in intake.Intake) {
	main := u.intake.Load()
	if main == nil {
		return in
	}
	f := main.Status().Figures
	in.Lost, in.Dropped = f.Lost, f.Dropped
	if f.ClockOffset != nil {
		micro := int64(*f.ClockOffset * 1e6)
		in.Offset, in.Source = &micro, f.ClockSource
	}
	return in
}

// clockStepped tells of time that never passed where the camera is not recorded.
func (u *unit) clockStepped(from, to int64) {
	u.mu.Lock()
	main, rec := u.main, u.recorder
	u.mu.Unlock()
	if main == nil || rec == nil || rec.State().Recording {
		return
	}
	st := main.Status()
	cause := rec.State().Cause
	if cause == media.CauseNone {
		cause = media.CauseConnecting
	}
	rec.Gap(from, media.CauseClockStep, "")
	rec.Gap(to, cause, st.Reason.Code)
}

func (u *unit) changed() {
	if f := u.fleet.OnStatus; f != nil {
		f(u.id)
	}
}

// stop ends both streams and the recording. detail stands beside the cause of the
// gap that begins; without a cause none does: the camera was handed over.
func (u *unit) stop(cause media.Cause, detail string) {
	u.mu.Lock()
	main, rec, sub := u.main, u.recorder, u.sub
	u.main, u.recorder, u.sub = nil, nil, nil
	u.mu.Unlock()
	if sub != nil {
		sub.stop(cause)
	}
	if main != nil {
		main.Stop(cause)
	}
	if rec != nil {
		u.fleet.finish(u.id, func() {
			if cause == media.CauseNone {
				rec.HandOver()
			} else {
				rec.StopSaying(cause, detail)
			}
		})
	}
}

// restart begins main stream and recording anew. Where the source does not let go,
// nothing else is begun beside it.
func (u *unit) restart() {
	u.mu.Lock()
	main := u.main
	ready := !u.gone && !u.healing && main != nil
	if ready {
		u.healing = true
		u.fleet.idle.Add(1) // Close has not come to this camera yet
	}
	u.mu.Unlock()
	if !ready {
		return
	}
	go func() {
		defer u.fleet.idle.Done()
		main.Stop(media.CauseStuck)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.healing = false
		if u.main != main || u.gone {
			return // somebody was first
		}
		rec := u.recorder
		u.main, u.recorder = nil, nil
		u.fleet.finish(u.id, func() { rec.StopSaying(media.CauseStuck, "") })
		if err := u.run(); err != nil {
			u.fleet.Log.Error("a camera could not be begun anew", "camera", u.id, "err", err)
		}
	}()
}

func (p *pull) stop(cause media.Cause) {
	if p.linger != nil {
		p.linger.Stop()
	}
	p.runner.Stop(cause)
}

// change makes the camera what c says, touching only what differs.
func (u *unit) change(c Camera) error {
	u.mu.Lock()
	old := u.camera
	u.camera = c
	if old.Enabled != c.Enabled {
		u.since = u.fleet.Clock.Now()
	}
	running := u.recorder != nil
	if running {
		u.recorder.SetPriority(c.Priority)
	}
	u.mu.Unlock()
	switch {
	case reflect.DeepEqual(old, c):
		return nil
	case !c.Enabled:
		if running {
			u.stop(c.Off.cause(), c.Off.words())
		}
	case !running:
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.run()
	default:
		if !reflect.DeepEqual(old.Sub, c.Sub) {
			u.mu.Lock()
			sub := u.sub
			u.sub = nil
			u.mu.Unlock()
			if sub != nil {
				sub.stop(media.CauseRestart)
			}
		}
		if old.Main != c.Main {
			u.mu.Lock()
			main := u.main
			u.mu.Unlock()
			if main == nil { // it is being begun anew, with what c says
				return nil
			}
			main.Stop(media.CauseRestart)
			u.mu.Lock()
			defer u.mu.Unlock()
			if u.main != main {
				return nil
			}
			u.main = u.runner(c.Main, u.stream, u.recorder)
			u.intake.Store(u.main)
			return u.main.Start(u.fleet.ctx)
		}
	}
	u.changed()
	return nil
}

func (u *unit) status() Status {
	u.mu.Lock()
	main, rec, sub := u.main, u.recorder, u.sub
	s := Status{Enabled: u.camera.Enabled, HasSub: u.camera.Sub != nil}
	off := u.camera.Off
	stream := u.stream
	s.Main.Since = u.since
	u.mu.Unlock()
	s.MainTracks, s.SubTracks = u.tracks[0].get(), u.tracks[1].get()
	s.Main.State = source.Off
	if main == nil && s.Enabled { // its last recorder still writes
		s.Main.State = source.Connecting
		return s
	}
	if main == nil {
		s.Main.Reason = source.Reason{Code: "off", Detail: "The camera is switched off."}
		if off != nil {
			if off.At > 0 {
				s.Main.Since = time.UnixMicro(off.At).UTC()
			}
			s.Main.Reason.Params = map[string]any{"by": off.By, "reason": off.Reason}
			s.Main.Reason.Detail = "The camera is switched off. " + off.words()
			if off.Cause == media.CauseOffHours {
				s.Main.Reason = source.Reason{Code: "off_hours", Detail: "Nothing is recorded at these hours."}
			}
		}
		s.Main.Cause = off.cause()
		return s
	}
	s.Main = main.Status()
	s.State = rec.State()
	s.Viewers = stream.Watchers()
	if sub != nil {
		st := sub.runner.Status()
		s.Sub = &st
		s.Viewers += sub.stream.Watchers()
	}
	return s
}

func (u *unit) openSegment() *recording.OpenSegment {
	u.mu.Lock()
	rec := u.recorder
	u.mu.Unlock()
	if rec == nil {
		return nil
	}
	return rec.Open()
}

func (u *unit) open(which media.Which) (*media.Stream, media.Primer, func(), error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.recorder == nil {
		return nil, nil, nil, ErrOff
	}
	if which != media.Sub {
		return u.stream, u.recorder, func() {}, nil
	}
	if u.camera.Sub == nil {
		return nil, nil, nil, ErrNoStream
	}
	if u.sub == nil {
		p := &pull{stream: &media.Stream{}, gop: &media.GOP{}}
		p.stream.AddSink(p.gop)
		p.stream.AddSink(&u.tracks[1])
		p.runner = u.runner(*u.camera.Sub, p.stream, nil)
		if err := p.runner.Start(u.fleet.ctx); err != nil {
			return nil, nil, nil, err
		}
		u.sub = p
	}
	p := u.sub
	p.users++
	if p.linger != nil {
		p.linger.Stop()
		p.linger = nil
	}
	var once sync.Once
	return p.stream, p.gop, func() { once.Do(func() { u.leave(p) }) }, nil
}

// leave counts a viewer of the sub-stream out; the last one starts the linger.
func (u *unit) leave(p *pull) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if p.users--; p.users > 0 || u.sub != p {
		return
	}
	p.linger = time.AfterFunc(u.fleet.SubLinger, func() {
		u.mu.Lock()
		idle := u.sub == p && p.users == 0
		if idle {
			u.sub = nil
			u.fleet.idle.Add(1) // Close has not come to this camera yet: it would have taken u.sub
		}
		u.mu.Unlock()
		if idle {
			defer u.fleet.idle.Done()
			p.runner.Stop(media.CauseSwitchedOff)
			u.changed()
		}
	})
}
