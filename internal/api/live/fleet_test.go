package live

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/capture"
	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/source"
)

type fleetOf map[string]capture.Status

func (f fleetOf) Status(id string) (capture.Status, bool) {
	s, ok := f[id]
	return s, ok
}

func TestStreamsOfAFleet(t *testing.T) {
	main := []media.Track{{ID: 1, Codec: media.H265}}
	sub := []media.Track{{ID: 1, Codec: media.H264}}
	f := FromFleet(fleetOf{
		"alone":   {Enabled: true, Main: source.Status{State: source.Stalled}, MainTracks: main},
		"resting": {Enabled: true, Main: source.Status{State: source.Live}, MainTracks: main, HasSub: true, SubTracks: sub},
		"failing": {Enabled: true, Main: source.Status{State: source.Live}, MainTracks: main, HasSub: true, Sub: &source.Status{State: source.Refused}},
		"pulled":  {Enabled: true, Main: source.Status{State: source.Live}, MainTracks: main, HasSub: true, Sub: &source.Status{State: source.Connecting}, SubTracks: sub},
		"off":     {},
	})
	for camera, want := range map[string][]live.StreamState{
		"alone": {{Which: media.Main, Status: "stalled", Tracks: main}},
		// Nobody pulls the sub-stream; it would come where the main stream comes.
		"resting": {{Which: media.Main, Status: "live", Live: true, Tracks: main}, {Which: media.Sub, Status: "off", Live: true, Tracks: sub}},
		"pulled":  {{Which: media.Main, Status: "live", Live: true, Tracks: main}, {Which: media.Sub, Status: "connecting", Live: true, Tracks: sub}},
		"failing": {{Which: media.Main, Status: "live", Live: true, Tracks: main}, {Which: media.Sub, Status: "refused"}},
	} {
		got, err := f.Streams(t.Context(), camera)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", camera, d)
		}
	}
	for camera, code := range map[string]string{"off": capture.ErrOff.Code, "unknown": capture.ErrUnknown.Code} {
		if _, err := f.Streams(t.Context(), camera); problem.Of(err).Code != code {
			t.Errorf("%s: %v", camera, err)
		}
	}
}

func TestCodecs(t *testing.T) {
	if codecs("") != nil {
		t.Error("a client that says nothing says that it can nothing")
	}
	if d := cmp.Diff([]media.Codec{media.H264, media.Opus}, codecs(" H264, opus")); d != "" {
		t.Error(d)
	}
}
