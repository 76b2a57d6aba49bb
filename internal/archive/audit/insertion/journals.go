package insertion

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// atOnce is how many lines of a journal are read at a time.
const atOnce = 1024

// Journals reads all journals of a camera and gives the lines that tell of a segment which
// can hardly be of its run. whole says that no journal of it is missing: else what is not
// told may have been. unread is called with one that cannot be read.
func Journals(ctx context.Context, roots []seal.Root, camera string, whole bool, found func(day string, l *journal.Line, why lives.Doubt) error, each func(volume, day string, l *journal.Line), unread func(volume, day string, err error)) error {
	shelves := map[string][]string{}
	for _, r := range roots {
		days, err := os.ReadDir(filepath.Join(r.Path, camera))
		if journal.Unreadable(err) { // which is told with the folders
			whole, err = false, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Name()); err == nil && d.IsDir() {
				shelves[r.Path] = append(shelves[r.Path], d.Name())
			}
		}
	}
	for _, r := range roots {
		root, days := r.Path, shelves[r.Path]
		var account lives.Account
		for _, day := range days {
			path := filepath.Join(root, camera, day, journal.FileName)
			for at := int64(0); ; {
				lines, next, _, err := journal.ReadLines(path, at, atOnce)
				if journal.Unreadable(err) {
					unread(r.Volume, day, err)
					whole, err = false, nil
				}
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if next == at {
					break
				}
				at = next
				for i := range lines {
					l := &lines[i]
					each(r.Volume, day, l)
					if l.Kind == journal.KindSegment && l.Segment != nil {
						why := account.Doubt(l.Run, l.Start, l.End, 0, whole && len(shelves) == 1)
						if why != lives.None {
							if err := found(day, l, why); err != nil {
								return err
							}
							continue // nothing goes on from it
						}
					}
					account.Take(&l.Record)
				}
			}
		}
	}
	return nil
}
