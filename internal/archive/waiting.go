package archive

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// JournalOf names the journal of a camera's day on a volume.
type JournalOf struct{ Volume, Day string }

// Taken tells how far each of a camera's journals has been taken in: the offset of the
// first line that waits. A journal that is not named waits whole.
func Taken(ctx context.Context, tx bun.IDB, camera string) (map[JournalOf]int64, error) {
	var rows []cursorRow
	if err := tx.NewSelect().Model(&rows).Where("camera = ?", camera).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the journal cursors")
	}
	taken := make(map[JournalOf]int64, len(rows))
	for _, r := range rows {
		taken[JournalOf{r.Volume, r.Day}] = r.Next
	}
	return taken, nil
}
