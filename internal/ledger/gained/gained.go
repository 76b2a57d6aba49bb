// Package gained has the log tell how much of what the node's clock shows nobody has borne out,
// so that the next start knows it whatever became of the file that remembers it. Decision 0065.
package gained

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/ledger/tlog"
)

// A Teller says it at the start, when it has changed by change, and every Beat, so that a start
// finds it near the end of the log.
const (
	change = 30 * time.Second
	Beat   = 20 * time.Minute
)

// lookBack is among how many entries at the end of a log it is looked for, as for the last word of
// the node's clock.
const lookBack = 64 * evidence.TileWidth

// Into is a log.
type Into interface {
	Append(ctx context.Context, entries ...[]byte) (first int64, err error)
}

// Teller tells the log.
type Teller struct {
	Into  Into
	Clock clock.Clock
	Log   *slog.Logger
	// Unproved is how far the clock is ahead of what is known to have passed, and what has been
	// believed of it besides; nil tells nothing.
	Unproved func() (ahead, more time.Duration)
	Every    time.Duration // 0: a second

	mu   sync.Mutex // guards what was said last
	sum  time.Duration
	said time.Time // zero: nothing

	loop every.Loop
}

// Start says it, and goes on doing so until stop, which says it for the last time.
func (t *Teller) Start(ctx context.Context) (stop func()) {
	if t.Unproved == nil {
		return func() {}
	}
	if t.Every <= 0 {
		t.Every = time.Second
	}
	t.say(ctx, false)
	t.loop.Start(ctx, t.Every, func(ctx context.Context) { t.say(ctx, false) })
	return t.end
}

func (t *Teller) end() {
	t.loop.Close()
	t.say(context.Background(), true)
}

func (t *Teller) say(ctx context.Context, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ahead, more := t.Unproved()
	switch sum := ahead + more; {
	case t.said.IsZero(), time.Since(t.said) >= Beat, (sum - t.sum).Abs() >= change:
	case last && (sum-t.sum).Abs() >= time.Second:
	default:
		return
	}
	b, err := leaf.Encode(&leaf.Clock{At: t.Clock.Micro(), Ahead: ahead.Microseconds(), Believed: more.Microseconds()})
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		_, err = t.Into.Append(ctx, b)
	}
	if err != nil { // it is tried again
		t.Log.Debug("the log cannot say what the clock has gained", "err", err)
		return
	}
	t.said, t.sum = time.Now(), ahead+more
}

// Last is what a log told last; ok is false where it tells of none, as one of earlier versions.
func Last(end *tlog.End) (ahead, more time.Duration, ok bool) {
	for index, entry := range end.Back() {
		if entry == nil || end.Signed.Size-index > lookBack {
			break
		}
		if !leaf.Is(entry, "clock") {
			continue
		}
		e, err := leaf.Decode(entry)
		if c, is := e.(*leaf.Clock); err == nil && is && end.Proved(index, entry) == nil {
			return time.Duration(c.Ahead) * time.Microsecond, time.Duration(c.Believed) * time.Microsecond, true
		}
	}
	return 0, 0, false
}
