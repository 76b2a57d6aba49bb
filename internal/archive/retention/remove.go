package retention

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/locks"
	"watchroom/internal/archive/retention/reach"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/retention/unlawful"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock/every"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// job is a wish to remove footage of one camera. What of it is lawful is found out in
// the transaction that decides.
type job struct {
	camera    string
	ground    string
	authority string      // an order; found out for the others
	files     []string    // narrows the choice, if any
	windows   []Window    // what it may have; found out
	failed    problem.Few // what went wrong with some of it and keeps nothing else
}

// take removes at most a batch, and gives the first file that it looked at, empty where
// there was none. What cannot be removed now is not decided on: nothing is told of it.
func (e *Engine) take(ctx context.Context, r *Report, j *job) (first string, err error) {
	every.Alive(ctx)
	windows, err := e.windows(ctx, e.DB.Read(), j)
	if err != nil || len(windows) == 0 {
		return "", err
	}
	found, err := e.oldest(ctx, e.DB.Read(), j.camera, windows, batch, j.choice())
	if err != nil || len(found) == 0 {
		return "", err
	}
	first = found[0].File
	able, err := e.within.Able(ctx, found)
	j.failed.Add(err)
	if len(able) == 0 {
		return first, ctx.Err()
	}
	return first, e.remove(ctx, r, j, able)
}

// remove removes what of some footage may go when it is decided.
func (e *Engine) remove(ctx context.Context, r *Report, j *job, able []archive.Segment) error {
	one, others := *j, &j.failed
	one.files = make([]string, len(able))
	for i, s := range able {
		one.files[i] = s.File
	}
	j = &one
	decided, err := e.decide(ctx, j)
	if err != nil || len(decided) == 0 {
		return err
	}
	dead, err := e.truthful(ctx, j, decided)
	if err != nil || len(dead) == 0 {
		return errors.Join(err, e.undecide(context.WithoutCancel(ctx)))
	}
	now := e.Clock.Micro()
	records := make([]journal.Record, len(dead))
	for i, s := range dead {
		records[i] = tombstone(s, now, j.ground, j.authority)
	}
	if err := e.Journal.Append(ctx, j.camera, now, records...); err != nil {
		return errors.Join(err, e.undecide(context.WithoutCancel(ctx)))
	}
	// From here on it is told; a failure is made good by finish.
	files := make([]string, 0, len(dead))
	var failed error
	for _, s := range dead {
		if err := e.erase(ctx, s, j.ground, j.authority); err != nil {
			// Of one copy or one file perhaps, which is no matter of those that follow.
			if errors.Is(err, archive.ErrTierAway) || errors.Is(err, locks.ErrLocked) || errors.Is(err, locks.ErrForbidden) {
				others.Add(err)
				continue
			}
			failed = err
			break
		}
		files = append(files, s.File)
		r.Removed, r.Bytes = r.Removed+1, r.Bytes+s.Bytes
	}
	if err := e.Catalogue.CatchUp(ctx, j.camera); err != nil {
		return errors.Join(failed, err)
	}
	return errors.Join(failed, e.Catalogue.Finish(ctx, files, e.Clock.Micro()))
}

func tombstone(s archive.Segment, now int64, ground, authority string) journal.Record {
	closed := s.Closed()
	return journal.Record{Kind: journal.KindTombstone, At: now, Run: s.Run, Ground: ground, Authority: authority, Segment: &closed}
}

// erase is step 3: what is derived, then the file.
func (e *Engine) erase(ctx context.Context, s archive.Segment, ground, authority string) error {
	every.Alive(ctx)
	for _, d := range e.Derived {
		if err := e.settled(ctx, d.Removed(ctx, s.Camera, s.StartAt, s.EndAt, ground, authority)); err != nil {
			return err
		}
	}
	return e.Files.Remove(ctx, s, ground == journal.GroundOrder)
}

// decide is step 1. Everything that forbids is read in the same transaction as the
// segments are marked in: freezes, holds, rules, the order.
func (e *Engine) decide(ctx context.Context, j *job) ([]archive.Segment, error) {
	if err := e.trusted(); err != nil { // a pass may take long
		return nil, err
	}
	var dead []archive.Segment
	err := e.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		dead = nil
		if err := thawed(ctx, tx); err != nil {
			return err
		}
		windows, err := e.windows(ctx, tx, j)
		if err != nil || len(windows) == 0 {
			return err
		}
		j.windows = windows
		if dead, err = e.oldest(ctx, tx, j.camera, windows, batch, j.choice()); err != nil || len(dead) == 0 {
			return err
		}
		files := make([]string, len(dead))
		for i, s := range dead {
			files[i] = s.File
		}
		_, err = tx.NewUpdate().Model((*archive.Segment)(nil)).Set("state = ?", archive.Deleting).
			Where("camera = ?", j.camera).Where("file IN (?)", bun.List(files)).Exec(ctx)
		return problem.Wrap(err, "decide on a removal")
	})
	if err != nil {
		return nil, err
	}
	return dead, nil
}

// windows are what the job may take, as rules and orders stand in tx.
func (e *Engine) windows(ctx context.Context, tx bun.IDB, j *job) ([]Window, error) {
	if j.ground == journal.GroundOrder {
		return e.orderWindow(ctx, tx, j.authority, j.camera)
	}
	rules, err := e.rules(ctx, tx, Main)
	if err != nil {
		return nil, err
	}
	windows, rule := rules.Beyond(j.camera, e.Clock.Micro(), e.passed(), j.ground == journal.GroundMaximum)
	j.authority = rule
	return windows, nil
}

func (j *job) choice() choice {
	return choice{files: j.files, ordered: j.ground == journal.GroundOrder}
}

// choice narrows what is looked for; empty fields narrow nothing.
type choice struct {
	files, places []string
	// ordered: an order names an interval of the recorder's own times, and what lies in
	// it goes however old it is. On any other ground what was recorded under a clock that
	// was behind is as old as it can really be: see package stepped.
	ordered bool
}

// oldest gives the oldest segments in the windows that are in reach and no hold touches. It reads by
// the index of a camera's segments and passes over what is held as a whole.
func (e *Engine) oldest(ctx context.Context, tx bun.IDB, camera string, windows []Window, limit int, of choice) ([]archive.Segment, error) {
	held, err := hold.Of(ctx, tx, camera)
	if err != nil {
		return nil, err
	}
	keeps := e.warrants.keeps(camera, held[camera])
	var out []archive.Segment
	for _, w := range windows {
		for _, f := range hold.Apart(math.MinInt64, w.By, keeps) {
			from, to := max(w.From, f.From), min(w.To, f.To)
			if len(out) == limit || from >= to {
				continue
			}
			var some []archive.Segment
			q := tx.NewSelect().Model(&some).Where("camera = ?", camera).Where("state = ''").
				Where("start_at >= ? AND start_at < ? AND end_at <= ?", from, to, f.To).OrderExpr("start_at, run").Limit(int64(limit - len(out)))
			e.within.Narrow(q, e.Clock.Micro())
			if !of.ordered {
				q.Where("aged_at <= ?", w.By)
			}
			if len(e.accused) > 0 {
				q.Where("file NOT IN (?)", bun.List(e.accused))
			}
			if len(of.files) > 0 {
				q.Where("file IN (?)", bun.List(of.files))
			}
			if len(of.places) > 0 {
				q.Where("volume IN (?)", bun.List(of.places))
			}
			if err := q.Scan(ctx); err != nil {
				return nil, problem.Wrap(err, "look for footage that may go")
			}
			out = append(out, some...)
		}
	}
	return out, nil
}

// pick chooses what to free next: of all cameras the segments in some places that began
// earliest.
func (e *Engine) pick(ctx context.Context, cameras, places []string) (map[string][]string, error) {
	const atOnce = 16 // of one camera as of all, or what is taken would not be the oldest
	rules, err := e.rules(ctx, e.DB.Read(), Main)
	if err != nil {
		return nil, err
	}
	var found []archive.Segment
	for _, camera := range cameras {
		windows, _ := rules.Beyond(camera, e.Clock.Micro(), e.passed(), false)
		some, err := e.oldest(ctx, e.DB.Read(), camera, windows, atOnce, choice{places: places})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, func(a, b archive.Segment) int { return cmp.Compare(a.StartAt, b.StartAt) })
	picked := map[string][]string{}
	for _, s := range found[:min(len(found), atOnce)] {
		picked[s.Camera] = append(picked[s.Camera], s.File)
	}
	return picked, nil
}

// undecide takes back what was decided and not told: the process died, or a line
// could not be written. What was told the catalogue knows once it has caught up.
func (e *Engine) undecide(ctx context.Context) error {
	var cameras []string
	err := e.DB.Read().NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("DISTINCT camera").Where("state <> ''").Scan(ctx, &cameras)
	if err != nil {
		return problem.Wrap(err, "look for removals that were decided")
	}
	var failed []error
	for _, camera := range cameras {
		if err := e.Catalogue.CatchUp(ctx, camera); err != nil {
			failed = append(failed, err) // whether it was told cannot be known yet
			continue
		}
		err := e.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*archive.Segment)(nil)).Set("state = ''").Where("camera = ?", camera).Where("state <> ''").Exec(ctx)
			return err
		})
		if err != nil {
			failed = append(failed, problem.Wrap(err, "take back removals that were decided"))
		}
	}
	return errors.Join(failed...)
}

// finish goes on where a process died after the line was written. Rows of removals and
// journals are what others can write into, so that neither alone removes anything: there
// must be the line, it must tell of the footage as it is, and be what the rules, orders
// and holds of people allow.
func (e *Engine) finish(ctx context.Context, r *Report) error {
	var loose reach.Loose
	for after := ""; ; {
		left, err := e.Catalogue.Unfinished(ctx, after, batch)
		if err == nil {
			err = loose.Page(ctx, e.DB.Read(), left, e.Clock.Micro())
		}
		if err != nil || len(left) == 0 {
			r.Waits.Add(loose.Waits)
			loose.Failed.Add(err)
			return loose.Failed.Err()
		}
		files := make([]string, 0, len(left))
		for i := range left {
			t := &left[i]
			if after = t.File; loose.Stays(t) {
				continue
			}
			gone, err := e.finished(ctx, t)
			if loose.Tried(t, e.Clock.Micro(), err); err == nil && gone {
				files = append(files, t.File)
			}
		}
		loose.Failed.Add(e.Catalogue.Finish(ctx, files, e.Clock.Micro()))
	}
}

// finished removes the file of one removal that was not finished, and tells whether it is
// gone.
func (e *Engine) finished(ctx context.Context, t *archive.Tombstone) (gone bool, err error) {
	held, err := hold.Of(ctx, e.DB.Read(), t.Camera)
	if err != nil || hold.Covered(held[t.Camera], t.StartAt, t.EndAt) {
		return false, err // what is still there stays
	}
	if e.warrants != nil {
		told, err := e.Catalogue.Told(ctx, t.Camera, []string{t.File}, segment.Day(t.At))
		if err != nil {
			return false, err
		}
		if why := e.unlawful(t, told[t.File]); why != nil {
			there, known := e.Files.Lies(ctx, archive.Segment{Camera: t.Camera, StartAt: t.StartAt, File: t.File})
			if known && !there {
				return true, nil // there is nothing to keep; what is amiss was told of
			}
			if errors.Is(why, errSince) {
				return false, nil // what is still there stays
			}
			what := "a removal is told of that nobody has allowed; the file stays"
			if !there {
				what = "a removal is told of that nobody has allowed; whether the file is there cannot be told while a place does not answer"
			}
			e.accuse(what, t.Camera, t.File, "ground", t.Ground, "authority", t.Authority, "err", why)
			return false, e.doubt(ctx, unlawful.Of(t.File))
		}
	}
	s := archive.Segment{Camera: t.Camera, StartAt: t.StartAt, EndAt: t.EndAt, File: t.File, Bytes: t.Bytes, Root: t.Root}
	return true, e.erase(ctx, s, t.Ground, t.Authority)
}

// errSince says that a removal was lawful, and a hold or a rule came since.
var errSince = errors.New("it was lawful when it was decided")

// unlawful is nil where a removal that is told of may be finished.
func (e *Engine) unlawful(t *archive.Tombstone, told archive.Told) error {
	if told.Removed == nil {
		return errors.New("no journal tells of it")
	}
	if !recordings.Bears(t.Camera, t.File, t.StartAt, t.EndAt, told) {
		return errors.New("the footage bears other times")
	}
	given := func(warrant.Place) bool { return true } // what the acts tell is in the log by now
	why := e.warrants.FoundedAfter(t, e.Clock.Micro(), given)
	if why == nil {
		why = e.warrants.kept(t)
	}
	if why != nil && e.warrants.FoundedAfter(t, t.At, given) == nil {
		return errSince
	}
	return why
}
