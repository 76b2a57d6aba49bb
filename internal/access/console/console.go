// Package console locks the consoles that nobody touches (P6 of the practice; C058, C113):
// replay, search, export and settings then wait for a proof of who sits there. The live wall,
// the alarms and the emergency right never do, and no session ends. Each lock, each unlocking
// and each proof that failed is an act.
package console

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/factor/passkey"
	"watchroom/internal/access/federation"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/secret"
)

// ErrNoConsole refuses a token what only a console has.
var ErrNoConsole = problem.New(problem.Forbidden, "session_required", "A token has no session; sign in with a password for this.")

// touchEvery bounds how often input is written down.
const touchEvery = 5 * time.Second

// Ways to unlock a console. Whoever has none of them signs in again.
const (
	ByPassword = "password"
	ByCode     = factor.TOTP
	ByPasskey  = factor.Passkey
	ByCard     = factor.Card
)

// Consoles are the places at which people are signed in.
type Consoles struct {
	DB          *db.DB
	Bus         *event.Bus // may be nil
	Clock       clock.Clock
	Log         *slog.Logger // may be nil
	Rules       *rule.Set    // see Parameters; nil: the defaults
	Account     *account.Control
	Factors     *factor.Factors
	Directories *federation.Desk // nil: none

	// Touched is told in the transaction that notes input who gave it at (µs), with the input
	// before it in the session; may be nil.
	Touched func(ctx context.Context, tx bun.Tx, who account.Identity, at int64) error
}

// State is how a console stands.
type State struct {
	Locked bool
	Since  int64         // µs, of the lock
	At     int64         // µs, when it locks unless it is touched; 0: never
	After  time.Duration // without input; 0: never
	Ways   []string      // to unlock it, the handiest first
}

// Of tells how the console of a session stands.
func (c *Consoles) Of(ctx context.Context, who account.Identity) (State, error) {
	if who.Session == nil {
		return State{}, ErrNoConsole
	}
	gone, err := c.Account.GoneBy(ctx, who.Person.Positions())
	if err != nil {
		return State{}, err
	}
	s := State{Locked: who.Session.Locked, After: After(gone, c.Rules)}
	if !s.Locked {
		s.At = who.Session.LocksAt
		return s, nil
	}
	s.Since = who.Session.LocksAt
	if who.Session.LockedAt != nil {
		s.Since = *who.Session.LockedAt
	}
	kinds, err := c.Factors.Kinds(ctx, c.DB.Read(), who.Actor.Person)
	if err != nil {
		return s, err
	}
	for _, k := range kinds {
		if k != factor.Recovery { // codes on paper are for who has lost the app
			s.Ways = append(s.Ways, k)
		}
	}
	if who.Person.Directory == "" || c.Directories.Asks(who.Person) {
		s.Ways = append(s.Ways, ByPassword)
	}
	return s, nil
}

// Input notes that somebody touches the console. It does not unlock one.
func (c *Consoles) Input(ctx context.Context, who account.Identity) (State, error) {
	if who.Session == nil || who.Session.Locked {
		return c.Of(ctx, who)
	}
	at := c.Clock.Micro()
	if at-who.Session.InputAt >= touchEvery.Microseconds() {
		err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := Touch(ctx, tx, who.Session.ID, at); err != nil || c.Touched == nil {
				return err
			}
			return c.Touched(ctx, tx, who, at)
		})
		if err != nil {
			return State{}, err
		}
		gone, err := c.Account.GoneBy(ctx, who.Person.Positions())
		if err != nil {
			return State{}, err
		}
		touched := *who.Session
		touched.InputAt = at
		if touched.LocksAt != 0 {
			touched.LocksAt = at + After(gone, c.Rules).Microseconds()
		}
		who.Session = &touched
	}
	return c.Of(ctx, who)
}

// Lock locks the console at once.
func (c *Consoles) Lock(ctx context.Context, who account.Identity) (State, error) {
	if who.Session == nil {
		return State{}, ErrNoConsole
	}
	if !who.Session.Locked {
		now := c.Clock.Micro()
		if err := c.lock(ctx, who, now, now, "by_hand"); err != nil {
			return State{}, err
		}
		locked := *who.Session
		locked.Locked, locked.LockedAt = true, &now
		who.Session = &locked
	}
	return c.Of(ctx, who)
}

// lock locks it since (µs), unless it was touched after touched (µs).
func (c *Consoles) lock(ctx context.Context, who account.Identity, since, touched int64, why string) error {
	changed := false
	err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if changed, err = setLock(ctx, tx, who.Session.ID, &since, touched); err != nil || !changed {
			return err
		}
		act := who.Actor.Act(c.Clock.Micro(), "console.locked", who.Session.ID, "", map[string]any{"why": why, "since": since})
		return ledger.Record(ctx, tx, act)
	})
	if err == nil && changed {
		c.changed(who, "locked")
	}
	return err
}

// Password unlocks a console with the password of who is signed in.
func (c *Consoles) Password(ctx context.Context, who account.Identity, password secret.Text) error {
	if who.Session == nil {
		return ErrNoConsole
	}
	var err error
	if who.Person.Directory == "" {
		err = c.Account.Prove(ctx, who.Actor.Person, password)
	} else if c.Directories.Asks(who.Person) {
		err = c.Directories.Prove(ctx, who.Person, password, who.Actor.Origin)
	} else {
		err = account.ErrWrongPassword.On("password")
	}
	if err == nil {
		err = c.unlock(ctx, who, ByPassword, nil)
	}
	return c.refused(ctx, who, ByPassword, err)
}

// Code unlocks it with a code of the person's app.
func (c *Consoles) Code(ctx context.Context, who account.Identity, code secret.Text) error {
	if who.Session == nil {
		return ErrNoConsole
	}
	err := c.Factors.UnlockByCode(ctx, who, code, who.Actor.Origin, func(use func(context.Context, bun.Tx) error) error {
		return c.unlock(ctx, who, ByCode, use)
	})
	return c.refused(ctx, who, ByCode, err)
}

// Card unlocks it with the person's card and its PIN.
func (c *Consoles) Card(ctx context.Context, who account.Identity, number, pin secret.Text) error {
	if who.Session == nil {
		return ErrNoConsole
	}
	err := c.Factors.UnlockByCard(ctx, who, number, pin, who.Actor.Origin, func(use func(context.Context, bun.Tx) error) error {
		return c.unlock(ctx, who, ByCard, use)
	})
	return c.refused(ctx, who, ByCard, err)
}

// AskPasskey asks for one of the person's own keys; the ticket goes with its answer.
func (c *Consoles) AskPasskey(ctx context.Context, who account.Identity, p passkey.Party) (secret.Text, passkey.KeyRequest, error) {
	if who.Session == nil {
		return "", passkey.KeyRequest{}, ErrNoConsole
	}
	return c.Factors.AskToUnlock(ctx, who, p, who.Actor.Origin)
}

// Passkey unlocks it with the answer to AskPasskey.
func (c *Consoles) Passkey(ctx context.Context, who account.Identity, ticket secret.Text, answer []byte, p passkey.Party) error {
	if who.Session == nil {
		return ErrNoConsole
	}
	err := c.Factors.UnlockByPasskey(ctx, who, ticket, answer, p, who.Actor.Origin, func(use func(context.Context, bun.Tx) error) error {
		return c.unlock(ctx, who, ByPasskey, use)
	})
	return c.refused(ctx, who, ByPasskey, err)
}

// unlock opens a console in the transaction in which a factor is used up. One that is open
// stays so.
func (c *Consoles) unlock(ctx context.Context, who account.Identity, by string, use func(ctx context.Context, tx bun.Tx) error) error {
	changed := false
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if use != nil {
			if err := use(ctx, tx); err != nil {
				return err
			}
		}
		at := c.Clock.Micro()
		if changed, err = setLock(ctx, tx, who.Session.ID, nil, at); err != nil || !changed {
			return err
		}
		detail := map[string]any{"with": by}
		if who.Session.LockedAt != nil {
			detail["since"] = *who.Session.LockedAt
		}
		return ledger.Record(ctx, tx, who.Actor.Act(at, "console.unlocked", who.Session.ID, "", detail))
	})
	if err == nil && changed {
		c.changed(who, "unlocked")
	}
	return err
}

// refused puts a proof that did not hold on record.
func (c *Consoles) refused(ctx context.Context, who account.Identity, by string, err error) error {
	if !errors.Is(err, account.ErrWrongPassword) && !errors.Is(err, factor.ErrRefused) {
		return err
	}
	act := who.Actor.Act(c.Clock.Micro(), "console.refused", who.Session.ID, "", map[string]any{"with": by})
	if err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, act) }); err != nil {
		return problem.Wrap(err, "record a refused unlocking")
	}
	return err
}

// changed ends what a locked console may not run, and has the person's screens look.
func (c *Consoles) changed(who account.Identity, how string) {
	c.Account.ConsoleChanged(who.Actor.Person, who.Session.ID, how)
	if c.Bus != nil {
		c.Bus.Publish(event.Event{Kind: "console", Person: who.Actor.Person})
	}
}

// Gate lets people in like the accounts do, and locks on the way what is due.
type Gate struct {
	*account.Control

	Consoles *Consoles
}

// BySession is that of account.Control. A console that has stood too long is locked with
// its act at the first request that comes from it; until then it only counts as locked.
func (g *Gate) BySession(ctx context.Context, value secret.Text) (account.Identity, error) {
	who, err := g.Control.BySession(ctx, value)
	if err != nil || who.Session == nil || !who.Session.Locked || who.Session.LockedAt != nil {
		return who, err
	}
	since := who.Session.LocksAt
	err = g.Consoles.lock(ctx, who, since, who.Session.InputAt, "idle")
	switch {
	case err == nil:
		who.Session.LockedAt = &since
	case g.Consoles.Log != nil: // it is locked all the same while the database only reads
		g.Consoles.Log.WarnContext(ctx, "the lock of a console could not be written down", "session", who.Session.ID, "error", err)
	}
	return who, nil // it is told, and locked is locked
}
