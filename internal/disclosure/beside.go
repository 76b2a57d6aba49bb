package disclosure

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/problem"
)

type presentRow struct {
	bun.BaseModel `bun:"table:viewing_present,alias:beside"`
	Viewing       string `bun:",pk"`
	Place         int64  `bun:",pk"`
	Person        *string
	Name          string
	Unit          string
}

// attend writes who was present when a viewing was opened.
func attend(ctx context.Context, tx bun.IDB, viewing string, people []present.Person) error {
	if len(people) == 0 {
		return nil
	}
	rows := make([]presentRow, len(people))
	for i, p := range people {
		rows[i] = presentRow{Viewing: viewing, Place: int64(i), Name: p.Name, Unit: p.Unit}
		if p.ID != "" {
			rows[i].Person = &p.ID
		}
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	if db.IsForeignKey(err) {
		return present.ErrPerson
	}
	return problem.Wrap(err, "note who is present")
}

// known is nil where those who are named as present and are people of the register are in it.
func known(ctx context.Context, tx bun.IDB, people []present.Person) error {
	var ids []string
	for _, p := range people {
		if p.ID != "" {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	n, err := tx.NewSelect().Table("people").Where("id IN (?)", bun.List(ids)).Count(ctx)
	if err != nil {
		return problem.Wrap(err, "look for who is present")
	}
	if int(n) < len(ids) {
		return present.ErrPerson
	}
	return nil
}

// attending gives who was present, by viewing.
func attending(ctx context.Context, tx bun.IDB, viewings []string) (map[string][]present.Person, error) {
	var rows []presentRow
	err := tx.NewSelect().Model(&rows).Where("beside.viewing IN (?)", bun.List(viewings)).OrderExpr("beside.viewing, beside.place").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read who was present")
	}
	of := map[string][]present.Person{}
	for _, r := range rows {
		p := present.Person{Name: r.Name, Unit: r.Unit}
		if r.Person != nil {
			p.ID = *r.Person
		}
		of[r.Viewing] = append(of[r.Viewing], p)
	}
	return of, nil
}
