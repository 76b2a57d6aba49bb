package archive

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// Weight is what segments of a camera come to.
type Weight struct {
	Camera string
	Bytes  int64
	Length int64 // µs
}

// Weights adds up the segments of some cameras that begin at or after since, µs since
// 1970 UTC.
func (c *Catalogue) Weights(ctx context.Context, cameras []string, since int64) ([]Weight, error) {
	if len(cameras) == 0 {
		return nil, nil
	}
	var out []Weight
	err := c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("camera IN (?)", bun.List(cameras)).Where("start_at >= ?", since).
		ColumnExpr("camera, CAST(SUM(bytes) AS BIGINT) AS bytes, CAST(SUM(end_at - start_at) AS BIGINT) AS length").GroupExpr("camera").Scan(ctx, &out)
	return out, problem.Wrap(err, "add up segments")
}

// Stored is the size of all segments; unlike Bytes it asks the database where that is
// not known yet.
func (c *Catalogue) Stored(ctx context.Context) (int64, error) {
	if n := c.Bytes(); n > 0 {
		return n, nil
	}
	rows, err := c.stored(ctx)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, r := range rows {
		sum += r.Bytes
	}
	return sum, nil
}
