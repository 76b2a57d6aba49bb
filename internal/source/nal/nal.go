// Package nal reads just enough of H.264 and H.265 NAL units to know where
// decoding can start, which parameter sets are in force and how large the
// pictures are. It changes nothing.
package nal

import (
	"encoding/binary"
	"iter"

	"watchroom/internal/media"
)

// Kind classifies a NAL unit over both codecs.
type Kind uint8

// Kinds. A slice is any other coded slice than those decoding can start with.
const (
	Other Kind = iota
	Slice
	Random // a slice of an IDR picture, or of any H.265 IRAP picture
	VPS
	SPS
	PPS
	SEI       // before the picture
	Delimiter // access unit delimiter
)

// KindOf classifies the NAL unit; an empty one is Other.
func KindOf(codec media.Codec, n []byte) Kind {
	if len(n) == 0 {
		return Other
	}
	if codec == media.H265 {
		return kind265(n[0] >> 1 & 0x3f)
	}
	return kind264(n[0] & 0x1f)
}

// kind264 follows table 7-1 of ITU-T H.264.
func kind264(t byte) Kind {
	switch t {
	case 1, 2, 3, 4:
		return Slice
	case 5:
		return Random
	case 6:
		return SEI
	case 7:
		return SPS
	case 8:
		return PPS
	case 9:
		return Delimiter
	}
	return Other
}

// kind265 follows table 7-1 of ITU-T H.265. Types 16 to 23 are IRAP, of which 22
// and 23 are reserved.
func kind265(t byte) Kind {
	switch {
	case t <= 9:
		return Slice
	case t >= 16 && t <= 21:
		return Random
	case t == 32:
		return VPS
	case t == 33:
		return SPS
	case t == 34:
		return PPS
	case t == 35:
		return Delimiter
	case t == 39:
		return SEI
	}
	return Other
}

// HeaderSize is the length of a NAL unit header in bytes.
func HeaderSize(codec media.Codec) int {
	if codec == media.H265 {
		return 2
	}
	return 1
}

// FirstSlice tells whether a slice is the first of its picture: first_mb_in_slice
// is zero (H.264), first_slice_segment_in_pic_flag is set (H.265). Both stand as
// a single 1 bit right after the header.
func FirstSlice(codec media.Codec, n []byte) bool {
	h := HeaderSize(codec)
	return len(n) > h && n[h]&0x80 != 0
}

// All yields the NAL units of a sample with 4-byte lengths, as far as it is well
// formed.
func All(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(data) >= 4 {
			n := int(binary.BigEndian.Uint32(data))
			if n < 0 || n > len(data)-4 {
				return
			}
			if n > 0 && !yield(data[4:4+n:4+n]) {
				return
			}
			data = data[4+n:]
		}
	}
}

// Summary is what one access unit holds.
type Summary struct {
	Picture  bool // at least one slice
	Random   bool // an IDR or IRAP slice
	Sets     bool // parameter sets
	Recovery bool // a recovery point SEI message

	Slices int // slices
	Broken int // slices whose headers make no sense
	PPS    int // id that the first sensible slice refers to, where there is one
}

// Summarise looks at every NAL unit of a sample.
func Summarise(codec media.Codec, data []byte) Summary {
	var s Summary
	for n := range All(data) {
		switch kind := KindOf(codec, n); kind {
		case Slice, Random:
			s.Picture = true
			s.Slices++
			pps, ok := SliceHeader(codec, n)
			if !ok {
				s.Broken++
				break
			}
			s.Random = s.Random || kind == Random
			if s.Slices-s.Broken == 1 {
				s.PPS = pps
			}
		case VPS, SPS, PPS:
			s.Sets = true
		case SEI:
			s.Recovery = s.Recovery || hasRecoveryPoint(codec, n)
		case Other, Delimiter:
		}
	}
	return s
}

// hasRecoveryPoint looks for payload type 6 (H.264 D.1, H.265 D.2) among the
// messages of an SEI unit. The length fields are read as they stand: emulation
// prevention cannot shift the first message, and a later one that it does shift
// is merely not found.
func hasRecoveryPoint(codec media.Codec, n []byte) bool {
	b := n[min(len(n), HeaderSize(codec)):]
	for len(b) >= 2 && b[0] != 0x80 {
		typ, size := 0, 0
		for len(b) > 0 && b[0] == 0xff {
			typ += 255
			b = b[1:]
		}
		if len(b) < 2 {
			return false
		}
		typ += int(b[0])
		b = b[1:]
		for len(b) > 0 && b[0] == 0xff {
			size += 255
			b = b[1:]
		}
		if len(b) == 0 {
			return false
		}
		size += int(b[0])
		b = b[1:]
		if typ == 6 {
			return true
		}
		if size > len(b) {
			return false
		}
		b = b[size:]
	}
	return false
}
