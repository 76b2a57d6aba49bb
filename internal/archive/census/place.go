package census

import (
	"context"
	"sync/atomic"
	"time"

	"watchroom/internal/archive/tier"
)

// place is a disk or tier that footage lies on.
type place struct {
	store    tier.Store
	patience time.Duration
	disk     bool                            // a recording disk
	there    func() bool                     // it answered when it was last asked; asks nobody
	sure     func(ctx context.Context) error // asks whether it is the right one
	stuck    atomic.Int32                    // steps that were not waited for and have not come back
}

// list gives the sizes of the files in a folder, by name.
func (p *place) list(ctx context.Context, dir string) (map[string]int64, error) {
	return step(ctx, p, func() (map[string]int64, error) {
		files := map[string]int64{}
		err := p.store.List(ctx, dir, func(name string, size int64) error {
			files[name] = size
			return nil
		})
		return files, err
	})
}

func (p *place) stat(ctx context.Context, name string) (int64, error) {
	return step(ctx, p, func() (int64, error) { return p.store.Stat(ctx, name) })
}

// answer is what came of a step.
type answer[T any] struct {
	value T
	err   error
}

// step does f, and waits for it no longer than the place may take: no system call on a mount
// whose server is gone ever ends by itself. Nothing more is asked of it before f has come back.
func step[T any](ctx context.Context, p *place, f func() (T, error)) (none T, _ error) {
	if p.stuck.Load() > 0 {
		return none, errHangs
	}
	done := make(chan answer[T], 1)
	p.stuck.Add(1)
	go func() {
		v, err := f()
		p.stuck.Add(-1)
		done <- answer[T]{v, err}
	}()
	end := time.NewTimer(p.patience)
	defer end.Stop()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-end.C:
		return none, errHangs
	}
}
