package lines

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Sight sees where files of segments lie at present.
type Sight interface {
	// Size is how many bytes a file has at a place. fs.ErrNotExist says that the place answers
	// and has none; any other error, that nobody can tell.
	Size(ctx context.Context, place, file string) (int64, error)
	// Disks are the recording disks that can be read.
	Disks() []string
	// Writing tells whether a segment is being written, by the name of its closed file.
	Writing(ctx context.Context, camera, file string) bool
}

// Line is one of a journal, and the disk that the journal lies on.
type Line struct {
	*journal.Record
	Volume string
}

// First is what was told of a segment first.
type First struct {
	File   string
	EndAt  int64 // µs since 1970 UTC
	Bytes  int64
	Root   string
	Volume string
	// By its tombstone, which says for certain only from when to when it was.
	dead bool
}

func (t First) other(r *journal.Record) bool {
	return t.EndAt != r.End || !t.dead && r.Kind != journal.KindTombstone && (t.Bytes != r.Bytes || t.Root != r.Root)
}

// Verdict is what becomes of a line that does not agree with what was told before, or with
// what lies there.
type Verdict struct {
	Why     Why    // the line is passed over; Fine: it counts
	Instead *First // and takes the place of this, of which the file shows that it is untrue
}

// AsTold judges, by their places, lines of a camera's journals that tell of a segment: those
// that tell of it otherwise than the row that is there, or than one of them before, and those
// that what lies there speaks against. Lines that nothing is to be said of are left out.
func AsTold(ctx context.Context, tx bun.IDB, sight Sight, camera string, all []Line) (map[int]Verdict, error) {
	j := judge{sight: sight, camera: camera, all: all, known: map[string]First{}, moving: map[string]string{}}
	if err := j.know(ctx, tx); err != nil {
		return nil, err
	}
	out := map[int]Verdict{}
	for i, l := range all {
		var v Verdict
		switch {
		case l.Kind == journal.KindLost && l.Sealed != nil:
			v.Why = j.lost(ctx, i)
		case l.Segment == nil:
			continue
		case l.Kind == journal.KindSegment:
			v = j.closed(ctx, i)
		case l.Kind == journal.KindMove:
			v.Why = j.moved(ctx, l.Record)
		default:
			switch t, told := j.known[l.File]; {
			case told && t.other(l.Record):
				v.Why = Otherwise
			case !told && l.Kind == journal.KindTombstone && j.sight.Writing(ctx, camera, l.File):
				v.Why = Unclosed // nothing removes what is not there yet
			}
		}
		if v != (Verdict{}) {
			out[i] = v
		}
	}
	return out, nil
}

// judge knows what was told before, and grows by each line that counts.
type judge struct {
	sight  Sight
	camera string
	all    []Line
	known  map[string]First
	moving map[string]string // where a mover brings files, as it noted before it began
}

func (j *judge) know(ctx context.Context, tx bun.IDB) error {
	var files, moves []string
	for _, l := range j.all {
		if l.Segment != nil || l.Kind == journal.KindLost {
			files = append(files, l.Of())
		}
		if l.Segment != nil && l.Kind == journal.KindMove {
			moves = append(moves, l.File)
		}
	}
	if len(files) == 0 {
		return nil
	}
	var dead []First
	err := tx.NewSelect().Table("tombstones").Column("file", "end_at", "bytes", "root").
		Where("camera = ?", j.camera).Where("file IN (?)", bun.List(files)).Scan(ctx, &dead)
	for _, t := range dead {
		t.dead = true
		j.known[t.File] = t
	}
	var rows []First
	if err == nil {
		err = tx.NewSelect().Table("segments").Column("file", "end_at", "bytes", "root", "volume").
			Where("camera = ?", j.camera).Where("file IN (?)", bun.List(files)).Scan(ctx, &rows)
	}
	for _, t := range rows {
		j.known[t.File] = t
	}
	var moving []struct{ File, Target string }
	if err == nil && len(moves) > 0 {
		err = tx.NewSelect().Table("tier_moves").Column("file", "target").Where("file IN (?)", bun.List(moves)).Scan(ctx, &moving)
	}
	for _, m := range moving {
		j.moving[m.File] = m.Target
	}
	return problem.Wrap(err, "read what was told of segments")
}

// closed judges a line that says that a segment was closed.
func (j *judge) closed(ctx context.Context, i int) Verdict {
	l := &j.all[i]
	is := First{File: l.File, EndAt: l.End, Bytes: l.Bytes, Root: l.Root, Volume: l.Volume}
	t, told := j.known[l.File]
	if told && (t.dead || !t.other(l.Record)) {
		if t.other(l.Record) {
			return Verdict{Why: Otherwise}
		}
		return Verdict{}
	}
	size, err := j.sight.Size(ctx, l.Volume, l.File)
	there := err == nil
	switch {
	case told && there && size == l.Bytes && size != t.Bytes:
		is.Volume = t.Volume
		j.known[l.File] = is
		return Verdict{Instead: &t}
	case told:
		return Verdict{Why: Otherwise}
	case there && size == l.Bytes:
	case there && j.later(i, func(r *journal.Record) bool { return r.Bytes == size }):
		return Verdict{Why: Otherwise}
	case errors.Is(err, fs.ErrNotExist) && j.sight.Writing(ctx, j.camera, l.File):
		return Verdict{Why: Unclosed}
	case j.later(i, func(r *journal.Record) bool { return is.other(r) }) && j.sealed(i):
		return Verdict{Why: Otherwise}
	}
	j.known[l.File] = is
	return Verdict{}
}

// later tells whether another line behind one tells of the same segment, and so.
func (j *judge) later(i int, so func(*journal.Record) bool) bool {
	return slices.ContainsFunc(j.all[i+1:], func(l Line) bool {
		return l.Kind == journal.KindSegment && l.Segment != nil && l.File == j.all[i].File && so(l.Record)
	})
}

// sealed tells whether the seals of a segment speak against a line that says how it was
// closed: more had been sealed before, or it was sealed afterwards.
func (j *judge) sealed(i int) bool {
	r := &j.all[i]
	for k, l := range j.all {
		if l.Kind == journal.KindSeal && l.Sealed != nil && l.Sealed.File == r.File && Unsealed(r.Record, l.Sealed, k > i && l.Volume == r.Volume) {
			return true
		}
	}
	return false
}

// Unsealed tells whether a seal speaks against a line of a journal that says how its segment
// was closed: more had been sealed than there was then, or it was sealed when it was closed
// already.
func Unsealed(r *journal.Record, s *journal.Sealed, behind bool) bool {
	return behind || r.Short == 0 && (s.Parts > r.Parts || s.Bytes > r.Bytes)
}

// lost judges a line that says that nothing was there of what had been sealed. A start writes
// it where the segment was neither closed nor there; a file that comes back afterwards is
// made whole, and told of so.
func (j *judge) lost(ctx context.Context, i int) Why {
	file := j.all[i].Sealed.File
	if t, told := j.known[file]; told {
		if t.dead {
			return Fine
		}
		return Present
	}
	for _, l := range j.all[i+1:] {
		if l.Kind == journal.KindSegment && l.Segment != nil && l.File == file && l.Recovered {
			return Fine
		}
	}
	if j.sight.Writing(ctx, j.camera, file) {
		return Present
	}
	for _, disk := range j.sight.Disks() {
		if size, err := j.sight.Size(ctx, disk, file); err == nil && size >= j.all[i].Sealed.Bytes {
			return Present
		}
	}
	return Fine
}

// moved judges a line that says where a segment lies now. The mover notes what it does before
// it begins, brings the copy, says so, and removes the first copy last. So a line is false
// where the file lies where it was and the target answers and has none; of a move of long
// ago the first copy is gone.
func (j *judge) moved(ctx context.Context, r *journal.Record) Why {
	t, told := j.known[r.File]
	switch {
	case told && t.other(r):
		return Unmoved
	case !told || t.dead || r.To == nil:
		return Fine
	}
	to := *r.To
	if t.Volume != to && j.moving[r.File] != to && j.nowhere(ctx, &t, to) {
		return Nowhere
	}
	t.Volume = to
	j.known[r.File] = t
	return Fine
}

// nowhere tells whether a file lies where it was, and a target has none. Archive tiers are
// asked only about what a disk speaks against: a chain of old moves would ask about each.
func (j *judge) nowhere(ctx context.Context, t *First, to string) bool {
	disks := j.sight.Disks()
	if !slices.Contains(disks, t.Volume) && !slices.Contains(disks, to) {
		return false
	}
	for _, at := range []struct {
		place string
		there bool
	}{{t.Volume, true}, {to, false}} {
		size, err := j.sight.Size(ctx, at.place, t.File)
		if at.there && (err != nil || size != t.Bytes) || !at.there && !errors.Is(err, fs.ErrNotExist) && (err != nil || size == t.Bytes) {
			return false
		}
	}
	return true
}
