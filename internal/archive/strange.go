package archive

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/segment"
)

// strange tells of a line that no recorder can have written.
func (c *Catalogue) strange(camera string, r *taken, why lines.Why) {
	c.Log.Error("no recorder wrote a line of a journal", "camera", camera, "volume", r.volume, "kind", r.Kind, "at", r.At, "file", r.Of(), "why", string(why))
	if c.OnStrange != nil {
		c.OnStrange(lines.Found{Camera: camera, Volume: r.volume, Why: why, At: r.At, File: r.Of()})
	}
}

// back tells of a gap that was dated back into a time that was told of. It counts all the
// same: for certain nobody knows here whether the clock was set.
func (c *Catalogue) back(camera string, r *taken) {
	if !r.late && lines.Back(&r.Record, c.runs[camera].Now(), c.Clock.Micro()) {
		c.strange(camera, r, lines.Backdated)
	}
}

// asTold leaves out of a batch what tells of a segment otherwise than was told first, or than
// lies there.
func (c *Catalogue) asTold(ctx context.Context, camera string, batch []taken) ([]taken, error) {
	all := make([]lines.Line, len(batch))
	for i := range batch {
		all[i] = lines.Line{Record: &batch[i].Record, Volume: batch[i].volume}
	}
	verdicts, err := lines.AsTold(ctx, c.DB.Read(), sight{c}, camera, all)
	if err != nil || len(verdicts) == 0 {
		return batch, err
	}
	out := make([]taken, 0, len(batch))
	for i := range batch {
		r, v := &batch[i], verdicts[i]
		if v.Why != lines.Fine {
			c.strange(camera, r, v.Why)
			continue
		}
		if r.instead = v.Instead; r.instead != nil { // what was told before is what nobody wrote
			was := taken{Record: r.Record, volume: r.volume}
			was.At = r.instead.EndAt
			c.strange(camera, &was, lines.Otherwise)
		}
		out = append(out, *r)
	}
	return out, nil
}

// sight sees where files lie, without waiting long for a place.
type sight struct{ c *Catalogue }

// Size implements lines.Sight.
func (s sight) Size(ctx context.Context, place, file string) (int64, error) {
	root, ok := s.c.root(place)
	if !ok && s.c.Weigh == nil || ok && s.c.Away != nil && s.c.Away(place) {
		return 0, ErrTierAway.With("tier", place)
	}
	return read(ctx, s.c, place, func() (int64, error) {
		if !ok {
			return s.c.Weigh(ctx, place, file)
		}
		st, err := os.Lstat(filepath.Join(root, file))
		if err == nil && !st.Mode().IsRegular() {
			err = os.ErrNotExist
		}
		if err != nil {
			return 0, err
		}
		return st.Size(), nil
	})
}

// Disks implements lines.Sight.
func (s sight) Disks() (names []string) {
	for _, v := range s.c.roots() {
		names = append(names, v.Name)
	}
	return names
}

// sizes gives the lengths of a file wherever it lies.
func (s sight) sizes(ctx context.Context, file string) (all []int64) {
	for _, place := range append(s.Disks(), s.c.Tiers...) {
		if n, err := s.Size(ctx, place, file); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// Writing implements lines.Sight.
func (s sight) Writing(ctx context.Context, camera, file string) bool {
	if open := s.c.open(camera); open != nil && open.Name.Path() == file {
		return true
	}
	return slices.ContainsFunc(s.Disks(), func(disk string) bool {
		_, err := s.Size(ctx, disk, file+segment.PartExt)
		return err == nil
	})
}

// root is the folder of a volume; ok is false where a name is that of none.
func (c *Catalogue) root(volume string) (root string, ok bool) {
	for _, v := range append([]Volume{{"", c.Root}}, c.Volumes...) {
		if v.Name == volume {
			return v.Root, true
		}
	}
	return "", false
}
