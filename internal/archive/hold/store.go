package hold

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

func (r holdRow) hold(cameras []string) Hold {
	slices.Sort(cameras)
	h := Hold{ID: r.ID, Kind: r.Kind, Owner: r.Owner, Reason: r.Reason, Document: r.Document, Cameras: cameras, From: r.FromAt, To: r.ToAt,
		ReviewAt: r.ReviewAt, PlacedBy: r.PlacedBy, PlacedAt: r.PlacedAt}
	if r.RecoveredAt != nil {
		h.RecoveredAt = *r.RecoveredAt
	}
	if r.ReleasedAt != nil && r.ReleasedBy != nil {
		h.ReleasedAt, h.ReleasedBy = *r.ReleasedAt, *r.ReleasedBy
	}
	return h
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	ID       string
	Camera   string
	Released bool // those that were released, too
	Limit    int  // 1…500; 0 means 200
	within   *access.Reach
}

// List gives holds, those that stand first, the latest of each first.
func (h *Holds) List(ctx context.Context, actor access.Actor, f Filter) ([]Hold, error) {
	if err := access.Can(actor, access.StorageRead, f.Camera); err != nil {
		return nil, err
	}
	reach := access.ReachOf(actor, access.StorageRead)
	f.within = &reach
	all, err := list(ctx, h.DB.Read(), f)
	for i := range all {
		all[i].Cameras = reach.Of(all[i].Cameras)
	}
	return all, err
}

// Read gives one hold to who may read about one of its cameras, with those about which they may.
func (h *Holds) Read(ctx context.Context, actor access.Actor, id string) (Hold, error) {
	one, err := h.Get(ctx, id)
	if err == nil {
		err = access.OnAny(actor, access.StorageRead, one.Cameras)
	}
	if err != nil {
		return Hold{}, err
	}
	one.Cameras = access.ReachOf(actor, access.StorageRead).Of(one.Cameras)
	return one, nil
}

// Get gives one hold, or ErrUnknown. It asks for no right.
func (h *Holds) Get(ctx context.Context, id string) (Hold, error) {
	all, err := list(ctx, h.DB.Read(), Filter{ID: id, Released: true})
	if err != nil {
		return Hold{}, err
	}
	if len(all) == 0 {
		return Hold{}, ErrUnknown
	}
	return all[0], nil
}

// Standing gives every hold that stands.
func (h *Holds) Standing(ctx context.Context) ([]Hold, error) {
	return list(ctx, h.DB.Read(), Filter{Limit: -1})
}

func list(ctx context.Context, tx bun.IDB, f Filter) ([]Hold, error) {
	var rows []holdRow
	q := tx.NewSelect().Model(&rows).OrderExpr("CASE WHEN hold.released_at IS NULL THEN 0 ELSE 1 END, hold.placed_at DESC, hold.id DESC")
	if f.Limit >= 0 {
		q.Limit(int64(min(cmp.Or(f.Limit, 200), 500)))
	}
	if f.ID != "" {
		q.Where("hold.id = ?", f.ID)
	}
	if f.Camera != "" {
		q.Where("EXISTS (SELECT 1 FROM hold_cameras hc WHERE hc.hold = hold.id AND hc.camera = ?)", f.Camera)
	}
	if f.within != nil {
		if cameras, narrow := f.within.Narrow(); narrow {
			q.Where("EXISTS (SELECT 1 FROM hold_cameras hc WHERE hc.hold = hold.id AND hc.camera IN (?))", bun.List(cameras))
		}
	}
	if !f.Released {
		q.Where("hold.released_at IS NULL")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list holds")
	}
	holds := make([]Hold, len(rows))
	if len(rows) == 0 {
		return holds, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var of []cameraRow
	if err := tx.NewSelect().Model(&of).Where("hold IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list holds")
	}
	var asked []Release
	if err := tx.NewSelect().Model(&asked).Where("hold IN (?)", bun.List(ids)).OrderExpr("asked_at, id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list holds")
	}
	cameras, wish, decided := map[string][]string{}, map[string]*Release{}, map[string][]Release{}
	for _, c := range of {
		cameras[c.Hold] = append(cameras[c.Hold], c.Camera)
	}
	for i := range asked {
		if r := &asked[i]; r.DecidedAt == nil {
			wish[r.Hold] = r
		} else {
			decided[r.Hold] = append(decided[r.Hold], *r)
		}
	}
	for i, r := range rows {
		holds[i] = r.hold(cameras[r.ID])
		holds[i].Asked, holds[i].Decided = wish[r.ID], decided[r.ID]
	}
	return holds, nil
}

// Interval is a stretch of footage, µs since 1970 UTC.
type Interval struct{ From, To int64 }

// Of gives what is held of each camera: intervals in order that neither touch nor
// overlap. tx is the transaction in which it is decided what may go.
func Of(ctx context.Context, tx bun.IDB, cameras ...string) (map[string][]Interval, error) {
	var rows []struct {
		Camera       string
		FromAt, ToAt int64
	}
	q := tx.NewSelect().Model((*holdRow)(nil)).Column("from_at", "to_at").ColumnExpr("hc.camera AS camera").
		Join("JOIN hold_cameras hc ON hc.hold = hold.id").Where("hold.released_at IS NULL").OrderExpr("hc.camera, hold.from_at")
	if len(cameras) > 0 {
		q.Where("hc.camera IN (?)", bun.List(cameras))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, problem.Wrap(err, "read what is held")
	}
	held := map[string][]Interval{}
	for _, r := range rows {
		list := held[r.Camera]
		if n := len(list); n > 0 && r.FromAt <= list[n-1].To {
			list[n-1].To = max(list[n-1].To, r.ToAt)
		} else {
			list = append(list, Interval{r.FromAt, r.ToAt})
		}
		held[r.Camera] = list
	}
	return held, nil
}

// Covered tells whether a stretch meets one of the intervals.
func Covered(intervals []Interval, from, to int64) bool {
	return slices.ContainsFunc(intervals, func(i Interval) bool { return i.From < to && i.To > from })
}

// Cost is what holds keep on the disk.
type Cost struct {
	Bytes    int64
	Segments int64
	// Unfinished counts segments beside those whose removal is on record and was not brought
	// to its end, as while their place did not answer. What of the files is still there stays,
	// and plays, for as long as it is held (package remnant).
	Unfinished int64
}

// Preview is what a hold would keep at present.
type Preview struct {
	Cost
	Empty []string // cameras without a segment in the interval
}

// Look tells what a hold would keep, before it is placed. Nothing at all is no fault: a
// hold may be meant for what is recorded later, but more often a date is mistyped.
func (h *Holds) Look(ctx context.Context, actor access.Actor, cameras []string, from, to int64) (Preview, error) {
	cameras, err := h.about(ctx, actor, cameras)
	if err != nil {
		return Preview{}, err
	}
	if from, to, err = interval(from, to, h.Clock.Micro()); err != nil {
		return Preview{}, err
	}
	var p Preview
	for _, c := range cameras {
		before := p.Segments + p.Unfinished
		if err := h.count(ctx, &p.Cost, c, []Interval{{from, to}}); err != nil {
			return Preview{}, err
		}
		if p.Segments+p.Unfinished == before {
			p.Empty = append(p.Empty, c)
		}
	}
	return p, nil
}

// longest is how long a segment can be; the catalogue bounds it alike.
const longest = int64(26 * time.Hour / time.Microsecond)

// CostOf counts what one hold keeps: every segment that it touches.
func (h *Holds) CostOf(ctx context.Context, one *Hold) (Cost, error) {
	var sum Cost
	for _, c := range one.Cameras {
		if err := h.count(ctx, &sum, c, []Interval{{one.From, one.To}}); err != nil {
			return Cost{}, err
		}
	}
	return sum, nil
}

// Total counts what all holds together keep, each segment once.
func (h *Holds) Total(ctx context.Context) (Cost, error) {
	held, err := Of(ctx, h.DB.Read())
	if err != nil {
		return Cost{}, err
	}
	var sum Cost
	for c, intervals := range held {
		if err := h.count(ctx, &sum, c, intervals); err != nil {
			return Cost{}, err
		}
	}
	return sum, nil
}

// count adds the segments of a camera that touch intervals in order. Whatever begins
// before the end of the interval before was counted there or touches neither.
func (h *Holds) count(ctx context.Context, sum *Cost, camera string, intervals []Interval) error {
	before := int64(0)
	for _, i := range intervals {
		var part Cost
		err := h.DB.Read().NewSelect().Table("segments").ColumnExpr("CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes, COUNT(*) AS segments").
			Where("camera = ?", camera).Where("start_at >= ?", max(i.From-longest, before)).Where("start_at < ? AND end_at > ?", i.To, i.From).
			Scan(ctx, &part.Bytes, &part.Segments)
		if err != nil {
			return problem.Wrap(err, "count what is held")
		}
		err = h.DB.Read().NewSelect().Table("tombstones").ColumnExpr("COUNT(*)").
			Where("camera = ?", camera).Where("finished_at IS NULL").Where("start_at >= ?", max(i.From-longest, before)).
			Where("start_at < ? AND end_at > ?", i.To, i.From).Scan(ctx, &part.Unfinished)
		if err != nil {
			return problem.Wrap(err, "count removals that are held")
		}
		sum.Bytes, sum.Segments, sum.Unfinished = sum.Bytes+part.Bytes, sum.Segments+part.Segments, sum.Unfinished+part.Unfinished
		before = i.To
	}
	return nil
}
