package whep

import (
	"encoding/binary"

	"watchroom/internal/media"
)

// payloadSize is how much of a packet the payload may fill, so that with the RTP
// header, its extension and SRTP's tag the datagram stays under 1,200 bytes and
// passes every tunnel.
const payloadSize = 1160

// packetiser cuts access units into RTP payloads: RFC 6184 (H.264,
// packetization mode 1) and RFC 7798 (H.265). It keeps one scratch buffer; emit
// must be done with a payload when it returns.
type packetiser struct {
	codec   media.Codec
	scratch []byte
	nals    [][]byte
}

// NAL unit types that matter here (ISO/IEC 14496-10 table 7-1, 23008-2 table 7-1).
const (
	h264SPS, h264PPS, h264AUD, h264Filler, h264STAPA, h264FUA = 7, 8, 9, 12, 24, 28
	h265VPS, h265SPS, h265AUD, h265Filler, h265AP, h265FU     = 32, 33, 35, 38, 48, 49
)

func (p *packetiser) kind(nal []byte) byte {
	if p.codec == media.H265 {
		return nal[0] >> 1 & 0x3f
	}
	return nal[0] & 0x1f
}

// head is the length of a NAL unit's header.
func (p *packetiser) head() int {
	if p.codec == media.H265 {
		return 2
	}
	return 1
}

// unit cuts one access unit. Key frames that come without parameter sets get
// those of the track, because a WebRTC decoder knows no others. A sample whose
// lengths do not add up is sent as far as they do.
func (p *packetiser) unit(t *media.Track, u *media.Unit, emit func(payload []byte, last bool) error) error {
	p.nals = p.nals[:0]
	sets := false
	for rest := u.Data; len(rest) > 4; {
		n := int(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if n > len(rest) {
			break
		}
		nal := rest[:n]
		rest = rest[n:]
		if n <= p.head() {
			continue
		}
		kind := p.kind(nal)
		if p.codec == media.H264 {
			if kind == h264AUD || kind == h264Filler || kind == 0 || kind >= h264STAPA {
				continue
			}
			sets = sets || kind == h264SPS
		} else {
			if kind == h265AUD || kind == h265Filler || kind >= h265AP {
				continue
			}
			sets = sets || kind == h265SPS
		}
		p.nals = append(p.nals, nal)
	}
	if len(p.nals) == 0 {
		return nil
	}
	if u.Key && !sets {
		all := make([][]byte, 0, len(p.nals)+3)
		all = append(all, t.VPS...)
		all = append(all, t.SPS...)
		all = append(all, t.PPS...)
		p.nals = append(all, p.nals...)
	}
	for i := 0; i < len(p.nals); {
		n := p.together(p.nals[i:])
		last := i+n == len(p.nals)
		var err error
		switch {
		case n > 1:
			err = emit(p.aggregate(p.nals[i:i+n]), last)
		case len(p.nals[i]) <= payloadSize:
			err = emit(p.nals[i], last)
		default:
			err = p.fragment(p.nals[i], last, emit)
		}
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// together is how many NAL units from the front fit into one packet.
func (p *packetiser) together(nals [][]byte) int {
	size, n := p.head(), 0
	for _, nal := range nals {
		size += 2 + len(nal)
		if size > payloadSize {
			break
		}
		n++
	}
	return max(n, 1)
}

func (p *packetiser) aggregate(nals [][]byte) []byte {
	b := p.scratch[:0]
	if p.codec == media.H265 {
		layer, tid := byte(63), byte(7)
		for _, nal := range nals {
			layer = min(layer, nal[0]&1<<5|nal[1]>>3)
			tid = min(tid, nal[1]&7)
		}
		b = append(b, h265AP<<1|layer>>5, layer<<3|tid)
	} else {
		var ref byte
		for _, nal := range nals {
			ref = max(ref, nal[0]&0x60)
		}
		b = append(b, ref|h264STAPA)
	}
	for _, nal := range nals {
		b = binary.BigEndian.AppendUint16(b, uint16(len(nal)))
		b = append(b, nal...)
	}
	p.scratch = b
	return b
}

func (p *packetiser) fragment(nal []byte, last bool, emit func([]byte, bool) error) error {
	kind, head := p.kind(nal), p.head()
	body := nal[head:]
	room := payloadSize - head - 1
	// Even pieces: the last packet of a picture is then no stub.
	pieces := (len(body) + room - 1) / room
	size := (len(body) + pieces - 1) / pieces
	for start := true; len(body) > 0; start = false {
		n := min(size, len(body))
		flags := byte(0)
		if start {
			flags |= 0x80
		}
		if n == len(body) {
			flags |= 0x40
		}
		b := p.scratch[:0]
		if p.codec == media.H265 {
			b = append(b, nal[0]&0x81|h265FU<<1, nal[1], flags|kind)
		} else {
			b = append(b, nal[0]&0xe0|h264FUA, flags|kind)
		}
		b = append(b, body[:n]...)
		p.scratch = b
		body = body[n:]
		if err := emit(b, last && len(body) == 0); err != nil {
			return err
		}
	}
	return nil
}
