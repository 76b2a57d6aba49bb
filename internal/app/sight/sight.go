// Package sight gives the pictures of the present to those who show them.
package sight

import (
	"context"
	"errors"

	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/source"
	"watchroom/internal/still"
)

// Feeds gives live view the fleet's streams.
type Feeds struct {
	Fleet *capture.Fleet
	Clock clock.Clock
}

// Open implements live.Streams.
func (f *Feeds) Open(_ context.Context, camera string, which media.Which) (live.Feed, error) {
	stream, primer, release, err := f.Fleet.Open(camera, which)
	if err != nil {
		return live.Feed{}, err
	}
	return live.Feed{Stream: stream, Primer: live.Recent(primer, f.Clock), Release: release, Coming: func() bool {
		s, ok := f.Fleet.Status(camera)
		return ok && coming(s, which)
	}}, nil
}

// coming tells whether the first picture of a stream may be on its way.
func coming(s capture.Status, which media.Which) bool {
	state := s.Main.State
	if which == media.Sub {
		if s.Sub == nil { // the camera has been changed
			return false
		}
		state = s.Sub.State
	}
	return state == source.Live || state == source.Connecting
}

// Sight makes still pictures of the present.
type Sight struct {
	Library interface {
		Newest(ctx context.Context, camera string) (media.Track, *media.Unit, error)
		Picture(ctx context.Context, camera string, at int64) (jpeg []byte, taken int64, err error)
	}
	Clock clock.Clock
	*still.Maker
}

// Newest is a JPEG of the newest key frame; nil where there is none, or none of
// now: the last picture before a camera went away is the past. A
// sub-stream's picture is the main stream's, made small: it needs no second pull.
func (s *Sight) Newest(ctx context.Context, camera string, which media.Which) (jpeg []byte, at int64, err error) {
	track, unit, err := s.key(ctx, camera)
	if err != nil || unit == nil {
		return nil, 0, err
	}
	width := 0
	if which == media.Sub {
		width = min(640, track.Width)
	}
	jpeg, err = s.JPEG(ctx, track, unit, width)
	return jpeg, unit.Wall, err
}

// Present is a JPEG of the newest frame that is on the disk, half a second behind
// what is seen live; nil as for Newest.
func (s *Sight) Present(ctx context.Context, camera string) (jpeg []byte, at int64, err error) {
	_, unit, err := s.key(ctx, camera)
	if err != nil || unit == nil {
		return nil, 0, err
	}
	return s.Library.Picture(ctx, camera, s.Clock.Micro())
}

// key is the newest key frame of now, or nil.
func (s *Sight) key(ctx context.Context, camera string) (media.Track, *media.Unit, error) {
	track, unit, err := s.Library.Newest(ctx, camera)
	if errors.Is(err, playback.ErrNoPicture) {
		return track, nil, nil
	}
	if err != nil || unit.Wall < s.Clock.Micro()-live.Still.Microseconds() {
		return track, nil, err
	}
	return track, unit, nil
}
