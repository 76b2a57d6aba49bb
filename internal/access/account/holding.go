package account

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Refusals of what positions somebody is to hold.
var (
	ErrPositionUnknown   = problem.New(problem.Invalid, "position_unknown", "There is no such position.").On("positions") // position
	ErrPositionTwice     = problem.New(problem.Invalid, "position_twice", "A position stands there twice. Name all its areas in one line.").On("positions")
	ErrPositionTime      = problem.New(problem.Invalid, "position_time", "A position begins before it ends.").On("positions")                                                                     // position
	ErrPositionAreas     = problem.New(problem.Invalid, "position_areas", "There is no such area, or there are more than 200.").On("positions")                                                   // position
	ErrPositionNarrow    = problem.New(problem.Invalid, "position_narrow", "The administrator's position is held everywhere and for good.").On("positions")                                       // position
	ErrPositionsConflict = problem.New(problem.Invalid, "positions_conflict", "Who administers does not watch: one account cannot hold both. Make another account for watching.").On("positions") // position
)

// mostAreas is how many areas one position may name.
const mostAreas = 200

type positionRow struct {
	bun.BaseModel `bun:"table:people_positions,alias:held"`
	Person        string
	Position      access.Position
	FromAt        int64
	UntilAt       int64
}

type areaRow struct {
	bun.BaseModel `bun:"table:people_position_areas,alias:held_in"`
	Person        string
	Position      access.Position
	Area          string
}

// positionsOf gives what positions they are, in the order of access.Positions.
func positionsOf(held []access.Holding) []access.Position {
	all := []access.Position{}
	for _, h := range held {
		all = append(all, h.Position)
	}
	return all
}

// check brings positions into order, or says what is wrong with them.
func (c *Control) check(ctx context.Context, held []access.Holding) ([]access.Holding, error) {
	clean := []access.Holding{}
	for _, known := range access.Positions() {
		for _, h := range held {
			if h.Position == known {
				h.Areas = slices.Compact(slices.Sorted(slices.Values(h.Areas)))
				if n := len(clean); n > 0 && same(clean[n-1:], []access.Holding{h}) {
					continue // said twice alike
				}
				clean = append(clean, h)
			}
		}
	}
	var watches access.Position
	for i, h := range clean {
		if h.Position.Watches() {
			watches = h.Position
		}
		switch {
		case i > 0 && clean[i-1].Position == h.Position:
			return nil, ErrPositionTwice.With("position", string(h.Position))
		case h.From < 0 || h.Until < 0 || h.Until != 0 && h.Until <= h.From:
			return nil, ErrPositionTime.With("position", string(h.Position))
		case h.Position == access.Administrator && (len(h.Areas) > 0 || h.From != 0 || h.Until != 0):
			return nil, ErrPositionNarrow.With("position", string(h.Position)) // or there might be a time without one
		case len(h.Areas) > mostAreas:
			return nil, ErrPositionAreas.With("position", string(h.Position))
		}
		if len(h.Areas) > 0 {
			all := false // where no areas are kept, none can be named
			if c.Areas != nil {
				var err error
				if all, err = c.Areas(ctx, h.Areas); err != nil {
					return nil, err
				}
			}
			if !all {
				return nil, ErrPositionAreas.With("position", string(h.Position))
			}
		}
	}
	for _, h := range held {
		if !slices.Contains(access.Positions(), h.Position) {
			return nil, ErrPositionUnknown.With("position", string(h.Position))
		}
	}
	if watches != "" && slices.Contains(positionsOf(clean), access.Administrator) {
		return nil, ErrPositionsConflict.With("position", string(watches))
	}
	return clean, nil
}

// holdings reads what is held, by person; of all people where none is named.
func holdings(ctx context.Context, tx bun.IDB, person string) (map[string][]access.Holding, error) {
	var rows []positionRow
	var in []areaRow
	q, of := tx.NewSelect().Model(&rows), tx.NewSelect().Model(&in).OrderExpr("area")
	if person != "" {
		q.Where("person = ?", person)
		of.Where("person = ?", person)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read positions")
	}
	if err := of.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read areas of positions")
	}
	type key struct {
		person   string
		position access.Position
	}
	areas := map[key][]string{}
	for _, a := range in {
		k := key{a.Person, a.Position}
		areas[k] = append(areas[k], a.Area)
	}
	by := map[string][]access.Holding{}
	for _, known := range access.Positions() {
		for _, r := range rows {
			if r.Position == known {
				by[r.Person] = append(by[r.Person], access.Holding{Position: r.Position, Areas: areas[key{r.Person, r.Position}], From: r.FromAt, Until: r.UntilAt})
			}
		}
	}
	return by, nil
}

// set makes what a person holds.
func set(ctx context.Context, tx bun.IDB, person string, held []access.Holding) error {
	if _, err := tx.NewDelete().Model((*areaRow)(nil)).Where("person = ?", person).Exec(ctx); err != nil {
		return problem.Wrap(err, "set positions")
	}
	if _, err := tx.NewDelete().Model((*positionRow)(nil)).Where("person = ?", person).Exec(ctx); err != nil {
		return problem.Wrap(err, "set positions")
	}
	var rows []positionRow
	var in []areaRow
	for _, h := range held {
		rows = append(rows, positionRow{Person: person, Position: h.Position, FromAt: h.From, UntilAt: h.Until})
		for _, a := range h.Areas {
			in = append(in, areaRow{Person: person, Position: h.Position, Area: a})
		}
	}
	if len(rows) > 0 {
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return problem.Wrap(err, "set positions")
		}
	}
	if len(in) > 0 {
		if _, err := tx.NewInsert().Model(&in).Exec(ctx); err != nil {
			return problem.Wrap(err, "set positions")
		}
	}
	return nil
}

// inWords is how an act tells of positions: the bare word of one that is held everywhere and
// for good, as it has always been, and an object of any other.
func inWords(held []access.Holding) []any {
	all := []any{}
	for _, h := range held {
		if len(h.Areas) == 0 && h.From == 0 && h.Until == 0 {
			all = append(all, h.Position)
			continue
		}
		one := map[string]any{"position": h.Position}
		if len(h.Areas) > 0 {
			one["areas"] = h.Areas
		}
		if h.From != 0 {
			one["from"] = h.From
		}
		if h.Until != 0 {
			one["until"] = h.Until
		}
		all = append(all, one)
	}
	return all
}

// same tells whether two lists, each in order, hold alike.
func same(a, b []access.Holding) bool {
	return slices.EqualFunc(a, b, func(x, y access.Holding) bool {
		return x.Position == y.Position && x.From == y.From && x.Until == y.Until && slices.Equal(x.Areas, y.Areas)
	})
}
