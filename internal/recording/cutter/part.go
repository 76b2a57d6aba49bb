package cutter

import (
	"cmp"
	"slices"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// Part is a part on its way to the file. Units and Tracks are dropped once it is
// written; from then on Path, Offset and Size say where it stands.
type Part struct {
	Units  []Arrived
	Tracks []fmp4.TrackFragment
	Key    bool    // its first picture is a key frame: decoding can start here
	KeyAt  int64   // wall clock of that picture's decoding time, µs
	Leads  bool    // it is the first after a key frame arrived, though not always with it
	KeySeq uint32  // place in the order of arrival of the last key frame before the part
	Zero   int64   // wall clock that decoding times count from, µs
	Bases  []int64 // DTS minus decoding time of the first sample, by index of the run's tracks
	Walls  []int64 // wall clock of the first sample's decoding time, likewise, µs
	Start  int64   // the earliest of them
	Bytes  int64
	Lost   bool // the disk did not take it

	Root, Path   string // of the volume, and of the closed segment below it
	Offset, Size int64

	run   *media.Run
	order [][]uint32 // of every sample of Tracks, its place in the order of arrival
	own   [][]own    // of every sample of Tracks, what its file times do not tell; nil where they tell all
}

// own is by how many ticks a unit's own times are later than its sample's.
type own struct{ dts, pts int32 }

// add puts a sample behind the others. decode is its decoding time in the file, at
// the wall clock of that.
func (p *Part) add(x timed, s fmp4.Sample, decode, at int64) {
	u := x.Unit
	p.Units = append(p.Units, x.Arrived)
	p.Bytes += int64(len(u.Data))
	p.Start = min(p.Start, at)
	track := p.run.Tracks[u.Track]
	i := slices.IndexFunc(p.Tracks, func(f fmp4.TrackFragment) bool { return f.TrackID == track.ID })
	if i < 0 {
		i = len(p.Tracks)
		p.Bases[u.Track], p.Walls[u.Track] = u.DTS-decode, at
		p.Tracks = append(p.Tracks, fmp4.TrackFragment{TrackID: track.ID, BaseTime: uint64(max(decode, 0))})
		p.order = append(p.order, make([]uint32, 0, 20))
		p.own = append(p.own, nil)
		p.Tracks[i].Samples = make([]fmp4.Sample, 0, 20) // 0.7 s at 25 frames a second, and one
	}
	told := own{dts: int32(u.DTS - decode - p.Bases[u.Track]), pts: int32(u.PTS - decode - p.Bases[u.Track])}
	if track.Codec.Video() {
		told.pts -= s.Offset
	}
	if told != (own{}) && p.own[i] == nil {
		p.own[i] = make([]own, len(p.order[i]), cap(p.order[i]))
	}
	if p.own[i] != nil {
		p.own[i] = append(p.own[i], told)
	}
	p.order[i] = append(p.order[i], x.Seq)
	p.Tracks[i].Samples = append(p.Tracks[i].Samples, s)
}

// Read gives the part's units, from memory or from the file.
func (p *Part) Read() ([]Arrived, error) {
	if p.Units != nil {
		return p.Units, nil
	}
	f, err := segment.Open(p.Root, p.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, p.Size)
	if _, err := f.ReadAt(b, p.Offset); err != nil {
		return nil, err
	}
	parsed, err := fmp4.ParsePart(b)
	if err != nil {
		return nil, err
	}
	// The file holds track after track; order tells how the units arrived.
	units := inFileOrder(parsed, p.run.Tracks, p.Zero, p.Bases)
	out := make([]Arrived, 0, len(units))
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
			out = append(out, Arrived{seq, u})
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
