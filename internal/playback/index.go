// Package playback reads recorded footage: what can be played in an interval, as
// a stream of fragments for a browser's media source, as one file with byte
// ranges, and as still pictures.
//
// It decides nothing about who may look: package disclosure does, before.
package playback

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"sync"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Library gives out the footage of a catalogue. The zero values of the caches are
// ready for use.
type Library struct {
	Catalogue *archive.Catalogue
	Stills    Stills
	// OnBroken, if set, is told of a segment that cannot be read where it should lie. It
	// may be told again a minute later.
	OnBroken func(s archive.Segment, err error)

	mu      sync.Mutex // guards indexes, order and breaks
	breaks  breaks
	indexes map[string]*index
	order   []string // keys of indexes, oldest first

	pictures pictures
}

// Stills makes a JPEG of a key frame, or of the n-th picture (from 0) that comes out
// of a key frame and what follows it.
type Stills interface {
	JPEG(ctx context.Context, t media.Track, u *media.Unit, width int) ([]byte, error)
	Nth(ctx context.Context, t media.Track, u *media.Unit, n int) ([]byte, error)
}

// index is what must be known of a segment to play from it. Times are wall clock
// µs since 1970 UTC, offsets are bytes in the file.
type index struct {
	tracks []fmp4.Track
	first  int64 // of the first part
	end    int64 // behind the last part
	main   fmp4.Track
	points []point
	start  int64 // of the segment
	stop   int64
	opens  map[int]int64 // decoding time of each track in the first part, ticks
	ends   map[int]int64 // behind the last sample of each track, ticks; not of an open segment
}

// track finds a track by its id.
func (x *index) track(id int) *fmp4.Track {
	for i := range x.tracks {
		if x.tracks[i].ID == id {
			return &x.tracks[i]
		}
	}
	return nil
}

// note remembers where the tracks of a part end.
func note(ends map[int]int64, p *fmp4.Part) {
	for i := range p.Tracks {
		t := &p.Tracks[i]
		ends[t.TrackID] = max(ends[t.TrackID], int64(t.BaseTime+t.Duration()))
	}
}

// point is a part that begins with a key frame.
type point struct{ at, offset int64 }

// maxIndexes bounds the cache: about 150 points each at two-second key frames.
const maxIndexes = 512

// known is the index of a closed segment that was read before, or nil.
func (l *Library) known(s *archive.Segment) *index {
	if s.Open != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.indexes[s.File]
}

// indexOf reads the index of a segment, from memory if it was read before.
func (l *Library) indexOf(s *archive.Segment, f archive.File) (*index, error) {
	if x := l.known(s); x != nil {
		return x, nil
	}
	x, err := readIndex(s, f)
	if err != nil {
		return nil, unread(err)
	}
	if s.Open == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.indexes == nil {
			l.indexes = map[string]*index{}
		}
		if len(l.order) >= maxIndexes {
			delete(l.indexes, l.order[0])
			l.order = l.order[1:]
		}
		if l.indexes[s.File] == nil {
			l.order = append(l.order, s.File)
		}
		l.indexes[s.File] = x
	}
	return x, nil
}

var unreadable = problem.New(problem.Unavailable, "footage_unreadable", "A recording is in the catalogue but its file cannot be read.")

// unread is the refusal for an error of reading a segment. That where it lies is away
// is told as that.
func unread(err error) error {
	if errors.Is(err, archive.ErrTierAway) {
		return err
	}
	return unreadable.Because(err)
}

func readIndex(s *archive.Segment, f archive.File) (*index, error) {
	x := &index{start: s.StartAt, stop: s.EndAt, opens: map[int]int64{}, ends: map[int]int64{}}
	// Every initialisation segment of ours is far smaller; parts follow it.
	head := make([]byte, 16<<10)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	tracks, first, err := fmp4.ReadInit(head[:n])
	if err != nil {
		return nil, err
	}
	x.tracks, x.first, x.main = tracks, int64(first), tracks[0]
	for _, t := range tracks {
		if t.Codec.Video() {
			x.main = t
			break
		}
	}
	if p, err := fmp4.ReadPart(f, x.first, math.MaxInt64); err == nil {
		for i := range p.Tracks {
			x.opens[p.Tracks[i].TrackID] = int64(p.Tracks[i].BaseTime)
		}
	}
	if s.Open != nil {
		x.end = s.Open.Size
		for _, p := range s.Open.Points {
			x.points = append(x.points, point{p.Start, p.Offset})
		}
		return x, nil
	}
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	wall := func(ticks uint64) int64 { return x.start + int64(ticks)*1e6/int64(x.main.Timescale) }
	track, points, end, err := fmp4.ReadIndex(f, size)
	if err == nil && track == x.main.ID && len(points) > 0 {
		x.end = end
		for _, p := range points {
			x.points = append(x.points, point{wall(p.Time), p.Offset})
		}
		// What is damaged there shows when it is played.
		_, _ = fmp4.Scan(f, x.points[len(x.points)-1].offset, x.end, func(p *fmp4.Part) error { note(x.ends, p); return nil })
		return x, nil
	}
	// No index, or one that cannot be trusted: the parts tell.
	x.end, err = fmp4.Scan(f, x.first, size, func(p *fmp4.Part) error {
		note(x.ends, p)
		if t := p.Track(x.main.ID); t != nil && len(t.Samples) > 0 && t.Samples[0].Key {
			x.points = append(x.points, point{wall(t.BaseTime), p.Offset})
		}
		return nil
	})
	if len(x.points) > 0 {
		return x, nil // what stands before the damage can be played
	}
	return nil, cmp.Or(err, fmp4.ErrTruncated)
}

// at is the index of the newest point at or before an instant; the first one for
// an earlier instant.
func (x *index) at(t int64) int {
	i, found := slices.BinarySearchFunc(x.points, t, func(p point, t int64) int { return cmp.Compare(p.at, t) })
	if found {
		return i
	}
	return max(i-1, 0)
}

// before finds the parts that begin before an instant: the offset behind the last
// of them, and where it ends, on the clock and in ticks of each track.
func (x *index) before(f io.ReaderAt, t int64) (offset, end int64, ends map[int]int64, err error) {
	i := x.at(t)
	offset, end, ends = x.points[i].offset, x.points[i].at, map[int]int64{}
	for offset < x.end {
		p, err := fmp4.ReadPart(f, offset, x.end)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, nil, tornAt(offset, err)
		}
		start, stop := x.span(p)
		if start >= t && offset > x.points[i].offset {
			break
		}
		note(ends, p)
		end = max(end, stop)
		offset = p.End()
	}
	return offset, end, ends, nil
}

// span is the wall clock of a part's main track.
func (x *index) span(p *fmp4.Part) (start, stop int64) {
	t := p.Track(x.main.ID)
	if t == nil {
		return x.start, x.start
	}
	scale := int64(x.main.Timescale)
	return x.start + int64(t.BaseTime)*1e6/scale, x.start + int64(t.BaseTime+t.Duration())*1e6/scale
}

// sameTracks tells whether two segments can follow one another in one decoder.
func sameTracks(a, b []fmp4.Track) bool {
	return slices.EqualFunc(a, b, func(x, y fmp4.Track) bool {
		return media.FromMP4(x).Same(media.FromMP4(y))
	})
}

func openSegment(ctx context.Context, c *archive.Catalogue, s *archive.Segment) (archive.File, error) {
	f, err := c.Open(ctx, s)
	if err != nil {
		return nil, unread(err)
	}
	return f, nil
}
