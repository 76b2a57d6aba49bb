package whep

import (
	"errors"
	"strconv"
	"strings"

	"github.com/pion/webrtc/v4"

	"watchroom/internal/media"
)

// offered is one payload type of an offer.
type offered struct {
	pt       uint8
	name     string // lower case, such as "h264"
	clock    uint32
	channels uint16
	fmtp     string
}

// param reads one parameter of the format line, lower case.
func (o offered) param(name string) string {
	for _, f := range strings.Split(o.fmtp, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(f), "=")
		if strings.EqualFold(k, name) {
			return strings.ToLower(strings.TrimSpace(v))
		}
	}
	return ""
}

// offer is what a client's SDP (RFC 8866) says that it can receive.
type offer struct {
	ufrag        string // of the first section that has one
	video, audio []offered
}

var errNoMedia = errors.New("whep: an offer without a media section")

func readOffer(sdp string) (offer, error) {
	description := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}
	parsed, err := description.Unmarshal()
	if err != nil {
		return offer{}, err
	}
	if len(parsed.MediaDescriptions) == 0 { // as that of an empty body, which parses
		return offer{}, errNoMedia
	}
	var o offer
	o.ufrag, _ = parsed.Attribute("ice-ufrag")
	for _, m := range parsed.MediaDescriptions {
		if u, ok := m.Attribute("ice-ufrag"); ok && o.ufrag == "" {
			o.ufrag = u
		}
		if _, sends := m.Attribute("sendonly"); sends {
			continue
		}
		if _, off := m.Attribute("inactive"); off {
			continue
		}
		types := map[uint8]*offered{}
		var order []uint8
		for _, f := range m.MediaName.Formats {
			if pt, err := strconv.ParseUint(f, 10, 7); err == nil {
				types[uint8(pt)] = staticType(uint8(pt))
				order = append(order, uint8(pt))
			}
		}
		for _, a := range m.Attributes {
			if a.Key != "rtpmap" && a.Key != "fmtp" {
				continue
			}
			number, rest, _ := strings.Cut(a.Value, " ")
			pt, err := strconv.ParseUint(number, 10, 7)
			t := types[uint8(pt)]
			if err != nil || t == nil {
				continue
			}
			if a.Key == "fmtp" {
				t.fmtp = rest
				continue
			}
			parts := strings.Split(rest, "/")
			t.name = strings.ToLower(parts[0])
			if len(parts) > 1 {
				clock, _ := strconv.ParseUint(parts[1], 10, 32)
				t.clock = uint32(clock)
			}
			if len(parts) > 2 {
				channels, _ := strconv.ParseUint(parts[2], 10, 8)
				t.channels = uint16(channels)
			}
		}
		list := &o.video
		switch m.MediaName.Media {
		case "audio":
			list = &o.audio
		case "video":
		default:
			continue
		}
		if len(*list) > 0 {
			continue // one section of each kind is answered
		}
		for _, pt := range order {
			if types[pt].name != "" {
				*list = append(*list, *types[pt])
			}
		}
	}
	return o, nil
}

// withoutCandidates takes the client's addresses out of an offer. The client
// reaches us and shows its address by that; sending checks to whatever addresses
// an offer names would make this server a probe of its network.
func withoutCandidates(sdp string) string {
	var b strings.Builder
	for line := range strings.Lines(sdp) {
		if !strings.HasPrefix(line, "a=candidate:") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// staticType fills in the payload types that need no rtpmap (RFC 3551 table 4).
func staticType(pt uint8) *offered {
	switch pt {
	case 0:
		return &offered{pt: pt, name: "pcmu", clock: 8000}
	case 8:
		return &offered{pt: pt, name: "pcma", clock: 8000}
	}
	return &offered{pt: pt}
}

// pickVideo chooses the payload type under which a track is sent. For H.264 any
// offer of packetization mode 1 will do, because browsers decode more than they
// offer; the nearest profile wins.
func pickVideo(t media.Track, list []offered) (offered, bool) {
	best, score := offered{}, 0
	for _, o := range list {
		if o.clock != 90000 {
			continue
		}
		s := 0
		switch {
		case t.Codec == media.H264 && o.name == "h264" && o.param("packetization-mode") == "1":
			s = h264Score(t, o.param("profile-level-id"))
		case t.Codec == media.H265 && o.name == "h265":
			s = h265Score(t, o)
		}
		if s > score {
			best, score = o, s
		}
	}
	return best, score > 0
}

// h264Score compares profiles (RFC 6184 8.1). 42 with constraint_set1 is
// constrained baseline, which every other profile's decoder reads too; 42
// without it is baseline, which cameras write when they mean constrained.
func h264Score(t media.Track, id string) int {
	if id == "" {
		id = "42000a" // the default of RFC 6184
	}
	profile, err := strconv.ParseUint(id, 16, 32)
	if err != nil || len(id) != 6 {
		return 0
	}
	if len(t.SPS) == 0 || len(t.SPS[0]) < 4 {
		return 1
	}
	have, havesFlags := t.SPS[0][1], t.SPS[0][2]
	want, wantsFlags := byte(profile>>16), byte(profile>>8)
	switch {
	case have == want && havesFlags&0x40 == wantsFlags&0x40:
		return 5
	case have == want:
		return 4
	case have == 0x42 && want == 0x4d, have == 0x4d && want == 0x64:
		return 3 // the offered decoder reads a superset
	case have == 0x42 && want == 0x64:
		return 2
	}
	return 1
}

func h265Score(t media.Track, o offered) int {
	if mode := o.param("tx-mode"); mode != "" && mode != "srst" {
		return 0
	}
	profile := o.param("profile-id")
	if profile == "" {
		profile = "1"
	}
	// general_profile_idc: two bytes of NAL header, one of ids, then five bits.
	if len(t.SPS) > 0 && len(t.SPS[0]) > 3 && strconv.Itoa(int(t.SPS[0][3]&0x1f)) == profile {
		return 2
	}
	return 1
}

// pickAudio chooses the payload type for the sound.
func pickAudio(t media.Track, list []offered) (offered, bool) {
	for _, o := range list {
		switch {
		case t.Codec == media.Opus && o.name == "opus" && o.clock == 48000,
			t.Codec == media.PCMA && o.name == "pcma" && o.clock == 8000 && t.Timescale == 8000 && t.Channels <= 1,
			t.Codec == media.PCMU && o.name == "pcmu" && o.clock == 8000 && t.Timescale == 8000 && t.Channels <= 1:
			return o, true
		}
	}
	return offered{}, false
}

// parameters is the payload type as WebRTC's engine wants it: exactly as the
// client wrote it, so that the answer echoes it.
func (o offered) parameters(mime string, feedback []webrtc.RTCPFeedback) webrtc.RTPCodecParameters {
	return webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: mime, ClockRate: o.clock, Channels: o.channels,
			SDPFmtpLine: o.fmtp, RTCPFeedback: feedback,
		},
		PayloadType: webrtc.PayloadType(o.pt),
	}
}
