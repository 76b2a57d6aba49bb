package archive

import (
	"context"

	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
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
	if !r.late && lines.Back(&r.Record, c.runs[camera].UpTo(), c.Clock.Micro()) {
		c.strange(camera, r, lines.Backdated)
	}
}

// asTold leaves out of a batch what tells of a segment otherwise than was told first.
func (c *Catalogue) asTold(ctx context.Context, camera string, batch []taken) ([]taken, error) {
	why, err := lines.AsTold(ctx, c.DB.Read(), camera, len(batch), func(i int) *journal.Record { return &batch[i].Record })
	if err != nil || len(why) == 0 {
		return batch, err
	}
	out := batch[:0]
	for i := range batch {
		if w := why[i]; w != lines.Fine {
			c.strange(camera, &batch[i], w)
			continue
		}
		out = append(out, batch[i])
	}
	return out, nil
}
