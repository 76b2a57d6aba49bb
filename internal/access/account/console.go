package account

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// ErrSessionsFull refuses one session more where the house has said so. Parameter: most.
var ErrSessionsFull = problem.New(problem.Conflict, "sessions_full",
	"You are signed in as often as the rules allow. Sign out somewhere first.")

// Opened is what opening a session does besides.
type Opened struct {
	Ended    []string // ids of sessions that had to end for it
	NewPlace bool     // the person has not signed in from there before
	Told     func()   // is called once the session is open; may be nil
}

// lock tells when a console locks (µs, 0 for never) and whether it is locked. The rule of
// now decides, as with idleSince; what was locked stays so.
func (c *Control) lock(s sessionRow, held []access.Own) (at int64, locked bool) {
	if c.Locks != nil {
		if after := c.Locks(held); after > 0 {
			at = s.InputAt + after.Microseconds()
		}
	}
	return at, s.LockedAt != nil || at != 0 && at <= c.Clock.Micro()
}

// turnedAway puts on record that somebody who has shown who they are got no session since
// they have too many.
func (c *Control) turnedAway(ctx context.Context, r personRow, from access.Origin, refused error) error {
	if !errors.Is(refused, ErrSessionsFull) {
		return refused
	}
	who := access.Actor{Person: r.ID, Unit: r.Unit}.From(from)
	act := who.Act(c.Clock.Micro(), "session.refused", r.ID, "", map[string]any{"address": text.Shown(from.Address, 64), "known": true, "full": true})
	if err := c.record(ctx, act); err != nil {
		return problem.Wrap(err, "record refused sign-in")
	}
	return refused
}

// OpenSessions gives the open sessions of a person as they are in tx, the oldest first.
func (c *Control) OpenSessions(ctx context.Context, tx bun.IDB, person string) ([]Session, error) {
	var rows []sessionRow
	err := tx.NewSelect().Model(&rows).Where("person = ? AND seen_at > ?", person, c.idleSince(c.Clock.Micro())).
		OrderExpr("created_at, id").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return []Session{}, problem.Wrap(err, "list sessions")
	}
	held, err := holding.Read(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	gone, err := c.GoneBy(ctx, holding.Positions(held[person]))
	if err != nil {
		return nil, err
	}
	all := []Session{}
	for i := range rows {
		s := rows[i].session()
		s.EndsAt = c.endsAt(&rows[i], gone)
		s.ExpiresAt = min(s.SeenAt+IdleAfter.Get(c.Rules).Microseconds(), s.EndsAt)
		if s.EndsAt > c.Clock.Micro() {
			all = append(all, s)
		}
	}
	return all, nil
}

// DropSession ends a session in tx. Whoever does calls SessionEnded, or gives it to Opening's caller.
func DropSession(ctx context.Context, tx bun.Tx, id string) error {
	_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("id = ?", id).Exec(ctx)
	return problem.Wrap(err, "end session")
}

// SessionEnded has everything that runs in a session end, once what dropped it stands.
func (c *Control) SessionEnded(person, session, reason string) {
	c.tell(person, session, "ended", reason)
}

// ConsoleChanged has everything that runs in a session decided anew, and the screens look.
func (c *Control) ConsoleChanged(person, session, reason string) {
	c.tell(person, session, "console", reason)
}
