package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/durable/patience"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Settled tells whether all lines of a camera's journals that were told of have been
// taken in.
func (c *Catalogue) Settled(camera string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.dirty[camera] && c.taking != camera
}

// Behind lists cameras whose journals of today or yesterday (UTC) are longer than what
// has been taken in of them.
func (c *Catalogue) Behind(ctx context.Context) (map[string]bool, error) {
	now := c.Clock.Micro()
	days := []string{segment.Day(now), segment.Day(now - (24 * time.Hour).Microseconds())}
	var rows []cursorRow
	if err := c.DB.Read().NewSelect().Model(&rows).Where("day IN (?)", bun.List(days)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the journal cursors")
	}
	next := map[string]map[JournalOf]int64{}
	for _, r := range rows {
		if next[r.Camera] == nil {
			next[r.Camera] = map[JournalOf]int64{}
		}
		next[r.Camera][JournalOf{r.Volume, r.Day}] = r.Next
	}
	behind := map[string]bool{}
	for _, v := range c.roots() {
		folders, err := read(ctx, c, v.Name, func() ([]os.DirEntry, error) { return os.ReadDir(v.Root) })
		if err != nil {
			if v.Name != "" && errors.Is(err, os.ErrNotExist) || errors.Is(err, patience.ErrStands) {
				continue // not mounted, or it does not answer
			}
			return nil, err
		}
		for _, f := range folders {
			if !journal.OfCamera(f.Name()) {
				continue
			}
			longer, err := read(ctx, c, v.Name, func() (bool, error) {
				for _, day := range days {
					st, err := os.Lstat(filepath.Join(v.Root, f.Name(), day, journal.FileName))
					if err == nil && st.Mode().IsRegular() && st.Size() > next[f.Name()][JournalOf{v.Name, day}] {
						return true, nil
					}
				}
				return false, nil
			})
			if err != nil {
				break
			}
			if longer {
				behind[f.Name()] = true
			}
		}
	}
	return behind, nil
}
