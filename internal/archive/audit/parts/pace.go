package parts

import (
	"context"
	"time"
)

// Pace keeps the reading of footage below a rate.
type Pace struct {
	Rate  int64 // bytes in a second; 0: as fast as it goes
	began time.Time
	read  int64
}

// Wait waits until so many bytes more may have been read, or the context ends.
func (p *Pace) Wait(ctx context.Context, n int64) error {
	if p.Rate <= 0 {
		return ctx.Err()
	}
	if p.began.IsZero() {
		p.began = time.Now()
	}
	p.read += n
	due := p.began.Add(time.Duration(float64(p.read) / float64(p.Rate) * float64(time.Second)))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
