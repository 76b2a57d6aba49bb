package playback

import (
	"bytes"
	"context"
	"io"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/media"
)

// lay is stretches, where an earlier run counts again behind a later one from a key
// frame on. When the later of two processes that recorded the camera beside each other
// ends first, as one does that is killed in the middle of an exchange, the earlier one
// has all of its pictures and those that follow: it counts again from the last key frame
// on that both hold. What lies between there and its next one would be missing otherwise.
func (l *Library) lay(ctx context.Context, segments []archive.Segment, from int64) []stretch {
	var out []stretch
	for _, s := range stretches(segments, from) {
		n := len(out)
		if n > 0 && l.begun(ctx, &out[n-1], &s) && out[n-1].until <= max(out[n-1].from, out[n-1].key) {
			out, n = out[:n-1], n-1
		}
		if n == 0 || s.from-out[n-1].until > alike || !media.LaterRun(out[n-1].Run, s.Run) {
			out = append(out, s)
			continue
		}
		later := &out[n-1]
		key, until, ok := l.common(ctx, &s, later)
		switch {
		case !ok:
			if s.from > s.StartAt { // not from its beginning, but from the key frame on
				s.key, s.from = key, max(s.from, key)
			}
		case until > max(later.from, later.key):
			s.key, s.from, later.until = key, until, until
		default: // it holds nothing that the earlier one does not
			out = out[:n-1]
			s.key, s.from = key, later.from
			if n == 1 || out[n-2].until != s.from || out[n-2].Run != s.Run {
				break
			}
			if out[n-2].File == s.File {
				out[n-2].until = s.until
				continue
			}
			s.from = min(out[n-2].EndAt, key)
			out[n-2].until = s.from
		}
		if s.from < s.until || s.Open != nil {
			out = append(out, s)
		}
	}
	for len(out) > 1 && out[0].until <= from {
		out = out[1:]
	}
	return out
}

// begun lets an earlier run count only until the key frame that a later one begins with,
// where it has so little of what follows that no time tells whether it is the same: it
// died. It says whether that is so.
func (l *Library) begun(ctx context.Context, s, later *stretch) bool {
	if !media.LaterRun(later.Run, s.Run) || later.from != later.StartAt || later.from-s.until > alike || s.EndAt-s.until >= 2*s.picture() {
		return false
	}
	f, x, err := l.read(ctx, s)
	if err != nil {
		return false
	}
	defer f.Close()
	g, y, err := l.read(ctx, later)
	if err != nil {
		return false
	}
	defer g.Close()
	at, ok := y.same(g, 0, x, f)
	if ok {
		s.until = min(s.until, at)
	}
	return ok
}

// common finds the key frame that an earlier run goes on with behind a later one, and
// until when the later one counts then, each on its own clock, µs since 1970 UTC. ok is
// false where they do not hold the same pictures: then it is the next one behind the
// later run, the end of the segment if there is none, and 0 where they cannot be read at
// present. That is told by whoever plays them.
func (l *Library) common(ctx context.Context, s, later *stretch) (key, until int64, ok bool) {
	f, x, err := l.read(ctx, s)
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	g, y, err := l.read(ctx, later)
	if err != nil {
		return 0, 0, false
	}
	defer g.Close()
	i := x.at(later.until + alike)
	if at, ok := x.same(f, i, y, g); ok {
		return x.points[i].at, at, true
	}
	behind := later.until - s.picture()/2 // what begins there is the first that the later one has not
	if i > 0 && x.points[i].at < behind {
		if at, ok := x.same(f, i-1, y, g); ok {
			return x.points[i-1].at, at, true
		}
	}
	for _, p := range x.points {
		if p.at >= behind {
			return p.at, 0, false
		}
	}
	return s.until, 0, false
}

// read opens a segment for its index and what that leads to.
func (l *Library) read(ctx context.Context, s *stretch) (archive.File, *index, error) {
	f, err := openSegment(ctx, l.Catalogue, &s.Segment)
	if err != nil {
		return nil, nil, err
	}
	x, err := l.indexOf(&s.Segment, f)
	if err == nil && len(x.points) == 0 {
		err = fmp4.ErrTruncated
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, x, nil
}

// same finds in y the key frame that x has at its point i, by its bytes: when it was
// taken on y's clock.
func (x *index) same(f io.ReaderAt, i int, y *index, g io.ReaderAt) (at int64, ok bool) {
	if !x.main.Codec.Video() || x.main.Codec != y.main.Codec {
		return 0, false
	}
	mine, _, err := x.keyframe(f, x.points[i])
	if err != nil {
		return 0, false
	}
	for _, p := range y.points {
		if off := p.at - x.points[i].at; off < -alike || off > alike {
			continue
		}
		if its, _, err := y.keyframe(g, p); err == nil && bytes.Equal(mine.Data, its.Data) {
			return p.at, true
		}
	}
	return 0, false
}
