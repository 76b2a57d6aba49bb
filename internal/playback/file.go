package playback

import (
	"context"
	"errors"
	"io"
	"math"

	"watchroom/evidence/fmp4"
	"watchroom/internal/problem"
)

// ErrNothing says that an interval holds no footage at all.
var ErrNothing = problem.New(problem.NotFound, "no_footage", "Nothing was recorded in this interval.")

// ErrTooLong says that an interval is longer than one file may be.
var ErrTooLong = problem.New(problem.Invalid, "interval_too_long", "One file holds at most 24 hours.").With("hours", 24)

const maxFile = int64(24 * 3600 * 1e6)

// File is the footage of an interval as one fragmented MP4, laid out anew at every
// read from the segments on disk: initialisation, the parts with their decoding
// times counted from the first picture, an index at the end. Gaps stay gaps; runs
// with other tracks become further tracks or sample descriptions. It is an
// io.ReadSeeker whose size is known, for byte ranges; not for concurrent use.
type File struct {
	Start, End int64 // wall clock of what is in it, µs since 1970 UTC

	init, tail []byte
	ranges     []byteRange
	labels     []map[int]label
	offsets    []int64 // where each range begins in the file
	size       int64
	pos        int64

	part  partCursor
	patch []byte // the part's head, changed
}

// partCursor remembers the part that was read last, so that reading on needs no search.
type partCursor struct {
	rng int
	p   *fmp4.Part
}

// File puts an interval's footage together. It must be closed.
func (l *Library) File(ctx context.Context, camera string, from, to int64) (*File, error) {
	if to-from > maxFile {
		return nil, ErrTooLong
	}
	segments, err := l.Catalogue.Segments(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	f := &File{part: partCursor{rng: -1}}
	for i := range segments {
		g, err := l.rangeOf(&segments[i], from, to)
		if err != nil {
			f.Close()
			return nil, err
		}
		// Every segment keeps its file open: at most 24 hours of them.
		f.ranges = append(f.ranges, *g)
	}
	if len(f.ranges) == 0 {
		return nil, ErrNothing
	}
	f.Start = f.ranges[0].start
	f.lay()
	return f, nil
}

func (f *File) lay() {
	tracks, others, labels := plan(f.ranges)
	f.labels = labels
	for i := range f.ranges {
		f.End = max(f.End, f.ranges[i].end)
	}
	f.init = fmp4.AppendInits(nil, tracks, others, uint64(max(f.End-f.Start, 0)/1000))
	at := int64(len(f.init))
	main := f.ranges[0].index.main
	var points []fmp4.KeyPoint
	for i := range f.ranges {
		r := &f.ranges[i]
		f.offsets = append(f.offsets, at)
		if x := r.index; labels[i][x.main.ID].id == labels[0][main.ID].id {
			for _, p := range x.points {
				if p.offset >= r.from && p.offset < r.to {
					points = append(points, fmp4.KeyPoint{
						Time:   uint64(max(mulDiv(p.at-f.Start, int64(main.Timescale)), 0)),
						Offset: at + p.offset - r.from,
					})
				}
			}
		}
		at += r.to - r.from
	}
	f.tail = fmp4.AppendIndex(nil, labels[0][main.ID].id, points)
	f.size = at + int64(len(f.tail))
}

// Size is the number of bytes.
func (f *File) Size() int64 { return f.size }

// Close closes the segments.
func (f *File) Close() error {
	var err error
	for i := range f.ranges {
		if e := f.ranges[i].file.Close(); e != nil {
			err = e
		}
	}
	return err
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

// readAt reads from one place: the head, one part's head, one part's data, or the
// index at the end.
func (f *File) readAt(b []byte, at int64) (int, error) {
	if at < int64(len(f.init)) {
		return copy(b, f.init[at:]), nil
	}
	if tail := f.size - int64(len(f.tail)); at >= tail {
		return copy(b, f.tail[at-tail:]), nil
	}
	i := 0
	for i+1 < len(f.offsets) && f.offsets[i+1] <= at {
		i++
	}
	r := &f.ranges[i]
	inFile := r.from + at - f.offsets[i]
	if err := f.seekPart(i, inFile); err != nil {
		return 0, err
	}
	p := f.part.p
	if in := inFile - p.Offset; in < p.HeadSize {
		return copy(b, f.patch[in:]), nil
	}
	n := min(int64(len(b)), p.End()-inFile)
	return r.file.ReadAt(b[:n], inFile)
}

// seekPart makes the part that holds an offset of a range's file the current one.
func (f *File) seekPart(i int, offset int64) error {
	r := &f.ranges[i]
	c := &f.part
	if c.rng == i && c.p.Offset <= offset && offset < c.p.End() {
		return nil
	}
	at := r.from
	if c.rng == i && c.p.End() <= offset {
		at = c.p.End()
	}
	for _, p := range r.index.points {
		if p.offset > offset {
			break
		}
		at = max(at, p.offset)
	}
	for {
		p, err := fmp4.ReadPart(r.file, at, r.to)
		if err != nil {
			return unreadable.Because(err)
		}
		if offset < p.End() {
			if p.Offset > offset {
				return unreadable.Because(fmp4.ErrMalformed)
			}
			c.rng, c.p = i, p
			return f.relabel(i, p)
		}
		at = p.End()
	}
}

// relabel makes the current part's head as it stands in this file.
func (f *File) relabel(i int, p *fmp4.Part) (err error) {
	r := &f.ranges[i]
	if f.patch, err = readInto(f.patch, r.file, p.Offset, p.HeadSize); err != nil {
		return unreadable.Because(err)
	}
	delta := func(id int) int64 {
		for _, t := range r.index.tracks {
			if t.ID == id {
				// The sound may begin a little before the first picture.
				return max(mulDiv(r.index.start-f.Start, int64(t.Timescale)), -int64(p.Track(id).BaseTime))
			}
		}
		return 0
	}
	if err := fmp4.Rebase(f.patch, delta, 0, p.Sequence&math.MaxInt32); err != nil {
		return unreadable.Because(err)
	}
	if err := fmp4.Relabel(f.patch, func(id int) (int, uint32) { l := f.labels[i][id]; return l.id, l.description }); err != nil {
		return unreadable.Because(err)
	}
	return nil
}
