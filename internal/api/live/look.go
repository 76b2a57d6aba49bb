package live

import (
	"sync"
	"sync/atomic"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
)

// tellEvery is how often it is put on record that a live view goes on. A wall stands for
// weeks, and whoever asks on Wednesday who saw a camera on Tuesday night must find it without
// its end, which may never be on record.
const tellEvery = 4 * time.Hour

// look is somebody looking at a camera's live pictures, which is on record since opened.
type look struct {
	routes *Routes
	actor  access.Actor
	camera string
	opened ledger.Act
	detail func() map[string]any

	told atomic.Int64 // µs, up to when the record reaches
	mu   sync.Mutex   // lets the end be the last that is told; guards over
	over bool
}

// act tells of it from one instant to another (µs).
func (l *look) act(kind string, from, to int64) error {
	d := l.detail()
	d["opened"], d["from"], d["to"] = l.opened.ID, from, to
	return l.routes.Journal.Record(l.actor.Act(to, kind, l.camera, l.camera, d))
}

// goesOn puts on record that it does, where that is due. It does not wait for the disk: it is
// asked where what has lost its right must end within a second.
func (l *look) goesOn() {
	from, now := l.told.Load(), l.routes.Clock.Micro()
	if now-from < tellEvery.Microseconds() || !l.told.CompareAndSwap(from, now) {
		return
	}
	go func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.over {
			return
		}
		if err := l.act("live.continued", from, now); err != nil {
			l.told.CompareAndSwap(now, from) // it is told with the next
			l.routes.Log.Info("that a live view goes on is not on record", "act", l.opened.ID, "error", err)
		}
	}()
}

// ended puts the end on record, once.
func (l *look) ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	// The beginning is on record; without an end it reads as longer, never as nothing.
	if err := l.act("live.closed", l.opened.At, max(l.routes.Clock.Micro(), l.opened.At+1)); err != nil {
		l.routes.Log.Info("the end of a live view is not on record", "act", l.opened.ID, "error", err)
	}
}
