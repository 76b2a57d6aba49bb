package snapshot

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Cameras implements retention.Pictures.
func (s *Snapshots) Cameras(ctx context.Context) (all []string, err error) {
	err = s.DB.Read().NewSelect().Model((*snapshotRow)(nil)).ColumnExpr("DISTINCT snapshot.camera").OrderExpr("snapshot.camera").Scan(ctx, &all)
	return all, problem.Wrap(err, "list the cameras of snapshots")
}

// Due implements retention.Pictures.
func (s *Snapshots) Due(ctx context.Context, camera string, from, to int64, after retention.Picture, limit int) (all []retention.Picture, err error) {
	var rows []snapshotRow
	err = s.DB.Read().NewSelect().Model(&rows).Column("id", "at").Where("snapshot.camera = ?", camera).Where("snapshot.at >= ? AND snapshot.at < ?", from, to).
		Where("(snapshot.at > ? OR snapshot.at = ? AND snapshot.id > ?)", after.At, after.At, after.ID).Where(left).
		OrderExpr("snapshot.at, snapshot.id").Limit(int64(limit)).Scan(ctx)
	for _, r := range rows {
		all = append(all, retention.Picture{ID: r.ID, At: r.At})
	}
	return all, problem.Wrap(err, "look for snapshots whose time is over")
}

// Lapse implements retention.Pictures. The word comes before the deed: a crash between them
// leaves a file, and never a picture that is gone without a word.
func (s *Snapshots) Lapse(ctx context.Context, camera string, some []retention.Picture, lawful func(context.Context, bun.IDB, []retention.Picture) ([]retention.Picture, string, error)) (gone int, err error) {
	var rows []snapshotRow
	ids := make([]string, len(some))
	for i, p := range some {
		ids[i] = p.ID
	}
	if err := s.DB.Read().NewSelect().Model(&rows).Where("snapshot.id IN (?)", bun.List(ids)).Where("snapshot.camera = ?", camera).OrderExpr("snapshot.at, snapshot.id").Scan(ctx); err != nil {
		return 0, problem.Wrap(err, "read snapshots whose time is over")
	}
	rows, untrue, err := s.honest(ctx, camera, rows)
	if err != nil {
		return 0, err
	}
	var going []snapshotRow
	err = s.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		may, rule, err := lawful(ctx, tx, some)
		if err != nil {
			return err
		}
		going = slices.DeleteFunc(slices.Clone(rows), func(r snapshotRow) bool {
			return !slices.Contains(may, retention.Picture{ID: r.ID, At: r.At})
		})
		return s.noted(ctx, tx, camera, going, removalRow{Ground: journal.GroundMaximum, Authority: rule, Class: retention.Snapshot}, false)
	})
	if err != nil {
		return 0, err
	}
	if err := s.eraseAll(going); err != nil {
		return 0, err
	}
	err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return finished(ctx, tx, going, s.Clock.Micro()) })
	if err != nil {
		return 0, problem.Wrap(err, "note which snapshots were removed")
	}
	if len(untrue) > 0 {
		return len(going), &warrant.Untrue{Rows: untrue}
	}
	return len(going), nil
}

// Stock tells what there is of the pictures of a camera that were at an instant in one of some
// intervals (µs), and were not removed; of all with none.
func (s *Snapshots) Stock(ctx context.Context, camera string, of ...retention.Window) (out retention.Stock, err error) {
	if of == nil {
		of = []retention.Window{{From: 0, To: 1<<63 - 1}}
	}
	for _, w := range of {
		var one retention.Stock
		err := s.DB.Read().NewSelect().Model((*snapshotRow)(nil)).ColumnExpr("COUNT(*), CAST(COALESCE(SUM(snapshot.bytes), 0) AS BIGINT), CAST(COALESCE(MIN(snapshot.at), 0) AS BIGINT)").
			Where("snapshot.camera = ?", camera).Where("snapshot.at >= ? AND snapshot.at < ?", w.From, w.To).
			Where("NOT EXISTS (SELECT 1 FROM snapshot_removals sr WHERE sr.snapshot = snapshot.id)").Scan(ctx, &one.Pictures, &one.Bytes, &one.Oldest)
		if err != nil {
			return out, problem.Wrap(err, "count snapshots")
		}
		out.Add(one)
	}
	return out, nil
}

// GoneFilter narrows Gone. Empty fields narrow nothing.
type GoneFilter struct {
	Camera    string
	Within    *[]string // of these cameras
	Authority string    // a rule or an order
	Before    string    // a snapshot: only what was removed earlier
	Limit     int       // 0 means 100
}

// Gone gives snapshots whose pictures were removed, the latest removal first.
func (s *Snapshots) Gone(ctx context.Context, f GoneFilter) ([]Snapshot, error) {
	var rows []snapshotRow
	q := s.DB.Read().NewSelect().Model(&rows).Join("JOIN snapshot_removals sr ON sr.snapshot = snapshot.id").
		OrderExpr("sr.at DESC, sr.snapshot DESC").Limit(int64(cmp.Or(min(f.Limit, 1000), 100)))
	if f.Camera != "" {
		q.Where("snapshot.camera = ?", f.Camera)
	}
	if f.Within != nil {
		q.Where("snapshot.camera IN (?)", bun.List(*f.Within))
	}
	if f.Authority != "" {
		q.Where("sr.authority = ?", f.Authority)
	}
	if f.Before != "" {
		q.Join("JOIN snapshot_removals b ON b.snapshot = ?", f.Before).Where("sr.at < b.at OR sr.at = b.at AND sr.snapshot < b.snapshot")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list removed snapshots")
	}
	all := make([]Snapshot, len(rows))
	for i, r := range rows {
		all[i] = r.snapshot()
	}
	return all, s.removals(ctx, all)
}
