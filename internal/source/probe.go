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
// returns as soon as there is a key frame, another picture and about a second of
// figures. The
// error is only for a cancelled context; all else is in the result.
func Probe(ctx context.Context, connect Connect, cfg Config) (ProbeResult, error) {
	limited, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	look := &probeSink{key: make(chan struct{}), two: make(chan struct{})}
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
	cancel()
	if err == nil {
		<-result
	}
	s.end(media.CauseStopped)
	if ctx.Err() != nil {
		return ProbeResult{}, ctx.Err()
	}
	return look.result(s, m.probe(), err, playing), nil
}

// wait returns nil when enough has been seen, or why the connection ended.
func (p *probeSink) wait(ctx context.Context, result chan error) error {
	key, two := p.key, p.two
	var figures <-chan time.Time
	for key != nil || two != nil || figures != nil {
		select {
		case <-key:
			key, figures = nil, time.After(probeFigures)
		case <-two:
			two = nil
		case <-figures:
			figures = nil
		case err := <-result:
			return err
		case <-ctx.Done():
			return <-result
		}
	}
	return nil
}

// probe closes the window that is open and gives the figures.
func (m *meter) probe() Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now().UnixMicro(); m.opened != 0 && m.f.Bitrate == 0 && now > m.opened {
		one := m.frames == 1
		if m.close(now, m.last); one {
			m.f.FPS = 0 // one picture has no rate
		}
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
	w := s.watch()
	fail := Classify(err, false)
	select {
	case <-playing:
		fail = Classify(hungUp(err), false)
		switch {
		case w.waiting > 0, w.obstacle.Code == "not_decodable":
			fail = stalled(w.obstacle, err)
		case w.hint != nil:
			fail = stalled(*w.hint, err)
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
	key chan struct{} // closed when there is a key frame,
	two chan struct{} // and when there is another picture, without which a slow camera has no figures

	mu   sync.Mutex // guards run, unit and more
	more bool
	run  *media.Run
	unit *media.Unit
}

func (p *probeSink) Begin(*media.Run)                   {}
func (p *probeSink) End(*media.Run, int64, media.Cause) {}
func (p *probeSink) Write(run *media.Run, u *media.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.Track != max(run.Video(), 0) {
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
}
