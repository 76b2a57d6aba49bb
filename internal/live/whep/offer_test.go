package whep

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/media"
)

// chromium is what Chromium 156 offers for recvonly video and audio.
//
//go:embed testdata/chromium.sdp
var chromium string

func TestPickVideoFromChromium(t *testing.T) {
	o, err := readOffer(chromium)
	if err != nil {
		t.Fatal(err)
	}
	if o.ufrag == "" {
		t.Error("no ufrag")
	}
	for _, c := range []struct {
		name string
		sps  []byte
		want string // profile-level-id
	}{
		{"baseline", []byte{0x67, 0x42, 0x00, 0x1f}, "42001f"},
		{"constrained baseline", []byte{0x67, 0x42, 0xc0, 0x28}, "42e01f"},
		{"main", []byte{0x67, 0x4d, 0x00, 0x28}, "4d001f"},
		{"main with constraints", []byte{0x67, 0x4d, 0x40, 0x28}, "4d001f"},
		{"high, which is not offered", []byte{0x67, 0x64, 0x00, 0x33}, "42001f"},
		{"unknown", nil, "42001f"},
	} {
		got, ok := pickVideo(media.Track{Codec: media.H264, SPS: [][]byte{c.sps}}, o.video)
		if !ok || got.param("profile-level-id") != c.want || got.param("packetization-mode") != "1" {
			t.Errorf("%s: %v %+v", c.name, ok, got)
		}
	}
	if got, ok := pickVideo(media.Track{Codec: media.H265}, o.video); ok {
		t.Errorf("H.265 was not offered, yet: %+v", got)
	}
	for codec, want := range map[media.Codec]uint8{media.Opus: 111, media.PCMU: 0, media.PCMA: 8} {
		got, ok := pickAudio(media.Track{Codec: codec, Timescale: 8000, Channels: 1}, o.audio)
		if !ok || got.pt != want {
			t.Errorf("%s: %v %+v", codec, ok, got)
		}
	}
}

func section(kind, formats, direction string, lines ...string) string {
	return "m=" + kind + " 9 UDP/TLS/RTP/SAVPF " + formats + "\r\nc=IN IP4 0.0.0.0\r\na=" + direction + "\r\n" +
		strings.Join(lines, "\r\n") + "\r\n"
}

const preamble = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"

func TestReadOffer(t *testing.T) {
	for _, c := range []struct {
		name, sdp    string
		video, audio []string
	}{
		{"static payload types", preamble + section("audio", "8 0 9", "recvonly"), nil, []string{"pcma", "pcmu"}},
		{"a section that only sends", preamble + section("video", "96", "sendonly", "a=rtpmap:96 H264/90000"), nil, nil},
		{"an inactive section", preamble + section("video", "96", "inactive", "a=rtpmap:96 H264/90000"), nil, nil},
		{"the first of two sections", preamble + section("video", "96", "recvonly", "a=rtpmap:96 H264/90000") +
			section("video", "97", "recvonly", "a=rtpmap:97 H265/90000"), []string{"h264"}, nil},
		{"a type out of range", preamble + section("video", "96 300 x", "recvonly", "a=rtpmap:96 VP8/90000", "a=rtpmap:300 H264/90000"), []string{"vp8"}, nil},
	} {
		o, err := readOffer(c.sdp)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		names := func(list []offered) (n []string) {
			for _, x := range list {
				n = append(n, x.name)
			}
			return n
		}
		if d := cmp.Diff([][]string{c.video, c.audio}, [][]string{names(o.video), names(o.audio)}); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestPickRefuses(t *testing.T) {
	h264 := media.Track{Codec: media.H264}
	for _, c := range []struct {
		name  string
		track media.Track
		offer offered
	}{
		{"packetization mode 0", h264, offered{name: "h264", clock: 90000, fmtp: "profile-level-id=42e01f"}},
		{"a broken profile", h264, offered{name: "h264", clock: 90000, fmtp: "packetization-mode=1;profile-level-id=zz"}},
		{"another clock", h264, offered{name: "h264", clock: 48000, fmtp: "packetization-mode=1"}},
		{"another codec", h264, offered{name: "vp8", clock: 90000}},
		{"H.265 in several streams", media.Track{Codec: media.H265}, offered{name: "h265", clock: 90000, fmtp: "tx-mode=MRST"}},
	} {
		if got, ok := pickVideo(c.track, []offered{c.offer}); ok {
			t.Errorf("%s: picked %+v", c.name, got)
		}
	}
	main10 := media.Track{Codec: media.H265, SPS: [][]byte{{0x42, 1, 1, 2}}}
	got, ok := pickVideo(main10, []offered{
		{pt: 1, name: "h265", clock: 90000, fmtp: "profile-id=1"}, {pt: 2, name: "h265", clock: 90000, fmtp: "profile-id=2"},
	})
	if !ok || got.pt != 2 {
		t.Errorf("Main 10 goes under %d", got.pt)
	}
	if _, ok := pickAudio(media.Track{Codec: media.PCMA, Timescale: 16000, Channels: 1}, []offered{*staticType(8)}); ok {
		t.Error("G.711 at 16 kHz has no payload type")
	}
}

func TestOfferedAddressesAreLeftOut(t *testing.T) {
	in := preamble + "a=candidate:1 1 udp 1 10.0.0.1 53 typ host\r\na=sendrecv\r\n"
	if got := withoutCandidates(in); got != preamble+"a=sendrecv\r\n" {
		t.Errorf("%q", got)
	}
}

func FuzzReadOffer(f *testing.F) {
	f.Add(chromium)
	f.Add(preamble + section("video", "96", "recvonly", "a=rtpmap:96", "a=fmtp:96 =;;=a"))
	f.Fuzz(func(t *testing.T, sdp string) {
		o, err := readOffer(sdp)
		if err != nil {
			return
		}
		for _, c := range []media.Codec{media.H264, media.H265} {
			if got, ok := pickVideo(media.Track{Codec: c}, o.video); ok && (got.clock != 90000 || got.pt > 127) {
				t.Errorf("picked %+v", got)
			}
		}
		pickAudio(media.Track{Codec: media.Opus}, o.audio)
	})
}
