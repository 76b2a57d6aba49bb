package unit

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Create adds a unit.
func (u *Units) Create(ctx context.Context, actor access.Actor, n New) (made Unit, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Unit{}, err
	}
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		made, err = u.create(ctx, tx, actor, n)
		return err
	})
	return made, err
}

func (u *Units) create(ctx context.Context, tx bun.Tx, actor access.Actor, n New) (Unit, error) {
	at := u.Clock.Micro()
	r := row{ID: db.NewID(), Parent: n.Parent, Responsible: n.Responsible, CreatedAt: at}
	if err := describe(&r, &Change{Kind: &n.Kind, Name: &n.Name, Code: &n.Code, Note: &n.Note}); err != nil {
		return Unit{}, err
	}
	all, err := rows(ctx, tx)
	if err != nil {
		return Unit{}, err
	}
	if err := fits(ctx, tx, &r, append(all, r), true); err != nil {
		return Unit{}, err
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return Unit{}, problem.Wrap(err, "create unit")
	}
	return r.unit(), ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindCreated, r.ID, "", map[string]any{
		"name": r.Name, "kind": r.Kind, "code": r.Code, "parent": r.Parent, "responsible": r.Responsible, "note": r.Note}))
}

// Update changes a unit, or moves it with everything below it. The act holds what was.
func (u *Units) Update(ctx context.Context, actor access.Actor, id string, c Change) (after Unit, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Unit{}, err
	}
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		after, err = u.update(ctx, tx, actor, id, c)
		return err
	})
	return after, err
}

func (u *Units) update(ctx context.Context, tx bun.Tx, actor access.Actor, id string, c Change) (Unit, error) {
	all, err := rows(ctx, tx)
	if err != nil {
		return Unit{}, err
	}
	r, err := find(all, id)
	if err != nil {
		return Unit{}, err
	}
	before := r.unit()
	if err := describe(r, &c); err != nil {
		return Unit{}, err
	}
	if c.Parent != nil {
		r.Parent = *c.Parent
	}
	if c.Responsible != nil {
		r.Responsible = *c.Responsible
	}
	changes := differences(before, r.unit())
	if len(changes) == 0 {
		return before, nil
	}
	if err := fits(ctx, tx, r, all, r.Responsible != before.Responsible); err != nil {
		return Unit{}, err
	}
	if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
		return Unit{}, problem.Wrap(err, "change unit")
	}
	return r.unit(), ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(u.Clock.Micro(), kindChanged, id, "", map[string]any{"changes": changes}))
}

// find gives the row of a unit that may change.
func find(all []row, id string) (*row, error) {
	i := slices.IndexFunc(all, func(r row) bool { return r.ID == id })
	switch {
	case i < 0:
		return nil, ErrUnknown
	case all[i].RetiredAt != nil:
		return nil, ErrRetired
	}
	return &all[i], nil
}

// Retire takes a unit out of use for good. Nothing may hang on it any more.
func (u *Units) Retire(ctx context.Context, actor access.Actor, id, reason string) (after Unit, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return Unit{}, err
	}
	if reason, err = text.Line("reason", reason, 2, 500); err != nil {
		return Unit{}, err
	}
	err = u.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := rows(ctx, tx)
		if err != nil {
			return err
		}
		r, err := find(all, id)
		if err != nil {
			return err
		}
		if err := u.idle(ctx, tx, all, id); err != nil {
			return err
		}
		at := u.Clock.Micro()
		r.RetiredAt = &at
		if _, err := tx.NewUpdate().Model(r).Column("retired_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "retire unit")
		}
		after = r.unit()
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(at, kindRetired, id, "", map[string]any{"name": r.Name, "reason": reason}))
	})
	return after, err
}

// idle refuses a unit on which something hangs, and says how much.
func (u *Units) idle(ctx context.Context, tx bun.Tx, all []row, id string) error {
	members, err := account.InUnits(ctx, tx, []string{id}, true)
	if err != nil {
		return err
	}
	running, err := contracts(ctx, tx, true)
	if err != nil {
		return err
	}
	below, areas, bound := 0, 0, 0
	for i := range all {
		if all[i].Parent == id && all[i].RetiredAt == nil {
			below++
		}
	}
	for i := range running {
		if running[i].Unit == id {
			bound++
		}
	}
	if u.Areas != nil {
		if areas, err = u.Areas(ctx, tx, id); err != nil {
			return err
		}
	}
	if len(members)+below+areas+bound > 0 {
		return ErrInUse.With("people", len(members)).With("units", below).With("areas", areas).With("contracts", bound)
	}
	return nil
}

// fits refuses what would not be a tree, and names and codes that are taken. all holds r
// as it is to be; responsible tells whether who answers for it is another.
func fits(ctx context.Context, tx bun.Tx, r *row, all []row, responsible bool) error {
	by := make(map[string]*row, len(all))
	for i := range all {
		other := &all[i]
		by[other.ID] = other
		if other.ID == r.ID || other.RetiredAt != nil {
			continue
		}
		if other.Parent == r.Parent && other.NameKey == r.NameKey {
			return ErrNameTaken.With("name", r.Name)
		}
		if r.CodeKey != "" && other.CodeKey == r.CodeKey {
			return ErrCodeTaken.With("code", r.Code)
		}
	}
	by[r.ID] = r
	if up := by[r.Parent]; r.Parent != "" {
		if up == nil || up.RetiredAt != nil {
			return ErrParent
		}
		for at := up; at != nil; at = by[at.Parent] {
			if at.ID == r.ID {
				return ErrCircle
			}
		}
	}
	for i := range all {
		depth := 0
		for at := by[all[i].ID]; at != nil; at = by[at.Parent] {
			depth++
		}
		if depth > MaxDepth {
			return ErrDepth.With("max", MaxDepth)
		}
	}
	if !responsible || r.Responsible == "" {
		return nil
	}
	p, err := account.Load(ctx, tx, r.Responsible)
	if err == nil && p.Disabled || problem.Of(err).Code == account.ErrPersonUnknown.Code {
		return ErrResponsible
	}
	return err
}

// differences tells what was and what is, field by field.
func differences(before, after Unit) map[string]any {
	all := map[string]any{}
	put := func(field, from, to string) {
		if from != to {
			all[field] = map[string]any{"from": from, "to": to}
		}
	}
	put("parent", before.Parent, after.Parent)
	put("kind", string(before.Kind), string(after.Kind))
	put("name", before.Name, after.Name)
	put("code", before.Code, after.Code)
	put("responsible", before.Responsible, after.Responsible)
	put("note", before.Note, after.Note)
	return all
}
