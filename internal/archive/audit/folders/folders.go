// Package folders looks through recording folders for files that the log does not tell of,
// and for what does not belong there. It only says what it saw.
package folders

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"watchroom/internal/archive/guise"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// What is odd about a file.
type What int

// Kinds of odd files.
const (
	Unknown   What = iota // it has the name of a segment, and the log does not tell of it
	Elsewhere             // by the log it lies on another volume
	Foreign               // it may be footage, a journal or a folder of these, and does not belong there
	Stray                 // neither: somebody put a file there
	Unread                // a journal, or a folder of them, that cannot be read
)

// Odd is a file, or a folder, that somebody should look at.
type Odd struct {
	What   What
	File   string // path below the recording folder
	Detail string
	At     int64 // when it was changed, µs since 1970 UTC; of Unknown alone
	Err    error // of Unread alone
}

// Look looks through one recording folder.
type Look struct {
	Path   string
	Volume string // its id
	// Known tells of files, by their path, that are not footage and belong there; may be nil.
	Known func(path string) bool
	// On is the volume on which a segment lies by the log; ok is false where that does not
	// tell of it.
	On func(ctx context.Context, file string) (volume string, ok bool, err error)
	// IsCamera tells whether the log knows a camera.
	IsCamera func(ctx context.Context, id string) (bool, error)

	odd []Odd
}

// Entry looks at what lies in the recording folder under one name: a camera's folder as a rule.
func (l *Look) Entry(ctx context.Context, e os.DirEntry) ([]Odd, error) {
	l.odd = nil
	camera := e.Name()
	if !e.IsDir() {
		l.foreign(e, camera, "in the recording folder itself")
		return l.odd, nil
	}
	days, err := os.ReadDir(filepath.Join(l.Path, camera))
	if err != nil {
		if errors.Is(err, fs.ErrPermission) && camera == journal.Rescued {
			return nil, nil
		}
		if journal.Unreadable(err) {
			return []Odd{{What: Unread, File: camera, Err: err}}, nil
		}
		return nil, err
	}
	of, err := l.whose(ctx, camera, days)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case d.IsDir() && isDay(d.Name()):
			if err := l.day(ctx, camera, d.Name()); err != nil {
				return nil, err
			}
		case d.IsDir() && d.Name() == leftover.QuarantineDir:
		default:
			l.foreign(d, path.Join(camera, d.Name()), of)
		}
	}
	return l.odd, nil
}

func isDay(name string) bool {
	_, err := time.Parse(time.DateOnly, name)
	return err == nil
}

// whose says in what a file lies that is directly below the recording folder's name. A camera
// is one of which the log tells, or that has a journal.
func (l *Look) whose(ctx context.Context, name string, days []os.DirEntry) (string, error) {
	if name == journal.Rescued {
		return "a repair of the file system put it there; it may be footage", nil
	}
	const camera = "in a camera's folder"
	if is, err := l.IsCamera(ctx, name); is || err != nil {
		return camera, err
	}
	for _, d := range days {
		if !isDay(d.Name()) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(l.Path, name, d.Name(), journal.FileName)); err == nil || journal.Unreadable(err) {
			return camera, nil
		}
	}
	return "in a folder that is no camera's", nil
}

// foreign notes what does not belong where it lies.
func (l *Look) foreign(e os.DirEntry, file, why string) {
	if l.Known != nil && l.Known(file) {
		return
	}
	what := Foreign
	if e.Type().IsRegular() && guise.Stray(file) {
		what = Stray
	}
	l.odd = append(l.odd, Odd{What: what, File: file, Detail: why})
}

func (l *Look) day(ctx context.Context, camera, day string) error {
	files, err := os.ReadDir(filepath.Join(l.Path, camera, day))
	if journal.Unreadable(err) {
		l.odd = append(l.odd, Odd{What: Unread, File: path.Join(camera, day), Err: err})
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		file := path.Join(camera, day, f.Name())
		if f.Name() == journal.FileName {
			if err := journal.Whole(filepath.Join(l.Path, file)); journal.Unreadable(err) {
				l.odd = append(l.odd, Odd{What: Unread, File: file, Err: err})
			}
			continue
		}
		name, open, err := segment.ParseName(f.Name())
		if err != nil || !f.Type().IsRegular() || name.Path() != strings.TrimSuffix(file, segment.PartExt) {
			l.foreign(f, file, "no segment of this camera and day")
			continue
		}
		if open {
			continue // it is written, or made whole at the next start
		}
		volume, told, err := l.On(ctx, file)
		if err != nil {
			return err
		}
		info, err := f.Info()
		if err != nil {
			continue // gone since
		}
		switch {
		case !told:
			l.odd = append(l.odd, Odd{What: Unknown, File: file, At: info.ModTime().UnixMicro()})
		case volume != l.Volume:
			l.odd = append(l.odd, Odd{What: Elsewhere, File: file, Detail: fmt.Sprintf("by the log it lies on volume %q", volume)})
		}
	}
	return nil
}
