package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/parts"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/segment"
)

// seg is what the log tells of a segment.
type seg struct {
	file, volume string
	leaf         int64
	log          int // number of an earlier log; 0 for the one that grows
	bytes, parts int64
	root         leaf.Hash
	gone         sql.NullInt64 // entry of its tombstone
	goneAt       int64
}

const selectSegs = "SELECT file, volume, leaf, log, bytes, parts, root, gone, gone_at FROM segs"

func segOf(r interface{ Scan(...any) error }) (s seg, err error) {
	var root []byte
	err = r.Scan(&s.file, &s.volume, &s.leaf, &s.log, &s.bytes, &s.parts, &root, &s.gone, &s.goneAt)
	copy(s.root[:], root)
	return s, err
}

// mark is what a seal tells of the beginning of a segment.
type mark struct {
	parts, leaf int64
	log         int
	root        leaf.Hash
}

// entry names where it stands.
func (m mark) entry() string {
	if m.log > 0 {
		return fmt.Sprintf("entry %d of log %d", m.leaf, m.log)
	}
	return fmt.Sprintf("entry %d", m.leaf)
}

// files compares every segment of the log with its file.
func (a *Audit) files(ctx context.Context) error {
	total, err := a.st.count(ctx, "SELECT COUNT(*) FROM segs")
	if err != nil {
		return err
	}
	for done := a.st.Next; ; {
		if a.st.Pos == "" {
			done = 0
		}
		var segs []seg
		err := a.st.each(ctx, func(r *sql.Rows) error {
			s, err := segOf(r)
			segs = append(segs, s)
			return err
		}, selectSegs+" WHERE file > ? ORDER BY file LIMIT 500", a.st.Pos)
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
				gone[segs[n].file] = segs[n].goneAt
				n++
			}
			done += int64(n)
			a.st.Pos, a.st.Next = segs[n-1].file, done
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
func (a *Audit) file(ctx context.Context, s *seg) (found, doubts []Finding, err error) {
	at := Finding{Leaf: s.leaf, Log: s.log, Volume: s.volume, File: s.file}
	say := func(k finding.Kind, format string, args ...any) Finding {
		f := at
		f.Kind, f.Detail = k, fmt.Sprintf(format, args...)
		return f
	}
	f, err := a.Files.Open(ctx, s.volume, s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.gone.Valid {
			return nil, nil, nil
		}
		return nil, []Finding{say(finding.FileMissing, "no tombstone tells why%s", a.strays.Where(ctx, s.file, seal.Paths(a.Volumes)))}, nil
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return []Finding{say(finding.FileFailed, "%v", err)}, nil, nil
	}
	defer f.Close()
	a.st.Report.Files++
	if s.gone.Valid {
		return nil, []Finding{say(finding.FileKept, "entry %d says that it was removed", s.gone.Int64)}, nil
	}
	if f.Size() != s.bytes {
		found = append(found, say(finding.FileAltered, "it has %d bytes, the log says %d", f.Size(), s.bytes))
	}
	if a.SkipFiles {
		return found, nil, nil
	}
	marks, err := a.marks(ctx, s.file)
	if err != nil {
		return nil, nil, err
	}
	told, stamp := s.told(marks), a.Stamp(f)
	if len(found) == 0 {
		switch since, ok, err := a.had.Recall(ctx, s.volume, s.file, told, stamp); {
		case err != nil:
			return nil, nil, err
		case ok:
			a.counted(f.Size(), since)
			a.st.Report.Kept++
			return nil, nil, nil
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
	found = append(found, differs(s, c, marks, say)...)
	if len(found) == 0 && a.Stamp(f) == stamp {
		err = a.had.Keep(ctx, readings.Reading{Volume: s.volume, File: s.file, Told: told, Stamp: stamp, At: began})
	}
	return found, nil, err
}

// counted counts a file that was read, at an instant.
func (a *Audit) counted(bytes, at int64) {
	r := &a.st.Report
	r.Read, r.Bytes, r.Since = r.Read+1, r.Bytes+bytes, min(r.Since, at)
}

// told is the digest of all that the log tells of a segment.
func (s *seg) told(marks []mark) [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d %x\n", s.volume, s.file, s.bytes, s.parts, s.root)
	for _, m := range marks {
		fmt.Fprintf(h, "%d %d %d %x\n", m.log, m.leaf, m.parts, m.root)
	}
	return [32]byte(h.Sum(nil))
}

// differs holds what was read of a segment against what the log tells of it.
func differs(s *seg, c *parts.Content, marks []mark, say func(finding.Kind, string, ...any) Finding) (found []Finding) {
	good, bad := int64(-1), int64(-1) // parts up to which the file is what was sealed, and from where on it is not
	for _, m := range marks {
		switch root, whole := c.Root(m.parts); {
		case m.parts > s.parts:
			found = append(found, say(finding.SealDiffers, "%s sealed %d parts, it was closed with %d", m.entry(), m.parts, s.parts))
		case whole && root == m.root:
			good = m.parts
		case bad < 0:
			bad = m.parts
		}
	}
	switch root, whole := c.Root(s.parts); {
	case !whole || root != s.root || int64(len(c.Pieces)-1) != s.parts:
		where := "among its parts"
		switch {
		case good >= 0 && bad >= 0:
			where = fmt.Sprintf("behind part %d and up to part %d", good, bad)
		case bad >= 0:
			where = fmt.Sprintf("up to part %d", bad)
		case good >= 0:
			where = fmt.Sprintf("behind part %d", good)
		}
		found = append(found, say(finding.FileAltered, "it has %d whole parts of %d and another root; the difference lies %s", len(c.Pieces)-1, s.parts, where))
	case bad >= 0:
		found = append(found, say(finding.SealDiffers, "its first %d parts are not those that were sealed", bad))
	case !c.Tail:
		found = append(found, say(finding.FileAltered, "what stands behind its last part is not the index of its key frames"))
	}
	return found
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

func (a *Audit) marks(ctx context.Context, file string) (out []mark, err error) {
	err = a.st.each(ctx, func(r *sql.Rows) error {
		var m mark
		var root []byte
		err := r.Scan(&m.parts, &m.leaf, &m.log, &root)
		copy(m.root[:], root)
		out = append(out, m)
		return err
	}, findMarks, file)
	return out, err
}
