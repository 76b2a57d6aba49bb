// Package sessions shows where a person is signed in, and ends that (0070).
package sessions

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/arrival"
	"watchroom/internal/access/factor"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals.
var (
	// ErrUnknown says that a session is not open, or is not of that person.
	ErrUnknown = problem.New(problem.NotFound, "session_unknown", "There is no such session.")
	ErrToken   = problem.New(problem.Forbidden, "session_required", "A token has no session; sign in with a password for this.")
	ErrOwn     = problem.New(problem.Forbidden, "session_own", "These are your own sessions. End them under My account.")
)

// Kinds of the acts, whose subject is the session.
const (
	KindClosed = "session.closed" // by who sat there
	KindEnded  = "session.ended"  // from another session, or by who manages people
)

// Sessions shows and ends them. All of it works on the sessions that are open: one that was
// idle for too long is none.
type Sessions struct {
	DB      *db.DB
	Account *account.Control
	Factors *factor.Factors // tells people what others ended
}

// Own gives the sessions of whoever asks, the oldest first.
func (s *Sessions) Own(ctx context.Context, actor access.Actor) ([]account.Session, error) {
	if actor.Session == "" {
		return nil, ErrToken
	}
	return s.Account.OpenSessions(ctx, s.DB.Read(), actor.Person)
}

// Of gives the sessions of somebody, the oldest first, to who manages people; or
// account.ErrPersonUnknown.
func (s *Sessions) Of(ctx context.Context, actor access.Actor, person string) ([]account.Session, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return nil, err
	}
	if _, err := s.Account.Person(ctx, person); err != nil {
		return nil, err
	}
	return s.Account.OpenSessions(ctx, s.DB.Read(), person)
}

// End ends one of the sessions of whoever asks: the one that they are in, which is signing
// out, or another.
func (s *Sessions) End(ctx context.Context, actor access.Actor, id string) error {
	if actor.Session == "" {
		return ErrToken
	}
	_, err := s.end(ctx, actor, actor.Person, id, "")
	return err
}

// EndOthers ends all sessions of whoever asks but the one that they are in, and tells how
// many there were.
func (s *Sessions) EndOthers(ctx context.Context, actor access.Actor) (int, error) {
	if actor.Session == "" {
		return 0, ErrToken
	}
	return s.end(ctx, actor, actor.Person, "", "")
}

// EndOf ends a session of somebody else, or all of them where id is empty, for who manages
// people, and tells how many there were. The person is told when they sign in again.
func (s *Sessions) EndOf(ctx context.Context, actor access.Actor, person, id, reason string) (int, error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return 0, err
	}
	if actor.Person == person {
		return 0, ErrOwn
	}
	reason, err := text.Line("reason", reason, 4, 300)
	if err != nil {
		return 0, err
	}
	if _, err := s.Account.Person(ctx, person); err != nil {
		return 0, err
	}
	n, err := s.end(ctx, actor.For(access.PeopleManage, ""), person, id, reason)
	if err == nil && n > 0 {
		s.Factors.Tell(person)
	}
	return n, err
}

// end ends the session id of a person, or where it is empty all but the one that actor is in.
func (s *Sessions) end(ctx context.Context, actor access.Actor, person, id, reason string) (int, error) {
	var ended []account.Session
	err := s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		open, err := s.Account.OpenSessions(ctx, tx, person)
		if err != nil {
			return err
		}
		ended = slices.DeleteFunc(open, func(o account.Session) bool { return id != "" && o.ID != id || id == "" && o.ID == actor.Session })
		switch {
		case len(ended) == 0 && id != "":
			return ErrUnknown
		case len(ended) == 0:
			return nil
		}
		for _, o := range ended {
			if err := account.DropSession(ctx, tx, o.ID); err != nil {
				return err
			}
			kind, detail := said(actor, o, reason)
			if err := ledger.Record(ctx, tx, actor.Act(s.Account.Clock.Micro(), kind, o.ID, "", detail)); err != nil {
				return err
			}
		}
		if actor.Person == person {
			return nil
		}
		told := factor.Notice{Kind: "sessions_ended", At: s.Account.Clock.Micro(), By: actor.Person}
		if len(ended) == 1 {
			told.Kind, told.Address, told.Name = "session_ended", ended[0].Address, arrival.Agent(ended[0].Agent)
		}
		return s.Factors.Notify(ctx, tx, person, told)
	})
	if err != nil {
		return 0, err
	}
	for _, o := range ended {
		why := "revoked"
		if o.ID == actor.Session {
			why = "signed_out"
		}
		s.Account.SessionEnded(person, o.ID, why)
	}
	return len(ended), nil
}

// said is the act of an end: whose session it was and, where it was ended from another one,
// where that person had been signed in and why it ended.
func said(actor access.Actor, o account.Session, reason string) (kind string, detail map[string]any) {
	detail = map[string]any{"person": o.Person}
	if o.ID == actor.Session {
		return KindClosed, detail
	}
	detail["address"], detail["agent"] = o.Address, o.Agent
	if reason != "" {
		detail["reason"] = reason
	}
	return KindEnded, detail
}
