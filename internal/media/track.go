// Package media is the vocabulary of the picture flow: codecs, tracks, runs,
// access units, and the stream that one source writes and many readers follow.
//
// It knows nothing of cameras' protocols, files, databases or people.
package media

import (
	"encoding/hex"
	"fmt"
	"strings"

	"watchroom/evidence/fmp4"
)

// Codec names a coding as it is written in the API and in journals.
type Codec string

// The codings that Watchroom records without touching a bit.
const (
	H264  Codec = "h264"  // ISO/IEC 14496-10
	H265  Codec = "h265"  // ISO/IEC 23008-2
	MJPEG Codec = "mjpeg" // RFC 2435 pictures, one JPEG file each
	AAC   Codec = "aac"   // ISO/IEC 14496-3, raw access units
	PCMA  Codec = "pcma"  // ITU-T G.711 A-law
	PCMU  Codec = "pcmu"  // ITU-T G.711 µ-law
	Opus  Codec = "opus"  // RFC 6716
)

// Video tells whether the codec carries pictures.
func (c Codec) Video() bool { return c == H264 || c == H265 || c == MJPEG }

// Track describes one elementary stream of a run. It never changes within the
// run: when a camera changes codec, resolution or parameter sets, a new run begins.
type Track struct {
	ID        int    // 1-based; the track_ID of ISO/IEC 14496-12
	Codec     Codec  //
	Timescale uint32 // ticks a second of Unit.PTS and Unit.DTS; the RTP clock rate

	// Video. Width and Height are in luma samples after cropping, 0 if unknown.
	Width, Height int
	// Parameter sets without start codes or lengths, in the order sent.
	// H.264 has SPS and PPS, H.265 all three, MJPEG none.
	VPS, SPS, PPS [][]byte

	// Audio.
	SampleRate int    // Hz
	Channels   int    //
	Config     []byte // AAC: AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1)
}

// Same tells whether samples of both tracks can stand under one sample description.
func (t Track) Same(o Track) bool {
	return t.ID == o.ID && t.Codec == o.Codec && t.Timescale == o.Timescale &&
		t.Width == o.Width && t.Height == o.Height &&
		t.SampleRate == o.SampleRate && t.Channels == o.Channels &&
		string(t.Config) == string(o.Config) &&
		sameSets(t.VPS, o.VPS) && sameSets(t.SPS, o.SPS) && sameSets(t.PPS, o.PPS)
}

func sameSets(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if string(a[i]) != string(b[i]) {
			return false
		}
	}
	return true
}

// MIME is the codecs parameter of RFC 6381 for this track, such as "avc1.64001F",
// "hvc1.1.6.L93.B0" or "mp4a.40.2". It is empty where the parameter sets are too
// short to tell, and for codings that have no registered name in MP4.
func (t Track) MIME() string {
	switch t.Codec {
	case H264:
		if len(t.SPS) == 0 || len(t.SPS[0]) < 4 {
			return ""
		}
		return "avc1." + strings.ToUpper(hex.EncodeToString(t.SPS[0][1:4]))
	case H265:
		if len(t.SPS) == 0 {
			return ""
		}
		return hevcMIME(t.SPS[0])
	case MJPEG:
		return "mp4v.6C"
	case AAC:
		if len(t.Config) < 2 {
			return ""
		}
		kind := int(t.Config[0] >> 3)
		if kind == 31 { // escape: six more bits
			kind = 32 + int(t.Config[0]&7)<<3 + int(t.Config[1]>>5)
		}
		return fmt.Sprintf("mp4a.40.%d", kind)
	case Opus:
		return "opus"
	case PCMA:
		return "alaw"
	case PCMU:
		return "ulaw"
	}
	return ""
}

// hevcMIME follows ISO/IEC 14496-15 E.3. The profile_tier_level structure starts
// at the fourth byte of the NAL unit (two of header, one of ids), before which no
// emulation prevention can occur; inside it, it is removed.
func hevcMIME(sps []byte) string {
	raw := make([]byte, 0, 16)
	zeros := 0
	for _, b := range sps {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		raw = append(raw, b)
		if len(raw) == 15 {
			break
		}
	}
	if len(raw) < 15 {
		return ""
	}
	ptl := raw[3:]
	space, tier, profile := ptl[0]>>6, ptl[0]>>5&1, ptl[0]&0x1f
	var reversed uint32 // general_profile_compatibility_flags, bit order reversed
	compat := uint32(ptl[1])<<24 | uint32(ptl[2])<<16 | uint32(ptl[3])<<8 | uint32(ptl[4])
	for i := range 32 {
		reversed |= compat >> i & 1 << (31 - i)
	}
	var s strings.Builder
	s.WriteString("hvc1.")
	if space > 0 {
		s.WriteByte('A' + space - 1)
	}
	fmt.Fprintf(&s, "%d.%X.%c%d", profile, reversed, "LH"[tier], ptl[11])
	constraints := ptl[5:11]
	for len(constraints) > 0 && constraints[len(constraints)-1] == 0 {
		constraints = constraints[:len(constraints)-1]
	}
	for _, c := range constraints {
		fmt.Fprintf(&s, ".%X", c)
	}
	return s.String()
}

// MP4 is the track as MP4 describes it.
func (t Track) MP4() fmp4.Track {
	return fmp4.Track{
		ID: t.ID, Codec: fmp4.Codec(t.Codec), Timescale: t.Timescale,
		Width: t.Width, Height: t.Height, VPS: t.VPS, SPS: t.SPS, PPS: t.PPS,
		SampleRate: t.SampleRate, Channels: t.Channels, Config: t.Config,
	}
}

// FromMP4 is the inverse of Track.MP4.
func FromMP4(t fmp4.Track) Track {
	return Track{
		ID: t.ID, Codec: Codec(t.Codec), Timescale: t.Timescale,
		Width: t.Width, Height: t.Height, VPS: t.VPS, SPS: t.SPS, PPS: t.PPS,
		SampleRate: t.SampleRate, Channels: t.Channels, Config: t.Config,
	}
}

// MP4Tracks is MP4 of every track of the run.
func (r *Run) MP4Tracks() []fmp4.Track {
	out := make([]fmp4.Track, len(r.Tracks))
	for i, t := range r.Tracks {
		out[i] = t.MP4()
	}
	return out
}
