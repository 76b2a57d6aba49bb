package app

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAPartThatADiskHoldsUp keeps nobody else from writing out what there is, and the process
// from ending only while the disk answers: then it is slow, and has work to do.
func TestAPartThatADiskHoldsUp(t *testing.T) {
	for _, x := range []struct {
		name  string
		hangs bool
		most  time.Duration
	}{{"the disk hangs", true, time.Minute}, {"the disk is slow", false, 3 * time.Hour}} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan struct{})
				defer close(answer)
				var ended []string
				part := func(name string, waits time.Duration) func() {
					return func() {
						select {
						case <-answer:
						case <-time.After(waits):
							ended = append(ended, name)
						}
					}
				}
				a := &App{Log: slog.New(slog.DiscardHandler), hangs: func() bool { return x.hangs }, stops: []func(){
					part("log", 0), part("recorders", 3*time.Second), part("mover", time.Hour), part("engine", time.Hour), part("web", 0),
				}}
				began := time.Now()
				a.Close()
				want := "web recorders log"
				if !x.hangs {
					want = "web engine mover recorders log"
				}
				if got := strings.Join(ended, " "); got != want || time.Since(began) > x.most {
					t.Errorf("%q after %v, want %q", got, time.Since(began), want)
				}
			})
		})
	}
}
