package factor

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// atVouch is where a second factor was shown, as acts say it.
const atVouch = "second_person"

// Deed is what somebody does who has shown who they are, in the transaction in which what
// they showed is used up. Where it refuses, what it did is undone, and what they showed stays
// used up: one code, one decision.
type Deed func(ctx context.Context, tx bun.Tx, who access.Actor) error

// Vouch lets a person do one thing at the screen of somebody else: they show who they are by
// the steps of a sign-in, with its limits, refusals and records, and get no session. about is
// what it is for; a second step is good for that alone. Who has a second factor gets an
// *account.SecondNeeded. Its refusals are those of account.SignIn, and those of do.
func (f *Factors) Vouch(ctx context.Context, username string, password secret.Text, about string, from access.Origin, do Deed) error {
	p, err := f.Account.Recognise(ctx, username, password, from)
	if err != nil {
		return err
	}
	kinds, err := f.Kinds(ctx, f.DB.Read(), p.Person)
	if err != nil {
		return err
	}
	if len(kinds) == 0 {
		return f.Account.As(ctx, p, from, do)
	}
	act := access.Actor{Person: p.Person}.From(from).Act(f.Clock.Micro(), "session.second_asked", p.Person, "",
		map[string]any{"address": from.Address, "kinds": kinds, "at": atVouch, "about": about})
	if err := f.record(ctx, act); err != nil {
		return problem.Wrap(err, "record the first step of who vouches")
	}
	s := f.newStep(from)
	s.Person, s.Mark, s.About = p.Person, p.Mark, about
	return &account.SecondNeeded{Ticket: f.seal(s, forVouch), Kinds: kinds, Until: s.Expires}
}

// vouching reads a step that was begun for just this.
func (f *Factors) vouching(ticket secret.Text, about string, from access.Origin) (step, error) {
	s, err := f.open(ticket, forVouch, from)
	if err == nil && s.About != about {
		err = ErrStepExpired
	}
	return s, err
}

// VouchByCode takes the second step of Vouch with a code. Its refusals are those of ByCode,
// and those of do.
func (f *Factors) VouchByCode(ctx context.Context, ticket secret.Text, about, kind string, code secret.Text, from access.Origin, do Deed) error {
	s, err := f.vouching(ticket, about, from)
	if err != nil {
		return err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return err
	}
	with, err := f.byCode(ctx, s.Person, kind, code, atVouch, from)
	if err != nil {
		return err
	}
	return f.vouch(ctx, s, kind, from, with, do)
}

// AskToVouch asks for one of the person's keys. The new ticket takes the place of the one
// that came.
func (f *Factors) AskToVouch(ctx context.Context, ticket secret.Text, about string, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyRequest, error) {
	s, err := f.vouching(ticket, about, from)
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	return f.askPasskey(ctx, s, forVouch, p, from)
}

// VouchByPasskey takes the second step of Vouch with the answer to AskToVouch.
func (f *Factors) VouchByPasskey(ctx context.Context, ticket secret.Text, about string, answer []byte, p passkey.Party, from access.Origin, do Deed) error {
	s, err := f.vouching(ticket, about, from)
	if err == nil && (s.Challenge == nil || s.Challenge.Party != p.ID) {
		err = ErrStepExpired
	}
	if err != nil {
		return err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return err
	}
	_, with, err := f.usePasskey(ctx, s, answer, p, from, map[string]any{"about": about})
	if err != nil {
		if ours(err) || problem.Of(err).Kind == problem.TooMany {
			return err
		}
		return f.refuse(ctx, s.Person, Passkey, atVouch, from, err)
	}
	return f.vouch(ctx, s, Passkey, from, with, do)
}

// vouch does it, and uses up what was shown, also where it is refused. Where nothing could be
// decided, nothing is used up.
func (f *Factors) vouch(ctx context.Context, s step, kind string, from access.Origin, with func(ctx context.Context, tx bun.Tx) error, do Deed) error {
	var refused error
	err := f.Account.As(ctx, account.Proof{Person: s.Person, Mark: s.Mark}, from, func(ctx context.Context, tx bun.Tx, who access.Actor) (err error) {
		who.Shown = kind
		if err := f.take(ctx, tx, s); err != nil {
			return err
		}
		if err := with(ctx, tx); err != nil {
			return err
		}
		refused, err = apart(ctx, tx, func(tx bun.Tx) error { return do(ctx, tx, who) })
		return err
	})
	switch {
	case errors.Is(err, errUsed):
		return f.refuse(ctx, s.Person, kind, atVouch, from, errUsed)
	case err != nil:
		return err
	}
	f.tell(s.Person)
	if refused == nil {
		f.forgive(ctx, from, s.Person)
	}
	return refused
}

// apart does something inside tx whose refusal undoes it and leaves tx as it was before. err
// is what tx cannot go on after.
func apart(ctx context.Context, tx bun.Tx, do func(tx bun.Tx) error) (refused, err error) {
	point, err := tx.BeginTx(ctx, nil) // a savepoint
	if err != nil {
		return nil, problem.Wrap(err, "set a savepoint")
	}
	if err := do(point); err != nil {
		if ours(err) {
			return nil, err
		}
		return err, problem.Wrap(point.Rollback(), "undo what was refused")
	}
	return nil, problem.Wrap(point.Commit(), "release a savepoint")
}
