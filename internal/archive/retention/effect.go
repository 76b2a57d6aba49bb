package retention

import (
	"context"
	"math"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/problem"
)

// Sum is some footage.
type Sum struct{ Segments, Bytes int64 }

// Effect is what a change of a rule would do to footage that is there at present, beyond
// what may go already. What a hold touches is in neither.
type Effect struct {
	Removed Sum // is past the new maximum, and goes within minutes
	Freed   Sum // is past the new minimum only, and goes when room is needed
}

// Effect works out what a change would do to the footage of some cameras before anybody
// makes it. Like Set it refuses rules that cannot be, but it asks for no notes: whoever
// fills in the form sees the effect before the reasons are written.
func (r *Rules) Effect(ctx context.Context, actor access.Actor, w Wish, cameras []string) (out Effect, err error) {
	if err := access.Can(actor, access.RetentionConfigure, w.Camera); err != nil {
		return Effect{}, err
	}
	if w.Inherits = w.Inherits && w.Camera != ""; !w.Inherits {
		if err := w.Rule.possible(); err != nil {
			return Effect{}, err
		}
	}
	tx, now := r.DB.Read(), r.Clock.Micro()
	before, err := r.InForce(ctx)
	if err != nil {
		return Effect{}, err
	}
	// It is looked at as of the instant at which it would be in force.
	after := before.with(ruled{camera: w.Camera, inherits: w.Inherits, existing: w.Existing, at: before.table.next(now), rule: w.Rule})
	for _, camera := range cameras {
		if w.Camera != "" && camera != w.Camera {
			continue
		}
		held, err := hold.Of(ctx, tx, camera)
		if err != nil {
			return Effect{}, err
		}
		gains := func(maximum bool) (Sum, error) {
			is, will := before.Plan(camera), after.Plan(camera)
			some, err := sum(ctx, tx, camera, is.beyond(now, maximum), held[camera])
			if err != nil {
				return Sum{}, err
			}
			more, err := sum(ctx, tx, camera, will.beyond(now, maximum), held[camera])
			return Sum{max(0, more.Segments-some.Segments), max(0, more.Bytes-some.Bytes)}, err
		}
		gone, err := gains(true)
		if err != nil {
			return Effect{}, err
		}
		free, err := gains(false)
		if err != nil {
			return Effect{}, err
		}
		out.Removed.Segments += gone.Segments
		out.Removed.Bytes += gone.Bytes
		out.Freed.Segments += max(0, free.Segments-gone.Segments)
		out.Freed.Bytes += max(0, free.Bytes-gone.Bytes)
	}
	return out, nil
}

// sum counts the segments of a camera in the windows that no hold touches, as the engine
// looks for them.
func sum(ctx context.Context, tx bun.IDB, camera string, windows []window, held []hold.Interval) (out Sum, err error) {
	for _, w := range windows {
		for _, f := range apart(math.MinInt64, w.by, held) {
			from, to := max(w.from, f.From), min(w.to, f.To)
			if from >= to {
				continue
			}
			var some Sum
			err := tx.NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)").
				Where("camera = ?", camera).Where("state = ''").Where("aged_at <= ?", w.by).
				Where("start_at >= ? AND start_at < ? AND end_at <= ?", from, to, f.To).Scan(ctx, &some.Segments, &some.Bytes)
			if err != nil {
				return Sum{}, problem.Wrap(err, "count footage that may go")
			}
			out.Segments += some.Segments
			out.Bytes += some.Bytes
		}
	}
	return out, nil
}
