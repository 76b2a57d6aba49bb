package roll

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// Called gives what those of some ids are called that are people.
func Called(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	var rows []struct{ ID, Name string }
	err := tx.NewSelect().Table("people").Column("id").ColumnExpr("CASE WHEN display_name = '' THEN username ELSE display_name END AS name").Where("id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, problem.Wrap(err, "read names")
	}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, nil
}
