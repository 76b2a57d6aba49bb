package footage

import (
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

func unitsOf(p *fmp4.Part, boxes []fmp4.Track) []media.Unit {
	var out []media.Unit
	for i := range p.Tracks {
		f := &p.Tracks[i]
		track, scale := 0, int64(1)
		for _, b := range boxes {
			if b.ID == f.TrackID {
				scale = int64(b.Timescale)
				if !b.Codec.Video() {
					track = 1
				}
			}
		}
		at := int64(f.BaseTime)
		for _, s := range f.Samples {
			out = append(out, media.Unit{
				Track: track, DTS: at, PTS: at + int64(s.Offset), Wall: (at + int64(s.Offset)) * 1e6 / scale,
				Key: s.Key, Data: s.Data,
			})
			at += int64(s.Duration)
		}
	}
	return out
}

// order sorts by decoding time, as a camera sends.
func order(units []media.Unit) {
	slices.SortStableFunc(units, func(a, b media.Unit) int { return int(a.Wall - b.Wall) })
	// Pictures keep the order of their decoding times also where they are reordered.
	var video []int
	for i := range units {
		if units[i].Track == 0 {
			video = append(video, i)
		}
	}
	sorted := make([]media.Unit, len(video))
	for i, j := range video {
		sorted[i] = units[j]
	}
	slices.SortStableFunc(sorted, func(a, b media.Unit) int { return int(a.DTS - b.DTS) })
	for i, j := range video {
		units[j] = sorted[i]
	}
}

// Play writes the clip into a stream over and over as one run that begins at the
// wall clock start (µs) and lasts length µs. It gives the number of pictures
// written and the wall clock at which it stopped.
func (c *Clip) Play(s *media.Stream, id string, start, length int64) (pictures int, end int64) {
	s.Begin(&media.Run{ID: id, Tracks: c.Tracks, Start: start})
	for loop := int64(0); loop*c.Length < length; loop++ {
		for i := range c.Units {
			u := c.Units[i]
			at := loop*c.Length + u.Wall
			if at >= length {
				continue
			}
			scale := int64(c.Tracks[u.Track].Timescale)
			shift := loop * c.Length / 1e6 * scale
			u.PTS, u.DTS, u.Wall = u.PTS+shift, u.DTS+shift, start+at
			if u.Track == 0 {
				pictures++
			}
			s.Write(&u)
		}
	}
	return pictures, start + length
}
