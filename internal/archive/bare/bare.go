// Package bare finds time of which the account of a camera says that it was recorded and of which
// the catalogue has no segment. Both are written in one transaction, so that somebody has deleted
// rows: with the files gone as well nothing else here would miss them. Decision 0108.
package bare

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/problem"
)

// slack is what may lie between two segments, and at the edge of what was recorded, µs.
const slack = int64(time.Second / time.Microsecond)

const day = int64(24 * time.Hour / time.Microsecond)

// Find gives that time of a camera, in order (µs since 1970 UTC), none of it over midnight UTC.
// Read beside whoever removes footage it may give what is just being removed: see Both.
func Find(ctx context.Context, tx bun.IDB, camera string) ([]coverage.Interval, error) {
	// In this order: what is recorded meanwhile is a row more.
	recorded, err := read(ctx, tx, "SELECT start_at, end_at FROM coverage WHERE camera = ? AND kind = 'recorded' ORDER BY start_at", camera)
	if err != nil {
		return nil, problem.Wrap(err, "read what was recorded")
	}
	rows, err := read(ctx, tx, "SELECT start_at, end_at FROM segments WHERE camera = ? ORDER BY start_at", camera)
	if err != nil {
		return nil, problem.Wrap(err, "read the segments of a camera")
	}
	var out []coverage.Interval
	add := func(from, to int64) {
		for ; to-from > slack; from = min(to, from-from%day+day) {
			out = append(out, coverage.Interval{Start: from, End: min(to, from-from%day+day)})
		}
	}
	for _, s := range recorded {
		at := s.Start
		for len(rows) > 0 && rows[0].Start < s.End {
			add(at, rows[0].Start)
			at = max(at, rows[0].End)
			if rows[0].End > s.End { // it may reach into the next one
				break
			}
			rows = rows[1:]
		}
		add(at, s.End)
	}
	return out, nil
}

func read(ctx context.Context, tx bun.IDB, query, camera string) (list []coverage.Interval, err error) {
	rows, err := tx.QueryContext(ctx, query, camera)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i coverage.Interval
		if err := rows.Scan(&i.Start, &i.End); err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

// Both gives what two looks have in common: what one of them alone has was being removed.
func Both(first, second []coverage.Interval) []coverage.Interval {
	return slices.DeleteFunc(slices.Clone(second), func(s coverage.Interval) bool { return !Within(first, s.Start, s.End) })
}

// Within tells whether some time (µs) touches any of that.
func Within(some []coverage.Interval, from, to int64) bool {
	return slices.ContainsFunc(some, func(s coverage.Interval) bool { return s.Start < to && from < s.End })
}
