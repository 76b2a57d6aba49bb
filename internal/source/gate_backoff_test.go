package source

import (
	"testing"
	"time"
)

// TestPausesHaveAFloor: no camera is asked again at once, however often the dice
// are thrown, and none later than the limit.
func TestPausesHaveAFloor(t *testing.T) {
	for state, want := range map[State]struct{ first, most time.Duration }{
		Refused:          {backoffFirst, backoffMax},
		Unreachable:      {backoffFirst, backoffMax},
		Unsupported:      {unchangeableFirst, backoffMax},
		WrongCredentials: {credentialsFirst, credentialsMax},
	} {
		for range 300 {
			var b backoff
			for n := range 12 {
				step := want.most
				if n < 8 {
					step = min(want.first<<n, want.most)
				}
				if got := b.next(state); got < step/2 || got > step {
					t.Fatalf("%s, try %d: %v, want %v to %v", state, n, got, step/2, step)
				}
			}
		}
	}
}
