// Package latch lets calls through once what they are for stands, and remembers none before.
package latch

import "sync"

// Latch is shut until it is opened.
type Latch struct {
	mu sync.RWMutex // guards up; held by a call that is let through
	up bool
}

// Open lets calls through from now on.
func (l *Latch) Open() { l.mu.Lock(); l.up = true; l.mu.Unlock() }

// Shut lets none through any more, and waits for those that go on.
func (l *Latch) Shut() { l.mu.Lock(); l.up = false; l.mu.Unlock() }

// Do calls f, unless it is shut.
func (l *Latch) Do(f func()) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.up {
		f()
	}
}
