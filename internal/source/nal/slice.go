package nal

import "watchroom/internal/media"

// bits reads exponential Golomb codes (H.264 9.1, H.265 9.2). Emulation
// prevention is not undone: it cannot occur in the few first bits that are read.
type bits struct {
	b   []byte
	pos int
}

func (r *bits) bit() (int, bool) {
	if r.pos>>3 >= len(r.b) {
		return 0, false
	}
	v := int(r.b[r.pos>>3] >> (7 - r.pos&7) & 1)
	r.pos++
	return v, true
}

// ue reads ue(v) of up to 33 bits.
func (r *bits) ue() (int, bool) {
	zeros := 0
	for {
		v, ok := r.bit()
		if !ok || zeros > 16 {
			return 0, false
		}
		if v == 1 {
			break
		}
		zeros++
	}
	v := 1
	for range zeros {
		low, ok := r.bit()
		if !ok {
			return 0, false
		}
		v = v<<1 | low
	}
	return v - 1, true
}

const (
	maxFirstMB   = 139_264 // macroblocks of the largest picture (H.264 table A-1, level 6)
	maxSliceType = 9       // H.264 table 7-6
	maxPPS264    = 255
	maxPPS265    = 63
)

// SliceHeader reads the beginning of a coded slice and tells the picture parameter
// set that it refers to. ok is false for bytes that no encoder would make: random
// ones, or a slice that is encrypted. It is asked for slices only.
func SliceHeader(codec media.Codec, n []byte) (pps int, ok bool) {
	if len(n) < HeaderSize(codec)+2 || n[0]&0x80 != 0 {
		return 0, false
	}
	if codec == media.H265 {
		return slice265(n)
	}
	idr := n[0]&0x1f == 5
	switch {
	case idr && n[0]&0x60 == 0: // nal_ref_idc
		return 0, false
	case n[0]&0x1f == 3 || n[0]&0x1f == 4: // data partitions B and C have no header
		return 0, true
	}
	r := bits{b: n[1:min(len(n), 16)]}
	first, ok := r.ue()
	if !ok || first >= maxFirstMB {
		return 0, false
	}
	kind, ok := r.ue()
	if !ok || kind > maxSliceType || idr && kind%5 != 2 && kind%5 != 4 { // an IDR picture has I and SI slices
		return 0, false
	}
	pps, ok = r.ue()
	return pps, ok && pps <= maxPPS264
}

// slice265 follows H.265 7.3.6.1.
func slice265(n []byte) (pps int, ok bool) {
	if n[1]&7 == 0 { // nuh_temporal_id_plus1
		return 0, false
	}
	r := bits{b: n[2:min(len(n), 16)], pos: 1}
	if t := n[0] >> 1 & 0x3f; t >= 16 && t <= 23 {
		if n[1]&7 != 1 { // IRAP pictures are of the lowest temporal layer
			return 0, false
		}
		r.pos++ // no_output_of_prior_pics_flag
	}
	pps, ok = r.ue()
	return pps, ok && pps <= maxPPS265
}
