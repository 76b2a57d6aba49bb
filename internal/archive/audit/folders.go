package audit

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/folders"
)

// folders looks for files that no entry tells of, and for what does not belong there. What is
// no footage by its name is a remark.
func (a *Audit) folders(ctx context.Context) error {
	for n, root := range a.Volumes {
		if int64(n) < a.st.Next {
			continue
		}
		entries, err := os.ReadDir(root.Path)
		if err != nil {
			return err
		}
		l := folders.Look{Path: root.Path, Volume: root.Volume, Known: a.Known, On: a.on, IsCamera: a.isCamera}
		for i, e := range entries {
			if a.st.Pos != "" && e.Name() <= a.st.Pos { // ReadDir gives them in order
				continue
			}
			odd, err := l.Entry(ctx, e)
			if err != nil {
				return err
			}
			a.st.Pos = e.Name()
			err = a.step(ctx, func(t tx) (found []Finding, err error) {
				for _, o := range odd {
					f := Finding{Kind: finding.FileForeign, Leaf: -1, Volume: root.Volume, File: o.File, Detail: o.Detail}
					switch o.What {
					case folders.Foreign:
						found = append(found, f)
					case folders.Elsewhere:
						err = errors.Join(err, t.doubt(o.File, 0, f))
					case folders.Unknown:
						f.Kind = finding.FileUnknown
						err = errors.Join(err, t.doubt(o.File, o.At, f))
					case folders.Unread:
						f.Kind, f.Detail = finding.FileFailed, unreadWhy(o.Err)
						found = append(found, f)
					case folders.Stray:
						f.Kind = finding.FileStray
						a.remark(f)
					}
				}
				return found, err
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

// remark tells of what somebody may want to look at, and that proves nothing.
func (a *Audit) remark(f Finding) {
	a.st.Report.Remarks++
	if a.Remark != nil {
		a.Remark(f)
	}
}

// on is the volume on which a segment lies by the log.
func (a *Audit) on(ctx context.Context, file string) (volume string, ok bool, err error) {
	err = a.st.hot[findVolume].QueryRowContext(ctx, file).Scan(&volume)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return volume, err == nil, err
}

// isCamera tells whether the log knows a camera by its footage or journals.
func (a *Audit) isCamera(ctx context.Context, id string) (bool, error) {
	n, err := a.st.count(ctx, "SELECT EXISTS (SELECT 1 FROM segs WHERE file > ? AND file < ?) OR EXISTS (SELECT 1 FROM journals WHERE camera = ?)", id+"/", id+"0", id)
	return n > 0, err
}
