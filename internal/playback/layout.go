package playback

import (
	"encoding/binary"
	"io"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// plan assigns to every distinct track of the ranges a place in one file: pictures
// that differ in their sample description only share a track, others get one of
// their own.
func plan(ranges []byteRange) (tracks, others []fmp4.Track, labels []map[int]label) {
	type slot struct {
		track fmp4.Track // as found
		label
	}
	var slots []slot
	for i := range ranges {
		m := map[int]label{}
		for _, t := range ranges[i].index.tracks {
			same := slices.IndexFunc(slots, func(s slot) bool {
				return media.FromMP4(s.track).Same(media.FromMP4(t)) ||
					// A JPEG tells all about itself, and FFmpeg stumbles over a second description.
					t.Codec == fmp4.MJPEG && s.track.Codec == t.Codec && s.track.Timescale == t.Timescale
			})
			if same >= 0 {
				m[t.ID] = slots[same].label
				continue
			}
			s := slot{track: t}
			for j := range slots {
				o := &slots[j]
				if t.Codec.Video() && o.track.Codec == t.Codec && o.track.Timescale == t.Timescale && o.track.ID == t.ID {
					s.label = label{o.id, max(s.description, o.description+1)}
				}
			}
			out := t
			if s.id == 0 {
				s.label = label{len(tracks) + 1, 1}
				out.ID = s.id
				tracks = append(tracks, out)
			} else {
				out.ID = s.id
				others = append(others, out)
			}
			slots = append(slots, s)
			m[t.ID] = s.label
		}
		labels = append(labels, m)
	}
	return tracks, others, labels
}

// primer gives what must stand before the key frames of a range where the sample
// description of their track changes within the file: FFmpeg, and with it
// Chromium, takes the parameter sets of the first description for all (measured
// with FFmpeg 5.1 and Chromium 156). It is empty where the key frames bring them.
func primer(x *index, f io.ReaderAt, first point) ([]byte, error) {
	var out []byte
	for _, sets := range [][][]byte{x.main.VPS, x.main.SPS, x.main.PPS} {
		for _, s := range sets {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(s))), s...)
		}
	}
	if len(out) == 0 {
		return nil, nil // no codec with parameter sets
	}
	p, err := readPart(f, first.offset, x.end)
	if err != nil {
		return nil, err
	}
	own := false
	err = x.units(f, p, func(kind byte, _ int64) bool {
		own = own || kind == sequence(x.main.Codec)
		return own
	})
	if err != nil || own {
		return nil, err
	}
	return out, nil
}

// Types of NAL units (ITU-T H.264 table 7-1, H.265 table 7-1).
func sequence(c fmp4.Codec) byte  { return map[fmp4.Codec]byte{fmp4.H264: 7, fmp4.H265: 33}[c] }
func delimiter(c fmp4.Codec) byte { return map[fmp4.Codec]byte{fmp4.H264: 9, fmp4.H265: 35}[c] }
func slice(c fmp4.Codec, kind byte) bool {
	return c == fmp4.H264 && kind >= 1 && kind <= 5 || c == fmp4.H265 && kind < 32
}

// units walks the NAL units before the first slice of a part's first picture. f
// gets the type of each and where it ends, in bytes from the part's beginning, and
// says whether it has seen enough.
func (x *index) units(f io.ReaderAt, p *fmp4.Part, each func(kind byte, end int64) bool) error {
	t := p.Track(x.main.ID)
	if t == nil || len(t.Samples) == 0 {
		return nil
	}
	at := p.First(t.TrackID)
	for end := at + int64(t.Samples[0].Size); at+5 <= end; {
		var b [5]byte
		if _, err := f.ReadAt(b[:], p.Offset+at); err != nil {
			return err
		}
		at += 4 + int64(binary.BigEndian.Uint32(b[:]))
		kind := b[4] & 0x1f
		if x.main.Codec == fmp4.H265 {
			kind = b[4] >> 1 & 0x3f
		}
		if slice(x.main.Codec, kind) || each(kind, at) {
			return nil
		}
	}
	return nil
}
