package reference

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/clock/sntp"
	"watchroom/internal/problem"
)

// wall is a clock that can be set, over the bubble's steady one.
type wall struct {
	mu    sync.Mutex // guards ahead
	ahead time.Duration
}

func (c *wall) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead).Round(0)
}

func (c *wall) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += by
}

// told is what a watch has reported.
type told struct {
	mu     sync.Mutex // guards all below
	states []Sync
	steps  []time.Duration
}

func (o *told) take() (states []Sync, steps []time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	states, steps = o.states, o.steps
	o.states, o.steps = nil, nil
	return states, steps
}

// begin starts a watch whose sources can be replaced.
func begin(t *testing.T, c *wall, change func(*Watch)) (*Watch, *told) {
	t.Helper()
	o := &told{}
	w := &Watch{
		Clock:  clock.Clock(c.now),
		Kernel: func() (Reading, error) { return Reading{Synchronised: true}, nil },
		OnState: func(s State) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.states = append(o.states, s.Sync)
		},
		OnStep: func(s Step) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.steps = append(o.steps, s.By())
		},
	}
	if change != nil {
		change(w)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, o
}

// code is that of a refusal, "" for nil.
func code(err error) string {
	var p *problem.Error
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func TestStepsAreSeenAndHeldAgainstTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &wall{}
		w, o := begin(t, c, nil)
		time.Sleep(time.Minute)
		if _, steps := o.take(); len(steps) != 0 || w.Trusted() != nil {
			t.Fatalf("steps %v, %v", steps, w.Trusted())
		}
		for _, by := range []time.Duration{time.Hour, -time.Hour, 300 * time.Millisecond} {
			c.set(by)
			if got := code(w.Trusted()); got != "time_stepped" {
				t.Errorf("set by %v, before anybody looked: %q", by, got)
			}
			time.Sleep(lookEvery + time.Millisecond)
			synctest.Wait()
			if _, steps := o.take(); !slices.Equal(steps, []time.Duration{by}) {
				t.Errorf("set by %v, told %v", by, steps)
			}
			time.Sleep(9 * time.Minute)
			if got := code(w.Trusted()); got != "time_stepped" {
				t.Errorf("nine minutes after: %q", got)
			}
			time.Sleep(time.Minute)
			if err := w.Trusted(); err != nil {
				t.Errorf("ten minutes after: %v", err)
			}
		}
		// A correction by frequency is none.
		for range 600 {
			c.set(250 * time.Microsecond)
			time.Sleep(lookEvery)
		}
		if _, steps := o.take(); len(steps) != 0 {
			t.Errorf("told %v of a clock that was slewed", steps)
		}
	})
}

func TestTrustFollowsTheSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		synchronised, kernelErr, offset, serverErr := false, error(nil), time.Duration(0), errors.New("no answer")
		with := func(f func()) {
			mu.Lock()
			f()
			mu.Unlock()
			time.Sleep(askEvery + time.Second)
			synctest.Wait()
		}
		checkpoint := time.Time{}
		w, o := begin(t, &wall{}, func(w *Watch) {
			w.Servers = []string{"ntp.example:123"}
			w.Kernel = func() (Reading, error) {
				mu.Lock()
				defer mu.Unlock()
				return Reading{Synchronised: synchronised}, kernelErr
			}
			w.Query = func(context.Context, string) (*sntp.Answer, error) {
				mu.Lock()
				defer mu.Unlock()
				return &sntp.Answer{Offset: offset, Stratum: 1}, serverErr
			}
			w.LastCheckpoint = func() (time.Time, bool) { return checkpoint, !checkpoint.IsZero() }
		})
		expect := func(want string) {
			t.Helper()
			if got := code(w.Trusted()); got != want {
				t.Errorf("trusted: %q, want %q; %+v", got, want, w.State())
			}
		}
		expect("time_unsynchronised")
		with(func() { synchronised = true })
		expect("")
		began := w.State().Since
		checkpoint = time.Now().Add(-2 * time.Hour)
		expect("time_ahead")
		checkpoint = time.Now().Add(time.Hour) // the clock was set back since
		expect("")
		with(func() { serverErr, offset = nil, 10*time.Millisecond })
		if s := w.State(); s.Source != "ntp.example:123" || s.Stratum != 1 || !s.Since.Equal(began) {
			t.Errorf("%+v", s)
		}
		// An answer counts for a while, then the kernel alone.
		with(func() { serverErr = errors.New("no answer") })
		if s := w.State(); s.Source != "ntp.example:123" || s.Servers[0].Err == nil {
			t.Errorf("%+v", s)
		}
		time.Sleep(staleAfter)
		if s := w.State(); s.Source != KernelSource {
			t.Errorf("%+v", s)
		}
		with(func() { kernelErr = errors.New("not permitted") })
		expect("time_unknown")
		w.TrustUnknown = true
		expect("")
		with(func() { serverErr, offset = nil, 8*time.Second })
		expect("time_unsynchronised")
		states, _ := o.take()
		if want := []Sync{Unsynchronised, Synchronised, Synchronised, Synchronised, Unknown, Unsynchronised}; !slices.Equal(states, want) {
			t.Errorf("told %v, want %v", states, want)
		}
		if w.Level() != Alarm {
			t.Errorf("level %d", w.Level())
		}
	})
}

// TestALeapAheadIsNotBelieved: a clock that is more than an hour ahead of what is known
// to have passed is not trusted, however long that lasts and whatever time servers say,
// until a person says so, a witness with a clock of its own, or it is set back.
func TestALeapAheadIsNotBelieved(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for name, source := range map[string]func(w *Watch){
		"nothing tells": func(w *Watch) {
			w.TrustUnknown = true
			w.Kernel = func() (Reading, error) { return Reading{}, errors.New("not permitted") }
		},
		"the kernel agrees": func(*Watch) {},
		"servers agree": func(w *Watch) {
			w.Servers = []string{"a", "b"}
			w.Query = func(context.Context, string) (*sntp.Answer, error) { return &sntp.Answer{Stratum: 1}, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &wall{}
				leaps := 0
				w, _ := begin(t, c, func(w *Watch) {
					source(w)
					w.LastCheckpoint = func() (time.Time, bool) { return c.now(), true } // signed anew by this clock
					w.OnLeap = func() { leaps++ }
				})
				expect := func(want string) {
					t.Helper()
					synctest.Wait()
					if got := code(w.Trusted()); got != want {
						t.Errorf("trusted: %q, want %q; %+v", got, want, w.State())
					}
				}
				time.Sleep(time.Second)
				expect("")
				c.set(30 * time.Minute)
				expect("time_stepped")
				time.Sleep(time.Hour)
				expect("")
				known := c.now().Add(-30*time.Minute + time.Hour/eased) // of half an hour nobody knows whether it passed
				c.set(year)
				expect("time_leapt") // at once
				time.Sleep(48 * time.Hour)
				expect("time_leapt")
				if at, is := w.Leapt(); !is || at.Sub(known.Add(48*time.Hour)).Abs() > time.Second {
					t.Errorf("%v, known %v of %v", is, at, known)
				}
				w.Witnessed("audit", c.now().Add(-year)) // its clock is right
				w.Witnessed("audit", c.now().Add(61*time.Second))
				expect("time_leapt")
				if word, ok := w.Word(); ok {
					t.Errorf("%+v", word)
				}
				w.Witnessed("audit", c.now().Add(59*time.Second))
				expect("")
				if word, ok := w.Word(); !ok || word.By != "audit" {
					t.Errorf("%+v", word)
				}
				c.set(2 * time.Hour)
				w.Witnessed("audit", c.now()) // sent before
				expect("time_leapt")
				time.Sleep(time.Second)
				if word, ok := w.Word(); ok {
					t.Errorf("after another step: %+v", word)
				}
				c.set(-2 * time.Hour)
				expect("time_stepped") // set back it is no further than what has passed
				time.Sleep(time.Hour)
				expect("")
				c.set(2 * time.Hour)
				time.Sleep(time.Hour)
				expect("time_leapt")
				w.Believe()
				expect("")
				// A start: an hour since the last checkpoint is not too much.
				w.Since(c.now().Add(-59*time.Minute), 0)
				expect("")
				w.Since(c.now().Add(-61*time.Minute), 0)
				expect("time_leapt")
				// One that began behind what has passed, and was then set to what it is.
				w.Since(c.now().Add(year), 0)
				expect("")
				c.set(year + 59*time.Minute)
				time.Sleep(time.Hour)
				expect("")
				c.set(61 * time.Minute)
				time.Sleep(time.Hour)
				expect("time_leapt")
				if leaps != 9 {
					t.Errorf("told of %d changes", leaps)
				}
			})
		})
	}
}

// TestAStepMakesOldAnswersWorthless: what a server said of the clock that was is no
// longer true, and the servers are asked anew at once.
func TestAStepMakesOldAnswersWorthless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &wall{}
		truth := &wall{}
		w, _ := begin(t, c, func(w *Watch) {
			w.Servers = []string{"a", "b"}
			w.Query = func(context.Context, string) (*sntp.Answer, error) {
				return &sntp.Answer{Offset: c.now().Sub(truth.now()), Stratum: 1}, nil
			}
		})
		time.Sleep(2 * time.Second)
		c.set(time.Hour)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s := w.State(); s.Sync != Unsynchronised || s.Reason != ReasonFar || *s.Offset != time.Hour || s.Step == nil || s.Step.By() != time.Hour {
			t.Errorf("%+v", s)
		}
	})
}

// TestSmallStepsCountInSum: who sets the clock ahead by less than an hour, again and again, gets
// no farther than who sets it ahead at once.
func TestSmallStepsCountInSum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &wall{}
		w, _ := begin(t, c, nil)
		gained := func(want time.Duration) {
			t.Helper()
			synctest.Wait()
			if got := w.Gained(); (got - want).Abs() > time.Second {
				t.Errorf("gained %v, want %v", got, want)
			}
		}
		trusted := 0
		for i := range 20 {
			c.set(50 * time.Minute)
			time.Sleep(70 * time.Minute) // longer than a step is held against it
			if w.Trusted() == nil {
				trusted++
			}
			gained(time.Duration(i+1) * 50 * time.Minute)
		}
		if trusted != 1 {
			t.Errorf("trusted after %d of the steps, want the first alone", trusted)
		}
		c.set(-20 * 50 * time.Minute)
		time.Sleep(time.Hour)
		gained(0)
		c.set(-10 * time.Hour) // back in any way it takes nothing
		time.Sleep(time.Hour)
		gained(0)
		c.set(10 * time.Hour)
		time.Sleep(time.Hour)
		gained(0)
		if err := w.Trusted(); err != nil {
			t.Error(err)
		}
		// In time it is believed again, and ages go on without what nobody has borne out.
		for i := range 8 {
			c.set(20 * time.Minute)
			time.Sleep(2 * 24 * time.Hour)
			gained(time.Duration(i+1) * 20 * time.Minute)
			if err := w.Trusted(); err != nil {
				t.Error(i, err)
			}
		}
		w.Witnessed("audit", c.now())
		gained(0)
		w.Since(c.now().Add(-5*time.Minute), 40*time.Minute)
		gained(45 * time.Minute)
		if ahead, more := w.Unproved(); (ahead-5*time.Minute).Abs() > time.Second || more != 40*time.Minute || w.Trusted() != nil {
			t.Error(ahead, more, w.Trusted())
		}
		w.Believe()
		gained(0)
	})
}
