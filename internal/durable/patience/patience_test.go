package patience_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/durable/patience"
)

// opened notes that it was closed.
type opened struct{ closed bool }

func (o *opened) Close() error { o.closed = true; return nil }

// TestADiskThatStandsStill is not waited for, nor asked for anything more until it has come
// back; what it opened late is closed.
func TestADiskThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back, asked := 0, 0
		g := patience.Guard{Back: func() { back++ }}
		answer, late := make(chan struct{}), &opened{}
		began := time.Now()
		_, err := patience.Do(t.Context(), &g, time.Second, func() (*opened, error) { <-answer; return late, nil })
		if !errors.Is(err, patience.ErrStands) || time.Since(began) != time.Second || !g.Stands() {
			t.Errorf("%v after %v, stands %v", err, time.Since(began), g.Stands())
		}
		ask := func() (int, error) { asked++; return 7, errors.New("as it is") }
		if _, err := patience.Do(t.Context(), &g, time.Second, ask); !errors.Is(err, patience.ErrStands) || asked != 0 {
			t.Errorf("%v, asked %d times while it stood", err, asked)
		}
		close(answer)
		synctest.Wait()
		if g.Stands() || back != 1 || !late.closed {
			t.Errorf("stands %v, back %d, closed %v", g.Stands(), back, late.closed)
		}
		if n, err := patience.Do(t.Context(), &g, time.Second, ask); n != 7 || err == nil || err.Error() != "as it is" {
			t.Error(n, err)
		}
	})
}

// TestWhoGoesIsNotKept, and what is only asked for in vain is no sign of a disk that stands.
func TestWhoGoesIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g patience.Guard
		ctx, cancel := context.WithCancel(t.Context())
		answer, late := make(chan struct{}), &opened{}
		time.AfterFunc(time.Second, cancel)
		if _, err := patience.Do(ctx, &g, time.Hour, func() (*opened, error) { <-answer; return late, nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if g.Stands() {
			t.Error("it stands although nobody has waited for it for long")
		}
		close(answer)
		synctest.Wait()
		if !late.closed {
			t.Error("what was opened late stays open")
		}
	})
}

// TestWhoAsksAndGoesLeavesNoMoreBehind: of a disk that stands still it is known although
// nobody waits, so that who asks again and again is told at once: what is
// asked in the very instant in which it shows may still go there.
func TestWhoAsksAndGoesLeavesNoMoreBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g patience.Guard
		var asked atomic.Int64
		answer := make(chan struct{})
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := patience.Do(ctx, &g, 10*time.Second, func() (int, error) { asked.Add(1); <-answer; return 0, nil })
			cancel()
			if err == nil {
				t.Fatal("it answered")
			}
		}
		if n := asked.Load(); n > 11 || !g.Stands() {
			t.Errorf("asked %d times, stands %v", n, g.Stands())
		}
		close(answer)
		synctest.Wait()
		if g.Stands() {
			t.Error("it stands although it has come back")
		}
	})
}
