package source

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Gate limits how many handshakes run at once over all cameras, so that a
// recorder with 500 of them comes back after a power cut without drowning the
// switches or itself. A nil Gate lets everyone through.
type Gate struct {
	slots chan struct{}
	hold  time.Duration
}

// NewGate makes a gate for n handshakes at once. A handshake that takes longer
// than hold (0 means 3 s) no longer counts, so that dead hosts cannot keep
// living ones waiting.
func NewGate(n int, hold time.Duration) *Gate {
	if hold == 0 {
		hold = 3 * time.Second
	}
	return &Gate{slots: make(chan struct{}, max(n, 1)), hold: hold}
}

// Enter waits for a slot, first come first served. leave gives it back and may
// be called more than once.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	if g == nil {
		return func() {}, ctx.Err()
	}
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var once sync.Once
	give := func() { once.Do(func() { <-g.slots }) }
	t := time.AfterFunc(g.hold, give)
	return func() { t.Stop(); give() }, nil
}

// backoff is exponential; each pause is drawn from the upper half of its step, so
// that cameras which were lost together do not come back together, and none is
// asked again at once. Wrong credentials start high, so that cameras which count
// failures do not lock the account.
type backoff struct{ n int }

const (
	backoffFirst       = 500 * time.Millisecond
	backoffMax         = 10 * time.Second // 500 cameras behind a dead switch: 100 attempts a second, through the gate
	credentialsFirst   = 15 * time.Second
	credentialsMax     = 60 * time.Second
	steadyAfter        = 10 * time.Second // a session this long makes the next failure a first one
	unchangeableFirst  = 5 * time.Second  // nothing to record is offered: that seldom changes by itself
	defaultNoFrames    = 5 * time.Second
	defaultNoKeyFrames = 60 * time.Second
)

func (b *backoff) reset() { b.n = 0 }

func (b *backoff) next(s State) time.Duration {
	first, limit := backoffFirst, backoffMax
	switch s {
	case WrongCredentials:
		first, limit = credentialsFirst, credentialsMax
	case Unsupported:
		first = unchangeableFirst
	}
	d := limit
	if b.n < 8 {
		d = min(first<<b.n, limit)
	}
	b.n++
	return d/2 + rand.N(d/2) + 1
}
