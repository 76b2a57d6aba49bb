package live_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/live"
	"watchroom/internal/media"
)

func TestDecide(t *testing.T) {
	h264 := media.Track{ID: 1, Codec: media.H264, Width: 1920, Height: 1080, SPS: [][]byte{{0x67, 0x64, 0x00, 0x28}}}
	h265 := media.Track{ID: 1, Codec: media.H265, Width: 3840, Height: 2160}
	// 160×120 by x264 with two B-frames
	reordered := media.Track{ID: 1, Codec: media.H264, SPS: [][]byte{{0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x42, 0x84, 0x7e, 0x5c,
		0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0c, 0x83, 0xc5, 0x0a, 0x65, 0x80}}}
	jpeg := media.Track{ID: 1, Codec: media.MJPEG}
	sound := func(c media.Codec) media.Track { return media.Track{ID: 2, Codec: c, Config: []byte{0x11, 0x90}} }
	state := func(w media.Which, live_ bool, tracks ...media.Track) live.StreamState {
		return live.StreamState{Which: w, Live: live_, Status: "x", Tracks: tracks}
	}
	everything := live.Capabilities{
		WHEP: []media.Codec{media.H264, media.H265}, MSE: []media.Codec{media.H264, media.H265, media.AAC, media.Opus},
	}
	noH265 := live.Capabilities{WHEP: []media.Codec{media.H264}, MSE: []media.Codec{media.H264, media.AAC}}
	h265InMSE := live.Capabilities{WHEP: []media.Codec{media.H264}, MSE: []media.Codec{media.H264, media.H265}}

	for _, c := range []struct {
		name    string
		streams []live.StreamState
		client  live.Capabilities
		want    string // per stream "whep reason/audio | mse reason/audio", then the preference
		picked  string
	}{
		{"H.264 with AAC", []live.StreamState{state(media.Main, true, h264, sound(media.AAC))}, everything,
			"main ok/aac_needs_mse|ok/ok", "main whep"},
		{"H.264 with G.711", []live.StreamState{state(media.Main, true, h264, sound(media.PCMA))}, everything,
			"main ok/ok|ok/g711_needs_whep", "main whep"},
		{"Opus that MSE cannot play", []live.StreamState{state(media.Main, true, h264, sound(media.Opus))}, noH265,
			"main ok/ok|ok/opus_not_supported_by_client", "main whep"},
		{"a client that says nothing", []live.StreamState{state(media.Main, true, h265), state(media.Sub, true, h264)}, live.Capabilities{},
			"main h265_not_supported_by_client/no_audio|h265_not_supported_by_client/no_audio sub ok/no_audio|ok/no_audio", "sub whep"},
		{"H.265 falls back to the sub-stream", []live.StreamState{state(media.Main, true, h265), state(media.Sub, true, h264)}, noH265,
			"main h265_not_supported_by_client/no_audio|h265_not_supported_by_client/no_audio sub ok/no_audio|ok/no_audio", "sub whep"},
		{"H.265 over MSE alone", []live.StreamState{state(media.Main, true, h265), state(media.Sub, true, h264)}, h265InMSE,
			"main h265_not_supported_by_client/no_audio|ok/no_audio sub ok/no_audio|ok/no_audio", "main mse"},
		{"B-frames", []live.StreamState{state(media.Main, true, reordered)}, everything,
			"main b_frames_need_mse/no_audio|ok/no_audio", "main mse"},
		{"Motion JPEG", []live.StreamState{state(media.Main, true, jpeg)}, noH265,
			"main mjpeg_needs_mse/no_audio|ok/no_audio", "main mse"},
		{"camera away", []live.StreamState{state(media.Main, false, h264), state(media.Sub, false)}, everything,
			"main camera_not_live/no_audio|camera_not_live/no_audio sub camera_not_live/no_audio|camera_not_live/no_audio", " "},
		{"a sub-stream never pulled", []live.StreamState{state(media.Main, true, h265), state(media.Sub, true)}, noH265,
			"main h265_not_supported_by_client/no_audio|h265_not_supported_by_client/no_audio sub ok/no_audio|ok/no_audio", "sub whep"},
		{"sound alone", []live.StreamState{state(media.Main, true, sound(media.AAC))}, everything,
			"main no_video/aac_needs_mse|no_video/ok", " "},
		{"a client without H.264", []live.StreamState{state(media.Main, true, h264)}, live.Capabilities{WHEP: []media.Codec{}, MSE: []media.Codec{}},
			"main h264_not_supported_by_client/no_audio|h264_not_supported_by_client/no_audio", " "},
	} {
		o := live.Decide(c.streams, c.client, media.Main)
		got := ""
		word := func(r live.Reason, usable bool) string {
			if (r == live.ReasonNone) != usable {
				t.Errorf("%s: reason %q but usable %v", c.name, r, usable)
			}
			if usable {
				return "ok"
			}
			return string(r)
		}
		for i, s := range o.Streams {
			if i > 0 {
				got += " "
			}
			w, m := s.Transports[0], s.Transports[1]
			got += string(s.Stream) + " " + word(w.Reason, w.Usable) + "/" + word(w.AudioReason, w.Audio) +
				"|" + word(m.Reason, m.Usable) + "/" + word(m.AudioReason, m.Audio)
			if s.Available != (w.Usable || m.Usable) {
				t.Errorf("%s: available %v", c.name, s.Available)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if d := cmp.Diff(c.picked, string(o.Stream)+" "+o.Transport); d != "" {
			t.Errorf("%s: picked %s", c.name, d)
		}
	}
}

func TestDecideHonoursTheWish(t *testing.T) {
	h264 := []media.Track{{ID: 1, Codec: media.H264}}
	both := []live.StreamState{{Which: media.Main, Live: true, Tracks: h264}, {Which: media.Sub, Live: true, Tracks: h264}}
	if o := live.Decide(both, live.Capabilities{}, media.Sub); o.Stream != media.Sub {
		t.Errorf("picked %s", o.Stream)
	}
}

func TestMIME(t *testing.T) {
	video := media.Track{Codec: media.H264, SPS: [][]byte{{0x67, 0x64, 0x00, 0x28}}}
	aac := media.Track{Codec: media.AAC, Config: []byte{0x11, 0x90}}
	for _, c := range []struct {
		tracks    []media.Track
		aac, opus bool
		want      string
	}{
		{[]media.Track{video, aac}, true, true, `video/mp4; codecs="avc1.640028,mp4a.40.2"`},
		{[]media.Track{video, aac}, false, true, `video/mp4; codecs="avc1.640028"`},
		{[]media.Track{{Codec: media.Opus}, video}, false, true, `video/mp4; codecs="avc1.640028,opus"`},
		{[]media.Track{video, {Codec: media.PCMA}}, true, true, `video/mp4; codecs="avc1.640028"`},
		{[]media.Track{{Codec: media.MJPEG}}, true, true, "image/jpeg"},
		{[]media.Track{aac}, true, true, ""},
	} {
		if got := live.MIME(c.tracks, c.aac, c.opus); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
