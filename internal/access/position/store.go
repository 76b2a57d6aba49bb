package position

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:positions,alias:position"`
	Code          access.Position `bun:",pk"`
	NameZh        string
	NameEn        string
	Basis         access.Position
	CreatedAt     int64
	RetiredAt     *int64
}

func (r *row) position() Position {
	return Position{Code: r.Code, Name: Words{r.NameZh, r.NameEn}, Basis: r.Basis, CreatedAt: r.CreatedAt, RetiredAt: r.RetiredAt}
}

// Read gives all positions, those of the program first in their order, then those of the
// house by age; retired ones too.
func Read(ctx context.Context, tx bun.IDB) ([]Position, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("position.created_at, position.code").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the register of positions")
	}
	all := make([]Position, 0, len(rows))
	for _, known := range access.Positions() {
		if i := slices.IndexFunc(rows, func(r row) bool { return r.Code == known }); i >= 0 {
			all = append(all, rows[i].position())
		}
	}
	for i := range rows {
		if !rows[i].Code.BuiltIn() {
			all = append(all, rows[i].position())
		}
	}
	return all, nil
}

// Own gives those of the house that people can hold, for who compiles rights.
func Own(all []Position) []access.Own {
	var own []access.Own
	for _, p := range all {
		if !p.Code.BuiltIn() && p.InUse() {
			own = append(own, access.Own{Position: p.Code, Basis: p.Basis})
		}
	}
	return own
}

// Only gives those of some positions that people can hold.
func Only(ctx context.Context, tx bun.IDB, wanted []access.Position) ([]access.Position, error) {
	if !slices.ContainsFunc(wanted, func(p access.Position) bool { return !p.BuiltIn() }) {
		return wanted, nil
	}
	all, err := Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(p access.Position) bool {
		return !slices.ContainsFunc(all, func(o Position) bool { return o.Code == p && o.InUse() })
	}), nil
}

// Lacking gives the first of some positions that nobody can hold; empty where there is none.
func Lacking(ctx context.Context, tx bun.IDB, wanted []access.Position) (access.Position, error) {
	there, err := Only(ctx, tx, wanted)
	if err != nil || len(there) == len(wanted) {
		return "", err
	}
	for i, p := range wanted {
		if i == len(there) || there[i] != p {
			return p, nil
		}
	}
	return "", nil
}
