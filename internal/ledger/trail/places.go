package trail

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// set is which acts of a block something holds for: bit i is that of the i-th.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }
func (s set) and(o set) {
	for i := range s {
		s[i] &= o[i]
	}
}

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// The two ways of writing places; the shorter is taken.
const (
	asList = 0 // differences to the place before (the first to -1), less one, as varints
	asBits = 1 // a bit for each act of the block, the lowest first
)

var errPlaces = errors.New("trail: damaged places")

// encode writes places, which rise, of a block of n acts.
func encode(places []int, n int) []byte {
	list, before := []byte{asList}, -1
	for _, p := range places {
		list = binary.AppendUvarint(list, uint64(p-before-1))
		before = p
	}
	if len(list) <= 1+(n+7)/8 {
		return list
	}
	b := make([]byte, 1+(n+7)/8)
	b[0] = asBits
	for _, p := range places {
		b[1+p/8] |= 1 << (p % 8)
	}
	return b
}

// decode adds what encode wrote to into, a set of n acts.
func decode(b []byte, n int, into set) error {
	if len(b) == 0 {
		return errPlaces
	}
	kind, b := b[0], b[1:]
	switch kind {
	case asBits:
		if len(b) != (n+7)/8 || n%8 != 0 && b[len(b)-1]>>(n%8) != 0 {
			return errPlaces
		}
		for i, v := range b {
			into[i/8] |= uint64(v) << (i % 8 * 8)
		}
		return nil
	case asList:
		for p := -1; len(b) > 0; {
			d, l := binary.Uvarint(b)
			if l <= 0 || d >= uint64(n) || p+1+int(d) >= n {
				return errPlaces
			}
			p += 1 + int(d)
			into.add(p)
			b = b[l:]
		}
		return nil
	}
	return errPlaces
}

// times writes instants, which do not fall, as differences; the first to start.
func encodeTimes(ats []int64) []byte {
	var b []byte
	for i, at := range ats {
		before := ats[0]
		if i > 0 {
			before = ats[i-1]
		}
		b = binary.AppendUvarint(b, uint64(at-before))
	}
	return b
}

func decodeTimes(b []byte, start int64, n int) ([]int64, error) {
	ats := make([]int64, 0, n)
	for at := start; len(b) > 0; {
		d, l := binary.Uvarint(b)
		if l <= 0 || d > 1<<62 || len(ats) == n {
			return nil, errPlaces
		}
		at += int64(d)
		ats = append(ats, at)
		b = b[l:]
	}
	if len(ats) != n {
		return nil, errPlaces
	}
	return ats, nil
}

// each calls f for every act that is in, from the last to the first, or the other way.
func (s set) each(forward bool, f func(i int) bool) {
	if forward {
		for w, v := range s {
			for ; v != 0; v &= v - 1 {
				if !f(w*64 + bits.TrailingZeros64(v)) {
					return
				}
			}
		}
		return
	}
	for w := len(s) - 1; w >= 0; w-- {
		for v := s[w]; v != 0; {
			i := 63 - bits.LeadingZeros64(v)
			if !f(w*64 + i) {
				return
			}
			v &^= 1 << i
		}
	}
}
