package playback

import (
	"context"
	"fmt"
	"io"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
)

// stretch is what counts of a segment: until the next one takes over.
type stretch struct {
	archive.Segment
	until int64 // wall clock µs, EndAt at the latest
}

// stretches lays segments, in order of their start, one after the other. Where two
// overlap, the one that began later takes over: it begins with a key frame. One
// that lies wholly within another adds nothing. Nor does what has been taken over
// before from (µs since 1970 UTC).
func stretches(segments []archive.Segment, from int64) []stretch {
	var out []stretch
	for _, s := range segments {
		if n := len(out); n > 0 && s.Open == nil && s.EndAt <= out[n-1].until {
			continue
		}
		for n := len(out); n > 0 && s.StartAt <= out[n-1].StartAt; n-- {
			out = out[:n-1]
		}
		if n := len(out); n > 0 {
			out[n-1].until = min(out[n-1].until, s.StartAt)
		}
		out = append(out, stretch{s, s.EndAt})
	}
	for len(out) > 1 && out[0].until <= from {
		out = out[1:]
	}
	return out
}

// label says which track and sample description the samples of a segment get in
// what is put together from many.
type label struct {
	id          int
	description uint32
}

// axis lays the parts of many segments one after the other. Decoding times never
// go back on it, also where segments overlap by a little: what would begin before
// the end of what stands already begins there, and makes up for it with its own
// length.
type axis struct {
	origin int64         // wall clock of zero, µs since 1970 UTC
	ends   map[int]int64 // behind the last sample of each track of the result, ticks
}

// natural is where a decoding time of a segment lies, were it alone, in ticks.
func (a *axis) natural(x *index, t *fmp4.Track, ticks uint64) int64 {
	return mulDiv(x.start-a.origin, int64(t.Timescale)) + int64(ticks)
}

// lay gives a part of a segment its place and its labels; without as, tracks keep
// theirs. It tells whether something began too early.
func (a *axis) lay(p *fmp4.Part, x *index, as map[int]label) (early bool) {
	for i := range p.Tracks {
		f := &p.Tracks[i]
		t := x.track(f.TrackID)
		if t == nil {
			continue
		}
		if as != nil {
			f.TrackID, f.Description = as[f.TrackID].id, as[f.TrackID].description
		}
		if behind(f, a.natural(x, t, f.BaseTime), a.ends[f.TrackID]) {
			early = true
		}
		a.ends[f.TrackID] = int64(f.BaseTime + f.Duration())
	}
	return early
}

// behind places a fragment at an instant, but not before end: its first samples
// are shortened by what it begins later. Every sample lasts.
func behind(f *fmp4.TrackFragment, at, end int64) (moved bool) {
	f.BaseTime = uint64(max(at, end))
	owed := end - at
	for i := range f.Samples {
		s := &f.Samples[i]
		if give := min(owed, int64(s.Duration)-1); give > 0 {
			s.Duration -= uint32(give)
			owed -= give
		}
	}
	return at < end
}

// readPart reads the part at an offset and sees that its samples follow its head in
// the order of its tracks, as in all parts of the recorder: then the head can be
// written anew before them.
func readPart(f io.ReaderAt, offset, end int64) (*fmp4.Part, error) {
	p, err := fmp4.ReadPart(f, offset, end)
	if err != nil {
		return nil, err
	}
	at := p.HeadSize
	for i := range p.Tracks {
		t := &p.Tracks[i]
		if len(t.Samples) > 0 && p.First(t.TrackID) != at {
			return nil, fmt.Errorf("%w: samples are not of our layout", fmp4.ErrMalformed)
		}
		for j := range t.Samples {
			at += int64(t.Samples[j].Size)
		}
	}
	if at != p.Size {
		return nil, fmt.Errorf("%w: samples do not fill their part", fmp4.ErrMalformed)
	}
	return p, nil
}

// reel holds the ranges of what is played. Their files are opened one at a time: a
// day has hundreds.
type reel struct {
	ctx       context.Context // of the request that it was made for: it lives no longer
	catalogue *archive.Catalogue
	ranges    []byteRange
	file      archive.File
	number    int // of the range whose file is open
}

// open gives the file of a range until the next call.
func (r *reel) open(i int) (archive.File, error) {
	if r.file != nil && r.number == i {
		return r.file, nil
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	f, err := openSegment(r.ctx, r.catalogue, &r.ranges[i].segment)
	if err != nil {
		return nil, err
	}
	r.file, r.number = f, i
	return f, nil
}

// Close closes what is open.
func (r *reel) Close() error {
	f := r.file
	r.file = nil
	if f == nil {
		return nil
	}
	return f.Close()
}
