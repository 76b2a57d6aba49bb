package playback

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/media"
)

// stretch is what counts of a segment: from one instant until another.
type stretch struct {
	archive.Segment
	from, until int64 // wall clock µs, within StartAt and EndAt
	key         int64 // of the key frame that it begins with, likewise; 0 for the first at or behind from
}

// picture is how long one lasts, µs; 0 if unknown.
func (s *stretch) picture() int64 {
	if s.Frames == 0 {
		return 0
	}
	return (s.EndAt - s.StartAt) / int64(s.Frames)
}

// stretches lays segments, in order of their start, one after the other. Where
// several overlap, as they do after the clock was set back, that of the latest run
// counts, whatever times it bears; behind its end, an earlier run that lasts longer
// counts again. Nothing does so behind what is being written: that would be the
// future. What ends before from (µs since 1970 UTC) is left out.
func stretches(segments []archive.Segment, from int64) []stretch {
	segments = slices.Clone(segments)
	slices.SortStableFunc(segments, func(a, b archive.Segment) int { return cmp.Compare(a.StartAt, b.StartAt) })
	var edges []int64
	ends := make([]int64, len(segments)) // of what counts as the segment's
	for i := range segments {
		s := &segments[i]
		if ends[i] = s.EndAt; s.Open != nil {
			ends[i] = math.MaxInt64
		}
		edges = append(edges, s.StartAt, ends[i])
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []stretch
	var going []int // segments that have begun, without those that are over
	next, last := 0, -1
	for i := 0; i+1 < len(edges); i++ {
		at := edges[i]
		for ; next < len(segments) && segments[next].StartAt <= at; next++ {
			going = append(going, next)
		}
		going = slices.DeleteFunc(going, func(j int) bool { return ends[j] <= at })
		if len(going) == 0 {
			last = -1
			continue
		}
		best := slices.MaxFunc(going, func(a, b int) int { return counts(&segments[a], &segments[b]) })
		until := min(edges[i+1], segments[best].EndAt)
		if best == last {
			out[len(out)-1].until = until
			continue
		}
		if at < until {
			out = append(out, stretch{Segment: segments[best], from: at, until: until})
		}
		last = best
	}
	for len(out) > 1 && out[0].until <= from {
		out = out[1:]
	}
	return out
}

// alike is how far two processes that record one camera beside each other may disagree
// on when a picture was taken, µs.
const alike = 200_000

// joint is how much earlier than a later run takes over a part may begin that holds the
// same pictures as that one, µs. Both begin a part with every key frame, and the later
// run begins with one: the earlier one's, nearer than half a group, is the same. Where
// they have less than two pictures in common nothing tells that there are the same.
func (s *stretch) joint(x *index) int64 {
	picture := s.picture()
	if picture == 0 || s.EndAt-s.until < 2*picture {
		return 0
	}
	i, group := x.at(s.until), x.stop-x.points[0].at
	switch {
	case i > 0:
		group = x.points[i].at - x.points[i-1].at
	case len(x.points) > 1:
		group = x.points[1].at - x.points[0].at
	}
	most := max(picture/2, min(alike, group/2))
	if off := s.until - x.points[i].at; off >= 0 && off < most {
		return off + 1
	}
	return picture / 2
}

// counts compares two segments that cover one instant: the greater one counts.
func counts(a, b *archive.Segment) int {
	switch {
	case media.LaterRun(a.Run, b.Run):
		return 1
	case media.LaterRun(b.Run, a.Run):
		return -1
	}
	return cmp.Compare(a.StartAt, b.StartAt)
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
