// Package unlawful looks at removals that journals tell of and that the part which removes has
// not carried out itself: after a crash, or where somebody else wrote the line. What people had
// not allowed is no lawful removal, whatever clock and line say: it is damaged footage where the
// file is gone, and removal is frozen until a person has looked.
package unlawful

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/problem"
)

// ErrUntold says of a removal that nobody can tell yet whether it was allowed.
var ErrUntold = errors.New("whether people had allowed it cannot be told yet")

// Of names a removal as a reason for a freeze.
func Of(file string) string { return of + file }

const of = "removal of "

// Catalogue is what is needed of *archive.Catalogue.
type Catalogue interface {
	Unfinished(ctx context.Context, after string, limit int) ([]archive.Tombstone, error)
	Finish(ctx context.Context, files []string, at int64) error
}

// Removals judges them. Its exported fields are set before it is asked; it remembers what was
// lawful, and belongs to the one who asks.
type Removals struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Catalogue Catalogue
	// Lies tells whether a file of a segment is anywhere; known is false while a place that may
	// have it does not answer.
	Lies func(ctx context.Context, s archive.Segment) (there, known bool)

	lawful map[string]int64 // by file, when its removal was told of
}

// begun is when the program was begun, µs: an act that bears a time from before was written by a
// clock that was behind.
var begun = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// page is how many are looked at together.
const page = 100

// Look judges all that are not finished. founded is asked for once there is one to judge, and
// says what forbade a removal: nil where nothing did, ErrUntold where nobody can tell.
func (r *Removals) Look(ctx context.Context, founded func(context.Context) (func(*archive.Tombstone) error, error)) error {
	var judge func(*archive.Tombstone) error
	if r.lawful == nil {
		r.lawful = map[string]int64{}
	}
	for after := ""; ; {
		left, err := r.Catalogue.Unfinished(ctx, after, page)
		if err != nil || len(left) == 0 {
			return err
		}
		after = left[len(left)-1].File
		left = slices.DeleteFunc(left, func(t archive.Tombstone) bool { at, known := r.lawful[t.File]; return known && at == t.At })
		if len(left) == 0 {
			continue
		}
		if judge == nil {
			if judge, err = founded(ctx); err != nil {
				return err
			}
		}
		if err := r.judge(ctx, left, judge); err != nil {
			return err
		}
	}
}

// judge judges some.
func (r *Removals) judge(ctx context.Context, some []archive.Tombstone, founded func(*archive.Tombstone) error) error {
	var gone []damage.Damage
	var files, stay []string
	for i := range some {
		every.Alive(ctx)
		t := &some[i]
		why := founded(t)
		if why == nil {
			r.lawful[t.File] = t.At
			continue
		}
		there, known := r.Lies(ctx, archive.Segment{Camera: t.Camera, StartAt: t.StartAt, EndAt: t.EndAt, File: t.File})
		lost, err := r.lost(ctx, t)
		switch {
		case err != nil:
			return err
		case lost && !there: // nothing is left that could be kept, and nobody can be accused
			files = append(files, t.File)
		case errors.Is(why, ErrUntold), lost, !known:
		case there:
			stay = append(stay, t.File)
		default:
			files = append(files, t.File)
			gone = append(gone, damage.Damage{File: t.File, Camera: t.Camera, StartAt: t.StartAt, EndAt: t.EndAt, Kind: damage.Removed, FoundBy: damage.Round})
			r.Log.Error("footage is gone whose removal nobody has allowed", "camera", t.Camera, "file", t.File, "ground", t.Ground, "authority", t.Authority, "err", why)
		}
	}
	err := r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := r.Clock.Micro()
		if len(gone) > 0 {
			if err := frozen.Set(ctx, tx, now, frozen.Unlawful, gone[0].Camera); err != nil {
				return err
			}
		}
		for _, file := range stay {
			if err := damage.Mend(ctx, tx, now, file); err != nil { // it came back
				return err
			}
			if looked, err := frozen.Confirmed(ctx, tx, frozen.Untrue, Of(file)); err != nil || looked {
				if err != nil {
					return err
				}
				continue
			}
			if err := frozen.Set(ctx, tx, now, frozen.Untrue, Of(file)); err != nil {
				return err
			}
		}
		return damage.Note(ctx, tx, now, gone...)
	})
	if err != nil {
		return problem.Wrap(err, "note removals that nobody has allowed")
	}
	return r.Catalogue.Finish(ctx, files, r.Clock.Micro()) // they are seen to be gone
}

// lost tells whether what people had decided before a removal may not be on record any more: the
// records are an older copy, or began later than it. A line may bear any time; what was recorded
// later was removed later.
func (r *Removals) lost(ctx context.Context, t *archive.Tombstone) (bool, error) {
	standing, err := frozen.Standing(ctx, r.DB.Read())
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(standing, func(f frozen.Freeze) bool { return f.Reason == frozen.Behind || f.Reason == frozen.Older }) {
		return true, nil
	}
	var first *int64
	err = r.DB.Read().NewRaw("SELECT MIN(at) FROM acts WHERE at >= ?", begun).Scan(ctx, &first)
	return first != nil && max(t.At, t.EndAt) < *first, problem.Wrap(err, "read when the records begin")
}

// Count counts the removals that nobody has allowed if a person has yet to look at one, else 0.
func Count(ctx context.Context, tx bun.IDB) (n int, err error) {
	all, err := frozen.Standing(ctx, tx)
	if err != nil {
		return 0, err
	}
	waits := false
	for _, f := range all {
		switch {
		case f.Reason == frozen.Unlawful:
			waits = true
		case f.Reason == frozen.Untrue && strings.HasPrefix(f.Detail, of):
			waits, n = true, n+1
		}
	}
	if !waits {
		return 0, nil
	}
	gone, err := tx.NewSelect().Model((*damage.Damage)(nil)).Where("kind = ?", damage.Removed).Where("mended_at IS NULL").Count(ctx)
	return n + int(gone), problem.Wrap(err, "count removals that nobody has allowed")
}

// Stays tells which of some files are there although a journal tells that they were removed,
// since nobody has allowed it.
func Stays(ctx context.Context, tx bun.IDB, files []string) (map[string]bool, error) {
	if len(files) == 0 {
		return nil, nil
	}
	details := make([]string, len(files))
	for i, f := range files {
		details[i] = Of(f)
	}
	var found []string
	err := tx.NewSelect().Model((*frozen.Freeze)(nil)).Column("detail").Where("reason = ?", string(frozen.Untrue)).Where("detail IN (?)", bun.List(details)).Scan(ctx, &found)
	out := map[string]bool{}
	for _, d := range found {
		out[strings.TrimPrefix(d, of)] = true
	}
	return out, problem.Wrap(err, "look for removals that nobody has allowed")
}

// Ahead is how far (µs) ahead of the clock the instant of a removal may be.
const Ahead = int64(time.Hour / time.Microsecond)
