package source

// A timeline places the units of one session in time. RTP gives each track a
// clock of its own with a random beginning (RFC 3550 5.1); from it come
//
//   - pts: ticks since the run began, on one line for all tracks;
//   - wall: the instant on this machine's clock, by the rule of the least delay:
//     no unit can arrive before it was taken, so the smallest (arrival - pts) of
//     the last seconds is the best estimate of the distance between the two
//     clocks, however bunched the arrivals are. The estimate moves by at most
//     500 ppm, so that spacing inside a run stays the camera's own.
//
// All times are µs. It is not safe for concurrent use.
type timeline struct {
	lead    int // index of the track that drives the mapping: the video
	tracks  []trackTime
	running bool
	began   int64   // arrival of the run's first unit
	offset  float64 // wall = pts + offset
}

type trackTime struct {
	rate int64 // ticks a second

	seen    bool
	rtp     uint32 // of the last unit
	ext     int64  // the same, unwrapped
	arrival int64  // of the last unit, on the session's steady clock
	repeats int    // how often in a row rtp stood still

	based   bool // base is set for this run
	base    int64
	pts     int64 // of the last unit
	max     int64 // largest pts of the run
	maxWall int64
	seenMax bool
	// The largest pts before max, and its wall clock: pictures sent after max and
	// shown before it lie between the two.
	earlier, earlierWall int64

	least leastDelay

	sr    bool // ntp and srRTP belong together
	ntp   int64
	srRTP uint32
	want  int64 // ticks by which pts still has to move
}

const (
	second          = int64(1_000_000)
	jumpBack        = 1 * second  // further back than any reordering
	jumpForward     = 10 * second // further ahead than time has passed
	jumpAudio       = 3 * second
	wallOff         = 3 * second // mapping and arrival this far apart: something jumped
	settling        = 5 * second // after a run's start the estimate may still step
	slewPPM         = 500
	audioSlew       = 200                // audio moves by at most 1/200 towards the video
	audioTolerance  = 150 * second / 1e3 // between arrivals, where no sender report tells better
	reportTolerance = 5 * second
	apart           = 1000 // between pictures in a burst, which are placed at its arrival
	frozenAfter     = 50   // equal timestamps in a row
	leastWindow     = 10   // seconds
)

func newTimeline(rates []uint32, lead int) *timeline {
	tl := &timeline{lead: lead, tracks: make([]trackTime, len(rates))}
	for i, r := range rates {
		tl.tracks[i].rate = int64(max(r, 1))
	}
	return tl
}

func (t *trackTime) micros(ticks int64) int64 { return scale(ticks, second, t.rate) }
func (t *trackTime) ticks(us int64) int64     { return scale(us, t.rate, second) }

// scale is v*mul/div without overflow for the products that occur here.
func scale(v, mul, div int64) int64 { return v/div*mul + v%div*mul/div }

// advance takes the next unit of a track into account. steady is its arrival on a
// clock that does not step. It reports a jump of the timestamps, which it has
// then clamped: the next pts continues by the time that has passed.
func (tl *timeline) advance(i int, rtp uint32, steady int64) (jumped bool) {
	t := &tl.tracks[i]
	if !t.seen {
		t.seen, t.rtp, t.ext, t.arrival = true, rtp, int64(rtp), steady
		return false
	}
	delta := int64(int32(rtp - t.rtp))
	progress := max(steady-t.arrival, 0)
	t.repeats++
	if delta != 0 {
		t.repeats = 0
	}
	t.rtp, t.ext, t.arrival = rtp, t.ext+delta, steady
	if !t.based {
		return false
	}
	us := t.micros(delta)
	limit := jumpForward
	if i != tl.lead {
		limit = jumpAudio
	}
	early := i == tl.lead && float64(steady)-(float64(t.micros(t.ext-t.base))+tl.offset) < -float64(wallOff)
	if us < -jumpBack || us-progress > limit || early {
		tl.rebase(t, progress)
		return true
	}
	return t.repeats > 0 && t.repeats%frozenAfter == 0
}

func (tl *timeline) rebase(t *trackTime, progress int64) {
	t.base = t.ext - (t.max + max(t.ticks(progress), 1))
	t.sr, t.want = false, 0
}

// late tells that for a whole window every unit came much later than the mapping
// says: the camera's clock was set back, or ours forward.
func (tl *timeline) late() bool {
	t := &tl.tracks[tl.lead]
	return t.least.full() && t.least.value()-tl.offset > float64(wallOff)
}

// begin starts a run with the lead's last unit, whose wall clock is its arrival.
func (tl *timeline) begin(arrival int64) {
	tl.running, tl.began, tl.offset = true, arrival, float64(arrival)
	for i := range tl.tracks {
		t := &tl.tracks[i]
		t.based, t.seenMax, t.want, t.least = false, false, 0, leastDelay{}
		t.repeats = 0
	}
	t := &tl.tracks[tl.lead]
	t.based, t.base, t.pts, t.max = true, t.ext, 0, 0
}

// place gives pts and wall of the unit that advance was told of last. arrival is
// on this machine's clock. ok is false for a unit that belongs before the run.
func (tl *timeline) place(i int, arrival int64) (pts, wall int64, ok bool) {
	t := &tl.tracks[i]
	if !tl.running {
		return 0, 0, false
	}
	if !t.based {
		tl.align(t, arrival)
	}
	if i != tl.lead {
		tl.follow(t, arrival)
	}
	t.pts = t.ext - t.base
	if t.pts < 0 {
		return 0, 0, false
	}
	if i == tl.lead {
		tl.slew(t, arrival)
	}
	at := t.micros(t.pts) + int64(tl.offset)
	switch {
	case !t.seenMax:
		t.max, t.maxWall, t.seenMax = t.pts, at, true
		t.earlier, t.earlierWall = t.pts, at
	case t.pts > t.max:
		at = max(at, t.maxWall+min(apart, max(t.micros(t.pts-t.max), 1)))
		t.earlier, t.earlierWall = t.max, t.maxWall
		t.max, t.maxWall = t.pts, at
	default:
		at = t.between()
	}
	return t.pts, at, true
}

// between is the wall clock of a picture that is shown before one sent earlier. Its
// neighbours may be closer than their timestamps say, as in a burst.
func (t *trackTime) between() int64 {
	if t.pts <= t.earlier {
		return t.earlierWall - t.micros(t.earlier-t.pts)
	}
	return t.earlierWall + scale(t.maxWall-t.earlierWall, t.pts-t.earlier, t.max-t.earlier)
}

// slew moves the mapping towards the least delay seen.
func (tl *timeline) slew(t *trackTime, arrival int64) {
	t.least.add(arrival, float64(arrival-t.micros(t.pts)))
	goal := t.least.value()
	if arrival-tl.began < settling && goal < tl.offset {
		// The first units may come in a burst out of the camera's buffer.
		tl.offset = goal
		return
	}
	step := float64(t.micros(max(t.pts-t.max, 0))) * slewPPM / 1e6
	tl.offset += min(max(goal-tl.offset, -step), step)
}

// align puts a second track's first unit on the run's line: by the sender reports
// when both tracks have one, otherwise by arrival.
func (tl *timeline) align(t *trackTime, arrival int64) {
	byArrival := arrival - int64(tl.offset)
	us := byArrival
	if at, ok := tl.reported(t); ok && abs(at-byArrival) < reportTolerance {
		us = at
	}
	t.based, t.base = true, t.ext-t.ticks(us)
	t.max = t.ticks(us)
}

// follow keeps a second track in step with the lead, in steps nobody hears.
func (tl *timeline) follow(t *trackTime, arrival int64) {
	us := t.micros(t.ext - t.base)
	t.least.add(arrival, float64(arrival-us))
	if at, ok := tl.reported(t); ok && abs(at-us) < reportTolerance {
		t.want = t.ticks(at - us)
	} else if lag := t.least.value() - tl.offset; t.least.full() && abs(int64(lag)) > audioTolerance {
		t.want = t.ticks(int64(lag))
	} else {
		t.want = 0
	}
	if passed := t.ext - t.base - t.pts; passed > 1 {
		step := min(passed/audioSlew+1, passed-1)
		t.base -= min(max(t.want, -step), step)
	}
}

// report notes a sender report: ntp (µs) is the camera's clock at rtp.
func (tl *timeline) report(i int, ntp int64, rtp uint32) {
	t := &tl.tracks[i]
	t.sr, t.ntp, t.srRTP = true, ntp, rtp
}

// reported is the place of t's last unit on the lead's line by the camera's own
// clock, µs since the run began.
func (tl *timeline) reported(t *trackTime) (int64, bool) {
	l := &tl.tracks[tl.lead]
	if !t.sr || !l.sr || !l.based || t == l {
		return 0, false
	}
	zero := l.clock() - l.micros(l.ext-l.base)
	return t.clock() - zero, true
}

// clock is the camera's clock at the track's last unit.
func (t *trackTime) clock() int64 { return t.ntp + t.micros(int64(int32(t.rtp-t.srRTP))) }

func abs(v int64) int64 { return max(v, -v) }

// leastDelay is the minimum over a sliding window, kept by the second.
type leastDelay struct {
	sec   [leastWindow]int64
	least [leastWindow]float64
	n     int // seconds filled
	at    int // bucket in use
}

func (l *leastDelay) add(arrival int64, v float64) {
	sec := arrival / second
	if l.n > 0 && l.sec[l.at] == sec {
		l.least[l.at] = min(l.least[l.at], v)
		return
	}
	if l.n > 0 {
		l.at = (l.at + 1) % leastWindow
	}
	l.n = min(l.n+1, leastWindow)
	l.sec[l.at], l.least[l.at] = sec, v
}

func (l *leastDelay) full() bool { return l.n == leastWindow }

func (l *leastDelay) value() float64 {
	v := l.least[l.at]
	for i := range l.n {
		v = min(v, l.least[i])
	}
	return v
}
