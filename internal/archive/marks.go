package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// Rebuilt is the mark of a catalogue that was made again from the files. Retention
// removes nothing while it stands, until a person has confirmed (R5).
const Rebuilt = "catalogue_rebuilt"

// Mark says that something happened to the catalogue as a whole.
type Mark struct {
	bun.BaseModel `bun:"table:catalogue_marks"`
	Name          string `bun:",pk"`
	At            int64  // µs since 1970 UTC
	Detail        string // JSON
}

// SetMark puts a mark in the place of an older one with its name.
func SetMark(ctx context.Context, d *db.DB, name string, at int64, detail map[string]any) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&Mark{Name: name, At: at, Detail: string(text)}).On("CONFLICT (name) DO UPDATE").
			Set("at = EXCLUDED.at").Set("detail = EXCLUDED.detail").Exec(ctx)
		return problem.Wrap(err, "mark the catalogue")
	})
}

// FindMark gives a mark, nil where there is none.
func FindMark(ctx context.Context, d *db.DB, name string) (*Mark, error) {
	var m Mark
	err := d.Read().NewSelect().Model(&m).Where("name = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &m, problem.Wrap(err, "read a mark of the catalogue")
}
