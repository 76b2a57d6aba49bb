package census

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/bare"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// rowless looks for time that was recorded and of which no row of a segment tells: somebody has
// deleted rows. Where journals tell of it the rows are made again, and their files are looked for
// like all others; what nothing but the account tells of is footage that is missing.
func (r *tour) rowless(ctx context.Context, camera string, standing []damage.Damage) error {
	bared, err := bare.Find(ctx, r.DB.Read(), camera)
	if err != nil {
		return err
	}
	if len(bared) > 0 {
		if bared, err = r.again(ctx, camera, bared); err != nil {
			return err
		}
	}
	var noted []damage.Damage
	if len(bared) > 0 {
		for name, p := range r.places {
			if p.disk && (!p.there() || p.sure(ctx) != nil) {
				r.Log.Info("rows of segments are missing; it is looked for them when all recording disks are there", "camera", camera, "away", name)
				return nil
			}
		}
		told, err := r.told(ctx, camera, bared)
		if err != nil {
			return err
		}
		if told && !r.futile[camera] {
			r.Log.Error("somebody has deleted rows of segments; they are made again from the journals", "camera", camera)
			r.Catalogue.Anew(camera)
			if bared, err = r.again(ctx, camera, bared); err != nil {
				return err
			}
			r.futile[camera] = len(bared) > 0
		}
		for _, s := range bared {
			noted = append(noted, damage.Damage{File: nameless(camera, s.Start), Camera: camera, StartAt: s.Start, EndAt: s.End, Kind: damage.Missing, FoundBy: damage.Round})
		}
		r.sum.Bare += len(bared)
	}
	for i := range noted {
		if _, known := r.noted[noted[i].File]; !known {
			r.Log.Error("of what was recorded neither a row nor a journal tells any more", "camera", camera, "from", time.UnixMicro(noted[i].StartAt).UTC(), "to", time.UnixMicro(noted[i].EndAt).UTC())
		}
	}
	return r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for i := range standing { // what is told of again
			d := &standing[i]
			if d.FoundBy == damage.Round && d.File == nameless(d.Camera, d.StartAt) && !bare.Within(bared, d.StartAt, d.EndAt) {
				if err := damage.Mend(ctx, tx, r.Clock.Micro(), d.File); err != nil {
					return err
				}
			}
		}
		return damage.Note(ctx, tx, r.Clock.Micro(), noted...)
	})
}

// again looks once more when the journals have been taken in, and gives what is so still.
func (r *tour) again(ctx context.Context, camera string, before []coverage.Interval) ([]coverage.Interval, error) {
	if err := r.Catalogue.CatchUp(ctx, camera); err != nil {
		return nil, err
	}
	now, err := bare.Find(ctx, r.DB.Read(), camera)
	return bare.Both(before, now), err
}

// told tells whether a journal tells of segments of that time which nobody has removed.
func (r *tour) told(ctx context.Context, camera string, some []coverage.Interval) (bool, error) {
	closed, removed := map[string]bool{}, map[string]bool{}
	for _, v := range r.Places.Volumes {
		for _, day := range days(some) {
			file := filepath.Join(v.Root, camera, day, journal.FileName)
			all, err := step(ctx, r.places[v.Name], func() ([]journal.Record, error) {
				all, _, _, err := journal.Read(file, 0, 0)
				return all, err
			})
			if err != nil && !errors.Is(err, os.ErrNotExist) && !journal.Unreadable(err) {
				return false, err
			}
			for i := range all {
				l := &all[i]
				if l.Segment == nil || lines.Strange(camera, l) != lines.Fine {
					continue
				}
				switch {
				case l.Kind == journal.KindTombstone:
					removed[l.File] = true
				case l.Kind == journal.KindSegment && bare.Within(some, l.Start, l.End):
					closed[l.File] = true
				}
			}
		}
	}
	for file := range closed {
		if !removed[file] {
			return true, nil
		}
	}
	return false, nil
}

// days are those of some time, and those around them: a clock that is set has lines written
// elsewhere, and a removal stands where it was done. Each once, in order.
func days(some []coverage.Interval) (all []string) {
	for _, s := range some {
		for at := s.Start - day; at < s.End+day; at += day {
			if d := time.UnixMicro(at).UTC().Format(time.DateOnly); len(all) == 0 || d > all[len(all)-1] {
				all = append(all, d)
			}
		}
	}
	return all
}

const day = int64(24 * time.Hour / time.Microsecond)

// nameless is what time is noted by of which nobody knows the file: a name like those of that
// camera and instant, of no run.
func nameless(camera string, at int64) string {
	return segment.Name{Camera: camera, Start: at, Run: "unknown"}.Path()
}
