package audit

import (
	"bytes"
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

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/archive/seal"
	"watchroom/internal/media"
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
	say := func(k Kind, format string, args ...any) Finding {
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
		return nil, []Finding{say(FileMissing, "no tombstone tells why")}, nil
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return []Finding{say(FileFailed, "%v", err)}, nil, nil
	}
	defer f.Close()
	a.st.Report.Files++
	if s.gone.Valid {
		return nil, []Finding{say(FileKept, "entry %d says that it was removed", s.gone.Int64)}, nil
	}
	if f.Size() != s.bytes {
		found = append(found, say(FileAltered, "it has %d bytes, the log says %d", f.Size(), s.bytes))
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
	c, err := a.read(ctx, f)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return append(found, say(FileFailed, "%v", err)), nil, nil
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
func differs(s *seg, c *content, marks []mark, say func(Kind, string, ...any) Finding) (found []Finding) {
	good, bad := int64(-1), int64(-1) // parts up to which the file is what was sealed, and from where on it is not
	for _, m := range marks {
		switch root, whole := c.root(m.parts); {
		case m.parts > s.parts:
			found = append(found, say(SealDiffers, "%s sealed %d parts, it was closed with %d", m.entry(), m.parts, s.parts))
		case whole && root == m.root:
			good = m.parts
		case bad < 0:
			bad = m.parts
		}
	}
	switch root, whole := c.root(s.parts); {
	case !whole || root != s.root || int64(len(c.pieces)-1) != s.parts:
		where := "among its parts"
		switch {
		case good >= 0 && bad >= 0:
			where = fmt.Sprintf("behind part %d and up to part %d", good, bad)
		case bad >= 0:
			where = fmt.Sprintf("up to part %d", bad)
		case good >= 0:
			where = fmt.Sprintf("behind part %d", good)
		}
		found = append(found, say(FileAltered, "it has %d whole parts of %d and another root; the difference lies %s", len(c.pieces)-1, s.parts, where))
	case bad >= 0:
		found = append(found, say(SealDiffers, "its first %d parts are not those that were sealed", bad))
	case !c.tail:
		found = append(found, say(FileAltered, "what stands behind its last part is not the index of its key frames"))
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

// unclosed finds segments that were sealed while they were written and never closed.
func (a *Audit) unclosed(ctx context.Context) error {
	var lost []Finding
	err := a.st.each(ctx, func(r *sql.Rows) error {
		var file string
		var parts, index int64
		var log int
		if err := r.Scan(&file, &parts, &index, &log); err != nil {
			return err
		}
		if !a.written(file) {
			lost = append(lost, Finding{Kind: SealUnclosed, Leaf: index, Log: log, File: file, Detail: fmt.Sprintf("%d parts were sealed", parts)})
		}
		return nil
	}, "SELECT file, MAX(parts), MAX(leaf), MAX(log) FROM marks WHERE NOT EXISTS (SELECT 1 FROM segs WHERE segs.file = marks.file) GROUP BY file")
	if err != nil {
		return err
	}
	return a.step(ctx, func(t tx) ([]Finding, error) {
		for _, f := range lost {
			if err := t.doubt(f.File, 0, f); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// content is what a file's bytes are.
type content struct {
	pieces []leaf.Hash // initialisation segment and whole parts
	tail   bool        // behind them stands nothing, or the index that belongs there
}

func (c *content) root(parts int64) (h leaf.Hash, ok bool) {
	if parts < 0 || parts >= int64(len(c.pieces)) {
		return h, false
	}
	return leaf.Root(c.pieces[:parts+1]), true
}

// maxPart bounds the memory for a part: a recorder's are below 16 MiB and a picture.
const maxPart = 256 << 20

// read hashes a file part by part. What is no segment has no pieces, which is no error:
// an error is one of reading.
func (a *Audit) read(ctx context.Context, f Footage) (*content, error) {
	c := &content{}
	head := make([]byte, min(f.Size(), 64<<10))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if err := a.pace.wait(ctx, int64(len(head))); err != nil {
		return nil, err
	}
	boxes, size, err := fmp4.ReadInit(head)
	if err != nil || len(boxes) == 0 {
		return c, nil //nolint:nilerr // an altered head is a finding
	}
	c.pieces = append(c.pieces, leaf.Part(head[:size]))
	lead := boxes[max(slices.IndexFunc(boxes, func(b fmp4.Track) bool { return media.FromMP4(b).Codec.Video() }), 0)].ID
	var points []fmp4.KeyPoint
	var buf []byte
	next := int64(size)
	errHole := errors.New("bytes between parts")
	end, err := fmp4.Scan(f, next, f.Size(), func(p *fmp4.Part) error {
		if p.Offset != next || p.Size > maxPart {
			return errHole
		}
		next = p.Offset + p.Size
		if int64(cap(buf)) < p.Size {
			buf = make([]byte, p.Size)
		}
		buf = buf[:p.Size]
		if _, err := f.ReadAt(buf, p.Offset); err != nil {
			return err
		}
		c.pieces = append(c.pieces, leaf.Part(buf))
		for i := range p.Tracks {
			if t := &p.Tracks[i]; t.TrackID == lead && len(t.Samples) > 0 && t.Samples[0].Key {
				points = append(points, fmp4.KeyPoint{Time: t.BaseTime, Offset: p.Offset})
			}
		}
		return a.pace.wait(ctx, p.Size)
	})
	if err != nil && !errors.Is(err, fmp4.ErrTruncated) && !errors.Is(err, fmp4.ErrMalformed) && !errors.Is(err, errHole) {
		return nil, err
	}
	rest := f.Size() - end
	index := fmp4.AppendIndex(nil, lead, points)
	switch {
	case errors.Is(err, errHole):
	case rest == 0:
		c.tail = true
	case rest == int64(len(index)):
		tail := make([]byte, rest)
		if _, err := f.ReadAt(tail, end); err != nil {
			return nil, err
		}
		c.tail = bytes.Equal(tail, index)
	}
	return c, nil
}
