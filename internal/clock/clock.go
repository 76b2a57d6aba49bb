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

// Reading is the present instant with the reading of a clock that nobody sets, which
// UTC, and so Now, drops: what Sub finds between two of them has truly passed, whatever
// was done to the clock meanwhile. Its zone is the machine's.
func (c Clock) Reading() time.Time {
	if c == nil {
		return time.Now()
	}
	return c()
}

// Steady is how long this process has run, by a clock that nobody sets: how long a thing
// lasts, and whether it is late, is measured by it, never by Now.
func Steady() time.Duration { return time.Since(began) }

var began = time.Now()

// Micro is Now in microseconds since 1970 UTC, the form that records are kept in.
func (c Clock) Micro() int64 { return c.Now().UnixMicro() }
