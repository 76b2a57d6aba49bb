// Package shelves reads lines of journals at the places that the log tells.
package shelves

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/seal"
	"watchroom/internal/durable"
	"watchroom/internal/recording/journal"
)

// Shelves reads lines of journals at their places. Some files stay open, since the log
// goes from one camera to the next and comes back.
type Shelves struct {
	Roots []seal.Root
	open  map[key]*os.File
	// gone are journals that are not there, each told once.
	gone map[key]bool
}

const (
	mostOpen = 64
	longLine = journal.LongestLine
)

// Close closes the files.
func (s *Shelves) Close() {
	for _, f := range s.open {
		f.Close()
	}
	s.open = nil
}

// key names a journal.
type key struct{ volume, camera, day string }

// ErrElsewhere says that a volume is not among those that are searched.
var ErrElsewhere = errors.New("the volume is not here")

// Line reads the line at a place.
func (s *Shelves) Line(camera string, at leaf.Place) (*journal.Line, error) {
	of := key{at.Volume, camera, at.Day}
	f := s.open[of]
	if f == nil {
		root := ""
		for _, r := range s.Roots {
			if r.Volume == at.Volume {
				root = r.Path
			}
		}
		if root == "" {
			return nil, ErrElsewhere
		}
		var err error
		if f, err = durable.OpenRegular(filepath.Join(root, camera, at.Day, journal.FileName)); err != nil {
			return nil, err
		}
		if len(s.open) >= mostOpen {
			s.Close()
		}
		if s.open == nil {
			s.open = map[key]*os.File{}
		}
		s.open[of] = f
	}
	for size := 4096; ; size *= 4 {
		b := make([]byte, size)
		n, err := f.ReadAt(b, at.Offset)
		if n > 0 && b[0] == 0 && journal.Whole(f.Name()) != nil {
			return nil, journal.ErrAnew
		}
		if journal.Unreadable(err) {
			return nil, err
		}
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			lines, _, _, err := journal.Scan(bytes.NewReader(b[:i+1]), at.Offset, 1)
			if err == nil && len(lines) == 0 {
				err = errors.New("it is no line of a journal")
			}
			if err != nil {
				return nil, err
			}
			return &lines[0], nil
		}
		if err != nil || size > longLine {
			return nil, errors.New("the journal has no such line")
		}
	}
}

// Differ compares the line that an entry, or a member of a seal, came from with what the log
// says of it, and gives what is wrong in words. A journal that is not there is told once; one
// that cannot be read is told with the folders, and what lies elsewhere by its segments.
func (s *Shelves) Differ(camera string, at leaf.Place, otherwise func(*journal.Line) string) string {
	of := key{at.Volume, camera, at.Day}
	if s.gone[of] {
		return ""
	}
	l, err := s.Line(camera, at)
	switch {
	case errors.Is(err, ErrElsewhere):
		return ""
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, journal.ErrAnew), journal.Unreadable(err):
		if s.gone == nil {
			s.gone = map[key]bool{}
		}
		s.gone[of] = true
		switch {
		case journal.Unreadable(err):
			return ""
		case errors.Is(err, fs.ErrNotExist):
			return "the journal is not there"
		}
		return err.Error()
	}
	what := ""
	if err != nil {
		what = err.Error()
	} else {
		what = otherwise(l)
	}
	if what == "" {
		return ""
	}
	return fmt.Sprintf("the line at %d: %s", at.Offset, what)
}
