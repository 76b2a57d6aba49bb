// Package cutter groups the units of a run into parts and segments, and gives each
// its place in file time. It knows no disk: what it cuts it hands on, step by step.
package cutter

import (
	"cmp"
	"slices"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/recording/segment"
)

// Cutter groups units into parts and segments. It runs in the source's goroutine,
// under the stream's lock.
//
// A part ends before a video key frame and before it would grow longer than the
// part length; a segment ends before the first key frame at or after a wall-clock
// multiple of the segment length. (Where pictures are further apart than a part is
// long, parts of sound alone may precede the key frame's.)
//
// Decoding times in a segment count from its start, so that the wall clock of any
// sample is the start in the file's name plus its decoding time, to a few
// milliseconds (see axis). The video, or the only track, leads: a segment starts at
// the decoding time of its key frame, and within a run it ends exactly where the
// next starts. Any other track may lag behind the key frame a segment begins with,
// as sound often does; its decoding times are then later than the truth by a delay
// that composition offsets below zero take back. The delay never shrinks within a
// run, so that decoding times go on from one segment to the next.
type Cutter struct {
	Segment, Part time.Duration // lengths
	Emit          func(Step)
	Paused        bool // units are given up until the recorder is ready again

	run      *media.Run
	camera   string
	lead     int // index of the track that segments are cut by
	tracks   []cutTrack
	based    bool  // origin is set
	origin   int64 // start of the run's first segment, wall clock µs
	started  bool  // a segment is open
	start    int64 // its start, wall clock µs
	boundary int64 // the next multiple of the segment length
	current  *Part // being filled, or nil
	opened   int64 // wall clock of the sample that began the current part, µs
	last     int64 // wall clock behind the last sample of the lead that was placed, µs
	seq      uint32
	keySeq   uint32 // of the last key frame of the open segment
	fresh    bool   // no part has been begun since that arrived
}

const (
	// maxPartBytes and MaxPartSamples end a part whose timestamps do not advance,
	// before it fills the memory or its head grows past what readers take.
	maxPartBytes   = 16 << 20
	MaxPartSamples = 4096
	// longestGuess bounds the guessed duration of a run's last sample.
	longestGuess = 2 * time.Second
)

// cutTrack is the state of one track. File times are ticks of the track since the
// run's first segment started.
type cutTrack struct {
	axis   axis
	held   timed     // waits for the next unit, which tells its duration; its unit may be nil
	decode int64     // file time of the last unit's decoding
	lately [2]uint32 // durations of the last two samples, ticks; 0 if none yet
	zero   int64     // file time that the open segment starts at
	delay  int64     // by which decoding times are later than the truth
}

// Step is one step of a cutter, in order: one of these.
type Step struct {
	Begin *Opening
	Part  *Part
	Close bool
}

// Opening begins a segment.
type Opening struct {
	Name segment.Name
	Run  *media.Run
}

// Arrived is a unit with its place in the order of arrival.
type Arrived struct {
	Seq  uint32
	Unit *media.Unit
}

// timed is a unit with its place in file time, ticks of its track.
type timed struct {
	Arrived
	decode, shown int64
}

// Begin begins a run of a camera.
func (c *Cutter) Begin(run *media.Run, camera string) {
	c.run, c.camera, c.lead = run, camera, max(run.Video(), 0)
	c.tracks = make([]cutTrack, len(run.Tracks))
	for i := range c.tracks {
		c.tracks[i].axis.scale = max(int64(run.Tracks[i].Timescale), 1)
	}
	c.based, c.started, c.current, c.last, c.seq = false, false, nil, 0, 0
}

// Write takes the next unit of the run.
func (c *Cutter) Write(u *media.Unit) {
	if c.run == nil || u.Track >= len(c.tracks) || c.Paused {
		return
	}
	opens := u.Key && u.Track == c.lead
	if !c.started && !opens {
		return
	}
	t := &c.tracks[u.Track]
	c.seq++
	next := c.time(u)
	if t.held.Unit != nil {
		c.place(u.Track, t.held, next.decode)
		t.held = timed{}
	}
	if opens {
		switch at := c.wall(t, next.decode); {
		case !c.started:
			c.openSegment(at)
		case at >= c.boundary:
			c.closeSegment(0)
			c.openSegment(at)
		case c.run.Tracks[c.lead].Codec.Video():
			c.flush()
		}
		c.keySeq, c.fresh = c.seq, true
	}
	t.held = next
}

// time finds the unit's place in file time.
func (c *Cutter) time(u *media.Unit) timed {
	t := &c.tracks[u.Track]
	scale := t.axis.scale
	want := (u.Wall - c.origin) * scale / 1e6
	switch {
	case !c.based: // it is the key frame that begins the run's first file
		c.based = true
		c.origin = u.Wall - (u.PTS-u.DTS)*1e6/scale
		c.start, want = c.origin, u.PTS-u.DTS
	case u.Track == c.lead:
		want = t.zero + (u.Wall-c.start)*scale/1e6
	}
	t.axis.place(u.PTS, u.DTS, want)
	decode := t.axis.at(u.DTS)
	if u.Track != c.lead {
		t.delay = max(t.delay, t.zero-decode)
	}
	t.decode = max(decode+t.delay, t.decode)
	return timed{Arrived{c.seq, u}, t.decode, t.axis.at(u.PTS)}
}

// wall is the wall clock of a file time of a track, as readers of the open segment
// compute it.
func (c *Cutter) wall(t *cutTrack, file int64) int64 {
	return c.start + (file-t.zero)*1e6/t.axis.scale
}

// openSegment begins a segment with the lead's unit that was timed last.
func (c *Cutter) openSegment(at int64) {
	for i := range c.tracks {
		t := &c.tracks[i]
		t.held, t.zero = timed{}, (at-c.origin)*t.axis.scale/1e6
		if i == c.lead {
			t.zero = t.decode
		}
	}
	length := c.Segment.Microseconds()
	c.started, c.start = true, at
	c.boundary = (at/length + 1) * length
	c.Emit(Step{Begin: &Opening{Name: segment.Name{Camera: c.camera, Start: at, Run: c.run.ID}, Run: c.run}})
}

// closeSegment closes the open segment. until, if not 0, is where the lead's last
// sample ends, wall clock µs.
func (c *Cutter) closeSegment(until int64) {
	for i := range c.tracks {
		t := &c.tracks[i]
		if t.held.Unit == nil {
			continue
		}
		end := t.held.decode + int64(c.usual(i))
		if i == c.lead && until > c.wall(t, t.held.decode) {
			longest := t.axis.scale * int64(longestGuess/time.Second)
			end = min(t.zero+(until-c.start)*t.axis.scale/1e6, t.held.decode+longest)
		}
		c.place(i, t.held, end)
		t.held = timed{}
	}
	c.flush()
	c.Emit(Step{Close: true})
	c.started = false
}

// End closes the open segment, whose last picture lasts until an instant (0: one
// that must be guessed), and gives the wall clock behind it, or 0 where none was open.
func (c *Cutter) End(until int64) int64 {
	if !c.started {
		return 0
	}
	c.closeSegment(until)
	return c.last
}

// usual is the duration a last sample is given: the shorter of the two before it,
// so that a pause does not count as a picture, or 40 ms.
func (c *Cutter) usual(track int) uint32 {
	scale := c.run.Tracks[track].Timescale
	l := c.tracks[track].lately
	guess := l[1]
	if l[0] > 0 {
		guess = min(guess, l[0])
	}
	if guess == 0 {
		return scale / 25
	}
	return min(guess, scale*uint32(longestGuess/time.Second))
}

// place puts a unit that ends at end (file time) into the current part.
func (c *Cutter) place(track int, x timed, end int64) {
	t, u := &c.tracks[track], x.Unit
	duration := uint32(min(max(end-x.decode, 0), 1<<31))
	if duration > 0 {
		t.lately = [2]uint32{t.lately[1], duration}
	}
	at, until := c.wall(t, x.decode), c.wall(t, x.decode+int64(duration))
	if c.current != nil && c.full(track, until, len(u.Data)) {
		c.flush()
	}
	p := c.current
	if p == nil {
		p = &Part{run: c.run, Start: at, Zero: c.start, Bases: make([]int64, len(c.tracks)), Walls: make([]int64, len(c.tracks))}
		p.Leads, p.KeySeq = c.fresh, c.keySeq
		c.current, c.opened, c.fresh = p, at, false
	}
	if track == c.lead {
		c.last = until
		if u.Key && !p.Key {
			p.Key, p.KeyAt = true, at
		}
	}
	p.add(x, fmp4.Sample{Duration: duration, Offset: int32(x.shown - x.decode), Key: u.Key, Data: u.Data}, x.decode-t.zero, at)
}

// full tells whether the current part has no room for a sample of a track that
// ends at end.
func (c *Cutter) full(track int, end int64, size int) bool {
	p, length := c.current, c.Part.Microseconds()
	return end-c.opened > length || p.Walls[track] != 0 && end-p.Walls[track] > length ||
		p.Bytes+int64(size) > maxPartBytes || len(p.Units) >= MaxPartSamples
}

func (c *Cutter) flush() {
	if c.current != nil {
		c.Emit(Step{Part: c.current})
		c.current = nil
	}
}

// KeySeq is the place in the order of arrival of the last key frame of the open segment.
func (c *Cutter) KeySeq() uint32 { return c.keySeq }

// Pending is what has arrived but stands in no finished part, in order of arrival.
func (c *Cutter) Pending() ([]Arrived, *media.Run) {
	if !c.started {
		return nil, nil
	}
	var out []Arrived
	if c.current != nil {
		out = append(out, c.current.Units...)
	}
	for i := range c.tracks {
		if t := &c.tracks[i]; t.held.Unit != nil {
			out = append(out, t.held.Arrived)
		}
	}
	Sort(out)
	return out, c.run
}

// Sort brings units into the order of arrival.
func Sort(units []Arrived) {
	slices.SortFunc(units, func(a, b Arrived) int { return cmp.Compare(a.Seq, b.Seq) })
}
