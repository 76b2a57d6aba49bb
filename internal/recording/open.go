package recording

import (
	"cmp"
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
func (p *part) read(root string) ([]arrived, error) {
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
	// The file holds track after track; order tells how the units arrived.
	units := inFileOrder(parsed, p.run.Tracks, p.zero, p.bases)
	out := make([]arrived, 0, len(units))
	for _, order := range p.order {
		for _, seq := range order {
			if len(out) < len(units) {
				out = append(out, arrived{seq, units[len(out)].Unit})
			}
		}
	}
	return out, nil
}

// Units turns a part that was read with its data back into units, in order of
// their decoding times. zero is the wall clock that decoding times count from (the
// segment's start); bases, if not nil, is added to decoding times, by index of
// tracks.
func Units(p *fmp4.Part, tracks []media.Track, zero int64, bases []int64) []*media.Unit {
	timed := inFileOrder(p, tracks, zero, bases)
	slices.SortStableFunc(timed, func(a, b timedUnit) int { return cmp.Compare(a.decode, b.decode) })
	out := make([]*media.Unit, len(timed))
	for i := range timed {
		out[i] = timed[i].Unit
	}
	return out
}

// timedUnit is a unit with the wall clock of its decoding time, µs.
type timedUnit struct {
	*media.Unit
	decode int64
}

func inFileOrder(p *fmp4.Part, tracks []media.Track, zero int64, bases []int64) []timedUnit {
	var out []timedUnit
	for i := range p.Tracks {
		f := &p.Tracks[i]
		track := slices.IndexFunc(tracks, func(t media.Track) bool { return t.ID == f.TrackID })
		if track < 0 {
			continue
		}
		scale, base := int64(tracks[track].Timescale), int64(0)
		if bases != nil {
			base = bases[track]
		}
		video := tracks[track].Codec.Video()
		at := int64(f.BaseTime)
		for j := range f.Samples {
			s := &f.Samples[j]
			u := &media.Unit{
				Track: track, DTS: at + base, PTS: at + base + int64(s.Offset),
				Wall: zero + (at+int64(s.Offset))*1e6/scale, Key: s.Key, Data: s.Data,
			}
			decode := zero + at*1e6/scale
			if !video {
				// Sound is not reordered: an offset is the place of its whole track.
				decode = u.Wall
				u.DTS, u.PTS = at+base, at+base
			}
			out = append(out, timedUnit{u, decode})
			at += int64(s.Duration)
		}
	}
	return out
}
