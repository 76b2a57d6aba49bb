package unit

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:units,alias:unit"`
	ID            string `bun:",pk"`
	Parent        string
	Kind          Kind
	Name          string
	NameKey       string
	Code          string
	CodeKey       string
	Responsible   string
	Note          string
	CreatedAt     int64
	RetiredAt     *int64
}

type contractRow struct {
	bun.BaseModel `bun:"table:contracts,alias:contract"`
	ID            string `bun:",pk"`
	Unit          string
	Number        string
	Until         int64
	Note          string
	CreatedAt     int64
	EndedAt       *int64
	EndedBy       string
	Reason        string
}

func (r *row) unit() Unit {
	return Unit{ID: r.ID, Parent: r.Parent, Kind: r.Kind, Name: r.Name, Code: r.Code, Responsible: r.Responsible, Note: r.Note,
		CreatedAt: r.CreatedAt, RetiredAt: r.RetiredAt}
}

func (r *contractRow) contract() Contract {
	return Contract{r.ID, r.Unit, r.Number, r.Until, r.Note, r.CreatedAt, r.EndedAt, r.EndedBy, r.Reason}
}

func rows(ctx context.Context, tx bun.IDB) ([]row, error) {
	var all []row
	err := tx.NewSelect().Model(&all).OrderExpr("unit.created_at, unit.id").Scan(ctx)
	return all, problem.Wrap(err, "read units")
}

func contracts(ctx context.Context, tx bun.IDB, running bool) ([]Contract, error) {
	var all []contractRow
	q := tx.NewSelect().Model(&all).OrderExpr("contract.created_at, contract.id")
	if running {
		q.Where("ended_at IS NULL")
	}
	err := q.Scan(ctx)
	out := make([]Contract, len(all))
	for i := range all {
		out[i] = all[i].contract()
	}
	return out, problem.Wrap(err, "read contracts")
}
