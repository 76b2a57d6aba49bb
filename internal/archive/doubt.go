package archive

import (
	"context"
	"errors"
	"os"

	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// remembered is how many of the newest days of a volume's journals are read for what their
// runs did before.
const remembered = 2

// knowRuns reads, once, what the journals of a camera told of its runs up to the cursors.
func (c *Catalogue) knowRuns(ctx context.Context, camera string, shelves []shelf, cursors map[JournalOf]int64) error {
	if c.runs == nil {
		c.runs = map[string]*lives.Account{}
	}
	if c.runs[camera] != nil && len(cursors) > 0 {
		return nil
	}
	a := &lives.Account{} // of nobody else where it comes to an error
	for i := range shelves {
		s := &shelves[i]
		var days []string
		for _, day := range s.days {
			if cursors[JournalOf{s.volume, day}] > 0 {
				days = append(days, day)
			}
		}
		for _, day := range days[max(0, len(days)-remembered):] {
			if err := ctx.Err(); err != nil {
				return err
			}
			upTo := cursors[JournalOf{s.volume, day}]
			path := s.journal(day)
			_, err := read(ctx, c, s.volume, func() (struct{}, error) { return struct{}{}, journal.WalkTo(path, upTo, a.Take) })
			if err != nil && !errors.Is(err, os.ErrNotExist) && !journal.Unreadable(err) {
				return err
			}
		}
	}
	c.runs[camera] = a
	return nil
}

// doubt tells whether a line tells of a segment that can hardly be of its run: somebody has
// put it into the journal. What was made whole after a crash was asked about then, with
// more in hand. The footage is taken in all the same, and the room is told.
func (c *Catalogue) doubt(camera string, r *taken) lives.Doubt {
	a := c.runs[camera]
	if r.Kind == journal.KindSegment && r.Segment != nil && !r.Unproved {
		alone := len(c.Volumes) == 0 && !r.Recovered && !r.Again
		if d := a.Doubt(r.Run, r.Start, r.End, c.Clock.Micro(), alone); d != lives.None {
			c.Log.Error("nothing shows that its run wrote a segment that a journal tells of", "camera", camera, "file", r.File, "why", string(d))
			return d
		}
	}
	a.Take(&r.Record)
	return lives.None
}
