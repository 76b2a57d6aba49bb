package nal

import (
	"bytes"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"watchroom/internal/media"
)

// Sets keeps the parameter sets in force, in the order in which their ids first
// came. A set whose id is known replaces the one before.
type Sets struct {
	Codec media.Codec
	vps   []set
	sps   []set
	pps   []set
}

type set struct {
	id   int
	data []byte
}

// maxSets and maxSetSize bound what a hostile stream can make us keep. The
// standards allow 16 VPS, 32 or 16 SPS and 256 or 64 PPS; cameras use one of each.
const (
	maxSets    = 64
	maxSetSize = 8192
)

// Take looks at one NAL unit and tells whether it changed the sets. The unit is
// copied.
func (s *Sets) Take(n []byte) bool {
	n = bytes.TrimRight(n, "\x00") // trailing_zero_8bits is no part of a NAL unit, and some cameras vary it
	if len(n) < HeaderSize(s.Codec)+1 || len(n) > maxSetSize || n[0]&0x80 != 0 {
		return false
	}
	switch KindOf(s.Codec, n) {
	case VPS:
		return replace(&s.vps, int(n[2]>>4), n)
	case SPS:
		id, ok := s.spsID(n)
		return ok && s.readable(n) && replace(&s.sps, id, n)
	case PPS:
		id, _, ok := s.ppsIDs(n)
		return ok && replace(&s.pps, id, n)
	case Other, Slice, Random, SEI, Delimiter:
	}
	return false
}

func replace(list *[]set, id int, n []byte) bool {
	for i, o := range *list {
		if o.id == id {
			if bytes.Equal(o.data, n) {
				return false
			}
			(*list)[i].data = bytes.Clone(n)
			return true
		}
	}
	if len(*list) == maxSets {
		return false
	}
	*list = append(*list, set{id, bytes.Clone(n)})
	return true
}

// spsID finds seq_parameter_set_id. In H.265 it stands behind a profile_tier_level
// of variable length, which only a full parse can skip; sets of several ids do not
// occur in cameras, so an unreadable one counts as id 0.
func (s *Sets) spsID(n []byte) (int, bool) {
	if s.Codec == media.H265 {
		var p h265.SPS
		if p.Unmarshal(n) == nil {
			return int(p.ID), true
		}
		return 0, true
	}
	if len(n) < 5 {
		return 0, false
	}
	r := bits{b: n[4:]}
	id, ok := r.ue()
	return id, ok && id <= 31
}

// ppsIDs are the ids of a PPS and of the SPS that it refers to (H.264 7.3.2.2,
// H.265 7.3.2.3).
func (s *Sets) ppsIDs(n []byte) (pps, sps int, ok bool) {
	r := bits{b: n[HeaderSize(s.Codec):]}
	pps, ok = r.ue()
	if !ok {
		return 0, 0, false
	}
	sps, ok = r.ue()
	if s.Codec == media.H265 {
		return pps, sps, ok && pps <= maxPPS265 && sps <= 15
	}
	return pps, sps, ok && pps <= maxPPS264 && sps <= 31
}

// readable tells whether an SPS is one. Profiles that the parser does not know
// count where the rest of the beginning makes sense, so that a camera with an
// extension of its own is recorded all the same.
func (s *Sets) readable(n []byte) (ok bool) {
	defer func() {
		if recover() != nil { // the parsers index by what they read
			ok = false
		}
	}()
	if s.Codec == media.H265 {
		var p h265.SPS
		if p.Unmarshal(n) == nil {
			w, _ := sane(p.Width(), p.Height())
			return w != 0
		}
		// A general profile is 1 to 11, in a version 2 or later profile_space 0.
		return len(n) > 4 && n[3]>>6 == 0 && n[3]&0x1f >= 1 && n[3]&0x1f <= 11
	}
	var p h264.SPS
	if p.Unmarshal(n) == nil {
		w, _ := sane(p.Width(), p.Height())
		return w != 0
	}
	return slices.Contains(profiles264[:], n[1])
}

// profiles264 are the values of profile_idc (H.264 A.2, G.10, H.10, I.10).
var profiles264 = [...]byte{66, 77, 88, 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}

// Has tells whether a picture parameter set, and what it refers to, is known.
func (s *Sets) Has(pps int) bool {
	for _, p := range s.pps {
		if p.id != pps {
			continue
		}
		_, sps, ok := s.ppsIDs(p.data)
		return ok && slices.ContainsFunc(s.sps, func(o set) bool { return o.id == sps })
	}
	return false
}

// Missing names the parameter sets without which decoding cannot start.
func (s *Sets) Missing() (names []string) {
	if s.Codec == media.H265 && len(s.vps) == 0 {
		names = append(names, "VPS")
	}
	if len(s.sps) == 0 {
		names = append(names, "SPS")
	}
	if len(s.pps) == 0 {
		names = append(names, "PPS")
	}
	return names
}

// Complete tells whether decoding could start with these sets.
func (s *Sets) Complete() bool {
	return len(s.Missing()) == 0
}

// Lists gives copies of the three lists.
func (s *Sets) Lists() (vps, sps, pps [][]byte) {
	return lists(s.vps), lists(s.sps), lists(s.pps)
}

func lists(in []set) [][]byte {
	if len(in) == 0 {
		return nil
	}
	out := make([][]byte, len(in))
	for i, o := range in {
		out[i] = o.data
	}
	return out
}

// Picture is what an SPS says of the pictures.
type Picture struct {
	Width, Height int  // luma samples after cropping, 0 if the SPS cannot be read
	Ordered       bool // pictures are output in the order of decoding, for certain
}

// Picture reads the first SPS. One that cannot be read gives the zero Picture.
func (s *Sets) Picture() (p Picture) {
	if len(s.sps) == 0 {
		return p
	}
	// The parsers are fed from outside and index by what they read.
	defer func() {
		if recover() != nil {
			p = Picture{}
		}
	}()
	if s.Codec == media.H265 {
		var sps h265.SPS
		if sps.Unmarshal(s.sps[0].data) != nil {
			return p
		}
		p.Ordered = len(sps.MaxNumReorderPics) > 0
		for _, n := range sps.MaxNumReorderPics {
			p.Ordered = p.Ordered && n == 0
		}
		p.Width, p.Height = sane(sps.Width(), sps.Height())
		return p
	}
	var sps h264.SPS
	if sps.Unmarshal(s.sps[0].data) != nil {
		return p
	}
	restricted := sps.VUI != nil && sps.VUI.BitstreamRestriction != nil
	p.Ordered = sps.PicOrderCntType == 2 || sps.ProfileIdc == 66 || // baseline has no B slices
		restricted && sps.VUI.BitstreamRestriction.MaxNumReorderFrames == 0
	p.Width, p.Height = sane(sps.Width(), sps.Height())
	return p
}

func sane(w, h int) (int, int) {
	if w <= 0 || h <= 0 || w > 1<<15 || h > 1<<15 {
		return 0, 0
	}
	return w, h
}
