package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/parts"
	"watchroom/internal/durable"
	"watchroom/internal/recording/segment"
)

// unclosed finds segments that were sealed while they were written and never closed, and
// holds those that are being written against what was sealed of them.
func (a *Audit) unclosed(ctx context.Context) error {
	var all []Finding
	err := a.st.each(ctx, func(r *sql.Rows) error {
		f := Finding{Kind: finding.SealUnclosed}
		var parts int64
		err := r.Scan(&f.File, &parts, &f.Leaf, &f.Log)
		f.Detail = fmt.Sprintf("%d parts were sealed", parts)
		all = append(all, f)
		return err
	}, "SELECT file, MAX(parts), MAX(leaf), MAX(log) FROM marks WHERE NOT EXISTS (SELECT 1 FROM segs WHERE segs.file = marks.file) GROUP BY file")
	if err != nil {
		return err
	}
	var lost, altered []Finding
	for _, f := range all {
		if !a.written(f.File) {
			lost = append(lost, f)
			continue
		}
		found, err := a.growing(ctx, f)
		if err != nil {
			return err
		}
		altered = append(altered, found...)
	}
	return a.step(ctx, func(t tx) ([]Finding, error) {
		for _, f := range lost {
			if err := t.doubt(f.File, 0, f); err != nil {
				return nil, err
			}
		}
		return altered, nil
	})
}

// growing reads a file that is being written as far as it was sealed.
func (a *Audit) growing(ctx context.Context, at Finding) ([]Finding, error) {
	if a.SkipFiles {
		return nil, nil
	}
	marks, err := a.marks(ctx, at.File)
	if err != nil {
		return nil, err
	}
	for _, root := range a.Volumes {
		f, err := durable.OpenRegular(filepath.Join(root.Path, at.File) + segment.PartExt)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it lies on another disk, or was closed meanwhile
		}
		at.Volume = root.Volume
		if err != nil {
			at.Kind, at.Detail = finding.FileFailed, err.Error()
			return []Finding{at}, nil
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return nil, err
		}
		c, err := parts.Read(ctx, io.NewSectionReader(f, 0, st.Size()), a.pace.Wait)
		if err != nil {
			if ctx.Err() == nil {
				at.Kind, at.Detail = finding.FileFailed, err.Error()
				return []Finding{at}, nil
			}
			return nil, err
		}
		for _, m := range marks {
			if got, whole := c.Root(m.Parts); !whole || got != m.Root {
				at.Kind, at.Leaf, at.Log = finding.SealDiffers, m.Leaf, m.Log
				at.Detail = fmt.Sprintf("it is being written, and its first %d parts are not those that were sealed", m.Parts)
				return []Finding{at}, nil
			}
		}
		return nil, nil
	}
	return nil, nil
}
