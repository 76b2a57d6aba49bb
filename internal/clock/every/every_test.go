package every_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/clock/every"
	"watchroom/internal/testkit/leak"
)

// TestRounds: one at once, one a pause, one when it is asked for, none after the end.
func TestRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rounds atomic.Int64
		var l every.Loop
		l.Start(t.Context(), time.Minute, func(context.Context) { rounds.Add(1) })
		synctest.Wait()
		if n := rounds.Load(); n != 1 {
			t.Errorf("at once: %d", n)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := rounds.Load(); n != 3 {
			t.Errorf("after two minutes: %d", n)
		}
		l.Wake()
		l.Wake() // asks for what is asked for already
		synctest.Wait()
		if n := rounds.Load(); n != 4 && n != 5 { // the second may come after the first was taken
			t.Errorf("woken: %d", n)
		}
		l.Close()
		ended := rounds.Load()
		l.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := rounds.Load(); n != ended {
			t.Errorf("%d rounds after the end", n-ended)
		}
	})
}

// TestCloseWaits for the round that is going on, and complains of no failure that is
// only the end.
func TestCloseWaits(t *testing.T) {
	leak.Check(t)
	var l every.Loop
	begun, ended := make(chan struct{}), false
	var said []error
	l.Start(t.Context(), time.Hour, every.Trying(func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	}, func(err error) { said = append(said, err) }))
	<-begun
	l.Close()
	if !ended || len(said) > 0 {
		t.Errorf("ended %v, said %v", ended, said)
	}
	var none every.Loop // never started
	none.Wake()
	none.Close()
	var failing every.Loop
	told := make(chan error, 1)
	failing.Start(t.Context(), time.Hour, every.Trying(func(context.Context) error { return errors.New("away") }, func(err error) { told <- err }))
	if err := <-told; err.Error() != "away" {
		t.Error(err)
	}
	failing.Close()
}

// TestARoundThatStandsStill is told of by its name, until it ends; one that has much to do is
// not.
func TestARoundThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w every.Watch
		var stands, works, unwatched every.Loop
		answer := make(chan struct{})
		stands.Start(w.Under(t.Context(), "stands"), time.Hour, func(context.Context) { <-answer })
		works.Start(w.Under(t.Context(), "works"), time.Hour, func(ctx context.Context) {
			for range 30 {
				time.Sleep(time.Minute)
				every.Alive(ctx)
			}
		})
		unwatched.Start(t.Context(), time.Hour, func(ctx context.Context) { every.Alive(ctx); <-answer })
		told := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if got := slices.Sorted(maps.Keys(w.Standing(10 * time.Minute))); !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		}
		time.Sleep(9 * time.Minute)
		told()
		time.Sleep(12 * time.Minute)
		told("stands")
		close(answer)
		told()
		time.Sleep(20 * time.Minute)
		told() // between two rounds nothing stands
		for _, l := range []*every.Loop{&stands, &works, &unwatched} {
			l.Close()
		}
	})
}
