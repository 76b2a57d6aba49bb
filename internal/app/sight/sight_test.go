package sight

import (
	"context"
	"testing"
	"time"

	"watchroom/internal/capture"
	"watchroom/internal/clock"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/still"
)

// footage has one key frame.
type footage struct{ at int64 }

func (f footage) Newest(context.Context, string) (media.Track, *media.Unit, error) {
	return media.Track{Codec: media.MJPEG}, &media.Unit{Wall: f.at, Key: true, Data: []byte("no picture")}, nil
}

func (f footage) Picture(context.Context, string, int64) ([]byte, int64, error) {
	return []byte("a picture"), f.at, nil
}

// TestAnOldPictureIsNotNow: with the right to watch live nobody sees the last
// picture of a camera that went away an hour ago.
func TestAnOldPictureIsNotNow(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]bool{0: true, live.Still: true, live.Still + time.Microsecond: false, time.Hour: false} {
		s := &Sight{footage{now.Add(-age).UnixMicro()}, clock.Clock(func() time.Time { return now }), &still.Maker{Off: true}}
		jpeg, _, err := s.Newest(t.Context(), "gate", media.Main)
		if tried := jpeg != nil || err != nil; tried != want { // without ffmpeg trying is an error
			t.Errorf("%v old: %v %v", age, jpeg, err)
		}
		if jpeg, _, err := s.Present(t.Context(), "gate"); (jpeg != nil) != want || err != nil {
			t.Errorf("%v old, the newest frame: %q %v", age, jpeg, err)
		}
	}
}

// TestWhatIsComing: a viewer waits for a stream that is being started, not for a
// camera that is down.
func TestWhatIsComing(t *testing.T) {
	at := func(s source.State) source.Status { return source.Status{State: s} }
	sub := func(s source.State) *source.Status { st := at(s); return &st }
	for _, c := range []struct {
		which  media.Which
		status capture.Status
		want   bool
	}{
		{media.Main, capture.Status{Main: at(source.Live)}, true},
		{media.Main, capture.Status{Main: at(source.Connecting)}, true},
		{media.Main, capture.Status{Main: at(source.Unreachable)}, false},
		{media.Main, capture.Status{Main: at(source.Stalled)}, false},
		{media.Main, capture.Status{Main: at(source.Off)}, false},
		{media.Sub, capture.Status{Main: at(source.Unreachable), Sub: sub(source.Connecting)}, true},
		{media.Sub, capture.Status{Main: at(source.Live), Sub: sub(source.Refused)}, false},
		{media.Sub, capture.Status{Main: at(source.Live)}, false},
	} {
		if got := coming(c.status, c.which); got != c.want {
			t.Errorf("%s of %+v: %v", c.which, c.status, got)
		}
	}
}
