package inventory

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// adopted is the line of a segment that no journal tells of.
type adopted struct {
	root   string // of the volume whose journal gets it
	camera string
	journal.Record
	doubt bool // the journals do not show whose it is
}

// adopt makes lines for a camera's segments that no journal tells of.
func (r *Rebuild) adopt(ctx context.Context, camera string, there []stock, res *Result, tell func(Finding)) error {
	told, err := readLines(r.Places, camera, nil)
	if err != nil {
		return err
	}
	for _, f := range told.unread {
		tell(f)
	}
	for n, s := range there {
		volume := n < r.volumes(there)
		root, _ := r.rootOf(s.place)
		for _, name := range slices.Sorted(maps.Keys(s.files)) {
			if err := ctx.Err(); err != nil {
				return err
			}
			what := classify(camera, name)
			if _, known := told.closed[name]; known || told.removed[name] || what != aSegment && (what != anOpenOne && what != misplaced || !volume) {
				continue
			}
			sealed := told.sealed[strings.TrimSuffix(name, segment.PartExt)]
			var rec *journal.Record
			if volume {
				rec, err = r.adoptHere(root, filepath.FromSlash(name), sealed, res)
			} else {
				rec, err = r.adoptThere(ctx, s.store, name, s.files[name])
			}
			if err != nil {
				r.Log.Error("a file could not be taken in", "place", s.place, "file", name, "err", err)
				continue
			}
			if rec == nil {
				continue
			}
			r.adopted = append(r.adopted, adopted{root, camera, *rec, r.doubtful(&told, sealed, rec)})
			told.closed[filepath.ToSlash(rec.File)] = *rec
			if volume && what == anOpenOne {
				s.files[filepath.ToSlash(rec.File)] = rec.Bytes
			}
		}
	}
	return nil
}

// doubtful tells whether the journals do not show that a recorder of this camera wrote a
// segment, by the rule of a start. Where a camera's journals are gone as a whole, which is
// what is mended here, only the log can speak against what is found.
func (r *Rebuild) doubtful(told *lines, sealed []journal.Sealed, rec *journal.Record) bool {
	l := leftover.Left{Sealed: sealed, Strange: !told.runs[rec.Run] && (len(told.runs) > 0 || r.Told != nil), Past: &told.past}
	for _, at := range []int64{rec.Start, rec.Start + (24 * time.Hour).Microseconds()} {
		l.Watched = l.Watched || told.watched[segment.Day(at)]
	}
	alone := !slices.ContainsFunc(r.Volumes, func(v tier.Volume) bool { return v.Away != nil && v.Away() })
	doubt := leftover.Unproved(&l, rec.Segment, 0, alone)
	if !doubt {
		told.past.Runs.Take(rec)
	}
	return doubt
}

// note writes the lines of what was adopted, and marks in them what nothing proves.
func (r *Rebuild) note(ctx context.Context, res *Result) error {
	if err := r.ask(ctx); err != nil {
		return err
	}
	for i := range r.adopted {
		a := &r.adopted[i]
		if a.Unproved = a.doubt; a.doubt {
			res.Unproved++
			r.Log.Error("nothing shows that a recorder of this camera wrote a segment", "camera", a.camera, "file", a.File)
		}
		if err := appendTo(a.root, a.camera, segment.Day(a.Start), a.Record); err != nil {
			return err
		}
		res.Adopted++
	}
	r.adopted = nil
	return nil
}

// ask looks in the log for what the journals do not prove. It is long, and read once.
func (r *Rebuild) ask(ctx context.Context) error {
	doubtful := map[string]*adopted{}
	for i := range r.adopted {
		if a := &r.adopted[i]; a.doubt {
			doubtful[a.File] = a
		}
	}
	if len(doubtful) == 0 || r.Told == nil {
		return nil
	}
	r.Log.Info("the log is asked for segments that no journal proves", "segments", len(doubtful))
	for b, err := range r.Told {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // what it did not get to tell stays in doubt
			r.Log.Error("the log cannot be read on", "err", err)
			return nil
		}
		e, err := leaf.Decode(b)
		if err != nil {
			continue // no entry of ours
		}
		s, ok := e.(*leaf.Segment)
		if !ok {
			continue
		}
		if a := doubtful[s.File]; a != nil && s.Camera == a.camera {
			if root, ok := a.RootHash(); ok && root == s.Root {
				a.doubt = false
			}
		}
	}
	return nil
}

func (r *Rebuild) adoptHere(root, path string, sealed []journal.Sealed, res *Result) (*journal.Record, error) {
	closed, what, err := leftover.Adopt(root, path, sealed)
	if err != nil {
		return nil, err
	}
	if closed == nil {
		if what != leftover.Misplaced {
			res.Quarantined++
			r.Log.Warn("a file was set aside", "what", string(what), "file", path)
		}
		return nil, nil
	}
	return record(closed)
}

func record(closed *segment.Closed) (*journal.Record, error) {
	name, _, err := segment.ParseName(closed.File)
	if err != nil {
		return nil, err
	}
	return &journal.Record{Kind: journal.KindSegment, At: closed.End, Run: name.Run, Segment: closed}, nil
}

// adoptThere looks at a segment of a tier, in a copy.
func (r *Rebuild) adoptThere(ctx context.Context, from tier.Store, name string, size int64) (*journal.Record, error) {
	n, _, err := segment.ParseName(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	f, err := from.ReadBack(ctx, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tmp, err := os.CreateTemp(r.Scratch, "inspect-*"+segment.Ext)
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := io.Copy(tmp, io.NewSectionReader(f, 0, size)); err != nil {
		return nil, err
	}
	s, tracks, err := segment.Inspect(tmp, r.Scratch, n, nil)
	if err != nil {
		return nil, err
	}
	if s.Frames == 0 {
		return nil, fmt.Errorf("%s holds no picture", name)
	}
	s.Size = size
	closed := s.Describe(tracks)
	closed.Recovered = true
	return record(closed)
}
