package camera

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// NamesOf gives the names of those of some ids that are cameras.
func NamesOf(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	var rows []struct{ ID, Name string }
	if err := tx.NewSelect().Table("cameras").Column("id", "name").Where("id IN (?)", bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, problem.Wrap(err, "read names of cameras")
	}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, nil
}
