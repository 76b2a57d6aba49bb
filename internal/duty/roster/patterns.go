package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kinds of acts on patterns.
const (
	kindPatternAdded   = "roster.pattern_added"
	kindPatternChanged = "roster.pattern_changed"
	kindPatternRetired = "roster.pattern_retired"
)

// Pattern is a shift pattern of a room.
type Pattern struct {
	ID, Room string
	Plan
	AddedAt int64 // µs
}

type patternRow struct {
	bun.BaseModel `bun:"table:shift_patterns,alias:pattern"`
	ID            string `bun:",pk"`
	Room          string
	Name          string
	NameKey       string
	Plan          string
	AddedAt       int64
	RetiredAt     *int64
}

func (r *patternRow) pattern() (p Pattern, err error) {
	p = Pattern{ID: r.ID, Room: r.Room, AddedAt: r.AddedAt}
	return p, problem.Wrap(json.Unmarshal([]byte(r.Plan), &p.Plan), "read a shift pattern")
}

// Patterns gives those of a room that are in use, by name.
func (x *Rosters) Patterns(ctx context.Context, actor access.Actor, room string) ([]Pattern, error) {
	if _, err := x.Rooms.Look(ctx, x.DB.Read(), actor, room); err != nil {
		return nil, err
	}
	var rows []patternRow
	if err := x.DB.Read().NewSelect().Model(&rows).Where("room = ?", room).Where("retired_at IS NULL").OrderExpr("name_key").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read shift patterns")
	}
	all := make([]Pattern, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].pattern(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func pattern(ctx context.Context, tx bun.IDB, id string) (Pattern, error) {
	var r patternRow
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Where("retired_at IS NULL").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Pattern{}, ErrPatternUnknown
	}
	if err != nil {
		return Pattern{}, problem.Wrap(err, "read a shift pattern")
	}
	return r.pattern()
}

// planned reads a pattern of a room in which the actor may plan.
func (x *Rosters) planned(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (Pattern, error) {
	p, err := pattern(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if _, err := x.Rooms.Look(ctx, tx, actor, p.Room); err != nil {
		return p, ErrPatternUnknown
	}
	_, err = x.Rooms.In(ctx, tx, actor, access.DutyPlan, p.Room)
	return p, err
}

// AddPattern adds one to a room.
func (x *Rosters) AddPattern(ctx context.Context, actor access.Actor, room string, plan Plan) (p Pattern, err error) {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return p, err
	}
	if plan, err = plan.clean(); err != nil {
		return p, err
	}
	p = Pattern{ID: db.NewID(), Room: room, Plan: plan, AddedAt: x.Clock.Micro()}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := x.Rooms.In(ctx, tx, actor, access.DutyPlan, room); err != nil {
			return err
		}
		row := patternRow{ID: p.ID, Room: room, Name: plan.Name, NameKey: text.Key(plan.Name), Plan: plain(plan), AddedAt: p.AddedAt}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return taken(err, "add a shift pattern")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyPlan, "").Act(p.AddedAt, kindPatternAdded, p.ID, "", map[string]any{"room": room, "pattern": plan}))
	})
	if err == nil {
		x.tell(room)
	}
	return p, err
}

func taken(err error, doing string) error {
	if db.IsUnique(err) {
		return ErrPatternName
	}
	return problem.Wrap(err, doing)
}

// ChangePattern says otherwise what one is. Shifts that were planned by it stay as they are.
func (x *Rosters) ChangePattern(ctx context.Context, actor access.Actor, id string, plan Plan) (p Pattern, err error) {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return p, err
	}
	if plan, err = plan.clean(); err != nil {
		return p, err
	}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := x.planned(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		p = before
		p.Plan = plan
		row := patternRow{ID: id, Name: plan.Name, NameKey: text.Key(plan.Name), Plan: plain(plan)}
		if _, err := tx.NewUpdate().Model(&row).Column("name", "name_key", "plan").WherePK().Exec(ctx); err != nil {
			return taken(err, "change a shift pattern")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyPlan, "").Act(x.Clock.Micro(), kindPatternChanged, id, "", map[string]any{"room": p.Room, "from": before.Plan, "pattern": plan}))
	})
	if err == nil {
		x.tell(p.Room)
	}
	return p, err
}

// RetirePattern takes one out of use.
func (x *Rosters) RetirePattern(ctx context.Context, actor access.Actor, id string) error {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return err
	}
	room := ""
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := x.planned(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		room = p.Room
		at := x.Clock.Micro()
		if _, err := tx.NewUpdate().Model((*patternRow)(nil)).Set("retired_at = ?", at).Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "retire a shift pattern")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyPlan, "").Act(at, kindPatternRetired, id, "", map[string]any{"room": room, "name": p.Name}))
	})
	if err == nil {
		x.tell(room)
	}
	return err
}
