package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"watchroom/internal/archive/seal"
	recorded "watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// folders looks for files that no entry tells of, and for what does not belong there.
func (a *Audit) folders(ctx context.Context) error {
	for n, root := range a.Volumes {
		if int64(n) < a.st.Next {
			continue
		}
		entries, err := os.ReadDir(root.Path)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if a.st.Pos != "" && e.Name() <= a.st.Pos { // ReadDir gives them in order
				continue
			}
			s := search{audit: a, root: root}
			if err := s.camera(ctx, e); err != nil {
				return err
			}
			a.st.Pos = e.Name()
			err := a.step(ctx, func(t tx) ([]Finding, error) {
				for _, d := range s.doubts {
					if err := t.doubt(d.File, d.at, d.Finding); err != nil {
						return nil, err
					}
				}
				return s.found, nil
			})
			if err != nil {
				return err
			}
			a.progress(PhaseFolders, int64(i+1), int64(len(entries)))
		}
		a.st.Pos, a.st.Next = "", int64(n+1)
	}
	return nil
}

// search goes through one camera's folder.
type search struct {
	audit  *Audit
	root   seal.Root
	found  []Finding
	doubts []doubt
}

type doubt struct {
	Finding
	at int64 // the instant that it bears
}

func (s *search) foreign(file, why string) {
	if s.audit.Known != nil && s.audit.Known(file) {
		return
	}
	s.found = append(s.found, Finding{Kind: FileForeign, Leaf: -1, Volume: s.root.Volume, File: file, Detail: why})
}

func (s *search) camera(ctx context.Context, e os.DirEntry) error {
	camera := e.Name()
	if !e.IsDir() {
		s.foreign(camera, "in the recording folder itself")
		return nil
	}
	days, err := os.ReadDir(filepath.Join(s.root.Path, camera))
	if err != nil {
		if errors.Is(err, fs.ErrPermission) && camera == recorded.Rescued {
			return nil
		}
		return err
	}
	for _, d := range days {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, notDay := time.Parse(time.DateOnly, d.Name())
		switch {
		case d.IsDir() && notDay == nil:
			if err := s.day(ctx, camera, d.Name()); err != nil {
				return err
			}
		case d.IsDir() && d.Name() == leftover.QuarantineDir:
		default:
			s.foreign(path.Join(camera, d.Name()), "in a camera's folder")
		}
	}
	return nil
}

func (s *search) day(ctx context.Context, camera, day string) error {
	files, err := os.ReadDir(filepath.Join(s.root.Path, camera, day))
	if err != nil {
		return err
	}
	for _, f := range files {
		file := path.Join(camera, day, f.Name())
		if f.Name() == recorded.FileName {
			continue
		}
		name, open, err := segment.ParseName(f.Name())
		if err != nil || !f.Type().IsRegular() || name.Path() != strings.TrimSuffix(file, segment.PartExt) {
			s.foreign(file, "no segment of this camera and day")
			continue
		}
		if open {
			continue // it is written, or made whole at the next start
		}
		var volume string
		err = s.audit.st.hot[findVolume].QueryRowContext(ctx, file).Scan(&volume)
		unknown := errors.Is(err, sql.ErrNoRows)
		if err != nil && !unknown {
			return err
		}
		info, err := f.Info()
		if err != nil {
			continue // gone since
		}
		at := Finding{Leaf: -1, Volume: s.root.Volume, File: file}
		switch {
		case unknown:
			at.Kind = FileUnknown
			s.doubts = append(s.doubts, doubt{at, info.ModTime().UnixMicro()})
		case volume != s.root.Volume:
			at.Kind, at.Detail = FileForeign, fmt.Sprintf("by the log it lies on volume %q", volume)
			s.doubts = append(s.doubts, doubt{at, 0})
		}
	}
	return nil
}
