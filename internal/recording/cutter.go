package recording

import (
	"slices"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

// cutter groups units into parts and segments. It runs in the source's goroutine,
// under the stream's lock.
//
// A part ends before a video key frame and before it would grow longer than the
// part length; a segment ends before the first key frame at or after a wall-clock
// multiple of the segment length. Decoding times in a segment count from its
// start, so that the wall clock of any sample is the start in the file's name
// plus its decoding time.
type cutter struct {
	segment, part time.Duration
	emit          func(op)
	paused        bool // units are given up until the recorder is ready again

	run      *media.Run
	camera   string
	video    int // index of the video track, or -1
	tracks   []cutTrack
	started  bool  // a segment is open
	start    int64 // its start, wall clock µs
	boundary int64 // the next multiple of the segment length
	current  *part // being filled, or nil
	last     int64 // wall clock behind the last sample placed, µs
}

// cutTrack is the state of one track.
type cutTrack struct {
	held  *media.Unit // waits for the next unit, which tells its duration
	usual uint32      // duration of the last sample, ticks; 0 if none yet
	base  int64       // decoding time in the segment is DTS - base
	based bool
}

func (c *cutter) begin(run *media.Run, camera string) {
	c.run, c.camera, c.video = run, camera, run.Video()
	c.tracks = make([]cutTrack, len(run.Tracks))
	c.started, c.current, c.last = false, nil, 0
}

func (c *cutter) write(u *media.Unit) {
	if c.run == nil || u.Track >= len(c.tracks) || c.paused {
		return
	}
	t := &c.tracks[u.Track]
	if t.held != nil {
		c.place(u.Track, uint64(max(u.DTS-t.held.DTS, 0)))
	}
	if c.opens(u) {
		switch at := c.decodeWall(u); {
		case !c.started:
			c.openSegment(at)
		case at >= c.boundary:
			c.closeSegment()
			c.openSegment(at)
		case c.video >= 0:
			c.flush()
		}
	}
	if c.started {
		t.held = u
	}
}

// opens tells whether a segment can begin with u.
func (c *cutter) opens(u *media.Unit) bool {
	return u.Key && (c.video < 0 || u.Track == c.video)
}

func (c *cutter) openSegment(at int64) {
	for i := range c.tracks {
		c.tracks[i].held, c.tracks[i].based = nil, false
	}
	length := c.segment.Microseconds()
	c.started, c.start = true, at
	c.boundary = (at/length + 1) * length
	c.emit(op{begin: &beginOp{name: Name{Camera: c.camera, Start: at, Run: c.run.ID}, run: c.run}})
}

func (c *cutter) closeSegment() {
	for i := range c.tracks {
		if c.tracks[i].held != nil {
			c.place(i, uint64(c.usual(i)))
		}
	}
	c.flush()
	c.emit(op{close: true})
	c.started = false
}

// end closes the run and gives the wall clock behind its last sample, or 0 if it
// held none.
func (c *cutter) end() int64 {
	if c.started {
		c.closeSegment()
	}
	return c.last
}

// usual is the duration a last sample is given: that of the one before it, or 40 ms.
func (c *cutter) usual(track int) uint32 {
	if u := c.tracks[track].usual; u > 0 {
		return u
	}
	return c.run.Tracks[track].Timescale / 25
}

// place moves the held unit of a track into the current part.
func (c *cutter) place(track int, duration uint64) {
	t := &c.tracks[track]
	u := t.held
	t.held = nil
	scale := int64(c.run.Tracks[track].Timescale)
	t.usual = uint32(min(duration, 1<<31))
	at := c.decodeWall(u)
	end := at + int64(t.usual)*1e6/scale
	if c.current != nil && end-c.current.start > c.part.Microseconds() {
		c.flush()
	}
	if !t.based {
		t.based = true
		t.base = u.DTS - max(at-c.start, 0)*scale/1e6
	}
	if c.current == nil {
		c.current = &part{run: c.run, start: at, zero: c.start, bases: make([]int64, len(c.tracks))}
	}
	p := c.current
	if c.opens(u) && !p.key {
		p.key, p.keyAt = true, at
	}
	p.units = append(p.units, u)
	p.bytes += int64(len(u.Data))
	p.end = max(p.end, end)
	c.last = max(c.last, end)
	id := c.run.Tracks[track].ID
	i := slices.IndexFunc(p.tracks, func(f fmp4.TrackFragment) bool { return f.TrackID == id })
	if i < 0 {
		i = len(p.tracks)
		p.bases[track] = t.base
		p.tracks = append(p.tracks, fmp4.TrackFragment{TrackID: id, BaseTime: uint64(max(u.DTS-t.base, 0))})
		p.tracks[i].Samples = make([]fmp4.Sample, 0, 20) // 0.7 s at 25 frames a second, and one
	}
	p.tracks[i].Samples = append(p.tracks[i].Samples, fmp4.Sample{
		Duration: t.usual, Offset: int32(u.PTS - u.DTS), Key: u.Key, Data: u.Data,
	})
}

func (c *cutter) flush() {
	if c.current != nil {
		c.emit(op{part: c.current})
		c.current = nil
	}
}

// decodeWall is the wall clock of the unit's decoding time.
func (c *cutter) decodeWall(u *media.Unit) int64 {
	if u.PTS == u.DTS {
		return u.Wall
	}
	return u.Wall - (u.PTS-u.DTS)*1e6/int64(c.run.Tracks[u.Track].Timescale)
}

// pending is what has arrived but stands in no finished part, in order of arrival.
func (c *cutter) pending() ([]*media.Unit, *media.Run) {
	if !c.started {
		return nil, nil
	}
	var out []*media.Unit
	if c.current != nil {
		out = append(out, c.current.units...)
	}
	placed := len(out)
	for i := range c.tracks {
		if u := c.tracks[i].held; u != nil {
			out = append(out, u)
		}
	}
	slices.SortStableFunc(out[placed:], func(a, b *media.Unit) int { return int(a.Wall - b.Wall) })
	return out, c.run
}
