package loss

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// How far back outages are looked for that have ended: a start-up may take in what
// happened while nobody looked. What ended still earlier is looked for behind the first look;
// see lookBack.
const (
	firstLook = 7 * 24 * time.Hour
	nextLook  = 2 * 24 * time.Hour
)

// Scan opens statements for outages that have none, adds cameras to those that are
// open, and notes which have ended. One goroutine at a time.
func (k *Keeper) Scan(ctx context.Context) error {
	now := k.Clock.Micro()
	back := nextLook
	if !k.began {
		back = firstLook
	}
	since := now - back.Microseconds()
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return err
	}
	settled := func(c string) bool { return k.Settled == nil || k.Settled(c) }
	retired := make(map[string]int64, len(cameras)) // by camera whose coverage can be judged
	for _, c := range cameras {
		if settled(c.ID) {
			retired[c.ID] = c.RetiredAt
		}
	}
	gaps, err := k.Gaps(ctx, since)
	if err != nil {
		return err
	}
	maps.DeleteFunc(retired, func(c string, _ int64) bool { return !settled(c) })
	var members []memberRow
	err = k.DB.Read().NewSelect().Model(&members).Where("to_at IS NULL OR to_at > ?", since).Where("cause NOT IN (?)", bun.List(lostCauses)).OrderExpr("camera, from_at").Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "read the cameras of footage-loss statements")
	}
	parts, err := said(ctx, k.DB.Read(), members)
	if err != nil {
		return err
	}
	known := map[string][]memberRow{}
	for _, m := range members {
		known[m.Camera] = append(known[m.Camera], m)
	}
	byCamera := map[string][]archive.GapRow{}
	for _, g := range gaps {
		byCamera[g.Camera] = append(byCamera[g.Camera], g)
	}
	var missing []outage
	for _, camera := range slices.Sorted(maps.Keys(byCamera)) {
		gone, inRegistry := retired[camera]
		if !inRegistry {
			continue // rows of a camera that this registry does not know, or that are on their way
		}
		found := outages(served(byCamera[camera], gone), k.Plan, now)
		become, ended := map[*memberRow][]outage{}, map[*memberRow]bool{} // where footage was found late one may have become several
		for _, o := range found {
			m := match(known[camera], &o)
			switch {
			case m != nil:
				if become[m] = append(become[m], o); m.ToAt == nil && !o.lasts() {
					if err := k.end(ctx, m, o.end); err != nil {
						return err
					}
					ended[m] = true
				}
			case o.length(now) >= k.StatementAfter().Microseconds() && o.end > since:
				missing = append(missing, o)
			}
		}
		for i := range known[camera] {
			m := &known[camera][i]
			if err := k.follow(ctx, m, become[m], since); err != nil {
				return err
			}
			if whole := m.FromAt > since; len(become[m]) > 0 && (whole || m.ToAt == nil || ended[m]) { // of what ended earlier journals may be gone
				if err := k.account(ctx, m, become[m], parts[memberKey{m.Camera, m.FromAt}], whole, now); err != nil {
					return err
				}
			}
		}
		if err := k.vanished(ctx, known[camera], found, since); err != nil {
			return err
		}
	}
	for camera, list := range known { // a camera all of whose gaps have turned out to be recorded
		if _, judged := retired[camera]; judged && byCamera[camera] == nil {
			if err := k.vanished(ctx, list, nil, since); err != nil {
				return err
			}
		}
	}
	if err := k.openAll(ctx, missing, now); err != nil {
		return err
	}
	if err := k.scanGone(ctx, retired, now); err != nil {
		return err
	}
	k.began = true
	before, err := k.lookBack(ctx, retired, now)
	if err != nil {
		return err
	}
	return k.openAll(ctx, before, now)
}

func (k *Keeper) openAll(ctx context.Context, missing []outage, now int64) error {
	slices.SortFunc(missing, byStart)
	for i := range missing {
		every.Alive(ctx)
		if err := k.open(ctx, &missing[i], now); err != nil {
			return err
		}
	}
	return nil
}

// served leaves what a camera lost while it was in service: nothing is lost of one that is no
// more. ended is 0 while it is.
func served(gaps []archive.GapRow, ended int64) []archive.GapRow {
	if ended == 0 {
		return gaps
	}
	gaps = slices.DeleteFunc(gaps, func(g archive.GapRow) bool { return g.Start >= ended })
	for i := range gaps {
		gaps[i].End = min(gaps[i].End, ended)
	}
	return gaps
}

// match finds the part of a statement that an outage is.
func match(list []memberRow, o *outage) *memberRow {
	for i := range list {
		m := &list[i]
		end := int64(math.MaxInt64)
		if m.ToAt != nil {
			end = *m.ToAt
		}
		if o.start <= end && m.FromAt < o.end {
			return m
		}
	}
	return nil
}

// follow notes that an outage that has ended proved another than was noted.
func (k *Keeper) follow(ctx context.Context, m *memberRow, list []outage, since int64) error {
	for i := range list {
		o := &list[i]
		if m.ToAt != nil && !o.lasts() && m.FromAt > since && (o.end < *m.ToAt || o.start > m.FromAt+seam) {
			if err := k.revise(ctx, m, max(o.start, m.FromAt), o.end, len(list)); err != nil {
				return err
			}
		}
	}
	return nil
}

// vanished looks for parts of statements that no outage is any more, among those that
// began late enough to be seen whole.
func (k *Keeper) vanished(ctx context.Context, list []memberRow, found []outage, since int64) error {
	for i := range list {
		m := &list[i]
		if m.FromAt <= since || slices.ContainsFunc(found, func(o outage) bool { return match([]memberRow{*m}, &o) != nil }) {
			continue
		}
		if m.ToAt == nil { // as short as the program knows of it
			if err := k.end(ctx, m, m.FromAt); err != nil {
				return err
			}
		}
		if err := k.revise(ctx, m, m.FromAt, m.FromAt, 1); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) end(ctx context.Context, m *memberRow, at int64) error {
	err := k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*memberRow)(nil)).Set("to_at = ?", at).
			Where("camera = ?", m.Camera).Where("from_at = ?", m.FromAt).Where("to_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		return ledger.Record(ctx, tx, ledger.Act{At: k.Clock.Micro(), Kind: actEnded, Subject: m.Loss, Camera: m.Camera,
			Detail: map[string]any{"from": m.FromAt, "to": at}})
	})
	if err != nil {
		return problem.Wrap(err, "end an outage")
	}
	m.ToAt = &at
	k.tell(m.Loss, m.Camera)
	return nil
}

// revise adds that an outage proved another, or one of so many, unless that was said last.
func (k *Keeper) revise(ctx context.Context, m *memberRow, from, until int64, of int) error {
	s, err := k.Get(ctx, m.Loss)
	if err != nil {
		return err
	}
	v := Revision{Camera: m.Camera, From: m.FromAt, NowFrom: from, NowUntil: until}
	for _, old := range slices.Backward(s.Revisions) {
		if old.Camera != v.Camera || old.From != v.From {
			continue
		}
		if old.NowFrom == v.NowFrom && old.NowUntil == v.NowUntil {
			return nil
		}
		if of--; of <= 0 {
			break
		}
	}
	content, err := json.Marshal(&v)
	if err != nil {
		return problem.Wrap(err, "write a revision")
	}
	row := entryRow{ID: db.NewID(), Loss: m.Loss, At: max(k.Clock.Micro(), lastSaid(&s)+1), Kind: kindRevision, Content: string(content)}
	err = k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, ledger.Act{At: row.At, Kind: actRevised, Subject: m.Loss, Camera: m.Camera,
			Detail: map[string]any{"from": m.FromAt, "nowFrom": from, "nowUntil": until}})
	})
	if err != nil {
		return problem.Wrap(err, "revise a footage-loss statement")
	}
	k.tell(m.Loss, m.Camera)
	return nil
}

// open gives an outage its statement: one that is open and tells of the same, or a new
// one.
func (k *Keeper) open(ctx context.Context, o *outage, now int64) error {
	member := memberRow{Camera: o.camera, FromAt: o.start, Cause: o.cause}
	if !o.lasts() {
		member.ToAt = &o.end
	}
	if k.Alarmed != nil {
		if at := k.Alarmed(o.camera, o.start, min(o.end, now)); at != 0 {
			member.AlarmAt = &at
		}
	}
	at := k.Clock.Micro() // the scan may have begun long before
	err := k.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var near []lossRow
		err := tx.NewSelect().Model(&near).Where("loss.cause = ?", string(o.cause)).
			Where("loss.from_at BETWEEN ? AND ?", o.start-time.Hour.Microseconds(), o.start+time.Hour.Microseconds()).
			Where("NOT EXISTS (SELECT 1 FROM loss_entries e WHERE e.loss = loss.id AND e.kind = 'explanation')").
			OrderExpr("loss.number DESC").Scan(ctx)
		if err != nil {
			return err
		}
		member.Loss = ""
		for _, r := range near {
			if together(o.cause, r.FromAt, o) {
				member.Loss = r.ID
				break
			}
		}
		kind := actAdded
		detail := map[string]any{"from": o.start, "cause": string(o.cause), "to": int64(0), "alarm": int64(0)}
		if member.ToAt != nil {
			detail["to"] = *member.ToAt
		}
		if member.AlarmAt != nil {
			detail["alarm"] = *member.AlarmAt
		}
		if member.Loss == "" {
			kind = actOpened
			row := lossRow{ID: db.NewID(), At: at, FromAt: o.start, Cause: string(o.cause)}
			if err := tx.NewSelect().Model((*lossRow)(nil)).ColumnExpr("COALESCE(MAX(number), 0) + 1").Scan(ctx, &row.Number); err != nil {
				return err
			}
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return err
			}
			member.Loss, detail["number"] = row.ID, row.Number
		}
		if _, err := tx.NewInsert().Model(&member).Exec(ctx); err != nil {
			return err
		}
		err = ledger.Record(ctx, tx, ledger.Act{At: at, Kind: kind, Subject: member.Loss, Camera: o.camera, Detail: detail})
		if err != nil || len(o.causes) < 2 {
			return err
		}
		parts := slices.Clone(o.causes)
		for i := range parts {
			if o.lasts() {
				parts[i].Lasted = 0
			}
		}
		return tellParts(ctx, tx, &member, parts, at)
	})
	if err != nil {
		if db.IsUnique(err, "loss_cameras.camera", "loss_cameras.from_at") {
			return nil // another process was first
		}
		return problem.Wrap(err, "open a footage-loss statement")
	}
	k.tell(member.Loss, o.camera)
	return nil
}
