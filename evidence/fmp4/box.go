package fmp4

import "encoding/binary"

var be = binary.BigEndian

// open begins a box and returns its start for shut.
func open(dst []byte, kind string) ([]byte, int) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	return append(dst, kind...), start
}

// openFull begins a FullBox (ISO/IEC 14496-12 4.2).
func openFull(dst []byte, kind string, version byte, flags uint32) ([]byte, int) {
	dst, start := open(dst, kind)
	return be.AppendUint32(dst, uint32(version)<<24|flags&0xffffff), start
}

// shut writes the size of the box that began at start.
func shut(dst []byte, start int) []byte {
	be.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func zeros(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, 0)
	}
	return dst
}

var identityMatrix = [9]uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}

func matrix(dst []byte) []byte {
	for _, v := range identityMatrix {
		dst = be.AppendUint32(dst, v)
	}
	return dst
}

// box is one parsed box header with its payload.
type box struct {
	kind string
	body []byte
}

// nextBox cuts the first box off b. ok is false at the end or where the size
// does not fit.
func nextBox(b []byte) (x box, rest []byte, ok bool) {
	if len(b) < 8 {
		return box{}, nil, false
	}
	size := uint64(be.Uint32(b))
	head := 8
	switch size {
	case 0:
		size = uint64(len(b))
	case 1:
		if len(b) < 16 {
			return box{}, nil, false
		}
		size, head = be.Uint64(b[8:]), 16
	}
	if size < uint64(head) || size > uint64(len(b)) {
		return box{}, nil, false
	}
	return box{string(b[4:8]), b[head:size]}, b[size:], true
}

// child finds the first box of a kind among the boxes in b.
func child(b []byte, kind string) ([]byte, bool) {
	for {
		x, rest, ok := nextBox(b)
		if !ok {
			return nil, false
		}
		if x.kind == kind {
			return x.body, true
		}
		b = rest
	}
}

// count tells how many boxes of a kind stand in b.
func count(b []byte, kind string) (n int) {
	for {
		x, rest, ok := nextBox(b)
		if !ok {
			return n
		}
		if x.kind == kind {
			n++
		}
		b = rest
	}
}

// descend follows a path of boxes.
func descend(b []byte, path ...string) ([]byte, bool) {
	for _, kind := range path {
		var ok bool
		if b, ok = child(b, kind); !ok {
			return nil, false
		}
	}
	return b, true
}
