// Package clock is the one way to ask what time it is, so that tests can answer.
// Timers and tickers are the standard library's; tests that need them to jump
// run inside testing/synctest.
package clock

import "time"

// Clock answers the present instant. The nil Clock is the system's.
type Clock func() time.Time

// Now is the present instant in UTC.
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().UTC()
	}
	return c().UTC()
}

// Micro is Now in microseconds since 1970 UTC, the form that records are kept in.
func (c Clock) Micro() int64 { return c.Now().UnixMicro() }
