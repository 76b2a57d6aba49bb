package route

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

var errEnded = problem.New(problem.NotSignedIn, "not_signed_in", "Sign in first.")

// judge decides as the test tells it.
type judge struct {
	err   atomic.Pointer[error]
	until atomic.Pointer[time.Time]
	asked atomic.Int64
}

func (j *judge) say(err error)         { j.err.Store(&err) }
func (j *judge) lasts(until time.Time) { j.until.Store(&until) }

func (j *judge) decide(context.Context) (time.Time, error) {
	j.asked.Add(1)
	var until time.Time
	if u := j.until.Load(); u != nil {
		until = *u
	}
	if e := j.err.Load(); e != nil {
		return until, *e
	}
	return until, nil
}

func startRunning(t *testing.T) *Running {
	t.Helper()
	r := &Running{Bus: &event.Bus{}}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func begin(t *testing.T, r *Running, j *judge, keys ...string) *Hold {
	t.Helper()
	h, err := r.Begin(t.Context(), keys, j.decide)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWhatIsNoLongerAllowedEndsAtOnce(t *testing.T) {
	for name, e := range map[string]event.Event{
		"the session itself": {Kind: "session", Subject: "s1", Person: "p1"},
		"all of the person":  {Kind: "session", Person: "p1"},
		"the viewing":        {Kind: "viewing", Subject: "v1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRunning(t)
				var mine, other judge
				h, o := begin(t, r, &mine, "s1", "p1", "v1"), begin(t, r, &other, "s2", "p2", "v2")
				mine.say(errEnded)
				other.say(errEnded)
				began := time.Now()
				r.Bus.Publish(e)
				<-h.Context().Done()
				if took := time.Since(began); took != 0 { // the fake clock: it did not wait for a tick
					t.Errorf("ended after %v", took)
				}
				synctest.Wait() // it is ended first and forgotten then
				if !errors.Is(h.Why(), errEnded) {
					t.Errorf("why: %v", h.Why())
				}
				if o.Context().Err() != nil || other.asked.Load() != 1 {
					t.Error("another person's answer was touched")
				}
				if r.Count() != 1 {
					t.Errorf("%d answers are known", r.Count())
				}
			})
		})
	}
}

func TestWhatIsStillAllowedGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		h := begin(t, r, &j, "s1", "p1")
		r.Bus.Publish(event.Event{Kind: "session", Person: "p1"})
		r.Bus.Publish(event.Event{Kind: "camera", Subject: "p1"}) // says nothing of rights
		synctest.Wait()
		if h.Context().Err() != nil || j.asked.Load() != 2 {
			t.Errorf("%v, asked %d times", h.Context().Err(), j.asked.Load())
		}
	})
}

func TestAnswersEndWithTheirSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		began := time.Now()
		j.lasts(began.Add(10 * time.Second))
		h := begin(t, r, &j, "s1")
		time.Sleep(9 * time.Second)
		if h.Context().Err() != nil {
			t.Fatal("ended early")
		}
		j.say(errEnded)
		<-h.Context().Done()
		if late := time.Since(began.Add(10 * time.Second)); late > time.Second {
			t.Errorf("ended %v late", late)
		}
	})
}

func TestASessionThatWasRenewedGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		j.lasts(time.Now().Add(10 * time.Second))
		h := begin(t, r, &j, "s1")
		j.lasts(time.Now().Add(time.Hour))
		time.Sleep(20 * time.Second)
		if h.Context().Err() != nil {
			t.Error(h.Why())
		}
	})
}

func TestADatabaseThatIsAwayEndsOnlyWhatSomethingHappenedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j, k judge
		away := problem.New(problem.Unavailable, "database_unavailable", "The database does not answer.")
		h, o := begin(t, r, &j, "s1"), begin(t, r, &k, "s2")
		j.say(away)
		k.say(away)
		time.Sleep(2 * time.Minute) // several rounds of asking everybody
		if h.Context().Err() != nil || o.Context().Err() != nil || j.asked.Load() < 2 {
			t.Fatal("a database that is away ended live pictures")
		}
		r.Bus.Publish(event.Event{Kind: "session", Subject: "s1"})
		synctest.Wait()
		if h.Context().Err() == nil || o.Context().Err() != nil {
			t.Error("an ended session whose end cannot be confirmed must end, and no other")
		}
	})
}

// TestWhatIsNotOnRecordEnds: where another rule would let an answer go on, and that cannot be put on
// record, the answer ends, whatever it was asked for.
func TestWhatIsNotOnRecordEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		h := begin(t, r, &j, "s1")
		j.say(ledger.ErrNotRecorded)
		<-h.Context().Done()
		if p := h.Why(); p == nil || p.Code != ledger.ErrNotRecorded.Code {
			t.Errorf("ended by %v", p)
		}
		j.say(nil)
		h = begin(t, r, &j, "s1")
		h.Fail(ledger.ErrNotRecorded)
		if p := h.Why(); p == nil || p.Code != ledger.ErrNotRecorded.Code || r.Count() != 0 {
			t.Errorf("ended by %v", p)
		}
	})
}

func TestLostEventsMakeItAskEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		h := begin(t, r, &j, "s1")
		j.say(errEnded)
		for range 1000 { // more than the queue holds, all about somebody else
			r.Bus.Publish(event.Event{Kind: "session", Subject: "s9"})
		}
		<-h.Context().Done()
	})
}

func TestBeginRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		j.say(errEnded)
		if _, err := r.Begin(t.Context(), nil, j.decide); !errors.Is(err, errEnded) {
			t.Error(err)
		}
		if r.Count() != 0 {
			t.Error("a refused answer is still known")
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		h := begin(t, r, &j)
		r.Close()
		if !errors.Is(h.Why(), ErrStopping) {
			t.Error(h.Why())
		}
		if _, err := r.Begin(t.Context(), nil, j.decide); !errors.Is(err, ErrStopping) {
			t.Error(err)
		}
	})
}

func TestEndIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRunning(t)
		var j judge
		h := begin(t, r, &j)
		h.End()
		h.End()
		if h.Why() != nil || h.Context().Err() == nil || r.Count() != 0 {
			t.Error(h.Why(), r.Count())
		}
	})
}
