package audit

import (
	"errors"
	"fmt"
	"io/fs"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/shelves"
	"watchroom/internal/recording/journal"
)

// unread is a journal that cannot be read.
func unread(volume, camera, day string, err error) Finding {
	return Finding{Kind: FileFailed, Leaf: -1, Volume: volume, File: journalFile(camera, leaf.Place{Day: day}), Detail: unreadWhy(err)}
}

func unreadWhy(err error) string { return "it cannot be read: " + journal.Why(err) }

// placed compares the line that an entry, or a member of a seal, came from with what the
// log says of it. A journal that is not there is told
// once.
func (a *Audit) placed(index int64, camera string, at leaf.Place, otherwise func(*journal.Line) string) []Finding {
	key := journalKey{at.Volume, camera, at.Day}
	if a.goneFrom[key] {
		return nil
	}
	f := Finding{Kind: LineDiffers, Leaf: index, Volume: at.Volume, File: journalFile(camera, at)}
	l, err := a.shelves.Line(camera, at)
	switch {
	case errors.Is(err, shelves.ErrElsewhere):
		return nil // its segments are missing, which is told
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, journal.ErrAnew), journal.Unreadable(err):
		if a.goneFrom == nil {
			a.goneFrom = map[journalKey]bool{}
		}
		a.goneFrom[key] = true
		switch {
		case journal.Unreadable(err):
			return nil // told with the folders
		case errors.Is(err, fs.ErrNotExist):
			f.Detail = "the journal is not there"
		default:
			f.Detail = err.Error()
		}
	case err != nil:
		f.Detail = fmt.Sprintf("the line at %d: %v", at.Offset, err)
	default:
		what := otherwise(l)
		if what == "" {
			return nil
		}
		f.Detail = fmt.Sprintf("the line at %d: %s", at.Offset, what)
	}
	return []Finding{f}
}
