package source

import (
	"context"
	"errors"
	"sync"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/media"
)

// ProbeResult is what a test of a connection found.
type ProbeResult struct {
	OK          bool
	State       State // Live when OK; Connecting when only the first key frame is still to come
	Reason      Reason
	Tracks      []media.Track
	FPS         float64 // pictures a second of media time, and
	Bitrate     float64 // bit/s of it, from key frame to key frame, as far as there are two
	KeyInterval float64 // seconds, 0 if no second key frame came
	KeyLonger   float64 // then the seconds of pictures in which none, or no second one, came: the interval is longer
	Transport   string
	ClockOffset *float64
	KeyFrame    *media.Unit // the first picture that can be decoded alone, nil if none came
	Run         *media.Run  // the run of KeyFrame
}

// probeFigures is how much of the stream figures are taken from at least, probeKeys
// how long another key frame is waited for, and probeLimit how long a test may take in
// all.
const (
	probeFigures = 1200 * time.Millisecond
	probeKeys    = 5 * time.Second
	probeLimit   = 8 * time.Second
)

// Probe connects once, without recording anything, and tells what it saw. It
// returns as soon as there is a second key frame and about a second of figures, or
// when none comes for five seconds. A camera that sends pictures, but no key frame as long
// as the test may take, is well: it will be recorded from its first one on. The error is
// only for a cancelled context; all else is in the result.
func Probe(ctx context.Context, connect Connect, cfg Config) (ProbeResult, error) {
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	look := &probeSink{key: make(chan struct{}), two: make(chan struct{}), enough: make(chan struct{})}
	stream := &media.Stream{}
	stream.AddSink(look)
	var m meter
	playing := make(chan struct{})
	var once sync.Once
	s := &Session{
		stream: stream, clock: clock.Clock(nil), meter: &m,
		played: func() { once.Do(func() { close(playing) }) },
		live:   func() {},
	}
	result := make(chan error, 1)
	go func() { result <- connect(limited, cfg, s) }()

	err := look.wait(limited, result)
	over := limited.Err() != nil
	cancel()
	if err == nil {
		<-result
	}
	s.end(media.CauseStopped)
	if ctx.Err() != nil {
		return ProbeResult{}, ctx.Err()
	}
	return look.result(s, m.probe(s.Now().UnixMicro()), err, playing, over), nil
}

// wait returns nil when enough has been seen, or why the connection ended.
func (p *probeSink) wait(ctx context.Context, result chan error) error {
	key, two, enough := p.key, p.two, p.enough
	var patience <-chan time.Time
	for key != nil || two != nil || enough != nil {
		select {
		case <-key:
			key, patience = nil, time.After(probeKeys)
		case <-two:
			two = nil
		case <-enough:
			enough = nil
		case <-patience:
			enough, patience = nil, nil
		case err := <-result:
			return err
		case <-ctx.Done():
			return <-result
		}
	}
	return nil
}

// probe closes the window that is open and gives the figures; now is µs, as arrivals are.
func (m *meter) probe(now int64) Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opened != 0 && m.f.Bitrate == 0 && now > m.opened {
		one := m.frames == 1
		if m.close(now); one {
			m.f.FPS = 0 // one picture has no rate
		}
	}
	return m.f
}

// result puts together what is known. over tells that the test had no more time.
func (p *probeSink) result(s *Session, f Figures, err error, playing chan struct{}, over bool) ProbeResult {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := ProbeResult{KeyFrame: p.unit, Run: p.run, FPS: f.FPS, Bitrate: f.Bitrate, KeyInterval: f.KeyInterval,
		Transport: f.Transport, ClockOffset: f.ClockOffset}
	if p.run != nil {
		out.OK, out.State, out.Tracks = true, Live, p.run.Tracks
		p.gop.figures(&out)
		out.Reason = Reason{Code: "live", Detail: "Pictures are coming."}
		return out
	}
	w := s.watch()
	for _, t := range s.tracks {
		out.Tracks = append(out.Tracks, t.known())
	}
	if over && w.hopeful && w.quiet < max(defaultNoFrames, w.allowed()) {
		out.OK, out.State, out.Reason = true, Connecting, awaited()
		out.KeyLonger = (w.waiting - w.quiet).Seconds()
		return out
	}
	fail := Classify(err, false)
	select {
	case <-playing:
		fail = Classify(hungUp(err), false)
		switch {
		case w.waiting > 0 && w.pictures > 0, w.obstacle.Code == "not_decodable":
			fail = stalled(w.obstacle, err)
		case w.hint != nil:
			fail = stalled(*w.hint, err)
		case errors.Is(err, context.DeadlineExceeded):
			fail = noFrames("8")
		}
	default:
	}
	out.State, out.Reason = fail.State, fail.Reason
	return out
}

// probeSink keeps the first key frame and measures from there.
type probeSink struct {
	key    chan struct{} // closed when there is a key frame,
	two    chan struct{} // when there is another picture, without which a slow camera has no figures,
	enough chan struct{} // and when the figures are whole

	mu    sync.Mutex // guards all below
	more  bool
	whole bool
	run   *media.Run
	unit  *media.Unit
	gop   span
}

// span measures a run by its own time. A device that begins with a burst of what it
// has kept would otherwise seem to send more than it does.
type span struct {
	run    *media.Run
	keys   int
	first  int64  // dts (µs) of the first key frame,
	key    int64  // of the last one,
	last   int64  // and of the last picture
	before amount // from the first key frame up to the last one,
	after  amount // and since
}

// amount is what comes of all tracks.
type amount struct{ bytes, pictures int }

// take counts a unit of any track.
func (s *span) take(run *media.Run, u *media.Unit, picture bool) {
	if run != s.run {
		if !picture || !u.Key {
			return
		}
		*s = span{run: run}
	}
	if picture {
		s.last = scale(u.DTS, second, int64(run.Tracks[u.Track].Timescale))
		if u.Key {
			if s.keys++; s.keys == 1 {
				s.first = s.last
			}
			s.key = s.last
			s.before.bytes += s.after.bytes
			s.before.pictures += s.after.pictures
			s.after = amount{}
		}
		s.after.pictures++
	}
	s.after.bytes += len(u.Data)
}

// figures fills in what is known.
func (s *span) figures(out *ProbeResult) {
	out.KeyInterval, out.FPS = 0, 0
	length, of := s.key-s.first, s.before
	if s.keys > 1 && length > 0 {
		out.KeyInterval = float64(length) / 1e6 / float64(s.keys-1)
	} else {
		length, of = s.last-s.first, s.after
		of.pictures-- // the last one's own time has not passed
		out.KeyLonger = float64(length) / 1e6
	}
	if length > 0 {
		out.Bitrate = float64(of.bytes) * 8e6 / float64(length)
		if s.run.Video() >= 0 {
			out.FPS = float64(of.pictures) * 1e6 / float64(length)
		}
	}
}

func (p *probeSink) Begin(*media.Run)                   {}
func (p *probeSink) End(*media.Run, int64, media.Cause) {}
func (p *probeSink) Write(run *media.Run, u *media.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	picture := u.Track == max(run.Video(), 0)
	p.gop.take(run, u, picture)
	if !picture {
		return
	}
	switch {
	case p.unit == nil && u.Key:
		p.run, p.unit = run, u
		close(p.key)
	case p.unit != nil && !p.more:
		p.more = true
		close(p.two)
	}
	if !p.whole && p.gop.keys > 1 && p.gop.key-p.gop.first >= probeFigures.Microseconds() {
		p.whole = true
		close(p.enough)
	}
}
