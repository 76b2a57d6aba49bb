package snapshot

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// There tells whether a snapshot was taken that has this id.
func There(ctx context.Context, tx bun.IDB, id string) (bool, error) {
	n, err := tx.NewSelect().Table("snapshots").Where("id = ?", id).Count(ctx)
	return n > 0, problem.Wrap(err, "look for a snapshot")
}
