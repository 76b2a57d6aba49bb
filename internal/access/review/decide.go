package review

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/holding"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Decide confirms or withdraws some lines of a review, all of them or none, each with its own
// act. A position that is withdrawn is no longer held at the next request. What is confirmed is
// what the line says: where something else is held by now it is ErrChanged until the line was
// renewed, which decides nothing. With the last line the review is closed.
func (r *Reviews) Decide(ctx context.Context, actor access.Actor, id string, items []string, decision, reason string) (Review, error) {
	if err := access.Throughout(actor, access.RightsReview, ""); err != nil {
		return Review{}, err
	}
	if !actor.InPerson() {
		return Review{}, ErrPerson
	}
	least := 4
	switch decision {
	case Confirmed, Withdrawn:
	case Renewed:
		least = 0 // nothing is decided yet
	default:
		return Review{}, ErrDecision
	}
	items = slices.Compact(slices.Sorted(slices.Values(items)))
	if len(items) == 0 || len(items) > mostLines {
		return Review{}, ErrLines
	}
	reason, err := text.Block("reason", reason, least, 1000)
	if err != nil {
		return Review{}, err
	}
	var after Review
	var told []string
	var ended []func()
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		told, ended = nil, nil
		row, err := load(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case row.ClosedAt != nil:
			return ErrClosed
		}
		var rows []itemRow
		if err := tx.NewSelect().Model(&rows).Where("review = ?", id).Where("id IN (?)", bun.List(items)).OrderExpr("person, position").Scan(ctx); err != nil {
			return problem.Wrap(err, "read review")
		}
		var grants []grantRow
		if err := tx.NewSelect().Model(&grants).Where("review = ?", id).Where("id IN (?)", bun.List(items)).OrderExpr("kind, subject").Scan(ctx); err != nil {
			return problem.Wrap(err, "read review")
		}
		if len(rows)+len(grants) != len(items) {
			return ErrUnknown
		}
		if decision == Renewed {
			if rows, err = r.renew(ctx, tx, actor, row, rows); err != nil {
				return err
			}
		}
		for i := range rows {
			changed, err := r.decide(ctx, tx, actor, &rows[i], decision, reason)
			if err != nil {
				return err
			}
			if changed {
				told = append(told, rows[i].Person)
			}
		}
		if ended, err = r.decideGrants(ctx, tx, actor, grants, decision, reason); err != nil {
			return err
		}
		left, err := tx.NewSelect().Model((*itemRow)(nil)).Where("review = ?", id).Where("decision = ''").Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read review")
		}
		more, err := tx.NewSelect().Model((*grantRow)(nil)).Where("review = ?", id).Where("decision = ''").Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read review")
		}
		if left+more == 0 {
			at := r.Clock.Micro()
			row.ClosedAt = &at
			if _, err := tx.NewUpdate().Model(&row).Column("closed_at").WherePK().Exec(ctx); err != nil {
				return problem.Wrap(err, "close review")
			}
			if err := ledger.Record(ctx, tx, actor.For(access.RightsReview, "").Act(at, kindClosed, id, "", map[string]any{"late": at > row.DueAt})); err != nil {
				return err
			}
		}
		after, err = whole(ctx, tx, row)
		return err
	})
	if err != nil {
		return Review{}, err
	}
	r.Accounts.Told(slices.Compact(told), "rights", "positions")
	for _, end := range ended {
		end()
	}
	return after, nil
}

// decide decides on one line; changed tells that the person holds less now.
func (r *Reviews) decide(ctx context.Context, tx bun.Tx, actor access.Actor, row *itemRow, decision, reason string) (changed bool, err error) {
	switch {
	case row.Person == actor.Person:
		return false, ErrOwn
	case row.Decision != "":
		return false, ErrDecided
	}
	person, err := account.Load(ctx, tx, row.Person)
	if err != nil {
		return false, err
	}
	kept := slices.DeleteFunc(slices.Clone(person.Holdings), func(h access.Holding) bool { return h.Position == row.Position })
	if len(kept) == len(person.Holdings) {
		decision = Gone
	}
	if decision == Confirmed {
		held, err := heldNow(ctx, tx)
		if err != nil {
			return false, err
		}
		differs, err := row.differs(held[row.key()])
		switch {
		case err != nil:
			return false, err
		case len(differs) > 0:
			return false, ErrChanged.With("item", row.ID).With("person", row.Person).With("position", string(row.Position)).With("differs", differs)
		}
	}
	at := r.Clock.Micro()
	by := actor.For(access.RightsReview, "")
	if decision == Withdrawn {
		if person.Directory != "" {
			return false, ErrDirectory.With("directory", person.Directory)
		}
		if err := holding.Set(ctx, tx, person.ID, kept, at, false); err != nil {
			return false, err
		}
		if row.Position == access.Administrator {
			if err := holding.Administered(ctx, tx); err != nil {
				return false, err
			}
		}
		err := ledger.Record(ctx, tx, by.Act(at, "person.positions_changed", person.ID, "",
			map[string]any{"from": holding.Words(person.Holdings), "to": holding.Words(kept), "review": row.Review, "reason": reason}))
		if err != nil {
			return false, err
		}
	}
	if decision == Confirmed {
		if err := holding.Confirm(ctx, tx, row.Person, row.Position); err != nil {
			return false, err
		}
	}
	row.Decision, row.DecidedBy, row.DecidedAt, row.Reason = decision, &actor.Person, &at, reason
	if _, err := tx.NewUpdate().Model(row).Column("decision", "decided_by", "decided_at", "reason").WherePK().Exec(ctx); err != nil {
		return false, problem.Wrap(err, "decide on a line of a review")
	}
	kind := kindConfirmed
	switch decision {
	case Withdrawn:
		kind = kindWithdrawn
	case Gone:
		kind = kindGone
	}
	return decision == Withdrawn, ledger.Record(ctx, tx, by.Act(at, kind, row.Review, "",
		map[string]any{"person": row.Person, "held": string(row.Position), "reason": reason, "used": row.UsedAt}))
}

// State says when the last review was closed and the next is due. A house that has never
// reviewed counts from its first account on.
func (r *Reviews) State(ctx context.Context) (State, error) {
	var out State
	var last []reviewRow
	if err := r.DB.Read().NewSelect().Model(&last).Where("closed_at IS NOT NULL").OrderExpr("closed_at DESC").Limit(1).Scan(ctx); err != nil {
		return out, problem.Wrap(err, "read reviews")
	}
	var from int64
	if len(last) > 0 {
		out.LastAt = *last[0].ClosedAt
		from = out.LastAt
	} else {
		people, err := r.Accounts.People(ctx)
		if err != nil {
			return out, err
		}
		if len(people) == 0 {
			return out, nil
		}
		from = people[0].CreatedAt
	}
	zone := r.zone()
	out.NextAt = local(from, zone).AddDate(0, months.Get(r.Rules), 0).UnixMicro()
	var open []reviewRow
	if err := r.DB.Read().NewSelect().Model(&open).Where("closed_at IS NULL").Limit(1).Scan(ctx); err != nil {
		return out, problem.Wrap(err, "read reviews")
	}
	now := r.Clock.Micro()
	out.Overdue = now >= out.NextAt || len(open) > 0 && now >= open[0].DueAt
	return out, nil
}
