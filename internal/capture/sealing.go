package capture

import (
	"context"
	"time"
)

// Sealing asks all cameras' recorders in turn for a seal of their open segments
// (R2): each once in every Every. Together with the time that the notes take into
// the log, no part may be older than a minute before it is sealed.
type Sealing struct {
	Cameras func() []string     // such as Fleet.Cameras
	Seal    func(camera string) // such as Fleet.Seal; must wait for nothing
	Every   time.Duration       // 0 means 45 s
	// Spread is the time over which the asking is spread, so that not every camera's
	// journal is forced to the disk at one instant; 0 means a tenth of Every.
	Spread time.Duration

	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins to ask.
func (s *Sealing) Start(ctx context.Context) error {
	if s.Every <= 0 {
		s.Every = 45 * time.Second
	}
	if s.Spread <= 0 {
		s.Spread = s.Every / 10
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	go s.run(ctx)
	return nil
}

// Close stops asking and waits.
func (s *Sealing) Close() {
	s.cancel()
	<-s.done
}

func (s *Sealing) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !s.round(ctx) {
			return
		}
	}
}

// round asks every camera once; false when ctx ended.
func (s *Sealing) round(ctx context.Context) bool {
	cameras := s.Cameras()
	if len(cameras) == 0 {
		return true
	}
	step := time.NewTicker(max(s.Spread/time.Duration(len(cameras)), time.Microsecond))
	defer step.Stop()
	for _, camera := range cameras {
		s.Seal(camera)
		select {
		case <-ctx.Done():
			return false
		case <-step.C:
		}
	}
	return true
}
