package route

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Running knows every answer that goes on after its first byte: media, live
// pictures, event streams. When something happens to a session, a person, a token
// or a viewing, it asks again for everything that this concerns, and ends what is
// no longer allowed (ruling R18).
type Running struct {
	Bus   *event.Bus
	Clock clock.Clock
	Log   *slog.Logger
	Every time.Duration // everything is asked again this often, whatever happens; 0 means 30 s

	mu     sync.Mutex // guards held and closed
	held   map[*Hold]struct{}
	closed bool

	stop context.CancelFunc
	done chan struct{}
}

// Hold is one answer that goes on.
type Hold struct {
	running *Running
	keys    []string // ids of the session or token, the person, the viewing, the camera
	decide  func(context.Context) (until time.Time, err error)
	ctx     context.Context //nolint:containedctx // a hold is a lifetime
	cancel  context.CancelCauseFunc
	until   time.Time // guarded by running.mu
}

// ErrStopping ends what runs when the server stops.
var ErrStopping = problem.New(problem.Unavailable, "server_stopping", "The server is stopping.")

// Start begins to listen.
func (r *Running) Start(ctx context.Context) error {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.Every == 0 {
		r.Every = 30 * time.Second
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.done = make(chan struct{})
	sub := r.Bus.Subscribe(256)
	go r.run(ctx, sub)
	return nil
}

// Close ends everything that runs and admits nothing any more.
func (r *Running) Close() {
	r.mu.Lock()
	r.closed = true
	for h := range r.held {
		h.cancel(ErrStopping)
	}
	r.mu.Unlock()
	if r.stop != nil {
		r.stop()
		<-r.done
	}
}

// Begin asks decide, and on its yes gives a context that lasts until End, until
// ctx ends, or until decide says no to being asked again: because something
// happened to one of the keys, because the instant that it named has passed (zero:
// never), or because it was asked long ago.
func (r *Running) Begin(ctx context.Context, keys []string, decide func(context.Context) (until time.Time, err error)) (*Hold, error) {
	h := &Hold{running: r, keys: keys, decide: decide}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	// Known first and asked then, so that nothing can happen in between unseen.
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		h.cancel(ErrStopping)
		return nil, ErrStopping
	}
	if r.held == nil {
		r.held = map[*Hold]struct{}{}
	}
	r.held[h] = struct{}{}
	r.mu.Unlock()
	until, err := decide(ctx)
	if err != nil {
		h.End()
		return nil, err
	}
	r.mu.Lock()
	h.until = until
	r.mu.Unlock()
	return h, nil
}

// Context ends when the answer must end.
func (h *Hold) Context() context.Context { return h.ctx }

// Why says what ended the answer, nil while nothing has or when it just ended.
func (h *Hold) Why() *problem.Error {
	cause := context.Cause(h.ctx)
	if cause == nil || errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return nil
	}
	return problem.Of(cause)
}

// End forgets the answer. It may be called more than once.
func (h *Hold) End() { h.end(nil) }

// Fail ends the answer because of something that decide did not find.
func (h *Hold) Fail(why error) { h.end(why) }

func (h *Hold) end(why error) {
	h.cancel(why)
	h.running.mu.Lock()
	defer h.running.mu.Unlock()
	delete(h.running.held, h)
}

// Count is how many answers run.
func (r *Running) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held)
}

func (r *Running) run(ctx context.Context, sub *event.Subscription) {
	defer close(r.done)
	defer sub.Close()
	expiry := time.NewTicker(500 * time.Millisecond)
	defer expiry.Stop()
	safety := time.NewTicker(r.Every)
	defer safety.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sub.C:
			events, lost := sub.Take()
			keys, all := concerned(events)
			r.again(ctx, func(h *Hold) bool {
				return lost > 0 || all || slices.ContainsFunc(h.keys, func(k string) bool { return keys[k] })
			}, true)
		case <-expiry.C:
			now := r.Clock.Now()
			r.again(ctx, func(h *Hold) bool { return !h.until.IsZero() && !h.until.After(now) }, true)
		case <-safety.C:
			r.again(ctx, func(*Hold) bool { return true }, false)
		}
	}
}

// concerned collects the ids that events which can end a right are about. all is set where
// they are about everybody's.
func concerned(events []event.Event) (keys map[string]bool, all bool) {
	keys = map[string]bool{}
	for _, e := range events {
		// A rule that changed may end anything: how long a session may be idle, or a viewing last.
		all = all || e.Kind == "rights" || e.Kind == "rules"
		if !endsRights(e.Kind) {
			continue
		}
		for _, k := range []string{e.Subject, e.Person} {
			if k != "" {
				keys[k] = true
			}
		}
	}
	return keys, all
}

// endsRights names the kinds of events after which a right may have ended.
func endsRights(kind string) bool {
	switch kind {
	case "session", "viewing", "cameras":
		return true
	}
	return false
}

// again asks for the picked answers. When nobody can say, as while the database
// is away, an answer that something happened to ends, and any other goes on:
// live pictures outlast a database that is away.
func (r *Running) again(ctx context.Context, pick func(*Hold) bool, strict bool) {
	r.mu.Lock()
	var picked []*Hold
	for h := range r.held {
		if pick(h) {
			picked = append(picked, h)
		}
	}
	r.mu.Unlock()
	for _, h := range picked {
		if h.ctx.Err() != nil {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, 800*time.Millisecond)
		until, err := h.decide(ask)
		cancel()
		if err == nil {
			r.mu.Lock()
			h.until = until
			r.mu.Unlock()
			continue
		}
		switch p := problem.Of(err); p.Kind {
		case problem.NotSignedIn, problem.Forbidden, problem.NotFound, problem.Conflict:
			h.end(p)
		default:
			// What must be on record before more is shown, and is not, ends what runs.
			if strict || errors.Is(err, ledger.ErrNotRecorded) {
				h.end(p)
			} else {
				r.Log.WarnContext(ctx, "a running answer could not be decided again", "error", err)
			}
		}
	}
}
