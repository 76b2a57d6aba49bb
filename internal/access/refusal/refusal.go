// Package refusal puts on record what somebody was refused for want of a right. A program
// that tries again and again does not flood the record: of one person, right and camera
// there is one act a minute at most, with how often it was.
package refusal

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

const (
	// Fold is how long refusals that are alike are put together.
	Fold = time.Minute
	// mostApart is how many kinds of refusals of one person are told apart at a time.
	// Those beyond are put together, whatever camera and right they are about.
	mostApart = 30
	// mostPersons bounds what is remembered; who comes then is recorded one by one.
	mostPersons = 10_000
	look        = time.Second
)

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

// Refusals records them.
type Refusals struct {
	Journal Journal
	Clock   clock.Clock
	Log     *slog.Logger

	mu   sync.Mutex // guards held
	held map[string]map[key]*folded

	stop context.CancelFunc
	done chan struct{}
}

type key struct {
	action access.Action
	camera string
}

// folded are refusals that are alike, since the act about them.
type folded struct {
	actor access.Actor
	code  string
	route string
	told  int64 // µs, of the last act
	first int64 // µs, of the first that is not told
	count int
}

// Start begins to tell what was put together.
func (r *Refusals) Start(ctx context.Context) error {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.done = make(chan struct{})
	go r.run(ctx)
	return nil
}

// Close tells what is left and waits.
func (r *Refusals) Close() {
	r.stop()
	<-r.done
	r.tell(true)
}

func (r *Refusals) run(ctx context.Context) {
	defer close(r.done)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.tell(false)
		}
	}
}

// Note puts a refusal on record: what the actor wanted to do, on which camera if it was
// about one, the code of the refusal and the route. The first is recorded at once.
func (r *Refusals) Note(actor access.Actor, action access.Action, camera, code, route string) {
	if actor.Person == "" { // nobody is signed in; that is no right that is missing
		return
	}
	if camera != "" && !db.ValidID(camera) { // what somebody wrote into an address
		camera = ""
	}
	now := r.Clock.Micro()
	r.mu.Lock()
	if r.held == nil {
		r.held = map[string]map[key]*folded{}
	}
	of := r.held[actor.Person]
	if of == nil && len(r.held) < mostPersons {
		of = map[key]*folded{}
		r.held[actor.Person] = of
	}
	k := key{action, camera}
	if of[k] == nil && len(of) >= mostApart {
		k = key{}
	}
	f := of[k]
	known := f != nil
	if !known {
		f = &folded{told: now}
		if of != nil {
			of[k] = f
		}
	} else {
		if f.count == 0 {
			f.first = now
		}
		f.count++
	}
	f.actor, f.code, f.route = actor, code, route
	r.mu.Unlock()
	if !known {
		r.record(k, f.of(1, now), now)
	}
}

// telling is what one act says.
type telling struct {
	folded
	count int
	since int64
}

func (f *folded) of(count int, since int64) telling { return telling{*f, count, since} }

// tell records what was put together for a minute, and forgets what did not happen again.
func (r *Refusals) tell(all bool) {
	now := r.Clock.Micro()
	type one struct {
		key
		telling
	}
	var due []one
	r.mu.Lock()
	for person, of := range r.held {
		for k, f := range of {
			if !all && now-f.told < Fold.Microseconds() && now >= f.told {
				continue
			}
			if f.count == 0 {
				delete(of, k)
				continue
			}
			due = append(due, one{k, f.of(f.count, f.first)})
			f.told, f.count = now, 0
		}
		if len(of) == 0 {
			delete(r.held, person)
		}
	}
	r.mu.Unlock()
	for _, d := range due {
		r.record(d.key, d.telling, now)
	}
}

func (r *Refusals) record(k key, t telling, now int64) {
	detail := map[string]any{"count": t.count, "since": t.since, "code": t.code, "route": t.route}
	actor := t.actor
	if k.action != "" {
		actor = actor.Denied(k.action, k.camera)
	} else {
		detail["various"] = true
	}
	act := actor.Act(now, "access.refused", "", k.camera, detail)
	if err := r.Journal.Record(act); err != nil {
		// It was refused, recorded or not; the journal itself tells of its trouble.
		r.Log.Error("a refusal could not be put on record", "err", err)
	}
}
