// Package holding keeps which positions people hold, in which areas and for how long, and
// checks what somebody is to hold (C111).
package holding

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/problem"
)

// Refusals of what positions somebody is to hold.
var (
	ErrUnknown = problem.New(problem.Invalid, "position_unknown", "There is no such position.").On("positions") // position
	ErrTwice   = problem.New(problem.Invalid, "position_twice", "A position stands there twice. Name all its areas in one line.").On("positions")
	ErrTime    = problem.New(problem.Invalid, "position_time", "A position begins before it ends.").On("positions")                               // position
	ErrAreas   = problem.New(problem.Invalid, "position_areas", "There is no such area, or there are more than 200.").On("positions")             // position
	ErrNarrow  = problem.New(problem.Invalid, "position_narrow", "The administrator's position is held everywhere and for good.").On("positions") // position
	// ErrBoxed refuses a contractor's position without its areas, or without an end. position.
	ErrBoxed = problem.New(problem.Invalid, "position_boxed", "This position is held in named areas and until a named day.").On("positions")
	// ErrLastAdministrator refuses that nobody is left who could make another one.
	ErrLastAdministrator = problem.New(problem.Conflict, "last_administrator", "This is the last administrator. Make another one first.")
	ErrConflict          = problem.New(problem.Invalid, "positions_conflict", "Who administers neither watches nor has the last word: one account cannot hold both. Make another account.").On("positions") // position
)

// MostAreas is how many areas one position may name.
const MostAreas = 200

// Row is one position that somebody holds.
type Row struct {
	bun.BaseModel `bun:"table:people_positions,alias:held"`
	Person        string
	Position      access.Position
	FromAt        int64
	UntilAt       int64
	SinceAt       int64 // µs, since when it is held as it is
	Alone         bool  // one person gave it
}

type areaRow struct {
	bun.BaseModel `bun:"table:people_position_areas,alias:held_in"`
	Person        string
	Position      access.Position
	Area          string
}

// Positions gives what positions they are, in their order: those of the program as
// access.Positions has them, then those of the house by their codes.
func Positions(held []access.Holding) []access.Position {
	all := []access.Position{}
	for _, h := range held {
		all = append(all, h.Position)
	}
	return all
}

// order compares two positions as lists have them.
func order(a, b access.Position) int {
	place := func(p access.Position) int {
		if i := slices.Index(access.Positions(), p); i >= 0 {
			return i
		}
		return len(access.Positions())
	}
	return cmp.Or(place(a)-place(b), cmp.Compare(a, b))
}

// Check brings positions into order, or says what is wrong with them. there tells whether all
// of some areas are there; nil: no areas are kept, and none can be named. Whether the house
// has a position is for Set to say.
func Check(ctx context.Context, held []access.Holding, there func(ctx context.Context, ids []string) (bool, error)) ([]access.Holding, error) {
	clean := []access.Holding{}
	for _, h := range slices.SortedStableFunc(slices.Values(held), func(a, b access.Holding) int { return order(a.Position, b.Position) }) {
		if !position.IsCode(h.Position) {
			return nil, ErrUnknown.With("position", string(h.Position))
		}
		h.Areas = slices.Compact(slices.Sorted(slices.Values(h.Areas)))
		if n := len(clean); n > 0 && Same(clean[n-1:], []access.Holding{h}) {
			continue // said twice alike
		}
		clean = append(clean, h)
	}
	var apart access.Position
	for i, h := range clean {
		if h.Position.Apart() {
			apart = h.Position
		}
		switch {
		case i > 0 && clean[i-1].Position == h.Position:
			return nil, ErrTwice.With("position", string(h.Position))
		case h.From < 0 || h.Until < 0 || h.Until != 0 && h.Until <= h.From:
			return nil, ErrTime.With("position", string(h.Position))
		case h.Position == access.Administrator && (len(h.Areas) > 0 || h.From != 0 || h.Until != 0):
			return nil, ErrNarrow.With("position", string(h.Position)) // or there might be a time without one
		case h.Position.Boxed() && (len(h.Areas) == 0 || h.Until == 0):
			return nil, ErrBoxed.With("position", string(h.Position))
		case len(h.Areas) > MostAreas:
			return nil, ErrAreas.With("position", string(h.Position))
		}
		if len(h.Areas) > 0 {
			all := false
			if there != nil {
				var err error
				if all, err = there(ctx, h.Areas); err != nil {
					return nil, err
				}
			}
			if !all {
				return nil, ErrAreas.With("position", string(h.Position))
			}
		}
	}
	if apart != "" && slices.Contains(Positions(clean), access.Administrator) {
		return nil, ErrConflict.With("position", string(apart))
	}
	return clean, nil
}

// Read reads what is held, by person; of all people where none is named.
func Read(ctx context.Context, tx bun.IDB, person string) (map[string][]access.Holding, error) {
	var rows []Row
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
	slices.SortStableFunc(rows, func(a, b Row) int { return order(a.Position, b.Position) })
	for _, r := range rows {
		by[r.Person] = append(by[r.Person], access.Holding{Position: r.Position, Areas: areas[key{r.Person, r.Position}], From: r.FromAt, Until: r.UntilAt})
	}
	return by, nil
}

// Holders counts the accounts that hold a position, wherever and whenever; closed ones too.
func Holders(ctx context.Context, tx bun.IDB, p access.Position) (int64, error) {
	n, err := tx.NewSelect().Model((*Row)(nil)).Where("position = ?", p).Count(ctx)
	return n, problem.Wrap(err, "count who holds a position")
}

// Since tells since when (µs) positions are held as they are, by person and position.
func Since(ctx context.Context, tx bun.IDB) (map[string]map[access.Position]int64, error) {
	var rows []Row
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read positions")
	}
	by := map[string]map[access.Position]int64{}
	for _, r := range rows {
		if by[r.Person] == nil {
			by[r.Person] = map[access.Position]int64{}
		}
		by[r.Person][r.Position] = r.SinceAt
	}
	return by, nil
}

// Administrators counts the open accounts that administer; with vouched without those that a
// directory does not vouch for any more.
func Administrators(ctx context.Context, tx bun.IDB, vouched bool) (int64, error) {
	q := tx.NewSelect().Model((*Row)(nil)).Join("JOIN people AS person ON person.id = held.person").
		Where("held.position = ?", access.Administrator).Where("NOT person.disabled")
	if vouched {
		q.Where("person.directory_left_at IS NULL")
	}
	n, err := q.Count(ctx)
	return n, problem.Wrap(err, "count administrators")
}

// Administered refuses when nobody is left who could make another administrator.
func Administered(ctx context.Context, tx bun.IDB) error {
	n, err := Administrators(ctx, tx, true)
	if err == nil && n == 0 {
		return ErrLastAdministrator
	}
	return err
}

// Known is ErrUnknown where the house has no such position, or has it no more.
func Known(ctx context.Context, tx bun.IDB, held []access.Holding) error {
	none, err := position.Lacking(ctx, tx, Positions(held))
	if err == nil && none != "" {
		return ErrUnknown.With("position", string(none))
	}
	return err
}

// Set makes what a person holds, from an instant on (µs). What is held as before is held
// since then. alone tells that one person gives what is given now; see Gives. ErrUnknown
// where the house has no such position, or has it no more.
func Set(ctx context.Context, tx bun.IDB, person string, held []access.Holding, at int64, alone bool) error {
	if err := Known(ctx, tx, held); err != nil {
		return err
	}
	before, err := Read(ctx, tx, person)
	if err != nil {
		return err
	}
	was, err := rowsOf(ctx, tx, person)
	if err != nil {
		return err
	}
	if _, err := tx.NewDelete().Model((*areaRow)(nil)).Where("person = ?", person).Exec(ctx); err != nil {
		return problem.Wrap(err, "set positions")
	}
	if _, err := tx.NewDelete().Model((*Row)(nil)).Where("person = ?", person).Exec(ctx); err != nil {
		return problem.Wrap(err, "set positions")
	}
	var rows []Row
	var in []areaRow
	for i, h := range held {
		r := Row{Person: person, Position: h.Position, FromAt: h.From, UntilAt: h.Until, SinceAt: at, Alone: was[h.Position].Alone}
		if slices.ContainsFunc(before[person], func(b access.Holding) bool { return Same([]access.Holding{b}, []access.Holding{h}) }) {
			r.SinceAt = was[h.Position].SinceAt
		}
		if Gives(before[person], held[i:i+1]) {
			r.Alone = alone
		}
		rows = append(rows, r)
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
	return settle(ctx, tx, held, at)
}

func rowsOf(ctx context.Context, tx bun.IDB, person string) (map[access.Position]Row, error) {
	var rows []Row
	err := tx.NewSelect().Model(&rows).Where("person = ?", person).Scan(ctx)
	by := map[access.Position]Row{}
	for _, r := range rows {
		by[r.Position] = r
	}
	return by, problem.Wrap(err, "read positions")
}

// Words is how an act tells of positions: the bare word of one that is held everywhere and
// for good, as it has always been, and an object of any other.
func Words(held []access.Holding) []any {
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

// Same tells whether two lists, each in order, hold alike.
func Same(a, b []access.Holding) bool {
	return slices.EqualFunc(a, b, func(x, y access.Holding) bool {
		return x.Position == y.Position && x.From == y.From && x.Until == y.Until && slices.Equal(x.Areas, y.Areas)
	})
}

// Areas gives the areas in which some position is held, by whomever and whenever.
func Areas(ctx context.Context, tx bun.IDB) (all []string, err error) {
	err = tx.NewSelect().Model((*areaRow)(nil)).Distinct().Column("area").Scan(ctx, &all)
	return all, problem.Wrap(err, "read areas of positions")
}
