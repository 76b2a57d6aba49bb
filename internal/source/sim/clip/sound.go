package clip

import (
	"fmt"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/g711"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"

	"watchroom/internal/media"
)

// Sound is a piece of coded audio that may be repeated.
type Sound struct {
	Codec  media.Codec // AAC, PCMA or PCMU
	Rate   int         // Hz, also the RTP clock rate
	AAC    *mpeg4audio.AudioSpecificConfig
	Frames [][]byte // one RTP payload each
	Ticks  int64    // of Rate, a frame
}

// OpenSound reads the room's sound in one of the three codings.
func OpenSound(codec media.Codec) (*Sound, error) {
	switch codec {
	case media.AAC:
		b, err := data.ReadFile("data/room.aac")
		if err != nil {
			return nil, err
		}
		var packets mpeg4audio.ADTSPackets
		if err := packets.Unmarshal(b); err != nil || len(packets) == 0 {
			return nil, fmt.Errorf("clip: room.aac: %w", err)
		}
		s := &Sound{Codec: codec, Rate: packets[0].SampleRate, Ticks: mpeg4audio.SamplesPerAccessUnit}
		s.AAC = &mpeg4audio.AudioSpecificConfig{
			Type: packets[0].Type, SampleRate: packets[0].SampleRate,
			ChannelConfig: packets[0].ChannelConfig, ChannelCount: packets[0].ChannelCount,
		}
		for _, p := range packets {
			// AU-headers-length, then one AU header: 13 bits of size, 3 of index (RFC 3640 3.3.6).
			n := len(p.AU)
			s.Frames = append(s.Frames, append([]byte{0, 16, byte(n >> 5), byte(n << 3)}, p.AU...))
		}
		return s, nil
	case media.PCMA, media.PCMU:
		b, err := data.ReadFile("data/room.alaw")
		if err != nil {
			return nil, err
		}
		if codec == media.PCMU {
			var pcm g711.Alaw
			pcm.Unmarshal(b)
			b, err = g711.Mulaw(pcm).Marshal()
			if err != nil {
				return nil, fmt.Errorf("clip: room.alaw: %w", err)
			}
		}
		const frame = 320 // 40 ms
		s := &Sound{Codec: codec, Rate: 8000, Ticks: frame}
		for ; len(b) >= frame; b = b[frame:] {
			s.Frames = append(s.Frames, b[:frame:frame])
		}
		return s, nil
	}
	return nil, fmt.Errorf("clip: no sound in %q", codec)
}
