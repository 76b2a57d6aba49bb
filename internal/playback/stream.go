package playback

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/media"
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
	Open          bool // still being recorded
}

// Playlist lists the pieces between from and to.
func (l *Library) Playlist(ctx context.Context, camera string, from, to int64) ([]Piece, error) {
	segments, err := l.Catalogue.Segments(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	var out []Piece
	var frames, span int64
	for i := range segments {
		s := &segments[i]
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Run == s.Run && last.MIME == s.MIME && last.Width == s.Width && last.Height == s.Height && s.StartAt-last.End <= contiguous {
				last.End, last.Open = max(last.End, s.EndAt), s.Open != nil
				frames, span = frames+int64(s.Frames), span+s.EndAt-s.StartAt
				if s.Open == nil && span > 0 {
					last.FPS = float64(frames) * 1e6 / float64(span)
				}
				continue
			}
		}
		p := Piece{
			Start: s.StartAt, End: s.EndAt, Run: s.Run, MIME: s.MIME, Codec: s.Codec,
			Width: s.Width, Height: s.Height, Audio: s.Audio, Open: s.Open != nil,
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
	Audio     bool  // with sound, where a media source plays it
}

// Stream is footage that is ready to be sent: one piece, or the beginning of one.
// The first picture is the key frame at or before From.
type Stream struct {
	Start, End int64 // wall clock of what is in it
	Base       int64 // Request.Base, lowered to Start where it lay behind it
	Next       int64 // where to ask on, 0 at the end of the interval
	MIME       string

	req    Request
	tracks []fmp4.Track
	ranges []byteRange
}

// byteRange is a run of whole parts in one file.
type byteRange struct {
	file       *os.File
	index      *index
	from, to   int64
	start, end int64
}

// Open finds the footage. It returns nil where there is none between From and To.
// The stream must be closed.
func (l *Library) Open(ctx context.Context, r Request) (*Stream, error) {
	segments, err := l.Catalogue.Segments(ctx, r.Camera, r.From, r.To)
	if err != nil || len(segments) == 0 {
		return nil, err
	}
	s := &Stream{req: r}
	for i := range segments {
		seg := &segments[i]
		if i > 0 && (seg.Run != segments[0].Run || seg.StartAt-s.End > contiguous) {
			s.Next = seg.StartAt
			break
		}
		g, err := l.rangeOf(seg, r.From, r.To)
		if err != nil {
			if len(s.ranges) > 0 {
				s.Next = seg.StartAt
				break
			}
			return nil, err
		}
		if len(s.ranges) > 0 && !sameTracks(g.index.tracks, s.ranges[0].index.tracks) {
			g.file.Close()
			s.Next = seg.StartAt
			break
		}
		s.ranges = append(s.ranges, *g)
		s.End = g.end
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

// rangeOf finds the parts of a segment that cover from to to, opened.
func (l *Library) rangeOf(seg *archive.Segment, from, to int64) (*byteRange, error) {
	f, err := openSegment(l.Catalogue, seg)
	if err != nil {
		return nil, err
	}
	x, err := l.indexOf(seg, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	p := x.points[x.at(from)]
	end, stop, err := x.behind(f, to)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &byteRange{file: f, index: x, from: p.offset, to: end, start: p.at, end: stop}, nil
}

// choose settles the tracks that are sent: video, and sound that browsers play.
func (s *Stream) choose() {
	var mimes []string
	for _, t := range s.ranges[0].index.tracks {
		if t.Codec.Video() || s.req.Audio && !s.req.Keyframes && (t.Codec == fmp4.AAC || t.Codec == fmp4.Opus) {
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

// Close closes the files.
func (s *Stream) Close() error {
	var err error
	for _, r := range s.ranges {
		if e := r.file.Close(); e != nil {
			err = e
		}
	}
	return err
}

// WriteTo sends ftyp, moov and the parts. Decoding times are wall clock minus Base.
func (s *Stream) WriteTo(w io.Writer) (n int64, err error) {
	c := &counter{w: w}
	if _, err := c.Write(fmp4.AppendInit(nil, s.tracks)); err != nil {
		return c.n, err
	}
	var seq uint32
	for i := range s.ranges {
		r := &s.ranges[i]
		switch {
		case s.req.Keyframes:
			err = s.writeKeyframes(c, r, &seq)
		case len(s.tracks) < len(r.index.tracks):
			err = s.writeSome(c, r, &seq)
		default:
			err = s.writeAll(c, r, &seq)
		}
		if err != nil {
			return c.n, err
		}
	}
	return c.n, nil
}

// shift is what decoding times of a range grow by, in ticks of a track.
func (s *Stream) shift(r *byteRange, track int) int64 {
	for _, t := range r.index.tracks {
		if t.ID == track {
			return mulDiv(r.index.start-s.Base, int64(t.Timescale))
		}
	}
	return 0
}

// mulDiv is µs in ticks, without overflow over years.
func mulDiv(micro, scale int64) int64 {
	return micro/1e6*scale + micro%1e6*scale/1e6
}

// writeAll sends the parts as they are but for their decoding times.
func (s *Stream) writeAll(w io.Writer, r *byteRange, seq *uint32) error {
	var head []byte
	for at := r.from; at < r.to; {
		p, err := fmp4.ReadPart(r.file, at, r.to)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unreadable.Because(err)
		}
		if head, err = readInto(head, r.file, p.Offset, p.HeadSize); err != nil {
			return unreadable.Because(err)
		}
		*seq++
		if err := fmp4.Rebase(head, func(id int) int64 {
			// The sound of the first part may begin a little before its picture.
			return max(s.shift(r, id), -int64(p.Track(id).BaseTime))
		}, 0, *seq); err != nil {
			return unreadable.Because(err)
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(r.file, p.Offset+p.HeadSize, p.Size-p.HeadSize)); err != nil {
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

// writeSome sends the chosen tracks of each part.
func (s *Stream) writeSome(w io.Writer, r *byteRange, seq *uint32) error {
	var whole, out []byte
	for at := r.from; at < r.to; {
		p, err := fmp4.ReadPart(r.file, at, r.to)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unreadable.Because(err)
		}
		if whole, err = readInto(whole, r.file, p.Offset, p.Size); err != nil {
			return unreadable.Because(err)
		}
		if err := p.Samples(whole); err != nil {
			return unreadable.Because(err)
		}
		var kept []fmp4.TrackFragment
		for _, t := range s.tracks {
			if f := p.Track(t.ID); f != nil && len(f.Samples) > 0 {
				k := *f
				k.BaseTime = uint64(max(int64(k.BaseTime)+s.shift(r, t.ID), 0))
				kept = append(kept, k)
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
func (s *Stream) writeKeyframes(w io.Writer, r *byteRange, seq *uint32) error {
	x := r.index
	var out []byte
	for i, p := range x.points {
		if p.offset < r.from || p.offset >= r.to {
			continue
		}
		u, f, err := x.keyframe(r.file, p)
		if err != nil {
			return unreadable.Because(err)
		}
		until := x.stop
		if i+1 < len(x.points) {
			until = x.points[i+1].at
		}
		u.Duration = uint32(max(mulDiv(until-p.at, int64(x.main.Timescale)), 1))
		u.Offset = 0
		f.Samples = []fmp4.Sample{u}
		f.BaseTime = uint64(max(int64(f.BaseTime)+s.shift(r, f.TrackID), 0))
		*seq++
		out = fmp4.AppendFragment(out[:0], *seq, []fmp4.TrackFragment{f})
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

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
