package every

import (
	"context"
	"io"
	"sync"
	"time"
)

// Watch knows which rounds go on and since when they have given no sign of life. The zero
// Watch is ready.
type Watch struct {
	mu     sync.Mutex
	rounds map[*round]bool
}

type round struct {
	watch *Watch
	name  string
	alive time.Time
}

type (
	watchKey struct{}
	roundKey struct{}
)

type watched struct {
	watch *Watch
	name  string
}

// Under has the rounds of a loop that is started with what it gives be watched, by a name.
func (w *Watch) Under(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, watchKey{}, watched{w, name})
}

// Standing gives the names of rounds that have given no sign of life for so long.
func (w *Watch) Standing(long time.Duration) map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := map[string]bool{}
	for r := range w.rounds {
		if time.Since(r.alive) > long {
			names[r.name] = true
		}
	}
	return names
}

// Begin begins a round of something that is no Loop; end ends it. Where nobody watches it
// does nothing.
func Begin(ctx context.Context) (_ context.Context, end func()) {
	of, ok := ctx.Value(watchKey{}).(watched)
	if !ok {
		return ctx, func() {}
	}
	w, r := of.watch, &round{of.watch, of.name, time.Now()}
	w.mu.Lock()
	if w.rounds == nil {
		w.rounds = map[*round]bool{}
	}
	w.rounds[r] = true
	w.mu.Unlock()
	return context.WithValue(ctx, roundKey{}, r), func() {
		w.mu.Lock()
		delete(w.rounds, r)
		w.mu.Unlock()
	}
}

// Alive is the sign of life of the round that goes on in ctx: one that has much to do takes
// long, and does not stand still.
func Alive(ctx context.Context) {
	if r, ok := ctx.Value(roundKey{}).(*round); ok {
		r.watch.mu.Lock()
		r.alive = time.Now()
		r.watch.mu.Unlock()
	}
}

// Reading is a file whose every reading is a sign of life.
func Reading(ctx context.Context, f io.ReaderAt) io.ReaderAt { return lively{ctx, f} }

type lively struct {
	ctx context.Context
	io.ReaderAt
}

func (l lively) ReadAt(b []byte, at int64) (int, error) {
	Alive(l.ctx)
	return l.ReaderAt.ReadAt(b, at)
}
