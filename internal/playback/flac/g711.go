package flac

// Law is one of the two laws of G.711.
type Law bool

// The laws.
const (
	ALaw  Law = false
	MuLaw Law = true
)

// Expand appends the 16-bit samples that G.711 codes stand for: the 13 bits of the
// A-law and the 14 bits of the µ-law, highest bit first, zeros behind.
func (l Law) Expand(dst []int16, codes []byte) []int16 {
	for _, c := range codes {
		if l == MuLaw {
			dst = append(dst, muLaw(c))
		} else {
			dst = append(dst, aLaw(c))
		}
	}
	return dst
}

func aLaw(c byte) int16 {
	c ^= 0x55
	v := int16(c&15)<<4 + 8
	if e := c >> 4 & 7; e > 0 {
		v = (v + 0x100) << (e - 1)
	}
	if c&0x80 == 0 {
		return -v
	}
	return v
}

func muLaw(c byte) int16 {
	c = ^c
	v := (int16(c&15)<<3+0x84)<<(c>>4&7) - 0x84
	if c&0x80 != 0 {
		return -v
	}
	return v
}
