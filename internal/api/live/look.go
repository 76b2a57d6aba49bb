package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/ledger"
)

const (
	// tellEvery is how often it is put on record that a live view goes on. A wall stands for
	// weeks, and whoever asks on Wednesday who saw a camera on Tuesday night must find it without
	// its end, which may never be on record.
	tellEvery = 4 * time.Hour
	// turnWithin is how long it may take to put on record that a live view goes on by another
	// rule; after that its pictures end.
	turnWithin = time.Second

	keyOpened    = "opened"    // id of the act that the look began with
	keyContinues = "continues" // of live.opened: likewise of the look that it goes on from, by another rule
)

var errSlow = errors.New("the journal did not take the act in time")

// look is somebody looking at a camera's live pictures, which is on record stretch by stretch:
// each names the rule that allows it.
type look struct {
	routes *Routes
	camera string
	detail func() map[string]any

	pen sync.Mutex // held by who writes, so that the end is the last that is told

	mu   sync.Mutex // guards what follows, never for as long as the disk takes
	now  stretch
	want stretch // the actor and the term by which it goes on; its act is yet to be written
	told int64   // µs, up to when the record reaches
	over bool
	hold *route.Hold // nil before it runs
	fail error       // what ended it before
}

// stretch is looking by one decision.
type stretch struct {
	actor  access.Actor // for whom the acts tell by what right
	term   access.Term
	opened ledger.Act
}

// open puts the beginning of a stretch on record; no picture of it is shown before.
func (l *look) open(s *stretch, id, continues string, at int64) error {
	d := l.detail()
	if continues != "" {
		d[keyContinues] = continues
	}
	s.actor = s.actor.Through(access.LiveView, l.camera, s.term)
	s.opened = s.actor.Act(at, "live.opened", l.camera, l.camera, d)
	s.opened.ID = id
	if err := l.routes.Journal.Record(s.opened); err != nil {
		return ledger.ErrNotRecorded.Because(err)
	}
	return nil
}

// act tells of a stretch from one instant to another (µs).
func (l *look) act(s *stretch, kind string, from, to int64) error {
	d := l.detail()
	d[keyOpened], d["from"], d["to"] = s.opened.ID, from, to
	return l.routes.Journal.Record(s.actor.Act(to, kind, l.camera, l.camera, d))
}

// close puts the end of a stretch on record.
func (l *look) close(s *stretch, at int64) {
	// The beginning is on record; without an end it reads as longer, never as nothing.
	if err := l.act(s, "live.closed", s.opened.At, max(at, s.opened.At+1)); err != nil {
		l.routes.Log.Info("the end of a live view is not on record", "act", s.opened.ID, "error", err)
	}
}

// runs tells what to end where the look cannot go on.
func (l *look) runs(hold *route.Hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hold = hold; l.fail != nil {
		hold.Fail(l.fail)
	}
}

// ends ends the pictures: what they go on by is not on record.
func (l *look) ends(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hold == nil {
		l.fail = why
		return
	}
	l.hold.Fail(why)
}

// goesOn is told, whenever that was decided again, on which term the look may go on. It puts on
// record that it does, where the term is another, or where that is due. It does not wait for the
// disk: it is asked where what has lost its right must end within a second.
func (l *look) goesOn(actor access.Actor, t access.Term) {
	now := l.routes.Clock.Micro()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
	case t != l.want.term:
		l.want = stretch{actor: actor, term: t}
		go l.turn()
	case now-l.told >= tellEvery.Microseconds():
		from := l.told
		l.told = now
		go l.tell(from, now)
	}
}

// turn ends the stretch by one rule and begins that by another. Where that cannot be put on record
// the pictures end.
func (l *look) turn() {
	late := time.AfterFunc(turnWithin, func() { l.ends(ledger.ErrNotRecorded.Because(errSlow)) })
	defer late.Stop()
	l.pen.Lock()
	defer l.pen.Unlock()
	l.mu.Lock()
	was, is, over := l.now, l.want, l.over
	l.mu.Unlock()
	if over || was.term == is.term {
		return
	}
	at := max(l.routes.Clock.Micro(), was.opened.At+1)
	if err := l.open(&is, db.NewID(), was.opened.ID, at); err != nil {
		l.routes.Log.Info("a live view ends: by which rule it goes on is not on record", "act", was.opened.ID, "error", err)
		l.ends(err)
		return
	}
	l.mu.Lock()
	l.now, l.told = is, at
	l.mu.Unlock()
	l.close(&was, at)
}

func (l *look) tell(from, now int64) {
	l.pen.Lock()
	defer l.pen.Unlock()
	l.mu.Lock()
	s, over := l.now, l.over
	l.mu.Unlock()
	if over || from < s.opened.At { // what was before this stretch its end has told
		return
	}
	if err := l.act(&s, "live.continued", from, now); err != nil {
		l.mu.Lock()
		if l.told == now {
			l.told = from // it is told with the next
		}
		l.mu.Unlock()
		l.routes.Log.Info("that a live view goes on is not on record", "act", s.opened.ID, "error", err)
	}
}

// ended puts the end on record, once.
func (l *look) ended() {
	l.pen.Lock()
	defer l.pen.Unlock()
	l.mu.Lock()
	s, over := l.now, l.over
	l.over = true
	l.mu.Unlock()
	if !over {
		l.close(&s, l.routes.Clock.Micro())
	}
}

// still decides again whether the look may go on, and on which term; paired tells that a second
// person agreed to it. more is asked besides, nil: nothing is.
func (l *look) still(paired bool, more func() error) func(context.Context, access.Actor) (time.Time, error) {
	return func(_ context.Context, a access.Actor) (time.Time, error) {
		t, err := disclosure.Watching(a, l.camera, paired)
		if err == nil && more != nil {
			err = more()
		}
		if err == nil {
			l.goesOn(a, t)
		}
		return time.Time{}, err
	}
}
