// Package stepped knows by how much the clock of a recorder was behind when footage was
// recorded: a machine whose battery is dead begins in a year that is long over, records,
// and is set forward once it can ask for the time. The names and times of that footage
// stay as they were written, but it is younger than they say, and nobody may remove it
// for an age that it does not have.
//
// What a journal tells of a step is the gap with the cause clock_step, where the clock
// stood before, and the next run, start or gap, where it stood after. Whether footage was
// recorded while the clock was wrong, or before it went wrong, the journals do not tell
// for certain, least of all when the catalogue is made anew. So every step counts for all
// footage of the camera that lies before it, and the latest instant that follows from the
// steps is the one that counts: too young is safe, too old is not.
//
// Where the clock is set while no recorder runs, as when the machine was switched off
// first, no journal tells of a step. But footage that bears times from before the program
// existed was recorded under a clock that was behind. It is no older than the first run
// behind it whose times can be right; until there is one, its age is not known and nothing
// of it goes. A clock that was behind by less is not noticed.
package stepped

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

const (
	// Least is the smallest step that counts, in µs: many of them come to days. A gap with the
	// cause of a step may hold a few seconds of waiting for a key frame.
	Least = int64(30 * time.Second / time.Microsecond)
	// far is the smallest step that versions before 0.3 counted, in µs. Of what they told
	// and did nobody is accused for smaller ones.
	far = int64(time.Hour / time.Microsecond)
)

// Born is an instant, in µs since 1970 UTC, before which nobody can have recorded anything:
// the first day of the year in which the program was begun.
const Born = int64(1_767_225_600_000_000)

// Unknown is the latest instant at which footage can have ended whose age is not known.
const Unknown = math.MaxInt64

// Step is one step forward. Times are µs since 1970 UTC.
type Step struct {
	bun.BaseModel `bun:"table:clock_steps"`
	Camera        string `bun:",pk"`
	FromAt        int64  `bun:",pk"` // where the clock stood before
	ToAt          int64  // and after; 0 while the journal has not told
}

// before tells whether what ended at an instant lies before the step.
func (s *Step) before(end int64) bool { return end <= s.FromAt+coverage.Tolerance }

// Steps are those of one camera, in the order in which they are taken in.
type Steps struct {
	camera string
	all    []Step
	stored []Step // as the table has them
	fresh  []Step // completed since
	// Of the footage before Born: its latest end, 0 where there is none, and its latest run.
	early    int64
	earlyRun string
}

// Of reads the steps of a camera.
func Of(ctx context.Context, tx bun.IDB, camera string) (*Steps, error) {
	s := &Steps{camera: camera}
	err := tx.NewSelect().Model(&s.all).Where("camera = ?", camera).OrderExpr("to_at, from_at").Scan(ctx)
	s.stored = slices.Clone(s.all)
	var early []struct {
		Run   string
		EndAt int64
	}
	if err == nil {
		err = tx.NewSelect().Table("segments").Column("run").ColumnExpr("MAX(end_at) AS end_at").Where("camera = ?", camera).
			Where("start_at < ? AND end_at < ?", Born, Born).Group("run").Scan(ctx, &early)
	}
	for _, r := range early {
		s.recorded(r.Run, r.EndAt)
	}
	return s, problem.Wrap(err, "read the steps of the clock")
}

// recorded takes in that there is footage of a run that ends at an instant.
func (s *Steps) recorded(run string, end int64) {
	if end >= Born {
		s.born(run, end)
		return
	}
	s.early = max(s.early, end)
	if media.LaterRun(run, s.earlyRun) {
		s.earlyRun = run
	}
}

// Follow takes in a record of the camera's journal, in order.
func (s *Steps) Follow(r *journal.Record) {
	switch r.Kind {
	case journal.KindSegment:
		if r.Segment != nil {
			s.recorded(r.Run, r.End)
		}
		return
	case journal.KindRun, journal.KindStart, journal.KindGap:
	default:
		return
	}
	s.all = slices.DeleteFunc(s.all, func(p Step) bool {
		return p.ToAt == 0 && r.At-p.FromAt <= Least && p.FromAt != r.At // set back, or by little
	})
	for i := range s.all {
		if p := &s.all[i]; p.ToAt == 0 && r.At > p.FromAt {
			p.ToAt = r.At
			s.fresh = append(s.fresh, *p)
		}
	}
	if r.Kind == journal.KindRun && r.At >= Born {
		s.born(r.Run, r.At)
	}
	if r.Kind == journal.KindGap && r.Cause == media.CauseClockStep && !slices.ContainsFunc(s.all, func(p Step) bool { return p.FromAt == r.At }) {
		s.all = append(s.all, Step{Camera: s.camera, FromAt: r.At})
	}
}

// born takes in that a run was at work at an instant that can be right. Where it is later
// than footage from before Born, and no step tells how the clock came to be later, that was
// set in between, unseen.
func (s *Steps) born(run string, at int64) {
	if s.early == 0 || !media.LaterRun(run, s.earlyRun) || slices.ContainsFunc(s.all, func(p Step) bool { return p.ToAt >= Born && p.before(s.early) }) {
		return
	}
	p := Step{Camera: s.camera, FromAt: s.early + 1, ToAt: at} // one that a journal tells of may begin there
	s.all = append(slices.DeleteFunc(s.all, func(q Step) bool { return q.FromAt == p.FromAt }), p)
	s.fresh = append(s.fresh, p)
}

// Aged is the latest instant at which footage can have ended that ends at an instant by
// the clock of then; 0 where no step is known behind it, Unknown where one must have been.
// Steps that Write is still to keep do not count: it ages the rows itself.
func (s *Steps) Aged(end int64) (at int64) { return s.aged(end, s.fresh) }

func (s *Steps) aged(end int64, without []Step) (at int64) {
	for i := range s.all {
		p := &s.all[i]
		by := p.ToAt - p.FromAt
		if p.ToAt == 0 || slices.Contains(without, *p) {
			continue
		}
		if at > 0 && p.before(at) { // set twice, a part of the way each time
			at += by
		}
		if p.before(end) {
			at = max(at, end+by)
		}
	}
	if max(end, at) < Born {
		return Unknown
	}
	return at
}

// Write keeps what was learned, and ages the rows of the footage that is before it.
func (s *Steps) Write(ctx context.Context, tx bun.IDB) error {
	for _, p := range s.stored {
		if !slices.ContainsFunc(s.all, func(q Step) bool { return q.FromAt == p.FromAt }) {
			if _, err := tx.NewDelete().Model(&p).WherePK().Exec(ctx); err != nil {
				return problem.Wrap(err, "note a step of the clock")
			}
		}
	}
	for _, p := range s.all {
		if slices.Contains(s.stored, p) {
			continue
		}
		if _, err := tx.NewInsert().Model(&p).On("CONFLICT (camera, from_at) DO UPDATE").Set("to_at = EXCLUDED.to_at").Exec(ctx); err != nil {
			return problem.Wrap(err, "note a step of the clock")
		}
	}
	for _, p := range s.fresh {
		by, until := p.ToAt-p.FromAt, p.FromAt+coverage.Tolerance
		for _, set := range []struct{ aged, which string }{
			{"aged_at + ?", "aged_at > 0 AND aged_at <= ?"},
			{"end_at + ?", "end_at <= ? AND aged_at < end_at + ?"},
		} {
			q := tx.NewUpdate().Table("segments").Set("aged_at = "+set.aged, by).Where("camera = ?", s.camera)
			if set.aged == "end_at + ?" {
				q.Where(set.which, until, by)
			} else {
				q.Where(set.which, until)
			}
			if _, err := q.Exec(ctx); err != nil {
				return problem.Wrap(err, "age the footage before a step of the clock")
			}
		}
	}
	if len(s.fresh) == 0 {
		return nil
	}
	return problem.Wrap(s.know(ctx, tx), "age the footage before a step of the clock")
}

// know gives the rows whose age was not known the one that follows from all steps. They
// are as many as there was time under a clock that was far behind.
func (s *Steps) know(ctx context.Context, tx bun.IDB) error {
	slices.SortStableFunc(s.all, func(a, b Step) int { return cmp.Or(cmp.Compare(a.ToAt, b.ToAt), cmp.Compare(a.FromAt, b.FromAt)) })
	var ends []int64
	err := tx.NewSelect().Table("segments").ColumnExpr("DISTINCT end_at").Where("camera = ?", s.camera).
		Where("start_at < ? AND aged_at = ?", Born, int64(Unknown)).Scan(ctx, &ends)
	if err != nil {
		return err
	}
	for _, end := range ends {
		at := s.aged(end, nil)
		if at == Unknown {
			continue
		}
		_, err := tx.NewUpdate().Table("segments").Set("aged_at = ?", at).Where("camera = ?", s.camera).
			Where("start_at < ? AND end_at = ? AND aged_at = ?", Born, end, int64(Unknown)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// Younger gives the stretches of footage that ended by its own times at or before an
// instant, and by the steps of the clock after it.
func Younger(ctx context.Context, tx bun.IDB, camera string, by int64) (out []coverage.Stretch, err error) {
	rows, err := tx.NewSelect().Table("segments").Column("start_at", "end_at").Where("camera = ?", camera).
		Where("start_at < ? AND end_at <= ? AND aged_at > ?", by, by, by).OrderExpr("start_at").Rows(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read what is younger than its times")
	}
	defer rows.Close()
	for rows.Next() {
		var s coverage.Stretch
		if err := rows.Scan(&s.Start, &s.End); err != nil {
			return nil, problem.Wrap(err, "read what is younger than its times")
		}
		out = append(out, s)
	}
	return out, problem.Wrap(rows.Err(), "read what is younger than its times")
}
