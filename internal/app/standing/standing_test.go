package standing_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/app/standing"
	"watchroom/internal/clock/every"
)

// alarms are those that stand, their codes by their keys.
type alarms struct {
	mu sync.Mutex // the watch raises them in a goroutine of its own
	up map[string]string
}

func (a *alarms) raise(key, code, _, _ string, _ map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.up == nil {
		a.up = map[string]string{}
	}
	if delete(a.up, key); code != "" {
		a.up[key] = code
	}
}

func (a *alarms) codes() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Values(a.up)), " ")
}

// TestWhatStandsStillIsAnAlarm that is over when it goes on.
func TestWhatStandsStillIsAnAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up alarms
		w := standing.Watch{Alarm: up.raise}
		w.Start(t.Context())
		defer w.Close()
		answer := make(chan struct{})
		var hangs, well every.Loop
		hangs.Start(w.Under(t.Context(), standing.Removal), time.Minute, func(context.Context) { <-answer })
		defer hangs.Close()
		well.Start(w.Under(t.Context(), standing.Proofs), time.Minute, func(context.Context) {})
		defer well.Close()
		for _, step := range []struct {
			passes time.Duration
			want   string
		}{{9 * time.Minute, ""}, {2 * time.Minute, "removal_stands"}, {time.Hour, "removal_stands"}, {0, "removal_stands"}, {time.Minute, ""}} {
			if step.passes == 0 {
				close(answer)
			}
			time.Sleep(step.passes)
			synctest.Wait()
			if got := up.codes(); got != step.want {
				t.Errorf("after %v: %q, want %q", step.passes, got, step.want)
			}
		}
	})
}

// TestEveryWorkThatIsWatchedHasItsAlarm: none stands still unheard.
func TestEveryWorkThatIsWatchedHasItsAlarm(t *testing.T) {
	for name, code := range map[string]string{
		standing.Removal: "removal_stands", standing.Moving: "moving_stands", standing.Proofs: "proofs_stand", standing.Faults: "faults_stand",
		standing.Losses: "losses_stand", standing.Days: "days_stand", standing.Capacity: "capacity_stands", standing.Strayed: "strayed_stands", standing.Census: "census_stands",
		standing.Shortage: "shortage_stands", standing.Comparison: "comparison_stands",
	} {
		synctest.Test(t, func(t *testing.T) {
			var up alarms
			w := standing.Watch{Alarm: up.raise}
			w.Start(t.Context())
			defer w.Close()
			_, end := every.Begin(w.Under(t.Context(), name))
			time.Sleep(11 * time.Minute)
			synctest.Wait()
			if got := up.codes(); got != code {
				t.Errorf("%s: %q, want %q", name, got, code)
			}
			end()
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := up.codes(); got != "" {
				t.Errorf("%s goes on, and still stands: %s", name, got)
			}
		})
	}
}
