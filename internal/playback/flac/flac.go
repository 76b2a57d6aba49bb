// Package flac turns the sound that most cameras send, G.711, into FLAC, which
// browsers play: every sample is expanded to 16 bits and coded without loss, so
// that what is decoded is the expansion itself.
//
// G.711 is ITU-T G.711; FLAC is RFC 9639.
package flac

import (
	"encoding/binary"
	"math/bits"
)

// Bounds of what FLAC can hold, and of one frame: more than 4608 samples at up to
// 48 kHz are outside the streamable subset (RFC 9639 section 7).
const (
	MaxChannels = 8
	MaxRate     = 1<<20 - 1 // Hz
	MaxBlock    = 4608      // samples of each channel in a frame
	minBlock    = 16
	depth       = 16 // bits a sample
)

// StreamInfo is the metadata block without its header (RFC 9639 section 8.2), 34
// bytes: blocks of any length, the number of samples and their MD5 unknown. rate is
// in Hz.
func StreamInfo(rate, channels int) []byte {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 34), minBlock)
	b = binary.BigEndian.AppendUint16(b, MaxBlock)
	b = append(b, 0, 0, 0, 0, 0, 0) // sizes of frames: unknown
	b = binary.BigEndian.AppendUint64(b, uint64(rate)<<44|uint64(channels-1)<<41|(depth-1)<<36)
	return b[:34]
}

// Encoder writes the frames of one stream. The zero value but for Rate and Channels
// begins one.
type Encoder struct {
	Rate     int // Hz
	Channels int

	next    uint64 // number of the first sample of the next frame
	channel []int32
	trial   []int32
	best    []int32
}

// AppendFrame appends one frame. The channels of pcm take turns; it holds at least
// one sample of each and at most MaxBlock.
func (e *Encoder) AppendFrame(dst []byte, pcm []int16) []byte {
	start, block := len(dst), len(pcm)/e.Channels
	dst = e.appendHeader(dst, block)
	w := writer{b: dst}
	for c := range e.Channels {
		e.channel = e.channel[:0]
		for i := c; i < block*e.Channels; i += e.Channels {
			e.channel = append(e.channel, int32(pcm[i]))
		}
		e.subframe(&w)
	}
	w.align()
	e.next += uint64(block)
	return binary.BigEndian.AppendUint16(w.b, crc16(w.b[start:]))
}

// appendHeader writes a frame header (RFC 9639 section 9.1) of a stream with blocks
// of any length.
func (e *Encoder) appendHeader(dst []byte, block int) []byte {
	start := len(dst)
	rate := byte(0) // as StreamInfo says
	switch {
	case e.Rate == 8000:
		rate = 4
	case e.Rate == 16000:
		rate = 5
	case e.Rate <= 65535:
		rate = 13 // in Hz, behind the length
	}
	dst = append(dst, 0xff, 0xf9, 7<<4|rate, byte(e.Channels-1)<<4|4<<1)
	dst = appendCoded(dst, e.next&(1<<36-1))
	dst = binary.BigEndian.AppendUint16(dst, uint16(block-1))
	if rate == 13 {
		dst = binary.BigEndian.AppendUint16(dst, uint16(e.Rate))
	}
	return append(dst, crc8(dst[start:]))
}

// appendCoded writes a number of up to 36 bits as UTF-8 would, were it that long.
func appendCoded(dst []byte, n uint64) []byte {
	if n < 0x80 {
		return append(dst, byte(n))
	}
	more := 1 // bytes behind the first, 6 bits each; the first keeps 6-more
	for more < 6 && n>>(6*more) >= 1<<(6-more) {
		more++
	}
	lead := 0xff << (7 - more)
	dst = append(dst, byte(lead)|byte(n>>(6*more)))
	for more--; more >= 0; more-- {
		dst = append(dst, 0x80|byte(n>>(6*more))&0x3f)
	}
	return dst
}

// Subframe types (RFC 9639 section 9.2.1).
const (
	kindConstant = 0
	kindVerbatim = 1
	kindFixed    = 8 // plus the order
)

// subframe writes e.channel in the shortest way of three: one value, a fixed
// predictor with its residual, or as it is. What G.711 expands to has zeros at the
// end of every sample, which are left out ("wasted bits").
func (e *Encoder) subframe(w *writer) {
	x := e.channel
	all, same := int32(0), true
	for _, v := range x {
		all |= v
		same = same && v == x[0]
	}
	wasted := 0
	if !same {
		wasted = bits.TrailingZeros32(uint32(all))
	}
	size := uint(depth - wasted)
	for i := range x {
		x[i] >>= wasted
	}
	kind, order, rice, cost := uint64(kindVerbatim), 0, uint(0), uint64(len(x))*uint64(size)
	if same {
		kind = kindConstant
	} else {
		e.trial = append(e.trial[:0], x...)
		for o := 0; o <= min(4, len(x)-1); o++ {
			if o > 0 { // a predictor of the next order is the difference of the last one's residual
				for i := len(x) - 1; i >= o; i-- {
					e.trial[i] -= e.trial[i-1]
				}
			}
			k, n := riceOf(e.trial[o:])
			if n += uint64(o)*uint64(size) + 10; n < cost {
				kind, order, rice, cost = kindFixed+uint64(o), o, k, n
				e.best = append(e.best[:0], e.trial[o:]...)
			}
		}
	}
	flag := uint64(0)
	if wasted > 0 {
		flag = 1
	}
	w.put(kind<<1|flag, 8)
	if wasted > 0 {
		w.put(1, uint(wasted))
	}
	switch {
	case kind == kindConstant:
		w.put(uint64(x[0]), size)
	case kind == kindVerbatim:
		for _, v := range x {
			w.put(uint64(v), size)
		}
	default:
		for _, v := range x[:order] {
			w.put(uint64(v), size)
		}
		w.put(0, 6) // Rice parameters of 4 bits, one partition
		w.put(uint64(rice), 4)
		for _, v := range e.best {
			u := uint32(v<<1) ^ uint32(v>>31)
			for q := u >> rice; ; q -= 32 {
				if q < 32 {
					w.put(1, uint(q)+1)
					break
				}
				w.put(0, 32)
			}
			w.put(uint64(u), rice)
		}
	}
}

// riceOf finds the parameter that codes a residual in few bits, and how many.
func riceOf(residual []int32) (k uint, cost uint64) {
	sum := uint64(0)
	for _, v := range residual {
		sum += uint64(uint32(v<<1) ^ uint32(v>>31))
	}
	near := uint(bits.Len64(sum / uint64(len(residual)))) // the best lies within one of the mean's length
	cost = 1 << 62
	for p := max(near, 2) - 2; p <= min(near, 14); p++ {
		n := uint64(len(residual)) * uint64(p+1)
		for _, v := range residual {
			n += uint64((uint32(v<<1) ^ uint32(v>>31)) >> p)
		}
		if n < cost {
			k, cost = p, n
		}
	}
	return k, cost
}

// writer appends bits, the highest first.
type writer struct {
	b    []byte
	hold uint64 // the last n bits are not in b yet; n < 8
	n    uint
}

// put appends the lowest bits of v, at most 32.
func (w *writer) put(v uint64, size uint) {
	w.hold = w.hold<<size | v&(1<<size-1)
	for w.n += size; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.hold>>(w.n-8)))
	}
}

// align fills the last byte with zeros.
func (w *writer) align() {
	if w.n > 0 {
		w.put(0, 8-w.n)
	}
}

// crc8 has the polynomial x^8+x^2+x+1.
func crc8(b []byte) (c byte) {
	for _, v := range b {
		c ^= v
		for range 8 {
			c = c<<1 ^ c>>7*0x07
		}
	}
	return c
}

// crc16 has the polynomial x^16+x^15+x^2+1.
func crc16(b []byte) (c uint16) {
	for _, v := range b {
		c ^= uint16(v) << 8
		for range 8 {
			c = c<<1 ^ c>>15*0x8005
		}
	}
	return c
}
