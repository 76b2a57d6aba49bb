package disclosure

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// ErrAlone says that nobody else is needed: what was asked for is done without asking.
var ErrAlone = problem.New(problem.Conflict, "second_not_needed", "This needs no second person.")

// wish is what a second person agrees to for a viewing that is stated so.
func (o *Opening) wish(row *viewingRow) second.Wish {
	return second.Wish{Kind: second.Viewing, Cameras: o.Cameras, From: row.FromAt, To: row.ToAt, Purpose: string(row.Purpose), Reason: row.Reason, Present: o.Present}
}

// ask puts an ask on record where only a second person is missing: with is nil where the
// actor may with one, alone is ErrSecond where they may not without.
func (v *Viewings) ask(ctx context.Context, actor access.Actor, w second.Wish, with, alone error) (second.Ask, error) {
	switch {
	case with != nil:
		return second.Ask{}, with
	case alone == nil:
		return second.Ask{}, ErrAlone
	case !errors.Is(alone, ErrSecond):
		return second.Ask{}, alone
	case v.Seconds == nil:
		return second.Ask{}, alone
	}
	return v.Seconds.Put(ctx, actor, w)
}

// AskToOpen asks for a second person to a viewing. What would be refused for another reason
// is refused now.
func (v *Viewings) AskToOpen(ctx context.Context, actor access.Actor, o Opening) (second.Ask, error) {
	row, err := v.prepare(actor, &o)
	if err != nil {
		return second.Ask{}, err
	}
	if err := known(ctx, v.DB.Read(), o.Present); err != nil {
		return second.Ask{}, err
	}
	alone := row
	with := v.state(ctx, v.DB.Read(), actor, &row, &o, row.OpenedAt, true)
	return v.ask(ctx, actor, o.wish(&row), with, v.state(ctx, v.DB.Read(), actor, &alone, &o, row.OpenedAt, false))
}

// Picture is one that somebody wants to keep.
type Picture struct {
	Camera  string
	At      int64  // µs; 0: now
	Viewing string // under which; empty: a live picture
	Note    string
}

func (p *Picture) wish() second.Wish {
	return second.Wish{Kind: second.Snapshot, Cameras: []string{p.Camera}, From: p.At, To: p.At, Viewing: p.Viewing, Reason: p.Note}
}

// clean brings the note into the form in which it is kept.
func (p *Picture) clean() (err error) {
	p.Note, err = text.Block("note", p.Note, 0, 1000)
	return err
}

// KeepsUnder is Keeps for a picture that is taken under a viewing of one's own: where its purpose
// demands a second person, keeping a picture demands one by itself, whoever agreed to the viewing.
func (v *Viewings) KeepsUnder(ctx context.Context, actor access.Actor, id, camera string, at int64, paired bool) error {
	if err := v.Keeps(actor, camera, at, paired); err != nil || paired {
		return err
	}
	viewing, err := v.recall(ctx, id)
	if err != nil || viewing.Person != actor.Person { // Check refuses another's
		return err
	}
	two, err := purpose.Seconded(ctx, v.DB.Read(), string(viewing.Purpose))
	if err == nil && two {
		err = ErrSecond.With("purpose", string(viewing.Purpose))
	}
	return err
}

// AskToKeep asks for a second person to keeping a picture.
func (v *Viewings) AskToKeep(ctx context.Context, actor access.Actor, p Picture) (second.Ask, error) {
	if err := p.clean(); err != nil {
		return second.Ask{}, err
	}
	switch {
	case p.Viewing != "":
		if _, _, err := v.covers(ctx, p.Viewing, actor, p.Camera, p.At, p.At); err != nil {
			return second.Ask{}, err
		}
	case p.At != 0: // the past, without having said why
		return second.Ask{}, ErrRequired
	default:
		return v.ask(ctx, actor, p.wish(), v.KeepsNow(actor, p.Camera, true), v.KeepsNow(actor, p.Camera, false))
	}
	return v.ask(ctx, actor, p.wish(), v.KeepsUnder(ctx, actor, p.Viewing, p.Camera, p.At, true), v.KeepsUnder(ctx, actor, p.Viewing, p.Camera, p.At, false))
}

// Kept uses up the agreement to keeping a picture, whose id is snapshot, inside tx.
func (v *Viewings) Kept(ctx context.Context, tx bun.Tx, actor access.Actor, ask string, p Picture, snapshot string) (second.Ask, error) {
	if v.Seconds == nil {
		return second.Ask{}, second.ErrUnknown
	}
	if err := p.clean(); err != nil {
		return second.Ask{}, err
	}
	return v.Seconds.Use(ctx, tx, actor, ask, p.wish(), snapshot)
}

// AskToWatch asks for a second person to the live pictures of a camera.
func (v *Viewings) AskToWatch(ctx context.Context, actor access.Actor, camera string) (second.Ask, error) {
	return v.ask(ctx, actor, watching(camera), Watches(actor, camera, true), Watches(actor, camera, false))
}

func watching(camera string) second.Wish {
	return second.Wish{Kind: second.Live, Cameras: []string{camera}}
}

// Watch is nil where the actor may look at the live pictures of a camera, with the agreement
// of a second person or, without one, alone. act is the one that tells of the look; it uses
// the agreement up. The second person is nil where nobody had to agree.
func (v *Viewings) Watch(ctx context.Context, actor access.Actor, camera, ask, act string) (*second.Partner, error) {
	if err := Watches(actor, camera, ask != ""); err != nil || ask == "" {
		return nil, err
	}
	if v.Seconds == nil {
		return nil, second.ErrUnknown
	}
	var a second.Ask
	err := v.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		a, err = v.Seconds.Use(ctx, tx, actor, ask, watching(camera), act)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.Seconds.Tell(a)
	return a.Partner(), nil
}

// Watches is nil where the terms of the right let the actor look at live pictures of a camera
// with a second person, or alone.
func Watches(actor access.Actor, camera string, paired bool) error {
	_, err := Watching(actor, camera, paired)
	return err
}

// Watching is Watches that gives the term on which the actor may.
func Watching(actor access.Actor, camera string, paired bool) (access.Term, error) {
	return term(actor, access.LiveView, camera, 0, 0, false, paired) // pictures of now have no age
}
