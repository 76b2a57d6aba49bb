// Package places tells which volumes and tiers footage lies on, whatever is configured.
package places

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
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

// Unnoted gives, oldest first and no more than limit, segments that the catalogue has on a
// volume or tier and that do not stand as missing.
func Unnoted(ctx context.Context, q bun.IDB, name string, limit int) (all []archive.Segment, err error) {
	err = q.NewSelect().Model(&all).Column("camera", "start_at", "end_at", "file").Where("segment.volume = ?", name).Where("segment.state = ''").
		Where("NOT EXISTS (SELECT 1 FROM footage_damages d WHERE d.file = segment.file AND d.kind = ? AND d.mended_at IS NULL)", damage.Missing).
		OrderExpr("segment.end_at").Limit(int64(limit)).Scan(ctx)
	return all, problem.Wrap(err, "find the segments of a place that are not noted")
}

// Recorded tells whether recorders have written journals on a place: it is, or was, a disk
// and no tier.
func Recorded(ctx context.Context, q bun.IDB, name string) (bool, error) {
	some, err := q.NewSelect().Table("journal_cursors").ColumnExpr("1").Where("volume = ?", name).Exists(ctx)
	return some, problem.Wrap(err, "look for the journals of a place")
}
