package audit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/judge"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/seal"
	"watchroom/internal/archive/warrant"
)

// Proved implements warrant.Log over the log that is verified and those before it.
func (a *Audit) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if origin != a.Origin {
		if a.Ended == nil {
			return nil, warrant.ErrNone
		}
		return a.Ended.Proved(ctx, origin, index)
	}
	if index < 0 || index >= a.Log.Size()+unsigned {
		return nil, warrant.ErrNone
	}
	if index >= a.st.Size { // it came while this verification ran
		return nil, warrant.ErrWaiting
	}
	for b, err := range a.Log.Entries(ctx, index, index+1) { // the tree over all was verified
		return b, err
	}
	return nil, warrant.ErrNone
}

// place is that of a log, by its number, among all of the node, the oldest first.
func (a *Audit) place(log int) int {
	if i := slices.IndexFunc(a.Earlier, func(s Source) bool { return s.Number == log }); i >= 0 {
		return i
	}
	return len(a.Earlier)
}

// judge reads what people have allowed. untrue names rows that the acts do not tell of.
func (a *Audit) judge(ctx context.Context) (j *judge.Judge, untrue []string, err error) {
	j = &judge.Judge{Log: a, Began: a.began, Roots: seal.Paths(a.Volumes)}
	for i := range a.Earlier {
		j.Logs = append(j.Logs, a.Earlier[i].Origin)
	}
	j.Logs = append(j.Logs, a.Origin)
	for _, f := range a.lost {
		j.Lost = append(j.Lost, judge.Lost{Log: a.place(f.Log), Leaf: f.Leaf, Action: f.Detail})
	}
	untrue, err = j.Read(ctx, a.DB)
	return j, untrue, err
}

// removals asks of every tombstone whether the acts that the log proves allowed it at its
// time: an order by three people, or a rule whose days were over, and no hold. How old the
// footage was the entry of its segment says, and by how much the clock was behind its
// journals: a removal tells of itself what it likes. What people had allowed by then is
// told by the order of the logs, too: the clock may have been set back since. Rows
// of orders, rules and holds that the acts do not tell of are named, too.
func (a *Audit) removals(ctx context.Context) error {
	j, untrue, err := a.judge(ctx)
	if err != nil {
		return err
	}
	other, err := rows.Otherwise(ctx, a.DB, a.Facts...)
	if err != nil {
		return err
	}
	var found []Finding
	for _, d := range other {
		found = append(found, Finding{Kind: finding.RecordUntrue, Leaf: -1, Row: d.Row, Detail: d.Why})
	}
	for _, row := range untrue {
		if slices.ContainsFunc(found, func(f Finding) bool { return f.Row == row }) {
			continue // it is named with what differs
		}
		found = append(found, Finding{Kind: finding.RecordUntrue, Leaf: -1, Row: row})
	}
	err = a.st.each(ctx, func(r *sql.Rows) error {
		var index int64
		var log int
		var t archive.Tombstone
		if err := r.Scan(&index, &log, &t.File, &t.Camera, &t.StartAt, &t.EndAt, &t.At, &t.Ground, &t.Authority); err != nil {
			return err
		}
		kind, why, err := j.Of(&t, a.place(log), index)
		if kind != "" {
			found = append(found, Finding{Kind: kind, Leaf: index, Log: log, File: t.File, Detail: why})
		}
		return err
	}, `SELECT graves.leaf, graves.log, graves.file, COALESCE(segs.camera, graves.camera), COALESCE(segs.start, graves.start), COALESCE(segs.stop, graves.stop),
		graves.at, graves.ground, graves.rule FROM graves LEFT JOIN segs ON segs.file = graves.file ORDER BY graves.log, graves.leaf`)
	if err != nil {
		return err
	}
	if err := a.step(ctx, func(tx) ([]Finding, error) { return found, nil }); err != nil {
		return err
	}
	return a.graves(ctx)
}

// coverage asks of all time that the account calls recorded whether there is footage of
// it, or was, and of every gap whether the journals tell of it so. Account and footage of a camera are read at one instant, since one follows
// the other.
func (a *Audit) coverage(ctx context.Context) error {
	var cameras []string
	if err := a.DB.Read().NewRaw("SELECT camera FROM coverage WHERE camera > ? UNION SELECT camera FROM journal_cursors WHERE camera > ? ORDER BY camera", a.st.Pos, a.st.Pos).Scan(ctx, &cameras); err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	for i, camera := range cameras {
		var spans, told []rows.Stretch
		var is rows.Account
		err := a.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
			var err error
			if is, err = rows.AccountOf(ctx, tx, camera); err != nil {
				return err
			}
			if err := tx.NewRaw("SELECT start_at, end_at FROM coverage WHERE camera = ? AND kind = 'recorded' ORDER BY start_at", camera).Scan(ctx, &spans); err != nil {
				return err
			}
			return tx.NewRaw("SELECT start_at, end_at FROM segments WHERE camera = ? ORDER BY start_at", camera).Scan(ctx, &told)
		})
		if err != nil {
			return fmt.Errorf("read the account: %w", err)
		}
		a.st.Pos = camera
		otherwise, err := a.retell(ctx, camera, &is)
		if err != nil {
			return err
		}
		var found []Finding
		for _, d := range rows.Unfounded(camera, spans, told, a.young, a.edge()) {
			found = append(found, Finding{Kind: finding.CoverageUntrue, Leaf: -1, Row: d.Row, Detail: d.Why})
		}
		for _, f := range otherwise { // each row once
			if !slices.ContainsFunc(found, func(g Finding) bool { return g.Row == f.Row }) {
				found = append(found, f)
			}
		}
		if err := a.step(ctx, func(tx) ([]Finding, error) { return found, nil }); err != nil {
			return err
		}
		a.progress(PhaseCoverage, int64(i+1), int64(len(cameras)))
	}
	return nil
}
