package stepped

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Journals works out anew how old footage can be, from the lines that recorders wrote
// beside it, for whoever must not believe rows. What it has read it keeps, and reads only
// what came since.
type Journals struct {
	// Roots gives the folders of recordings that answer, that of the configuration first.
	// What lies on others is not read: it tells of no step.
	Roots func() []string

	mu  sync.Mutex // guards what follows
	all map[string]*known
}

// known is what was read of the journals of one camera, or of the recorder.
type known struct {
	steps *Steps
	next  map[string]int64 // by file: how far it was read
	key   map[string]int64 // by folder: the latest instant told of, as the catalogue orders its volumes
	right int64            // the earliest instant of a run that can be right; MaxInt64: there is none
}

// Age is the latest instant at which footage can have ended, µs since 1970 UTC or Unknown.
type Age struct {
	Camera int64 // by the journals of its camera, of which every catalogue knows: large steps alone
	Latest int64 // by those and by what the recorder noted of its own clock
}

// Ages gives, for footage of a camera that ends at some instants by the clock of then, how
// old it can be.
func (j *Journals) Ages(ctx context.Context, camera string, ends ...int64) ([]Age, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	own, err := j.read(ctx, camera)
	if err != nil {
		return nil, err
	}
	node, err := j.read(ctx, journal.Node)
	if err != nil {
		return nil, err
	}
	both, large := own.steps.with(node.steps), own.steps.large(math.MaxInt64)
	out := make([]Age, len(ends))
	for i, end := range ends {
		out[i] = Age{Camera: max(end, large.aged(end, nil)), Latest: max(end, both.aged(end, nil))}
	}
	return out, nil
}

// Then is how old footage could be by what its camera's journals had told of at an
// instant, for whoever judges what was done then. Of footage from before Born nothing is
// said where another run can have told how old it is.
func (j *Journals) Then(ctx context.Context, camera string, end, at int64) (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	own, err := j.read(ctx, camera)
	if err != nil {
		return 0, err
	}
	aged := own.steps.large(at).aged(end, nil)
	if aged == Unknown && own.right <= at {
		return end, nil
	}
	if aged < Unknown { // a catalogue that reads in another order comes to a little less
		aged -= far
	}
	return max(end, aged), nil
}

// Renew ages the rows of a camera that say that footage is older than the journals do, and
// keeps the steps that they tell of.
func (j *Journals) Renew(ctx context.Context, d *db.DB, camera string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	own, err := j.read(ctx, camera)
	if err != nil {
		return err
	}
	node, err := j.read(ctx, journal.Node)
	if err != nil {
		return err
	}
	s := own.steps.with(node.steps)
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		last := int64(math.MinInt64)
		for _, p := range s.all {
			if p.ToAt == 0 {
				continue
			}
			last = max(last, p.FromAt)
			_, err := tx.NewInsert().Model(&p).On("CONFLICT (camera, from_at) DO UPDATE").Set("to_at = EXCLUDED.to_at").
				Where("step.to_at < EXCLUDED.to_at").Exec(ctx)
			if err != nil {
				return err
			}
		}
		var ends []int64
		err := tx.NewSelect().Table("segments").ColumnExpr("DISTINCT end_at").Where("camera = ?", camera).
			Where("end_at <= ?", max(last+coverage.Tolerance, Born)).Scan(ctx, &ends)
		if err != nil {
			return err
		}
		for _, end := range ends {
			_, err := tx.NewUpdate().Table("segments").Set("aged_at = ?", s.aged(end, nil)).Where("camera = ?", camera).
				Where("end_at = ? AND aged_at < ?", end, s.aged(end, nil)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return problem.Wrap(err, "age the footage before a step of the clock")
}

// Forged tells whether no catalogue can have come to the age that a row tells of footage that
// ends at an instant, if the journals come to another. Those of earlier versions knew
// nothing of footage from before the program, and where the clock was behind twice it
// depends on the order of reading to which run they tie it; none ever said that such
// footage ended before it either.
func Forged(end, told, aged int64) bool {
	if end < Born {
		return told != 0 && told < Born
	}
	return aged-max(end, told) > far
}

// large gives the steps of an hour and more that were over at an instant.
func (s *Steps) large(at int64) *Steps {
	few := &Steps{camera: s.camera}
	for _, p := range s.all {
		if p.ToAt <= at && (p.ToAt == 0 || p.ToAt-p.FromAt > far) {
			few.all = append(few.all, p)
		}
	}
	return few
}

// with gives the steps of a camera and those of the recorder's own clock together.
func (s *Steps) with(node *Steps) *Steps {
	all := slices.Clone(s.all)
	for _, p := range node.all {
		p.Camera = s.camera
		if !slices.ContainsFunc(all, func(q Step) bool { return q.FromAt == p.FromAt }) {
			all = append(all, p)
		}
	}
	inOrder(all)
	return &Steps{camera: s.camera, all: all}
}

func inOrder(all []Step) {
	slices.SortStableFunc(all, func(a, b Step) int { return cmp.Or(cmp.Compare(a.ToAt, b.ToAt), cmp.Compare(a.FromAt, b.FromAt)) })
}

// noted takes in what the recorder noted of its own clock.
func (s *Steps) noted(r *journal.Record) {
	if r.Kind == journal.KindTime && r.Step != nil && *r.Step > Least {
		s.all = append(s.all, Step{Camera: s.camera, FromAt: r.At - *r.Step, ToAt: r.At})
	}
}

// volume reads a folder's journals of a camera, day after day.
type volume struct {
	root  string
	files []string // those that are not read to their end
	lines []journal.Record
}

func (v *volume) fill(k *known) error {
	for len(v.lines) == 0 && len(v.files) > 0 {
		file := v.files[0]
		v.files = v.files[1:]
		records, next, _, err := journal.Read(file, k.next[file], 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !journal.Unreadable(err) {
			return err
		}
		v.lines, k.next[file] = records, next
	}
	return nil
}

// read takes in what the journals of a camera hold beyond what is known, in the order in
// which the catalogue does.
func (j *Journals) read(ctx context.Context, camera string) (*known, error) {
	k := j.all[camera]
	if k == nil {
		k = &known{steps: &Steps{camera: camera}, next: map[string]int64{}, key: map[string]int64{}, right: math.MaxInt64}
	}
	var volumes []*volume
	for _, root := range j.Roots() {
		v, shorter, err := open(root, camera, k.next)
		if err != nil {
			return nil, err
		}
		if shorter { // it is another file: what it told before counts no more
			delete(j.all, camera)
			return j.read(ctx, camera)
		}
		if _, before := k.key[root]; !before {
			k.key[root] = math.MinInt64
		}
		volumes = append(volumes, v)
	}
	if j.all == nil {
		j.all = map[string]*known{}
	}
	delete(j.all, camera) // after an error nobody knows how far it is
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var first *volume
		order := func(v *volume) int64 { return max(k.key[v.root], v.lines[0].At) }
		for _, v := range volumes {
			if err := v.fill(k); err != nil {
				return nil, err
			}
			if len(v.lines) > 0 && (first == nil || order(v) < order(first)) {
				first = v
			}
		}
		if first == nil {
			break
		}
		k.follow(camera, first.root, &first.lines[0])
		first.lines = first.lines[1:]
	}
	k.steps.fresh = nil
	inOrder(k.steps.all)
	j.all[camera] = k
	return k, nil
}

// follow takes in one line.
func (k *known) follow(camera, root string, r *journal.Record) {
	if camera == journal.Node {
		k.steps.noted(r)
		return
	}
	if file := r.Of(); file != "" {
		name, _, err := segment.ParseName(file)
		if err != nil || name.Camera != camera || name.Path() != file {
			return // somebody copied a folder
		}
	}
	switch r.Kind {
	case journal.KindStart, journal.KindStop, journal.KindRun, journal.KindSegment, journal.KindGap:
		k.key[root] = max(k.key[root], r.At)
	}
	if r.Kind == journal.KindRun && r.At >= Born {
		k.right = min(k.right, r.At)
	}
	if r.Kind == journal.KindSegment && r.Segment != nil && r.End >= Born {
		k.right = min(k.right, r.End)
	}
	k.steps.Follow(r)
}

// open finds the journals of a camera in a folder that hold more than was read of them.
// shorter tells that one holds less.
func open(root, camera string, next map[string]int64) (v *volume, shorter bool, err error) {
	v = &volume{root: root}
	days, err := os.ReadDir(filepath.Join(root, camera))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return v, false, err
	}
	for _, d := range days {
		if _, err := time.Parse(time.DateOnly, d.Name()); err != nil {
			continue
		}
		file := filepath.Join(root, camera, d.Name(), journal.FileName)
		st, err := os.Lstat(file)
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		if st.Size() < next[file] {
			return nil, true, nil
		}
		if st.Size() > next[file] {
			v.files = append(v.files, file)
		}
	}
	return v, false, nil
}
