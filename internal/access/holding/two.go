package holding

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Gives tells whether somebody would hold more afterwards of what two people give: a position
// that was not held, or one in more areas, from earlier or for longer. An area that lies in
// one where it is held counts as more: what lies where changes.
func Gives(before, after []access.Holding) bool {
	return slices.ContainsFunc(after, func(h access.Holding) bool {
		return h.Position.TakesTwo() && !slices.ContainsFunc(before, func(b access.Holding) bool { return within(h, b) })
	})
}

// within tells whether one holding is no more than another.
func within(h, b access.Holding) bool {
	return h.Position == b.Position && h.From >= b.From && (b.Until == 0 || h.Until != 0 && h.Until <= b.Until) &&
		(len(b.Areas) == 0 || len(h.Areas) > 0 && !slices.ContainsFunc(h.Areas, func(a string) bool { return !slices.Contains(b.Areas, a) }))
}

// Beside gives those of some positions that one person gives.
func Beside(held []access.Holding) []access.Holding {
	return slices.DeleteFunc(slices.Clone(held), func(h access.Holding) bool { return h.Position.TakesTwo() })
}

type settledRow struct {
	bun.BaseModel `bun:"table:positions_confirmed,alias:settled"`
	ID            int64 `bun:",pk"`
	Since         int64
}

// settle notes the end of the set-up once somebody holds a position that confirms what others
// give. It ends once and for good: whoever takes that position away again does not give
// anything alone by it.
func settle(ctx context.Context, tx bun.IDB, held []access.Holding, at int64) error {
	if !slices.ContainsFunc(held, func(h access.Holding) bool { return slices.Contains(access.HaveIt(access.RightsApprove), h.Position) }) {
		return nil
	}
	_, err := tx.NewInsert().Model(&settledRow{ID: 1, Since: at}).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	return problem.Wrap(err, "note the end of the set-up")
}

// Settled tells whether somebody has ever held a position that confirms what others give.
func Settled(ctx context.Context, tx bun.IDB) (bool, error) {
	n, err := tx.NewSelect().Model((*settledRow)(nil)).Count(ctx)
	if err == nil && n == 0 {
		n, err = tx.NewSelect().Model((*Row)(nil)).Where("position IN (?)", bun.List(access.HaveIt(access.RightsApprove))).Count(ctx)
	}
	return n > 0, problem.Wrap(err, "look for the end of the set-up")
}

// Alone gives the positions that one person gave alone, by who holds them.
func Alone(ctx context.Context, tx bun.IDB) (map[string][]access.Position, error) {
	var rows []Row
	if err := tx.NewSelect().Model(&rows).Where("alone").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read positions")
	}
	by := map[string][]access.Position{}
	for _, r := range rows {
		by[r.Person] = append(by[r.Person], r.Position)
	}
	return by, nil
}

// Confirm takes from a position the mark that one person gave it.
func Confirm(ctx context.Context, tx bun.IDB, person string, p access.Position) error {
	_, err := tx.NewUpdate().Model((*Row)(nil)).Set("alone = ?", false).Where("person = ?", person).Where("position = ?", p).Exec(ctx)
	return problem.Wrap(err, "confirm a position")
}

// Told is a position as Words tells of it.
type Told struct{ access.Holding }

// UnmarshalJSON implements json.Unmarshaler.
func (h *Told) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &h.Position)
	}
	return json.Unmarshal(b, &h.Holding)
}

// Write writes positions down, and Parse reads them.
func Write(held []access.Holding) (string, error) {
	b, err := json.Marshal(Words(held))
	return string(b), problem.Wrap(err, "write down positions")
}

// Parse reads what Write wrote.
func Parse(s string) ([]access.Holding, error) {
	var all []Told
	if err := json.Unmarshal([]byte(s), &all); err != nil {
		return nil, problem.Wrap(err, "read positions")
	}
	held := make([]access.Holding, len(all))
	for i, t := range all {
		held[i] = t.Holding
	}
	return held, nil
}
