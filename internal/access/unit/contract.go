package unit

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Conclude puts a contract with a company on record. It runs until (µs, exclusive), or
// until it is ended.
func (u *Units) Conclude(ctx context.Context, actor access.Actor, unit, number string, until int64, note string) (made Contract, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Contract{}, err
	}
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		made, err = u.conclude(ctx, tx, actor, unit, number, until, note)
		return err
	})
	return made, err
}

func (u *Units) conclude(ctx context.Context, tx bun.Tx, actor access.Actor, unit, number string, until int64, note string) (Contract, error) {
	number, err := text.Line("number", number, 1, 100)
	if err != nil {
		return Contract{}, err
	}
	if note, err = text.Block("note", note, 0, 2000); err != nil {
		return Contract{}, err
	}
	at := u.Clock.Micro()
	if until <= at {
		return Contract{}, ErrContractPast
	}
	r := contractRow{ID: db.NewID(), Unit: unit, Number: number, Until: until, Note: note, CreatedAt: at}
	of, err := Load(ctx, tx, unit)
	switch {
	case err != nil:
		return Contract{}, err
	case of.RetiredAt != nil:
		return Contract{}, ErrRetired
	case !of.Kind.Foreign():
		return Contract{}, ErrNoCompany
	}
	running, err := contracts(ctx, tx, true)
	if err != nil {
		return Contract{}, err
	}
	if slices.ContainsFunc(running, func(c Contract) bool { return c.Unit == unit }) {
		return Contract{}, ErrContractRuns
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return Contract{}, problem.Wrap(err, "conclude contract")
	}
	return r.contract(), ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindConcluded, r.ID, "", map[string]any{"unit": unit, "number": number, "until": until, "note": note}))
}

// Ended is what the end of a contract did.
type Ended struct {
	Contract Contract
	People   []string // ids of those whose accounts it closed
}

// End ends a contract and with it the accounts of all the people of the company, those of
// its sub-units too: each with their sessions, tokens and one act, all in one transaction
// (P5). Nobody ends one that would close their own account.
func (u *Units) End(ctx context.Context, actor access.Actor, id, reason string) (out Ended, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Ended{}, err
	}
	if reason, err = text.Line("reason", reason, 2, 500); err != nil {
		return Ended{}, err
	}
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = Ended{People: []string{}}
		var r contractRow
		found, err := tx.NewSelect().Model((*contractRow)(nil)).Where("id = ?", id).Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read contract")
		}
		if found == 0 {
			return ErrContractUnknown
		}
		if err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
			return problem.Wrap(err, "read contract")
		}
		if r.EndedAt != nil {
			return ErrContractEnded
		}
		all, err := rows(ctx, tx)
		if err != nil {
			return err
		}
		members, err := account.InUnits(ctx, tx, below(all, r.Unit), true)
		if err != nil {
			return err
		}
		at := u.Clock.Micro()
		for _, person := range members {
			if person == actor.Person {
				return account.ErrOwnPositions
			}
			closed, err := u.Accounts.Shut(ctx, tx, person)
			if err != nil {
				return err
			}
			if err := card.Ended(ctx, tx, actor.For(access.PeopleManage, ""), person, at, reason); err != nil {
				return err
			}
			detail := map[string]any{"contract": id, "reason": reason, "sessions": closed.Sessions, "tokens": closed.Tokens}
			if u.Left != nil {
				if detail["leaving"], err = u.Left(ctx, tx, person, at); err != nil {
					return err
				}
			}
			if err := ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, "person.disabled", person, "", detail)); err != nil {
				return err
			}
		}
		r.EndedAt, r.EndedBy, r.Reason = &at, actor.Person, reason
		if _, err := tx.NewUpdate().Model(&r).WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "end contract")
		}
		out = Ended{r.contract(), append([]string{}, members...)}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindEnded, id, "", map[string]any{
			"unit": r.Unit, "number": r.Number, "reason": reason, "people": len(members)}))
	})
	if err != nil {
		return Ended{}, err
	}
	u.Accounts.Told(out.People, "ended", "disabled")
	return out, nil
}

// below gives a unit and all units that hang below it.
func below(all []row, unit string) []string {
	ids := []string{unit}
	for i := 0; i < len(ids); i++ {
		for k := range all {
			if all[k].Parent == ids[i] && !slices.Contains(ids, all[k].ID) {
				ids = append(ids, all[k].ID)
			}
		}
	}
	return ids
}
