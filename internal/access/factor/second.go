package factor

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/factor/recovery"
	"watchroom/internal/access/factor/totp"
	"watchroom/internal/access/limit"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// ErrRefused is the one answer to a second factor that does not hold at a sign-in.
var ErrRefused = problem.New(problem.NotSignedIn, "second_factor_refused", "The second factor is not right.")

// errUsed says that a code was taken by another sign-in meanwhile.
var errUsed = errors.New("the code was used already")

// attempt counts one attempt before anything is computed (R21): by where it comes from,
// and by whose factor it is about.
func (f *Factors) attempt(ctx context.Context, from access.Origin, person string) error {
	now := f.Clock.Now()
	if err := f.sources.Take(limit.Network(from.Address), now); err != nil {
		return err
	}
	if person == "" {
		return nil
	}
	return f.people.Take(f.place(ctx, from, person), now)
}

// place is what attempts at a person's factor count against: strangers share one limit, and
// whoever has the password too cannot use up those of a place that knows the person.
func (f *Factors) place(ctx context.Context, from access.Origin, person string) string {
	if f.Account.Known == nil {
		return person
	}
	switch f.Account.Known(ctx, account.Named{Person: person}, from) {
	case attempt.Device:
		return person + "\x00device\x00" + from.Device
	case attempt.Address:
		return person + "\x00" + limit.Network(from.Address)
	case attempt.Stranger:
	}
	return person
}

// forgive gives the attempts back after a success, of the place and of strangers: at the first
// success the place was one.
func (f *Factors) forgive(ctx context.Context, from access.Origin, person string) {
	f.sources.Give(limit.Network(from.Address), 1)
	f.people.Give(person, f.people.Burst()+1)
	f.people.Give(f.place(ctx, from, person), f.people.Burst()+1)
}

// refuse writes the refusal down and gives the answer that tells nothing.
func (f *Factors) refuse(ctx context.Context, person, kind, at string, from access.Origin, why error) error {
	f.Log.InfoContext(ctx, "a second factor was refused", "person", person, "kind", kind, "error", why)
	code := "used"
	if !errors.Is(why, errUsed) {
		code = problem.Of(why).Code
	}
	act := ledger.Act{At: f.Clock.Micro(), Person: person, Kind: "factor.refused", Subject: person,
		Detail: map[string]any{"kind": kind, "at": at, "why": code, "address": from.Address}}
	if other := (*card.Other)(nil); errors.As(why, &other) {
		act.Detail["card"], act.Detail["of"] = other.Card, other.Person
	}
	if err := f.record(ctx, act); err != nil {
		return problem.Wrap(err, "record a refused second factor")
	}
	return ErrRefused
}

// ours tells whether an error is a failure of this server, and no answer to what was shown.
func ours(err error) bool {
	k := problem.Of(err).Kind
	return k == problem.Internal || k == problem.Unavailable
}

// ByCode takes the second step with a code of the app or a code on paper, and opens the
// session. Its refusals are ErrStepExpired, ErrStepUsed, ErrRefused, ErrClockAhead and
// ErrClockBehind (see skews), account.ErrSignInFailed and, before anything is computed, limit.ErrTooManyAttempts.
func (f *Factors) ByCode(ctx context.Context, ticket secret.Text, kind string, code secret.Text, from access.Origin) (account.SignedIn, error) {
	s, err := f.open(ticket, forSecond, from)
	if err != nil {
		return account.SignedIn{}, err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return account.SignedIn{}, err
	}
	with, err := f.byCode(ctx, s.Person, kind, code, "sign_in", from)
	if err != nil {
		return account.SignedIn{}, err
	}
	return f.finish(ctx, s, account.Proof{Person: s.Person, Mark: s.Mark}, kind, from, with)
}

// byCode takes a code of a kind; a refusal is on record. It gives what uses the code up.
func (f *Factors) byCode(ctx context.Context, person, kind string, code secret.Text, at string, from access.Origin) (with func(ctx context.Context, tx bun.Tx) error, err error) {
	use := f.byTOTP
	if kind == Recovery {
		use = f.byRecovery
	}
	with, err = use(ctx, person, code, from)
	if err != nil && !ours(err) {
		why := err
		err = f.refuse(ctx, person, kind, at, from, why)
		if errors.Is(err, ErrRefused) && at == "sign_in" && (errors.Is(why, ErrClockAhead) || errors.Is(why, ErrClockBehind)) {
			err = why
		}
	}
	return with, err
}

// finish opens the session together with what the factor's use leaves behind.
func (f *Factors) finish(ctx context.Context, s step, p account.Proof, kind string, from access.Origin, with func(ctx context.Context, tx bun.Tx) error) (account.SignedIn, error) {
	in, err := f.Account.Open(ctx, p, from, func(ctx context.Context, tx bun.Tx) error {
		if err := f.take(ctx, tx, s); err != nil {
			return err
		}
		return with(ctx, tx)
	})
	if errors.Is(err, errUsed) {
		return account.SignedIn{}, f.refuse(ctx, p.Person, kind, "sign_in", from, errUsed)
	}
	if err != nil {
		return account.SignedIn{}, err
	}
	f.forgive(ctx, from, p.Person)
	f.tell(p.Person)
	return in, nil
}

func (f *Factors) used(ctx context.Context, tx bun.Tx, person string, x Factor, from access.Origin, detail map[string]any) error {
	about := map[string]any{"kind": x.Kind, "name": x.Name, "address": from.Address}
	for k, v := range detail {
		about[k] = v
	}
	return ledger.Record(ctx, tx, ledger.Act{At: f.Clock.Micro(), Person: person, Kind: "factor.used", Subject: x.ID, Detail: about})
}

func (f *Factors) byTOTP(ctx context.Context, person string, code secret.Text, from access.Origin) (func(ctx context.Context, tx bun.Tx) error, error) {
	var r totpRow
	err := f.DB.Read().NewSelect().Model(&r).Where("person = ?", person).Scan(ctx)
	if absent(err) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, problem.Wrap(err, "read an app")
	}
	value, err := f.Box.Open(r.Sealed, r.place())
	if err != nil {
		return nil, problem.Wrap(err, "open the secret of an app")
	}
	now := f.Clock.Now()
	at, err := totp.Match(value, code.Reveal(), now, r.LastStep)
	if errors.Is(err, totp.ErrWrong) {
		return nil, f.wrongCode(r.ID, value, code, now, err)
	}
	if err != nil {
		return nil, err
	}
	if f.skews.wasRefused(r.ID, at) {
		return nil, totp.ErrUsed
	}
	return func(ctx context.Context, tx bun.Tx) error {
		// Two browsers may show the same code at once; only one of them moves the step on.
		done, err := tx.NewUpdate().Model((*totpRow)(nil)).Set("last_step = ?", at).Set("used_at = ?", f.Clock.Micro()).
			Where("id = ? AND last_step < ?", r.ID, at).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "use a code")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errUsed
		}
		return f.used(ctx, tx, person, Factor{ID: r.ID, Kind: TOTP, Name: r.Name}, from, nil)
	}, nil
}

// wrongCode gives why the code of an app is refused: where it is the second in a row that is right
// for another time, ErrClockAhead or ErrClockBehind.
func (f *Factors) wrongCode(app string, value, code secret.Text, now time.Time, wrong error) error {
	off, found, err := totp.Off(value, code.Reveal(), now)
	switch {
	case err != nil:
		return err
	case !found:
		f.skews.other(app)
		return wrong
	}
	if hint := f.skews.saw(app, off, now); hint != nil {
		return hint
	}
	return wrong
}

func (f *Factors) byRecovery(ctx context.Context, person string, code secret.Text, from access.Origin) (func(ctx context.Context, tx bun.Tx) error, error) {
	hash, ok := recovery.Hash(person, code)
	if !ok {
		return nil, ErrUnknown
	}
	var r codeRow
	err := f.DB.Read().NewSelect().Model(&r).Where("code_hash = ? AND person = ?", hash, person).Scan(ctx)
	switch {
	case absent(err):
		return nil, ErrUnknown
	case err != nil:
		return nil, problem.Wrap(err, "read a recovery code")
	case r.UsedAt != nil:
		return nil, totp.ErrUsed
	}
	return func(ctx context.Context, tx bun.Tx) error {
		at := f.Clock.Micro()
		done, err := tx.NewUpdate().Model((*codeRow)(nil)).Set("used_at = ?", at).Where("code_hash = ? AND used_at IS NULL", hash).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "use a recovery code")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errUsed
		}
		own, err := f.all(ctx, tx, person)
		if err != nil {
			return err
		}
		if err := f.used(ctx, tx, person, Factor{ID: person, Kind: Recovery}, from, map[string]any{"left": own.Codes}); err != nil {
			return err
		}
		return f.notify(ctx, tx, person, Notice{Kind: "recovery_used", At: at, Address: from.Address, Codes: own.Codes})
	}, nil
}

// AskPasskey asks for one of the person's keys at the second step. The new ticket takes
// the place of the one that came.
func (f *Factors) AskPasskey(ctx context.Context, ticket secret.Text, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyRequest, error) {
	s, err := f.open(ticket, forSecond, from)
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	return f.askPasskey(ctx, s, forSecond, p, from)
}

func (f *Factors) askPasskey(ctx context.Context, s step, then purpose, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyRequest, error) {
	if err := f.attempt(ctx, from, ""); err != nil {
		return "", passkey.KeyRequest{}, err
	}
	rows, err := f.keys(ctx, f.DB.Read(), s.Person, p.ID)
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	if len(rows) == 0 {
		return "", passkey.KeyRequest{}, ErrUnknown
	}
	options, challenge, err := passkey.BeginUse(p, passkey.Owner{ID: s.Person}, keysOf(rows))
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	s.Challenge = &challenge
	return f.seal(s, then), options, nil
}

// AskAlone asks for any passkey, before it is known who sits there.
func (f *Factors) AskAlone(ctx context.Context, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyRequest, error) {
	if err := f.attempt(ctx, from, ""); err != nil {
		return "", passkey.KeyRequest{}, err
	}
	options, challenge, err := passkey.BeginUse(p, passkey.Owner{}, nil)
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	s := f.newStep(from)
	s.Challenge = &challenge
	return f.seal(s, forPasskey), options, nil
}

// ByPasskey takes the second step with a passkey and opens the session.
func (f *Factors) ByPasskey(ctx context.Context, ticket secret.Text, answer []byte, p passkey.Party, from access.Origin) (account.SignedIn, error) {
	return f.byPasskey(ctx, ticket, forSecond, answer, p, from)
}

// Alone signs in with a passkey and nothing else: the key is one factor, and the PIN, the
// finger or the face that the authenticator asked for is the other.
func (f *Factors) Alone(ctx context.Context, ticket secret.Text, answer []byte, p passkey.Party, from access.Origin) (account.SignedIn, error) {
	return f.byPasskey(ctx, ticket, forPasskey, answer, p, from)
}

func (f *Factors) byPasskey(ctx context.Context, ticket secret.Text, step purpose, answer []byte, p passkey.Party, from access.Origin) (account.SignedIn, error) {
	s, err := f.open(ticket, step, from)
	if err == nil && (s.Challenge == nil || s.Challenge.Party != p.ID) {
		err = ErrStepExpired
	}
	if err != nil {
		return account.SignedIn{}, err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return account.SignedIn{}, err
	}
	person, use, err := f.usePasskey(ctx, s, answer, p, from, map[string]any{"alone": step == forPasskey})
	if err != nil {
		if ours(err) || problem.Of(err).Kind == problem.TooMany {
			return account.SignedIn{}, err
		}
		return account.SignedIn{}, f.refuse(ctx, person, Passkey, "sign_in", from, err)
	}
	return f.finish(ctx, s, account.Proof{Person: person, Mark: s.Mark}, Passkey, from, use)
}

// usePasskey checks a passkey's answer to the challenge of a step: one of the step's person,
// or of anybody where it names none. It gives whose it is, also where it refuses, and what
// uses the key up to here.
func (f *Factors) usePasskey(ctx context.Context, s step, answer []byte, p passkey.Party, from access.Origin, detail map[string]any) (person string, use func(ctx context.Context, tx bun.Tx) error, err error) {
	a, err := passkey.Parse(answer)
	if err != nil {
		return s.Person, nil, err
	}
	var r keyRow
	q := f.DB.Read().NewSelect().Model(&r).Where("credential_id = ? AND rp_id = ?", a.CredentialID(), p.ID)
	if s.Person != "" {
		q = q.Where("person = ?", s.Person)
	}
	err = q.Scan(ctx)
	if absent(err) {
		return s.Person, nil, ErrUnknown
	}
	if err != nil {
		return "", nil, problem.Wrap(err, "read a passkey")
	}
	if s.Person == "" {
		if err := f.people.Take(f.place(ctx, from, r.Person), f.Clock.Now()); err != nil {
			return "", nil, err
		}
	}
	after, err := passkey.Use(p, passkey.Owner{ID: r.Person}, r.key(), *s.Challenge, a)
	if errors.Is(err, passkey.ErrCounter) {
		if err := f.copied(ctx, r, from); err != nil {
			return "", nil, err
		}
	}
	if err != nil {
		return r.Person, nil, err
	}
	return r.Person, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*keyRow)(nil)).Set("sign_count = ?", int64(after.SignCount)).Set("flags = ?", int64(after.Flags)).
			Set("used_at = ?", f.Clock.Micro()).Where("id = ? AND sign_count = ?", r.ID, r.SignCount).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "use a passkey")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 { // removed or used meanwhile
			return errUsed
		}
		return f.used(ctx, tx, r.Person, Factor{ID: r.ID, Kind: Passkey, Name: r.Name}, from, detail)
	}, nil
}

// copied tells a person that somebody may have a copy of their key.
func (f *Factors) copied(ctx context.Context, r keyRow, from access.Origin) error {
	err := f.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return f.notify(ctx, tx, r.Person, Notice{Kind: "copied", At: f.Clock.Micro(), Address: from.Address, Name: r.Name})
	})
	if err == nil {
		f.tell(r.Person)
	}
	return err
}
