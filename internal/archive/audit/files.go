package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/logged"
	"watchroom/internal/archive/audit/parts"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/segment"
)

// files compares every segment of the log with its file.
func (a *Audit) files(ctx context.Context) error {
	total, err := a.st.count(ctx, "SELECT COUNT(*) FROM segs")
	if err != nil {
		return err
	}
	if a.DB != nil {
		if a.missed, err = logged.Missed(ctx, a.DB.Read()); err != nil {
			return err
		}
	}
	for done := a.st.Next; ; {
		if a.st.Pos == "" {
			done = 0
		}
		var segs []logged.Segment
		err := a.st.each(ctx, func(r *sql.Rows) error {
			s, err := logged.Of(r)
			segs = append(segs, s)
			return err
		}, logged.Segments+" WHERE file > ? ORDER BY file LIMIT 500", a.st.Pos)
		if err != nil {
			return err
		}
		if len(segs) == 0 {
			return a.unclosed(ctx)
		}
		for len(segs) > 0 {
			var found, doubts []Finding
			gone := map[string]int64{}
			n, began := 0, time.Now()
			// A file takes long to read, its step in the state does not; many that need not
			// be read make one step.
			for n < len(segs) && (n == 0 || time.Since(began) < time.Second) {
				f, d, err := a.file(ctx, &segs[n])
				if err != nil {
					return err
				}
				found, doubts = append(found, f...), append(doubts, d...)
				gone[segs[n].File] = segs[n].GoneAt
				n++
			}
			done += int64(n)
			a.st.Pos, a.st.Next = segs[n-1].File, done
			segs = segs[n:]
			err := a.step(ctx, func(t tx) ([]Finding, error) {
				for _, d := range doubts {
					if err := t.doubt(d.File, gone[d.File], d); err != nil {
						return nil, err
					}
				}
				return found, nil
			})
			if err != nil {
				return err
			}
			a.progress(PhaseFiles, done, total)
		}
	}
}

// file compares one.
func (a *Audit) file(ctx context.Context, s *logged.Segment) (found, doubts []Finding, err error) {
	at := Finding{Leaf: s.Leaf, Log: s.Log, Volume: s.Volume, File: s.File}
	say := func(k finding.Kind, format string, args ...any) Finding {
		f := at
		f.Kind, f.Detail = k, fmt.Sprintf(format, args...)
		return f
	}
	f, err := a.Files.Open(ctx, s.Volume, s.File)
	if errors.Is(err, fs.ErrNotExist) && !s.Gone.Valid {
		var ok bool
		if found, ok, err = a.beside(ctx, s); ok {
			at.Volume = s.Volume
			f, err = a.Files.Open(ctx, s.Volume, s.File)
		} else if err == nil {
			err = fs.ErrNotExist
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.Gone.Valid {
			return nil, nil, nil
		}
		if a.written(s.File) {
			// Nor has it a row.
			err := a.st.commit(ctx, func(t tx) error { return t.exec(segmentSeen, s.File) })
			return []Finding{say(finding.LineStrange, "%s: it is being written", lines.Unclosed)}, nil, err
		}
		return nil, []Finding{say(finding.FileMissing, "no tombstone tells why%s", a.strays.Where(ctx, s.File, seal.Paths(a.Volumes)))}, nil
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return append(found, say(finding.FileFailed, "%v", err)), nil, nil
	}
	defer f.Close()
	a.st.Report.Files++
	if s.Gone.Valid {
		return nil, []Finding{say(finding.FileKept, "entry %d says that it was removed", s.Gone.Int64)}, nil
	}
	if f.Size() != s.Bytes {
		found = append(found, say(finding.FileAltered, "it has %d bytes, the log says %d", f.Size(), s.Bytes))
	}
	if a.SkipFiles {
		return found, nil, nil
	}
	marks, err := a.marks(ctx, s.File)
	if err != nil {
		return nil, nil, err
	}
	told, stamp := s.Told(marks), a.Stamp(f)
	if len(found) == 0 {
		switch since, ok, err := a.had.Recall(ctx, s.Volume, s.File, told, stamp); {
		case err != nil:
			return nil, nil, err
		case ok:
			a.counted(f.Size(), since)
			a.st.Report.Kept++
			return a.present(s), nil, nil
		}
	}
	began := a.Clock.Micro()
	c, err := parts.Read(ctx, f, a.pace.Wait)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return append(found, say(finding.FileFailed, "%v", err)), nil, nil
	}
	a.counted(f.Size(), began)
	found = append(found, s.Differs(c, marks, say)...)
	if len(found) == 0 {
		found = a.present(s)
	}
	if len(found) == 0 && a.Stamp(f) == stamp {
		err = a.had.Keep(ctx, readings.Reading{Volume: s.Volume, File: s.File, Told: told, Stamp: stamp, At: began})
	}
	return found, nil, err
}

// counted counts a file that was read, at an instant.
func (a *Audit) counted(bytes, at int64) {
	r := &a.st.Report
	r.Read, r.Bytes, r.Since = r.Read+1, r.Bytes+bytes, min(r.Since, at)
}

// beside finds a segment where it lay before it was moved, and names the moves that are untrue.
func (a *Audit) beside(ctx context.Context, s *logged.Segment) (found []Finding, ok bool, err error) {
	place, found, ok, err := logged.Beside(ctx, a.st.db, s, a.size(ctx))
	if err != nil || !ok {
		return nil, false, err
	}
	s.Volume = place
	return found, true, a.st.commit(ctx, func(t tx) error { return t.exec("UPDATE segs SET volume = ? WHERE file = ?", place, s.File) })
}

// size gives the length of a file in bytes.
func (a *Audit) size(ctx context.Context) func(volume, file string) (int64, error) {
	return func(volume, file string) (int64, error) {
		f, err := a.Files.Open(ctx, volume, file)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		return f.Size(), nil
	}
}

// present names the row that calls a segment missing whose file is right.
func (a *Audit) present(s *logged.Segment) []Finding {
	if !a.missed[s.File] {
		return nil
	}
	return []Finding{{Kind: finding.RecordUntrue, Leaf: s.Leaf, Log: s.Log, File: s.File, Row: "footage_damages " + s.File, Detail: "it stands as missing, and its file is there and is right"}}
}

// there tells whether a file lies in a recording folder, written or closed, and is not shorter.
func (a *Audit) there(file string, bytes int64) bool {
	return a.written(file) || slices.ContainsFunc(a.Volumes, func(root seal.Root) bool {
		st, err := os.Stat(filepath.Join(root.Path, file))
		return err == nil && st.Size() >= bytes
	})
}

// written tells whether a file is being written, or was left as it was written.
func (a *Audit) written(file string) bool {
	if a.Open != nil && slices.ContainsFunc(a.Open(), func(o seal.Open) bool { return o.File == file }) {
		return true
	}
	for _, root := range a.Volumes {
		if _, err := os.Stat(filepath.Join(root.Path, file) + segment.PartExt); err == nil {
			return true
		}
	}
	return false
}

func (a *Audit) marks(ctx context.Context, file string) (out []logged.Mark, err error) {
	err = a.st.each(ctx, func(r *sql.Rows) error {
		m, err := logged.MarkOf(r)
		out = append(out, m)
		return err
	}, findMarks, file)
	return out, err
}
