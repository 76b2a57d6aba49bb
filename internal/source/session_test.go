package source

import (
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/media"
)

// record is a sink that keeps everything.
type record struct {
	runs  []*media.Run
	units []*media.Unit
	ends  []media.Cause
	endAt []int64
}

func (r *record) Begin(run *media.Run)              { r.runs = append(r.runs, run) }
func (r *record) Write(_ *media.Run, u *media.Unit) { r.units = append(r.units, u) }
func (r *record) End(_ *media.Run, at int64, c media.Cause) {
	r.ends, r.endAt = append(r.ends, c), append(r.endAt, at)
}

var (
	spsOrdered   = []byte{0x67, 0x42, 0xc0, 0x28, 0xd9, 0x00, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc9, 0x20}
	ppsOne       = []byte{0x68, 0xce, 0x38, 0x80}
	ppsTwo       = []byte{0x68, 0xce, 0x3c, 0x80}
	idr          = []byte{0x65, 0x88, 0x84, 0x00, 0x11}
	slice        = []byte{0x41, 0x9a, 0x21, 0x22}
	seiRecovery  = []byte{0x06, 0x06, 0x01, 0xc4, 0x80}
	trackH264    = media.Track{Codec: media.H264, Timescale: 90000}
	trackPCMA    = media.Track{Codec: media.PCMA, Timescale: 8000, SampleRate: 8000, Channels: 1}
	trackMJPEG   = media.Track{Codec: media.MJPEG, Timescale: 90000}
	sessionStart = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func avcc(nals ...[]byte) []byte {
	var b []byte
	for _, n := range nals {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(n))), n...)
	}
	return b
}

func newSession(tracks ...media.Track) (*Session, *record, *int) {
	rec, live := &record{}, new(int)
	stream := &media.Stream{}
	stream.AddSink(rec)
	s := &Session{stream: stream, meter: &meter{}, played: func() {}, live: func() { *live++ }}
	s.Offer(tracks)
	return s, rec, live
}

func at(d time.Duration) time.Time { return sessionStart.Add(d) }

// TestArrivalsBearAMonotonicReading: without one a clock that is set looks like time
// that has passed, and every camera like one that was silent for so long.
func TestArrivalsBearAMonotonicReading(t *testing.T) {
	if now := (&Session{}).Now(); now == now.Round(0) {
		t.Error("it has none")
	}
}

func TestSessionWaitsForItsBeginning(t *testing.T) {
	s, rec, live := newSession(trackH264)
	s.Unit(0, 1000, at(0), avcc(slice))
	s.Unit(0, 4600, at(40*time.Millisecond), avcc(idr)) // no parameter sets yet
	s.Unit(0, 8200, at(80*time.Millisecond), avcc(spsOrdered, ppsOne, slice))
	if f := s.meter.f; len(rec.runs) != 0 || f.Dropped != 0 || f.Frames != 3 { // nothing is wrong with them
		t.Fatalf("runs %d, figures %+v", len(rec.runs), f)
	}
	s.Unit(0, 11800, at(120*time.Millisecond), avcc(idr))
	if len(rec.runs) != 1 || *live != 1 || len(rec.units) != 1 {
		t.Fatalf("runs %d, live %d, units %d", len(rec.runs), *live, len(rec.units))
	}
	run, u := rec.runs[0], rec.units[0]
	want := at(120 * time.Millisecond).UnixMicro()
	if run.Start != want || u.Wall != want || u.PTS != 0 || u.DTS != 0 || !u.Key {
		t.Errorf("run %+v, unit %+v", run, u)
	}
	tr := run.Tracks[0]
	if tr.ID != 1 || tr.Width != 1920 || tr.Height != 1080 || len(tr.SPS) != 1 || len(tr.PPS) != 1 {
		t.Errorf("track %+v", tr)
	}
}

// TestSessionFigures: a camera that is joined in the middle of a group, or whose
// runs are short, is as fast as it says, from the first figures on.
func TestSessionFigures(t *testing.T) {
	for _, c := range []struct {
		name  string
		early int // pictures before the first key frame
		cut   int // pictures after which the parameters change, 0 for never
	}{
		{"from the beginning", 0, 0},
		{"joined in the middle", 24, 0},
		{"joined early in a long group", 240, 0},
		{"a run a second", 10, 25},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, _ := newSession(trackH264)
			known := false
			for i := range c.early + 150 {
				data, pps := avcc(slice), ppsOne
				if n := i - c.early; c.cut > 0 && n/c.cut%2 == 1 {
					pps = ppsTwo
				}
				if i >= c.early && (i-c.early)%25 == 0 {
					data = avcc(spsOrdered, pps, idr)
				}
				s.Unit(0, uint32(i)*3600, at(time.Duration(i)*40*time.Millisecond), data)
				f := s.meter.figures(at(time.Duration(i) * 40 * time.Millisecond))
				known = known || f.FPS != 0
				if known && (f.FPS < 24.9 || f.FPS > 25.1) {
					t.Fatalf("picture %d: %.2f a second", i, f.FPS)
				}
			}
			if !known || s.meter.f.Frames != uint64(c.early)+150 {
				t.Errorf("figures %+v", s.meter.f)
			}
		})
	}
}

// TestSessionCuts begins a new run for every reason there is, never losing a unit.
func TestSessionCuts(t *testing.T) {
	const frame = 40 * time.Millisecond
	cases := []struct {
		name  string
		jump  uint32        // ticks by which the timestamps jump at the tenth unit
		clock time.Duration // by which this machine's clock is set
		pps   []byte
		cause media.Cause
	}{
		{"timestamps forward", 90000 * 3600, 0, ppsOne, media.CauseTimestamps},
		{"timestamps back", 1<<32 - 90000*50, 0, ppsOne, media.CauseTimestamps},
		{"clock forward", 0, time.Hour, ppsOne, media.CauseClockStep},
		{"clock back", 0, -time.Hour, ppsOne, media.CauseClockStep},
		{"parameters", 0, 0, ppsTwo, media.CauseNone},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, rec, live := newSession(trackH264, trackPCMA)
			base := sessionStart
			set := base.Add(10*frame + c.clock)
			s.elapsed = func(from, to time.Time) time.Duration {
				if to.Equal(set) && !from.Equal(set) {
					to = to.Add(-c.clock) // the clock was set just before this arrival
				}
				return to.Sub(from)
			}
			var first time.Time
			for i := range 20 {
				arrival := base.Add(time.Duration(i) * frame)
				rtp := uint32(i) * 3600
				pps := ppsOne
				if i >= 10 {
					rtp += c.jump
					arrival = arrival.Add(c.clock)
					pps = c.pps
				}
				data := avcc(slice)
				if i%5 == 0 {
					data = avcc(spsOrdered, pps, idr)
				}
				if i >= 10 && c.cause == media.CauseTimestamps && i < 15 {
					data = avcc(slice) // the jump comes in the middle of a GOP
				}
				if i == 0 {
					first = arrival
				}
				s.Unit(0, rtp, arrival, data)
				s.Unit(1, uint32(i)*320, arrival, make([]byte, 320))
			}
			if len(rec.runs) != 2 || rec.ends[0] != c.cause || *live != 1 {
				t.Fatalf("runs %d, ends %v, live %d", len(rec.runs), rec.ends, *live)
			}
			if rec.runs[0].Start != first.UnixMicro() || rec.runs[0].ID == rec.runs[1].ID {
				t.Errorf("runs %+v %+v", rec.runs[0], rec.runs[1])
			}
			video, last := 0, map[int]*media.Unit{}
			for _, u := range rec.units {
				if u.Track == 0 {
					video++
				}
				if u.Key && u.Track == 0 && u.PTS == 0 {
					last = map[int]*media.Unit{}
				}
				if l := last[u.Track]; l != nil && (u.DTS <= l.DTS || u.DTS-l.DTS > 2*3600) {
					t.Errorf("track %d: dts %d after %d", u.Track, u.DTS, l.DTS)
				}
				last[u.Track] = u
			}
			if video != 20 {
				t.Errorf("%d of 20 pictures came through", video)
			}
		})
	}
}

func TestSessionStandingTimestamps(t *testing.T) {
	s, rec, _ := newSession(trackH264)
	for i := range 1500 {
		data := avcc(slice)
		if i%25 == 0 {
			data = avcc(spsOrdered, ppsOne, idr)
		}
		s.Unit(0, 77, at(time.Duration(i)*40*time.Millisecond), data)
	}
	if len(rec.units) != 1500 {
		t.Fatalf("%d units", len(rec.units))
	}
	if !s.distrust || s.Rate() != 0 {
		t.Error("the timestamps are still trusted")
	}
	u, v := rec.units[1498], rec.units[1499]
	if d := v.DTS - u.DTS; d != 3600 {
		t.Errorf("%d ticks between the last two units", d)
	}
}

func TestSessionRecoveryPoints(t *testing.T) {
	s, rec, _ := newSession(media.Track{Codec: media.H264, Timescale: 90000, SPS: [][]byte{spsOrdered}, PPS: [][]byte{ppsOne}})
	for i := range 200 { // an intra-refresh camera: no IDR ever
		data := avcc(slice)
		if i%25 == 0 {
			data = avcc(seiRecovery, slice)
		}
		s.Unit(0, uint32(i)*3600, at(time.Duration(i)*40*time.Millisecond), data)
	}
	if len(rec.runs) != 1 || len(rec.units) != 100 || !rec.units[0].Key {
		t.Errorf("runs %d, units %d", len(rec.runs), len(rec.units))
	}
}

func TestSessionMJPEG(t *testing.T) {
	jpeg := func(w, h byte) []byte {
		return []byte{0xff, 0xd8, 0xff, 0xdb, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, h, 0, w, 0, 3, 0, 0, 0}
	}
	s, rec, _ := newSession(trackMJPEG)
	s.Unit(0, 0, at(0), jpeg(2, 1))
	s.Unit(0, 3600, at(40*time.Millisecond), jpeg(2, 1))
	s.Unit(0, 7200, at(80*time.Millisecond), jpeg(4, 3))
	if len(rec.runs) != 2 || rec.runs[0].Tracks[0].Width != 512 || rec.runs[1].Tracks[0].Height != 768 || len(rec.units) != 3 {
		t.Errorf("runs %+v, units %d", rec.runs, len(rec.units))
	}
}

func TestSessionEnd(t *testing.T) {
	s, rec, _ := newSession(trackH264)
	for i := range 10 {
		s.Unit(0, uint32(i)*3600, at(time.Duration(i)*40*time.Millisecond), avcc(spsOrdered, ppsOne, idr))
	}
	s.end(media.CauseNoFrames)
	s.end(media.CauseNetwork)
	s.Unit(0, 99999, at(time.Second), avcc(idr))
	if len(rec.ends) != 1 || rec.ends[0] != media.CauseNoFrames || len(rec.units) != 10 {
		t.Fatalf("ends %v, units %d", rec.ends, len(rec.units))
	}
	if want := at(400 * time.Millisecond).UnixMicro(); rec.endAt[0] != want {
		t.Errorf("ended at %d, want %d: the end of the last picture", rec.endAt[0], want)
	}
}

func TestSessionClockOffset(t *testing.T) {
	s, _, _ := newSession(trackH264)
	ntp := func(t time.Time) uint64 {
		return uint64(t.Unix()+2_208_988_800)<<32 | uint64(t.Nanosecond())<<32/1e9
	}
	s.SenderReport(0, 0, 0, at(0))
	if s.meter.f.ClockOffset != nil {
		t.Error("a camera without a clock has no offset")
	}
	s.SenderReport(0, ntp(at(3500*time.Millisecond)), 0, at(300*time.Millisecond)) // delayed
	s.SenderReport(0, ntp(at(13500*time.Millisecond)), 0, at(10*time.Second))
	if got := s.meter.f.ClockOffset; got == nil || *got < 3.49 || *got > 3.51 {
		t.Errorf("offset %v, want 3.5", got)
	}
}

// TestSessionAnything feeds any timestamps, arrivals and kinds of units: decoding
// times rise within each run and track, no unit is written outside a run, each run
// begins with a key frame at pts 0, and its wall clock is the run's.
func TestSessionAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, rec, _ := newSession(trackH264, trackPCMA)
		now := time.Duration(0)
		rtp := [2]uint32{rapid.Uint32().Draw(rt, "v"), rapid.Uint32().Draw(rt, "a")}
		for range rapid.IntRange(1, 80).Draw(rt, "n") {
			now += time.Duration(rapid.IntRange(0, 400).Draw(rt, "ms")) * time.Millisecond
			track := rapid.IntRange(0, 1).Draw(rt, "track")
			switch rapid.IntRange(0, 12).Draw(rt, "step") {
			case 0:
				rtp[track] = rapid.Uint32().Draw(rt, "rtp")
			case 1:
				rtp[track] -= 5000
			case 2:
			default:
				rtp[track] += []uint32{3600, 320}[track]
			}
			data := rapid.SampledFrom([][]byte{avcc(slice), avcc(idr), avcc(spsOrdered, ppsOne, idr), avcc(spsOrdered, ppsTwo, idr), avcc(seiRecovery, slice), {0, 0, 0}, {0xff, 0xff, 0xff, 0xff, 1}}).Draw(rt, "data")
			if rapid.IntRange(0, 20).Draw(rt, "sr") == 0 {
				s.SenderReport(track, rapid.Uint64().Draw(rt, "ntp"), rtp[track], at(now))
			}
			s.Unit(track, rtp[track], at(now), data)
		}
		s.end(media.CauseStopped)
		if len(rec.ends) != len(rec.runs) {
			rt.Fatalf("%d runs, %d ends", len(rec.runs), len(rec.ends))
		}
		run := -1
		last := map[int]int64{}
		for _, u := range rec.units {
			if u.Track == 0 && u.PTS == 0 && u.Key && run+1 < len(rec.runs) && u.Wall == rec.runs[run+1].Start {
				run++
				last = map[int]int64{}
			}
			if run < 0 {
				rt.Fatalf("unit %+v before any run", u)
			}
			if before, seen := last[u.Track]; seen && u.DTS <= before {
				rt.Fatalf("dts %d after %d on track %d", u.DTS, before, u.Track)
			}
			last[u.Track] = u.DTS
			if u.PTS < 0 {
				rt.Fatalf("pts %d", u.PTS)
			}
		}
		if run != len(rec.runs)-1 {
			rt.Fatalf("%d of %d runs begin with a key frame at pts 0", run+1, len(rec.runs))
		}
	})
}

// TestClockStepsKeepTheOrder sets the clock while a camera without key frames sends
// recovery points: its runs are told apart in the order in which they began, nothing
// that was measured on the old clock holds up what comes on the new one, and the rate
// is known as before.
func TestClockStepsKeepTheOrder(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		s, rec, _ := newSession(trackH264)
		s.order = &Order{}
		var truth time.Duration // since the session began
		set := map[time.Time]time.Duration{}
		s.elapsed = func(from, to time.Time) time.Duration { return set[to] - set[from] }
		ahead := time.Duration(0)
		step := func(n int, point bool) {
			truth += 40 * time.Millisecond
			arrival := at(truth + ahead)
			set[arrival] = truth
			data := avcc(slice)
			if point {
				data = avcc(spsOrdered, ppsOne, seiRecovery, slice)
			}
			s.Unit(0, uint32(truth*90000/time.Second), arrival, data)
		}
		for n := range 750 { // half a minute, a point a second
			step(n, n%25 == 0)
		}
		if len(rec.runs) != 1 {
			t.Fatalf("%d runs", len(rec.runs))
		}
		ahead = by
		keys := 0
		for n := range 750 {
			before := len(rec.units)
			step(n, n%25 == 0)
			if len(rec.units) > before && rec.units[len(rec.units)-1].Key {
				keys++
			}
		}
		if len(rec.runs) != 2 || rec.ends[0] != media.CauseClockStep {
			t.Fatalf("set by %v: %d runs, ends %v", by, len(rec.runs), rec.ends)
		}
		if a, b := rec.runs[0].ID, rec.runs[1].ID; !media.LaterRun(b, a) || media.LaterRun(a, b) {
			t.Errorf("set by %v: run %s is not later than %s", by, b, a)
		}
		if keys < 20 {
			t.Errorf("set by %v: decoding can begin at %d of 30 points", by, keys)
		}
		if f := s.meter.f; f.FPS < 24 || f.FPS > 26 || s.meter.rate() == 0 {
			t.Errorf("set by %v: %v pictures a second, %v bit/s", by, f.FPS, f.Bitrate)
		}
		// Where nothing comes behind a step, the run's end is the step's.
		ahead *= 2
		step(0, false)
		s.end(media.CauseNetwork)
		if got := rec.ends[1]; got != media.CauseClockStep {
			t.Errorf("set by %v at the end: %s", by, got)
		}
	}
}

func TestOrderGoesOnBehindAnEarlierProcess(t *testing.T) {
	var o Order
	now := sessionStart.UnixMicro()
	ahead := runID(now + 3600*second)
	for _, id := range []string{"", "run1", "zzzzzzzzzzzzzzzz", "no number!", runID(now), ahead} {
		o.Behind(id)
	}
	for range 3 {
		id := runID(o.next(now))
		if !media.LaterRun(id, ahead) {
			t.Fatalf("%s is not later than %s", id, ahead)
		}
		ahead = id
	}
	if got := o.next(now + 7200*second); got != now+7200*second {
		t.Errorf("%d once the clock has passed them", got)
	}
	o.After(now + 9000*second) // what no id tells, as of a disk that does not answer
	if got := o.next(now); got != now+9000*second+1 {
		t.Errorf("%d behind an instant that is known to have been reached", got)
	}
	var none *Order
	if none.next(7) != 7 {
		t.Error("the nil order does not go by the clock")
	}
}

// TestDateHeaders: whole seconds of answers give the camera's clock as well as they
// can, until a sender report tells better; a clock that counts since the camera was
// switched on tells nothing.
func TestDateHeaders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &meter{}
		s := &Session{meter: m}
		truth := time.Duration(rapid.Int64Range(-3600e9, 3600e9).Draw(t, "offset"))
		n := rapid.IntRange(1, 20).Draw(t, "answers")
		for i := range n {
			sent := at(time.Duration(i)*30*time.Second + time.Duration(rapid.Int64Range(0, 999e6).Draw(t, "moment")))
			arrival := sent.Add(time.Duration(rapid.Int64Range(0, 50e6).Draw(t, "way")))
			s.Date(sent.Add(truth).Truncate(time.Second), arrival)
			miss := *m.f.ClockOffset - truth.Seconds()
			if m.f.ClockSource != ByDate || miss > DateError || miss < -DateError {
				t.Fatalf("after %d answers: %v s, %q, by %v wrong", i+1, *m.f.ClockOffset, m.f.ClockSource, miss)
			}
		}
	})
	s, _, _ := newSession(trackH264)
	s.SenderReport(0, 1000<<32, 0, at(0)) // up for a quarter of an hour
	if f := s.meter.f; f.ClockOffset != nil {
		t.Errorf("offset %v by a clock that counts from the camera's start", *f.ClockOffset)
	}
	s.Date(at(90*time.Second), at(0))
	s.SenderReport(0, uint64(at(0).Unix()+2_208_988_800+60)<<32, 0, at(0))
	s.Date(at(90*time.Second), at(0))
	if f := s.meter.f; *f.ClockOffset != 60 || f.ClockSource != BySenderReport {
		t.Errorf("%v by %s", *f.ClockOffset, f.ClockSource)
	}
}
