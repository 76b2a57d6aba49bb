package factor

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/secret"
)

// Unlock opens a console in the transaction in which a factor is used up.
type Unlock func(use func(ctx context.Context, tx bun.Tx) error) error

// UnlockByCode takes a code of the app from who is signed in already. Codes on paper are
// for who has lost the app. Its refusals are ErrRefused and, before anything is computed,
// limit.ErrTooManyAttempts.
func (f *Factors) UnlockByCode(ctx context.Context, who account.Identity, code secret.Text, from access.Origin, unlock Unlock) error {
	if err := f.attempt(ctx, from, who.Actor.Person); err != nil {
		return err
	}
	use, err := f.byTOTP(ctx, who.Actor.Person, code, from)
	return f.unlock(ctx, from, who.Actor.Person, use, err, unlock)
}

// AskToUnlock asks for one of the person's own keys.
func (f *Factors) AskToUnlock(ctx context.Context, who account.Identity, p passkey.Party, from access.Origin) (secret.Text, passkey.KeyRequest, error) {
	if err := f.attempt(ctx, from, ""); err != nil {
		return "", passkey.KeyRequest{}, err
	}
	rows, err := f.keys(ctx, f.DB.Read(), who.Actor.Person, p.ID)
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	if len(rows) == 0 {
		return "", passkey.KeyRequest{}, ErrUnknown
	}
	options, challenge, err := passkey.BeginUse(p, passkey.Owner{ID: who.Actor.Person}, keysOf(rows))
	if err != nil {
		return "", passkey.KeyRequest{}, err
	}
	s := f.newStep(from)
	s.Person, s.Session, s.Challenge = who.Actor.Person, who.Actor.Session, &challenge
	return f.seal(s, forConsole), options, nil
}

// UnlockByPasskey takes the answer to AskToUnlock, in the session that asked. Its refusals
// are ErrStepExpired, ErrStepUsed, ErrRefused and limit.ErrTooManyAttempts.
func (f *Factors) UnlockByPasskey(ctx context.Context, who account.Identity, ticket secret.Text, answer []byte, p passkey.Party, from access.Origin, unlock Unlock) error {
	s, err := f.open(ticket, forConsole, from)
	if err == nil && (s.Challenge == nil || s.Challenge.Party != p.ID || s.Person != who.Actor.Person || s.Session != who.Actor.Session) {
		err = ErrStepExpired
	}
	if err != nil {
		return err
	}
	if err := f.attempt(ctx, from, s.Person); err != nil {
		return err
	}
	_, use, err := f.usePasskey(ctx, s, answer, p, from, map[string]any{"console": true})
	return f.unlock(ctx, from, s.Person, use, err, func(use func(ctx context.Context, tx bun.Tx) error) error {
		return unlock(func(ctx context.Context, tx bun.Tx) error {
			if err := f.take(ctx, tx, s); err != nil {
				return err
			}
			return use(ctx, tx)
		})
	})
}

// unlock opens with what a factor gave, or tells nothing of why it gave nothing.
func (f *Factors) unlock(ctx context.Context, from access.Origin, person string, use func(ctx context.Context, tx bun.Tx) error, err error, unlock Unlock) error {
	if err == nil {
		err = unlock(use)
	} else if !ours(err) {
		err = errUsed
	}
	if errors.Is(err, errUsed) {
		return ErrRefused
	}
	if err == nil {
		f.forgive(ctx, from, person)
	}
	return err
}
