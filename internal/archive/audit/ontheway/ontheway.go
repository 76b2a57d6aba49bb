// Package ontheway knows what the journals have told lately, which may not be in the signed log
// yet: a file is removed, and its row goes, as soon as the line that tells why is on the disk.
package ontheway

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
)

// Lines are the young lines of the journals, each camera's read once.
type Lines struct {
	Roots []seal.Root
	Now   time.Time
	Young func(at int64) bool

	told map[string]map[string][]string // by camera and file, kinds of lines; none of those that are old
}

// Explained are the doubts about a file that an entry of a kind, or a line of a journal on its
// way into the log, explains.
func Explained(by string) []finding.Kind {
	switch by {
	case journal.KindSegment:
		return []finding.Kind{finding.FileUnknown, finding.RowUnknown, finding.SealUnclosed}
	case journal.KindTombstone:
		return []finding.Kind{finding.FileMissing, finding.RowMissing, finding.FileUnknown, finding.RowUnknown, finding.TombstoneUnlogged}
	case journal.KindMove:
		return []finding.Kind{finding.FileMissing, finding.FileForeign, finding.FileUnknown, finding.RowDiffers}
	}
	return nil
}

// Explain tells whether a young line of its file explains a finding.
func (l *Lines) Explain(f finding.Finding) bool {
	return slices.ContainsFunc(l.of(f.File)[f.File], func(line string) bool { return slices.Contains(Explained(line), f.Kind) })
}

// Tells tells whether a line of today or yesterday tells of a file, however old it is: what a
// process left is told of at the start, with the instant of its end.
func (l *Lines) Tells(file string) bool {
	_, told := l.of(file)[file]
	return told
}

func (l *Lines) of(file string) map[string][]string {
	camera, _, ok := strings.Cut(file, "/")
	if !ok {
		return nil
	}
	lines, known := l.told[camera]
	if !known {
		lines = l.read(camera)
		if l.told == nil {
			l.told = map[string]map[string][]string{}
		}
		l.told[camera] = lines
	}
	return lines
}

func (l *Lines) read(camera string) map[string][]string {
	lines := map[string][]string{}
	now := l.Now.UTC()
	for _, root := range l.Roots {
		for _, day := range []time.Time{now.AddDate(0, 0, -1), now} {
			path := filepath.Join(root.Path, camera, day.Format(time.DateOnly), journal.FileName)
			records, _, _, err := journal.Read(path, 0, 0)
			if err != nil {
				continue // it explains nothing
			}
			for i := range records {
				r := &records[i]
				if r.Segment == nil {
					continue
				}
				kinds := lines[r.Of()]
				if l.Young(r.At) {
					kinds = append(kinds, r.Kind)
				}
				lines[r.Of()] = kinds
			}
		}
	}
	return lines
}
