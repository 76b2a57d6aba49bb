package rtsp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpfragmented"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp/depacket"
)

// receiver takes the packets of one track.
type receiver struct {
	index   int
	codec   media.Codec
	payload byte // payload type
	session *source.Session

	mu      sync.Mutex // packets come from one goroutine; reports are made by the tick
	seq     depacket.Sequence
	sr      uint32 // middle 32 bits of the last sender report's NTP time
	srAt    time.Time
	video   pictures                            // nil for sound
	decode  func(*rtp.Packet) ([][]byte, error) // for sound
	step    uint32                              // RTP ticks from one frame of a packet to the next
	arrival time.Time
	foreign int // packets of another payload type
	good    int
}

// pictures puts payloads together.
type pictures interface {
	Write(p depacket.Packet, lost bool)
}

func newReceiver(i int, c chosen, s *source.Session) (*receiver, error) {
	r := &receiver{index: i, codec: c.track.Codec, payload: c.format.PayloadType(), session: s}
	switch f := c.format.(type) {
	case *format.H264, *format.H265:
		r.video = &depacket.Video{
			Codec:   c.track.Codec,
			Unit:    func(ts uint32, data []byte) { s.Unit(i, ts, r.arrival, data) },
			Dropped: func() { s.Dropped(1) },
			Bad:     func() { s.Bad(1) },
		}
	case *format.MJPEG:
		r.video = &depacket.JPEG{
			Width: c.track.Width, Height: c.track.Height,
			Unit:    func(ts uint32, data []byte) { s.Unit(i, ts, r.arrival, data) },
			Dropped: func() { s.Dropped(1) },
			Bad:     func() { s.Bad(1) },
		}
	case *format.MPEG4Audio:
		d, err := f.CreateDecoder()
		if err != nil {
			return nil, err
		}
		r.step = mpeg4audio.SamplesPerAccessUnit
		r.decode = func(p *rtp.Packet) ([][]byte, error) {
			aus, err := d.Decode(p)
			return aus, unfinished(err)
		}
	case *format.MPEG4AudioLATM:
		d, err := f.CreateDecoder()
		if err != nil {
			return nil, err
		}
		conf := f.StreamMuxConfig
		r.step = mpeg4audio.SamplesPerAccessUnit
		r.decode = func(p *rtp.Packet) ([][]byte, error) { return latm(conf, d, p) }
	default: // G.711 and Opus: a packet is a frame
		r.decode = func(p *rtp.Packet) ([][]byte, error) { return [][]byte{p.Payload}, nil }
	}
	return r, nil
}

// packet takes a packet as it came over TCP.
func (r *receiver) packet(b []byte, arrival time.Time) {
	p, ok := depacket.Parse(b)
	if !ok {
		r.session.Bad(1)
		return
	}
	r.take(p, arrival)
}

// library takes a packet that the library has received, over UDP.
func (r *receiver) library(p *rtp.Packet, arrival time.Time) {
	r.take(depacket.Packet{
		PayloadType: p.PayloadType, Marker: p.Marker, Sequence: p.SequenceNumber,
		Timestamp: p.Timestamp, SSRC: p.SSRC, Payload: p.Payload,
	}, arrival)
}

// foreignHint is how many packets of an unannounced payload type make the reason
// why nothing is seen.
const foreignHint = 20

func (r *receiver) take(p depacket.Packet, arrival time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.PayloadType != r.payload {
		r.foreign++
		r.session.Bad(1)
		if r.foreign == foreignHint && r.good == 0 {
			r.session.Hint(source.Reason{
				Code:   "payload_type_unexpected",
				Params: map[string]any{"announced": int(r.payload), "sent": int(p.PayloadType)},
				Detail: "The device sends packets of another payload type than it announced.",
			})
		}
		return
	}
	r.good++
	r.arrival = arrival
	lost, stale := r.seq.Take(p)
	if stale {
		return
	}
	if lost > 0 {
		r.session.Lost(uint64(lost))
	}
	if r.video != nil {
		r.video.Write(p, lost > 0)
		return
	}
	r.frames(p)
}

// frames hands a packet to one of the library's decoders, which keep fragments by
// reference: the payload is copied first.
func (r *receiver) frames(p depacket.Packet) {
	frames, err := r.guarded(&rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: p.Marker, PayloadType: p.PayloadType,
			SequenceNumber: p.Sequence, Timestamp: p.Timestamp, SSRC: p.SSRC,
		},
		Payload: bytes.Clone(p.Payload),
	})
	if err != nil {
		r.session.Bad(1)
		return
	}
	for i, f := range frames {
		r.session.Unit(r.index, p.Timestamp+uint32(i)*r.step, r.arrival, f)
	}
}

// guarded turns a panic of a decoder, fed by strangers, into an error.
func (r *receiver) guarded(p *rtp.Packet) (frames [][]byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			frames, err = nil, fmt.Errorf("rtsp: decoder: %v", v)
		}
	}()
	return r.decode(p)
}

func latm(conf *mpeg4audio.StreamMuxConfig, d *rtpfragmented.Decoder, p *rtp.Packet) ([][]byte, error) {
	frame, err := d.Decode(p)
	if err != nil {
		return nil, unfinished(err)
	}
	if out, ok := subframes(frame, int(conf.NumSubFrames)+1); ok {
		return out, nil
	}
	e := mpeg4audio.AudioMuxElement{StreamMuxConfig: conf}
	if err := e.Unmarshal(frame); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, sub := range e.Payloads {
		out = append(out, sub[0][0]) // trackOf takes one program of one layer only
	}
	return out, nil
}

// subframes cuts a LATM element whose frames stand behind their lengths (ISO/IEC
// 14496-3 table 1.44, frameLengthType 0), as all known cameras send it. The
// configuration is not asked: GStreamer appends an extension to it behind which
// the type cannot be found.
func subframes(b []byte, n int) (out [][]byte, ok bool) {
	for range n {
		size := 0
		for {
			if len(b) == 0 {
				return nil, false
			}
			c := b[0]
			b = b[1:]
			size += int(c)
			if c != 255 {
				break
			}
		}
		if size == 0 || size > len(b) {
			return nil, false
		}
		out, b = append(out, b[:size:size]), b[size:]
	}
	return out, len(b) == 0
}

// unfinished is nil for what is no error: a frame that goes on in the next packet,
// or began before we came.
func unfinished(err error) error {
	for _, e := range []error{rtpmpeg4audio.ErrMorePacketsNeeded, rtpfragmented.ErrMorePacketsNeeded} {
		if errors.Is(err, e) {
			return nil
		}
	}
	return err
}

// control takes an RTCP packet as it came over TCP.
func (r *receiver) control(b []byte, arrival time.Time) {
	// RFC 3550 6.1: packets follow each other; a sender report comes first.
	for len(b) >= 8 {
		n := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		if b[0]>>6 != 2 || n > len(b) {
			r.session.Bad(1)
			return
		}
		if b[1] == 200 && n >= 28 {
			r.report(binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint32(b[16:]), arrival)
		}
		b = b[n:]
	}
}

func (r *receiver) report(ntp uint64, ts uint32, arrival time.Time) {
	r.mu.Lock()
	r.sr, r.srAt = uint32(ntp>>16), arrival
	r.mu.Unlock()
	r.session.SenderReport(r.index, ntp, ts, arrival)
}

// receiverReport is what some cameras want to hear now and then, or nil before
// the first packet (RFC 3550 6.4.2).
func (r *receiver) receiverReport(now time.Time) *rtcp.ReceiverReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	ssrc, highest, lost, ok := r.seq.Report()
	if !ok {
		return nil
	}
	rep := rtcp.ReceptionReport{SSRC: ssrc, LastSequenceNumber: highest, TotalLost: uint32(min(lost, 1<<23-1))}
	if !r.srAt.IsZero() {
		rep.LastSenderReport = r.sr
		rep.Delay = uint32(now.Sub(r.srAt).Seconds() * 65536)
	}
	return &rtcp.ReceiverReport{SSRC: 0x57617463, Reports: []rtcp.ReceptionReport{rep}}
}
