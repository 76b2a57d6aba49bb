package archive

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
)

// Lane is one camera's coverage of an interval: spans that fill it without hole.
type Lane struct {
	Camera string
	Spans  []coverage.Span
}

// Timeline tells for each camera what was recorded between from and to (µs since
// 1970 UTC), and why not. Spans shorter than resolution are merged into their
// neighbours, but a gap never vanishes: it takes the place of short recordings
// beside it, and every cause is told within resolution of where it was. Footage that stands as
// missing or altered is a gap that says so.
func (c *Catalogue) Timeline(ctx context.Context, cameras []string, from, to int64, resolution time.Duration) ([]Lane, error) {
	now := c.Clock.Micro()
	lanes := make([]Lane, len(cameras))
	if len(cameras) == 0 {
		return lanes, nil
	}
	gone, err := damage.Gone(ctx, c.DB.Read(), from, to, cameras...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(len(cameras), runtime.GOMAXPROCS(0), maxReaders) {
		readers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(cameras) || ctx.Err() != nil {
					return
				}
				spans, err := c.lane(ctx, cameras[i], from, to, now)
				if err != nil {
					cancel(err) // the first is the reason, the others only follow
					return
				}
				lanes[i] = Lane{Camera: cameras[i], Spans: coverage.Merge(coverage.Without(spans, gone[cameras[i]]), resolution.Microseconds())}
			}
		})
	}
	readers.Wait()
	return lanes, context.Cause(ctx)
}

// maxReaders bounds the connections that one timeline takes: decoding rows is
// work for processors, and other requests read from the database too.
const maxReaders = 3

// lane is one camera's coverage in full.
func (c *Catalogue) lane(ctx context.Context, camera string, from, to, now int64) ([]coverage.Span, error) {
	// The open segment first: what is closed meanwhile is then seen twice
	// rather than not at all.
	tail := c.open(camera)
	if err := c.current(ctx, camera); err != nil {
		return nil, err
	}
	spans, err := c.spans(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	kept, err := c.keptWhen(ctx, camera, from, to)
	if err != nil {
		return nil, err
	}
	return c.planned(camera, coverage.Fill(coverage.WithTail(coverage.With(spans, kept), tail), from, to, now), from, to), nil
}

// planned tells spans as the plan of recording has them, where there is one.
func (c *Catalogue) planned(camera string, spans []coverage.Span, from, to int64) []coverage.Span {
	if c.Plan == nil {
		return coverage.ByCause(spans)
	}
	return coverage.Lay(spans, c.Plan(camera, from, to))
}
