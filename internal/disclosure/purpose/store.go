package purpose

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:purposes,alias:purpose"`
	Code          string `bun:",pk"`
	NameZh        string
	NameEn        string
	BasisZh       string
	BasisEn       string
	Clauses       string
	NeedsReason   bool
	ReasonAfter   bool
	NeedsRequest  bool
	NeedsSecond   bool
	Back          int64
	BySystem      bool
	CreatedAt     int64
	RetiredAt     *int64
}

func (r *row) purpose() Purpose {
	return Purpose{Code: r.Code, Name: Words{r.NameZh, r.NameEn}, Basis: Words{r.BasisZh, r.BasisEn}, Clauses: strings.Fields(r.Clauses),
		NeedsReason: r.NeedsReason, ReasonAfter: r.ReasonAfter, NeedsRequest: r.NeedsRequest, NeedsSecond: r.NeedsSecond, Back: time.Duration(r.Back) * time.Second, BySystem: r.BySystem,
		CreatedAt: r.CreatedAt, RetiredAt: r.RetiredAt}
}

func rowOf(p Purpose) row {
	return row{Code: p.Code, NameZh: p.Name.ZH, NameEn: p.Name.EN, BasisZh: p.Basis.ZH, BasisEn: p.Basis.EN, Clauses: strings.Join(p.Clauses, " "),
		NeedsReason: p.NeedsReason, ReasonAfter: p.ReasonAfter, NeedsRequest: p.NeedsRequest, NeedsSecond: p.NeedsSecond, Back: int64(p.Back / time.Second), BySystem: p.BySystem,
		CreatedAt: p.CreatedAt, RetiredAt: p.RetiredAt}
}

// read gives all purposes, those that came with the program first, then by age.
func read(ctx context.Context, tx bun.IDB) ([]Purpose, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("purpose.created_at, purpose.code").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read purposes")
	}
	all := make([]Purpose, len(rows))
	for i := range rows {
		all[i] = rows[i].purpose()
	}
	return all, nil
}

// Seconded tells whether a purpose demands a second person, as things are and also after it was
// retired: what was opened for it goes on. One that is not in the register demands none.
func Seconded(ctx context.Context, tx bun.IDB, code string) (bool, error) {
	n, err := tx.NewSelect().Model((*row)(nil)).Where("purpose.code = ?", code).Where("purpose.needs_second").Count(ctx)
	return n > 0, problem.Wrap(err, "read purpose")
}

// Find gives a purpose that something may be done for, inside a transaction: one that is
// outside the register or retired is refused.
func Find(ctx context.Context, tx bun.IDB, code string) (Purpose, error) {
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("purpose.code = ?", code).Scan(ctx); err != nil {
		return Purpose{}, problem.Wrap(err, "read purpose")
	}
	switch {
	case len(rows) == 0:
		return Purpose{}, ErrOutside.With("purpose", code)
	case rows[0].RetiredAt != nil:
		return Purpose{}, ErrRetired.With("purpose", code)
	}
	return rows[0].purpose(), nil
}
