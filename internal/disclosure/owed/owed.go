// Package owed keeps the reasons of viewings that were opened by choosing a purpose, whose words
// are due afterwards (practice P4; C105): who looked gives them once, before the end of the
// watch or within some hours; one that is missing then is a breach on record that stands, for
// whoever watches over it, until it is given.
package owed

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text.
var (
	ErrNone     = problem.New(problem.NotFound, "viewing_reason_none", "No reason is due for this viewing.")
	ErrGiven    = problem.New(problem.Conflict, "viewing_reason_given", "The reason of this viewing was given already.")
	ErrNotYours = problem.New(problem.Forbidden, "viewing_reason_of_another", "Who looked gives the reason.")
	ErrPerson   = problem.New(problem.Forbidden, "viewing_reason_person", "The person who looked gives the reason, no token and no command.")
)

// within is used where nobody knows when the watch of a person ends.
var within = rule.Duration{Key: "viewing.reason_within", Default: 8 * time.Hour, Least: time.Hour, Most: 72 * time.Hour,
	Guard: rule.Higher, Clauses: []string{"C105"}}

// Parameters gives what an institution sets of them.
func Parameters() []rule.Parameter { return []rule.Parameter{within} }

// Kinds of acts about them. That one is due says the act of the viewing.
const (
	kindGiven   = "viewing.reason_given"
	kindMissing = "viewing.reason_missing"
	// KeyDue is until when (µs) the reason of an opened viewing is to be given.
	KeyDue = "reasonDue"
)

// Reason is one that is due, or was. Times are µs, 0 for not yet.
type Reason struct {
	Viewing, Person string
	DueAt           int64
	Reason          string
	GivenAt         int64
	MissedAt        int64 // since when it was noted as missing
}

type row struct {
	bun.BaseModel `bun:"table:viewing_reasons,alias:owed"`
	Viewing       string `bun:",pk"`
	Person        string
	DueAt         int64
	Reason        string
	GivenAt       *int64
	MissedAt      *int64
}

func (r *row) face() Reason {
	out := Reason{Viewing: r.Viewing, Person: r.Person, DueAt: r.DueAt, Reason: r.Reason}
	if r.GivenAt != nil {
		out.GivenAt = *r.GivenAt
	}
	if r.MissedAt != nil {
		out.MissedAt = *r.MissedAt
	}
	return out
}

// Reasons keeps them.
type Reasons struct {
	DB    *db.DB
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults
	// Shift gives when the watch of a person ends (µs), 0 where they have none. It connects in
	// the duty roster; nil: nobody knows, and viewing.reason_within counts.
	Shift func(ctx context.Context, person string) (int64, error)
}

// Due tells until when (µs) a reason is to be given for what a person opens at an instant.
func (r *Reasons) Due(ctx context.Context, person string, at int64) (int64, error) {
	if r.Shift != nil {
		end, err := r.Shift(ctx, person)
		if err != nil {
			return 0, problem.Wrap(err, "read when the watch ends")
		}
		if end > at {
			return end, nil
		}
	}
	return at + within.Get(r.Rules).Microseconds(), nil
}

// Owe notes inside tx that the reason of a viewing is due.
func Owe(ctx context.Context, tx bun.IDB, viewing, person string, due int64) error {
	one := row{Viewing: viewing, Person: person, DueAt: due}
	_, err := tx.NewInsert().Model(&one).Exec(ctx)
	return problem.Wrap(err, "note that a reason is due")
}

// Of gives those of some viewings, by viewing.
func Of(ctx context.Context, tx bun.IDB, viewings []string) (map[string]Reason, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("viewing IN (?)", bun.List(viewings)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read reasons that are due")
	}
	of := map[string]Reason{}
	for i := range rows {
		of[rows[i].Viewing] = rows[i].face()
	}
	return of, nil
}

// Give says why somebody looked, once, by themselves. It is taken late, too.
func (r *Reasons) Give(ctx context.Context, actor access.Actor, viewing, reason string, fewest int) (Reason, error) {
	if err := access.Settled(actor); err != nil {
		return Reason{}, err
	}
	if actor.Person == "" || actor.Token != "" {
		return Reason{}, ErrPerson
	}
	clean, err := text.Block("reason", reason, fewest, 1000)
	if err != nil {
		return Reason{}, err
	}
	return r.step(ctx, viewing, func(ctx context.Context, tx bun.Tx, one *row, at int64) error {
		switch {
		case one.Person != actor.Person && access.Can(actor, access.ActRead, "") != nil:
			return ErrNone // that somebody else looked is nothing to learn here
		case one.Person != actor.Person:
			return ErrNotYours
		case one.GivenAt != nil:
			return ErrGiven
		}
		one.Reason, one.GivenAt = clean, &at
		return ledger.Record(ctx, tx, actor.Act(at, kindGiven, viewing, "", map[string]any{"reason": clean, "late": at > one.DueAt}))
	})
}

// step changes one in a transaction with its act.
func (r *Reasons) step(ctx context.Context, viewing string, do func(ctx context.Context, tx bun.Tx, one *row, at int64) error) (Reason, error) {
	var after Reason
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var one row
		err := tx.NewSelect().Model(&one).Where("viewing = ?", viewing).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNone
		}
		if err != nil {
			return problem.Wrap(err, "read a reason that is due")
		}
		was := one
		if err := do(ctx, tx, &one, r.Clock.Micro()); err != nil {
			return err
		}
		after = one.face()
		if one == was {
			return nil
		}
		_, err = tx.NewUpdate().Model(&one).Column("reason", "given_at", "missed_at").WherePK().Exec(ctx)
		return problem.Wrap(err, "keep a reason")
	})
	return after, err
}

// Look notes those that are missing by now, each once as an act, and tells how many are. It is
// asked every few seconds, also after a restart.
func (r *Reasons) Look(ctx context.Context) (missing int, err error) {
	var rows []row
	if err := r.DB.Read().NewSelect().Model(&rows).Where("given_at IS NULL").Where("due_at < ?", r.Clock.Micro()).OrderExpr("due_at, viewing").Scan(ctx); err != nil {
		return 0, problem.Wrap(err, "read reasons that are due")
	}
	for i := range rows {
		if rows[i].MissedAt != nil {
			continue
		}
		_, err := r.step(ctx, rows[i].Viewing, func(ctx context.Context, tx bun.Tx, one *row, at int64) error {
			if one.GivenAt != nil || one.MissedAt != nil || at <= one.DueAt { // it came meanwhile
				return nil
			}
			one.MissedAt = &at
			return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: kindMissing, Subject: one.Viewing, Detail: map[string]any{"person": one.Person, "due": one.DueAt}})
		})
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
