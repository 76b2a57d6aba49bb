package daily

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/plan"
	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// mostTold bounds how many days of one camera are named.
const mostTold = 100

// account is the account of a camera's time, and the days that are kept of it.
type account struct {
	camera  string
	spans   []coverage.Span
	days    []daybook.Day
	retired int64
}

// Differ names kept days that say otherwise than the account of their camera: each is added
// up anew. Whether the account is what the journals say is asked elsewhere.
func Differ(ctx context.Context, d *db.DB) (all []facts.Difference, err error) {
	plans := map[string]*plan.Plans{} // by zone
	var cameras []string
	if err := d.Read().NewRaw("SELECT DISTINCT camera FROM coverage_days ORDER BY camera").Scan(ctx, &cameras); err != nil {
		return nil, problem.Wrap(err, "read days of coverage")
	}
	for _, camera := range cameras {
		is := account{camera: camera}
		err := d.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error { return is.read(ctx, tx) })
		if err != nil {
			return nil, err
		}
		told := 0
		for i := range is.days {
			day := &is.days[i]
			p := plans[day.Zone]
			if p == nil {
				zone, err := time.LoadLocation(day.Zone)
				if err != nil {
					all = append(all, facts.Difference{Row: row(day), Why: fmt.Sprintf("nobody knows its zone %q", day.Zone)})
					continue
				}
				p = &plan.Plans{DB: d, Zone: zone}
				if err := p.Load(ctx); err != nil {
					return nil, err
				}
				plans[day.Zone] = p
			}
			if why := is.otherwise(day, p); why != "" && told < mostTold {
				told++
				all = append(all, facts.Difference{Row: row(day), Why: why})
			}
		}
	}
	return all, nil
}

func row(d *daybook.Day) string { return fmt.Sprintf("coverage_days %s %d", d.Camera, d.End) }

func (is *account) read(ctx context.Context, tx bun.IDB) error {
	var spans []struct {
		StartAt, EndAt int64
		Kind, Cause    string
	}
	err := tx.NewRaw("SELECT start_at, end_at, kind, cause FROM coverage WHERE camera = ? ORDER BY start_at", is.camera).Scan(ctx, &spans)
	if err != nil {
		return problem.Wrap(err, "read the account")
	}
	for _, s := range spans {
		is.spans = append(is.spans, coverage.Span{Start: s.StartAt, End: s.EndAt, Kind: coverage.Kind(s.Kind), Cause: media.Cause(s.Cause)})
	}
	if is.days, err = daybook.Of(ctx, tx, is.camera); err != nil {
		return err
	}
	err = tx.NewRaw("SELECT COALESCE(MAX(retired_at), 0) FROM cameras WHERE id = ?", is.camera).Scan(ctx, &is.retired)
	return problem.Wrap(err, "read a camera")
}

// otherwise says how a kept day differs from the account; empty: it does not. Days come in
// their order.
func (is *account) otherwise(d *daybook.Day, p *plan.Plans) string {
	start, end := daybook.Midnight(d.Start, p.Zone)
	if start.UnixMicro() != d.Start || end.UnixMicro() != d.End || start.Format(time.DateOnly) != d.Date {
		return fmt.Sprintf("it is called %s from %d on, and no day of %s is", d.Date, d.Start, d.Zone)
	}
	for len(is.spans) > 0 && is.spans[0].End <= d.Start {
		is.spans = is.spans[1:]
	}
	n := 0
	for n < len(is.spans) && is.spans[n].Start < d.End {
		n++
	}
	spans := coverage.Lay(coverage.Fill(is.spans[:n], d.Start, d.End, d.End), p.Stretches(is.camera, d.Start, d.End))
	want := daybook.Sum(is.camera, start, end, spans, is.retired)
	if want.Same(d) {
		return ""
	}
	return fmt.Sprintf("%s: recorded %d s, planned %d s, unplanned %d s in %d gaps, removed %d s; by the account %d, %d, %d in %d, %d", d.Date,
		d.Recorded/1e6, d.Planned/1e6, d.Unplanned/1e6, d.Gaps, d.Removed/1e6,
		want.Recorded/1e6, want.Planned/1e6, want.Unplanned/1e6, want.Gaps, want.Removed/1e6)
}
