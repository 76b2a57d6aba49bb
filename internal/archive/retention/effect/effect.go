// Package effect tells what a change of a rule would do to the footage that is there,
// before anybody makes it.
package effect

import (
	"context"
	"math"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/locks"
	"watchroom/internal/archive/retention"
	"watchroom/internal/problem"
)

// Sum is some footage.
type Sum struct{ Segments, Bytes int64 }

func (s *Sum) add(o Sum) { s.Segments, s.Bytes = s.Segments+o.Segments, s.Bytes+o.Bytes }

func (s Sum) less(o Sum) Sum {
	return Sum{max(0, s.Segments-o.Segments), max(0, s.Bytes-o.Bytes)}
}

// Effect is what a change of a rule would do to footage that is there at present, beyond
// what may go already. What a hold touches is in none of it.
type Effect struct {
	Removed Sum // is past the new maximum, and goes within minutes
	Freed   Sum // is past the new minimum only, and goes when room is needed
	// Locked is past the new maximum, and an archive tier does not let it go yet: the last
	// of it at LockedUntil (µs; 0 where nothing is locked).
	Locked      Sum
	LockedUntil int64
	// Snapshots go within minutes: with footage that is removed, or by their own maximum.
	Snapshots retention.Stock
}

// Pictures tells what snapshots there are of a camera in some windows.
type Pictures interface {
	Stock(ctx context.Context, camera string, of ...retention.Window) (retention.Stock, error)
}

// Of works out what a change would do to the footage of some cameras. Like Rules.Set it
// refuses rules that cannot be, but it asks for no notes: whoever fills in the form sees the
// effect before the reasons are written.
func Of(ctx context.Context, r *retention.Rules, pictures Pictures, actor access.Actor, w retention.Wish, cameras []string) (out Effect, err error) {
	if err := access.Throughout(actor, access.RetentionConfigure, w.Camera); err != nil {
		return Effect{}, err
	}
	if w.Inherits = w.Inherits && w.Camera != ""; !w.Inherits {
		if err := w.Rule.Possible(); err != nil {
			return Effect{}, err
		}
	}
	tx, now := r.DB.Read(), r.Clock.Micro()
	before, err := r.Of(ctx, w.Class)
	if err == nil {
		err = before.Possible(w.Entry())
	}
	if err != nil {
		return Effect{}, err
	}
	after := before.With(w.Entry(), now)
	for _, camera := range cameras {
		if w.Camera != "" && camera != w.Camera {
			continue
		}
		held, err := hold.Of(ctx, tx, camera)
		if err != nil {
			return Effect{}, err
		}
		is, will := before.Plan(camera), after.Plan(camera)
		l := look{tx: tx, camera: camera, now: now, held: held[camera]}
		more, err := l.pictures(ctx, pictures, &is, &will)
		if err != nil {
			return Effect{}, err
		}
		if out.Snapshots.Add(more); w.Class == retention.Snapshot {
			continue
		}
		gone, free := l.gains(ctx, &is, &will, true), l.gains(ctx, &is, &will, false)
		if l.err != nil {
			return Effect{}, l.err
		}
		out.Removed.add(gone.open)
		out.Locked.add(gone.shut)
		out.LockedUntil = max(out.LockedUntil, gone.until)
		out.Freed.add(free.open.less(gone.open))
	}
	return out, nil
}

// look is one camera's footage.
type look struct {
	tx     bun.IDB
	camera string
	now    int64
	held   []hold.Interval
	err    error
}

// found is footage that goes, and that is locked yet, the last of it until an instant (µs).
type found struct {
	open, shut Sum
	until      int64
}

// pictures are the snapshots that a plan lets go at its maximum and another does not, as the
// engine looks for them.
func (l *look) pictures(ctx context.Context, of Pictures, is, will *retention.Plan) (out retention.Stock, err error) {
	if of == nil {
		return out, nil
	}
	var sums [2]retention.Stock
	for i, p := range []*retention.Plan{is, will} {
		free := []retention.Window{}
		for _, w := range p.Beyond(l.now, true) {
			for _, f := range hold.Apart(max(w.From, 0), min(w.To, w.By), l.held) {
				free = append(free, retention.Window{From: f.From, To: f.To})
			}
		}
		if sums[i], err = of.Stock(ctx, l.camera, free...); err != nil {
			return out, err
		}
	}
	return retention.Stock{Pictures: max(0, sums[1].Pictures-sums[0].Pictures), Bytes: max(0, sums[1].Bytes-sums[0].Bytes)}, nil
}

// gains is what a plan lets go that another does not.
func (l *look) gains(ctx context.Context, is, will *retention.Plan, maximum bool) found {
	some, more := l.sum(ctx, is.Beyond(l.now, maximum)), l.sum(ctx, will.Beyond(l.now, maximum))
	out := found{open: more.open.less(some.open), shut: more.shut.less(some.shut)}
	if out.shut.Segments > 0 {
		out.until = more.until
	}
	return out
}

// sum counts the segments of a camera in the windows that no hold touches, as the engine
// looks for them.
func (l *look) sum(ctx context.Context, windows []retention.Window) (out found) {
	for _, w := range windows {
		for _, f := range hold.Apart(math.MinInt64, w.By, l.held) {
			from, to := max(w.From, f.From), min(w.To, f.To)
			if from >= to || l.err != nil {
				continue
			}
			among := func() *bun.SelectQuery {
				return l.tx.NewSelect().Model((*archive.Segment)(nil)).Where("camera = ?", l.camera).Where("state = ''").
					Where("aged_at <= ?", w.By).Where("start_at >= ? AND start_at < ? AND end_at <= ?", from, to, f.To)
			}
			const sums = "COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)"
			const latest = ", CAST(COALESCE(MAX((SELECT MAX(k.until_at) FROM tier_locks k WHERE k.file = segment.file)), 0) AS BIGINT)"
			var open, shut Sum
			var until int64
			err := locks.Open(among(), l.now).ColumnExpr(sums).Scan(ctx, &open.Segments, &open.Bytes)
			if err == nil {
				err = locks.Shut(among(), l.now).ColumnExpr(sums+latest).Scan(ctx, &shut.Segments, &shut.Bytes, &until)
			}
			l.err = problem.Wrap(err, "count footage that may go")
			out.open.add(open)
			out.shut.add(shut)
			out.until = max(out.until, until)
		}
	}
	return out
}
