// Package refusal puts on record what a rule refused somebody who is signed in, and tokens
// that opened nothing. A program that tries again and again does not flood the record: of one
// person, refusal, right and camera, and of the tokens from one network, there is one act a
// minute at most, with how often it was.
package refusal

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/limit"
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
	// mostPlaces is from how many networks tokens are told apart at a time. Those beyond are
	// put together.
	mostPlaces = 100
	look       = time.Second
)

// standing are refusals of somebody's state and not of what they asked for: a page that goes on
// asking while the console is locked is one matter, whatever it asks for.
var standing = map[string]bool{"console_locked": true, access.ErrPasswordChange.Code: true, access.ErrFactorRequired.Code: true}

// places stands for the person under which refusals of tokens are kept; no id begins so.
const places = "\x00places"

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
	code   string
	action access.Action
	camera string
	place  string // the network, of tokens
}

// folded are refusals that are alike, since the act about them.
type folded struct {
	actor   access.Actor
	action  access.Action
	camera  string
	code    string
	route   string
	spurned bool  // it was a token that opened nothing
	various bool  // they are alike in part only
	told    int64 // µs, of the last act
	first   int64 // µs, of the first that is not told
	count   int
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

// Note puts a refusal on record: what the actor wanted to do, empty where it is no matter of a
// right, on which camera if it was about one, the code of the refusal and the route. The first
// is recorded at once.
func (r *Refusals) Note(actor access.Actor, action access.Action, camera, code, route string) {
	if actor.Person == "" { // nobody is signed in; that is no right that is missing
		return
	}
	if camera != "" && !db.ValidID(camera) { // what somebody wrote into an address
		camera = ""
	}
	k := key{code: code, action: action, camera: camera}
	if standing[code] {
		k = key{code: code}
	}
	r.fold(actor.Person, k, mostApart, folded{actor: actor, action: action, camera: camera, code: code, route: route})
}

// Spurn puts on record that somebody showed a token that opens nothing: actor says where, and
// which token of whom as far as that is known; why is one of those of account.Spurned.
func (r *Refusals) Spurn(actor access.Actor, why, route string) {
	k := key{place: cmp.Or(limit.Network(actor.Origin.Address), "nowhere")}
	r.fold(places, k, mostPlaces, folded{actor: actor, code: why, route: route, spurned: true})
}

// fold records it, or puts it together with those of the last minute that are alike. At most
// most kinds are told apart.
func (r *Refusals) fold(under string, k key, most int, it folded) {
	now := r.Clock.Micro()
	r.mu.Lock()
	if r.held == nil {
		r.held = map[string]map[key]*folded{}
	}
	of := r.held[under]
	if of == nil && (len(r.held) < mostPersons || under == places) {
		of = map[key]*folded{}
		r.held[under] = of
	}
	if of[k] == nil && len(of) >= most {
		k = key{}
	}
	f := of[k]
	known := f != nil
	if !known {
		f = &folded{told: now, various: k == key{}}
		if of != nil {
			of[k] = f
		}
	} else {
		if f.count == 0 {
			f.first = now
		}
		f.count++
		f.various = f.various || f.code != it.code || f.actor.Token != it.actor.Token && under == places
	}
	it.told, it.first, it.count, it.various = f.told, f.first, f.count, f.various
	*f = it
	one := f.of(1, now)
	r.mu.Unlock()
	if !known {
		r.record(one, now)
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
	var due []telling
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
			due = append(due, f.of(f.count, f.first))
			f.told, f.count, f.various = now, 0, k == key{}
		}
		if len(of) == 0 {
			delete(r.held, person)
		}
	}
	r.mu.Unlock()
	for _, d := range due {
		r.record(d, now)
	}
}

func (r *Refusals) record(t telling, now int64) {
	detail := map[string]any{"count": t.count, "since": t.since, "code": t.code, "route": t.route}
	actor, kind := t.actor, "access.refused"
	switch {
	case t.spurned:
		kind = "token.refused"
		detail[access.KeyDecision] = map[string]any{"verdict": access.Refused}
		if t.various { // of whom, is not one answer
			actor = access.Actor{}.From(actor.Origin)
		}
	case t.various: // nor is what they wanted
		t.action, t.camera = "", ""
		actor = actor.Denied("", "")
	default:
		actor = actor.Denied(t.action, t.camera)
	}
	if t.various {
		detail["various"] = true
	}
	if err := r.Journal.Record(actor.Act(now, kind, actor.Token, t.camera, detail)); err != nil {
		// It was refused, recorded or not; the journal itself tells of its trouble.
		r.Log.Error("a refusal could not be put on record", "err", err)
	}
}
