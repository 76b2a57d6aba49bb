// Package shortage is what happens when no recording disk has room. The institution sets
// whether cameras of low priority stop first or somebody is asked (promise 2: nothing is
// deleted in either case). Asked is whoever may switch all cameras, such as the duty lead,
// who says which are recorded into what is left; until then all stop. The answer can be
// revoked and ends by itself when there is room.
package shortage

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/space"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals.
var (
	ErrNotAsked = problem.New(problem.Conflict, "shortage_not_asked", "Nobody is asked at present: a disk has room, or cameras stop by their priority.")
	ErrNone     = problem.New(problem.Conflict, "shortage_not_answered", "No answer stands that could be revoked.")
	ErrCameras  = problem.New(problem.Invalid, "shortage_cameras", "The answer names at least one camera in service to go on, and each once.").On("record")
)

// Kinds of acts.
const (
	chapter  = "shortage."
	answered = "shortage.answered"
	revoked  = "shortage.revoked"
	over     = "shortage.over"
)

// whenFull is what happens; start is what the configuration says until the institution has
// set it.
func whenFull(start string) rule.Word {
	if start == "" {
		start = string(recording.Ask)
	}
	return rule.Word{Key: "recording.when_full", Default: start, Words: []string{string(recording.Ask), string(recording.ByPriority)}, Clauses: []string{"C090"}}
}

// Parameters are what the institution sets here.
func Parameters() []rule.Parameter { return Begun("") }

// Begun are the same where the configuration says what holds until the institution has set
// it; empty says nothing.
func Begun(start string) []rule.Parameter { return []rule.Parameter{whenFull(start)} }

// WhenFull is what happens by the rules in force.
func WhenFull(rules *rule.Set, start string) recording.WhenFull {
	return recording.WhenFull(whenFull(start).Get(rules))
}

// Disks are the recording disks; *recording.Volumes is one.
type Disks interface {
	// Space is full where no disk takes anything for want of room.
	Space() space.Space
	// Roomy tells whether a disk has so much room that all cameras may record.
	Roomy() bool
}

// Answer is what somebody has said.
type Answer struct {
	ID     string // of the act
	At     int64  // µs since 1970 UTC
	Person string
	Reason string
	Record []string // ids of the cameras that go on; all others stop
}

// Step is what Signal is told of.
type Step string

// Steps.
const (
	Nothing  Step = ""
	Asked    Step = "asked"    // all cameras stand still until somebody answers
	Answered Step = "answered" // some cameras stand still because somebody has said so
)

// Keeper asks, and keeps the answer.
type Keeper struct {
	DB    *db.DB
	Bus   *event.Bus // told with kind "shortage"; may be nil
	Clock clock.Clock
	Log   *slog.Logger
	Rules *rule.Set
	Start string // what the configuration says of recording.when_full
	Disks Disks
	// Cameras are those in service.
	Cameras func(context.Context) ([]string, error)
	// Signal is told of the step that things are at, after every look.
	Signal func(step Step, cameras int)
	Every  time.Duration // 0 means 5 s

	answer atomic.Pointer[standing]
	loop   every.Loop
}

// standing is an answer in the form that recorders ask in; it never changes.
type standing struct {
	Answer
	record map[string]bool
}

// Open reads the answer that stands and begins to look.
func (k *Keeper) Open(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	if err := k.read(ctx); err != nil {
		return err
	}
	wait := k.Every
	if wait <= 0 {
		wait = 5 * time.Second
	}
	k.loop.Start(ctx, wait, every.Trying(k.Tick, func(err error) {
		k.Log.Warn("what happens while all disks are full could not be looked after; tried again", "err", err)
	}))
	return nil
}

// Close stops it.
func (k *Keeper) Close() { k.loop.Close() }

// Standing is what holds at this moment, for recorders. It waits for nothing.
func (k *Keeper) Standing() recording.Standing {
	s := recording.Standing{WhenFull: WhenFull(k.Rules, k.Start)}
	if a := k.answer.Load(); a != nil && s.WhenFull == recording.Ask {
		s.Record = a.record
	}
	return s
}

// Asks tells whether somebody is asked now.
func (k *Keeper) Asks() bool {
	return WhenFull(k.Rules, k.Start) == recording.Ask && k.answer.Load() == nil && k.Disks.Space().State == space.Full
}

// Answer is the one that stands, nil for none.
func (k *Keeper) Answer() *Answer {
	if a := k.answer.Load(); a != nil {
		return &a.Answer
	}
	return nil
}

// Tick ends an answer that nobody needs any more, and tells how things are.
func (k *Keeper) Tick(ctx context.Context) error {
	if err := k.read(ctx); err != nil { // another process may have taken one
		return err
	}
	if a := k.answer.Load(); a != nil {
		why := ""
		switch {
		case WhenFull(k.Rules, k.Start) != recording.Ask:
			why = "rule"
		case k.Disks.Roomy():
			why = "room"
		}
		if why != "" {
			act := ledger.Act{At: k.Clock.Micro(), Kind: over, Subject: a.ID, Detail: map[string]any{"why": why}}
			if err := k.put(ctx, a.ID, act); err != nil {
				return err
			}
		}
	}
	if k.Signal == nil {
		return nil
	}
	switch a := k.answer.Load(); {
	case a != nil:
		k.Signal(Answered, len(a.Record))
	case k.Asks():
		k.Signal(Asked, 0)
	default:
		k.Signal(Nothing, 0)
	}
	return nil
}

// Say answers: these cameras are recorded into what is left, all others stop. It takes the
// place of an answer that stands. The cameras of control rooms that who answers is kept from go on.
func (k *Keeper) Say(ctx context.Context, actor access.Actor, record []string, reason string) (*Answer, error) {
	rooms, err := access.ThroughoutBut(actor, access.CameraSwitch)
	if err != nil {
		return nil, err
	}
	reason, err = text.Line("reason", reason, 2, 500)
	if err != nil {
		return nil, err
	}
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range rooms {
		if slices.Contains(cameras, c) && !slices.Contains(record, c) {
			record = append(slices.Clip(record), c)
		}
	}
	record = slices.Sorted(slices.Values(record))
	if len(record) == 0 || len(slices.Compact(slices.Clone(record))) != len(record) || slices.ContainsFunc(record, func(c string) bool { return !slices.Contains(cameras, c) }) {
		return nil, ErrCameras
	}
	before := k.Answer()
	if !k.Asks() && before == nil {
		return nil, ErrNotAsked
	}
	was := ""
	if before != nil {
		was = before.ID
	}
	act := actor.For(access.CameraSwitch, "").Act(k.Clock.Micro(), answered, "", "", map[string]any{"reason": reason, "cameras": record, "stopped": len(cameras) - len(record)})
	act.ID = db.NewID()
	act.Subject = act.ID
	if err := k.put(ctx, was, act); err != nil {
		return nil, err
	}
	return k.Answer(), nil
}

// Revoke takes the answer back: all cameras stop until somebody answers anew.
func (k *Keeper) Revoke(ctx context.Context, actor access.Actor, reason string) error {
	if err := access.Throughout(actor, access.CameraSwitch, ""); err != nil {
		return err
	}
	reason, err := text.Line("reason", reason, 2, 500)
	if err != nil {
		return err
	}
	a := k.Answer()
	if a == nil {
		return ErrNone
	}
	return k.put(ctx, a.ID, actor.For(access.CameraSwitch, "").Act(k.Clock.Micro(), revoked, a.ID, "", map[string]any{"reason": reason}))
}

// put records an act where the answer that stands is the one that it was decided on, empty
// for none, and takes in what stands then.
func (k *Keeper) put(ctx context.Context, on string, act ledger.Act) error {
	err := k.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, last, err := newest(ctx, tx)
		if err != nil {
			return err
		}
		act.At = max(act.At, last+1) // the newest says what stands, whatever the clock did
		if is := a != nil; is && a.ID != on || !is && on != "" {
			return ErrNone // somebody was first
		}
		return ledger.Record(ctx, tx, act)
	})
	if err != nil {
		return problem.Wrap(err, "record what happens while all disks are full")
	}
	if k.Bus != nil {
		k.Bus.Publish(event.Event{Kind: "shortage", Data: map[string]any{"step": act.Kind}})
	}
	return k.read(ctx)
}

// read takes in the answer that stands by the acts.
func (k *Keeper) read(ctx context.Context) error {
	a, _, err := newest(ctx, k.DB.Read())
	if err != nil {
		return err
	}
	if old := k.answer.Load(); a != nil && (old == nil || old.ID != a.ID) {
		s := &standing{Answer: *a, record: map[string]bool{}}
		for _, c := range a.Record {
			s.record[c] = true
		}
		k.answer.Store(s)
	}
	if a == nil {
		k.answer.Store(nil)
	}
	return nil
}

// newest is the answer that stands, nil for none, and when the newest act was: the acts
// are where it is kept.
func newest(ctx context.Context, tx bun.IDB) (a *Answer, at int64, err error) {
	acts, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: chapter, Limit: 1})
	if err != nil || len(acts) == 0 {
		return nil, 0, err
	}
	act := &acts[0]
	if act.Kind != answered {
		return nil, act.At, nil
	}
	a = &Answer{ID: act.ID, At: act.At, Person: act.Person}
	a.Reason, _ = act.Detail["reason"].(string)
	list, _ := act.Detail["cameras"].([]any)
	for _, c := range list {
		if id, ok := c.(string); ok {
			a.Record = append(a.Record, id)
		}
	}
	return a, act.At, nil
}
