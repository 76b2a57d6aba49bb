package clip

import (
	"encoding/binary"
	"time"
)

// Every picture that the simulator sends begins with an SEI message of type
// user_data_unregistered (ISO/IEC 14496-10 D.1.7, ISO/IEC 23008-2 D.2.7):
//
//	16 bytes  the UUID below
//	10 bytes  the frame counter, unsigned 64 bits
//	10 bytes  the instant of sending, µs since 1970 UTC, unsigned 64 bits
//
// Both numbers are written with seven bits in a byte, most significant first, and
// the top bit of every byte set, so that no byte is ever 0, nothing needs
// emulation prevention, and the numbers can be put in place without moving a bit.
const (
	counterSize = 16 + 10 + 10
	seiSize     = counterSize + 3 // type, size, trailing bits; the NAL header comes before
)

const uuid = "\x8b\x61\x7e\x43\x5d\x0c\x4f\xd2\x9a\x37\xc4\x1e\xe5\x70\x2d\x96"

// counterNAL is an SEI NAL unit without its numbers; at is where they begin.
func counterNAL(h265 bool) (nal []byte, at int) {
	if h265 {
		nal = []byte{39 << 1, 1}
	} else {
		nal = []byte{6}
	}
	nal = append(nal, 5, counterSize)
	nal = append(nal, uuid...)
	at = len(nal)
	nal = append(nal, make([]byte, 20)...)
	putCounter(nal[at:], 0, 0)
	return append(nal, 0x80), at
}

func putCounter(b []byte, counter, micro uint64) {
	for i := 9; i >= 0; i-- {
		b[i], b[10+i] = 0x80|byte(counter&0x7f), 0x80|byte(micro&0x7f)
		counter, micro = counter>>7, micro>>7
	}
}

// ParseCounter finds the frame counter in an access unit as media.Unit holds it
// (every NAL unit behind a 4-byte length), H.264 or H.265.
func ParseCounter(unit []byte) (counter uint64, sentAt time.Time, ok bool) {
	for len(unit) >= 4 {
		n := binary.BigEndian.Uint32(unit)
		if uint64(n) > uint64(len(unit)-4) {
			return 0, time.Time{}, false
		}
		nal := unit[4 : 4+n]
		unit = unit[4+n:]
		switch {
		case len(nal) > 1 && nal[0]&0x1f == 6:
			nal = nal[1:]
		case len(nal) > 2 && nal[0]>>1 == 39:
			nal = nal[2:]
		default:
			continue
		}
		if len(nal) < seiSize || nal[0] != 5 || nal[1] != counterSize || string(nal[2:18]) != uuid {
			continue
		}
		var micro uint64
		for i := range 10 {
			counter = counter<<7 | uint64(nal[18+i]&0x7f)
			micro = micro<<7 | uint64(nal[28+i]&0x7f)
		}
		return counter, time.UnixMicro(int64(micro)).UTC(), true
	}
	return 0, time.Time{}, false
}
