package loss

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// lostCauses are those of time that was recorded and whose footage is missing or altered. Their
// outages are found by what stands as damaged, whenever it was recorded, and not by the account.
var lostCauses = []media.Cause{media.CauseFootageMissing, media.CauseFootageDamaged}

// rest is how many times as long as it took the search for such outages is left alone then: a
// disk that was given up has hundreds of thousands of segments.
const rest = 20

// scanGone opens statements for footage that is missing or altered and of which none tells, and
// adds to those of which it is there again, or only a part is not. The plan excuses nothing: it
// was recorded.
func (k *Keeper) scanGone(ctx context.Context, retired map[string]int64, now int64) error {
	began := k.Clock.Reading()
	if k.Gone == nil || began.Before(k.gone) {
		return nil
	}
	rows, err := k.Gone(ctx)
	if err != nil {
		return err
	}
	var members []memberRow
	err = k.DB.Read().NewSelect().Model(&members).Where("cause IN (?)", bun.List(lostCauses)).OrderExpr("camera, from_at").Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "read the cameras of footage-loss statements")
	}
	if len(rows)+len(members) == 0 {
		return nil
	}
	revised, err := revisions(ctx, k.DB.Read(), members)
	if err != nil {
		return err
	}
	gone, known := map[string][]archive.GapRow{}, map[string][]memberRow{}
	for _, g := range rows {
		gone[g.Camera] = append(gone[g.Camera], g)
	}
	for _, m := range members {
		known[m.Camera] = append(known[m.Camera], m)
	}
	for i := range members {
		m := &members[i]
		from, to := of(m, gone[m.Camera])
		last, told := revised[memberKey{m.Camera, m.FromAt}]
		if !told {
			last.NowFrom, last.NowUntil = m.FromAt, until(m)
		}
		if last.NowFrom != from || last.NowUntil != to {
			if err := k.revise(ctx, m, from, to, 1); err != nil {
				return err
			}
		}
	}
	var missing []outage
	for camera, list := range gone {
		if _, judged := retired[camera]; judged {
			missing = append(missing, k.untold(list, known[camera], now)...)
		}
	}
	err = k.openAll(ctx, missing, now)
	ended := k.Clock.Reading()
	k.gone = ended.Add(rest * ended.Sub(began))
	return err
}

// GoneIn gives the time whose footage stands as missing or altered in the records.
func GoneIn(d *db.DB) func(context.Context) ([]archive.GapRow, error) {
	return func(ctx context.Context) (rows []archive.GapRow, err error) {
		gone, err := damage.Gone(ctx, d.Read(), math.MinInt64, math.MaxInt64)
		for camera, list := range gone {
			for _, g := range list {
				rows = append(rows, archive.GapRow{Camera: camera, Start: g.Start, End: g.End, Cause: g.Cause})
			}
		}
		return rows, err
	}
}

// until is where a part of a statement ends; these never last.
func until(m *memberRow) int64 {
	if m.ToAt == nil {
		return m.FromAt
	}
	return *m.ToAt
}

// of is what of a part of a statement is still gone: from where to where. Both are its
// beginning where nothing is.
func of(m *memberRow, gone []archive.GapRow) (from, to int64) {
	from, to = m.FromAt, m.FromAt
	for _, g := range gone {
		if g.End <= m.FromAt || g.Start >= until(m) {
			continue
		}
		if to == m.FromAt {
			from = max(g.Start, m.FromAt)
		}
		to = max(to, min(g.End, until(m)))
	}
	return from, to
}

// untold gives what no part of a statement tells of, of outages that are long enough.
func (k *Keeper) untold(gone []archive.GapRow, known []memberRow, now int64) (missing []outage) {
	var left []archive.GapRow
	for _, g := range gone {
		for _, m := range known { // in order
			if until(&m) <= g.Start || m.FromAt >= g.End {
				continue
			}
			if before := g; m.FromAt > g.Start {
				before.End = m.FromAt
				left = append(left, before)
			}
			g.Start = max(g.Start, until(&m))
		}
		if g.Start < g.End {
			left = append(left, g)
		}
	}
	all := outages(gone, nil, now)
	for _, o := range outages(left, nil, now) {
		if slices.ContainsFunc(all, func(whole outage) bool {
			return whole.start <= o.start && o.start < whole.end && whole.length(now) >= k.StatementAfter().Microseconds()
		}) && o.end-o.start >= time.Second.Microseconds() {
			missing = append(missing, o)
		}
	}
	return missing
}

// revisions gives the last revision of each of some parts of statements.
func revisions(ctx context.Context, tx bun.IDB, members []memberRow) (map[memberKey]Revision, error) {
	if len(members) == 0 {
		return nil, nil
	}
	var ids []string
	for _, m := range members {
		ids = append(ids, m.Loss)
	}
	slices.Sort(ids)
	var rows []entryRow
	err := tx.NewSelect().Model(&rows).Where("kind = ?", kindRevision).Where("loss IN (?)", bun.List(slices.Compact(ids))).OrderExpr("at, id").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read the revisions of footage-loss statements")
	}
	out := map[memberKey]Revision{}
	for i := range rows {
		var v Revision
		if err := json.Unmarshal([]byte(rows[i].Content), &v); err != nil {
			return nil, problem.Wrap(err, "read a revision")
		}
		out[memberKey{v.Camera, v.From}] = v
	}
	return out, nil
}
