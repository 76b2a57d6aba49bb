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

// telling is what a line tells of a segment.
type telling struct {
	end, bytes int64
	root       string
}

func tellingOf(s *segment.Closed) telling { return telling{s.End, s.Bytes, s.Root} }

// rivals says which telling of a segment counts where several lines tell of it, otherwise
// each; the first does where it says nothing. Open are segments that are being written: no
// line of theirs counts. Somebody may have told of a segment before its recorder did, and by
// the order of the lines alone nobody knows.
type rivals struct {
	counts map[string]telling
	open   map[string]bool
}

func (r *rivals) none(l *journal.Record) bool {
	if l.Kind != journal.KindSegment || l.Segment == nil {
		return false
	}
	t, decided := r.counts[l.File]
	return r.open[l.File] || decided && t != tellingOf(l.Segment)
}

// rivalsOf reads the journals of a camera for them.
func rivalsOf(ctx context.Context, camera string, roots []archive.Volume, all []*stream) (*rivals, error) {
	r := &rivals{counts: map[string]telling{}, open: map[string]bool{}}
	first, odd := map[uint64]uint64{}, map[string]*contest{}
	err := through(ctx, all, func(_ string, l *journal.Record) {
		if l.Kind != journal.KindSegment || l.Segment == nil || lines.Strange(camera, l) != lines.Fine {
			return
		}
		file, is := sum(l.File), sum(fmt.Sprint(l.End, l.Bytes, l.Root))
		if was, told := first[file]; told && was != is {
			odd[l.File] = &contest{}
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
				c.hear(volume, l)
			}
		})
	}
	for file, c := range odd {
		if t := c.decide(roots, file); t != nil {
			r.counts[file] = *t
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

// seal is a line that tells of a segment while it was written.
type seal struct {
	journal.Sealed
	on string // the disk of its journal
}

// contest is what the journals tell of a segment that several lines tell of.
type contest struct {
	told  []journal.Record // what says how it was closed
	borne []telling        // of what moved or removed it
	seals []seal
	upTo  []int    // for each of told, how many of the seals came before
	on    []string // and the disk of its journal
}

func (c *contest) hear(volume string, l *journal.Record) {
	switch {
	case l.Kind == journal.KindSegment && l.Segment != nil:
		c.told, c.upTo, c.on = append(c.told, *l), append(c.upTo, len(c.seals)), append(c.on, volume)
	case l.Kind == journal.KindSeal && l.Sealed != nil:
		c.seals = append(c.seals, seal{*l.Sealed, volume})
	case l.Segment != nil:
		c.borne = append(c.borne, tellingOf(l.Segment))
	}
}

// decide gives the telling that the file agrees with; where it is not here, the one by which
// the catalogue moved or removed it, and else the one that the seals do not speak against.
func (c *contest) decide(roots []archive.Volume, file string) *telling {
	for _, root := range roots {
		st, err := os.Lstat(filepath.Join(root.Root, file))
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		for i := range c.told {
			if c.told[i].Bytes == st.Size() {
				t := tellingOf(c.told[i].Segment)
				return &t
			}
		}
	}
	for _, b := range c.borne {
		for i := range c.told {
			if tellingOf(c.told[i].Segment) == b {
				return &b
			}
		}
	}
	for i := range c.told {
		against := false
		for k := range c.seals {
			against = against || lines.Unsealed(&c.told[i], &c.seals[k].Sealed, k >= c.upTo[i] && c.seals[k].on == c.on[i])
		}
		if !against {
			t := tellingOf(c.told[i].Segment)
			return &t
		}
	}
	return nil
}
