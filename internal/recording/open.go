package recording

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// OpenSegment is the segment that is being written, as far as it stands in the
// file: everything up to Size can be read while the recorder goes on.
type OpenSegment struct {
	Name       Name
	Run        *media.Run
	Path       string // of the open file; the closed one has no PartExt
	Start, End int64  // wall clock µs
	Size       int64
	Points     []Point
}

// Point is a part that begins with a key frame.
type Point struct {
	Start  int64 // wall clock µs
	Offset int64
}

// Open is the segment being written, or nil. The result is a snapshot.
func (r *Recorder) Open() *OpenSegment {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil || len(r.open.Points) == 0 {
		return nil
	}
	s := *r.open
	s.Points = s.Points[:len(s.Points):len(s.Points)]
	return &s
}

// OpenFile opens a segment by the path of its closed form, whether it has been
// closed yet or not.
func OpenFile(root, path string) (*os.File, error) {
	full := filepath.Join(root, path)
	f, err := os.Open(full)
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = os.Open(full + PartExt); errors.Is(err, fs.ErrNotExist) {
			return os.Open(full) // closed between the two attempts
		}
	}
	return f, err
}

// read gives the part's units, from memory or from the file.
func (p *part) read(root string) ([]*media.Unit, error) {
	if p.units != nil {
		return p.units, nil
	}
	f, err := OpenFile(root, p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, p.size)
	if _, err := f.ReadAt(b, p.offset); err != nil {
		return nil, err
	}
	parsed, err := fmp4.ParsePart(b)
	if err != nil {
		return nil, err
	}
	return Units(parsed, p.run.Tracks, p.zero, p.bases), nil
}

// Units turns a part that was read with its data back into units. zero is the
// wall clock that decoding times count from (the segment's start); bases, if not
// nil, is added to decoding times, by index of tracks.
func Units(p *fmp4.Part, tracks []media.Track, zero int64, bases []int64) []*media.Unit {
	var out []*media.Unit
	for i := range p.Tracks {
		f := &p.Tracks[i]
		track := slices.IndexFunc(tracks, func(t media.Track) bool { return t.ID == f.TrackID })
		if track < 0 {
			continue
		}
		scale := int64(tracks[track].Timescale)
		at := int64(f.BaseTime)
		for j := range f.Samples {
			s := &f.Samples[j]
			u := &media.Unit{
				Track: track, DTS: at, PTS: at + int64(s.Offset),
				Wall: zero + (at+int64(s.Offset))*1e6/scale, Key: s.Key, Data: s.Data,
			}
			if bases != nil {
				u.DTS += bases[track]
				u.PTS += bases[track]
			}
			out = append(out, u)
			at += int64(s.Duration)
		}
	}
	slices.SortStableFunc(out, func(a, b *media.Unit) int { return int(a.Wall - b.Wall) })
	return out
}
