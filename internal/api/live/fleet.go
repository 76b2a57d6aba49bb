package live

import (
	"context"

	"watchroom/internal/capture"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/source"
)

// Fleet knows how the cameras' streams are doing; *capture.Fleet is one.
type Fleet interface {
	Status(camera string) (s capture.Status, ok bool)
}

// FromFleet is what a fleet of cameras has to watch.
func FromFleet(f Fleet) Source { return fleet{f} }

type fleet struct{ f Fleet }

// Streams implements Source.
func (x fleet) Streams(_ context.Context, camera string) ([]live.StreamState, error) {
	s, ok := x.f.Status(camera)
	if !ok {
		return nil, capture.ErrUnknown.With("camera", camera)
	}
	if !s.Enabled {
		return nil, capture.ErrOff.With("camera", camera)
	}
	out := []live.StreamState{{
		Which: media.Main, Status: string(s.Main.State), Live: s.Main.State == source.Live, Tracks: s.MainTracks,
	}}
	if s.HasSub {
		sub := live.StreamState{Which: media.Sub, Status: string(source.Off), Tracks: s.SubTracks}
		if s.Sub != nil {
			sub.Status = string(s.Sub.State)
			// One that is just being pulled for somebody else will come.
			sub.Live = s.Sub.State == source.Live || s.Sub.State == source.Connecting
		} else {
			// Pulled on demand: where the main stream comes it would come too.
			sub.Live = s.Main.State == source.Live
		}
		out = append(out, sub)
	}
	return out, nil
}
