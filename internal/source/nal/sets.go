package nal

import (
	"bytes"

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
	if len(n) < HeaderSize(s.Codec)+1 || len(n) > maxSetSize {
		return false
	}
	switch KindOf(s.Codec, n) {
	case VPS:
		return replace(&s.vps, int(n[2]>>4), n)
	case SPS:
		id, ok := s.spsID(n)
		return ok && replace(&s.sps, id, n)
	case PPS:
		id, ok := golomb(n[HeaderSize(s.Codec):], 0)
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
	return golomb(n[4:], 0)
}

// golomb reads ue(v) (H.264 9.1) at the given bit.
func golomb(b []byte, pos int) (int, bool) {
	zeros := 0
	for ; ; pos++ {
		if pos>>3 >= len(b) || zeros > 16 {
			return 0, false
		}
		if b[pos>>3]>>(7-pos&7)&1 == 1 {
			break
		}
		zeros++
	}
	pos++
	v := 1
	for range zeros {
		if pos>>3 >= len(b) {
			return 0, false
		}
		v = v<<1 | int(b[pos>>3]>>(7-pos&7)&1)
		pos++
	}
	return v - 1, true
}

// Complete tells whether decoding could start with these sets.
func (s *Sets) Complete() bool {
	return len(s.sps) > 0 && len(s.pps) > 0 && (s.Codec != media.H265 || len(s.vps) > 0)
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
