// Package reach tells what of the footage that is due can be removed at present: it lies
// where something answers, and nothing locks it there. The rest waits with its rows as they
// are, so that nothing is told to be gone that is not, and a hold that comes meanwhile has it.
package reach

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/locks"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/problem"
)

// Places are where footage lies.
type Places interface {
	// Answering names the places from which footage can be removed at present: disks of
	// this machine, and tiers. It asks nobody.
	Answering() (disks, tiers []string)
	// Able gives those of some segments that can be removed now, and those of which that
	// could not be found out. It asks the tiers, and notes what they keep. err tells why
	// some are doubtful, and takes nothing back of what is able.
	Able(ctx context.Context, segments []archive.Segment) (able, doubtful []archive.Segment, err error)
}

// Within is the part of the footage that is in reach.
type Within struct {
	Places Places // nil: all that nothing locks
	Near   bool   // on the disks of this machine alone

	doubtful []archive.Segment // nobody could tell whether they can be removed; passed over
}

// now gives the names of the places in reach; ok is false where all are.
func (w Within) now() (names []string, ok bool) {
	if w.Places == nil {
		return nil, false
	}
	disks, tiers := w.Places.Answering()
	if w.Near {
		return disks, true
	}
	return slices.Concat(disks, tiers), true
}

// Far tells whether there are tiers at all.
func (w Within) Far() bool {
	if w.Places == nil {
		return false
	}
	_, tiers := w.Places.Answering()
	return len(tiers) > 0
}

// Narrow narrows a query over segments to what is in reach at an instant (µs).
func (w Within) Narrow(q *bun.SelectQuery, now int64) *bun.SelectQuery {
	if names, ok := w.now(); ok {
		q.Where("segment.volume IN (?)", bun.List(names))
	}
	if len(w.doubtful) > 0 {
		files := make([]string, len(w.doubtful))
		for i, s := range w.doubtful {
			files[i] = s.File
		}
		q.Where("segment.file NOT IN (?)", bun.List(files))
	}
	return locks.Open(q, now)
}

// Able gives those of some segments that can be removed now. What cannot be told of is out
// of reach from then on; err tells why, beside what is able.
func (w *Within) Able(ctx context.Context, segments []archive.Segment) ([]archive.Segment, error) {
	if w.Places == nil || len(segments) == 0 {
		return segments, nil
	}
	able, doubtful, err := w.Places.Able(ctx, segments)
	w.doubtful = append(w.doubtful, doubtful...)
	return able, err
}

// Waits is footage that is due and cannot be removed yet.
type Waits struct {
	Away, Locked int   // segments
	Until        int64 // µs, when the last lock ends that is known; 0: none is
}

// unfinished adds a removal that is told of and whose file could not be removed: it is
// locked until an instant (µs), or its place does not answer where that is 0.
func (w *Waits) unfinished(until int64) {
	if until == 0 {
		w.Away++
		return
	}
	w.Locked, w.Until = w.Locked+1, max(w.Until, until)
}

// Add adds what waits elsewhere.
func (w *Waits) Add(o Waits) {
	w.Away, w.Locked, w.Until = w.Away+o.Away, w.Locked+o.Locked, max(w.Until, o.Until)
}

// Kept gives what is due and out of reach at an instant (µs), and kept with all whose time
// has not come: that, and footage that is younger than its times say. What was derived from
// footage does not go before it.
func (w Within) Kept(ctx context.Context, tx bun.IDB, d Due, kept []hold.Interval, now int64) (Waits, []hold.Interval, error) {
	waits, out, err := w.waiting(ctx, tx, d, kept, now)
	if err != nil {
		return waits, nil, err
	}
	all := slices.Concat(kept, out)
	for _, s := range w.doubtful {
		if s.Camera == d.Camera {
			all = append(all, hold.Interval{From: s.StartAt, To: s.EndAt})
		}
	}
	if !d.AsRecorded { // what stays because the clock was behind keeps its pictures
		younger, err := stepped.Younger(ctx, tx, d.Camera, d.By)
		if err != nil {
			return waits, nil, err
		}
		for _, s := range younger {
			all = append(all, hold.Interval{From: s.Start, To: s.End})
		}
	}
	return waits, hold.Joined(all), nil
}

// Due is footage of a camera that may go: what begins in [From, To) and ends at or before
// By, and is as old as that, unless it goes by the times that were recorded.
type Due struct {
	Camera       string
	From, To, By int64 // µs
	AsRecorded   bool
}

// waiting looks for what is due and out of reach, and that nobody keeps, and gives when it
// was: pictures of what lies between go.
func (w Within) waiting(ctx context.Context, tx bun.IDB, d Due, kept []hold.Interval, now int64) (out Waits, when []hold.Interval, err error) {
	names, some := w.now()
	for _, f := range hold.Apart(math.MinInt64, d.By, kept) {
		from, to := max(d.From, f.From), min(d.To, f.To)
		if from >= to {
			continue
		}
		among := func() *bun.SelectQuery {
			q := tx.NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("start_at, end_at").OrderExpr("start_at").
				Where("camera = ?", d.Camera).Where("state = ''").Where("start_at >= ? AND start_at < ? AND end_at <= ?", from, to, f.To)
			if !d.AsRecorded {
				q.Where("aged_at <= ?", d.By)
			}
			return q
		}
		var shut, away []struct{ StartAt, EndAt, Until int64 }
		q := locks.Shut(among(), now).ColumnExpr("(SELECT MAX(k.until_at) FROM tier_locks k WHERE k.file = segment.file) AS until")
		if err := q.Scan(ctx, &shut); err != nil {
			return out, nil, problem.Wrap(err, "look for footage that is locked")
		}
		out.Locked += len(shut)
		for _, s := range shut {
			when, out.Until = along(when, s.StartAt, s.EndAt), max(out.Until, s.Until)
		}
		if !some {
			continue
		}
		q = locks.Open(among(), now)
		if len(names) > 0 {
			q.Where("segment.volume NOT IN (?)", bun.List(names))
		}
		if err := q.Scan(ctx, &away); err != nil {
			return out, nil, problem.Wrap(err, "look for footage that is away")
		}
		out.Away += len(away)
		for _, s := range away {
			when = along(when, s.StartAt, s.EndAt)
		}
	}
	return out, when, nil
}

// along adds an interval (µs). Segments follow one another within moments, and a minute
// between two of them is not worth an interval of its own.
func along(all []hold.Interval, from, to int64) []hold.Interval {
	const minute = 60_000_000
	if n := len(all); n > 0 && from >= all[n-1].From && from <= all[n-1].To+minute {
		all[n-1].To = max(all[n-1].To, to)
		return all
	}
	return append(all, hold.Interval{From: from, To: to})
}
