package playback

import (
	"context"
	"errors"
	"io"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// maxFrames bounds what is decoded for one picture: 20 s at 25 frames a second.
const maxFrames = 500

// Picture is a JPEG of the frame that was to be seen at an instant (µs since 1970
// UTC), in its own size; taken is when that was. It is decoded from the key frame
// before it on; where that takes too much, or the camera sends no key frames, the
// picture is the newest key frame at or before the instant, as Thumbnail gives it.
func (l *Library) Picture(ctx context.Context, camera string, at int64) (jpeg []byte, taken int64, err error) {
	jpeg, taken, err = l.frame(ctx, camera, at)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrNoPicture) {
		return jpeg, taken, err
	}
	return l.Thumbnail(ctx, camera, at, 0)
}

func (l *Library) frame(ctx context.Context, camera string, at int64) (jpeg []byte, taken int64, err error) {
	_, f, x, err := l.holding(ctx, camera, at)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	i := x.at(at)
	run, err := x.frames(f, x.points[i].offset, at)
	if err != nil {
		return nil, 0, err
	}
	// With reordered frames the instant may lie between the decoding and the showing
	// of its key frame: then the frame before it was to be seen.
	if run[0].at > at && i > 0 {
		if run, err = x.frames(f, x.points[i-1].offset, at); err != nil {
			return nil, 0, err
		}
	}
	codec := media.FromMP4(x.main).Codec
	if codec != media.MJPEG && !nal.Summarise(codec, run[0].data).Random {
		return nil, 0, errNoKeyFrame
	}
	// What is shown before the key frame cannot be decoded from it.
	first := run[0].at
	run = slices.DeleteFunc(run, func(p picture) bool { return p.at < first })
	wanted, rank := run[0], 0
	for _, p := range run[1:] {
		if p.at <= at {
			rank++
			if p.at > wanted.at {
				wanted = p
			}
		}
	}
	u := &media.Unit{Key: true, Wall: wanted.at}
	if codec == media.MJPEG {
		u.Data, rank = wanted.data, 0
	} else {
		for _, p := range run {
			u.Data = append(u.Data, p.data...)
		}
	}
	jpeg, err = l.Stills.Nth(ctx, media.FromMP4(x.main), u, rank)
	return jpeg, wanted.at, err
}

var (
	errNoKeyFrame = errors.New("playback: no key frame to decode from")
	errTooMuch    = errors.New("playback: too much to decode for one picture")
)

// picture is one frame as recorded and when it is shown, µs since 1970 UTC.
type picture struct {
	at   int64
	data []byte
}

// frames reads the frames from an offset on that are decoded up to an instant, in
// the order of decoding; at least one.
func (x *index) frames(f io.ReaderAt, offset, until int64) ([]picture, error) {
	var all []picture
	wall := func(ticks int64) int64 { return x.start + ticks*1e6/int64(x.main.Timescale) }
	size := 0
	for offset < x.end {
		part, err := fmp4.ReadPart(f, offset, x.end)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable.Because(err)
		}
		offset = part.End()
		t := part.Track(x.main.ID)
		if t == nil {
			continue
		}
		at, ticks := part.Offset+part.First(t.TrackID), int64(t.BaseTime)
		for _, s := range t.Samples {
			if len(all) > 0 && wall(ticks) > until {
				return all, nil
			}
			if size += int(s.Size); size > maxRefresh || len(all) == maxFrames {
				return nil, errTooMuch
			}
			data := make([]byte, s.Size)
			if _, err := f.ReadAt(data, at); err != nil {
				return nil, unreadable.Because(err)
			}
			all = append(all, picture{wall(ticks + int64(s.Offset)), data})
			at, ticks = at+int64(s.Size), ticks+int64(s.Duration)
		}
	}
	if len(all) == 0 {
		return nil, unreadable.Because(fmp4.ErrMalformed)
	}
	return all, nil
}
