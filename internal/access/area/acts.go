package area

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Create adds an area.
func (a *Areas) Create(ctx context.Context, actor access.Actor, n New) (Area, error) {
	if err := access.Throughout(actor, access.AreaConfigure, ""); err != nil {
		return Area{}, err
	}
	var made Area
	err := a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		made, err = a.create(ctx, tx, actor, n)
		return err
	})
	if err != nil {
		return Area{}, err
	}
	a.changed(made.ID, "created")
	return made, nil
}

func (a *Areas) create(ctx context.Context, tx bun.Tx, actor access.Actor, n New) (Area, error) {
	at := a.Clock.Micro()
	n.Importance = cmp.Or(n.Importance, Ordinary)
	r := row{ID: db.NewID(), Parent: n.Parent, Unit: n.Unit, CreatedAt: at}
	if err := describe(&r, &Change{Kind: &n.Kind, Name: &n.Name, Importance: &n.Importance, Note: &n.Note}); err != nil {
		return Area{}, err
	}
	all, err := rows(ctx, tx)
	if err != nil {
		return Area{}, err
	}
	if err := a.fits(ctx, tx, &r, append(all, r), true); err != nil {
		return Area{}, err
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return Area{}, named(err, r.Name, "create area")
	}
	return r.area(), ledger.Record(ctx, tx, actor.For(access.AreaConfigure, "").Act(at, kindCreated, r.ID, "", map[string]any{
		"name": r.Name, "kind": r.Kind, "parent": r.Parent, "importance": r.Importance, "unit": r.Unit, "note": r.Note}))
}

// Update changes an area, or moves it with everything in it. The act holds what was.
func (a *Areas) Update(ctx context.Context, actor access.Actor, id string, c Change) (Area, error) {
	if err := access.Throughout(actor, access.AreaConfigure, ""); err != nil {
		return Area{}, err
	}
	var after Area
	var done bool
	err := a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		after, done, err = a.update(ctx, tx, actor, id, c)
		return err
	})
	if err != nil {
		return Area{}, err
	}
	if done {
		a.changed(id, "changed")
	}
	return after, nil
}

func (a *Areas) update(ctx context.Context, tx bun.Tx, actor access.Actor, id string, c Change) (after Area, done bool, err error) {
	all, err := rows(ctx, tx)
	if err != nil {
		return Area{}, false, err
	}
	i := slices.IndexFunc(all, func(r row) bool { return r.ID == id })
	switch {
	case i < 0:
		return Area{}, false, ErrUnknown
	case all[i].RetiredAt != nil:
		return Area{}, false, ErrRetired
	}
	r := &all[i]
	before := r.area()
	if err := describe(r, &c); err != nil {
		return Area{}, false, err
	}
	if c.Parent != nil {
		r.Parent = *c.Parent
	}
	if c.Unit != nil {
		r.Unit = *c.Unit
	}
	changes := differences(before, r.area())
	if len(changes) == 0 {
		return before, false, nil
	}
	if err := a.fits(ctx, tx, r, all, r.Unit != before.Unit); err != nil {
		return Area{}, false, err
	}
	if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
		return Area{}, false, named(err, r.Name, "change area")
	}
	return r.area(), true, ledger.Record(ctx, tx, actor.For(access.AreaConfigure, "").Act(a.Clock.Micro(), kindChanged, id, "", map[string]any{"changes": changes}))
}

// Retire takes an area out of use for good. Nothing may lie or hang in it any more.
func (a *Areas) Retire(ctx context.Context, actor access.Actor, id, reason string) (Area, error) {
	if err := access.Throughout(actor, access.AreaConfigure, ""); err != nil {
		return Area{}, err
	}
	reason, err := text.Line("reason", reason, 2, 500)
	if err != nil {
		return Area{}, err
	}
	var after Area
	err = a.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := rows(ctx, tx)
		if err != nil {
			return err
		}
		i, inside := -1, 0
		for k := range all {
			if all[k].ID == id {
				i = k
			}
			if all[k].Parent == id && all[k].RetiredAt == nil {
				inside++
			}
		}
		switch {
		case i < 0:
			return ErrUnknown
		case all[i].RetiredAt != nil:
			return ErrRetired
		}
		cameras := 0
		if a.Cameras != nil {
			if cameras, err = a.Cameras(ctx, tx, id); err != nil {
				return err
			}
		}
		if inside+cameras > 0 {
			return ErrInUse.With("areas", inside).With("cameras", cameras)
		}
		at := a.Clock.Micro()
		all[i].RetiredAt = &at
		if _, err := tx.NewUpdate().Model(&all[i]).Column("retired_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "retire area")
		}
		after = all[i].area()
		return ledger.Record(ctx, tx, actor.For(access.AreaConfigure, "").Act(at, kindRetired, id, "", map[string]any{"name": after.Name, "reason": reason}))
	})
	if err != nil {
		return Area{}, err
	}
	a.changed(id, "retired")
	return after, nil
}

// fits refuses what would not be a tree. all holds r as it is to be; unit tells whether
// its unit is another.
func (a *Areas) fits(ctx context.Context, tx bun.Tx, r *row, all []row, unit bool) error {
	by := make(map[string]*row, len(all))
	for i := range all {
		by[all[i].ID] = &all[i]
		other := &all[i]
		if other.ID != r.ID && other.RetiredAt == nil && other.Parent == r.Parent && other.NameKey == r.NameKey {
			return ErrNameTaken.With("name", r.Name)
		}
	}
	if up := by[r.Parent]; r.Parent != "" {
		if up == nil || up.RetiredAt != nil {
			return ErrParent
		}
		for at := up; at != nil; at = by[at.Parent] {
			if at.ID == r.ID {
				return ErrCircle
			}
		}
		if err := ordered(r, up); err != nil {
			return err
		}
	}
	for i := range all {
		if all[i].Parent == r.ID && all[i].RetiredAt == nil {
			if err := ordered(&all[i], r); err != nil {
				return err
			}
		}
	}
	for i := range all {
		depth := 0
		for at := &all[i]; at != nil; at = by[at.Parent] {
			depth++
		}
		if depth > MaxDepth {
			return ErrDepth.With("max", MaxDepth)
		}
	}
	if !unit || r.Unit == "" {
		return nil
	}
	if a.Unit == nil {
		return ErrUnit
	}
	there, err := a.Unit(ctx, tx, r.Unit)
	if err == nil && !there {
		return ErrUnit
	}
	return err
}

// ordered refuses an area in a smaller one.
func ordered(r, up *row) error {
	if r.Kind.rank() > up.Kind.rank() || r.Kind == Zone && up.Kind == Zone {
		return nil
	}
	return ErrOrder.With("kind", string(r.Kind)).With("parent", string(up.Kind))
}

func named(err error, name, doing string) error {
	if db.IsUnique(err) {
		return ErrNameTaken.With("name", name)
	}
	return problem.Wrap(err, doing)
}

// differences tells what was and what is, field by field.
func differences(before, after Area) map[string]any {
	all := map[string]any{}
	put := func(field, from, to string) {
		if from != to {
			all[field] = map[string]any{"from": from, "to": to}
		}
	}
	put("parent", before.Parent, after.Parent)
	put("kind", string(before.Kind), string(after.Kind))
	put("name", before.Name, after.Name)
	put("importance", string(before.Importance), string(after.Importance))
	put("unit", before.Unit, after.Unit)
	put("note", before.Note, after.Note)
	return all
}
