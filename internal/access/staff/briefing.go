package staff

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/signing"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// Refusals of a briefing.
var (
	ErrNoBriefing   = problem.New(problem.NotFound, "briefing_none", "There is nothing for you to read and sign.")
	ErrBriefingUp   = problem.New(problem.Conflict, "briefing_signed", "You have signed this already.")
	ErrBriefingSoon = problem.New(problem.Conflict, "briefing_not_read", "Take the time to read the briefing first.") // seconds
	ErrBriefingTalk = problem.New(problem.Invalid, "briefing_language", "The briefing is there in zh and en.").On("language")
	ErrOnScreen     = problem.New(problem.Forbidden, "session_required", "A token has no session; sign in with a password for this.")
)

// Briefing is how a stand-in's briefing stands.
type Briefing struct {
	BegunAt  *int64 // µs; nil: not opened yet
	OpenAt   *int64 // µs, when it may be signed
	SignedAt *int64 // µs
}

// Briefing tells how that of a person stands; nil for who is no stand-in, or holds another
// position as well: two people gave it.
func (f *Files) Briefing(ctx context.Context, person string, held []access.Holding) (*Briefing, error) {
	if !guest(held) {
		return nil, nil
	}
	r, err := admitted(ctx, f.DB.Read(), person)
	if r == nil || err != nil {
		return nil, err
	}
	return f.briefing(r), nil
}

func (f *Files) briefing(r *standInRow) *Briefing {
	b := &Briefing{BegunAt: r.BegunAt, SignedAt: r.SignedAt}
	if r.BegunAt != nil {
		open := *r.BegunAt + briefing.Get(f.Settings.Rules).Microseconds()
		b.OpenAt = &open
	}
	return b
}

// admitted gives the newest admission of a person as a stand-in; nil: there is none.
func admitted(ctx context.Context, tx bun.IDB, person string) (*standInRow, error) {
	var rows []standInRow
	err := tx.NewSelect().Model(&rows).Where("person = ?", person).OrderExpr("at DESC, id DESC").Limit(1).Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read the admission of a stand-in")
	}
	return &rows[0], nil
}

// step changes the actor's own admission in tx, unless it is signed.
func (f *Files) step(ctx context.Context, actor access.Actor, change func(ctx context.Context, tx bun.Tx, r *standInRow) error) (b Briefing, err error) {
	if err := access.Settled(actor); err != nil {
		return b, err
	}
	if actor.Session == "" {
		return b, ErrOnScreen
	}
	if !guest(actor.Standing().Holdings) {
		return b, ErrNoBriefing
	}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := admitted(ctx, tx, actor.Person)
		switch {
		case err != nil:
			return err
		case r == nil:
			return ErrNoBriefing
		case r.SignedAt != nil:
			return ErrBriefingUp
		}
		if err := change(ctx, tx, r); err != nil {
			return err
		}
		b = *f.briefing(r)
		return nil
	})
	return b, err
}

// Brief notes that a stand-in has opened the briefing. Once is enough: the time runs from
// the first.
func (f *Files) Brief(ctx context.Context, actor access.Actor) (Briefing, error) {
	return f.step(ctx, actor, func(ctx context.Context, tx bun.Tx, r *standInRow) error {
		if r.BegunAt != nil {
			return nil
		}
		at := f.Clock.Micro()
		r.BegunAt = &at
		if _, err := tx.NewUpdate().Model(r).Column("begun_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "note that a briefing was opened")
		}
		return ledger.Record(ctx, tx, actor.Act(at, kindBriefed, actor.Person, "", map[string]any{keyStandIn: r.ID}))
	})
}

// Sign signs briefing and pledge, by the stand-in alone, with the own password, and not before
// the time of the briefing is over. Before it nobody who stands in sees a picture (C100, P5).
func (f *Files) Sign(ctx context.Context, actor access.Actor, language string, password secret.Text) (Briefing, error) {
	words, known := signing.Current(signing.Briefing, language)
	if !known {
		return Briefing{}, ErrBriefingTalk
	}
	switch {
	case actor.Session == "":
		return Briefing{}, ErrOnScreen
	case !guest(actor.Standing().Holdings):
		return Briefing{}, ErrNoBriefing
	}
	if err := f.Accounts.Prove(ctx, actor.Person, password); err != nil {
		return Briefing{}, err
	}
	b, err := f.step(ctx, actor, func(ctx context.Context, tx bun.Tx, r *standInRow) error {
		at, b := f.Clock.Micro(), f.briefing(r)
		if b.OpenAt == nil || at < *b.OpenAt {
			wait := briefing.Get(f.Settings.Rules)
			if b.OpenAt != nil {
				wait = time.Duration(*b.OpenAt-at) * time.Microsecond
			}
			return ErrBriefingSoon.With("seconds", int((wait + time.Second - 1).Seconds()))
		}
		detail := map[string]any{keyStandIn: r.ID}
		signed, err := signing.Sign(ctx, tx, actor.Person, words, signing.Password, at, detail)
		if err != nil {
			return err
		}
		r.SignedAt, r.SignedText = &at, signed.Hash
		if _, err := tx.NewUpdate().Model(r).Column("signed_at", "signed_text").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "sign the pledge of a stand-in")
		}
		return ledger.Record(ctx, tx, actor.Act(at, kindSigned, actor.Person, "", detail))
	})
	if err == nil {
		f.Accounts.Told([]string{actor.Person}, "rights", "briefing")
	}
	return b, err
}
