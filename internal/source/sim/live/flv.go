package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"watchroom/internal/source/sim/clip"
)

// flvReader takes H.264 out of the Flash Video that ffmpeg writes: the one of its
// formats that says how long a picture is before the next one comes, so that
// nothing waits. Layout: Adobe Flash Video File Format Specification 10.1, annex E.
type flvReader struct {
	r        io.Reader
	SPS, PPS []byte
	started  bool
}

const maxTag = 8 << 20

// next returns the next picture.
func (f *flvReader) next() (clip.Frame, error) {
	if !f.started {
		var head [13]byte // file header and the size of no tag before
		if _, err := io.ReadFull(f.r, head[:]); err != nil {
			return clip.Frame{}, err
		}
		if string(head[:3]) != "FLV" {
			return clip.Frame{}, errors.New("flv: not Flash Video")
		}
		f.started = true
	}
	for {
		var head [11]byte
		if _, err := io.ReadFull(f.r, head[:]); err != nil {
			return clip.Frame{}, err
		}
		size := int(head[1])<<16 | int(head[2])<<8 | int(head[3])
		if size > maxTag {
			return clip.Frame{}, fmt.Errorf("flv: tag of %d bytes", size)
		}
		body := make([]byte, size+4) // the tag and its length again
		if _, err := io.ReadFull(f.r, body); err != nil {
			return clip.Frame{}, err
		}
		body = body[:size]
		// Only video (9) in AVC (7): sequence header (0) or pictures (1).
		if head[0]&0x1f != 9 || size < 5 || body[0]&0x0f != 7 {
			continue
		}
		switch body[1] {
		case 0:
			if err := f.config(body[5:]); err != nil {
				return clip.Frame{}, err
			}
		case 1:
			fr, err := picture(body[5:])
			if err != nil {
				return clip.Frame{}, err
			}
			if len(fr.NALs) > 0 {
				return fr, nil
			}
		}
	}
}

var errShort = errors.New("flv: tag ends early")

// config reads the AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1).
func (f *flvReader) config(b []byte) error {
	if len(b) < 6 {
		return errShort
	}
	sets := func(count int) (last []byte, err error) {
		for range count {
			if len(b) < 2 {
				return nil, errShort
			}
			n := int(binary.BigEndian.Uint16(b))
			if len(b) < 2+n {
				return nil, errShort
			}
			last, b = b[2:2+n:2+n], b[2+n:]
		}
		return last, nil
	}
	n := int(b[5] & 0x1f)
	b = b[6:]
	sps, err := sets(n)
	if err != nil {
		return err
	}
	if len(b) < 1 {
		return errShort
	}
	n = int(b[0])
	b = b[1:]
	pps, err := sets(n)
	if err != nil {
		return err
	}
	f.SPS, f.PPS = sps, pps
	return nil
}

// picture keeps the slices of a sample.
func picture(b []byte) (clip.Frame, error) {
	var fr clip.Frame
	for len(b) > 0 {
		if len(b) < 4 {
			return fr, errShort
		}
		n := binary.BigEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return fr, errShort
		}
		nal := b[4 : 4+n : 4+n]
		b = b[4+n:]
		if len(nal) == 0 {
			continue
		}
		if t := nal[0] & 0x1f; t >= 1 && t <= 5 {
			fr.NALs = append(fr.NALs, nal)
			fr.Key = fr.Key || t == 5
		}
	}
	return fr, nil
}
