// Package spans keeps the account of a camera's time in the records: reads what may change
// of it, and writes what has.
package spans

import (
	"context"
	"math"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/lines"
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// Row is a span. Times are µs since 1970 UTC.
type Row struct {
	bun.BaseModel `bun:"table:coverage,alias:coverage_row"`
	Camera        string `bun:",pk"`
	StartAt       int64  `bun:",pk"`
	EndAt         int64
	Kind          string
	Cause         string
	Detail        string
}

// Of gives the spans of rows.
func Of(rows []Row) []coverage.Span {
	all := make([]coverage.Span, len(rows))
	for i, r := range rows {
		all[i] = coverage.Span{Start: r.StartAt, End: r.EndAt, Kind: coverage.Kind(r.Kind), Cause: media.Cause(r.Cause), Detail: r.Detail}
	}
	return all
}

// Since reads the account of a camera from two spans before an instant on.
func Since(ctx context.Context, tx bun.IDB, camera string, from int64) (*coverage.Account, error) {
	var starts []int64
	err := tx.NewSelect().Model((*Row)(nil)).Column("start_at").Where("camera = ?", camera).Where("start_at <= ?", from).
		OrderExpr("start_at DESC").Limit(2).Scan(ctx, &starts)
	if err != nil {
		return nil, err
	}
	from = math.MinInt64
	if len(starts) > 0 {
		from = starts[len(starts)-1]
	}
	var rows []Row
	err = tx.NewSelect().Model(&rows).Where("camera = ?", camera).Where("start_at >= ?", from).OrderExpr("start_at").Scan(ctx)
	if err != nil {
		return nil, err
	}
	return coverage.New(Of(rows)...), nil
}

// Around reads the account of a camera between two instants, and what borders on that.
func Around(ctx context.Context, tx bun.IDB, camera string, from, to int64) (*coverage.Account, error) {
	var rows []Row
	err := tx.NewSelect().Model(&rows).Where("camera = ?", camera).
		Where("start_at >= COALESCE((SELECT MAX(c.start_at) FROM coverage c WHERE c.camera = ? AND c.start_at < ?), 0)", camera, from).
		Where("start_at <= ?", to).OrderExpr("start_at").Scan(ctx)
	return coverage.New(Of(rows)...), err
}

// Living gives when segments have footage between two instants, but for those of some files.
func Living(ctx context.Context, tx bun.IDB, camera string, from, to int64, without ...string) ([]coverage.Interval, error) {
	var rows []struct{ StartAt, EndAt int64 }
	q := tx.NewSelect().Table("segments").Column("start_at", "end_at").Where("camera = ?", camera).
		Where("start_at > ?", from-lines.MaxSegment).Where("start_at < ?", to).Where("end_at > ?", from)
	if len(without) > 0 {
		q.Where("file NOT IN (?)", bun.List(without))
	}
	err := q.Scan(ctx, &rows)
	living := make([]coverage.Interval, len(rows))
	for i, r := range rows {
		living[i] = coverage.Interval{Start: r.StartAt, End: r.EndAt}
	}
	return living, err
}

// Retract takes from an account what was called recorded behind the end of a segment, up to an
// instant (µs since 1970 UTC) that was told of it before and is untrue.
func Retract(ctx context.Context, tx bun.IDB, camera string, acc *coverage.Account, is *segment.Closed, until int64) error {
	if until <= is.End {
		return nil
	}
	living, err := Living(ctx, tx, camera, is.End, until, is.File)
	if err != nil {
		return err
	}
	acc.Retract(coverage.Interval{Start: is.End, End: until}, living)
	return nil
}

// Write brings the rows of coverage in step with an account, and tells whether days were
// kept that these change.
func Write(ctx context.Context, tx bun.Tx, camera string, acc *coverage.Account) (stale bool, err error) {
	if since, ok := acc.Since(); ok {
		if stale, err = daybook.Stale(ctx, tx, camera, since); err != nil {
			return false, err
		}
	}
	removed, changed, inserted := acc.Take()
	for _, start := range removed {
		if _, err := tx.NewDelete().Model((*Row)(nil)).Where("camera = ?", camera).Where("start_at = ?", start).Exec(ctx); err != nil {
			return false, err
		}
	}
	for _, s := range changed {
		_, err := tx.NewUpdate().Model((*Row)(nil)).Set("end_at = ?", s.End).Set("kind = ?", string(s.Kind)).
			Set("cause = ?", string(s.Cause)).Set("detail = ?", s.Detail).
			Where("camera = ?", camera).Where("start_at = ?", s.Start).Exec(ctx)
		if err != nil {
			return false, err
		}
	}
	if len(inserted) > 0 {
		out := make([]Row, len(inserted))
		for i, s := range inserted {
			out[i] = Row{Camera: camera, StartAt: s.Start, EndAt: s.End, Kind: string(s.Kind), Cause: string(s.Cause), Detail: s.Detail}
		}
		if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
			return false, err
		}
	}
	return stale, nil
}
