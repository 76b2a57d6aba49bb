package whep

import (
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"watchroom/internal/media"
)

// playoutDelayURI names the header extension by which a sender tells a browser
// how long to hold a picture back: here not at all.
const playoutDelayURI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"

// errNotBound means that the peer connection has not taken the track yet.
var errNotBound = errors.New("whep: track is not bound")

// track is one media stream of a session: a webrtc.TrackLocal that writes
// packets as they are made and keeps the RTP clock.
type track struct {
	id, stream string
	codec      webrtc.RTPCodecParameters

	mu       sync.Mutex // guards the binding, which WebRTC sets from its own goroutine
	writer   webrtc.TrackLocalWriter
	ssrc     uint32
	delayExt uint8 // id of the playout delay extension; 0 when not negotiated

	// Below: the session's goroutine only.
	index    int // of the track in the run
	media    media.Track
	packets  *packetiser // nil for audio
	sequence uint16
	timeline timeline
	sent     uint32 // packets
	octets   uint32 // of payload
}

// ID implements webrtc.TrackLocal.
func (t *track) ID() string { return t.id }

// RID implements webrtc.TrackLocal: there is no simulcast.
func (t *track) RID() string { return "" }

// StreamID implements webrtc.TrackLocal.
func (t *track) StreamID() string { return t.stream }

// Kind implements webrtc.TrackLocal.
func (t *track) Kind() webrtc.RTPCodecType {
	if t.packets != nil {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}

// Bind implements webrtc.TrackLocal.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, p := range c.CodecParameters() {
		if p.PayloadType != t.codec.PayloadType {
			continue
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.writer, t.ssrc = c.WriteStream(), uint32(c.SSRC())
		for _, e := range c.HeaderExtensions() {
			if e.URI == playoutDelayURI {
				t.delayExt = uint8(e.ID)
			}
		}
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind implements webrtc.TrackLocal.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writer = nil
	return nil
}

// write sends one packet and says how many bytes of payload that was.
func (t *track) write(payload []byte, stamp uint32, marker, delay bool) (int, error) {
	t.mu.Lock()
	writer, ssrc, ext := t.writer, t.ssrc, t.delayExt
	t.mu.Unlock()
	if writer == nil {
		return 0, errNotBound
	}
	h := rtp.Header{
		Version: 2, Marker: marker, PayloadType: uint8(t.codec.PayloadType),
		SequenceNumber: t.sequence, Timestamp: stamp, SSRC: ssrc,
	}
	t.sequence++
	if delay && ext != 0 {
		// min 0, max 0 in twelve bits each: show at once
		if err := h.SetExtension(ext, []byte{0, 0, 0}); err != nil {
			return 0, err
		}
	}
	if _, err := writer.WriteRTP(&h, payload); err != nil {
		return 0, err
	}
	t.sent++
	t.octets += uint32(len(payload))
	return len(payload), nil
}

// timeline turns the ticks of runs into one RTP clock that only goes forward.
type timeline struct {
	clock  int64 // ticks a second
	base   int64 // RTP time of zero
	zero   int64 // PTS in the run's ticks that base stands for
	scale  int64 // the run's ticks a second
	run    *media.Run
	last   int64 // RTP time of the newest unit
	wall   int64 // its wall clock, µs
	opened bool
}

func newTimeline(clock uint32) timeline {
	// A random start (RFC 3550 5.1) in the lower half, so that the 64-bit count
	// begins positive and the 32 bits sent wrap in their own time.
	return timeline{clock: int64(clock), base: int64(rand.Uint32() >> 1)}
}

// at is the RTP time of a unit. Another run goes on where the wall clock says,
// but never behind what was sent.
func (l *timeline) at(run *media.Run, t media.Track, u *media.Unit) int64 {
	if run != l.run {
		if l.opened {
			passed := max((u.Wall-l.wall)*l.clock/1e6, l.clock/100)
			l.base = l.last + passed
		}
		l.run, l.zero, l.scale, l.opened = run, u.PTS, max(int64(t.Timescale), 1), true
	}
	stamp := l.base + (u.PTS-l.zero)*l.clock/l.scale
	l.last, l.wall = stamp, u.Wall
	return stamp
}
