// Package grave holds the rows of removals against the journals beside the footage. Every line
// of a journal has an entry in the log; a row that no line tells of is no lawful removal,
// whatever it says.
package grave

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"watchroom/internal/archive"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Word is what the journals say of the row of a removal.
type Word string

// Words.
const (
	Tells   Word = "told"    // a line tells of it just so
	Untold  Word = "untold"  // the journal is here, and no line tells of it so
	Unheard Word = "unknown" // the journal of that day is not here, or its disk does not answer
)

// Book is the catalogue with what the journals say of its removals.
type Book struct{ *archive.Catalogue }

// Words asks the journals of rows of removals, in their order. Each journal is read once.
func (b Book) Words(ctx context.Context, all []archive.Tombstone) ([]Word, error) {
	type day struct{ camera, day string }
	of := map[day][]int{}
	words := make([]Word, len(all))
	for i := range all {
		at := day{all[i].Camera, segment.Day(all[i].At)}
		of[at] = append(of[at], i)
	}
	for at, rows := range of {
		byFile := make(map[string][]int, len(rows))
		for _, i := range rows {
			byFile[all[i].File], words[i] = append(byFile[all[i].File], i), Unheard
		}
		whole, some := true, false
		for _, v := range append([]archive.Volume{{Root: b.Root}}, b.Volumes...) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if b.Away != nil && b.Away(v.Name) {
				whole = false
				continue
			}
			err := journal.Walk(filepath.Join(v.Root, at.camera, at.day, journal.FileName), func(r *journal.Record) {
				if r.Kind != journal.KindTombstone || r.Segment == nil {
					return
				}
				for _, i := range byFile[r.File] {
					if tells(r, &all[i]) {
						words[i] = Tells
					}
				}
			})
			switch {
			case err == nil:
				some = true
			case !errors.Is(err, os.ErrNotExist):
				whole = false // it is told of by whoever follows it
			}
		}
		for _, i := range rows {
			if words[i] != Tells && whole && some {
				words[i] = Untold
			}
		}
	}
	return words, nil
}

// tells tells whether a line tells of the removal as the row does.
func tells(r *journal.Record, t *archive.Tombstone) bool {
	return r.File == t.File && r.At == t.At && r.Ground == t.Ground && r.Authority == t.Authority &&
		r.Start == t.StartAt && r.End == t.EndAt && r.Bytes == t.Bytes && r.Root == t.Root
}
