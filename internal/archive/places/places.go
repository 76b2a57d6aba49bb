// Package places tells which volumes and tiers footage lies on, whatever is configured.
package places

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/problem"
)

// Named are the names of the volumes and tiers that the catalogue says footage lies on,
// in order; the one of recording.folder, which is empty, is left out. One look into the
// index for each, whatever the number of segments.
func Named(ctx context.Context, q bun.IDB) (names []string, err error) {
	for last := ""; ; {
		var next sql.NullString
		err := q.NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("MIN(volume)").Where("volume > ?", last).Scan(ctx, &next)
		if err != nil {
			return nil, problem.Wrap(err, "look for the places of footage")
		}
		if !next.Valid {
			return names, nil
		}
		last = next.String
		names = append(names, last)
	}
}

// few is how many segments of either end Some gives.
const few = 8

// Some gives some of the segments that the catalogue has on a volume or tier, the newest and
// the oldest; none where it has none there.
func Some(ctx context.Context, q bun.IDB, name string) (all []archive.Segment, err error) {
	for _, order := range []string{"end_at DESC", "end_at"} {
		var some []archive.Segment
		err := q.NewSelect().Model(&some).Column("file", "bytes").Where("volume = ?", name).Where("state = ''").OrderExpr(order).Limit(few).Scan(ctx)
		if err != nil {
			return nil, problem.Wrap(err, "find some of the segments of a place")
		}
		all = append(all, some...)
	}
	return all, nil
}
