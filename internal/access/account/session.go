package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/lasting"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// touchEvery bounds how often the use of a session is written down.
const touchEvery = time.Minute

// ErrSignInFailed never says whether the name or the password was wrong.
var ErrSignInFailed = problem.New(problem.NotSignedIn, "sign_in_failed", "User name or password is wrong.")

// ErrTerm is told only to who knows the password.
var ErrTerm = problem.New(problem.NotSignedIn, "account_outside_term", "This account is not valid now: its time has not begun, or has ended.")

// Session is one signed-in browser.
type Session struct {
	ID        string
	Person    string
	Address   string
	Agent     string
	CreatedAt int64 // µs
	SeenAt    int64 // µs, to a minute
	ExpiresAt int64 // µs, unless it is used before
	EndsAt    int64 // µs, however much it is used; see lasting.Most

	// The console that it is open on; see Control.Locks.
	InputAt  int64  // µs, when somebody last touched it
	LockedAt *int64 // µs; nil: nothing says so, but see Locked
	LocksAt  int64  // µs, unless it is touched before; 0: never
	Locked   bool
}

// SignedIn is a new session with the value of its cookie, which is kept nowhere.
type SignedIn struct {
	Secret   secret.Text
	Identity Identity
}

// Identity is who a request is from.
type Identity struct {
	Actor   access.Actor
	Person  Person
	Session *Session // nil with a token
	Token   *Token   // nil with a session

	// FactorMissing says that a position must have a second factor and the person has none.
	FactorMissing bool
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:session"`
	ID            string `bun:",pk"`
	SecretHash    []byte
	Person        string
	Address       string
	Agent         string
	CreatedAt     int64
	SeenAt        int64
	ExpiresAt     int64
	InputAt       int64
	LockedAt      *int64
}

func (r sessionRow) session() Session {
	return Session{ID: r.ID, Person: r.Person, Address: r.Address, Agent: r.Agent,
		CreatedAt: r.CreatedAt, SeenAt: r.SeenAt, ExpiresAt: r.ExpiresAt, InputAt: r.InputAt, LockedAt: r.LockedAt}
}

// idleSince is when a session must have been used at the latest to be open at now (µs).
// The rule of now decides and not the one of when it was used: a shorter one ends at once
// what was idle for longer.
func (c *Control) idleSince(now int64) int64 { return now - IdleAfter.Get(c.Rules).Microseconds() }

// SignIn opens a session, or gives a *SecondNeeded where the person has a second factor.
// Its refusals are ErrSignInFailed and, before any hash is computed, ErrTooManyAttempts.
func (c *Control) SignIn(ctx context.Context, username string, password secret.Text, from access.Origin) (SignedIn, error) {
	r, _, try, err := c.recognise(ctx, username, password, from)
	if err != nil {
		return SignedIn{}, err
	}
	in, err := c.enter(ctx, r, from)
	if err == nil { // with a second step to go nothing is given back: see Open
		try.Succeeded()
	}
	return in, err
}

// recognise tells whose name and password these are. Every attempt counts, and every refusal
// is on record.
func (c *Control) recognise(ctx context.Context, username string, password secret.Text, from access.Origin) (r personRow, held []access.Holding, try attempt.Try, err error) {
	now := c.Clock.Now()
	_, key, formErr := usernameKey(username)
	if formErr != nil {
		key = "" // no account has such a name; all of them share one limit
	}
	if try, err = c.door.Take(key, from, func() attempt.Knows { return c.known(ctx, Named{Username: key}, from) }, now); err != nil {
		return r, nil, try, err
	}
	r, held, err = load(ctx, c.DB.Read(), "username_key", key)
	if err != nil && !errors.Is(err, ErrPersonUnknown) {
		return r, nil, try, err
	}
	done, err := try.Turn(ctx)
	if err != nil {
		return r, nil, try, problem.Wrap(err, "check password")
	}
	same, err := c.Hashes.Matches(ctx, password, r.PasswordHash)
	done()
	if err != nil {
		return r, nil, try, problem.Wrap(err, "check password")
	}
	outside := !r.valid(now.UnixMicro())
	if same && !r.Disabled && !outside {
		return r, held, try, nil
	}
	// The name itself is not kept: people type passwords into that field.
	act := access.Actor{Person: r.ID, Unit: r.Unit}.From(from).Act(c.Clock.Micro(), "session.refused", r.ID, "",
		map[string]any{"address": from.Address, "known": r.ID != "", "disabled": r.Disabled, "outsideTerm": r.ID != "" && outside})
	if err := c.record(ctx, act); err != nil {
		return r, nil, try, problem.Wrap(err, "record refused sign-in")
	}
	if same && !r.Disabled { // who knows the password may know why it opens nothing
		return r, nil, try, ErrTerm
	}
	return r, nil, try, ErrSignInFailed
}

func (c *Control) known(ctx context.Context, who Named, from access.Origin) attempt.Knows {
	if c.Known == nil || who == (Named{}) {
		return attempt.Stranger
	}
	return c.Known(ctx, who, from)
}

// forgiving gives what gives back what the first step of a sign-in used up, as long as the
// place is not known by this very sign-in.
func (c *Control) forgiving(ctx context.Context, r personRow, from access.Origin) attempt.Try {
	name := r.UsernameKey
	if r.Directory != "" {
		name = underDirectory(r.Directory, name)
	}
	return c.door.Of(name, from, c.known(ctx, Named{Person: r.ID}, from))
}

// openSession opens a session in a transaction that first runs before, if given.
// It is serializable so that a person who is disabled meanwhile gets none.
func (c *Control) openSession(ctx context.Context, r personRow, from access.Origin, before func(ctx context.Context, tx bun.Tx) error) (SignedIn, error) {
	value, at := secret.Random(), c.Clock.Micro()
	row := sessionRow{ID: db.NewID(), SecretHash: secret.HashOf(value), Person: r.ID, Address: text.Shown(from.Address, 64),
		Agent: text.Shown(from.Agent, 200), CreatedAt: at, SeenAt: at, ExpiresAt: at + IdleAfter.Get(c.Rules).Microseconds(), InputAt: at}
	var id Identity
	var more Opened
	err := c.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if before != nil {
			if err := before(ctx, tx); err != nil {
				return err
			}
		}
		now, held, err := load(ctx, tx, "id", r.ID)
		if err != nil {
			return err
		}
		if now.shut() || now.PasswordHash != r.PasswordHash {
			return ErrSignInFailed
		}
		if !now.valid(at) {
			return ErrTerm
		}
		if _, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("seen_at <= ?", c.idleSince(at)).Exec(ctx); err != nil {
			return problem.Wrap(err, "remove expired sessions")
		}
		if id, err = c.identify(ctx, tx, r, held, &row, nil); err != nil {
			return err
		}
		if c.Opening != nil {
			if more, err = c.Opening(ctx, tx, id.Actor.From(from), *id.Session); err != nil {
				return err
			}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return problem.Wrap(err, "open session")
		}
		detail := map[string]any{"address": row.Address, "agent": row.Agent}
		if more.NewPlace {
			detail["newPlace"] = true
		}
		if r.Directory != "" {
			detail["directory"] = r.Directory
		}
		who := id.Actor.From(from)
		return recordAct(ctx, tx, who.Act(at, "session.opened", row.ID, "", detail))
	})
	if err != nil {
		return SignedIn{}, c.turnedAway(ctx, r, from, err)
	}
	for _, id := range more.Ended {
		c.tell(r.ID, id, "ended", "limit")
	}
	if more.Told != nil {
		more.Told()
	}
	return SignedIn{Secret: value, Identity: id}, nil
}

// identify says who stands behind a session or a token and how they stand now. A token does
// no more than its person may: nothing, while a second factor is missing.
func (c *Control) identify(ctx context.Context, tx bun.IDB, r personRow, held []access.Holding, s *sessionRow, t *tokenRow) (Identity, error) {
	gone, err := c.GoneBy(ctx, holding.Positions(held))
	if err != nil {
		return Identity{}, err
	}
	lacks, err := c.unproven(ctx, tx, r.ID, gone)
	if err != nil {
		return Identity{}, err
	}
	actor, err := c.actor(ctx, r, held)
	if err != nil {
		return Identity{}, err
	}
	who := Identity{Person: r.person(held), Actor: actor, FactorMissing: lacks}
	if lacks {
		who.Actor = who.Actor.Unproven()
	}
	if s != nil {
		session := s.session()
		session.EndsAt = c.endsAt(s, gone)
		session.ExpiresAt = min(session.ExpiresAt, session.EndsAt)
		who.Session, who.Actor.Session = &session, s.ID
		if r.PasswordAt != nil {
			who.Actor = who.Actor.Unsettled()
		}
		if access.Settled(who.Actor) == nil { // who may do nothing yet has nothing to lock
			session.LocksAt, session.Locked = c.lock(*s, gone)
		}
	}
	if t != nil {
		token := t.token()
		who.Token, who.Actor.Token = &token, t.ID
		who.Actor = who.Actor.Only(token.Actions).Seeing(access.Grade(TokenSees.Get(c.Rules)))
	}
	return who, nil
}

// policy is the one in force.
func (c *Control) policy(ctx context.Context) (*access.Rights, error) {
	if c.Rights == nil {
		return c.builtIn, nil
	}
	rights, err := c.Rights(ctx)
	return rights, problem.Wrap(err, "read the policy of rights")
}

// GoneBy gives positions, each with the one of the program that it goes by (decision 0055).
func (c *Control) GoneBy(ctx context.Context, held []access.Position) (all []access.Own, err error) {
	rights, err := c.policy(ctx)
	if err == nil {
		all = rights.GoneBy(held)
	}
	return all, err
}

// actor is a person, of their unit, with the rights of now.
func (c *Control) actor(ctx context.Context, r personRow, held []access.Holding) (access.Actor, error) {
	standing := access.Standing{Holdings: held, Now: c.Clock.Micro()}
	rights, err := c.policy(ctx)
	if err != nil {
		return access.Actor{}, err
	}
	if c.Duty != nil {
		if standing.Duty, err = c.Duty(ctx, r.ID); err != nil {
			return access.Actor{}, problem.Wrap(err, "read who is on watch")
		}
	}
	if c.Papers != nil {
		if standing.Papers, err = c.Papers(ctx, r.ID, held); err != nil {
			return access.Actor{}, problem.Wrap(err, "read the papers of a person")
		}
	}
	if c.Emergencies != nil {
		if standing.Emergencies, err = c.Emergencies(ctx, r.ID); err != nil {
			return access.Actor{}, problem.Wrap(err, "read emergency rights")
		}
	}
	actor := access.NewActor(r.ID, rights, standing)
	actor.Unit = r.Unit
	return actor, nil
}

// Stands gives a person and how they stand now, as if they were signed in; for who explains
// what they may do.
func (c *Control) Stands(ctx context.Context, id string) (access.Actor, Person, error) {
	r, held, err := load(ctx, c.DB.Read(), "id", id)
	if err != nil {
		return access.Actor{}, Person{}, err
	}
	actor, err := c.actor(ctx, r, held)
	return actor, r.person(held), err
}

// BySession tells who the value of a session cookie stands for, or ErrNotSignedIn,
// and keeps the session alive.
func (c *Control) BySession(ctx context.Context, value secret.Text) (Identity, error) {
	return c.session(ctx, "secret_hash", secret.HashOf(value), true)
}

func (c *Control) session(ctx context.Context, column string, value any, used bool) (Identity, error) {
	var s sessionRow
	now := c.Clock.Micro()
	err := c.DB.Read().NewSelect().Model(&s).Where("? = ?", bun.Ident(column), value).Where("seen_at > ?", c.idleSince(now)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, ErrNotSignedIn
	}
	if err != nil {
		return Identity{}, problem.Wrap(err, "read session")
	}
	r, held, err := load(ctx, c.DB.Read(), "id", s.Person)
	if err != nil {
		return Identity{}, err
	}
	if r.shut() || !r.valid(now) {
		return Identity{}, ErrNotSignedIn
	}
	s.ExpiresAt = s.SeenAt + IdleAfter.Get(c.Rules).Microseconds()
	if used && now-s.SeenAt >= touchEvery.Microseconds() {
		s.SeenAt, s.ExpiresAt = now, now+IdleAfter.Get(c.Rules).Microseconds()
		err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model(&s).Column("seen_at", "expires_at").WherePK().Exec(ctx)
			return err
		})
		if err != nil { // who is signed in stays so while the database only reads
			c.Log.WarnContext(ctx, "the use of a session could not be written down", "session", s.ID, "error", err)
		}
	}
	who, err := c.identify(ctx, c.DB.Read(), r, held, &s, nil)
	if err == nil && who.Session.EndsAt <= now {
		return Identity{}, ErrNotSignedIn
	}
	return who, err
}

// endsAt is when (µs) a session ends, however much it is used. The rule of now decides, as with
// idleSince.
func (c *Control) endsAt(s *sessionRow, held []access.Own) int64 {
	return s.CreatedAt + lasting.Most(held, c.Rules).Microseconds()
}

// Renew decides anew who stands behind an actor whose request goes on for long:
// the same person with the rights of now, or ErrNotSignedIn. It does not keep the
// session alive.
func (c *Control) Renew(ctx context.Context, actor access.Actor) (Identity, error) {
	switch {
	case actor.Session != "":
		return c.session(ctx, "id", actor.Session, false)
	case actor.Token != "":
		return c.token(ctx, "id", actor.Token)
	}
	return Identity{}, ErrNotSignedIn
}

// endSessions ends all sessions of a person but keep.
func endSessions(ctx context.Context, tx bun.Tx, person, keep string) error {
	_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("person = ? AND id <> ?", person, keep).Exec(ctx)
	return problem.Wrap(err, "end sessions")
}

func recordAct(ctx context.Context, tx bun.IDB, a ledger.Act) error { return ledger.Record(ctx, tx, a) }
