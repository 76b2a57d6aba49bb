package archive

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/lines"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Strange is a line of a journal that no recorder can have written.
type Strange struct {
	Camera, Volume string
	Why            lines.Why
	At             int64  // as the line has it, µs since 1970 UTC
	File           string // that it names; may be empty
}

// strange tells of such a line.
func (c *Catalogue) strange(camera string, r *taken, why lines.Why) {
	c.Log.Error("no recorder wrote a line of a journal", "camera", camera, "volume", r.volume, "kind", r.Kind, "at", r.At, "file", r.Of(), "why", string(why))
	if c.OnStrange != nil {
		c.OnStrange(Strange{Camera: camera, Volume: r.volume, Why: why, At: r.At, File: r.Of()})
	}
}

// back tells of a gap that was dated back into a time that was told of. It counts all the
// same: for certain nobody knows here whether the clock was set.
func (c *Catalogue) back(camera string, r *taken) {
	if !r.late && lines.Back(&r.Record, c.runs[camera].UpTo(), c.Clock.Micro()) {
		c.strange(camera, r, lines.Backdated)
	}
}

// toldOf is what was told of a segment first.
type toldOf struct {
	File  string
	EndAt int64 // µs since 1970 UTC
	Bytes int64
	Root  string
}

func (t toldOf) other(r *journal.Record) bool {
	return t.EndAt != r.End || r.Kind != journal.KindTombstone && (t.Bytes != r.Bytes || t.Root != r.Root)
}

// asTold leaves out of a batch what tells of a segment otherwise than was told first.
func (c *Catalogue) asTold(ctx context.Context, camera string, batch []taken) ([]taken, error) {
	var files []string
	for i := range batch {
		if batch[i].Segment != nil {
			files = append(files, batch[i].File)
		}
	}
	if len(files) == 0 {
		return batch, nil
	}
	first := map[string]toldOf{}
	for _, table := range []string{"tombstones", "segments"} {
		var rows []toldOf
		err := c.DB.Read().NewSelect().Table(table).Column("file", "end_at", "bytes", "root").
			Where("camera = ?", camera).Where("file IN (?)", bun.List(files)).Scan(ctx, &rows)
		if err != nil {
			return nil, problem.Wrap(err, "read what was told of segments")
		}
		for _, t := range rows {
			first[t.File] = t
		}
	}
	out := batch[:0]
	for i := range batch {
		r := &batch[i]
		if r.Segment != nil {
			t, known := first[r.File]
			switch {
			case known && t.other(&r.Record):
				why := lines.Otherwise
				if r.Kind == journal.KindMove {
					why = lines.Unmoved
				}
				c.strange(camera, r, why)
				continue
			case !known && r.Kind == journal.KindSegment:
				first[r.File] = toldOf{File: r.File, EndAt: r.End, Bytes: r.Bytes, Root: r.Root}
			}
		}
		out = append(out, *r)
	}
	return out, nil
}
