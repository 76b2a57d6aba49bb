package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Told is what a camera's journals say of a segment; nil where no line does.
type Told struct {
	Closed  *journal.Record // the one that says how it was closed, of several the one that counts
	Removed *journal.Record // the first that says it was removed
}

// Told reads what a camera's journals say of segments, for whoever must not believe rows:
// those of the day on which each began and of the day behind it, and of some other days.
// Disks that are away say nothing.
func (c *Catalogue) Told(ctx context.Context, camera string, files []string, days ...string) (map[string]Told, error) {
	days = slices.Clone(days)
	for _, f := range files {
		if name, _, err := segment.ParseName(f); err == nil {
			days = append(days, segment.Day(name.Start), segment.Day(name.Start+(24*time.Hour).Microseconds()))
		}
	}
	slices.Sort(days)
	out, all, lies := map[string]Told{}, map[string]*lines.Contest{}, sight{c}
	for _, v := range c.answering() {
		for _, day := range slices.Compact(days) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			path := filepath.Join(v.Root, camera, day, journal.FileName)
			records, err := read(ctx, c, v.Name, func() ([]journal.Record, error) {
				records, _, _, err := journal.Read(path, 0, 0)
				return records, err
			})
			if err != nil && !errors.Is(err, os.ErrNotExist) && !journal.Unreadable(err) {
				return nil, err
			}
			for i := range records {
				r := &records[i]
				if !slices.Contains(files, r.Of()) || lines.Strange(camera, r) != lines.Fine {
					continue
				}
				if all[r.Of()] == nil {
					all[r.Of()] = &lines.Contest{}
				}
				all[r.Of()].Hear(v.Name, r)
			}
		}
	}
	for file, c := range all {
		out[file] = Told{c.Counts(func() []int64 { return lies.sizes(ctx, file) }), c.Removed()}
	}
	return out, nil
}
