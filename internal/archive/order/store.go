package order

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

func (r orderRow) order(cameras []string, decisions []Decision) Order {
	o := Order{ID: r.ID, Ground: r.Ground, Reason: r.Reason, Document: r.Document, Cameras: cameras, From: r.FromAt, To: r.ToAt,
		RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt, State: r.State, Removed: r.Removed, Bytes: r.Bytes, Kept: r.Kept, Held: r.Held, Decisions: decisions}
	slices.Sort(o.Cameras)
	if r.DecidedAt != nil {
		o.DecidedAt = *r.DecidedAt
	}
	if r.ExecutedAt != nil {
		o.ExecutedAt = *r.ExecutedAt
	}
	return o
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	ID     string
	Camera string
	State  State
	Limit  int // 1…500; 0 means 100
	late   bool
	behind *Order // the oldest first, behind this one
	within *access.Reach
}

// List gives orders, the latest first.
func (o *Orders) List(ctx context.Context, actor access.Actor, f Filter) ([]Order, error) {
	if err := access.Can(actor, access.StorageRead, f.Camera); err != nil {
		return nil, err
	}
	reach := access.ReachOf(actor, access.StorageRead)
	f.within = &reach
	all, err := o.list(ctx, o.DB.Read(), f)
	for i := range all {
		all[i].Cameras = reach.Of(all[i].Cameras)
	}
	return all, err
}

// Read gives one order to who may read about one of its cameras, with those about which they may.
func (o *Orders) Read(ctx context.Context, actor access.Actor, id string) (Order, error) {
	one, err := o.Get(ctx, id)
	if err == nil {
		err = access.OnAny(actor, access.StorageRead, one.Cameras)
	}
	if err != nil {
		return Order{}, err
	}
	one.Cameras = access.ReachOf(actor, access.StorageRead).Of(one.Cameras)
	return one, nil
}

// Get gives one order, or ErrUnknown. It asks for no right.
func (o *Orders) Get(ctx context.Context, id string) (Order, error) {
	all, err := o.list(ctx, o.DB.Read(), Filter{ID: id})
	if err != nil {
		return Order{}, err
	}
	if len(all) == 0 {
		return Order{}, ErrUnknown
	}
	return all[0], nil
}

// Due gives the orders that are approved and not carried out, in the order of their
// approval. tx is the transaction in which it is decided what goes.
func (o *Orders) Due(ctx context.Context, tx bun.IDB) ([]Order, error) {
	all, err := o.all(ctx, tx, Filter{State: Approved})
	slices.SortFunc(all, func(a, b Order) int { return cmp.Compare(a.DecidedAt, b.DecidedAt) })
	return all, err
}

// Late gives the orders that were carried out and have footage again that lies wholly
// inside: it was told of late, or has come back.
func (o *Orders) Late(ctx context.Context, tx bun.IDB) ([]Order, error) {
	return o.all(ctx, tx, Filter{State: Executed, late: true})
}

// page is how many orders are read at once.
const page = 500

// all gives every order, the oldest first: many that wait for the end of a hold, or for a
// disk, keep none from being carried out.
func (o *Orders) all(ctx context.Context, tx bun.IDB, f Filter) (all []Order, err error) {
	f.Limit, f.behind = page, &Order{RequestedAt: math.MinInt64}
	for {
		some, err := o.list(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); len(some) < page {
			return all, nil
		}
		f.behind = &some[len(some)-1]
	}
}

// Owed gives both: what orders have still to remove.
func (o *Orders) Owed(ctx context.Context, tx bun.IDB) ([]Order, error) {
	due, err := o.Due(ctx, tx)
	if err != nil {
		return nil, err
	}
	late, err := o.Late(ctx, tx)
	return append(due, late...), err
}

// Stands gives the interval that an order removes of a camera. ok is false unless it was
// approved by two.
func (o *Orders) Stands(ctx context.Context, tx bun.IDB, id, camera string) (from, to int64, ok bool, err error) {
	all, err := o.list(ctx, tx, Filter{ID: id})
	if err != nil || len(all) == 0 || all[0].State != Approved && all[0].State != Executed || !slices.Contains(all[0].Cameras, camera) {
		return 0, 0, false, err
	}
	return all[0].From, all[0].To, true, nil
}

func (o *Orders) list(ctx context.Context, tx bun.IDB, f Filter) ([]Order, error) {
	var rows []orderRow
	q := tx.NewSelect().Model(&rows).Limit(int64(min(cmp.Or(f.Limit, 100), page)))
	if f.behind == nil {
		q.OrderExpr("deletion.requested_at DESC, deletion.id DESC")
	} else {
		q.OrderExpr("deletion.requested_at, deletion.id").
			Where("(deletion.requested_at, deletion.id) > (?, ?)", f.behind.RequestedAt, f.behind.ID)
	}
	if f.ID != "" {
		q.Where("deletion.id = ?", f.ID)
	}
	if f.State != "" {
		q.Where("deletion.state = ?", string(f.State))
	}
	if f.Camera != "" {
		q.Where("EXISTS (SELECT 1 FROM deletion_order_cameras dc WHERE dc.deletion = deletion.id AND dc.camera = ?)", f.Camera)
	}
	if f.within != nil {
		if cameras, narrow := f.within.Narrow(); narrow {
			q.Where("EXISTS (SELECT 1 FROM deletion_order_cameras dc WHERE dc.deletion = deletion.id AND dc.camera IN (?))", bun.List(cameras))
		}
	}
	if f.late {
		q.Where("EXISTS (SELECT 1 FROM deletion_order_cameras dc JOIN segments s ON s.camera = dc.camera" +
			" AND s.start_at >= deletion.from_at AND s.start_at < deletion.to_at AND s.end_at <= deletion.to_at WHERE dc.deletion = deletion.id)")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list orders")
	}
	orders := make([]Order, len(rows))
	if len(rows) == 0 {
		return orders, nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var of []cameraRow
	if err := tx.NewSelect().Model(&of).Where("deletion IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list orders")
	}
	var said []Decision
	if err := tx.NewSelect().Model(&said).Where("deletion IN (?)", bun.List(ids)).OrderExpr("at, person").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list orders")
	}
	cameras, decisions := map[string][]string{}, map[string][]Decision{}
	for _, c := range of {
		cameras[c.Deletion] = append(cameras[c.Deletion], c.Camera)
	}
	for _, d := range said {
		decisions[d.Deletion] = append(decisions[d.Deletion], d)
	}
	for i, r := range rows {
		orders[i] = r.order(cameras[r.ID], decisions[r.ID])
	}
	return orders, withdrawals(ctx, tx, orders)
}

// withdrawals adds to withdrawn orders who took them back: their act alone tells it.
func withdrawals(ctx context.Context, tx bun.IDB, orders []Order) error {
	if !slices.ContainsFunc(orders, func(o Order) bool { return o.State == Withdrawn }) {
		return nil
	}
	acts, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: kindWithdrawn, Limit: ledger.MaxLimit})
	if err != nil {
		return err
	}
	for i := range acts {
		j := slices.IndexFunc(orders, func(o Order) bool { return o.ID == acts[i].Subject && o.State == Withdrawn })
		if j < 0 {
			continue
		}
		orders[j].WithdrawnBy = acts[i].Person
		orders[j].WithdrawnNote, _ = acts[i].Detail["note"].(string)
	}
	return nil
}

// Preview is what an order would remove at present, and what it would leave.
type Preview struct {
	Segments, Bytes int64 // wholly inside
	Held            int64 // of these, what a hold keeps for the time being
	Edges           []Edge
	// The interval that takes in all that it touches; that of the order where there is
	// no edge.
	From, To int64
}

// Edge is a segment that reaches beyond the interval and stays.
type Edge struct {
	Camera         string
	StartAt, EndAt int64
}

const maxSegment = int64(26 * time.Hour / time.Microsecond)

// Look tells what removing the interval would do, for a person who asks or decides.
func (o *Orders) Look(ctx context.Context, actor access.Actor, n New) (Preview, error) {
	n.Cameras = slices.Compact(slices.Sorted(slices.Values(n.Cameras)))
	if len(n.Cameras) == 0 || len(n.Cameras) > mostCameras {
		return Preview{}, ErrCameras.With("most", mostCameras)
	}
	for _, c := range n.Cameras {
		if access.Can(actor, access.DeletionApprove, c) == nil {
			continue
		}
		if err := access.Can(actor, access.DeletionRequest, c); err != nil {
			return Preview{}, err
		}
	}
	if n.From <= 0 || n.To <= n.From || n.To-n.From > longest.Microseconds() {
		return Preview{}, ErrInterval
	}
	return look(ctx, o.DB.Read(), n.Cameras, n.From, n.To)
}

func look(ctx context.Context, tx bun.IDB, cameras []string, from, to int64) (Preview, error) {
	p := Preview{From: from, To: to, Edges: []Edge{}}
	held, err := hold.Of(ctx, tx, cameras...)
	if err != nil {
		return p, err
	}
	for _, c := range cameras {
		var sum struct{ N, Bytes int64 }
		inside := func(columns string) *bun.SelectQuery {
			return tx.NewSelect().Table("segments").ColumnExpr(columns).Where("camera = ?", c).Where("start_at >= ? AND start_at < ? AND end_at <= ?", from, to, to)
		}
		if err := inside("COUNT(*) AS n, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes").Scan(ctx, &sum); err != nil {
			return p, problem.Wrap(err, "look at what an order removes")
		}
		p.Segments, p.Bytes = p.Segments+sum.N, p.Bytes+sum.Bytes
		before := from
		for _, h := range held[c] { // none overlap; a segment that meets two is counted at the first
			n, err := inside("1").Where("start_at >= ? AND start_at < ? AND end_at > ?", before, h.To, h.From).Count(ctx)
			if err != nil {
				return p, problem.Wrap(err, "look at what an order removes")
			}
			p.Held, before = p.Held+n, max(before, h.To)
		}
		var edges []Edge
		err := tx.NewSelect().Table("segments").Column("camera", "start_at", "end_at").Where("camera = ?", c).
			Where("start_at > ? AND start_at < ? AND end_at > ?", from-maxSegment, to, from).
			Where("(start_at < ? OR end_at > ?)", from, to).OrderExpr("start_at").Scan(ctx, &edges)
		if err != nil {
			return p, problem.Wrap(err, "look at what an order leaves")
		}
		for _, e := range edges {
			p.From, p.To = min(p.From, e.StartAt), max(p.To, e.EndAt)
		}
		p.Edges = append(p.Edges, edges...)
	}
	return p, nil
}

// figures are what was removed under an order, what stays at its edges, and what waits.
type figures struct {
	Removed int64 `json:"removed"`
	Bytes   int64 `json:"bytes"`
	Kept    int64 `json:"kept"`
	Held    int64 `json:"held"`
}

// What acts of an order tell since 0.3: its state from then on, decided at their instant, and
// its figures.
const (
	keyState   = "state"
	keyFigures = "figures"
)

// Progress brings an order in step with what was removed. Once nothing is left that it
// covers it is executed, and an act says so; another says that more of it was removed
// later.
func (o *Orders) Progress(ctx context.Context, id string) error {
	var state State
	err := o.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := o.list(ctx, tx, Filter{ID: id})
		if err != nil || len(all) == 0 || all[0].State != Approved && all[0].State != Executed {
			return err
		}
		now := all[0]
		left, err := look(ctx, tx, now.Cameras, now.From, now.To)
		if err != nil {
			return err
		}
		var gone struct{ N, Bytes, Unfinished int64 } // what was told of and is there still is not gone
		err = tx.NewSelect().Table("tombstones").Where("authority = ?", id).
			ColumnExpr("COUNT(finished_at) AS n, CAST(COALESCE(SUM(CASE WHEN finished_at IS NULL THEN 0 ELSE bytes END), 0) AS BIGINT) AS bytes, COUNT(*) - COUNT(finished_at) AS unfinished").
			Scan(ctx, &gone)
		if err != nil {
			return problem.Wrap(err, "count what an order removed")
		}
		state = ""
		at := o.Clock.Micro()
		q := tx.NewUpdate().Model((*orderRow)(nil)).Set("removed = ?", gone.N).Set("bytes = ?", gone.Bytes).
			Set("kept = ?", len(left.Edges)).Set("held = ?", left.Held).Where("id = ?", id)
		is := figures{gone.N, gone.Bytes, int64(len(left.Edges)), left.Held}
		kind, segments, bytes := kindExecuted, gone.N, gone.Bytes
		switch {
		case left.Segments > 0 || gone.Unfinished > 0:
		case now.State == Approved:
			state = Executed
			q.Set("state = ?", string(Executed)).Set("executed_at = ?", at)
		case gone.N > now.Removed:
			state, kind = Executed, kindContinued
			segments, bytes = gone.N-now.Removed, gone.Bytes-now.Bytes
		}
		if now.State == Executed && state == "" { // what came back is counted when all of it is gone
			q = tx.NewUpdate().Model((*orderRow)(nil)).Set("held = ?", left.Held).Where("id = ?", id)
			is = figures{now.Removed, now.Bytes, now.Kept, left.Held}
		}
		if _, err := q.Exec(ctx); err != nil {
			return problem.Wrap(err, "note what an order removed")
		}
		if state != Executed && is == (figures{now.Removed, now.Bytes, now.Kept, now.Held}) {
			return nil
		}
		row := orderRow{ID: id, Ground: now.Ground, Reason: now.Reason, Document: now.Document, FromAt: now.From, ToAt: now.To}
		if state != Executed {
			return record(ctx, tx, access.Actor{}, at, kindProgressed, row, now.Cameras, map[string]any{keyFigures: is})
		}
		return record(ctx, tx, access.Actor{}, at, kind, row, now.Cameras,
			map[string]any{"segments": segments, "bytes": bytes, "kept": len(left.Edges), keyFigures: is})
	})
	if err == nil && state == Executed {
		o.tell(id, state)
	}
	return err
}
