package area

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:areas,alias:area"`
	ID            string `bun:",pk"`
	Parent        string
	Kind          Kind
	Name          string
	NameKey       string
	Importance    Importance
	Unit          string
	Note          string
	CreatedAt     int64
	RetiredAt     *int64
}

func (r *row) area() Area {
	return Area{ID: r.ID, Parent: r.Parent, Kind: r.Kind, Name: r.Name, Importance: r.Importance, Unit: r.Unit, Note: r.Note,
		CreatedAt: r.CreatedAt, RetiredAt: r.RetiredAt}
}

func rows(ctx context.Context, tx bun.IDB) ([]row, error) {
	var all []row
	err := tx.NewSelect().Model(&all).OrderExpr("area.created_at, area.id").Scan(ctx)
	return all, problem.Wrap(err, "read areas")
}

func list(ctx context.Context, tx bun.IDB) ([]Area, error) {
	all, err := rows(ctx, tx)
	return areasOf(all), err
}

func areasOf(all []row) []Area {
	areas := make([]Area, len(all))
	for i := range all {
		areas[i] = all[i].area()
	}
	return areas
}

// Read gives the tree as it is inside a transaction.
func Read(ctx context.Context, tx bun.IDB) (*Tree, error) {
	all, err := list(ctx, tx)
	return NewTree(all), err
}

// OfUnit counts the areas in use that a unit answers for.
func OfUnit(ctx context.Context, tx bun.IDB, unit string) (int, error) {
	n, err := tx.NewSelect().Model((*row)(nil)).Where("unit = ? AND retired_at IS NULL", unit).Count(ctx)
	return int(n), problem.Wrap(err, "count the areas of a unit")
}
