// Package await lets a test wait for what no event tells of.
package await

import (
	"context"
	"testing"
	"time"
)

// Until asks again and again until done says so. It has no limit of its own, which a busy
// machine would miss: shortly before the time of the whole test binary is over, the test
// fails and says what it waited for.
func Until(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx := t.Context()
	if end, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-5*time.Second))
		defer cancel()
	}
	if !asked(ctx, done) {
		t.Fatalf("%s: never", what)
	}
}

func asked(ctx context.Context, done func() bool) bool {
	for pause := time.Millisecond; !done(); pause = min(2*pause, 50*time.Millisecond) {
		look := time.NewTimer(pause)
		select {
		case <-look.C:
		case <-ctx.Done():
			look.Stop()
			return false
		}
	}
	return true
}
