package factor

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/limit"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// States of a card that cannot be used now.
const (
	NoPIN  = "no_pin" // its owner has not chosen one; it is no second factor yet
	Locked = "locked" // after too many wrong PINs; it still stands between the password and a session
)

// errNotEnough says that the person has more than a card, and a position that must have more.
var errNotEnough = problem.New(problem.Invalid, "card_not_enough", "A card is not enough for the position.")

// atConsole is where a card was shown that unlocks a console, as acts say it.
const atConsole = "console"

// counts tells whether it is a second factor already. One that is locked is: otherwise whoever has
// the password would lock it to be asked for nothing.
func (x Factor) counts() bool { return x.State != NoPIN }

// counting is how many second factors there are.
func (o Own) counting() (n int) {
	for _, x := range o.Factors {
		if x.counts() {
			n++
		}
	}
	return n
}

// withCard adds a person's card to what they have.
func (f *Factors) withCard(ctx context.Context, tx bun.IDB, person string, all []Factor) ([]Factor, error) {
	r, err := card.Of(ctx, tx, person)
	if err != nil || r == nil {
		return all, err
	}
	return append(all, cardOf(*r)), nil
}

func cardOf(r card.Row) Factor {
	x := Factor{ID: r.ID, Kind: Card, Name: r.Name, CreatedAt: r.CreatedAt, UsedAt: us(r.UsedAt), Tail: r.Tail}
	switch {
	case r.LockedAt != nil:
		x.State = Locked
	case r.PIN == nil:
		x.State = NoPIN
	}
	return x
}

// beyondCard tells whether a card is not enough for one of the positions, or one that it goes by.
func beyondCard(rules *rule.Set, held []access.Own) bool {
	beyond := card.Beyond.Get(rules)
	return slices.ContainsFunc(held, func(o access.Own) bool { return o.Named(beyond) })
}

// cardIsEnough tells whether it is for what a person holds.
func (f *Factors) cardIsEnough(ctx context.Context, tx bun.IDB, person string) (bool, error) {
	held, err := holding.Read(ctx, tx, person)
	if err != nil {
		return false, err
	}
	gone, err := f.Account.GoneBy(ctx, holding.Positions(held[person]))
	return err == nil && !beyondCard(f.Rules, gone), err
}

// IssueCard gives somebody a card. Its owner chooses the PIN; nobody issues their own. One that
// the person has is taken back with it, which needs a reason: their sessions end as in RemoveLost.
func (f *Factors) IssueCard(ctx context.Context, actor access.Actor, person string, number secret.Text, name, reason string, from access.Origin) (Factor, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Factor{}, err
	}
	switch {
	case !actor.InPerson():
		return Factor{}, card.ErrByPerson
	case actor.Person == person:
		return Factor{}, ErrOwn
	}
	if _, err := f.Account.Person(ctx, person); err != nil {
		return Factor{}, err
	}
	draft, err := f.Cards.Draft(actor, person, number, name)
	if err != nil {
		return Factor{}, err
	}
	var made card.Row
	var ended func(reason string)
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		ended = nil
		old, err := card.Of(ctx, tx, person)
		if err != nil {
			return err
		}
		if old != nil {
			if reason == "" {
				return card.ErrHasOne
			}
			why, err := text.Line("reason", reason, 4, 300)
			if err != nil {
				return err
			}
			ended, err = f.lose(ctx, tx, actor, person, cardOf(*old), why, map[string]any{"reason": why, "replaced": draft.ID(), "address": from.Address})
			if err != nil {
				return err
			}
		}
		if made, err = f.Cards.Issue(ctx, tx, actor.For(access.PeopleManage, ""), draft, from); err != nil {
			return err
		}
		return f.notify(ctx, tx, person, Notice{Kind: "card_issued", At: f.Clock.Micro(), By: actor.Person, Address: from.Address, Name: made.Name})
	})
	if err != nil {
		return Factor{}, err
	}
	if ended != nil {
		ended("factor")
	}
	f.tell(person)
	return cardOf(made), nil
}

// UnlockCard lets somebody's locked card be used again, with the PIN that it has.
func (f *Factors) UnlockCard(ctx context.Context, actor access.Actor, person, id, reason string, from access.Origin) (Factor, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Factor{}, err
	}
	switch {
	case !actor.InPerson():
		return Factor{}, card.ErrByPerson
	case actor.Person == person:
		return Factor{}, ErrOwn
	}
	reason, err := text.Line("reason", reason, 4, 300)
	if err != nil {
		return Factor{}, err
	}
	var r card.Row
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if r, err = f.Cards.Unlock(ctx, tx, actor.For(access.PeopleManage, ""), person, id, reason, from); err != nil {
			return err
		}
		return f.notify(ctx, tx, person, Notice{Kind: "card_unlocked", At: f.Clock.Micro(), By: actor.Person, Address: from.Address, Name: r.Name})
	})
	if err != nil {
		return Factor{}, err
	}
	f.tell(person)
	return cardOf(r), nil
}

// cardLocked tells a person in tx that somebody typed wrong PINs at their card.
func (f *Factors) cardLocked(ctx context.Context, tx bun.Tx, r card.Row, from access.Origin) error {
	return f.notify(ctx, tx, r.Person, Notice{Kind: "card_locked", At: f.Clock.Micro(), Address: from.Address, Name: r.Name})
}

// ChoosePIN chooses the PIN of one's own card, which is held to the reader, after the password;
// where there is a PIN, with that. The card counts from then on. Its refusals are those of a
// confirmation, card.ErrNone, card.ErrNumber, card.ErrPIN, ErrRefused and, before any PIN is
// hashed, limit.ErrTooManyAttempts.
func (f *Factors) ChoosePIN(ctx context.Context, who account.Identity, password, number, old, pin secret.Text, from access.Origin) (Enrolled, error) {
	if err := f.confirm(ctx, who, password); err != nil {
		return Enrolled{}, err
	}
	person := who.Actor.Person
	if err := f.attempt(ctx, from, person); err != nil {
		return Enrolled{}, err
	}
	r, put, err := f.Cards.Choose(ctx, person, number, old, pin, from)
	switch code := problem.Of(err).Code; {
	case err == nil:
	case ours(err):
		return Enrolled{}, err
	case code == card.ErrNone.Code || code == card.ErrNumber.Code || code == card.ErrPIN.Code: // nothing was tried
		f.sources.Give(limit.Network(from.Address), 1)
		f.people.Give(f.place(ctx, from, person), 1)
		return Enrolled{}, err
	default:
		return Enrolled{}, f.refuse(ctx, person, Card, "enrolment", from, err)
	}
	made := Enrolled{Factor: cardOf(r)}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		made.Codes = nil
		if err := put(ctx, tx, who.Actor); err != nil {
			return err
		}
		kind := "enrolled"
		if r.Pins > 1 {
			kind = "pin_changed"
		}
		if err := f.notify(ctx, tx, person, Notice{Kind: kind, At: f.Clock.Micro(), Address: from.Address, Name: r.Name}); err != nil {
			return err
		}
		own, err := f.all(ctx, tx, person)
		if err != nil || own.recoveries > 0 {
			return err
		}
		made.Codes, err = f.newCodes(ctx, tx, who.Actor, f.Clock.Micro())
		return err
	})
	if err != nil {
		return Enrolled{}, err
	}
	f.forgive(ctx, from, person)
	f.tell(person)
	if who.FactorMissing {
		f.Account.RightsChanged(person, "factor")
	}
	return made, nil
}

// byCard takes a card and its PIN, and gives what notes its use. Attempts were counted before.
func (f *Factors) byCard(ctx context.Context, person string, number, pin secret.Text, from access.Origin) (func(ctx context.Context, tx bun.Tx) error, error) {
	kinds, err := f.Kinds(ctx, f.DB.Read(), person)
	if err != nil {
		return nil, err
	}
	r, err := f.Cards.Try(ctx, person, number, pin, from)
	if err != nil {
		if !ours(err) {
			f.tell(person) // it may be locked now
		}
		return nil, err
	}
	if !slices.Contains(kinds, Card) {
		return nil, errNotEnough
	}
	return func(ctx context.Context, tx bun.Tx) error {
		ok, err := f.Cards.Use(ctx, tx, r)
		if err != nil {
			return err
		}
		if !ok {
			return errUsed
		}
		return f.used(ctx, tx, person, cardOf(r), from, nil)
	}, nil
}

// ByCard takes the second step with a card and its PIN, and opens the session. Its refusals are
// those of ByCode.
func (f *Factors) ByCard(ctx context.Context, ticket, number, pin secret.Text, from access.Origin) (account.SignedIn, error) {
	s, err := f.open(ticket, forSecond, from)
	if err != nil {
		return account.SignedIn{}, err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return account.SignedIn{}, err
	}
	with, err := f.byCard(ctx, s.Person, number, pin, from)
	if err != nil {
		return account.SignedIn{}, f.turnedDown(ctx, s.Person, "sign_in", from, err)
	}
	return f.finish(ctx, s, account.Proof{Person: s.Person, Mark: s.Mark}, Card, from, with)
}

// VouchByCard takes the second step of Vouch with a card and its PIN.
func (f *Factors) VouchByCard(ctx context.Context, ticket secret.Text, about string, number, pin secret.Text, from access.Origin, do Deed) error {
	s, err := f.vouching(ticket, about, from)
	if err != nil {
		return err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return err
	}
	with, err := f.byCard(ctx, s.Person, number, pin, from)
	if err != nil {
		return f.turnedDown(ctx, s.Person, atVouch, from, err)
	}
	return f.vouch(ctx, s, Card, from, with, do)
}

// UnlockByCard takes a card and its PIN from who is signed in already. Its refusals are those of
// UnlockByCode.
func (f *Factors) UnlockByCard(ctx context.Context, who account.Identity, number, pin secret.Text, from access.Origin, unlock Unlock) error {
	person := who.Actor.Person
	if err := f.attempt(ctx, from, person); err != nil {
		return err
	}
	use, err := f.byCard(ctx, person, number, pin, from)
	if other := (*card.Other)(nil); errors.As(err, &other) { // the console's act does not tell whose
		if err := f.turnedDown(ctx, person, atConsole, from, err); !errors.Is(err, ErrRefused) {
			return err
		}
	}
	return f.unlock(ctx, from, person, use, err, unlock)
}

// turnedDown puts a refused card on record and gives the answer that tells nothing.
func (f *Factors) turnedDown(ctx context.Context, person, at string, from access.Origin, err error) error {
	if ours(err) {
		return err
	}
	return f.refuse(ctx, person, Card, at, from, err)
}
