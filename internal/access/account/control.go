// Package account keeps the people who may come in and how they prove who they are:
// accounts and the positions they hold, passwords, sessions, scoped tokens, the first
// set-up. Every change writes its act in the same transaction.
package account

import (
	"context"
	"log/slog"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/means"
	"watchroom/internal/access/password"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// ErrNotSignedIn says that neither a session nor a token stands behind the request.
var ErrNotSignedIn = problem.New(problem.NotSignedIn, "not_signed_in", "Sign in first.")

// Control is the door of the house. It has no goroutines of its own.
type Control struct {
	DB    *db.DB
	Bus   *event.Bus // told of ended sessions and changed rights; may be nil
	Clock clock.Clock
	Log   *slog.Logger
	Rules *rule.Set // see Parameters; nil: the defaults

	// Rights gives the policy in force; nil: the built-in one.
	Rights func(ctx context.Context) (*access.Rights, error)
	// Duty gives the areas over which a person has the watch, as access.Standing has them;
	// nil: nobody has.
	Duty func(ctx context.Context, person string) ([]string, error)
	// Papers tells how the papers of who holds these positions stand; nil: none counts.
	Papers func(ctx context.Context, person string, held []access.Holding) (access.Papers, error)
	// Emergencies gives the emergency rights that a person has taken; nil: nobody has.
	Emergencies func(ctx context.Context, person string) ([]access.Emergency, error)
	// Areas tells whether all of these areas are there; nil: nobody knows any.
	Areas func(ctx context.Context, ids []string) (all bool, err error)

	// Known tells how well the place that somebody comes from knows a person; nil: not at all.
	// Attempts from there have a limit of their own, so that whoever guesses at a name elsewhere
	// does not keep its owner out.
	Known func(ctx context.Context, who Named, from access.Origin) attempt.Knows
	// Locks gives after how long without input the console of who holds these positions
	// locks, 0 for never; nil: none does.
	Locks func(held []access.Own) time.Duration
	// Opening is asked in the transaction that opens a session, before it is there; nil:
	// whoever has shown who they are gets one.
	Opening func(ctx context.Context, tx bun.Tx, who access.Actor, s Session) (Opened, error)

	builtIn *access.Rights
	uses    means.Uses // of tokens

	// Second knows what people show besides the password; nil: nobody has anything.
	Second Second

	params *argon2id.Params // tests take cheaper ones
	Hashes *password.Hasher // of passwords and what is like them; Start makes it
	door   *attempt.Door
}

// Named is a person by the id, or by the user name in its key form; empty is nobody.
type Named struct {
	Person    string
	Directory string // whose account it is; empty: one of this house
	Username  string
}

// Start makes the control ready.
func (c *Control) Start(context.Context) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.builtIn = access.NewRights(access.BuiltIn, nil, nil)
	var err error
	if c.Hashes, err = password.NewHasher(c.params); err != nil {
		return err
	}
	c.door = attempt.New(c.Rules)
	return nil
}

// SessionChange is the Data of events of kind "session". Their Person is whose
// sessions are meant and their Subject the id of the one session or token; an
// empty Subject means all of that person's. Whoever serves a running stream
// decides anew on each, and on a lost event too: see Renew.
type SessionChange struct {
	Change string `json:"change"` // "ended" or "rights"
	Reason string `json:"reason"` // signed_out, revoked, disabled, password, positions, enabled, token, factor, emergency, limit, locked, unlocked
}

func (c *Control) tell(person, subject, change, reason string) {
	if c.Bus != nil {
		c.Bus.Publish(event.Event{Kind: "session", Subject: subject, Person: person,
			Data: SessionChange{Change: change, Reason: reason}})
	}
}

// record writes an act that stands alone.
func (c *Control) record(ctx context.Context, a ledger.Act) error {
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, a) })
}
