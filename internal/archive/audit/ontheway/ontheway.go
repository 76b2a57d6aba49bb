// Package ontheway knows what the journals have told lately, which may not be in the signed log
// yet: a file is removed, and its row goes, as soon as the line that tells why is on the disk.
package ontheway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/folders"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
)

// Lines are the young lines of the journals, each camera's read once. Its exported fields are
// set before it is asked.
type Lines struct {
	Roots []seal.Root
	Now   time.Time
	// Stopped is the last instant at which the log was brought on, where nothing does so at
	// present; µs since 1970 UTC, else 0.
	Stopped int64
	Young   func(at int64) bool
	// Files finds footage, by the id of the volume or tier that it lies on.
	Files interface {
		Open(ctx context.Context, volume, file string) (folders.Footage, error)
	}

	told map[string]map[string]*about // by camera and file
}

// about is what lines tell of a file.
type about struct {
	kinds    []string // of the young ones
	removals []removal
	to       []string // where it was moved
	why      string   // none of its removals explains anything
}

// removal is a line that tells of one.
type removal struct {
	volume string
	archive.Tombstone
}

// silent is how long a server may be at work that says nothing of it in the log: its clock is
// heard there every half hour, whatever happens, and what it does is there some minutes later.
const silent = 35 * time.Minute

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

// Explain tells whether a young line of its file explains a finding, and notes why one does not.
// A removal explains what is missing if people had allowed it, and a move if the file is where
// it was moved to.
func (l *Lines) Explain(ctx context.Context, f *finding.Finding) bool {
	is := l.of(f.File)[f.File]
	if is == nil {
		return false
	}
	for _, line := range is.kinds {
		switch {
		case !slices.Contains(Explained(line), f.Kind):
		case line == journal.KindTombstone && is.why != "" && f.Kind != finding.TombstoneUnlogged:
			if f.Detail != "" {
				f.Detail += "; "
			}
			f.Detail += is.why
		case line == journal.KindMove && f.Kind == finding.FileMissing && !l.moved(ctx, f.File, is.to):
		default:
			return true
		}
	}
	return false
}

// moved tells whether a file lies in one of some places. One that does not answer shows nothing.
func (l *Lines) moved(ctx context.Context, file string, to []string) bool {
	return slices.ContainsFunc(to, func(volume string) bool {
		f, err := l.Files.Open(ctx, volume, file)
		return err == nil && f.Close() == nil
	})
}

// Removals asks of each removal that a young line tells of what is wrong with it, and gives what
// is. A line explains nothing then, and nor does one that was written when nothing ran any more.
func (l *Lines) Removals(ctx context.Context, wrong func(context.Context, *archive.Tombstone) (finding.Kind, string, error)) (found []finding.Finding, err error) {
	cameras := map[string]bool{}
	for _, root := range l.Roots {
		entries, err := os.ReadDir(root.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			cameras[e.Name()] = e.IsDir()
		}
	}
	for _, camera := range slices.Sorted(maps.Keys(cameras)) {
		files := l.of(camera + "/")
		for _, file := range slices.Sorted(maps.Keys(files)) {
			is := files[file]
			for i := range is.removals {
				t := &is.removals[i]
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				kind, why, err := wrong(ctx, &t.Tombstone)
				if err != nil {
					return nil, err
				}
				if kind != "" {
					is.why = "a line of a journal tells of a removal that cannot be believed"
					found = append(found, finding.Finding{Kind: kind, Leaf: -1, Volume: t.volume, File: t.File, Detail: "a line of a journal tells of it that the log does not: " + why})
				}
				if l.Stopped > 0 && t.At > l.Stopped+silent.Microseconds() {
					is.why = fmt.Sprintf("a line of a journal tells of a removal at %s, when nothing ran", time.UnixMicro(t.At).UTC().Format(time.RFC3339))
				}
			}
		}
	}
	return found, nil
}

// Tells tells whether a line of these days tells of a file, however old it is: what a process
// left is told of at the start, with the instant of its end.
func (l *Lines) Tells(file string) bool { return l.of(file)[file] != nil }

func (l *Lines) of(file string) map[string]*about {
	camera, _, ok := strings.Cut(file, "/")
	if !ok {
		return nil
	}
	lines, known := l.told[camera]
	if !known {
		lines = l.read(camera)
		if l.told == nil {
			l.told = map[string]map[string]*about{}
		}
		l.told[camera] = lines
	}
	return lines
}

// days are those whose journals may hold young lines.
func (l *Lines) days() (days []string) {
	ends := []time.Time{l.Now}
	if l.Stopped > 0 {
		ends = append(ends, time.UnixMicro(l.Stopped).Add(silent))
	}
	for _, end := range ends {
		for _, day := range []time.Time{end.UTC().AddDate(0, 0, -1), end.UTC()} {
			days = append(days, day.Format(time.DateOnly))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

func (l *Lines) read(camera string) map[string]*about {
	lines := map[string]*about{}
	for _, root := range l.Roots {
		for _, day := range l.days() {
			records, _, _, err := journal.Read(filepath.Join(root.Path, camera, day, journal.FileName), 0, 0)
			if err != nil {
				continue // it explains nothing
			}
			for i := range records {
				r := &records[i]
				if r.Segment == nil {
					continue
				}
				is := lines[r.Of()]
				if is == nil {
					is = &about{}
					lines[r.Of()] = is
				}
				if !l.Young(r.At) {
					continue
				}
				is.kinds = append(is.kinds, r.Kind)
				switch {
				case r.Kind == journal.KindTombstone:
					is.removals = append(is.removals, removal{root.Volume, archive.Tombstone{File: r.File, Camera: camera, StartAt: r.Start, EndAt: r.End, At: r.At, Ground: r.Ground, Authority: r.Authority}})
				case r.Kind == journal.KindMove && r.To != nil:
					is.to = append(is.to, *r.To)
				}
			}
		}
	}
	return lines
}
