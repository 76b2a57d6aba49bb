package retold

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"watchroom/internal/archive"
	"watchroom/internal/archive/lines"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// rivals says which telling of a segment counts where several lines tell of it, otherwise
// each; the first does where it says nothing. Open are segments that are being written: no
// line of theirs counts. Somebody may have told of a segment before its recorder did, and by
// the order of the lines alone nobody knows.
type rivals struct {
	counts map[string]*segment.Closed
	open   map[string]bool
}

func (r *rivals) none(l *journal.Record) bool {
	if l.Kind != journal.KindSegment || l.Segment == nil {
		return false
	}
	t := r.counts[l.File]
	return r.open[l.File] || t != nil && (t.End != l.End || t.Bytes != l.Bytes || t.Root != l.Root)
}

// rivalsOf reads the journals of a camera for them.
func rivalsOf(ctx context.Context, camera string, roots []archive.Volume, all []*stream) (*rivals, error) {
	r := &rivals{counts: map[string]*segment.Closed{}, open: map[string]bool{}}
	first, odd := map[uint64]uint64{}, map[string]*lines.Contest{}
	err := through(ctx, all, func(_ string, l *journal.Record) {
		if l.Kind != journal.KindSegment || l.Segment == nil || lines.Strange(camera, l) != lines.Fine {
			return
		}
		file, is := sum(l.File), sum(fmt.Sprint(l.End, l.Bytes, l.Root))
		if was, told := first[file]; told && was != is {
			odd[l.File] = &lines.Contest{}
		} else {
			first[file] = is
		}
	})
	if err != nil {
		return nil, err
	}
	if len(odd) > 0 {
		err = through(ctx, all, func(volume string, l *journal.Record) {
			if c := odd[l.Of()]; c != nil && lines.Strange(camera, l) == lines.Fine {
				c.Hear(volume, l)
			}
		})
	}
	for file, c := range odd {
		var sizes []int64
		for _, root := range roots {
			if st, err := os.Lstat(filepath.Join(root.Root, file)); err == nil && st.Mode().IsRegular() {
				sizes = append(sizes, st.Size())
			}
		}
		if l := c.Decide(sizes...); l != nil {
			r.counts[file] = l.Segment
		}
	}
	for _, s := range all {
		s.unclosed(camera, r.open)
	}
	return r, err
}

func sum(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text)) //nolint:errcheck // it never fails
	return h.Sum64()
}

// through reads all lines that the rows were made of, and leaves the streams as they are.
func through(ctx context.Context, all []*stream, each func(volume string, l *journal.Record)) error {
	for _, s := range all {
		again := *s
		for {
			if err := again.fill(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if len(again.lines) == 0 {
				break
			}
			for i := range again.lines {
				each(s.volume, &again.lines[i].Record)
			}
			again.lines = nil
		}
	}
	return nil
}

// unclosed adds the segments of the newest days that are open still.
func (s *stream) unclosed(camera string, open map[string]bool) {
	for _, day := range s.days[max(0, len(s.days)-2):] {
		entries, err := os.ReadDir(filepath.Join(s.dir, day))
		if err != nil {
			continue
		}
		for _, e := range entries {
			name, is := strings.CutSuffix(e.Name(), segment.PartExt)
			if !is {
				continue
			}
			if _, err := os.Lstat(filepath.Join(s.dir, day, name)); errors.Is(err, os.ErrNotExist) {
				open[filepath.Join(camera, day, name)] = true
			}
		}
	}
}
