package every_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/clock/every"
	"watchroom/internal/testkit/leak"
)

// TestRounds: one at once, one a pause, one when it is asked for, none after the end.
func TestRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		var l every.Loop
		l.Start(t.Context(), time.Minute, func(context.Context) { rounds++ })
		synctest.Wait()
		if rounds != 1 {
			t.Errorf("at once: %d", rounds)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if rounds != 3 {
			t.Errorf("after two minutes: %d", rounds)
		}
		l.Wake()
		l.Wake() // asks for what is asked for already
		synctest.Wait()
		if rounds != 4 && rounds != 5 { // the second may come after the first was taken
			t.Errorf("woken: %d", rounds)
		}
		l.Close()
		ended := rounds
		l.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		if rounds != ended {
			t.Errorf("%d rounds after the end", rounds-ended)
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
