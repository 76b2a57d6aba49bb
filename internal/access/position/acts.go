package position

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// The kinds of acts.
const (
	KindAdded    = "position.added"
	KindRenamed  = "position.renamed"
	KindRetired  = "position.retired"
	KindRestored = "position.restored"
)

// Kinds are those that change what people can hold.
func Kinds() []string { return []string{KindAdded, KindRetired, KindRestored} }

// Register keeps the positions. It has no goroutines of its own.
type Register struct {
	DB    *db.DB
	Clock clock.Clock
	// Held counts the accounts that hold a position.
	Held func(ctx context.Context, tx bun.IDB, p access.Position) (int64, error)
	// Changed is told when rights are other than they were; may be nil.
	Changed func()
}

// New is what a position of the house begins with.
type New struct {
	Code  access.Position
	Name  Words
	Basis access.Position
}

// List gives the whole register, retired ones too: acts name them.
func (r *Register) List(ctx context.Context) ([]Position, error) { return Read(ctx, r.DB.Read()) }

// Add puts a position of the house into the register. It is never the administrator's: who
// runs the system stays apart, and no rule can give that to any other.
func (r *Register) Add(ctx context.Context, actor access.Actor, n New) (Position, error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Position{}, err
	}
	p := Position{Code: n.Code, Basis: n.Basis}
	var err error
	switch {
	case !IsCode(n.Code):
		return Position{}, ErrCode
	case n.Basis != "" && (!n.Basis.BuiltIn() || n.Basis == access.Administrator || n.Basis.Boxed()):
		return Position{}, ErrBasis
	}
	if p.Name, err = clean(n.Name); err != nil {
		return Position{}, err
	}
	err = r.alter(ctx, func(ctx context.Context, tx bun.Tx, all []Position) error {
		if slices.ContainsFunc(all, func(o Position) bool { return o.Code == p.Code }) {
			return ErrTaken.With("code", string(p.Code))
		}
		if len(Own(all)) >= mostOwn {
			return ErrMany
		}
		if err := distinct(all, p); err != nil {
			return err
		}
		p.CreatedAt = r.Clock.Micro()
		made := row{Code: p.Code, NameZh: p.Name.ZH, NameEn: p.Name.EN, Basis: p.Basis, CreatedAt: p.CreatedAt}
		if _, err := tx.NewInsert().Model(&made).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrTaken.With("code", string(p.Code))
			}
			return problem.Wrap(err, "add position")
		}
		return r.record(ctx, tx, actor, p.CreatedAt, KindAdded, p.Code, p.detail())
	})
	return p, err
}

// Rename gives a position another name, one of the program too. Its code stays.
func (r *Register) Rename(ctx context.Context, actor access.Actor, code access.Position, name Words) (p Position, err error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Position{}, err
	}
	if name, err = clean(name); err != nil {
		return Position{}, err
	}
	err = r.alter(ctx, func(ctx context.Context, tx bun.Tx, all []Position) error {
		if p, err = find(all, code); err != nil {
			return err
		}
		before := p.Name
		if p.Name = name; before == name {
			return nil
		}
		if err := distinct(all, p); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model((*row)(nil)).Set("name_zh = ?", name.ZH).Set("name_en = ?", name.EN).Where("code = ?", code).Exec(ctx); err != nil {
			return problem.Wrap(err, "rename position")
		}
		changes := map[string]any{}
		if before.ZH != name.ZH {
			changes["nameZh"] = map[string]any{"from": before.ZH, "to": name.ZH}
		}
		if before.EN != name.EN {
			changes["nameEn"] = map[string]any{"from": before.EN, "to": name.EN}
		}
		return r.record(ctx, tx, actor, r.Clock.Micro(), KindRenamed, code, map[string]any{"changes": changes})
	})
	return p, err
}

// Retire takes a position of the house out of use. ErrHeld where somebody holds it.
func (r *Register) Retire(ctx context.Context, actor access.Actor, code access.Position, reason string) (p Position, err error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Position{}, err
	}
	if reason, err = text.Block("reason", reason, 4, 500); err != nil {
		return Position{}, err
	}
	err = r.alter(ctx, func(ctx context.Context, tx bun.Tx, all []Position) error {
		if p, err = find(all, code); err != nil {
			return err
		}
		if code.BuiltIn() {
			return ErrProgram
		}
		held, err := r.Held(ctx, tx, code)
		if err != nil {
			return err
		}
		if held > 0 {
			return ErrHeld.With("count", held)
		}
		at := r.Clock.Micro()
		p.RetiredAt = &at
		if _, err := tx.NewUpdate().Model((*row)(nil)).Set("retired_at = ?", at).Where("code = ?", code).Exec(ctx); err != nil {
			return problem.Wrap(err, "retire position")
		}
		detail := p.detail()
		detail["reason"] = reason
		return r.record(ctx, tx, actor, at, KindRetired, code, detail)
	})
	return p, err
}

// Restore takes a retired position into use again, with what rules of the house say of it.
// Nobody gains anything by it, as nobody holds it: it takes one person, like adding one.
func (r *Register) Restore(ctx context.Context, actor access.Actor, code access.Position, reason string) (p Position, err error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Position{}, err
	}
	if reason, err = text.Block("reason", reason, 4, 500); err != nil {
		return Position{}, err
	}
	err = r.alter(ctx, func(ctx context.Context, tx bun.Tx, all []Position) error {
		i := slices.IndexFunc(all, func(p Position) bool { return p.Code == code })
		switch {
		case i < 0:
			return ErrUnknown
		case all[i].InUse():
			return ErrInUse
		case len(Own(all)) >= mostOwn:
			return ErrMany
		}
		p = all[i]
		p.RetiredAt = nil
		if err := distinct(all, p); err != nil { // another one may have its name by now
			return err
		}
		if _, err := tx.NewUpdate().Model((*row)(nil)).Set("retired_at = NULL").Where("code = ?", code).Exec(ctx); err != nil {
			return problem.Wrap(err, "restore position")
		}
		detail := p.detail()
		detail["reason"] = reason
		return r.record(ctx, tx, actor, r.Clock.Micro(), KindRestored, code, detail)
	})
	return p, err
}

func find(all []Position, code access.Position) (Position, error) {
	i := slices.IndexFunc(all, func(p Position) bool { return p.Code == code })
	switch {
	case i < 0:
		return Position{}, ErrUnknown
	case !all[i].InUse():
		return Position{}, ErrRetired
	}
	return all[i], nil
}

// alter runs a change that sees the whole register: nobody gives a position, and nobody takes
// its name, while it goes.
func (r *Register) alter(ctx context.Context, change func(ctx context.Context, tx bun.Tx, all []Position) error) error {
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := Read(ctx, tx)
		if err != nil {
			return err
		}
		return change(ctx, tx, all)
	})
	if err == nil && r.Changed != nil {
		r.Changed()
	}
	return err
}

func (r *Register) record(ctx context.Context, tx bun.Tx, actor access.Actor, at int64, kind string, code access.Position, detail map[string]any) error {
	return ledger.Record(ctx, tx, actor.For(access.RightsPropose, "").Act(at, kind, string(code), "", detail))
}
