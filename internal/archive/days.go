package archive

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/spans"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Days gives the kept days of cameras (all of them if none is named) that end in
// (from, to], of one zone, each camera's in order.
func (c *Catalogue) Days(ctx context.Context, zone string, cameras []string, from, to int64) ([]daybook.Day, error) {
	return daybook.Between(ctx, c.DB.Read(), zone, cameras, from, to)
}

// First is where a camera's coverage begins; 0 where there is none.
func (c *Catalogue) First(ctx context.Context, camera string) (at int64, err error) {
	err = c.DB.Read().NewSelect().Model((*spans.Row)(nil)).ColumnExpr("COALESCE(MIN(start_at), 0)").Where("camera = ?", camera).Scan(ctx, &at)
	return at, problem.Wrap(err, "read the beginning of coverage")
}

// KeepDays makes the days of a camera between from and to that are not kept and are
// told to their end: what ends later than the newest coverage is not made. It tells
// how many it made. ended, unless 0, is when the camera went out of service.
func (c *Catalogue) KeepDays(ctx context.Context, camera string, zone *time.Location, from, to, ended int64) (int, error) {
	if err := c.current(ctx, camera); err != nil {
		return 0, err
	}
	kept, err := c.Days(ctx, zone.String(), []string{camera}, from, to)
	if err != nil {
		return 0, err
	}
	have := make(map[int64]bool, len(kept))
	for i := range kept {
		have[kept[i].End] = true
	}
	made := 0
	var batch []daybook.Day
	for start, end := daybook.Midnight(from, zone); end.UnixMicro() <= to; start, end = daybook.Midnight(end.UnixMicro(), zone) {
		if !have[end.UnixMicro()] {
			batch = append(batch, daybook.Day{Camera: camera, Start: start.UnixMicro(), End: end.UnixMicro(), Zone: zone.String(), Date: start.Format(time.DateOnly)})
		}
		if n := len(batch); n == 31 || n > 0 && batch[0].Start < start.AddDate(0, 0, -31).UnixMicro() {
			n, err := c.keepDays(ctx, camera, batch, ended)
			if made += n; err != nil {
				return made, err
			}
			batch = batch[:0]
		}
	}
	n, err := c.keepDays(ctx, camera, batch, ended)
	return made + n, err
}

// keepDays makes some days, in order. Nothing is taken in between reading and writing:
// a change in between would not be seen.
func (c *Catalogue) keepDays(ctx context.Context, camera string, batch []daybook.Day, ended int64) (int, error) {
	if len(batch) == 0 {
		return 0, nil
	}
	c.ingest.Lock()
	defer c.ingest.Unlock()
	from, to := batch[0].Start, batch[len(batch)-1].End
	stored, err := c.spans(ctx, camera, from, to)
	if err != nil || len(stored) == 0 {
		return 0, err
	}
	told := stored[len(stored)-1].End
	if told == coverage.Lasting {
		told = c.Clock.Micro()
	}
	spans := c.planned(camera, coverage.Fill(stored, from, to, to), from, to)
	done := 0
	for ; done < len(batch); done++ {
		d := &batch[done]
		if d.End > told {
			break
		}
		for len(spans) > 0 && spans[0].End <= d.Start {
			spans = spans[1:]
		}
		d.Add(spans, ended)
		if err := c.weigh(ctx, d); err != nil {
			return 0, err
		}
	}
	made := batch[:done]
	if len(made) == 0 {
		return 0, nil
	}
	err = c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return daybook.Write(ctx, tx, made) })
	if err != nil {
		return 0, problem.Wrap(err, "keep days of coverage")
	}
	return len(made), nil
}

// weigh adds what the day's segments come to.
func (c *Catalogue) weigh(ctx context.Context, d *daybook.Day) error {
	var sum struct {
		Bytes, Length int64
		Short         int
	}
	err := c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("camera = ?", d.Camera).Where("start_at >= ?", d.Start).Where("start_at < ?", d.End).
		ColumnExpr("CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes, CAST(COALESCE(SUM(end_at - start_at), 0) AS BIGINT) AS length").
		ColumnExpr("COUNT(CASE WHEN lost > 0 OR dropped > 0 THEN 1 END) AS short").Scan(ctx, &sum)
	d.Bytes, d.Length, d.Short = sum.Bytes, sum.Length, sum.Short
	return problem.Wrap(err, "add up the segments of a day")
}

// ForgetZone removes the days of every zone but one, since the site has moved its clocks, and
// those outside the account of their camera, which nobody here keeps.
func (c *Catalogue) ForgetZone(ctx context.Context, but string) error {
	err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return daybook.ForgetZone(ctx, tx, but) })
	return problem.Wrap(err, "forget days of another zone")
}

// GapRow is a stored gap. End is math.MaxInt64 while it lasts.
type GapRow struct {
	Camera     string
	Start, End int64 // µs since 1970 UTC
	Cause      media.Cause
	Detail     string
}

// Gaps gives the gaps of all cameras that end behind since, each camera's in order.
func (c *Catalogue) Gaps(ctx context.Context, since int64) ([]GapRow, error) {
	var rows []spans.Row
	err := c.DB.Read().NewSelect().Model(&rows).Where("kind = 'gap'").Where("end_at > ?", since).OrderExpr("camera, start_at").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read gaps")
	}
	gaps := make([]GapRow, len(rows))
	for i, r := range rows {
		gaps[i] = GapRow{Camera: r.Camera, Start: r.StartAt, End: r.EndAt, Cause: media.Cause(r.Cause), Detail: r.Detail}
	}
	return gaps, nil
}
