// Package clocktest has a clock that a test sets by hand while goroutines of what it tests
// read it.
package clocktest

import (
	"sync/atomic"
	"time"
)

// Hand shows the instant that it was set to, to the microsecond; at first the Unix epoch.
type Hand struct{ micro atomic.Int64 }

// At is a clock that shows t.
func At(t time.Time) *Hand {
	h := &Hand{}
	h.Set(t)
	return h
}

// Set lets the clock show t from now on.
func (h *Hand) Set(t time.Time) { h.micro.Store(t.UnixMicro()) }

// Add moves it by d, which may be negative.
func (h *Hand) Add(d time.Duration) { h.micro.Add(d.Microseconds()) }

// Now is what it shows, in UTC.
func (h *Hand) Now() time.Time { return time.UnixMicro(h.micro.Load()).UTC() }

// Micro is what it shows, in µs since the Unix epoch.
func (h *Hand) Micro() int64 { return h.micro.Load() }
