package audit

import (
	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
)

// unread is a journal that cannot be read.
func unread(volume, camera, day string, err error) Finding {
	return Finding{Kind: FileFailed, Leaf: -1, Volume: volume, File: journalFile(camera, leaf.Place{Day: day}), Detail: unreadWhy(err)}
}

func unreadWhy(err error) string { return "it cannot be read: " + journal.Why(err) }

// placed compares a line of a journal with what the log says of it.
func (a *Audit) placed(index int64, camera string, at leaf.Place, otherwise func(*journal.Line) string) []Finding {
	what := a.shelves.Differ(camera, at, otherwise)
	if what == "" {
		return nil
	}
	return []Finding{{Kind: LineDiffers, Leaf: index, Volume: at.Volume, File: journalFile(camera, at), Detail: what}}
}
