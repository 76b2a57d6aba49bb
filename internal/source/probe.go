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
	State       State // Live when OK
	Reason      Reason
	Tracks      []media.Track
	FPS         float64
	Bitrate     float64
	KeyInterval float64
	Transport   string
	ClockOffset *float64
	KeyFrame    *media.Unit // the first picture that can be decoded alone, nil if none came
	Run         *media.Run  // the run of KeyFrame
}

// probeFigures is how long figures are gathered after the first key frame, and
// probeLimit how long a test may take in all.
const (
	probeFigures = 1200 * time.Millisecond
	probeLimit   = 8 * time.Second
)

// Probe connects once, without recording anything, and tells what it saw. It
// returns as soon as there is a key frame and about a second of figures. The
// error is only for a cancelled context; all else is in the result.
func Probe(ctx context.Context, connect Connect, cfg Config) (ProbeResult, error) {
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	look := &probeSink{key: make(chan struct{})}
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

	var err error
	select {
	case err = <-result:
	case <-limited.Done():
		err = <-result
	case <-look.key:
		select {
		case err = <-result:
		case <-time.After(probeFigures):
			cancel()
			<-result
			err = nil
		}
	}
	s.end(media.CauseStopped)
	if ctx.Err() != nil {
		return ProbeResult{}, ctx.Err()
	}
	return look.result(s, m.probe(), err, playing), nil
}

// probe closes the window that is open and gives the figures.
func (m *meter) probe() Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now().UnixMicro(); m.opened != 0 && m.f.Bitrate == 0 && now > m.opened {
		m.close(now, m.last)
	}
	return m.f
}

func (p *probeSink) result(s *Session, f Figures, err error, playing chan struct{}) ProbeResult {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := ProbeResult{KeyFrame: p.unit, Run: p.run, FPS: f.FPS, Bitrate: f.Bitrate, KeyInterval: f.KeyInterval,
		Transport: f.Transport, ClockOffset: f.ClockOffset}
	if p.run != nil {
		out.OK, out.State, out.Tracks = true, Live, p.run.Tracks
		out.Reason = Reason{Code: "live", Detail: "Pictures are coming."}
		return out
	}
	_, hint, waiting := s.silent()
	fail := Classify(errors.Join(err), false)
	select {
	case <-playing:
		switch {
		case waiting > 0:
			fail = Fail(Stalled, "no_key_frame", "Pictures come, but none that decoding could start with.", nil, err)
		case hint != nil:
			fail = Fail(Stalled, hint.Code, hint.Detail, hint.Params, err)
		case errors.Is(err, context.DeadlineExceeded):
			fail = noFrames("8")
		}
	default:
	}
	out.State, out.Reason = fail.State, fail.Reason
	for _, t := range s.tracks {
		out.Tracks = append(out.Tracks, t.Track)
	}
	return out
}

// probeSink keeps the first key frame.
type probeSink struct {
	key chan struct{}

	mu   sync.Mutex // guards run and unit
	run  *media.Run
	unit *media.Unit
}

func (p *probeSink) Begin(*media.Run)                   {}
func (p *probeSink) End(*media.Run, int64, media.Cause) {}
func (p *probeSink) Write(run *media.Run, u *media.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unit == nil && u.Key && u.Track == max(run.Video(), 0) {
		p.run, p.unit = run, u
		close(p.key)
	}
}
