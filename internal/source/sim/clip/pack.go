package clip

import (
	"encoding/binary"

	"watchroom/internal/media"
)

// MaxPayload bounds an RTP payload, so that a packet with its headers and the
// overhead of SRTP fits the packets of any network.
const MaxPayload = 1400

// Packed is a frame as RTP payloads (RFC 6184, RFC 7798). The payloads are shared
// by all cameras that show the clip and must not be changed; the one with the
// counter is a template for Stamp.
type Packed struct {
	Key      bool
	Shift    int64
	Payloads [][]byte
	at       int // of the counter's numbers in Payloads[0]
}

// Pack cuts a clip's frames into payloads. With inBand, parameter sets precede
// every key frame; otherwise they are only in the SDP.
func (c *Clip) Pack(inBand bool) []Packed {
	out := make([]Packed, len(c.Frames))
	for i, f := range c.Frames {
		out[i] = c.PackFrame(f, inBand)
	}
	return out
}

// PackFrame does the same for one frame.
func (c *Clip) PackFrame(f Frame, inBand bool) Packed {
	p := Packed{Key: f.Key, Shift: f.Shift}
	h265 := c.Codec == media.H265
	sei, at := counterNAL(h265)
	if !f.Key || !inBand {
		p.Payloads, p.at = [][]byte{sei}, at
	} else {
		var sets [][]byte
		head := []byte{24 | 0x60} // STAP-A, nal_ref_idc 3
		if h265 {
			sets = [][]byte{c.VPS}
			head = []byte{48 << 1, 1} // AP
		}
		sets = append(sets, c.SPS, c.PPS, sei)
		for _, s := range sets {
			p.at = len(head) + 2 + at
			head = append(head, byte(len(s)>>8), byte(len(s)))
			head = append(head, s...)
		}
		p.Payloads = [][]byte{head}
	}
	for _, n := range f.NALs {
		p.Payloads = fragment(p.Payloads, n, h265)
	}
	return p
}

// fragment adds a NAL unit whole or as fragmentation units (RFC 6184 5.8, RFC 7798 4.4.3).
func fragment(to [][]byte, nal []byte, h265 bool) [][]byte {
	if len(nal) <= MaxPayload {
		return append(to, nal)
	}
	var head []byte
	var kind byte
	if h265 {
		head, kind = []byte{nal[0]&0x81 | 49<<1, nal[1], 0}, nal[0]>>1&0x3f
		nal = nal[2:]
	} else {
		head, kind = []byte{nal[0]&0xe0 | 28, 0}, nal[0]&0x1f
		nal = nal[1:]
	}
	for start := true; len(nal) > 0; start = false {
		n := min(len(nal), MaxPayload-len(head))
		b := append(append(make([]byte, 0, len(head)+n), head...), nal[:n]...)
		b[len(head)-1] = kind
		if start {
			b[len(head)-1] |= 0x80
		}
		if nal = nal[n:]; len(nal) == 0 {
			b[len(head)-1] |= 0x40
		}
		to = append(to, b)
	}
	return to
}

// Stamp copies the first payload into buf, with the counter and the instant of
// sending (µs since 1970 UTC) in it, and returns the copy.
func (p *Packed) Stamp(buf []byte, counter uint64, micro int64) []byte {
	buf = append(buf[:0], p.Payloads[0]...)
	putCounter(buf[p.at:], counter, uint64(micro))
	return buf
}

// Unit gives frame number i of the clip as media.Unit holds it and as it would
// arrive from a camera that sends parameter sets in band: every NAL unit behind a
// 4-byte length, with the counter and the instant of sending (µs since 1970 UTC).
func (c *Clip) Unit(i int, counter uint64, micro int64) []byte {
	f := &c.Frames[i]
	sei, at := counterNAL(c.Codec == media.H265)
	putCounter(sei[at:], counter, uint64(micro))
	var nals [][]byte
	if f.Key {
		if c.VPS != nil {
			nals = append(nals, c.VPS)
		}
		nals = append(nals, c.SPS, c.PPS)
	}
	nals = append(append(nals, sei), f.NALs...)
	size := 0
	for _, n := range nals {
		size += 4 + len(n)
	}
	out := make([]byte, 0, size)
	for _, n := range nals {
		out = binary.BigEndian.AppendUint32(out, uint32(len(n)))
		out = append(out, n...)
	}
	return out
}
