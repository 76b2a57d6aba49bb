// Package weight adds up what segments come to.
package weight

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/problem"
)

// Weight is what segments of a camera come to.
type Weight struct {
	Camera string
	Bytes  int64
	Length int64 // µs
}

// Of adds up the segments of some cameras that begin at or after since, µs since
// 1970 UTC.
func Of(ctx context.Context, c *archive.Catalogue, cameras []string, since int64) ([]Weight, error) {
	if len(cameras) == 0 {
		return nil, nil
	}
	var out []Weight
	err := c.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Where("camera IN (?)", bun.List(cameras)).Where("start_at >= ?", since).
		ColumnExpr("camera, CAST(SUM(bytes) AS BIGINT) AS bytes, CAST(SUM(end_at - start_at) AS BIGINT) AS length").GroupExpr("camera").Scan(ctx, &out)
	return out, problem.Wrap(err, "add up segments")
}

// Last adds up what was recorded of a camera within a time (µs) before the newest of it
// ended, whether or not it was removed since, with what stands in the segment that is being
// written: how fast a camera fills a disk its footage shows also where it is gone.
func Last(ctx context.Context, c *archive.Catalogue, camera string, within int64) (Weight, error) {
	sum := Weight{Camera: camera}
	tables := []string{"segments", "tombstones"}
	end := int64(0)
	for _, table := range tables {
		var newest int64
		err := c.DB.Read().NewSelect().Table(table).Where("camera = ?", camera).ColumnExpr("end_at").OrderExpr("start_at DESC").Limit(1).Scan(ctx, &newest)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return sum, problem.Wrap(err, "read the newest segment")
		}
		end = max(end, newest)
	}
	for _, table := range tables {
		var some struct{ Bytes, Length int64 }
		err := c.DB.Read().NewSelect().Table(table).Where("camera = ?", camera).Where("start_at >= ?", end-within).
			ColumnExpr("CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes, CAST(COALESCE(SUM(end_at - start_at), 0) AS BIGINT) AS length").Scan(ctx, &some)
		if err != nil {
			return sum, problem.Wrap(err, "add up what was recorded last")
		}
		sum.Bytes, sum.Length = sum.Bytes+some.Bytes, sum.Length+some.Length
	}
	if c.OpenSegment != nil {
		if s := c.OpenSegment(camera); s != nil && s.End-s.Start >= shown {
			sum.Bytes, sum.Length = sum.Bytes+s.Size, sum.Length+s.End-s.Start
		}
	}
	return sum, nil
}

// shown is how much of an open segment shows anything of a rate, in µs: it begins with the
// picture that is largest.
const shown = 10_000_000

// Lot is what the segments of one day in one place come to.
type Lot struct {
	Day      int64 // of their beginnings, counted from 1970 in days of 24 hours
	Volume   string
	Bytes    int64
	Segments int64
}

// Lots adds up the segments of a camera that hold footage between from and to and begin
// at or after since (µs since 1970 UTC). Days begin by offset (µs) before those of UTC.
func Lots(ctx context.Context, c *archive.Catalogue, camera string, from, to, since, offset int64) ([]Lot, error) {
	const day = int64(24 * 3600 * 1e6)
	var out []Lot
	err := c.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Where("camera = ?", camera).Where("start_at >= ?", max(from-archive.MaxSegment, since)).
		Where("start_at < ? AND end_at > ?", to, from).
		ColumnExpr("(start_at + ?) / ? AS day, volume, CAST(SUM(bytes) AS BIGINT) AS bytes, COUNT(*) AS segments", offset, day).
		GroupExpr("day, volume").Scan(ctx, &out)
	return out, problem.Wrap(err, "add up segments")
}
