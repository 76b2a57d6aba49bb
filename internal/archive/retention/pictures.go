package retention

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock/every"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Pictures are what people took of footage, of which a rule of class Snapshot may say that it
// goes before the footage does.
type Pictures interface {
	// Cameras are those of which there are pictures.
	Cameras(ctx context.Context) ([]string, error)
	// Stock tells what there is of the pictures of a camera that were in one of some windows,
	// [From, To), and were not removed; of all with none.
	Stock(ctx context.Context, camera string, of ...Window) (Stock, error)
	// Due gives the oldest pictures of a camera that were at an instant in [from, to), behind
	// one of them, which is the zero Picture at first: those that are there, and those of which
	// only the file may be left.
	Due(ctx context.Context, camera string, from, to int64, after Picture, limit int) ([]Picture, error)
	// Lapse removes some of them by a rule: row and act of each in one transaction, in which
	// lawful picks those that may still go; then the files. Told again after a crash it goes on
	// where it stopped. A picture whose row tells otherwise than the act that took it stays, and
	// a *warrant.Untrue names it.
	Lapse(ctx context.Context, camera string, some []Picture, lawful func(ctx context.Context, tx bun.IDB, some []Picture) (lawful []Picture, rule string, err error)) (gone int, err error)
}

// Picture is a picture, and when it was (µs).
type Picture struct {
	ID string
	At int64
}

// Stock is some pictures that are there.
type Stock struct {
	Pictures, Bytes int64
	Oldest          int64 // µs; 0: there are none
}

// Add adds others.
func (s *Stock) Add(o Stock) {
	s.Pictures, s.Bytes = s.Pictures+o.Pictures, s.Bytes+o.Bytes
	if o.Oldest != 0 && (s.Oldest == 0 || o.Oldest < s.Oldest) {
		s.Oldest = o.Oldest
	}
}

// lapse removes pictures that are past the maximum of their class, the oldest of each camera
// first.
func (e *Engine) lapse(ctx context.Context, r *Report) error {
	if e.Pictures == nil {
		return nil
	}
	cameras, err := e.Pictures.Cameras(ctx)
	if err != nil {
		return err
	}
	var failed problem.Few
	for _, camera := range cameras {
		failed.Add(e.lapsed(ctx, r, camera))
	}
	return failed.Err()
}

func (e *Engine) lapsed(ctx context.Context, r *Report, camera string) error {
	free, _, err := e.lapsing(ctx, e.DB.Read(), camera)
	if err != nil {
		return err
	}
	var failed problem.Few
	for _, f := range free {
		for after := (Picture{}); ; {
			every.Alive(ctx)
			some, err := e.Pictures.Due(ctx, camera, f.From, f.To, after, batch)
			if err != nil || len(some) == 0 {
				failed.Add(err)
				break
			}
			after = some[len(some)-1]
			old, err := e.agedPictures(ctx, camera, some)
			if err == nil && len(old) > 0 {
				var gone int
				gone, err = e.Pictures.Lapse(ctx, camera, old, e.lawful(camera))
				r.Pictures += gone
				err = e.settled(ctx, err)
			}
			if failed.Add(err); err != nil {
				return failed.Err()
			}
		}
	}
	return failed.Err()
}

// lapsing gives when pictures of a camera were that may go by their own rule, as rules, holds
// and freezes stand in tx, and the id of the rule.
func (e *Engine) lapsing(ctx context.Context, tx bun.IDB, camera string) (free []hold.Interval, rule string, err error) {
	rules, err := e.rules(ctx, tx, Snapshot)
	if err != nil {
		return nil, "", err
	}
	windows, rule := rules.Beyond(camera, e.Clock.Micro(), e.passed(), true)
	if len(windows) == 0 {
		return nil, rule, nil
	}
	held, err := hold.Of(ctx, tx, camera)
	if err != nil {
		return nil, "", err
	}
	for _, w := range windows {
		keeps := e.warrants.keeps(camera, held[camera])
		younger, err := stepped.Younger(ctx, tx, camera, w.By) // of a clock that was behind
		if err != nil {
			return nil, "", err
		}
		for _, s := range younger {
			keeps = append(slices.Clone(keeps), hold.Interval{From: s.Start, To: s.End})
		}
		free = append(free, hold.Apart(max(w.From, 0), min(w.To, w.By), hold.Joined(keeps))...)
	}
	return free, rule, nil
}

// lawful picks those of some pictures that may go when it is decided.
func (e *Engine) lawful(camera string) func(context.Context, bun.IDB, []Picture) ([]Picture, string, error) {
	return func(ctx context.Context, tx bun.IDB, some []Picture) ([]Picture, string, error) {
		if err := e.trusted(); err != nil { // a pass may take long
			return nil, "", err
		}
		if err := thawed(ctx, tx); err != nil {
			return nil, "", err
		}
		free, rule, err := e.lapsing(ctx, tx, camera)
		if err != nil {
			return nil, "", err
		}
		return slices.DeleteFunc(slices.Clone(some), func(p Picture) bool { return !hold.Covered(free, p.At, p.At+1) }), rule, nil
	}
}

// agedPictures gives those of some pictures that can be as old as they say, by the steps of
// the clock that the journals tell of.
func (e *Engine) agedPictures(ctx context.Context, camera string, some []Picture) ([]Picture, error) {
	if e.Ages == nil {
		return some, nil
	}
	rules, err := e.rules(ctx, e.DB.Read(), Snapshot)
	if err != nil {
		return nil, err
	}
	j := job{}
	j.windows, _ = rules.Beyond(camera, e.Clock.Micro(), e.passed(), true)
	ends := make([]int64, len(some))
	for i, p := range some {
		ends[i] = p.At + 1
	}
	ages, err := e.Ages.Ages(ctx, camera, ends...)
	if err != nil {
		return nil, err
	}
	var old []Picture
	for i, p := range some {
		if ages[i].Latest <= j.by(p.At) {
			old = append(old, p)
		}
	}
	return old, nil
}

// PictureRemoved is the removal of a picture that is on record. Times are µs since 1970 UTC.
type PictureRemoved struct {
	Class             Class // by whose rule: its own, or that of the footage it shows
	Camera            string
	Of                int64 // when the picture was
	At                int64 // when it was removed
	Ground, Authority string
}

// PictureFounded is nil where a picture could be removed when it was, on the ground that is
// told; else it says what forbade it. before is as for FoundedAfter.
func (w *Warrants) PictureFounded(p PictureRemoved, before func(warrant.Place) bool) error {
	t := &archive.Tombstone{Camera: p.Camera, StartAt: p.Of, EndAt: p.Of + 1, At: p.At, Ground: p.Ground, Authority: p.Authority}
	if cmp.Or(p.Class, Main) == Main {
		return w.FoundedAfter(t, p.At, before)
	}
	if p.Ground != journal.GroundMaximum {
		return fmt.Errorf("%q is no ground", p.Ground)
	}
	return w.founded(t, p.At, before, func(t *archive.Tombstone) bool {
		for _, book := range w.pictures.Since(p.At) {
			if slices.ContainsFunc(w.Since(p.At), func(footage *rulebook.Book) bool { return !letsPicture(book, footage, t, p.At, before) }) {
				return false
			}
		}
		return true
	})
}

// letsPicture tells whether rules of snapshots let a picture go at an instant, beside those of
// their footage.
func letsPicture(book, footage *rulebook.Book, t *archive.Tombstone, at int64, before func(warrant.Place) bool) bool {
	for _, then := range thens(book, at, before) {
		for _, beside := range thens(footage, at, before) {
			of := beside.Plan(t.Camera)
			plan := then.Plan(t.Camera).Under(&of)
			if within(t, plan.Beyond(at, true)) {
				return true
			}
		}
	}
	return false
}
