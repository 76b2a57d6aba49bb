package audit

import (
	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/causes"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/recording/journal"
)

// unread is a journal that cannot be read.
func unread(volume, camera, day string, err error) Finding {
	return Finding{Kind: finding.FileFailed, Leaf: -1, Volume: volume, File: journalFile(camera, leaf.Place{Day: day}), Detail: unreadWhy(err)}
}

func unreadWhy(err error) string { return "it cannot be read: " + journal.Why(err) }

// placed compares a line of a journal with what the log says of it.
func (a *Audit) placed(index int64, camera string, at leaf.Place, otherwise func(*journal.Line) string) []Finding {
	what := a.shelves.Differ(camera, at, otherwise)
	if what == "" {
		return nil
	}
	return []Finding{{Kind: finding.LineDiffers, Leaf: index, Volume: at.Volume, File: journalFile(camera, at), Detail: what}}
}

// backdated names lines that give a cause to a time that was told of long before.
func backdated(all []causes.Gap) (found []Finding) {
	for _, g := range all {
		found = append(found, Finding{Kind: finding.LineStrange, Leaf: g.Leaf, Volume: g.Volume, File: journalFile(g.Camera, leaf.Place{Day: g.Day}),
			Detail: g.String()})
	}
	return found
}
