package daybook

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Row is a day as the table has it.
type Row struct {
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

func (d *Day) row() (Row, error) {
	causes := d.Causes
	if causes == nil {
		causes = map[media.Cause]int64{}
	}
	b, err := json.Marshal(causes)
	return Row{
		Camera: d.Camera, EndAt: d.End, StartAt: d.Start, Day: d.Date, Zone: d.Zone, Recorded: d.Recorded, Planned: d.Planned,
		Unplanned: d.Unplanned, Removed: d.Removed, Causes: string(b), Gaps: d.Gaps, Bytes: d.Bytes, Length: d.Length, Short: d.Short,
	}, err
}

// Between gives the kept days of cameras (all of them if none is named) that end in
// (from, to], of one zone, each camera's in order.
func Between(ctx context.Context, tx bun.IDB, zone string, cameras []string, from, to int64) ([]Day, error) {
	q := tx.NewSelect().Where("end_at > ?", from).Where("end_at <= ?", to).Where("zone = ?", zone)
	if len(cameras) > 0 {
		q.Where("camera IN (?)", bun.List(cameras))
	}
	return scan(ctx, q)
}

// Of gives all days that are kept of a camera, of whichever zone, in order.
func Of(ctx context.Context, tx bun.IDB, camera string) ([]Day, error) {
	return scan(ctx, tx.NewSelect().Where("camera = ?", camera))
}

// scan scans by hand: sixty thousand of them are one answer.
func scan(ctx context.Context, q *bun.SelectQuery) ([]Day, error) {
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

// Write keeps days, some at least.
func Write(ctx context.Context, tx bun.IDB, days []Day) error {
	rows := make([]Row, len(days))
	for i := range days {
		var err error
		if rows[i], err = days[i].row(); err != nil {
			return err
		}
	}
	// Another zone's day may stand where this one ends.
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (camera, end_at) DO UPDATE").
		Set("start_at = EXCLUDED.start_at").Set("day = EXCLUDED.day").Set("zone = EXCLUDED.zone").Set("recorded = EXCLUDED.recorded").
		Set("planned = EXCLUDED.planned").Set("unplanned = EXCLUDED.unplanned").Set("removed = EXCLUDED.removed").
		Set("causes = EXCLUDED.causes").Set("gaps = EXCLUDED.gaps").Set("bytes = EXCLUDED.bytes").Set("length = EXCLUDED.length").
		Set("short = EXCLUDED.short").Exec(ctx)
	return err
}

// Stale forgets the days that rows of coverage from since on may have changed,
// and tells whether there were some.
func Stale(ctx context.Context, tx bun.IDB, camera string, since int64) (bool, error) {
	done, err := tx.NewDelete().Model((*Row)(nil)).Where("camera = ?", camera).Where("end_at > ?", since).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// ForgetZone removes the days of every zone but one, and those outside the account of their
// camera.
func ForgetZone(ctx context.Context, tx bun.IDB, but string) error {
	_, err := tx.NewDelete().Model((*Row)(nil)).WhereOr("zone <> ?", but).
		WhereOr("end_at <= COALESCE((SELECT MIN(c.start_at) FROM coverage AS c WHERE c.camera = coverage_day.camera), end_at)").
		WhereOr("start_at >= (SELECT c.end_at FROM coverage AS c WHERE c.camera = coverage_day.camera ORDER BY c.start_at DESC LIMIT 1)").Exec(ctx)
	return err
}
