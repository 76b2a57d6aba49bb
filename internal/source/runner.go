package source

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// Connect opens one connection, reports into the session until it ends, and
// returns why. It returns soon after ctx is done, with all that it started gone.
type Connect func(ctx context.Context, cfg Config, s *Session) error

// Runner keeps one stream of one camera alive for ever.
type Runner struct {
	Config  Config
	Stream  *media.Stream
	Clock   clock.Clock
	Gate    *Gate        // shared by all runners; nil lets everyone dial at once
	Connect Connect      // how the device is spoken to
	Log     *slog.Logger // nil discards

	// Order is that of the runs of all of a recorder's streams; nil goes by the clock.
	Order *Order
	// Elapsed is the true time between two readings of Clock; nil means their monotonic
	// readings. Tests that set the clock need it.
	Elapsed func(from, to time.Time) time.Duration

	// Freed, if set, is closed once another process no longer holds the camera: what was
	// refused until then is tried at once.
	Freed <-chan struct{}

	// OnStatus is told of every change of state or reason, never of figures, in
	// order and from one goroutine. It may call Status.
	OnStatus func(Status)

	// NoFrameTimeout is how long a live stream may be silent; 0 means 5 s. Cameras
	// whose own pace is slower get three times that pace, down to a picture a
	// minute. After as long the reason is told why no run could begin.
	NoFrameTimeout time.Duration
	// NoKeyFrameTimeout is how long a stream may send pictures without any that
	// decoding can start with; 0 means 60 s. Until then it counts as connecting.
	NoKeyFrameTimeout time.Duration

	meter    meter
	patience time.Duration // see slow; used in run's goroutine only
	starved  bool          // the last session waited in vain for a key frame; likewise
	cancel   context.CancelCauseFunc
	done     chan struct{}

	mu     sync.Mutex // guards status
	status Status
}

// halted is how late the watchdog's look may be before it counts as a sign that the
// whole process was held up.
const halted = time.Second

// stopped carries the gap's cause from Stop to the session that is going.
type stopped struct{ cause media.Cause }

func (s stopped) Error() string { return "source: stopped: " + string(s.cause) }

// Start begins to connect. It returns at once.
func (r *Runner) Start(ctx context.Context) error {
	if r.Connect == nil || r.Stream == nil {
		return errors.New("source: a runner needs Connect and Stream")
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.NoFrameTimeout == 0 {
		r.NoFrameTimeout = defaultNoFrames
	}
	if r.NoKeyFrameTimeout == 0 {
		r.NoKeyFrameTimeout = defaultNoKeyFrames
	}
	ctx, r.cancel = context.WithCancelCause(ctx)
	r.done = make(chan struct{})
	r.set(Connecting, Reason{Code: "connecting", Detail: "The first connection is being made."}, media.CauseUnreachable)
	go r.run(ctx)
	return nil
}

// Close ends the stream because the recorder stops, and waits.
func (r *Runner) Close() { r.Stop(media.CauseStopped) }

// Stop ends the stream for the given cause and waits. Only the first call's
// cause counts.
func (r *Runner) Stop(cause media.Cause) {
	if r.cancel == nil {
		return
	}
	r.cancel(stopped{cause})
	<-r.done
}

// Status is the present state with figures as of now.
func (r *Runner) Status() Status {
	r.mu.Lock()
	st := r.status
	r.mu.Unlock()
	if st.State == "" {
		st.State = Off
	}
	st.Figures = r.meter.figures(r.Clock.Now())
	return st
}

func (r *Runner) set(state State, reason Reason, cause media.Cause) {
	r.mu.Lock()
	same := r.status.State == state && r.status.Reason.Code == reason.Code
	if !same {
		r.status.Since = r.Clock.Now()
	}
	r.status.State, r.status.Reason, r.status.Cause = state, reason, cause
	r.mu.Unlock()
	if !same && r.OnStatus != nil {
		r.OnStatus(r.Status())
	}
}

func (r *Runner) run(ctx context.Context) {
	defer close(r.done)
	var wait backoff
	freed := r.Freed
	for ctx.Err() == nil {
		live, lasted, err := r.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		f := Classify(err, live)
		if live {
			r.meter.with(func(g *Figures) { g.Reconnects++ })
		}
		if lasted >= steadyAfter {
			wait.reset()
		}
		pause := wait.next(f.State)
		r.Log.Info("stream down", "camera", r.Config.Camera, "stream", string(r.Config.Which),
			"state", string(f.State), "code", f.Reason.Code, "err", err, "retry_in", pause)
		r.set(f.State, f.Reason, f.Cause)
		select {
		case <-time.After(pause):
		case <-freed:
			freed = nil
			wait.reset()
		case <-ctx.Done():
		}
	}
	cause := media.CauseStopped
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		cause = s.cause
	}
	r.set(Off, Reason{Code: "off", Detail: "The stream is not being pulled."}, cause)
}

// connect makes one connection and returns when it is over. The session's run, if
// one began, is ended with the right cause.
func (r *Runner) connect(parent context.Context) (live bool, lasted time.Duration, err error) {
	leave, err := r.Gate.Enter(parent)
	if err != nil {
		return false, 0, err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)

	playing, began := make(chan struct{}), make(chan struct{})
	var oncePlaying, onceLive sync.Once
	s := &Session{
		stream: r.Stream, clock: r.Clock, meter: &r.meter, order: r.Order, elapsed: r.Elapsed,
		played: func() { oncePlaying.Do(func() { close(playing) }) },
		live:   func() { onceLive.Do(func() { close(began) }) },
	}
	result := make(chan error, 1)
	go func() { result <- r.Connect(ctx, r.Config, s) }()

	watch := time.NewTimer(time.Hour)
	watch.Stop()
	defer watch.Stop()
	var due, since time.Time
	look := func(in time.Duration) {
		due = time.Now().Add(in)
		watch.Reset(in)
	}
	for {
		select {
		case <-playing:
			playing = nil
			leave()
			look(r.NoFrameTimeout)
		case <-began:
			began, live, since = nil, true, time.Now()
			r.starved = false
			r.set(Live, Reason{Code: "live", Detail: "Pictures are coming."}, media.CauseNone)
		case <-watch.C:
			if time.Since(due) > halted {
				// This process stood still, not the camera: what came meanwhile waits in
				// the socket and is to be read before silence is judged.
				look(halted)
				continue
			}
			next, fail := r.inspect(s.watch())
			if fail == nil {
				look(next)
				continue
			}
			cancel(fail)
			<-result
			s.end(fail.Cause)
			return live, lastedSince(since), fail
		case err := <-result:
			if err == nil {
				err = errors.New("the connection ended")
			}
			if playing == nil && !live {
				err = hungUp(err)
			}
			// A run that began and broke within one turn of this loop was live too.
			select {
			case <-began:
				live = true
			default:
			}
			cause := media.CauseStopped
			if st := (stopped{}); errors.As(context.Cause(parent), &st) {
				cause = st.cause
			} else if parent.Err() == nil {
				cause = Classify(err, live).Cause
			}
			s.end(cause)
			return live, lastedSince(since), err
		}
	}
}

func lastedSince(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return time.Since(t)
}

// inspect is the watchdog's look: when to look again, or why to give up.
func (r *Runner) inspect(w watch) (next time.Duration, fail *Failure) {
	switch {
	case w.garbled && w.waiting == 0:
		return 0, stalled(w.obstacle, nil)
	case w.waiting > r.NoKeyFrameTimeout:
		r.starved = true
		return 0, stalled(w.obstacle, nil)
	case w.pictures > 1 && w.pace < r.NoFrameTimeout/paces:
		r.patience = 0
	}
	limit := max(r.NoFrameTimeout, w.allowed(), r.patience)
	if w.quiet < limit {
		switch {
		case w.waiting < r.NoFrameTimeout:
		case w.hopeful && !r.starved:
			r.set(Connecting, awaited(), media.CauseNoKeyFrame)
		default:
			f := stalled(w.obstacle, nil)
			r.set(f.State, f.Reason, f.Cause)
		}
		next = min(limit-w.quiet, r.NoFrameTimeout)
		if w.waiting > 0 && w.waiting < r.NoFrameTimeout {
			next = min(next, r.NoFrameTimeout-w.waiting)
		}
		return max(next, 10*time.Millisecond), nil
	}
	if w.pictures == 1 {
		r.slow(limit)
	}
	fail = noFrames(strconv.Itoa(int(w.quiet.Seconds())))
	switch {
	case w.hint != nil:
		fail.Reason = *w.hint
	case w.pictures == 0 && w.obstacle.Code == "not_decodable":
		fail.Reason = w.obstacle
	}
	return 0, fail
}

// slow makes the next session wait longer for its second picture. One picture and
// then silence may be a camera whose pace nobody knows yet.
func (r *Runner) slow(waited time.Duration) { r.patience = min(paces*waited, slowest) }
