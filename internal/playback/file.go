package playback

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/problem"
)

// ErrNothing says that an interval holds no footage at all.
var ErrNothing = problem.New(problem.NotFound, "no_footage", "Nothing was recorded in this interval.")

// ErrTooLong says that an interval is longer than one file may be.
var ErrTooLong = problem.New(problem.Invalid, "interval_too_long", "One file holds at most 25 hours.").With("hours", 25)

// LongestFile is how much one file may hold: a day of any time zone, which has 25 hours
// where the clock goes back.
const LongestFile = 25 * time.Hour

// File is the footage of an interval as one fragmented MP4, laid out anew at every
// read from the segments on disk: initialisation, the parts with their decoding
// times counted from the first picture, an index at the end. Gaps stay gaps; runs
// with other tracks become further tracks or sample descriptions. It is an
// io.ReadSeeker whose size is known, for byte ranges; not for concurrent use.
type File struct {
	Start, End int64 // wall clock of what is in it, µs since 1970 UTC

	reel
	init, tail []byte
	labels     []map[int]label
	primers    [][]byte                // of each range, what stands before its key frames
	offsets    []int64                 // where each range begins in the file
	seams      map[place]map[int]int64 // ends that parts at the beginning of ranges must not go behind
	size       int64
	pos        int64

	part partCursor
}

// place is a part of a range, by its offset in the segment's file.
type place struct {
	rng    int
	offset int64
}

// partCursor remembers the part that was read last, so that reading on needs no search.
type partCursor struct {
	rng      int // -1 for none
	p        *fmp4.Part
	at, size int64  // in the file
	head     []byte // as it stands in the file
	primer   []byte
	primed   int64 // where the primer stands, in bytes from the part's beginning
}

// File puts an interval's footage together. It must be closed.
func (l *Library) File(ctx context.Context, camera string, from, to int64) (*File, error) {
	if to-from > LongestFile.Microseconds() {
		return nil, ErrTooLong
	}
	segments, err := l.Catalogue.Segments(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	f := &File{reel: reel{ctx: ctx, catalogue: l.Catalogue}, part: partCursor{rng: -1}}
	for _, s := range l.lay(ctx, segments, from) {
		g, err := l.rangeOf(ctx, &s, from, to)
		if err != nil {
			return nil, err
		}
		if g != nil {
			f.ranges = append(f.ranges, *g)
		}
	}
	if len(f.ranges) == 0 {
		return nil, ErrNothing
	}
	f.Start = f.ranges[0].start
	if err := f.lay(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) lay() error {
	tracks, others, labels := plan(f.ranges)
	f.labels = labels
	for i := range f.ranges {
		f.End = max(f.End, f.ranges[i].end)
	}
	f.init = fmp4.AppendInits(nil, tracks, others, uint64(max(f.End-f.Start, 0)/1000))
	at := int64(len(f.init))
	main := f.ranges[0].index.main
	id := labels[0][main.ID].id
	a := &axis{origin: f.Start, ends: map[int]int64{}}
	f.seams = map[place]map[int]int64{}
	var points []fmp4.KeyPoint
	for i := range f.ranges {
		r := &f.ranges[i]
		f.offsets = append(f.offsets, at)
		if err := f.prime(i, others); err != nil {
			return err
		}
		if err := f.join(i, a); err != nil {
			return err
		}
		for _, p := range r.points() {
			if label := labels[i][r.index.main.ID]; label.id == id {
				points = append(points, fmp4.KeyPoint{
					Time:   uint64(max(mulDiv(p.at-f.Start, int64(main.Timescale)), 0)),
					Offset: at + p.offset - r.from,
				})
			}
			at += int64(len(f.primers[i]))
		}
		at += r.to - r.from
	}
	f.tail = fmp4.AppendIndex(nil, id, points)
	f.size = at + int64(len(f.tail))
	return nil
}

// prime settles what stands before the key frames of a range.
func (f *File) prime(i int, others []fmp4.Track) (err error) {
	r := &f.ranges[i]
	id := f.labels[i][r.index.main.ID].id
	var primer []byte
	if points := r.points(); len(points) > 0 && slices.ContainsFunc(others, func(t fmp4.Track) bool { return t.ID == id }) {
		primer, err = f.primerOf(i, points[0])
	}
	f.primers = append(f.primers, primer)
	return err
}

func (f *File) primerOf(i int, first point) ([]byte, error) {
	file, err := f.open(i)
	if err != nil {
		return nil, err
	}
	b, err := primer(f.ranges[i].index, file, first)
	if err != nil {
		return nil, unread(err)
	}
	return b, nil
}

// join notes the parts at the beginning of a range that would go back behind the
// end of what stands before, and moves the ends behind the range.
func (f *File) join(i int, a *axis) error {
	r := &f.ranges[i]
	if !f.follows(i, a) {
		file, err := f.open(i)
		if err != nil {
			return err
		}
		for at, early := r.from, true; early && at < r.to; {
			p, err := readPart(file, at, r.to)
			if err != nil {
				return unread(err)
			}
			before := maps.Clone(a.ends)
			if early = a.lay(p, r.index, f.labels[i]); early {
				f.seams[place{i, p.Offset}] = before
			}
			at = p.End()
			// A track that the first part lacks may be early in the next.
			early = early || !f.past(i, a, p)
		}
	}
	for id, end := range r.ends {
		if t := r.index.track(id); t != nil {
			out := f.labels[i][id].id
			a.ends[out] = max(a.ends[out], a.natural(r.index, t, uint64(end)))
		}
	}
	return nil
}

// follows tells without reading whether a range begins behind everything before it.
func (f *File) follows(i int, a *axis) bool {
	r := &f.ranges[i]
	if r.from != r.index.first || len(r.index.opens) < len(r.index.tracks) {
		return false
	}
	for id, at := range r.index.opens {
		t := r.index.track(id)
		if t == nil || a.natural(r.index, t, uint64(at)) < a.ends[f.labels[i][id].id] {
			return false
		}
	}
	return true
}

// past tells whether the end of a part lies behind the ends of all its range's tracks.
func (f *File) past(i int, a *axis, p *fmp4.Part) bool {
	r := &f.ranges[i]
	_, stop := r.index.span(p)
	for _, t := range r.index.tracks {
		if mulDiv(stop-a.origin, int64(t.Timescale)) < a.ends[f.labels[i][t.ID].id] {
			return false
		}
	}
	return true
}

// Size is the number of bytes.
func (f *File) Size() int64 { return f.size }

// Tag tells this file from the one that the same interval gives when more of it has
// been recorded: bytes of both do not fit together.
func (f *File) Tag() string {
	h := sha256.New()
	h.Write(f.init)
	h.Write(f.tail)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(f.size)))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("playback: seek before the beginning")
	}
	f.pos = offset
	return offset, nil
}

// Read implements io.Reader.
func (f *File) Read(b []byte) (int, error) {
	if f.pos >= f.size {
		return 0, io.EOF
	}
	if len(b) == 0 {
		return 0, nil
	}
	n, err := f.readAt(b, f.pos)
	f.pos += int64(n)
	return n, err
}

// readAt reads from one place: the head, one part's head, its primer, its data, or
// the index at the end.
func (f *File) readAt(b []byte, at int64) (int, error) {
	if at < int64(len(f.init)) {
		return copy(b, f.init[at:]), nil
	}
	if tail := f.size - int64(len(f.tail)); at >= tail {
		return copy(b, f.tail[at-tail:]), nil
	}
	c := &f.part
	if c.rng < 0 || at < c.at || at >= c.at+c.size {
		if err := f.seekPart(at); err != nil {
			return 0, err
		}
	}
	file, err := f.open(c.rng)
	if err != nil {
		return 0, err
	}
	in, primed := at-c.at, int64(len(c.primer))
	switch {
	case in < c.p.HeadSize:
		return copy(b, c.head[in:]), nil
	case in < c.primed:
		return file.ReadAt(b[:min(int64(len(b)), c.primed-in)], c.p.Offset+in)
	case in < c.primed+primed:
		return copy(b, c.primer[in-c.primed:]), nil
	}
	return file.ReadAt(b[:min(int64(len(b)), c.size-in)], c.p.Offset+in-primed)
}

// seekPart makes the part that holds a place of the file the current one.
func (f *File) seekPart(at int64) error {
	i := 0
	for i+1 < len(f.offsets) && f.offsets[i+1] <= at {
		i++
	}
	file, err := f.open(i)
	if err != nil {
		return err
	}
	r, primed := &f.ranges[i], int64(len(f.primers[i]))
	offset, begin := r.from, f.offsets[i] // in the segment's file, and in this
	points := r.points()
	for n, p := range points {
		if b := f.offsets[i] + p.offset - r.from + int64(n)*primed; b <= at {
			offset, begin = p.offset, b
		}
	}
	if c := &f.part; c.rng == i && c.at+c.size <= at && c.at+c.size > begin {
		offset, begin = c.p.End(), c.at+c.size
	}
	for offset < r.to {
		p, err := readPart(file, offset, r.to)
		if err != nil {
			return unread(err)
		}
		if p.Offset != offset {
			return unread(fmp4.ErrMalformed) // something else between parts
		}
		size := p.Size
		key := slices.ContainsFunc(points, func(k point) bool { return k.offset == p.Offset })
		if key {
			size += primed
		}
		if at < begin+size {
			f.part = partCursor{rng: i, p: p, at: begin, size: size, head: f.part.head[:0]}
			if key {
				f.part.primer = f.primers[i]
			}
			return f.compose(i)
		}
		offset, begin = p.End(), begin+size
	}
	return unread(fmp4.ErrTruncated)
}

// compose writes the current part's head as it stands in this file.
func (f *File) compose(i int) error {
	c, x := &f.part, f.ranges[i].index
	c.primed = c.p.HeadSize
	if len(c.primer) > 0 {
		file, err := f.open(i)
		if err != nil {
			return err
		}
		t := c.p.Track(x.main.ID)
		if t == nil || len(t.Samples) == 0 {
			return unread(fmp4.ErrMalformed)
		}
		c.primed = c.p.First(t.TrackID)
		err = x.units(file, c.p, func(kind byte, end int64) bool {
			if kind == delimiter(x.main.Codec) { // it must come first
				c.primed = end
			}
			return true
		})
		if err != nil {
			return unread(err)
		}
		t.Samples[0].Size += uint32(len(c.primer))
	}
	a := axis{origin: f.Start, ends: maps.Clone(f.seams[place{i, c.p.Offset}])}
	if a.ends == nil {
		a.ends = map[int]int64{}
	}
	a.lay(c.p, x, f.labels[i])
	c.head = fmp4.AppendHead(c.head, c.p.Sequence&math.MaxInt32, c.p.Tracks)
	if int64(len(c.head)) != c.p.HeadSize {
		return unread(fmp4.ErrMalformed)
	}
	return nil
}
