// Package depacket puts RTP payloads of H.264 (RFC 6184) and H.265 (RFC 7798)
// together into access units, copying each byte once, into the form that MP4
// stores: every NAL unit behind a 4-byte length.
//
// Loss: a NAL unit that misses a fragment is left out, whole ones of the same
// picture are kept, and a picture of which no slice is left is dropped and
// counted. What follows is passed on although it refers to what is missing:
// players conceal that, and nothing that was received whole is thrown away.
package depacket

import "encoding/binary"

// Packet is an RTP packet (RFC 3550 5.1), its payload still in the reader's memory.
type Packet struct {
	PayloadType byte
	Marker      bool
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
	Payload     []byte
}

// Parse reads an RTP packet without copying. ok is false if it is malformed.
func Parse(b []byte) (p Packet, ok bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return p, false
	}
	head := 12 + 4*int(b[0]&15)
	end := len(b)
	if b[0]&0x20 != 0 { // padding
		pad := int(b[end-1])
		if pad == 0 || pad > end-12 {
			return p, false
		}
		end -= pad
	}
	if b[0]&0x10 != 0 { // extension
		if len(b) < head+4 {
			return p, false
		}
		head += 4 + 4*int(binary.BigEndian.Uint16(b[head+2:]))
	}
	if head > end {
		return p, false
	}
	return Packet{
		PayloadType: b[1] & 0x7f, Marker: b[1]&0x80 != 0,
		Sequence:  binary.BigEndian.Uint16(b[2:]),
		Timestamp: binary.BigEndian.Uint32(b[4:]),
		SSRC:      binary.BigEndian.Uint32(b[8:]),
		Payload:   b[head:end],
	}, true
}

// Sequence follows a sender's sequence numbers (RFC 3550 A.1).
type Sequence struct {
	seen   bool
	ssrc   uint32
	next   uint16
	cycles uint32
	lost   uint64
}

const (
	maxDropout  = 3000 // more than this ahead is a new beginning
	maxMisorder = 100  // as far behind counts as late or twice
)

// Take looks at the next packet: lost packets are missing before it, or it came
// late or twice and is stale.
func (s *Sequence) Take(p Packet) (lost int, stale bool) {
	if !s.seen || p.SSRC != s.ssrc {
		*s = Sequence{seen: true, ssrc: p.SSRC, next: p.Sequence + 1, lost: s.lost}
		return 0, false
	}
	ahead := p.Sequence - s.next
	switch {
	case ahead < maxDropout:
		lost = int(ahead)
	case ahead >= 1<<16-maxMisorder:
		return 0, true
	default:
		lost = 1 // how many cannot be known
	}
	if p.Sequence < s.next-1 && ahead < maxDropout {
		s.cycles += 1 << 16
	}
	s.next = p.Sequence + 1
	s.lost += uint64(lost)
	return lost, false
}

// Report is what a receiver report says of the sender (RFC 3550 6.4.2).
func (s *Sequence) Report() (ssrc, highest uint32, lost uint64, ok bool) {
	return s.ssrc, s.cycles + uint32(s.next-1), s.lost, s.seen
}
