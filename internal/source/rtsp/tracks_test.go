package rtsp

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
)

const sdpHead = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"

func TestChoose(t *testing.T) {
	const (
		h264   = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAKNkAeAIn5YQAAAMABAAAAwDwPGDJIA==,aM44gA==\r\na=control:v\r\n"
		bare   = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
		h265   = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=control:h\r\n"
		mjpeg  = "m=video 0 RTP/AVP 26\r\na=control:j\r\n"
		vp9    = "m=video 0 RTP/AVP 99\r\na=rtpmap:99 VP9/90000\r\n"
		pcma   = "m=audio 0 RTP/AVP 8\r\na=control:a\r\n"
		pcmu   = "m=audio 0 RTP/AVP 0\r\n"
		opus   = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\n"
		aac    = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\n"
		latm   = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=40002810\r\n"
		back   = "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n"
		meta   = "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\n"
		badAAC = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr;config=zz\r\n"
	)
	cases := []struct {
		name  string
		sdp   string
		audio bool
		want  []media.Codec
	}{
		{"pictures and sound", h264 + pcma, true, []media.Codec{media.H264, media.PCMA}},
		{"sound is not wanted", h264 + pcma, false, []media.Codec{media.H264}},
		{"parameter sets in the stream only", bare, true, []media.Codec{media.H264}},
		{"h265 and opus", h265 + opus, true, []media.Codec{media.H265, media.Opus}},
		{"mjpeg and µ-law", mjpeg + pcmu, true, []media.Codec{media.MJPEG, media.PCMU}},
		{"aac", h264 + aac, true, []media.Codec{media.H264, media.AAC}},
		{"aac as latm", h264 + latm, true, []media.Codec{media.H264, media.AAC}},
		{"the first that is known", vp9 + h265 + h264, true, []media.Codec{media.H265}},
		{"back channel and metadata", h264 + back + meta, true, []media.Codec{media.H264}},
		{"sound alone", pcma, true, []media.Codec{media.PCMA}},
		{"sound alone, not wanted", pcma, false, nil},
		{"nothing that is known", vp9, true, nil},
		{"malformed sound is left out", h264 + badAAC, true, []media.Codec{media.H264}},
		{"malformed sound before pictures", badAAC + h264, true, []media.Codec{media.H264}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desc, err := readSDP(mendSDP([]byte(sdpHead + c.sdp)))
			if err != nil {
				t.Fatal(err)
			}
			tracks, offered := choose(desc, c.audio)
			var got []media.Codec
			for _, tr := range tracks {
				got = append(got, tr.track.Codec)
				if tr.track.Timescale == 0 || !tr.track.Codec.Video() && (tr.track.SampleRate == 0 || tr.track.Channels == 0) {
					t.Errorf("track %+v", tr.track)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(offered) == 0 {
				t.Error("nothing is said to be offered")
			}
		})
	}
}

func TestMendLeavesWhatIsFine(t *testing.T) {
	fine := []byte(sdpHead + "m=video 0 RTP/AVP 26\r\n")
	if got := mendSDP(fine); !bytes.Equal(got, fine) {
		t.Errorf("%q", got)
	}
	hopeless := []byte("garbage")
	if got := mendSDP(hopeless); !bytes.Equal(got, hopeless) {
		t.Errorf("%q", got)
	}
}

// FuzzSDP reads any description as a device might send it.
func FuzzSDP(f *testing.F) {
	f.Add([]byte(sdpHead + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=Z0LAKA==,aM44gA==\r\n"))
	f.Add([]byte(sdpHead + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=40002810\r\n"))
	f.Add([]byte(sdpHead + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 config=zz\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		desc, err := readSDP(mendSDP(body))
		if err != nil {
			return
		}
		tracks, _ := choose(desc, true)
		if len(tracks) > 2 {
			t.Errorf("%d tracks", len(tracks))
		}
		for _, tr := range tracks {
			if tr.track.Timescale == 0 {
				t.Errorf("track %+v", tr.track)
			}
			if _, err := newReceiver(0, tr, nil); err != nil && !strings.Contains(err.Error(), "invalid") {
				t.Errorf("receiver: %v", err)
			}
		}
	})
}

func TestTarget(t *testing.T) {
	cases := []struct{ from, to, want string }{
		{"rtsp://a/x", "rtsp://b:8554/y", "rtsp://b:8554/y"},
		{"rtsp://a/x", "/y", "rtsp://a/y"},
		{"rtsp://a/x", "rtsps://a/y", "rtsps://a/y"},
		{"rtsp://a/x", "rtsp://u:p@b/y", "rtsp://b/y"},
		{"rtsps://a/x", "rtsp://a/y", ""},
		{"rtsp://a/x", "file:///etc/passwd", ""},
		{"rtsp://a/x", "://", ""},
	}
	for _, c := range cases {
		from, err := parseURL(c.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := target(from, c.to)
		if c.want == "" && err == nil || c.want != "" && (err != nil || to.String() != c.want) {
			t.Errorf("%s → %s: %v, %v", c.from, c.to, to, err)
		}
	}
}

func TestMark(t *testing.T) {
	for _, c := range []struct {
		rate     float64
		watchers int
		want     int
	}{{0, 0, 1}, {499_999, 0, 1}, {4e6, 0, 125_000}, {4e6, 1, 1}, {20e6, 0, 128 << 10}, {800_000, 0, 25_000}} {
		if got := mark(c.rate, c.watchers); got != c.want {
			t.Errorf("mark(%v, %d) = %d, want %d", c.rate, c.watchers, got, c.want)
		}
	}
}

func TestFrameRate(t *testing.T) {
	for body, want := range map[string]float64{
		"v=0\r\nm=video 0 RTP/AVP 96\r\na=framerate:25.000000\r\n":                           25,
		"v=0\nm=audio 0 RTP/AVP 0\na=framerate:50\nm=video 0 RTP/AVP 96\na=framerate: 0.2\n": 0.2,
		"v=0\r\na=framerate:30\r\nm=video 0 RTP/AVP 96\r\n":                                  0,
		"m=video 0 RTP/AVP 96\r\na=framerate:none\r\n":                                       0,
		"m=video 0 RTP/AVP 96\r\na=framerate:NaN\r\n":                                        0,
		"m=video 0 RTP/AVP 96\r\na=framerate:-1\r\n":                                         0,
		"": 0,
	} {
		if got := frameRate([]byte(body)); got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}

func TestFrameSize(t *testing.T) {
	for body, want := range map[string][2]int{
		"m=video 0 RTP/AVP 26\r\na=framesize:26 2592-1944\r\n": {2592, 1944},
		"m=video 0 RTP/AVP 26\r\na=x-dimensions:4000, 3000\n":  {4000, 3000},
		"m=video 0 RTP/AVP 26\r\na=framesize:26 big\r\n":       {0, 0},
		"": {0, 0},
	} {
		if w, h := frameSize([]byte(body)); [2]int{w, h} != want {
			t.Errorf("%q: %d, %d", body, w, h)
		}
	}
}
