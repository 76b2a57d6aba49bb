package purpose

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// List gives the whole register, retired ones too.
func (r *Register) List(ctx context.Context) ([]Purpose, error) { return read(ctx, r.DB.Read()) }

// Add puts a purpose into the register. One for which more could be looked at than for any in
// use, or with less asked, is proposed.
func (r *Register) Add(ctx context.Context, actor access.Actor, n New) (Purpose, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Purpose{}, err
	}
	p, err := Purpose{Code: n.Code, NeedsReason: true}.take(n.Change)
	if err != nil {
		return Purpose{}, err
	}
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o Purpose) bool { return o.Code == p.Code }) || named(all, p) {
			return ErrTaken.With("code", p.Code)
		}
		past, err := pastOf(ctx, tx, all)
		switch {
		case err != nil:
			return err
		case past.bears(p):
			return ErrBorne
		}
		if !covered(all, p) {
			return ErrLowers.With("purpose", p.Code)
		}
		p.CreatedAt = r.Clock.Micro()
		made := rowOf(p)
		if _, err := tx.NewInsert().Model(&made).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrTaken.With("code", p.Code)
			}
			return problem.Wrap(err, "add purpose")
		}
		return r.record(ctx, tx, actor.For(access.PurposeConfigure, ""), p.CreatedAt, "purpose.added", p.Code, p.detail())
	})
	if err != nil {
		return Purpose{}, err
	}
	r.changed(p.Code, "added")
	return p, nil
}

// named tells whether another purpose in use has one of p's names: who chooses sees names.
func named(all []Purpose, p Purpose) bool {
	same := func(a, b string) bool { return a != "" && text.Key(a) == text.Key(b) }
	return slices.ContainsFunc(all, func(o Purpose) bool {
		return o.Code != p.Code && o.RetiredAt == nil && (same(o.Name.ZH, p.Name.ZH) || same(o.Name.EN, p.Name.EN))
	})
}

// Change changes a purpose, also one that is retired. The act holds what was. What asks less
// of whoever looks, or reaches farther back, is proposed, and so are another name and another
// legal basis.
func (r *Register) Change(ctx context.Context, actor access.Actor, code string, c Change) (Purpose, error) {
	return r.alter(ctx, actor, code, "purpose.changed", func(p *Purpose, _ []Purpose) (map[string]any, error) {
		before := *p
		after, err := p.take(c)
		if err != nil {
			return nil, err
		}
		if !after.Atop(before) {
			return nil, ErrLowers.With("purpose", code)
		}
		if after.Name != before.Name || after.Basis != before.Basis {
			return nil, ErrWords.With("purpose", code)
		}
		*p = after
		changes := differences(before, after)
		if len(changes) == 0 {
			return nil, nil
		}
		return map[string]any{"changes": changes}, nil
	})
}

// Retire takes a purpose out of use. Viewings that were opened for it end at their time.
func (r *Register) Retire(ctx context.Context, actor access.Actor, code, reason string) (Purpose, error) {
	reason, err := said(actor, reason)
	if err != nil {
		return Purpose{}, err
	}
	return r.alter(ctx, actor, code, "purpose.retired", func(p *Purpose, _ []Purpose) (map[string]any, error) {
		if p.RetiredAt != nil {
			return nil, ErrUnchanged
		}
		at := r.Clock.Micro()
		p.RetiredAt = &at
		return map[string]any{"reason": reason}, nil
	})
}

// Restore takes a retired purpose into use again, unless that is proposed as Add's is.
func (r *Register) Restore(ctx context.Context, actor access.Actor, code, reason string) (Purpose, error) {
	reason, err := said(actor, reason)
	if err != nil {
		return Purpose{}, err
	}
	return r.alter(ctx, actor, code, "purpose.restored", func(p *Purpose, all []Purpose) (map[string]any, error) {
		if p.RetiredAt == nil {
			return nil, ErrUnchanged
		}
		if !covered(all, *p) {
			return nil, ErrLowers.With("purpose", code)
		}
		p.RetiredAt = nil
		return map[string]any{"reason": reason}, nil
	})
}

// said is why somebody who may does something, in form.
func said(actor access.Actor, reason string) (string, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return "", err
	}
	return text.Line("reason", reason, 2, 500)
}

// alter reads a purpose, lets do change it, and writes it with its act. A nil detail says
// that nothing is to be changed.
func (r *Register) alter(ctx context.Context, actor access.Actor, code, kind string, do func(p *Purpose, all []Purpose) (detail map[string]any, err error)) (Purpose, error) {
	if err := access.Throughout(actor, access.PurposeConfigure, ""); err != nil {
		return Purpose{}, err
	}
	var p Purpose
	var done bool
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done = false
		all, err := read(ctx, tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(p Purpose) bool { return p.Code == code })
		if i < 0 {
			return ErrUnknown
		}
		p = all[i]
		detail, err := do(&p, all)
		if err != nil || detail == nil {
			return err
		}
		if p.RetiredAt == nil && named(all, p) {
			return ErrTaken.With("code", code)
		}
		made := rowOf(p)
		_, err = tx.NewUpdate().Model(&made).ExcludeColumn("code", "by_system", "created_at").WherePK().Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "change purpose")
		}
		done = true
		return r.record(ctx, tx, actor.For(access.PurposeConfigure, ""), r.Clock.Micro(), kind, code, detail)
	})
	if err != nil {
		return Purpose{}, err
	}
	if done {
		r.changed(code, strings.TrimPrefix(kind, "purpose."))
	}
	return p, nil
}

// record puts an act on the register on record. The purpose stands where acts bear theirs,
// so that the trail finds both by it.
func (r *Register) record(ctx context.Context, tx bun.Tx, actor access.Actor, at int64, kind, code string, detail map[string]any) error {
	detail["purpose"] = code
	return ledger.Record(ctx, tx, actor.Act(at, kind, code, "", detail))
}
