package recording

import (
	"cmp"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// part is a part on its way to the file. units and tracks are dropped once it is
// written; from then on path, offset and size say where it stands.
type part struct {
	run    *media.Run
	units  []arrived
	tracks []fmp4.TrackFragment
	order  [][]uint32 // of every sample of tracks, its place in the order of arrival
	own    [][]own    // of every sample of tracks, what its file times do not tell; nil where they tell all
	key    bool       // its first picture is a key frame: decoding can start here
	keyAt  int64      // wall clock of that picture's decoding time, µs
	leads  bool       // it is the first after a key frame arrived, though not always with it
	keySeq uint32     // place in the order of arrival of the last key frame before the part
	zero   int64      // wall clock that decoding times count from, µs
	bases  []int64    // DTS minus decoding time of the first sample, by index of the run's tracks
	walls  []int64    // wall clock of the first sample's decoding time, likewise, µs
	start  int64      // the earliest of them
	bytes  int64
	lost   bool // the disk did not take it

	root, path   string // of the volume, and of the closed segment below it
	offset, size int64
}

// own is by how many ticks a unit's own times are later than its sample's.
type own struct{ dts, pts int32 }

// add puts a sample behind the others. decode is its decoding time in the file, at
// the wall clock of that.
func (p *part) add(x timed, s fmp4.Sample, decode, at int64) {
	u := x.unit
	p.units = append(p.units, x.arrived)
	p.bytes += int64(len(u.Data))
	p.start = min(p.start, at)
	track := p.run.Tracks[u.Track]
	i := slices.IndexFunc(p.tracks, func(f fmp4.TrackFragment) bool { return f.TrackID == track.ID })
	if i < 0 {
		i = len(p.tracks)
		p.bases[u.Track], p.walls[u.Track] = u.DTS-decode, at
		p.tracks = append(p.tracks, fmp4.TrackFragment{TrackID: track.ID, BaseTime: uint64(max(decode, 0))})
		p.order = append(p.order, make([]uint32, 0, 20))
		p.own = append(p.own, nil)
		p.tracks[i].Samples = make([]fmp4.Sample, 0, 20) // 0.7 s at 25 frames a second, and one
	}
	told := own{dts: int32(u.DTS - decode - p.bases[u.Track]), pts: int32(u.PTS - decode - p.bases[u.Track])}
	if track.Codec.Video() {
		told.pts -= s.Offset
	}
	if told != (own{}) && p.own[i] == nil {
		p.own[i] = make([]own, len(p.order[i]), cap(p.order[i]))
	}
	if p.own[i] != nil {
		p.own[i] = append(p.own[i], told)
	}
	p.order[i] = append(p.order[i], x.seq)
	p.tracks[i].Samples = append(p.tracks[i].Samples, s)
}

// read gives the part's units, from memory or from the file.
func (p *part) read() ([]arrived, error) {
	if p.units != nil {
		return p.units, nil
	}
	f, err := segment.Open(p.root, p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, p.size)
	if _, err := f.ReadAt(b, p.offset); err != nil {
		return nil, err
	}
	parsed, err := fmp4.ParsePart(b)
	if err != nil {
		return nil, err
	}
	// The file holds track after track; order tells how the units arrived.
	units := inFileOrder(parsed, p.run.Tracks, p.zero, p.bases)
	out := make([]arrived, 0, len(units))
	for i, order := range p.order {
		for j, seq := range order {
			if len(out) == len(units) {
				break
			}
			u := units[len(out)].Unit
			if p.own[i] != nil {
				u.DTS += int64(p.own[i][j].dts)
				u.PTS += int64(p.own[i][j].pts)
			}
			out = append(out, arrived{seq, u})
		}
	}
	return out, nil
}

// Units turns a part that was read with its data back into units, in order of
// their decoding times. zero is the wall clock that decoding times count from (the
// segment's start); bases, if not nil, is added to decoding times, by index of
// tracks.
func Units(p *fmp4.Part, tracks []media.Track, zero int64, bases []int64) []*media.Unit {
	timed := inFileOrder(p, tracks, zero, bases)
	slices.SortStableFunc(timed, func(a, b timedUnit) int { return cmp.Compare(a.decode, b.decode) })
	out := make([]*media.Unit, len(timed))
	for i := range timed {
		out[i] = timed[i].Unit
	}
	return out
}

// timedUnit is a unit with the wall clock of its decoding time, µs.
type timedUnit struct {
	*media.Unit
	decode int64
}

func inFileOrder(p *fmp4.Part, tracks []media.Track, zero int64, bases []int64) []timedUnit {
	var out []timedUnit
	for i := range p.Tracks {
		f := &p.Tracks[i]
		track := slices.IndexFunc(tracks, func(t media.Track) bool { return t.ID == f.TrackID })
		if track < 0 {
			continue
		}
		scale, base := int64(tracks[track].Timescale), int64(0)
		if bases != nil {
			base = bases[track]
		}
		video := tracks[track].Codec.Video()
		at := int64(f.BaseTime)
		for j := range f.Samples {
			s := &f.Samples[j]
			u := &media.Unit{
				Track: track, DTS: at + base, PTS: at + base + int64(s.Offset),
				Wall: zero + (at+int64(s.Offset))*1e6/scale, Key: s.Key, Data: s.Data,
			}
			decode := zero + at*1e6/scale
			if !video {
				// Sound is not reordered: an offset is the place of its whole track.
				decode = u.Wall
				u.DTS, u.PTS = at+base, at+base
			}
			out = append(out, timedUnit{u, decode})
			at += int64(s.Duration)
		}
	}
	return out
}
