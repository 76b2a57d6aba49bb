package recording_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// stored is one segment read back from its file alone.
type stored struct {
	path   string
	name   segment.Name
	open   bool
	tracks []fmp4.Track
	parts  []*fmp4.Part
	root   string
	points []fmp4.KeyPoint // of the index; nil without one
}

// readSegment reads every byte of a segment that must be sound.
func readSegment(path string) (*stored, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &stored{path: path}
	if s.name, s.open, err = segment.ParseName(path); err != nil {
		return nil, err
	}
	tracks, size, err := fmp4.ReadInit(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.tracks = tracks
	leaves := []leaf.Hash{leaf.Part(b[:size])}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	end, err := fmp4.Scan(f, int64(size), int64(len(b)), func(p *fmp4.Part) error {
		leaves = append(leaves, leaf.Part(b[p.Offset:p.End()]))
		s.parts = append(s.parts, p)
		return p.Samples(b[p.Offset:])
	})
	if err != nil && !s.open {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	root := leaf.Root(leaves)
	s.root = hex.EncodeToString(root[:])
	if _, points, start, err := fmp4.ReadIndex(f, int64(len(b))); err == nil {
		if start != end {
			return nil, fmt.Errorf("%s: index at %d, parts end at %d", path, start, end)
		}
		s.points = points
	}
	return s, nil
}

// sound checks what must hold of every closed segment whatever went into it: the
// identity of the journal, one line each, the index, the lengths of parts.
func sound(root string, records []journal.Record, part time.Duration) ([]*stored, error) {
	var segments []*stored
	paths, err := filepath.Glob(filepath.Join(root, "*", "*-*-*", "*"+segment.Ext+"*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	lines := map[string]*journal.Segment{}
	for i := range records {
		if r := &records[i]; r.Segment != nil {
			if lines[r.File] != nil {
				return nil, fmt.Errorf("%s stands in the journal twice", r.File)
			}
			lines[r.File] = r.Segment
		}
	}
	for _, path := range paths {
		s, err := readSegment(path)
		if err != nil {
			return nil, err
		}
		if s.open {
			return nil, fmt.Errorf("%s is still open", path)
		}
		if err := s.check(root, lines, part); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		segments = append(segments, s)
	}
	if len(lines) != len(segments) {
		return nil, fmt.Errorf("%d lines in the journal for %d segments", len(lines), len(segments))
	}
	return segments, nil
}

func (s *stored) check(root string, lines map[string]*journal.Segment, part time.Duration) error {
	rel, err := filepath.Rel(root, s.path)
	if err != nil {
		return err
	}
	line := lines[rel]
	if line == nil {
		return fmt.Errorf("the journal does not know it")
	}
	st, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if rel != s.name.Path() || line.Start != s.name.Start || line.Root != s.root || line.Parts != len(s.parts) || line.Bytes != st.Size() {
		return fmt.Errorf("the journal says %+v; root %s, %d parts, %d bytes", line, s.root, len(s.parts), st.Size())
	}
	if hash, ok := line.RootHash(); !ok || hex.EncodeToString(hash[:]) != s.root {
		return fmt.Errorf("root %q as bytes is %x", line.Root, hash)
	}
	main := s.main()
	var want []fmp4.KeyPoint
	frames, next := 0, map[int]uint64{}
	for i, p := range s.parts {
		if int(p.Sequence) != i+1 {
			return fmt.Errorf("part %d has number %d", i, p.Sequence)
		}
		for j := range p.Tracks {
			t := &p.Tracks[j]
			if t.BaseTime < next[t.TrackID] {
				return fmt.Errorf("part %d, track %d: decoding time %d, the part before ends at %d", i, t.TrackID, t.BaseTime, next[t.TrackID])
			}
			next[t.TrackID] = t.BaseTime + t.Duration()
			if d := float64(t.Duration()) / float64(s.scale(t.TrackID)); d > part.Seconds()+0.002 && len(t.Samples) > 1 {
				return fmt.Errorf("part %d, track %d lasts %.3f s", i, t.TrackID, d)
			}
		}
		t := p.Track(main.ID)
		if t == nil {
			continue
		}
		frames += len(t.Samples)
		if t.Samples[0].Key {
			want = append(want, fmp4.KeyPoint{Time: t.BaseTime, Offset: p.Offset})
		}
		for k, sample := range t.Samples {
			if k > 0 && sample.Key && main.Codec.Video() {
				return fmt.Errorf("part %d: key frame at place %d", i, k)
			}
		}
	}
	first := slices.IndexFunc(s.parts, func(p *fmp4.Part) bool { return p.Track(main.ID) != nil })
	if len(want) == 0 || want[0].Offset != s.parts[first].Offset {
		return fmt.Errorf("it does not begin with a key frame")
	}
	if s.points != nil && !slices.Equal(s.points, want) {
		return fmt.Errorf("index %v, want %v", s.points, want)
	}
	if line.Frames != frames {
		return fmt.Errorf("%d frames, the journal says %d", frames, line.Frames)
	}
	return nil
}

func (s *stored) main() fmp4.Track {
	for _, t := range s.tracks {
		if t.Codec.Video() {
			return t
		}
	}
	return s.tracks[0]
}

func (s *stored) scale(id int) int64 {
	for _, t := range s.tracks {
		if t.ID == id {
			return int64(t.Timescale)
		}
	}
	return 1
}

// placed is a sample with its place in time, as any reader of the file sees it.
type placed struct {
	wall     int64 // of its presentation, µs
	decode   int64 // of its decoding, µs
	key      bool
	data     string
	duration uint32
}

// samples lists a track's samples in their order in the file.
func (s *stored) samples(id int) (out []placed) {
	scale := s.scale(id)
	for _, p := range s.parts {
		t := p.Track(id)
		if t == nil {
			continue
		}
		at := int64(t.BaseTime)
		for _, x := range t.Samples {
			out = append(out, placed{s.name.Start + (at+int64(x.Offset))*1e6/scale, s.name.Start + at*1e6/scale, x.Key, string(x.Data), x.Duration})
			at += int64(x.Duration)
		}
	}
	return out
}

// end is the wall clock behind a track's last sample, µs.
func (s *stored) end(id int) int64 {
	end := uint64(0)
	for _, p := range s.parts {
		if t := p.Track(id); t != nil {
			end = t.BaseTime + t.Duration()
		}
	}
	return s.name.Start + int64(end)*1e6/s.scale(id)
}

// readJournals gives the records of all journals below root in order of their days.
func readJournals(root string) (out []journal.Record, torn int, err error) {
	paths, err := filepath.Glob(filepath.Join(root, "*", "*", journal.FileName))
	if err != nil {
		return nil, 0, err
	}
	slices.Sort(paths)
	for _, p := range paths {
		records, _, n, err := journal.Read(p, 0, 0)
		if err != nil {
			return nil, 0, err
		}
		out, torn = append(out, records...), torn+n
	}
	return out, torn, nil
}

func kinds(records []journal.Record) string {
	var out []string
	for _, r := range records {
		k := r.Kind
		if r.Kind == journal.KindGap {
			k += ":" + string(r.Cause)
		}
		out = append(out, k)
	}
	return strings.Join(out, " ")
}
