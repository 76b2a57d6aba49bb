package damage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// longest bounds how long before an instant a segment that covers it may have begun, µs; see
// archive.MaxSegment.
const longest = int64(26 * time.Hour / time.Microsecond)

// interval is some time, µs.
type interval struct{ from, to int64 }

// Gone gives by camera the time between from and to (µs since 1970 UTC) whose footage stands
// as missing, altered or removed by nobody and that no other segment has, in order and without overlap; without
// cameras of all. It reads what stands as damaged, by an index that holds nothing else.
func Gone(ctx context.Context, tx bun.IDB, from, to int64, cameras ...string) (map[string][]coverage.Gone, error) {
	var rows []Damage
	q := tx.NewSelect().Model(&rows).Column("camera", "start_at", "end_at", "kind").Where("damage.mended_at IS NULL").
		Where("damage.start_at > ? AND damage.start_at < ? AND damage.end_at > ?", before(from), to, from).
		Where("damage.kind IN (?)", bun.List([]Kind{Missing, Altered, Removed})).
		Where(standing, Removed).OrderExpr("damage.camera, damage.start_at, damage.end_at")
	if len(cameras) > 0 {
		q.Where("damage.camera IN (?)", bun.List(cameras))
	}
	if err := q.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, problem.Wrap(err, "read what footage is gone")
	}
	out := map[string][]coverage.Gone{}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Camera == rows[0].Camera {
			n++
		}
		gone, err := apart(ctx, tx, rows[:n])
		if err != nil {
			return nil, err
		}
		if len(gone) > 0 {
			out[rows[0].Camera] = gone
		}
		rows = rows[n:]
	}
	return out, nil
}

// before is longest before an instant.
func before(at int64) int64 {
	if at < math.MinInt64+longest {
		return math.MinInt64
	}
	return at - longest
}

// apart makes of the damages of one camera, in order, intervals that do not overlap, and takes
// from them what other segments have: footage that lies twice is gone when both are.
func apart(ctx context.Context, tx bun.IDB, rows []Damage) (out []coverage.Gone, err error) {
	for len(rows) > 0 { // those that lie near one another together
		n, end := 1, rows[0].EndAt
		for n < len(rows) && rows[n].StartAt-end < longest {
			end = max(end, rows[n].EndAt)
			n++
		}
		there, err := others(ctx, tx, rows[0].Camera, rows[0].StartAt, end)
		if err != nil {
			return nil, err
		}
		at := int64(math.MinInt64)
		for i := range rows[:n] {
			d := &rows[i]
			cause := media.CauseFootageMissing
			if d.Kind == Altered {
				cause = media.CauseFootageDamaged
			}
			for _, left := range less(interval{max(d.StartAt, at), d.EndAt}, there) {
				out = append(out, coverage.Gone{Start: left.from, End: left.to, Cause: cause, Told: d.Kind == Removed})
			}
			at = max(at, d.EndAt)
		}
		rows = rows[n:]
	}
	return out, nil
}

// others is when segments that are not missing or altered have footage between two instants, in
// order and without overlap.
func others(ctx context.Context, tx bun.IDB, camera string, from, to int64) (out []interval, err error) {
	var rows []struct{ StartAt, EndAt int64 }
	err = tx.NewRaw(`SELECT s.start_at, s.end_at FROM segments s WHERE s.camera = ? AND s.start_at > ? AND s.start_at < ? AND s.end_at > ? AND s.state = ''
		AND NOT EXISTS (SELECT 1 FROM footage_damages d WHERE d.file = s.file AND d.mended_at IS NULL AND d.kind IN (?, ?)) ORDER BY s.start_at`,
		camera, before(from), to, from, Missing, Altered).Scan(ctx, &rows)
	for _, r := range rows {
		if n := len(out); n > 0 && r.StartAt <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, r.EndAt)
			continue
		}
		out = append(out, interval{r.StartAt, r.EndAt})
	}
	return out, problem.Wrap(err, "read what footage lies beside what is gone")
}

// less is an interval without some, which are in order and do not overlap.
func less(is interval, some []interval) (left []interval) {
	i, _ := slices.BinarySearchFunc(some, is.from, func(s interval, at int64) int { return cmp.Compare(s.to, at+1) })
	for ; i < len(some) && some[i].from < is.to; i++ {
		if some[i].from > is.from {
			left = append(left, interval{is.from, some[i].from})
		}
		is.from = max(is.from, some[i].to)
	}
	if is.from < is.to {
		left = append(left, is)
	}
	return left
}
