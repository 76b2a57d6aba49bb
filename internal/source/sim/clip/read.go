package clip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"

	"watchroom/internal/media"
)

// readMP4 takes the first video track of a progressive MP4 file.
func readMP4(b []byte) (*Clip, error) {
	f, err := mp4.DecodeFile(bytes.NewReader(b), mp4.WithDecodeMode(mp4.DecModeLazyMdat))
	if err != nil {
		return nil, fmt.Errorf("mp4: %w", err)
	}
	if f.Moov == nil {
		return nil, errors.New("mp4: no moov box")
	}
	for _, t := range f.Moov.Traks {
		if t.Mdia != nil && t.Mdia.Hdlr != nil && t.Mdia.Hdlr.HandlerType == "vide" {
			return readTrack(b, t)
		}
	}
	return nil, errors.New("mp4: no video track")
}

func readTrack(b []byte, t *mp4.TrakBox) (*Clip, error) {
	c := &Clip{}
	stsd := t.Mdia.Minf.Stbl.Stsd
	switch {
	case stsd.AvcX != nil && stsd.AvcX.AvcC != nil:
		conf := stsd.AvcX.AvcC.DecConfRec
		c.Codec, c.Width, c.Height = media.H264, int(stsd.AvcX.Width), int(stsd.AvcX.Height)
		c.SPS, c.PPS = first(conf.SPSnalus), first(conf.PPSnalus)
	case stsd.HvcX != nil && stsd.HvcX.HvcC != nil:
		conf := stsd.HvcX.HvcC.DecConfRec
		c.Codec, c.Width, c.Height = media.H265, int(stsd.HvcX.Width), int(stsd.HvcX.Height)
		c.VPS = first(conf.GetNalusForType(hevc.NALU_VPS))
		c.SPS, c.PPS = first(conf.GetNalusForType(hevc.NALU_SPS)), first(conf.GetNalusForType(hevc.NALU_PPS))
	default:
		return nil, errors.New("mp4: neither H.264 nor H.265")
	}
	n := t.GetNrSamples()
	if n == 0 {
		return nil, errNoPictures
	}
	samples, err := t.GetSampleData(1, n)
	if err != nil {
		return nil, fmt.Errorf("mp4: %w", err)
	}
	scale := int64(t.Mdia.Mdhd.Timescale)
	if scale == 0 {
		return nil, errors.New("mp4: no timescale")
	}
	c.Ticks = int64(samples[0].Dur) * Clock / scale
	for i := range samples {
		r, err := t.GetRangesForSampleInterval(uint32(i+1), uint32(i+1))
		if err != nil {
			return nil, fmt.Errorf("mp4: %w", err)
		}
		if len(r) != 1 || r[0].Offset+r[0].Size > uint64(len(b)) {
			return nil, errors.New("mp4: sample outside the file")
		}
		nals, err := splitAVCC(b[r[0].Offset : r[0].Offset+r[0].Size])
		if err != nil {
			return nil, err
		}
		fr := Frame{Shift: int64(samples[i].CompositionTimeOffset) * Clock / scale}
		fr.NALs, fr.Key = codedSlices(c.Codec, nals)
		c.Frames = append(c.Frames, fr)
	}
	return c.check()
}

func first(sets [][]byte) []byte {
	if len(sets) == 0 {
		return nil
	}
	return sets[0]
}

// splitAVCC takes a sample apart into its NAL units, which have 4-byte lengths.
func splitAVCC(b []byte) ([][]byte, error) {
	var nals [][]byte
	for len(b) > 0 {
		if len(b) < 4 {
			return nil, errors.New("sample ends inside a length")
		}
		n := binary.BigEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return nil, errors.New("sample ends inside a NAL unit")
		}
		nals = append(nals, b[4:4+n:4+n])
		b = b[4+n:]
	}
	return nals, nil
}

// readAnnexB takes an H.264 byte stream (ISO/IEC 14496-10 Annex B) apart into
// pictures. A picture begins with a slice whose first macroblock is number 0.
func readAnnexB(b []byte, fps float64) (*Clip, error) {
	c := &Clip{Codec: media.H264}
	for _, n := range splitAnnexB(b) {
		switch t := n[0] & 0x1f; {
		case t == 7 && c.SPS == nil:
			c.SPS = n
		case t == 8 && c.PPS == nil:
			c.PPS = n
		case t >= 1 && t <= 5 && len(n) > 1:
			// first_mb_in_slice is ue(v): a leading 1 bit means 0.
			if n[1]&0x80 != 0 {
				c.Frames = append(c.Frames, Frame{Key: t == 5})
			}
			if i := len(c.Frames) - 1; i >= 0 {
				c.Frames[i].NALs = append(c.Frames[i].NALs, n)
			}
		}
	}
	var sps h264.SPS
	if c.SPS == nil {
		return nil, errors.New("annex b: no sequence parameter set")
	}
	if err := sps.Unmarshal(c.SPS); err != nil {
		return nil, fmt.Errorf("annex b: %w", err)
	}
	c.Width, c.Height = sps.Width(), sps.Height()
	if f := sps.FPS(); f > 0 {
		fps = f
	}
	if fps > 0 && fps <= 240 {
		c.Ticks = int64(Clock/fps + 0.5)
	}
	return c.check()
}

// splitAnnexB cuts at start codes; trailing zero bytes belong to the next one.
func splitAnnexB(b []byte) [][]byte {
	var nals [][]byte
	start := -1
	for i := 0; ; {
		j := bytes.Index(b[i:], []byte{0, 0, 1})
		if j < 0 {
			break
		}
		j += i
		if start >= 0 {
			if n := bytes.TrimRight(b[start:j], "\x00"); len(n) > 0 {
				nals = append(nals, n)
			}
		}
		start = j + 3
		i = start
	}
	if start >= 0 {
		if n := bytes.TrimRight(b[start:], "\x00"); len(n) > 0 {
			nals = append(nals, n)
		}
	}
	return nals
}
