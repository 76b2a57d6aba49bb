package playback

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// contiguous is how far apart segments of one run may lie and still be one piece.
const contiguous = int64(time.Second / time.Microsecond)

// Piece is footage that one decoder plays without being set up anew. Start and
// End are µs since 1970 UTC.
type Piece struct {
	Start, End    int64
	Run           string
	MIME          string // codecs parameter of RFC 6381
	Codec         string
	Width, Height int
	FPS           float64 // 0 if unknown
	Audio         string
	DerivedAudio  string // what Stream makes of Audio where no browser plays it, or empty
	Open          bool   // still being recorded
}

// Playlist lists the pieces between from and to.
func (l *Library) Playlist(ctx context.Context, camera string, from, to int64) ([]Piece, error) {
	segments, err := l.Catalogue.Segments(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	var out []Piece
	var frames, span int64
	for _, s := range l.lay(ctx, segments, from) {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Run == s.Run && last.MIME == s.MIME && last.Width == s.Width && last.Height == s.Height && s.from-last.End <= contiguous {
				last.End, last.Open = max(last.End, s.until), s.Open != nil
				frames, span = frames+int64(s.Frames), span+s.EndAt-s.StartAt
				if s.Open == nil && span > 0 {
					last.FPS = float64(frames) * 1e6 / float64(span)
				}
				continue
			}
		}
		p := Piece{
			Start: s.from, End: s.until, Run: s.Run, MIME: s.MIME, Codec: s.Codec,
			Width: s.Width, Height: s.Height, Audio: s.Audio, DerivedAudio: derivedFrom(s.Audio), Open: s.Open != nil,
		}
		frames, span = int64(s.Frames), s.EndAt-s.StartAt
		if s.Open == nil && span > 0 {
			p.FPS = float64(frames) * 1e6 / float64(span)
		}
		out = append(out, p)
	}
	for i := range out {
		out[i].Start, out[i].End = max(out[i].Start, from), min(out[i].End, to)
	}
	return out, nil
}

// Request asks for footage of a camera from From to To (µs since 1970 UTC).
type Request struct {
	Camera    string
	From, To  int64
	Base      int64 // the instant that media time counts from; 0 means the first picture's
	Keyframes bool  // key frames only, each lasting until the next
	Audio     bool  // with sound, where a media source plays it or what is derived from it
}

// Stream is footage that is ready to be sent: one piece, or the beginning of one.
// The first picture is the key frame at or before From.
type Stream struct {
	Start, End int64 // wall clock of what is in it
	Base       int64 // Request.Base, lowered to Start where it lay behind it
	Next       int64 // where to ask on, 0 at the end of the interval
	MIME       string
	Derived    media.Codec // as what the sound was recorded, where it is not sent as that; or empty

	library *Library
	req     Request
	tracks  []fmp4.Track
	voices  map[int]*voice // by track: the sound that is derived
	reel
}

// byteRange is a run of whole parts in one segment.
type byteRange struct {
	segment    archive.Segment
	index      *index
	from, to   int64
	start, end int64         // wall clock of its main track, µs since 1970 UTC
	ends       map[int]int64 // as index.ends
}

// points are the key frames that parts of the range begin with.
func (r *byteRange) points() []point {
	low, _ := slices.BinarySearchFunc(r.index.points, r.from, func(p point, o int64) int { return cmp.Compare(p.offset, o) })
	high, _ := slices.BinarySearchFunc(r.index.points, r.to, func(p point, o int64) int { return cmp.Compare(p.offset, o) })
	return r.index.points[low:high]
}

// One stream holds at most so much, and tells where to ask on: an interval may be
// as long as the archive.
const (
	maxStream   = int64(24 * 3600 * 1e6) // µs
	maxSegments = 64
)

// upTo finds the segments that a stream from from on can hold: those of the first
// day that has any. more is where there may be further ones, 0 for nowhere.
func (l *Library) upTo(ctx context.Context, camera string, from, to int64) (out []stretch, more int64, err error) {
	for at := from; at < to; at += maxStream {
		end := min(at+maxStream, to)
		segments, err := l.Catalogue.Segments(ctx, camera, at, end)
		if err != nil {
			return nil, 0, err
		}
		if out = l.lay(ctx, segments, at); len(out) > maxSegments {
			end = out[maxSegments].from
			out = out[:maxSegments]
		}
		if len(out) > 0 {
			if end < to {
				more = end
			}
			return out, more, nil
		}
	}
	return nil, 0, nil
}

// Open finds the footage. It returns nil where there is none between From and To.
// The stream must be closed.
func (l *Library) Open(ctx context.Context, r Request) (*Stream, error) {
	list, more, err := l.upTo(ctx, r.Camera, r.From, r.To)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	s := &Stream{library: l, req: r, reel: reel{ctx: ctx, catalogue: l.Catalogue}, Next: more}
	to := r.To
	if more != 0 {
		to = more
	}
	for i := range list {
		seg := &list[i]
		if len(s.ranges) > 0 && (seg.Run != s.ranges[0].segment.Run || seg.from-s.End > contiguous) {
			s.Next = seg.from
			break
		}
		g, until, err := l.readable(ctx, seg, r.From, to)
		if err != nil {
			if len(s.ranges) > 0 {
				s.Next = seg.from
				break
			}
			return nil, skip(seg, until, err)
		}
		if g == nil {
			continue
		}
		if len(s.ranges) > 0 && !sameTracks(g.index.tracks, s.ranges[0].index.tracks) {
			s.Next = seg.from
			break
		}
		s.ranges = append(s.ranges, *g)
		if s.End = g.end; until < min(to, seg.until) {
			s.Next = until
			break
		}
	}
	if len(s.ranges) == 0 {
		if more == 0 {
			return nil, nil
		}
		r.From = more
		return l.Open(ctx, r)
	}
	if _, err := s.open(0); err != nil { // while a refusal can still be told
		r := &s.ranges[0]
		l.broke(ctx, &r.segment, r.start, err)
		return nil, skip(&stretch{Segment: r.segment, from: r.segment.StartAt, until: r.segment.EndAt}, r.start, err)
	}
	s.Start = s.ranges[0].start
	s.Base = r.Base
	if s.Base == 0 || s.Base > s.Start {
		s.Base = s.Start
	}
	if s.Next >= r.To {
		s.Next = 0
	}
	s.choose()
	return s, nil
}

// rangeOf finds the parts of a segment that cover from to to; nil where none of them
// counts. One that counts again behind another run does so from a key frame on.
func (l *Library) rangeOf(ctx context.Context, s *stretch, from, to int64) (*byteRange, error) {
	to = min(to, s.until)
	x := l.known(&s.Segment)
	whole := func() bool { return to >= x.stop }
	if x == nil || !whole() {
		f, err := openSegment(ctx, l.Catalogue, &s.Segment)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if x, err = l.indexOf(&s.Segment, f); err != nil {
			return nil, err
		}
		if !whole() {
			p, ok := s.point(x, from, to)
			if !ok {
				return nil, nil
			}
			g := &byteRange{segment: s.Segment, index: x, from: p.offset, start: p.at}
			if to == s.until {
				if to -= s.joint(x); to <= p.at {
					return nil, nil // the later run begins with the same key frame
				}
			}
			g.to, g.end, g.ends, err = x.before(f, max(to, p.at+1))
			return g, err
		}
	}
	p, ok := s.point(x, from, to)
	if !ok {
		return nil, nil
	}
	return &byteRange{segment: s.Segment, index: x, from: p.offset, to: x.end, start: p.at, end: x.stop, ends: x.ends}, nil
}

// point is the key frame that what counts of the segment begins with.
func (s *stretch) point(x *index, from, to int64) (point, bool) {
	i := x.at(from)
	if s.from == s.StartAt {
		return x.points[i], true
	}
	for ; i < len(x.points); i++ {
		if p := x.points[i]; p.at >= cmp.Or(s.key, s.from) {
			return p, p.at < to
		}
	}
	return point{}, false
}

// choose settles the tracks that are sent: video, and sound that browsers play, as
// recorded or derived.
func (s *Stream) choose() {
	var mimes []string
	for _, t := range s.ranges[0].index.tracks {
		heard := s.req.Audio && !s.req.Keyframes
		if heard && derivable(t) {
			s.derive(t)
			mimes = append(mimes, string(fmp4.FLAC))
			continue
		}
		if t.Codec.Video() || heard && (t.Codec == fmp4.AAC || t.Codec == fmp4.Opus) {
			s.tracks = append(s.tracks, t)
			if m := media.FromMP4(t).MIME(); m != "" {
				mimes = append(mimes, m)
			}
		}
	}
	if len(s.tracks) == 0 { // sound alone, whatever it is
		s.tracks = s.ranges[0].index.tracks
		mimes = append(mimes, media.FromMP4(s.tracks[0]).MIME())
	}
	s.MIME = strings.Join(mimes, ",")
}

// WriteTo sends ftyp, moov and the parts. Decoding times are wall clock minus Base.
func (s *Stream) WriteTo(w io.Writer) (n int64, err error) {
	c := &counter{w: w}
	if _, err := c.Write(fmp4.AppendInit(nil, s.tracks)); err != nil {
		return c.n, err
	}
	a := &axis{origin: s.Base, ends: map[int]int64{}}
	var seq uint32
	for i := range s.ranges {
		r := &s.ranges[i]
		f, err := s.open(i)
		if err != nil {
			s.tear(r, err)
			return c.n, err
		}
		switch {
		case s.req.Keyframes:
			err = s.writeKeyframes(c, f, r, a, &seq)
		case len(s.tracks) < len(r.index.tracks) || len(s.voices) > 0:
			err = s.writeSome(c, f, r, a, &seq)
		default:
			err = s.writeAll(c, f, r, a, &seq)
		}
		if err != nil {
			s.tear(r, err)
			return c.n, err
		}
	}
	return c.n, nil
}

// mulDiv is µs in ticks, without overflow over years.
func mulDiv(micro, scale int64) int64 {
	return micro/1e6*scale + micro%1e6*scale/1e6
}

// writeAll sends the parts as they are but for their decoding times.
func (s *Stream) writeAll(w io.Writer, f io.ReaderAt, r *byteRange, a *axis, seq *uint32) error {
	var head []byte
	for at := r.from; at < r.to; {
		p, err := readPart(f, at, r.to)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return tornAt(at, err)
		}
		*seq++
		a.lay(p, r.index, nil)
		head = fmp4.AppendHead(head[:0], *seq, p.Tracks)
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(f, p.Offset+p.HeadSize, p.Size-p.HeadSize)); err != nil {
			return err
		}
		at = p.End()
	}
	return nil
}

func readInto(b []byte, f io.ReaderAt, at, n int64) ([]byte, error) {
	if int64(cap(b)) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	_, err := f.ReadAt(b, at)
	return b, err
}

// writeSome sends the chosen tracks of each part, and derives what is not sent as recorded.
func (s *Stream) writeSome(w io.Writer, f io.ReaderAt, r *byteRange, a *axis, seq *uint32) error {
	var whole, out []byte
	for at := r.from; at < r.to; {
		p, err := fmp4.ReadPart(f, at, r.to)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return tornAt(at, err)
		}
		if whole, err = readInto(whole, f, p.Offset, p.Size); err != nil {
			return tornAt(at, err)
		}
		if err := p.Samples(whole); err != nil {
			return tornAt(at, err)
		}
		a.lay(p, r.index, nil)
		var kept []fmp4.TrackFragment
		for _, t := range s.tracks {
			f := p.Track(t.ID)
			if v := s.voices[t.ID]; f != nil && v != nil {
				v.recode(f)
			}
			if f != nil && len(f.Samples) > 0 {
				kept = append(kept, *f)
			}
		}
		if len(kept) > 0 {
			*seq++
			out = fmp4.AppendFragment(out[:0], *seq, kept)
			if _, err := w.Write(out); err != nil {
				return err
			}
		}
		at = p.End()
	}
	return nil
}

// writeKeyframes sends the key frames alone, each lasting until the next.
func (s *Stream) writeKeyframes(w io.Writer, f io.ReaderAt, r *byteRange, a *axis, seq *uint32) error {
	x := r.index
	var out []byte
	points := r.points()
	for i, p := range points {
		u, t, err := x.keyframe(f, p)
		if err != nil {
			return tornAt(p.offset, err)
		}
		until := r.end
		if i+1 < len(points) {
			until = points[i+1].at
		}
		u.Duration = uint32(max(mulDiv(until-p.at, int64(x.main.Timescale)), 1))
		u.Offset = 0
		t.Samples = []fmp4.Sample{u}
		part := fmp4.Part{Tracks: []fmp4.TrackFragment{t}}
		a.lay(&part, x, nil)
		*seq++
		out = fmp4.AppendFragment(out[:0], *seq, part.Tracks)
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}

// keyframe reads the first sample of the part at a point, and only that.
func (x *index) keyframe(f io.ReaderAt, p point) (fmp4.Sample, fmp4.TrackFragment, error) {
	part, err := fmp4.ReadPart(f, p.offset, x.end)
	if err != nil {
		return fmp4.Sample{}, fmp4.TrackFragment{}, err
	}
	t := part.Track(x.main.ID)
	if t == nil || len(t.Samples) == 0 {
		return fmp4.Sample{}, fmp4.TrackFragment{}, fmp4.ErrMalformed
	}
	sample := t.Samples[0]
	sample.Data = make([]byte, sample.Size)
	_, err = f.ReadAt(sample.Data, part.Offset+part.First(t.TrackID))
	return sample, *t, err
}

// picture is what decodes to the picture at point i. Where that is no key frame but
// a recovery point, it is everything from the point before on, or behind the first
// point what follows it.
func (x *index) picture(f io.ReaderAt, i int) ([]byte, error) {
	sample, _, err := x.keyframe(f, x.points[i])
	codec := media.FromMP4(x.main).Codec
	if err != nil || codec != media.H264 && codec != media.H265 || nal.Summarise(codec, sample.Data).Random {
		return sample.Data, err
	}
	from, end := x.points[max(i-1, 0)].offset, x.end
	if i == 0 && len(x.points) > 1 {
		end = x.points[1].offset
	}
	data := []byte(nil)
	for offset := from; offset < end && len(data) < maxRefresh; {
		if i > 0 && offset >= x.points[i].offset {
			return append(data, sample.Data...), nil
		}
		part, err := fmp4.ReadPart(f, offset, x.end)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if t := part.Track(x.main.ID); t != nil {
			size := 0
			for _, s := range t.Samples {
				size += int(s.Size)
			}
			data = append(data, make([]byte, size)...)
			if _, err := f.ReadAt(data[len(data)-size:], part.Offset+part.First(t.TrackID)); err != nil {
				return nil, err
			}
		}
		offset = part.End()
	}
	return data, nil
}

// maxRefresh bounds what is read for one picture without key frames, bytes.
const maxRefresh = 16 << 20

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
