package source

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// Session is what a protocol reports one connection into. It turns RTP
// timestamps into presentation and decoding times and wall clock, begins a new
// run where one is due, and writes to the stream. Its methods may be called from
// several goroutines.
type Session struct {
	stream *media.Stream
	clock  clock.Clock
	meter  *meter
	played func() // the handshake is over
	live   func() // the first run has begun
	// elapsed is the true time between two arrivals; nil means their monotonic
	// readings. Tests set this machine's clock with it.
	elapsed func(from, to time.Time) time.Duration
	order   *Order // of the runs; nil goes by the clock alone

	mu     sync.Mutex // guards all below, and the order of writes to stream
	tracks []sessionTrack
	lead   int
	time   *timeline
	run    *media.Run
	ended  bool
	hint   *Reason

	pictures  int              // that have come
	spacings  [2]time.Duration // between the arrivals of the last three, in turn
	announced time.Duration    // the device's own word on that, 0 if there is none
	garbled   int              // grows with pictures that make no sense, falls with those that do
	sane      int              // pictures that make sense
	unknown   uint64           // ids of picture parameter sets that were referred to and never came
	keys      int              // pictures that decoding could have started with, had it had its sets
	bad       uint64           // packets that could not be understood

	cut       bool        // begin a new run at the next key frame,
	cutCause  media.Cause // for this cause
	started   int64       // arrival of the first unit, µs
	first     time.Time   // the same, with the monotonic reading
	arrived   time.Time   // of the last unit, with the monotonic reading
	stepped   int64       // µs by which this machine's clock has stepped since the run began
	lastUnit  time.Time   // arrival of the last picture, what the watchdog looks at
	lastWall  int64       // wall clock of the lead's last unit
	spacing   int64       // µs between the lead's last two units
	suspicion []int64     // arrivals of the last jumps
	distrust  bool        // the camera's timestamps are worthless: arrivals take their place
}

type sessionTrack struct {
	media.Track
	sets    nal.Sets
	ordered bool
	dts     *decodeTimes
	lastKey int64 // arrival of the last true key frame
	points  int   // recovery points since then
}

const (
	clockStep       = second      // more than this and the machine's clock was set
	recoveryAsKey   = 10 * second // no key frame this long: recovery points take their place
	recoveryAtFirst = 3 * second  // likewise at a session's beginning
	jumpsTolerated  = 5           // in a minute
)

// Now is the present instant on the clock that arrivals are given in. It bears the
// monotonic reading, by which a step of the clock is told from the passing of time.
func (s *Session) Now() time.Time { return s.clock.Reading() }

// Watchers is how many readers follow the stream.
func (s *Session) Watchers() int { return s.stream.Watchers() }

// Rate is the stream's bit rate in bit/s, 0 while it is not known well or while
// arrivals must be told apart finely.
func (s *Session) Rate() float64 {
	s.mu.Lock()
	distrust := s.distrust || s.run == nil
	s.mu.Unlock()
	if distrust {
		return 0
	}
	return s.meter.rate()
}

// Offer declares the tracks that will be sent: at most one of pictures, at most
// one of sound. Units are named by their place here. Parameter sets may be
// missing; they are then awaited in the stream.
func (s *Session) Offer(tracks []media.Track) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracks = make([]sessionTrack, len(tracks))
	s.lead = 0
	rates := make([]uint32, len(tracks))
	for i, t := range tracks {
		st := &s.tracks[i]
		st.Track = t
		st.ID = i + 1
		rates[i] = t.Timescale
		if t.Codec.Video() {
			s.lead = i
			st.sets.Codec = t.Codec
			for _, list := range [][][]byte{t.VPS, t.SPS, t.PPS} {
				for _, n := range list {
					st.sets.Take(n)
				}
			}
		}
	}
	s.time = newTimeline(rates, s.lead)
	s.started, s.pictures, s.garbled, s.sane, s.unknown, s.keys, s.bad = 0, 0, 0, 0, 0, 0, 0
	s.meter.reset()
	s.meter.tracks(tracks)
}

// Playing says that the device has agreed to send. transport is "tcp", "udp" or
// "tls". From here on the watchdog looks for pictures.
func (s *Session) Playing(transport string) {
	now := s.Now()
	s.mu.Lock()
	s.lastUnit = now
	s.mu.Unlock()
	s.meter.with(func(f *Figures) { f.Transport, f.ConnectedAt = transport, now.UTC() })
	s.played()
}

// Hint says why there may be no pictures although the device sends something.
func (s *Session) Hint(r Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hint = &r
}

// Lost counts RTP packets that are missing.
func (s *Session) Lost(packets uint64) { s.meter.with(func(f *Figures) { f.Lost += packets }) }

// Dropped counts units that had to be given up.
func (s *Session) Dropped(units uint64) { s.meter.with(func(f *Figures) { f.Dropped += units }) }

// Bad counts packets that could not be understood.
func (s *Session) Bad(packets uint64) {
	s.mu.Lock()
	s.bad += packets
	s.mu.Unlock()
	s.meter.with(func(f *Figures) { f.BadPackets += packets })
}

// SenderReport takes an RTCP sender report (RFC 3550 6.4.1): ntp is the camera's
// clock in seconds since 1900 as 32.32 fixed point, at RTP time rtp.
func (s *Session) SenderReport(track int, ntp uint64, rtp uint32, arrival time.Time) {
	if ntp>>32 == 0 {
		return // the camera has no clock
	}
	us := int64(ntp>>32)*second + int64(ntp&0xffffffff*uint64(second)>>32) - 2_208_988_800*second
	s.mu.Lock()
	if s.time != nil && track < len(s.tracks) && !s.distrust {
		s.time.report(track, us, rtp)
	}
	s.mu.Unlock()
	if us >= 0 { // below, it is the camera's uptime, which RFC 3550 6.4.1 admits too
		s.meter.offset(float64(us-arrival.UnixMicro()) / 1e6)
	}
}

// Date takes the Date of an answer (RFC 2326 12.18): the camera's clock in whole
// seconds. It counts where no sender report tells better.
func (s *Session) Date(at time.Time, arrival time.Time) {
	s.meter.date(float64(at.UnixMicro()-arrival.UnixMicro()) / 1e6)
}

// Unit takes one access unit as media.Unit stores it. The data belongs to the
// stream from now on. rtp is its RTP timestamp, arrival this machine's clock.
func (s *Session) Unit(track int, rtp uint32, arrival time.Time, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.time == nil || track >= len(s.tracks) || len(data) == 0 {
		return
	}
	now := s.steady(arrival)
	if track == s.lead {
		s.picture(arrival)
	}
	if s.distrust {
		rtp = uint32(scale(now, int64(s.tracks[track].Timescale), second))
	}
	jumped := s.time.advance(track, rtp, now)
	if jumped {
		s.meter.with(func(f *Figures) { f.TimestampJumps++ })
	}
	if track != s.lead {
		s.write(track, now, data, true)
		return
	}
	if jumped {
		s.jump(now)
	}
	key, ready := s.look(track, now, data)
	if key && (s.run == nil || s.cut) && ready {
		s.begin(arrival.UnixMicro())
		now = arrival.UnixMicro()
	}
	s.write(track, now, data, key)
	if s.run != nil && !s.cut && s.time.late() {
		s.meter.with(func(f *Figures) { f.TimestampJumps++ })
		s.jump(now)
	}
}

// steady is the arrival in µs on a clock that ignores steps of this machine's
// clock since the run began. A step asks for a new run.
func (s *Session) steady(arrival time.Time) int64 {
	if s.started == 0 {
		s.started, s.first = arrival.UnixMicro(), arrival
	} else {
		passed := s.since(s.arrived, arrival)
		if step := arrival.UnixMicro() - s.arrived.UnixMicro() - passed.Microseconds(); abs(step) > clockStep {
			s.stepped += step
			s.cut, s.cutCause = true, media.CauseClockStep
			s.meter.with(func(f *Figures) { f.ClockSteps++ })
		}
	}
	s.arrived = arrival
	return arrival.UnixMicro() - s.stepped
}

func (s *Session) jump(now int64) {
	s.cut, s.cutCause = true, media.CauseTimestamps
	for len(s.suspicion) > 0 && now-s.suspicion[0] > 60*second {
		s.suspicion = s.suspicion[1:]
	}
	s.suspicion = append(s.suspicion, now)
	s.distrust = s.distrust || len(s.suspicion) > jumpsTolerated
}

// look reads what the unit says of itself: whether decoding can start here, for
// which ready tells that its parameter sets are known, and parameter sets that
// differ from those in force.
func (s *Session) look(i int, now int64, data []byte) (key, ready bool) {
	t := &s.tracks[i]
	switch t.Codec {
	case media.MJPEG:
		if w, h := jpegSize(data); w != 0 && (w != t.Width || h != t.Height) {
			t.Width, t.Height = w, h
			s.changed()
		}
		return true, true
	case media.H264, media.H265:
	case media.AAC, media.PCMA, media.PCMU, media.Opus:
		return true, true
	}
	sum := nal.Summarise(t.Codec, data)
	if sum.Sets {
		changed := false
		for n := range nal.All(data) {
			if t.sets.Take(n) {
				changed = true
			}
		}
		if changed {
			s.changed()
		}
	}
	ready = s.sensible(t, sum) && t.sets.Complete() && t.sets.Has(sum.PPS)
	if t.lastKey == 0 {
		t.lastKey = now - recoveryAsKey + recoveryAtFirst
	}
	switch {
	case sum.Random:
		t.lastKey, t.points = now, 0
		key = true
	case sum.Recovery:
		t.points++
		key = t.points > 1 && now-t.lastKey > recoveryAsKey
	}
	if key && !ready && s.garbled == 0 {
		s.keys++
	}
	return key, ready
}

// changed asks for a new run because the tracks are no longer what they were.
func (s *Session) changed() {
	if s.run != nil && !s.cut {
		s.cut, s.cutCause = true, media.CauseNone
	}
}

func (s *Session) begin(at int64) {
	first := s.run == nil && s.lastWall == 0
	if s.run != nil {
		end := at
		if s.cutCause == media.CauseClockStep {
			end = s.lastWall + s.spacing
		}
		s.stream.End(end, s.cutCause)
	}
	if s.stepped != 0 { // what was measured on the clock as it was goes on, on the clock as it is
		for i := range s.tracks {
			s.tracks[i].lastKey += s.stepped
		}
		for i := range s.suspicion {
			s.suspicion[i] += s.stepped
		}
		s.meter.moved(s.stepped)
	}
	s.cut, s.cutCause, s.stepped = false, media.CauseNone, 0
	tracks := make([]media.Track, len(s.tracks))
	for i := range s.tracks {
		t := &s.tracks[i]
		t.Track = t.known()
		t.ordered = t.sets.Picture().Ordered
		t.dts = newDecodeTimes(t.Track, t.ordered)
		tracks[i] = t.Track
	}
	s.time.begin(at)
	s.run = &media.Run{ID: runID(s.order.next(at)), Tracks: tracks, Start: at}
	s.meter.begin()
	s.meter.tracks(tracks)
	s.stream.Begin(s.run)
	if first {
		s.live()
	}
}

// known is the track with what its parameter sets say.
func (t *sessionTrack) known() media.Track {
	out := t.Track
	if out.Codec == media.H264 || out.Codec == media.H265 {
		out.VPS, out.SPS, out.PPS = t.sets.Lists()
		p := t.sets.Picture()
		out.Width, out.Height = p.Width, p.Height
	}
	return out
}

// runID is an instant in base 36 and four more characters, so that two runs that a
// clock places at one instant differ, and ids grow as media.LaterRun says.
func runID(at int64) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	id := []byte(strconv.FormatInt(max(at, 0), 36))
	for range runLetters {
		id = append(id, letters[rand.IntN(len(letters))])
	}
	return string(id)
}

func (s *Session) write(i int, now int64, data []byte, key bool) {
	t := &s.tracks[i]
	video := t.Codec.Video()
	if s.run == nil {
		s.meter.early(now, len(data), video)
		return
	}
	pts, wall, ok := s.time.place(i, now)
	if !ok {
		return
	}
	dts, fellBack := t.dts.next(pts, key, data)
	if fellBack {
		s.meter.with(func(f *Figures) { f.DTSFallbacks++ })
	}
	if t.dts.ordered {
		pts = dts
	}
	if i == s.lead {
		s.spacing = min(max(wall-s.lastWall, 0), max(2*second, s.pace().Microseconds()))
		s.lastWall = wall
	}
	s.meter.unit(now, scale(dts, second, int64(t.Timescale)), len(data), video, key && video)
	s.stream.Write(&media.Unit{Track: i, PTS: pts, DTS: dts, Wall: wall, Key: key, Data: data})
}

// end closes the session for good. The gap begins where the last picture ends.
func (s *Session) end(cause media.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	if s.run != nil {
		s.run = nil
		if s.cut && s.cutCause == media.CauseClockStep {
			cause = s.cutCause // until the clock as it is; what follows is told beside it
		}
		s.stream.End(s.lastWall+s.spacing, cause)
	}
}

// jpegSize reads the first start-of-frame marker (ITU-T T.81 B.2.2).
func jpegSize(b []byte) (w, h int) {
	if len(b) < 2 {
		return 0, 0
	}
	for b = b[2:]; len(b) >= 9 && b[0] == 0xff; {
		m, n := b[1], int(b[2])<<8|int(b[3])
		if m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc {
			return int(b[7])<<8 | int(b[8]), int(b[5])<<8 | int(b[6])
		}
		if n < 2 || n+2 > len(b) {
			return 0, 0
		}
		b = b[n+2:]
	}
	return 0, 0
}
