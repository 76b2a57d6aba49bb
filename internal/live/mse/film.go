package mse

import (
	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// lead is how far before the opening base lies, in µs. The pictures since the
// last key frame, which come first, begin before it, and decode times cannot be
// negative.
const lead = 60_000_000

// film turns units into fragments on one media timeline, in which every run has
// its place by the wall clock. It keeps its buffers from fragment to fragment.
type film struct {
	base     int64 // wall clock of decode time 0, µs
	run      *media.Run
	strips   []strip
	placed   bool  // the run's place on the timeline is known: its first unit came
	end      int64 // µs since base up to which anything was sent
	sequence uint32
	buf      []byte
	parts    []fmp4.TrackFragment
}

// strip is one track of the present run.
type strip struct {
	track   media.Track
	index   int    // in the run
	zero    int64  // decode time, in ticks, at which the run's own clock is 0
	length  uint32 // of the newest sample whose successor is known, ticks
	sent    bool   // the run's unit before has decoding time before
	before  int64
	samples []fmp4.Sample
}

// newFilm begins a timeline at a viewer's opening. now is µs since 1970 UTC.
func newFilm(now int64) *film { return &film{base: now - lead} }

// begin takes the tracks of a run that are to be sent.
func (f *film) begin(run *media.Run, tracks ...*media.Track) {
	f.run, f.placed = run, false
	f.strips = f.strips[:0]
	for _, t := range tracks {
		for i := range run.Tracks {
			if &run.Tracks[i] == t {
				f.strips = append(f.strips, strip{track: *t, index: i})
			}
		}
	}
}

// head is the initialisation segment of the run.
func (f *film) head() []byte {
	tracks := make([]fmp4.Track, len(f.strips))
	for i, s := range f.strips {
		tracks[i] = s.track.MP4()
	}
	return fmp4.AppendInit(nil, tracks)
}

// fragment makes one moof and mdat of units of the run, nil if none of them is of
// a track that is sent. The bytes are good until the next call.
func (f *film) fragment(units []*media.Unit) []byte {
	for i := range f.strips {
		f.strips[i].samples = f.strips[i].samples[:0]
	}
	f.parts = f.parts[:0]
	for i := range f.strips {
		s := &f.strips[i]
		var first, last *media.Unit
		for _, u := range units {
			if u.Track != s.index {
				continue
			}
			if !f.placed {
				f.place(s, u)
			}
			if last == nil {
				first = u
			} else if d := u.DTS - last.DTS; d > 0 {
				s.length = uint32(d)
				s.samples[len(s.samples)-1].Duration = s.length
			}
			if d := u.DTS - s.before; last == nil && s.sent && d > 0 && d < int64(s.track.Timescale) {
				// The sample before went out alone; this one lasts as long, as far as
				// one can know. A wrong length would leave holes in the browser's buffer.
				s.length = uint32(d)
			}
			s.before, s.sent = u.DTS, true
			if s.length == 0 { // no two yet
				s.length = guess(s.track)
			}
			s.samples = append(s.samples, fmp4.Sample{
				Duration: s.length, Offset: int32(u.PTS - u.DTS), Key: u.Key, Data: u.Data,
			})
			last = u
		}
		if first == nil || first.DTS+s.zero < 0 {
			continue
		}
		f.parts = append(f.parts, fmp4.TrackFragment{
			TrackID: s.track.ID, BaseTime: uint64(first.DTS + s.zero), Samples: s.samples,
		})
		f.end = max(f.end, micros(last.DTS+s.zero+int64(s.length), s.track.Timescale))
	}
	if len(f.parts) == 0 {
		return nil
	}
	f.sequence++
	f.buf = fmp4.AppendFragment(f.buf[:0], f.sequence, f.parts)
	return f.buf
}

// place puts the run where its first unit's wall clock says, but never onto what
// was sent before.
func (f *film) place(s *strip, u *media.Unit) {
	shift := u.Wall - f.base - micros(u.PTS, s.track.Timescale)
	begins := shift + micros(u.DTS, s.track.Timescale)
	shift += max(f.end-begins, -begins, 0)
	for i := range f.strips {
		one := &f.strips[i]
		ticks := int64(one.track.Timescale)
		one.zero = shift/1e6*ticks + shift%1e6*ticks/1e6
	}
	f.placed = true
}

// micros turns ticks into µs without overflowing where a run lasts for years.
func micros(ticks int64, scale uint32) int64 {
	s := int64(scale)
	return ticks/s*1e6 + ticks%s*1e6/s
}

// guess is the length of a first sample of which nothing follows yet.
func guess(t media.Track) uint32 {
	if t.Codec == media.AAC {
		return 1024
	}
	return t.Timescale / 25
}
