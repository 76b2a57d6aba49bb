//go:build testclock

package main

import "watchroom/internal/clock"

// systemClock is one that the test sets by way of the file that WATCHROOM_TESTCLOCK
// names.
func systemClock(env func(string) (string, bool)) (clock.Clock, error) {
	path, ok := env("WATCHROOM_TESTCLOCK")
	if !ok {
		return nil, nil
	}
	return clock.Shifted(path)
}
