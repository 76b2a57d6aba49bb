package rtsp

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/sdpunmarshaler"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"watchroom/internal/media"
	"watchroom/internal/source"
)

// chosen is one track of the device's description that will be received.
type chosen struct {
	media  *description.Media
	format format.Format
	track  media.Track
}

// choose picks the first track of pictures and, if wanted, the first of sound
// that can be recorded. offered names everything there is, for the screen.
func choose(desc *description.Session, audio bool) (tracks []chosen, offered []string) {
	var video, sound *chosen
	for _, m := range desc.Medias {
		for _, f := range m.Formats {
			if f.Codec() != "" && !slices.Contains(offered, f.Codec()) && !m.IsBackChannel {
				offered = append(offered, f.Codec())
			}
		}
		if m.IsBackChannel {
			continue
		}
		for _, f := range m.Formats {
			t, ok := trackOf(f)
			if !ok {
				continue
			}
			if t.Codec.Video() && video == nil {
				video = &chosen{m, f, t}
			}
			if !t.Codec.Video() && sound == nil {
				sound = &chosen{m, f, t}
			}
		}
	}
	if video != nil {
		tracks = append(tracks, *video)
	}
	if sound != nil && (audio && (video == nil || sound.media != video.media)) {
		tracks = append(tracks, *sound)
	}
	return tracks, offered
}

// trackOf describes a format in our terms; ok is false for what we cannot record.
func trackOf(f format.Format) (t media.Track, ok bool) {
	switch f := f.(type) {
	case *format.H264:
		if f.PacketizationMode > 1 {
			return t, false
		}
		sps, pps := f.SafeParams()
		return media.Track{Codec: media.H264, Timescale: 90000, SPS: list(sps), PPS: list(pps)}, true
	case *format.H265:
		if f.MaxDONDiff != 0 {
			return t, false // decoding order numbers: no camera has been seen to use them
		}
		vps, sps, pps := f.SafeParams()
		return media.Track{Codec: media.H265, Timescale: 90000, VPS: list(vps), SPS: list(sps), PPS: list(pps)}, true
	case *format.MJPEG:
		return media.Track{Codec: media.MJPEG, Timescale: 90000}, true
	case *format.MPEG4Audio:
		return aac(f.Config, f.ClockRate())
	case *format.MPEG4AudioLATM:
		if f.CPresent || f.StreamMuxConfig == nil || len(f.StreamMuxConfig.Programs) != 1 || len(f.StreamMuxConfig.Programs[0].Layers) != 1 {
			return t, false
		}
		return aac(f.StreamMuxConfig.Programs[0].Layers[0].AudioSpecificConfig, f.ClockRate())
	case *format.G711:
		t = media.Track{Codec: media.PCMA, Timescale: uint32(f.SampleRate), SampleRate: f.SampleRate, Channels: f.ChannelCount}
		if f.MULaw {
			t.Codec = media.PCMU
		}
		return t, f.SampleRate > 0 && f.ChannelCount > 0
	case *format.Opus:
		return media.Track{Codec: media.Opus, Timescale: 48000, SampleRate: 48000, Channels: max(f.ChannelCount, 1)}, true
	}
	return t, false
}

func aac(c *mpeg4audio.AudioSpecificConfig, rate int) (media.Track, bool) {
	if c == nil || rate <= 0 {
		return media.Track{}, false
	}
	conf, err := c.Marshal()
	if err != nil {
		return media.Track{}, false
	}
	channels := int(c.ChannelConfig)
	if channels == 7 {
		channels = 8
	}
	return media.Track{Codec: media.AAC, Timescale: uint32(rate), SampleRate: c.SampleRate, Channels: max(channels, 1), Config: conf}, true
}

func list(b []byte) [][]byte {
	if len(b) == 0 {
		return nil
	}
	return [][]byte{bytes.Clone(b)}
}

// readSDP parses a description as the library does. Its parsers have been fed by
// fuzzers, but the input is a stranger's: a panic is an error here.
func readSDP(body []byte) (desc *description.Session, err error) {
	defer func() {
		if r := recover(); r != nil {
			desc, err = nil, fmt.Errorf("rtsp: description: %v", r)
		}
	}()
	ssd, err := sdpunmarshaler.Unmarshal(body)
	if err != nil {
		return nil, err
	}
	desc = &description.Session{}
	if err := desc.Unmarshal2(ssd); err != nil {
		return nil, err
	}
	return desc, nil
}

// mendSDP leaves out the media sections that make a description unreadable, such
// as the malformed audio or metadata beside good pictures that some cameras send.
// A description that is fine, or beyond help, comes back as it was.
func mendSDP(body []byte) []byte {
	if _, err := readSDP(body); err == nil {
		return body
	}
	const limit = 16 // sections looked at
	text := "\n" + strings.ReplaceAll(string(body), "\r\n", "\n")
	parts := strings.Split(text, "\nm=")
	if len(parts) < 2 || len(parts) > limit {
		return body
	}
	head := strings.TrimPrefix(parts[0], "\n")
	whole, kept := head, 0
	for _, p := range parts[1:] {
		section := "\nm=" + p
		if _, err := readSDP(sdpLines(head + section)); err == nil {
			whole += section
			kept++
		}
	}
	if kept == 0 {
		return body
	}
	mended := sdpLines(whole)
	if _, err := readSDP(mended); err != nil {
		return body
	}
	return mended
}

// frameSize is what a=framesize (3GPP TS 26.234 5.3.3.2) or a=x-dimensions says of
// the pictures' size, which RTP cannot for MJPEG of more than 2040 samples.
func frameSize(body []byte) (width, height int) {
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "a=framesize:"); ok {
			_, size, _ := strings.Cut(v, " ")
			var w, h int
			if n, _ := fmt.Sscanf(size, "%d-%d", &w, &h); n == 2 {
				return w, h
			}
		}
		if v, ok := strings.CutPrefix(line, "a=x-dimensions:"); ok {
			var w, h int
			if n, _ := fmt.Sscanf(strings.ReplaceAll(v, " ", ""), "%d,%d", &w, &h); n == 2 {
				return w, h
			}
		}
	}
	return 0, 0
}

// frameRate is the first a=framerate of the pictures (RFC 8866 6.10), 0 if there
// is none that can be believed.
func frameRate(body []byte) float64 {
	video := false
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "m=") {
			video = strings.HasPrefix(line, "m=video")
		}
		if v, ok := strings.CutPrefix(line, "a=framerate:"); ok && video {
			if fps, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil && fps > 0 && fps < 1000 {
				return fps
			}
		}
	}
	return 0
}

func sdpLines(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimRight(s, "\n")+"\n", "\n", "\r\n"))
}

// unsupported is the failure of a device that offers nothing recordable.
func unsupported(offered []string) error {
	if len(offered) == 0 {
		return source.Fail(source.Unsupported, "no_tracks", "The device describes a stream without any track.", nil, nil)
	}
	return source.Fail(source.Unsupported, "no_supported_track",
		"The device offers only codings that cannot be recorded: "+strings.Join(offered, ", ")+".",
		map[string]any{"offered": offered}, nil)
}
