package archive

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Day is what one day of one camera was. Times are µs since 1970 UTC, lengths µs.
type Day struct {
	Camera     string
	Start, End int64 // midnights of the zone: 23, 24 or 25 hours apart
	Date       string
	Zone       string

	Recorded  int64
	Planned   int64                 // gaps that the plan allows
	Unplanned int64                 // all other gaps but removed footage
	Removed   int64                 // recorded once, lawfully deleted since
	Causes    map[media.Cause]int64 // of Unplanned
	Gaps      int                   // unplanned ones that touch the day

	Bytes  int64 // of segments that begin in the day
	Length int64 // of these segments
	Short  int   // of these, how many lack packets or pictures
}

// Service is how long the camera was there: all that is recorded, or a gap.
func (d *Day) Service() int64 { return d.Recorded + d.Planned + d.Unplanned + d.Removed }

// Same tells whether another day of the same camera has the same figures of its time.
func (d *Day) Same(o *Day) bool {
	return d.Recorded == o.Recorded && d.Planned == o.Planned && d.Unplanned == o.Unplanned && d.Removed == o.Removed && d.Gaps == o.Gaps && maps.Equal(d.Causes, o.Causes)
}

type dayRow struct {
	bun.BaseModel `bun:"table:coverage_days,alias:coverage_day"`
	Camera        string `bun:",pk"`
	EndAt         int64  `bun:",pk"`
	StartAt       int64
	Day           string
	Zone          string
	Recorded      int64
	Planned       int64
	Unplanned     int64
	Removed       int64
	Causes        string
	Gaps          int
	Bytes         int64
	Length        int64
	Short         int
}

func (d *Day) row() (dayRow, error) {
	causes := d.Causes
	if causes == nil {
		causes = map[media.Cause]int64{}
	}
	b, err := json.Marshal(causes)
	return dayRow{
		Camera: d.Camera, EndAt: d.End, StartAt: d.Start, Day: d.Date, Zone: d.Zone, Recorded: d.Recorded, Planned: d.Planned,
		Unplanned: d.Unplanned, Removed: d.Removed, Causes: string(b), Gaps: d.Gaps, Bytes: d.Bytes, Length: d.Length, Short: d.Short,
	}, err
}

// Midnight is the beginning of the day of an instant in a zone, and that of the next.
// A day whose midnight a change of the clocks leaves out begins at the first instant
// that it has.
func Midnight(at int64, zone *time.Location) (start, end time.Time) {
	t := time.UnixMicro(at).In(zone)
	y, m, d := t.Date()
	return firstOf(y, m, d, zone), firstOf(y, m, d+1, zone)
}

func firstOf(y int, m time.Month, d int, zone *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone)
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for t.Day() != noon.Day() { // midnight does not exist: Go goes back by the jump
		t = t.Add(15 * time.Minute)
	}
	return t
}

// staleDays forgets the days that rows of coverage from since on may have changed,
// and tells whether there were some.
func staleDays(ctx context.Context, tx bun.Tx, camera string, since int64) (bool, error) {
	done, err := tx.NewDelete().Model((*dayRow)(nil)).Where("camera = ?", camera).Where("end_at > ?", since).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// Days gives the kept days of cameras (all of them if none is named) that end in
// (from, to], of one zone, each camera's in order.
func (c *Catalogue) Days(ctx context.Context, zone string, cameras []string, from, to int64) ([]Day, error) {
	q := c.DB.Read().NewSelect().Where("end_at > ?", from).Where("end_at <= ?", to).Where("zone = ?", zone)
	if len(cameras) > 0 {
		q.Where("camera IN (?)", bun.List(cameras))
	}
	return scanDays(ctx, q)
}

// KeptDays gives all days that are kept of a camera, of whichever zone, in order.
func KeptDays(ctx context.Context, tx bun.IDB, camera string) ([]Day, error) {
	return scanDays(ctx, tx.NewSelect().Where("camera = ?", camera))
}

// scanDays scans by hand: sixty thousand of them are one answer.
func scanDays(ctx context.Context, q *bun.SelectQuery) ([]Day, error) {
	rows, err := q.Table("coverage_days").OrderExpr("camera, end_at").Column("camera", "end_at", "start_at", "day", "zone",
		"recorded", "planned", "unplanned", "removed", "causes", "gaps", "bytes", "length", "short").Rows(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read days of coverage")
	}
	defer rows.Close()
	var days []Day
	var causes []byte
	for rows.Next() {
		var d Day
		err := rows.Scan(&d.Camera, &d.End, &d.Start, &d.Date, &d.Zone, &d.Recorded, &d.Planned, &d.Unplanned, &d.Removed, &causes, &d.Gaps, &d.Bytes, &d.Length, &d.Short)
		if err == nil && string(causes) != "{}" { // most days are whole
			err = json.Unmarshal(causes, &d.Causes)
		}
		if err != nil {
			return nil, problem.Wrap(err, "read days of coverage")
		}
		days = append(days, d)
	}
	return days, problem.Wrap(rows.Err(), "read days of coverage")
}

// First is where a camera's coverage begins; 0 where there is none.
func (c *Catalogue) First(ctx context.Context, camera string) (at int64, err error) {
	err = c.DB.Read().NewSelect().Model((*coverageRow)(nil)).ColumnExpr("COALESCE(MIN(start_at), 0)").Where("camera = ?", camera).Scan(ctx, &at)
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
	var batch []Day
	for start, end := Midnight(from, zone); end.UnixMicro() <= to; start, end = Midnight(end.UnixMicro(), zone) {
		if !have[end.UnixMicro()] {
			batch = append(batch, Day{Camera: camera, Start: start.UnixMicro(), End: end.UnixMicro(), Zone: zone.String(), Date: start.Format(time.DateOnly)})
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
func (c *Catalogue) keepDays(ctx context.Context, camera string, batch []Day, ended int64) (made int, err error) {
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
	rows := make([]dayRow, 0, len(batch))
	for i := range batch {
		d := &batch[i]
		if d.End > told {
			break
		}
		for len(spans) > 0 && spans[0].End <= d.Start {
			spans = spans[1:]
		}
		d.add(spans, ended)
		if err := c.weigh(ctx, d); err != nil {
			return 0, err
		}
		row, err := d.row()
		if err != nil {
			return 0, err
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	err = c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Another zone's day may stand where this one ends.
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (camera, end_at) DO UPDATE").
			Set("start_at = EXCLUDED.start_at").Set("day = EXCLUDED.day").Set("zone = EXCLUDED.zone").Set("recorded = EXCLUDED.recorded").
			Set("planned = EXCLUDED.planned").Set("unplanned = EXCLUDED.unplanned").Set("removed = EXCLUDED.removed").
			Set("causes = EXCLUDED.causes").Set("gaps = EXCLUDED.gaps").Set("bytes = EXCLUDED.bytes").Set("length = EXCLUDED.length").
			Set("short = EXCLUDED.short").Exec(ctx)
		return err
	})
	if err != nil {
		return 0, problem.Wrap(err, "keep days of coverage")
	}
	return len(rows), nil
}

// weigh adds what the day's segments come to.
func (c *Catalogue) weigh(ctx context.Context, d *Day) error {
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

// Sum makes the day from start to end of spans, in order. ended, unless 0, is
// when the camera went out of service.
func Sum(camera string, start, end time.Time, spans []coverage.Span, ended int64) Day {
	d := Day{Camera: camera, Start: start.UnixMicro(), End: end.UnixMicro(), Date: start.Format(time.DateOnly)}
	d.add(spans, ended)
	return d
}

// add adds the parts of spans that lie in the day.
func (d *Day) add(spans []coverage.Span, ended int64) {
	before := false // an unplanned gap goes on
	for _, s := range spans {
		if s.Start >= d.End {
			return
		}
		if ended != 0 {
			s.End = min(s.End, ended)
		}
		length := min(s.End, d.End) - max(s.Start, d.Start)
		if length <= 0 {
			continue
		}
		lost := false
		switch {
		case s.Kind == coverage.Recorded:
			d.Recorded += length
		case s.Kind == coverage.None:
		case coverage.Removed(s.Cause):
			d.Removed += length
		case s.Planned:
			d.Planned += length
		default:
			lost = true
			d.Unplanned += length
			if d.Causes == nil {
				d.Causes = map[media.Cause]int64{}
			}
			d.Causes[s.Cause] += length
			if !before { // one gap may change its cause
				d.Gaps++
			}
		}
		before = lost
	}
}

// ForgetZone removes the days of every zone but one, since the site has moved its clocks, and
// those outside the account of their camera, which nobody here keeps.
func (c *Catalogue) ForgetZone(ctx context.Context, but string) error {
	err := c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*dayRow)(nil)).WhereOr("zone <> ?", but).
			WhereOr("end_at <= COALESCE((SELECT MIN(c.start_at) FROM coverage AS c WHERE c.camera = coverage_day.camera), end_at)").
			WhereOr("start_at >= (SELECT c.end_at FROM coverage AS c WHERE c.camera = coverage_day.camera ORDER BY c.start_at DESC LIMIT 1)").Exec(ctx)
		return err
	})
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
	var rows []coverageRow
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
