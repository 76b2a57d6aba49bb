package inventory

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Rebuild makes the catalogue again from files and journals. No recorder may write
// meanwhile.
type Rebuild struct {
	*tier.Places
	Catalogue *archive.Catalogue // not started
	Scratch   string             // folder for one segment at a time
	Clock     clock.Clock
	Log       *slog.Logger
	OnFinding func(Finding)
	OnCamera  func(camera string, done, of int)
	// Told, if set, gives all entries of the transparency log, the earlier ones first. They
	// are asked where the journals do not show that a recorder wrote a segment.
	Told iter.Seq2[[]byte, error]

	adopted []adopted           // and not in a journal yet
	lie     map[string][]string // where files lie that strayed and were left, by the paths that they belong to
}

// Result says what was done.
type Result struct {
	Cameras, Segments int
	Journals          int // days whose journal came back from a tier
	Adopted           int // segments that no journal told of
	Unproved          int // of these, segments of which neither journals nor log show whose they are
	Quarantined       int // files that are no segments: they hold no picture, say
	Moved             int // segments that lie elsewhere than was told
	Missing           int // segments that no place holds
	Back              int // segments that lay in the wrong place and were put back
	Found             int // things that were named
}

// Run does it. What it cannot make sense of is set aside or named, never removed.
func (r *Rebuild) Run(ctx context.Context) (res Result, err error) {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	named := map[Finding]bool{}
	tell := func(f Finding) {
		if f.Kind == Unread && named[f] {
			return
		}
		named[f] = f.Kind == Unread
		if f.Kind != Remark {
			res.Found++
		}
		if r.OnFinding != nil {
			r.OnFinding(f)
		}
	}
	there, cameras, err := open(ctx, r.Places, tell)
	if err != nil {
		return res, err
	}
	for _, camera := range cameras {
		if err := list(ctx, there, camera); err != nil {
			return res, err
		}
		glance(r.Places, camera, tell)
		if err := r.journals(ctx, camera, there, &res); err != nil {
			return res, err
		}
	}
	// What lies in the wrong place comes back before anything is told of what is there.
	back, err := r.putBack(ctx, &res)
	if err != nil {
		return res, err
	}
	cameras = slices.Compact(slices.Sorted(slices.Values(append(cameras, back...))))
	for _, camera := range cameras {
		if err := list(ctx, there, camera); err != nil {
			return res, err
		}
		if err := r.adopt(ctx, camera, there, &res, tell); err != nil {
			return res, err
		}
	}
	if err := r.note(ctx, &res); err != nil {
		return res, err
	}
	// The node's own journals come back, too, but make no rows.
	if err := list(ctx, there, journal.Node); err != nil {
		return res, err
	}
	glance(r.Places, journal.Node, tell)
	if err := r.journals(ctx, journal.Node, there, &res); err != nil {
		return res, err
	}
	if err := r.forget(ctx); err != nil {
		return res, err
	}
	if err := r.Catalogue.Start(ctx); err != nil {
		return res, err
	}
	defer r.Catalogue.Close()
	for i, camera := range cameras {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		if r.OnCamera != nil {
			r.OnCamera(camera, i, len(cameras))
		}
		if err := r.camera(ctx, camera, there, &res, tell); err != nil {
			return res, err
		}
		res.Cameras++
	}
	return res, nil
}

// forget deletes the rows that are made again, and keeps retention from removing
// anything until a person has confirmed (R5). Moves and what was copied are no part of
// the catalogue, nor are tombstones: they only ever come to be.
func (r *Rebuild) forget(ctx context.Context) error {
	return r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := frozen.Set(ctx, tx, r.Clock.Micro(), frozen.Rebuilt, "watchroom archive rebuild"); err != nil {
			return err
		}
		for _, table := range []string{"segments", "coverage", "coverage_days", "camera_clocks", "journal_cursors"} {
			if _, err := tx.NewDelete().Table(table).Where("1 = 1").Exec(ctx); err != nil {
				return problem.Wrap(err, "forget the catalogue")
			}
		}
		return nil
	})
}

// journals brings back what only a tier still has of a camera's journals.
func (r *Rebuild) journals(ctx context.Context, camera string, there []stock, res *Result) error {
	for _, s := range there[r.volumes(there):] {
		for _, name := range slices.Sorted(maps.Keys(s.files)) {
			volume, of, day, ok := tier.ParseJournalName(name)
			if !ok || of != camera {
				continue
			}
			root, same := r.rootOf(volume)
			added, err := r.bringBack(ctx, s.store, name, root, same, camera, day)
			if err != nil {
				return err
			}
			if added > 0 {
				res.Journals++
				r.Log.Info("a journal came back from an archive tier", "tier", s.place, "file", name, "lines", added)
			}
		}
	}
	return nil
}

// volumes is how many of the places are volumes; they come first.
func (r *Rebuild) volumes(there []stock) (n int) {
	for n < len(there) && slices.ContainsFunc(r.Volumes, func(v tier.Volume) bool { return v.Name == there[n].place }) {
		n++
	}
	return n
}

// rootOf is the folder of a volume, or recording.folder where there is no such volume
// any more; same tells which.
func (r *Rebuild) rootOf(volume string) (root string, same bool) {
	for _, v := range r.Volumes {
		if v.Name == volume && (v.Away == nil || !v.Away()) {
			return v.Root, true
		}
	}
	return r.Volumes[0].Root, false
}

// bringBack appends the lines of a copy that the journal lacks. at tells that root is
// the folder where they stood before.
func (r *Rebuild) bringBack(ctx context.Context, from tier.Store, name, root string, at bool, camera, day string) (added int, err error) {
	f, err := from.Open(ctx, name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	copied, _, torn, err := journal.Scan(io.NewSectionReader(f, 0, size), 0, 0)
	if err != nil {
		return 0, err
	}
	ours, _, _, missing := journal.ReadLines(filepath.Join(root, camera, day, journal.FileName), 0, 0)
	if missing != nil && !errors.Is(missing, os.ErrNotExist) && !journal.Unreadable(missing) {
		return 0, missing
	}
	have := map[string]int{}
	for i := range ours {
		first := ours[i].First()
		have[first.Text()]++
	}
	// A journal that is lost as a whole comes back byte by byte, so that each line stands
	// where it stood. Of any other the log must ask whether it knows them.
	whole := errors.Is(missing, os.ErrNotExist) && torn == 0 && at
	var lacking []journal.Record
	for i := range copied {
		first := copied[i].First()
		text := first.Text()
		if have[text]--; have[text] >= 0 {
			continue
		}
		whole = whole && strings.HasSuffix(string(copied[i].Raw), " "+copied[i].Text())
		lacking = append(lacking, copied[i].Record)
	}
	if len(lacking) == 0 {
		return 0, nil
	}
	for i := range lacking {
		lacking[i].Again = lacking[i].Again || !whole
	}
	return len(lacking), appendTo(root, camera, day, lacking...)
}

// appendTo appends to the journal of a day.
func appendTo(root, camera, day string, records ...journal.Record) error {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return err
	}
	w := journal.Writer{Root: root, Camera: camera}
	defer w.Close()
	return w.Append(at.UnixMicro(), records...)
}

// camera takes a camera's journals in and finds its segments.
func (r *Rebuild) camera(ctx context.Context, camera string, there []stock, res *Result, tell func(Finding)) error {
	r.Catalogue.Notify(camera)
	if err := r.Catalogue.Current(ctx, camera); err != nil {
		return err
	}
	if err := list(ctx, there, camera); err != nil {
		return err
	}
	all, err := rows(ctx, r.Places, camera)
	if err != nil {
		return err
	}
	known := map[string]string{}
	for i := range all {
		s := &all[i]
		name := filepath.ToSlash(s.File)
		known[name] = s.Volume
		res.Segments++
		found := elsewhere(there, name)
		if slices.Contains(found, s.Volume) {
			continue
		}
		if len(found) > 0 {
			if err := r.move(ctx, s, found[0]); err != nil {
				return err
			}
			known[name] = found[0]
			res.Moved++
			continue
		}
		if slices.ContainsFunc(there, func(x stock) bool { return x.place == s.Volume }) {
			res.Missing++
			tell(Finding{Missing, s.Volume, name, cmp.Or(strayed.Lies(r.lie, name), "no place holds it")})
		}
	}
	told, err := readLines(r.Places, camera, nil)
	if err != nil {
		return err
	}
	moving, err := r.Moving(ctx) // the mover ends what it has begun
	if err != nil {
		return err
	}
	for _, f := range told.unread {
		tell(f)
	}
	strays(camera, there, known, moving, &told, tell, &Summary{})
	var back []string
	for _, s := range there {
		for _, name := range slices.Sorted(maps.Keys(s.files)) {
			if told.removed[name] {
				back = append(back, filepath.FromSlash(name))
			}
		}
	}
	return r.Catalogue.Reappeared(ctx, back)
}

// move writes down where a segment was found.
func (r *Rebuild) move(ctx context.Context, s *archive.Segment, to string) error {
	closed := s.Closed()
	now := r.Clock.Micro()
	root, _ := r.rootOf(s.Volume)
	err := appendTo(root, s.Camera, segment.Day(now), journal.Record{Kind: journal.KindMove, At: now, Run: s.Run, To: &to, Segment: &closed})
	if err != nil {
		return err
	}
	return r.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*archive.Segment)(nil)).Set("volume = ?", to).
			Where("camera = ? AND start_at = ? AND file = ?", s.Camera, s.StartAt, s.File).Exec(ctx)
		return problem.Wrap(err, "note where a segment lies")
	})
}
