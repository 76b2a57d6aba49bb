package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
)

// shelves reads lines of journals at their places. Some files stay open, since the log
// goes from one camera to the next and comes back.
type shelves struct {
	roots []seal.Root
	open  map[journalKey]*os.File
	gone  map[journalKey]bool
}

const (
	mostOpen = 64
	longLine = 1 << 20
)

func (s *shelves) close() {
	for _, f := range s.open {
		f.Close()
	}
	s.open = nil
}

// errElsewhere says that a volume is not among those that are searched.
var errElsewhere = errors.New("the volume is not here")

// line reads the line at a place.
func (s *shelves) line(camera string, at leaf.Place) (*journal.Line, error) {
	key := journalKey{at.Volume, camera, at.Day}
	f := s.open[key]
	if f == nil {
		root := ""
		for _, r := range s.roots {
			if r.Volume == at.Volume {
				root = r.Path
			}
		}
		if root == "" {
			return nil, errElsewhere
		}
		var err error
		if f, err = os.Open(filepath.Join(root, camera, at.Day, journal.FileName)); err != nil {
			return nil, err
		}
		if len(s.open) >= mostOpen {
			s.close()
		}
		if s.open == nil {
			s.open = map[journalKey]*os.File{}
		}
		s.open[key] = f
	}
	for size := 4096; ; size *= 4 {
		b := make([]byte, size)
		n, err := f.ReadAt(b, at.Offset)
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

// placed compares the line that an entry, or a member of a seal, came from with what the
// log says of it. A journal that is not there is told once.
func (a *Audit) placed(index int64, camera string, at leaf.Place, same func(*journal.Line) bool) []Finding {
	key := journalKey{at.Volume, camera, at.Day}
	if a.shelves.gone[key] {
		return nil
	}
	f := Finding{Kind: LineDiffers, Leaf: index, Volume: at.Volume, File: journalFile(camera, at)}
	l, err := a.shelves.line(camera, at)
	switch {
	case errors.Is(err, errElsewhere):
		return nil // its segments are missing, which is told
	case errors.Is(err, fs.ErrNotExist):
		if a.shelves.gone == nil {
			a.shelves.gone = map[journalKey]bool{}
		}
		a.shelves.gone[key] = true
		f.Detail = "the journal is not there"
	case err != nil:
		f.Detail = fmt.Sprintf("the line at %d: %v", at.Offset, err)
	case !same(l):
		f.Detail = fmt.Sprintf("the line at %d says something else", at.Offset)
	default:
		return nil
	}
	return []Finding{f}
}
