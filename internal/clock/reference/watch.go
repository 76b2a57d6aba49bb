package reference

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/sntp"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Watch keeps the state of the clock.
type Watch struct {
	Clock   clock.Clock
	Servers []string // host:port of time servers (SNTP), none if empty
	Limits  Limits   // until By is called
	// StepHold is how long after a step the time is not trusted; 0 means 10 min.
	StepHold time.Duration
	// TrustUnknown lets a clock count as right that nothing can be compared with.
	TrustUnknown bool
	// LastCheckpoint, if set, is an instant that others have witnessed as past; ok is
	// false while there is none. A clock far ahead of it is not trusted.
	LastCheckpoint func() (at time.Time, ok bool)
	// OnState is told of a change of Sync, Reason, Source or of the level of the
	// offset, OnStep of every step. Both are called from goroutines of the watch, which
	// wait for them; either may call State.
	OnState func(State)
	OnStep  func(Step)
	// OnLeap is told that what Leapt tells has changed. It must not wait for the watch.
	OnLeap func()

	Kernel func() (Reading, error)                                         // nil means the function of that name
	Query  func(ctx context.Context, address string) (*sntp.Answer, error) // nil means sntp.Query
	// Elapsed is a clock that nobody sets, from any beginning; nil means the system's
	// monotonic one.
	Elapsed func() time.Duration

	rules atomic.Pointer[rule.Set]

	mu      sync.Mutex // guards all below
	state   State
	level   Level
	answers []answer // as Servers
	wall    time.Time
	steady  time.Duration
	stepped time.Duration // when the last step was seen, by Elapsed
	known   past          // the newest that has passed for certain, or has come to be believed
	more    time.Duration // of it, what has come to be believed
	easedAt time.Duration // when that was last more, by Elapsed
	word    *Word         // of another machine since the clock was last set; nil: none
	leapt   bool          // what Leapt told when OnLeap was last called

	wake   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// answer is the last one of a server, with when it came by Elapsed.
type answer struct {
	*sntp.Answer
	at  time.Duration
	err error
}

const (
	lookEvery   = 500 * time.Millisecond // for steps
	kernelEvery = 16 * time.Second
	askEvery    = 64 * time.Second // servers; RFC 4330, 10 asks for no less than 15 s
	askPatience = 3 * time.Second
	staleAfter  = 5 * askEvery // an answer counts so long while no other comes

	// stepAtLeast is a change that is no correction by frequency (500 ppm) and no delay
	// between two readings.
	stepAtLeast = 250 * time.Millisecond
)

// Why the time is not trusted.
var (
	ErrUnsynchronised = problem.New(problem.Unavailable, "time_unsynchronised", "The recorder's clock is not synchronised. Nothing is removed until it is.")
	ErrUnknown        = problem.New(problem.Unavailable, "time_unknown", "Nothing tells whether the recorder's clock is right. Name time servers in the configuration, or let it count as right.")
	ErrAhead          = problem.New(problem.Unavailable, "time_ahead", "The recorder's clock is far ahead of the last checkpoint of its log.")
	ErrLeapt          = problem.New(problem.Unavailable, "time_leapt", "The recorder's clock is more than an hour ahead of what was last signed, and neither a person nor a witness has said that it is right.")
	ErrStepped        = problem.New(problem.Unavailable, "time_stepped", "The recorder's clock was set a short while ago.")
)

// Start takes a first look at the kernel and begins to watch.
func (w *Watch) Start(ctx context.Context) error {
	w.Limits = w.Limits.orDefault()
	if w.StepHold <= 0 {
		w.StepHold = 10 * time.Minute
	}
	if w.Kernel == nil {
		w.Kernel = Kernel
	}
	if w.Query == nil {
		w.Query = func(ctx context.Context, address string) (*sntp.Answer, error) {
			return sntp.Query(ctx, address, w.Clock.Now)
		}
	}
	if w.Elapsed == nil {
		began := time.Now()
		w.Elapsed = func() time.Duration { return time.Since(began) }
	}
	w.answers = make([]answer, len(w.Servers))
	w.wake = make(chan struct{}, 1)
	w.wall, w.steady = w.Clock.Now(), w.Elapsed()
	w.known, w.easedAt = past{w.wall.Round(0), w.steady}, w.steady // until Since
	w.judge()
	ctx, w.cancel = context.WithCancel(ctx)
	w.done.Go(func() { w.look(ctx) })
	w.done.Go(func() { w.measure(ctx) })
	return nil
}

// Close stops watching and waits.
func (w *Watch) Close() {
	w.cancel()
	w.done.Wait()
}

// State is how the clock stands.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	s.Servers = slices.Clone(s.Servers)
	return s
}

// Level grades the present offset.
func (w *Watch) Level() Level {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.level
}

// Trusted tells why nothing may be done now that presumes the right time, such as
// removing what is too old; nil if it may.
func (w *Watch) Trusted() error {
	w.mu.Lock()
	s := w.state
	w.mu.Unlock()
	switch {
	case s.Sync == Unsynchronised:
		return ErrUnsynchronised.With("reason", string(s.Reason))
	case s.Sync != Synchronised && !w.TrustUnknown:
		return ErrUnknown.With("reason", string(s.Reason))
	}
	if _, leapt := w.Leapt(); leapt {
		return ErrLeapt
	}
	if _, now := w.step(); now {
		return ErrStepped // not yet seen by the look that comes next
	}
	if w.Stepped() {
		return ErrStepped
	}
	if w.LastCheckpoint != nil {
		if at, ok := w.LastCheckpoint(); ok {
			if ahead := w.Clock.Now().Sub(at); ahead > farAhead {
				return ErrAhead.With("ahead", ahead.Seconds())
			}
		}
	}
	return nil
}

// Stepped tells that the clock was set and that this is still held against it.
func (w *Watch) Stepped() bool {
	w.mu.Lock()
	set, at := w.state.Step != nil, w.stepped
	w.mu.Unlock()
	return set && w.Elapsed()-at < w.StepHold
}

// step compares the clock with the steady one since the last look. A reading that
// was held up between the two clocks looks like a step: it is taken again.
func (w *Watch) step() (by time.Duration, is bool) {
	w.mu.Lock()
	wall, steady := w.wall, w.steady
	w.mu.Unlock()
	for range 3 {
		passed := w.Elapsed() - steady
		by = w.Clock.Now().Round(0).Sub(wall.Round(0)) - passed
		if by.Abs() < stepAtLeast {
			return 0, false
		}
	}
	return by, true
}

func (w *Watch) look(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		by, is := w.step()
		now, steady := w.Clock.Now(), w.Elapsed()
		w.mu.Lock()
		w.wall, w.steady = now, steady
		var s Step
		if is {
			s = Step{From: now.Add(-by), To: now}
			w.state.Step, w.stepped = &s, steady
			w.word = nil
			clear(w.answers) // they spoke of another clock
		}
		w.mu.Unlock()
		w.follow()
		if !is {
			continue
		}
		if w.OnStep != nil {
			w.OnStep(s)
		}
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

func (w *Watch) measure(ctx context.Context) {
	kernel, ask := time.NewTicker(kernelEvery), time.NewTicker(askEvery)
	defer kernel.Stop()
	defer ask.Stop()
	for {
		w.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		w.judge()
		for again := false; !again; {
			select {
			case <-ctx.Done():
				return
			case <-kernel.C:
				w.judge()
			case <-ask.C:
				again = true
			case <-w.wake:
				again = true
			}
		}
	}
}

// ask puts the question to all servers at once.
func (w *Watch) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	var all sync.WaitGroup
	for i, address := range w.Servers {
		all.Go(func() {
			before := w.Elapsed()
			a, err := w.Query(ctx, address)
			w.mu.Lock()
			defer w.mu.Unlock()
			switch {
			case err != nil:
				w.answers[i].err = err
			case w.state.Step != nil && w.stepped > before: // the clock was set meanwhile
			default:
				w.answers[i] = answer{Answer: a, at: w.Elapsed()}
			}
		})
	}
	all.Wait()
}

// judge makes the state anew of what was measured last.
func (w *Watch) judge() {
	var kernel *Reading
	if r, err := w.Kernel(); err == nil {
		kernel = &r
	}
	w.mu.Lock()
	servers := make([]Server, len(w.Servers))
	for i, a := range w.answers {
		servers[i] = Server{Address: w.Servers[i], Answer: a.Answer, Err: a.err}
		if w.Elapsed()-a.at > staleAfter {
			servers[i].Answer = nil
		}
	}
	old, now := w.state, w.Clock.Now()
	limits := w.Limits.By(w.rules.Load())
	s := judge(kernel, servers, limits)
	s.Checked, s.Since, s.Step = now, now, old.Step
	if s.Sync == old.Sync && s.Reason == old.Reason {
		s.Since = old.Since
	}
	was := w.level
	w.level = Right
	if s.Offset != nil {
		w.level = limits.Level(*s.Offset, 0, was)
	}
	w.state = s
	changed := s.Sync != old.Sync || s.Reason != old.Reason || s.Source != old.Source || w.level != was
	w.mu.Unlock()
	if changed && w.OnState != nil {
		w.OnState(s)
	}
}
