package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// ErrSecondNeeded says that the password was right and opens nothing by itself. It comes
// as a *SecondNeeded. Parameter: kinds.
var ErrSecondNeeded = problem.New(problem.NotSignedIn, "second_factor_needed",
	"The password is right. Show your second factor as well.")

// ErrSessionTooOld refuses what only a fresh sign-in may do, to who has no password here.
var ErrSessionTooOld = problem.New(problem.Forbidden, "session_too_old",
	"Sign in again before you change how you sign in.")

// freshFor is how long a session counts as a proof of who sits there.
const freshFor = 10 * time.Minute

// Second knows the second factors of people; *factor.Factors is one.
type Second interface {
	// Kinds gives what a person can show besides the password, the handiest first;
	// none means that the password opens the session.
	Kinds(ctx context.Context, tx bun.IDB, person string) ([]string, error)
	// Lacks tells whether one of the positions, or one that it goes by, must have a second
	// factor and the person has none.
	Lacks(ctx context.Context, tx bun.IDB, person string, held []access.Own) (bool, error)
	// Ask makes what carries the proof of the first step to the second, and until when (µs).
	Ask(p Proof, from access.Origin) (ticket secret.Text, until int64)
}

// Proof is what the first step has shown. It holds while the password stays the same.
type Proof struct {
	Person string
	Mark   string // of the password that was shown; empty where none was
}

// SecondNeeded is the answer of SignIn to the right password of who has a second factor.
type SecondNeeded struct {
	Ticket secret.Text // goes with the second step
	Kinds  []string
	Until  int64 // µs
}

func (n *SecondNeeded) Error() string { return ErrSecondNeeded.Error() }

// Unwrap gives ErrSecondNeeded.
func (n *SecondNeeded) Unwrap() error { return ErrSecondNeeded.With("kinds", n.Kinds) }

// mark tells one password from another without telling it.
func mark(r personRow) string {
	sum := sha256.Sum256([]byte("second step\x00" + r.PasswordHash))
	return hex.EncodeToString(sum[:12])
}

// enter lets in somebody who has shown who they are with one thing: it opens a session,
// or gives a *SecondNeeded where they have a second factor.
func (c *Control) enter(ctx context.Context, r personRow, from access.Origin) (SignedIn, error) {
	kinds, err := c.kinds(ctx, c.DB.Read(), r.ID)
	if err != nil {
		return SignedIn{}, err
	}
	if len(kinds) == 0 {
		return c.openSession(ctx, r, from, nil)
	}
	// Whoever stops here knows the password; the person it belongs to should be able to see that.
	act := access.Actor{Person: r.ID, Unit: r.Unit}.From(from).Act(c.Clock.Micro(), "session.second_asked", r.ID, "",
		map[string]any{"address": text.Shown(from.Address, 64), "agent": text.Shown(from.Agent, 200), "kinds": kinds})
	if err := c.record(ctx, act); err != nil {
		return SignedIn{}, problem.Wrap(err, "record the first step of a sign-in")
	}
	need := &SecondNeeded{Kinds: kinds}
	need.Ticket, need.Until = c.Second.Ask(Proof{Person: r.ID, Mark: mark(r)}, from)
	return SignedIn{}, need
}

// kinds are what a person can show besides the password.
func (c *Control) kinds(ctx context.Context, tx bun.IDB, person string) ([]string, error) {
	if c.Second == nil {
		return nil, nil
	}
	return c.Second.Kinds(ctx, tx, person)
}

// Open opens a session for a person who has shown who they are: p from the first step,
// and what with records, in the same transaction before the session. Its refusal is
// ErrSignInFailed where the account was disabled or its password changed since.
func (c *Control) Open(ctx context.Context, p Proof, from access.Origin, with func(ctx context.Context, tx bun.Tx) error) (SignedIn, error) {
	r, _, err := c.proven(ctx, c.DB.Read(), p)
	if err != nil {
		return SignedIn{}, err
	}
	try := c.forgiving(ctx, r, from)
	in, err := c.openSession(ctx, r, from, with)
	if err == nil {
		try.Succeeded()
	}
	return in, err
}

// proven gives who a proof stands for, as long as it does.
func (c *Control) proven(ctx context.Context, tx bun.IDB, p Proof) (r personRow, held []access.Holding, err error) {
	r, held, err = load(ctx, tx, "id", p.Person)
	if err == nil && (r.shut() || p.Mark != "" && p.Mark != mark(r)) {
		err = ErrSignInFailed
	}
	return r, held, err
}

// Recognise is the first step of SignIn, with its limits, records and refusals, and opens
// nothing.
func (c *Control) Recognise(ctx context.Context, username string, password secret.Text, from access.Origin) (Proof, error) {
	r, _, _, err := c.recognise(ctx, username, password, from)
	return Proof{Person: r.ID, Mark: mark(r)}, err
}

// As does something, in one transaction, as a person who has shown who they are to the end,
// and opens no session.
func (c *Control) As(ctx context.Context, p Proof, from access.Origin, do func(ctx context.Context, tx bun.Tx, who access.Actor) error) error {
	var r personRow
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		var held []access.Holding
		if r, held, err = c.proven(ctx, tx, p); err != nil {
			return err
		}
		if !r.valid(c.Clock.Micro()) {
			return ErrTerm
		}
		id, err := c.identify(ctx, tx, r, held, nil, nil)
		if err != nil {
			return err
		}
		if r.PasswordAt != nil {
			id.Actor = id.Actor.Unsettled()
		}
		return do(ctx, tx, id.Actor.From(from))
	})
	if err == nil {
		c.forgiving(ctx, r, from).Succeeded()
	}
	return err
}

// Confirm asks a person who is signed in to show once more who they are, before they
// change how they sign in: with their password, or where they have none here with a
// session that was just opened. Its refusals are ErrWrongPassword, ErrSessionTooOld and,
// before anything is hashed, limit.ErrTooManyAttempts.
func (c *Control) Confirm(ctx context.Context, who Identity, password secret.Text) error {
	r, _, err := load(ctx, c.DB.Read(), "id", who.Actor.Person)
	if err != nil {
		return err
	}
	if who.Session == nil {
		return ErrNotSignedIn
	}
	if r.PasswordHash == "" {
		if c.Clock.Micro()-who.Session.CreatedAt > freshFor.Microseconds() {
			return ErrSessionTooOld
		}
		return nil
	}
	return c.prove(ctx, r, password)
}

// Prove is nil for the password of a person. Its refusals are ErrWrongPassword, also where
// there is none here, and, before anything is hashed, limit.ErrTooManyAttempts.
func (c *Control) Prove(ctx context.Context, person string, password secret.Text) error {
	r, _, err := load(ctx, c.DB.Read(), "id", person)
	if err != nil {
		return err
	}
	return c.prove(ctx, r, password)
}

func (c *Control) prove(ctx context.Context, r personRow, password secret.Text) error {
	// Not the limit of the name at the door, or a stranger there could keep a console locked.
	try, err := c.door.Proof(r.ID, c.Clock.Now())
	if err != nil {
		return err
	}
	same, err := c.Hashes.Matches(ctx, password, r.PasswordHash)
	if err != nil {
		return problem.Wrap(err, "check password")
	}
	if !same {
		return ErrWrongPassword.On("password")
	}
	try.Succeeded()
	return nil
}

// EndAll ends all sessions of a person in tx, but keep. Told is to be called once tx
// stands.
func (c *Control) EndAll(ctx context.Context, tx bun.Tx, person, keep string) (told func(reason string), err error) {
	return func(reason string) { c.tell(person, "", "ended", reason) }, endSessions(ctx, tx, person, keep)
}

// RightsChanged has everything that runs for a person decided anew.
func (c *Control) RightsChanged(person, reason string) { c.tell(person, "", "rights", reason) }

// unproven tells whether a person may do nothing yet but enrol a second factor.
func (c *Control) unproven(ctx context.Context, tx bun.IDB, person string, held []access.Own) (bool, error) {
	if c.Second == nil {
		return false, nil
	}
	return c.Second.Lacks(ctx, tx, person, held)
}
