package depacket

// h264 takes one payload (RFC 6184 5.4 to 5.8, packetization modes 0 and 1).
func (v *Video) h264(p []byte) {
	switch t := p[0] & 0x1f; {
	case t >= 1 && t <= 23:
		v.single(p)
	case t == 24: // STAP-A
		v.aggregate(p[1:])
	case t == 28: // FU-A
		if len(p) < 3 {
			v.bad()
			return
		}
		v.fragment(p[1], []byte{p[0]&0xe0 | p[1]&0x1f}, p[2:])
	case t == 0 && v.annexB(p):
		v.single(p)
	default: // interleaved mode and what is reserved
		v.bad()
	}
}

// h265 takes one payload (RFC 7798 4.4, without DONL).
func (v *Video) h265(p []byte) {
	if len(p) < 2 {
		v.bad()
		return
	}
	switch t := p[0] >> 1 & 0x3f; {
	case v.annexB(p):
		v.single(p)
	case t < 48:
		v.single(p)
	case t == 48: // AP
		v.aggregate(p[2:])
	case t == 49: // FU
		if len(p) < 4 {
			v.bad()
			return
		}
		v.fragment(p[2], []byte{p[0]&0x81 | p[2]&0x3f<<1, p[1]}, p[3:])
	default:
		v.bad()
	}
}

// annexB tells whether a payload begins with a start code: a vendor put the byte
// stream of Annex B into RTP as it stood.
func (v *Video) annexB(p []byte) bool {
	return len(p) > 4 && p[0] == 0 && p[1] == 0 && (p[2] == 1 || p[2] == 0 && p[3] == 1)
}

func (v *Video) bad() {
	v.damage()
	v.Bad()
}

// aggregate takes NAL units behind 2-byte lengths. Trailing zeros are padding.
func (v *Video) aggregate(p []byte) {
	v.abandon()
	for len(p) >= 2 {
		n := int(p[0])<<8 | int(p[1])
		p = p[2:]
		if n == 0 {
			return
		}
		if n > len(p) {
			v.bad()
			return
		}
		if v.begin(p[:n]) {
			v.end()
		}
		p = p[n:]
	}
}

// fragment takes a piece of a NAL unit. fu is the FU header: start, end, type.
// Both bits in one packet are forbidden and sent nevertheless, by vendors with
// small pictures.
func (v *Video) fragment(fu byte, head, p []byte) {
	if fu&0x80 != 0 {
		v.abandon()
		var first [3]byte // the header and the byte that FirstSlice looks at
		n := copy(first[:], head)
		n += copy(first[n:n+1], p)
		if !v.begin(first[:n]) {
			return
		}
		p = p[n-len(head):]
	} else if v.open < 0 {
		v.damaged = true // its beginning was lost
		return
	}
	if !v.grow(p) {
		return
	}
	if fu&0x40 != 0 {
		v.end()
	}
}
