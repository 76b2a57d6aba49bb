package media

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func sets(t *testing.T, s ...string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, x := range s {
		b, err := hex.DecodeString(x)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestMIME(t *testing.T) {
	for _, c := range []struct {
		name  string
		codec Codec
		set   string // first SPS, or the AudioSpecificConfig
		want  string
	}{
		{"x264 high", H264, "6764001facd940780227e5c044000003000400000300c83c60c658", "avc1.64001F"},
		{"x264 high small", H264, "6764000cacd941419f9f011000000300100000030320f1429960", "avc1.64000C"},
		{"x264 constrained baseline", H264, "6742c01ed901419f9f011000000300100000030320f162e480", "avc1.42C01E"},
		{"main of a camera", H264, "674d0028", "avc1.4D0028"},
		{"too short", H264, "674d00", ""},
		{"none", H264, "", ""},
		{"main, level 3.1", H265, "420101016000000300b0000003000003005da00280802d16", "hvc1.1.6.L93.B0"},
		{"x265 main", H265, "42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840", "hvc1.1.6.L60.90"},
		{"x265 main 10", H265, "42010102200000030090000003000003005da00280802d1365959a4932bc05a02000000300200000030321", "hvc1.2.4.L93.90"},
		{"high tier", H265, "420101216000000300b00000030000030099", "hvc1.1.6.H153.B0"},
		{"no constraints", H265, "42010101600000030000030000030000030099", "hvc1.1.6.L153"},
		{"all constraints", H265, "420101016000000001020304050699", "hvc1.1.6.L153.1.2.3.4.5.6"},
		{"profile space A", H265, "4201014160000000b000000000005d", "hvc1.A1.6.L93.B0"},
		{"short", H265, "4201010160000000b00000000000", ""},
		{"nothing", H265, "", ""},
		{"mjpeg", MJPEG, "", "mp4v.6C"},
		{"aac lc", AAC, "119056e500", "mp4a.40.2"},
		{"he-aac", AAC, "2b920800", "mp4a.40.5"},
		{"escaped object type 42", AAC, "f94654", "mp4a.40.42"},
		{"short config", AAC, "11", ""},
		{"a-law", PCMA, "", "alaw"},
		{"µ-law", PCMU, "", "ulaw"},
		{"opus", Opus, "", "opus"},
		{"unknown", "vp9", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			track := Track{Codec: c.codec}
			if c.codec == AAC {
				track.Config = sets(t, c.set)[0]
			} else if c.set != "" {
				track.SPS = sets(t, c.set)
			}
			if got := track.MIME(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestMIMEOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "set")
		codec := rapid.SampledFrom([]Codec{H264, H265, AAC}).Draw(t, "codec")
		mime := Track{Codec: codec, SPS: [][]byte{set}, Config: set}.MIME()
		if len(set) >= 40 && mime == "" {
			t.Fatal("no name in spite of a long parameter set")
		}
		for _, c := range mime {
			if c <= ' ' || c > '~' || c == '"' || c == ',' {
				t.Fatalf("%q does not fit into a codecs parameter", mime)
			}
		}
	})
}

func TestSame(t *testing.T) {
	full := func() Track {
		return Track{ID: 1, Codec: H265, Timescale: 90000, Width: 320, Height: 180, SampleRate: 1, Channels: 2,
			VPS: sets(t, "40"), SPS: sets(t, "42", "43"), PPS: sets(t, "44"), Config: []byte{1}}
	}
	if !full().Same(full()) {
		t.Error("a track is not the same as itself")
	}
	for name, change := range map[string]func(*Track){
		"id":          func(k *Track) { k.ID++ },
		"codec":       func(k *Track) { k.Codec = H264 },
		"timescale":   func(k *Track) { k.Timescale++ },
		"width":       func(k *Track) { k.Width++ },
		"height":      func(k *Track) { k.Height++ },
		"rate":        func(k *Track) { k.SampleRate++ },
		"channels":    func(k *Track) { k.Channels++ },
		"config":      func(k *Track) { k.Config[0]++ },
		"vps":         func(k *Track) { k.VPS[0][0]++ },
		"second sps":  func(k *Track) { k.SPS[1][0]++ },
		"one sps":     func(k *Track) { k.SPS = k.SPS[:1] },
		"no pps":      func(k *Track) { k.PPS = nil },
		"another pps": func(k *Track) { k.PPS = append(k.PPS, nil) },
	} {
		other := full()
		change(&other)
		if full().Same(other) || other.Same(full()) {
			t.Errorf("%s does not matter", name)
		}
	}
}

func TestMP4AndBack(t *testing.T) {
	tracks := []Track{
		{ID: 1, Codec: H265, Timescale: 90000, Width: 320, Height: 180, VPS: sets(t, "40"), SPS: sets(t, "42"), PPS: sets(t, "44")},
		{ID: 2, Codec: AAC, Timescale: 48000, SampleRate: 48000, Channels: 2, Config: []byte{0x11, 0x90}},
	}
	run := Run{Tracks: tracks}
	for i, k := range run.MP4Tracks() {
		if d := cmp.Diff(tracks[i], FromMP4(k)); d != "" {
			t.Error(d)
		}
	}
}

func TestVideo(t *testing.T) {
	for _, c := range []struct {
		codecs []Codec
		want   int
	}{{nil, -1}, {[]Codec{AAC}, -1}, {[]Codec{H264, AAC}, 0}, {[]Codec{Opus, PCMA, MJPEG, H265}, 2}} {
		var run Run
		for _, codec := range c.codecs {
			run.Tracks = append(run.Tracks, Track{Codec: codec})
		}
		if got := run.Video(); got != c.want {
			t.Errorf("%v: %d, want %d", c.codecs, got, c.want)
		}
	}
}
