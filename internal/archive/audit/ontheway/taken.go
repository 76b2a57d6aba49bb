package ontheway

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/seal"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
)

// Waits tells whether a segment's line stands in a journal behind what the catalogue took in
// of it: its row is made at the next start, as where the recorders ended after the records or
// the database was away.
func Waits(ctx context.Context, d *db.DB, roots []seal.Root, file string) (bool, error) {
	camera, rest, _ := strings.Cut(file, "/")
	first, _, _ := strings.Cut(rest, "/")
	day, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return false, nil // no name of a recorder: nothing waits for it
	}
	taken, err := archive.Taken(ctx, d.Read(), camera)
	if err != nil || len(taken) == 0 {
		return false, err // where nothing of a camera was taken in, nobody can tell what waits
	}
	for _, root := range roots {
		for _, day := range []time.Time{day, day.AddDate(0, 0, 1)} { // it may end behind midnight
			of := archive.JournalOf{Volume: root.Volume, Day: day.Format(time.DateOnly)}
			records, _, _, err := journal.Read(filepath.Join(root.Path, camera, of.Day, journal.FileName), taken[of], 0)
			if err == nil && slices.ContainsFunc(records, func(r journal.Record) bool { return r.Kind == journal.KindSegment && r.Of() == file }) {
				return true, nil
			}
		}
	}
	return false, nil
}
