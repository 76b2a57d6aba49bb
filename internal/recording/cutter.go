package recording

import (
	"cmp"
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
// multiple of the segment length. (Where pictures are further apart than a part is
// long, parts of sound alone may precede the key frame's.) Decoding times in a segment count from its
// start, so that the wall clock of any sample is the start in the file's name
// plus its decoding time. A track that lags behind the key frame a segment begins
// with (sound often does) has composition offsets below zero instead.
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
	opened   int64 // wall clock of the sample that began the current part, µs
	last     int64 // wall clock behind the last sample placed, µs
	seq      uint32
	keySeq   uint32 // of the last key frame of the open segment
	fresh    bool   // no part has been begun since that arrived
}

const (
	// maxPartBytes and maxPartSamples end a part whose timestamps do not advance,
	// before it fills the memory or its head grows past what readers take.
	maxPartBytes   = 16 << 20
	maxPartSamples = 4096
	// longestGuess bounds the guessed duration of a run's or segment's last sample.
	longestGuess = 2 * time.Second
)

// cutTrack is the state of one track.
type cutTrack struct {
	held   *media.Unit // waits for the next unit, which tells its duration
	seq    uint32      // of held, in order of arrival
	lately [2]uint32   // durations of the last two samples, ticks; 0 if none yet
	base   int64       // decoding time in the segment is DTS - base
	early  int32       // ticks by which the track began before its segment, as a negative number
	based  bool
}

// arrived is a unit with its place in the order of arrival.
type arrived struct {
	seq  uint32
	unit *media.Unit
}

func (c *cutter) begin(run *media.Run, camera string) {
	c.run, c.camera, c.video = run, camera, run.Video()
	c.tracks = make([]cutTrack, len(run.Tracks))
	c.started, c.current, c.last, c.seq = false, nil, 0, 0
}

func (c *cutter) write(u *media.Unit) {
	if c.run == nil || u.Track >= len(c.tracks) || c.paused {
		return
	}
	t := &c.tracks[u.Track]
	c.seq++
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
		t.held, t.seq = u, c.seq
		if c.opens(u) {
			c.keySeq, c.fresh = c.seq, true
		}
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

// end closes the open segment and gives the wall clock behind its last sample, or
// 0 where none was open.
func (c *cutter) end() int64 {
	if !c.started {
		return 0
	}
	c.closeSegment()
	return c.last
}

// usual is the duration a last sample is given: the shorter of the two before it,
// so that a pause does not count as a picture, or 40 ms.
func (c *cutter) usual(track int) uint32 {
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

// place moves the held unit of a track into the current part.
func (c *cutter) place(track int, ticks uint64) {
	t := &c.tracks[track]
	u := t.held
	t.held = nil
	scale := int64(c.run.Tracks[track].Timescale)
	duration := uint32(min(ticks, 1<<31))
	if duration > 0 {
		t.lately = [2]uint32{t.lately[1], duration}
	}
	at := c.decodeWall(u)
	end := at + int64(duration)*1e6/scale
	if c.current != nil && c.full(track, end, len(u.Data)) {
		c.flush()
	}
	if !t.based {
		ahead := (at - c.start) * scale / 1e6
		t.based, t.base, t.early = true, u.DTS-max(ahead, 0), int32(min(ahead, 0))
	}
	p := c.current
	if p == nil {
		p = &part{run: c.run, start: at, zero: c.start, bases: make([]int64, len(c.tracks)), walls: make([]int64, len(c.tracks))}
		p.leads, p.keySeq = c.fresh, c.keySeq
		c.current, c.opened, c.fresh = p, at, false
	}
	if c.opens(u) && !p.key {
		p.key, p.keyAt = true, at
	}
	p.units = append(p.units, arrived{t.seq, u})
	p.bytes += int64(len(u.Data))
	p.start, p.end = min(p.start, at), max(p.end, end)
	c.last = max(c.last, end)
	id := c.run.Tracks[track].ID
	i := slices.IndexFunc(p.tracks, func(f fmp4.TrackFragment) bool { return f.TrackID == id })
	if i < 0 {
		i = len(p.tracks)
		p.bases[track], p.walls[track] = t.base, at
		p.tracks = append(p.tracks, fmp4.TrackFragment{TrackID: id, BaseTime: uint64(max(u.DTS-t.base, 0))})
		p.order = append(p.order, make([]uint32, 0, 20))
		p.tracks[i].Samples = make([]fmp4.Sample, 0, 20) // 0.7 s at 25 frames a second, and one
	}
	p.order[i] = append(p.order[i], t.seq)
	p.tracks[i].Samples = append(p.tracks[i].Samples, fmp4.Sample{
		Duration: duration, Offset: int32(u.PTS-u.DTS) + t.early, Key: u.Key, Data: u.Data,
	})
}

// full tells whether the current part has no room for a sample of a track that
// ends at end.
func (c *cutter) full(track int, end int64, size int) bool {
	p, length := c.current, c.part.Microseconds()
	return end-c.opened > length || p.walls[track] != 0 && end-p.walls[track] > length ||
		p.bytes+int64(size) > maxPartBytes || len(p.units) >= maxPartSamples
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
func (c *cutter) pending() ([]arrived, *media.Run) {
	if !c.started {
		return nil, nil
	}
	var out []arrived
	if c.current != nil {
		out = append(out, c.current.units...)
	}
	for i := range c.tracks {
		if t := &c.tracks[i]; t.held != nil {
			out = append(out, arrived{t.seq, t.held})
		}
	}
	sortArrived(out)
	return out, c.run
}

func sortArrived(units []arrived) {
	slices.SortFunc(units, func(a, b arrived) int { return cmp.Compare(a.seq, b.seq) })
}
