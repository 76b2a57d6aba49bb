// Package census looks, steadily and for a small share of the time, whether every file that
// the catalogue has lies where its row says and is as long as it says. It compares names and
// sizes, a day of a camera at a time, and reads no footage: a file that somebody deleted by
// hand in the middle of the kept time is told of within a day, not when it is wanted.
//
// A place that is away or does not answer says nothing. What seems to be missing is looked
// for once more when the place has shown that it is the right one, and is noted only while
// its row still says that it lies there: not what is being moved or removed. What was noted
// and is there again is read once, whole, and noted as mended if it is what was recorded. What
// lies whole in another place, since somebody wrote that it was moved, is noted to lie there.
package census

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
	"watchroom/internal/recording/segment"
)

// Keeper counts all files again and again.
type Keeper struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Catalogue interface {
		CatchUp(ctx context.Context, camera string) error
		Anew(camera string)
	}
	Places *tier.Places // where files lie
	// Sure tells, anew, whether the folder of a recording disk is that disk: an error where
	// another stands in its place. Nil: it is.
	Sure func(volume string) error
	// Patience is how long a place may take for one folder; 0 means two minutes.
	Patience time.Duration
	// Hurry makes a round take no rest, as in tests.
	Hurry bool

	places map[string]*place // by name; like those below it belongs to the one who looks
	futile map[string]bool   // cameras whose rows were made again and are not complete for that
	until  time.Time         // by the steady clock, when the next round is due; zero: now
	loop   every.Loop
}

const (
	// round is how long there is from the beginning of one round to that of the next.
	round = 6 * time.Hour
	// share of the time that a round takes, and at most, where else it would not be over within
	// a day: then it has taken long already.
	share, most = 20, 4
	long        = 16 * time.Hour
	// again is after how long a round is begun anew that could not be ended.
	again = 10 * time.Minute
	// least and longest are the rest behind a folder.
	least, longest = 20 * time.Millisecond, 5 * time.Minute
	// readings is how many files one round reads that are there again.
	readings = 256
)

// On tells of the volumes that recorders write to, by their markers, whether each is where it
// should be.
func On(volumes *recording.Volumes) func(volume string) error {
	return func(name string) error { return volumes.Book.Look(volumes.Volume(name).Root, name) }
}

// Start begins to look.
func (k *Keeper) Start(ctx context.Context) error {
	k.loop.Start(ctx, again, every.Trying(func(ctx context.Context) error {
		if time.Now().Before(k.until) {
			return nil
		}
		began := time.Now()
		_, err := k.Look(ctx)
		if err == nil {
			k.until = began.Add(round)
		}
		return err
	}, func(err error) {
		k.Log.Error("it could not be looked whether all files are there; tried again", "err", err)
	}))
	return nil
}

// Close ends after the folder that is being looked at.
func (k *Keeper) Close() { k.loop.Close() }

// Found counts what one round has found.
type Found struct {
	Files   int // rows that were compared with a file
	Passed  int // rows of places that are away, unknown or do not answer
	Missing int // of Files, what is not there
	Altered int // and what is longer or shorter than it was
	Back    int // what was missing or altered, and is what was recorded again
	Moved   int // what lies whole in another place than its row said, and is told of there now
	Bare    int // stretches of time that were recorded, and of which no row tells any more
}

// tour is one round.
type tour struct {
	*Keeper
	began time.Time
	sum   Found
	read  int                    // files that were there again
	noted map[string]damage.Kind // of the camera at hand, what stands as damaged
}

// Look looks at every file once.
func (k *Keeper) Look(ctx context.Context) (Found, error) {
	r := &tour{Keeper: k, began: time.Now()}
	k.know()
	var failed problem.Few
	for camera, ok, err := r.next(ctx, ""); ok || err != nil; camera, ok, err = r.next(ctx, camera) {
		if err != nil {
			return r.sum, err
		}
		if err := r.camera(ctx, camera); ctx.Err() != nil {
			return r.sum, ctx.Err()
		} else if err != nil {
			failed.Add(problem.Wrap(err, "look for the files of camera "+camera))
		}
	}
	return r.sum, failed.Err()
}

// know makes the places of the configuration, once: one that hangs stays known.
func (k *Keeper) know() {
	if k.places != nil {
		return
	}
	k.places, k.futile = map[string]*place{}, map[string]bool{}
	patience := cmp.Or(k.Patience, 2*time.Minute)
	for _, v := range k.Places.Volumes {
		k.places[v.Name] = &place{store: tier.Folder(v.Root), patience: patience, disk: true,
			there: func() bool { return v.Away == nil || !v.Away() },
			sure: func(context.Context) error {
				if v.Away != nil && v.Away() {
					return archive.ErrTierAway
				}
				if k.Sure == nil {
					return nil
				}
				return k.Sure(v.Name)
			}}
	}
	for _, t := range k.Places.Tiers {
		k.places[t.Name] = &place{store: t.Store, patience: patience, there: t.Answers,
			sure: func(ctx context.Context) error { _, err := t.Ask(ctx); return err }}
	}
}

// next gives the camera behind another that the catalogue has something of.
func (r *tour) next(ctx context.Context, camera string) (next string, ok bool, err error) {
	var name sql.NullString
	err = r.DB.Read().NewRaw(`SELECT MIN(camera) FROM (SELECT MIN(camera) AS camera FROM segments WHERE camera > ?
		UNION ALL SELECT MIN(camera) FROM coverage WHERE camera > ?) AS either`, camera, camera).Scan(ctx, &name)
	return name.String, name.Valid, problem.Wrap(err, "find the next camera")
}

// camera looks at all files of a camera, day by day.
func (r *tour) camera(ctx context.Context, camera string) error {
	standing, err := damage.Standing(ctx, r.DB.Read(), camera)
	if err != nil {
		return err
	}
	r.noted = map[string]damage.Kind{}
	for i := range standing {
		if d := &standing[i]; d.Kind == damage.Missing || d.Kind == damage.Altered && d.FoundBy != damage.Start {
			r.noted[d.File] = d.Kind
		}
	}
	began := time.Now()
	if err := r.rowless(ctx, camera, standing); err != nil {
		return err
	}
	if err := r.rest(ctx, time.Since(began)); err != nil {
		return err
	}
	for from := int64(0); ; {
		var first sql.NullInt64
		err := r.DB.Read().NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("MIN(start_at)").Where("camera = ?", camera).Where("start_at >= ?", from).Scan(ctx, &first)
		if err != nil {
			return problem.Wrap(err, "find the next day of a camera")
		}
		if !first.Valid {
			return nil
		}
		from = first.Int64 - first.Int64%day
		began := time.Now()
		if err := r.day(ctx, camera, from, from+day); err != nil {
			return err
		}
		if err := r.rest(ctx, time.Since(began)); err != nil {
			return err
		}
		from += day
	}
}

// rest is taken behind some work.
func (r *tour) rest(ctx context.Context, took time.Duration) error {
	if r.Hurry {
		return ctx.Err()
	}
	every.Alive(ctx)
	part := time.Duration(share)
	if time.Since(r.began) > long {
		part = most
	}
	pause := time.NewTimer(min(max((part-1)*took, least), longest))
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// folder is one of a place.
type folder struct{ place, dir string }

// day looks at the files of a camera that begin between two instants (µs). Rows are read
// before files: what is closed in between is no loss, and what is moved shows in its row.
func (r *tour) day(ctx context.Context, camera string, from, to int64) error {
	var rows []archive.Segment
	err := r.DB.Read().NewSelect().Model(&rows).Column("camera", "start_at", "end_at", "file", "bytes", "root", "volume").
		Where("camera = ?", camera).Where("start_at >= ? AND start_at < ?", from, to).Where("state = ''").OrderExpr("start_at, run").Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "read the segments of a day")
	}
	lies := map[folder][]*archive.Segment{}
	for i := range rows {
		at := folder{rows[i].Volume, path.Dir(filepath.ToSlash(rows[i].File))}
		lies[at] = append(lies[at], &rows[i])
	}
	var failed problem.Few
	for at, list := range lies {
		if err := r.folder(ctx, camera, at, list); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			failed.Add(err)
		}
	}
	return failed.Err()
}

// folder compares one folder of a place with the rows of what lies there.
func (r *tour) folder(ctx context.Context, camera string, at folder, rows []*archive.Segment) error {
	p := r.places[at.place]
	if p == nil { // nobody may have moved it there
		var lost []*archive.Segment
		for _, s := range rows {
			if moved, err := r.moved(ctx, at.place, s, false); err != nil {
				return err
			} else if !moved {
				lost = append(lost, s)
			}
		}
		r.sum.Passed += len(lost)
		return nil
	}
	if !p.there() {
		r.sum.Passed += len(rows)
		return nil
	}
	files, err := p.list(ctx, at.dir)
	if err != nil {
		r.sum.Passed += len(rows)
		if away(err) {
			return nil // told of as a whole
		}
		return err
	}
	var odd []*archive.Segment
	for _, s := range rows {
		size, there := files[filepath.ToSlash(s.File)]
		switch _, noted := r.noted[s.File]; {
		case !there || size != s.Bytes:
			odd = append(odd, s)
		case noted:
			if err := r.back(ctx, p, s); err != nil && !away(err) {
				return err
			}
		}
	}
	r.sum.Files += len(rows)
	if len(odd) == 0 {
		return nil
	}
	return r.doubt(ctx, camera, at.place, p, odd)
}

// doubt looks once more for files that are not there, or are of another length, when the
// journals have been taken in and the place has shown that it is the right one, and notes
// those that are so still.
func (r *tour) doubt(ctx context.Context, camera, name string, p *place, odd []*archive.Segment) error {
	if err := r.Catalogue.CatchUp(ctx, camera); err != nil {
		return err
	}
	if p.sure(ctx) != nil {
		return nil // told of as a whole
	}
	var found []damage.Damage
	for _, s := range odd {
		size, err := p.stat(ctx, filepath.ToSlash(s.File))
		d := damage.Damage{File: s.File, Camera: s.Camera, StartAt: s.StartAt, EndAt: s.EndAt, FoundBy: damage.Round}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if moved, err := r.moved(ctx, name, s, true); err != nil {
				return err
			} else if moved {
				continue
			}
			d.Kind = damage.Missing
		case err != nil:
			return err
		case size != s.Bytes:
			d.Kind = damage.Altered
		default:
			continue
		}
		found = append(found, d)
	}
	if len(found) == 0 || p.sure(ctx) != nil {
		return nil
	}
	var noted []damage.Damage
	err := r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		noted = nil
		for _, d := range found {
			still, err := damage.Doubt(ctx, tx, r.Clock.Micro(), name, d)
			if err != nil {
				return err
			}
			if still {
				noted = append(noted, d)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range noted {
		if d.Kind == damage.Missing {
			r.sum.Missing++
		} else {
			r.sum.Altered++
		}
		if _, known := r.noted[d.File]; !known {
			r.Log.Error("a file of the archive is not what its row says", "place", name, "file", d.File, "what", d.Kind)
		}
	}
	return nil
}

// back reads a file that stands as missing or altered and has its length again.
func (r *tour) back(ctx context.Context, p *place, s *archive.Segment) error {
	if right, err := r.right(ctx, p, s); err != nil || !right {
		return err // it stays noted for what it is
	}
	r.sum.Back++
	r.Log.Info("a file of the archive that was missing is what was recorded again", "file", s.File)
	return r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, r.Clock.Micro(), s.File) })
}

// right reads a file and tells whether it is what was recorded.
func (r *tour) right(ctx context.Context, p *place, s *archive.Segment) (bool, error) {
	if r.read == readings {
		return false, nil
	}
	r.read++
	f, err := p.store.ReadBack(ctx, filepath.ToSlash(s.File))
	if err != nil {
		return false, err
	}
	defer f.Close()
	d, err := segment.Hash(every.Reading(ctx, f), s.Bytes)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && hex.EncodeToString(d.Root[:]) == s.Root, nil
}

// moved looks for a segment that its row's place, called from, does not have: on the recording
// disks, and on tiers if those are asked. Where it lies whole its row and a journal say so
// from now on.
func (r *tour) moved(ctx context.Context, from string, s *archive.Segment, tiers bool) (bool, error) {
	for _, name := range slices.Sorted(maps.Keys(r.places)) {
		p := r.places[name]
		if name == from || !p.disk && !tiers || !p.there() {
			continue
		}
		if size, err := p.stat(ctx, filepath.ToSlash(s.File)); err != nil || size != s.Bytes {
			continue
		}
		right, err := r.right(ctx, p, s)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil || !right {
			continue
		}
		noted, err := r.Places.Found(ctx, *s, name)
		if err != nil || !noted {
			return noted, err
		}
		r.sum.Moved++
		r.Log.Warn("a segment lies in another place than its row said; the row was put right", "file", s.File, "row", from, "lies", name)
		return true, r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, r.Clock.Micro(), s.File) })
	}
	return false, nil
}

func away(err error) bool {
	return errors.Is(err, archive.ErrTierAway) || errors.Is(err, errHangs) || errors.Is(err, fs.ErrNotExist)
}

// errHangs says that a place did not answer in time.
var errHangs = fmt.Errorf("census: the place does not answer: %w", archive.ErrTierAway)
