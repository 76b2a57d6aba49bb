// Package remnant finds footage whose removal is on record and was not carried out, since a
// hold came meanwhile: the process died between the two, or a place did not let the file go.
// The row of such a segment is gone, and the file stays for as long as it is held. What keeps
// footage lets it be seen, so that it plays; the record of the removal stands as it is, and
// when no hold is left the removal is carried out. So does footage play whose removal a journal
// tells of and nobody has allowed, for as long as the file is there.
//
// A row says which it is and where the file lies. What is in the file only its line in a
// journal tells, by which the removal was told of; without that line nothing plays.
package remnant

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/retention/unlawful"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording/segment"
)

// Journals tell what the lines of a camera say of segments.
type Journals interface {
	Told(ctx context.Context, camera string, files []string, days ...string) (map[string]archive.Told, error)
}

// Remnants finds them. It has no goroutines of its own.
type Remnants struct {
	DB       *db.DB
	Journals Journals
	Volumes  []archive.Volume // that recorders write below
	// Away tells whether a volume cannot be read at present; nil: none is.
	Away func(volume string) bool

	mu    sync.Mutex // guards known
	known map[string]line
}

// Beside gives what finds those of a catalogue.
func Beside(d *db.DB, c *archive.Catalogue) func(ctx context.Context, camera string, from, to int64) ([]archive.Segment, error) {
	r := &Remnants{DB: d, Journals: c, Volumes: append([]archive.Volume{{Root: c.Root}}, c.Volumes...), Away: c.Away}
	return r.Of
}

// line is what a journal told of a file; without a segment it told nothing when it was asked.
type line struct {
	segment *archive.Segment
	asked   time.Time // by the steady clock
}

// askAgain is after how long a journal is asked again that told nothing: its disk may have
// come back. most bounds what one request has to read.
const (
	askAgain = time.Minute
	most     = 1000
)

// Of gives those of a camera that hold footage between from and to (µs since 1970 UTC), in
// order of their start. It is archive.Catalogue.Kept.
func (r *Remnants) Of(ctx context.Context, camera string, from, to int64) ([]archive.Segment, error) {
	var dead []archive.Tombstone
	err := r.DB.Read().NewSelect().Model(&dead).Where("camera = ?", camera).Where("finished_at IS NULL").
		Where("start_at < ? AND end_at > ?", to, from).OrderExpr("start_at, file").Limit(most).Scan(ctx)
	if err != nil || len(dead) == 0 {
		return nil, problem.Wrap(err, "look for removals that were not carried out")
	}
	held, err := hold.Of(ctx, r.DB.Read(), camera)
	if err != nil {
		return nil, err
	}
	files := make([]string, len(dead))
	for i := range dead {
		files[i] = dead[i].File
	}
	stays, err := unlawful.Stays(ctx, r.DB.Read(), files)
	if err != nil {
		return nil, err
	}
	var kept []archive.Tombstone
	for i := range dead {
		if stays[dead[i].File] || hold.Covered(held[camera], dead[i].StartAt, dead[i].EndAt) {
			kept = append(kept, dead[i])
		}
	}
	if err := r.learn(ctx, camera, kept); err != nil {
		return nil, err
	}
	var out []archive.Segment
	for i := range kept {
		t := &kept[i]
		r.mu.Lock()
		s := r.known[t.File].segment
		r.mu.Unlock()
		if s == nil || s.StartAt != t.StartAt || s.EndAt != t.EndAt || s.Root != t.Root {
			continue
		}
		one := *s
		if place, there := r.place(t); there {
			one.Volume = place
			out = append(out, one)
		}
	}
	return out, nil
}

// learn reads what journals tell of some files, once.
func (r *Remnants) learn(ctx context.Context, camera string, kept []archive.Tombstone) error {
	var files, days []string
	r.mu.Lock()
	for i := range kept {
		if l, asked := r.known[kept[i].File]; !asked || l.segment == nil && time.Since(l.asked) > askAgain {
			files, days = append(files, kept[i].File), append(days, segment.Day(kept[i].At))
		}
	}
	r.mu.Unlock()
	if len(files) == 0 {
		return nil
	}
	told, err := r.Journals.Told(ctx, camera, files, days...)
	if err != nil {
		return problem.Wrap(err, "read the journals of removals that were not carried out")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) > 10*most { // what is gone is not asked for any more
		r.known = map[string]line{}
	}
	for _, f := range files {
		l := line{asked: time.Now()}
		if t := told[f]; t.Removed != nil {
			s := archive.SegmentOf(camera, "", t.Removed)
			l.segment = &s
		}
		r.known[f] = l
	}
	return nil
}

// place gives where the file lies. On a disk of this machine it is looked for; a tier is
// asked when it is played. there is false where nobody knows.
func (r *Remnants) place(t *archive.Tombstone) (place string, there bool) {
	for _, v := range r.Volumes {
		if t.Place != nil && v.Name != *t.Place {
			continue
		}
		if r.Away != nil && r.Away(v.Name) {
			continue
		}
		_, err := os.Lstat(filepath.Join(v.Root, filepath.FromSlash(t.File)))
		if err == nil {
			return v.Name, true
		}
		if t.Place != nil || !errors.Is(err, os.ErrNotExist) {
			return "", false
		}
	}
	if t.Place == nil {
		return "", false
	}
	for _, v := range r.Volumes {
		if v.Name == *t.Place {
			return "", false // its disk is away
		}
	}
	return *t.Place, true
}
