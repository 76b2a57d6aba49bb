package limit

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"watchroom/internal/problem"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := New(always(3, 10*time.Second))
	for range 3 {
		if err := l.Take("a", now); err != nil {
			t.Fatal(err)
		}
	}
	err := l.Take("a", now)
	if !errors.Is(err, ErrTooManyAttempts) || problem.Of(err).Params["retryAfterSeconds"] != 10 {
		t.Errorf("the fourth: %+v", problem.Of(err))
	}
	if err := l.Take("b", now); err != nil {
		t.Errorf("another key: %v", err)
	}
	if err := l.Take("a", now.Add(9*time.Second)); err == nil || problem.Of(err).Params["retryAfterSeconds"] != 1 {
		t.Errorf("after 9 s: %v", err)
	}
	if err := l.Take("a", now.Add(10*time.Second)); err != nil {
		t.Errorf("after 10 s: %v", err)
	}
	l.Give("a", 1)
	if err := l.Take("a", now.Add(10*time.Second)); err != nil {
		t.Errorf("after one was given back: %v", err)
	}
	if err := l.Take("a", now.Add(-time.Hour)); !errors.Is(err, ErrTooManyAttempts) {
		t.Errorf("a clock that went back: %v", err)
	}
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := New(always(3, time.Hour))
	for range 3 {
		l.Take("attacked", now)
	}
	for i := range 3 * maxBuckets {
		l.Take(fmt.Sprint(i), now)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
	if err := l.Take("attacked", now); !errors.Is(err, ErrTooManyAttempts) {
		t.Errorf("new keys wash an exhausted one away: %v", err)
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":              "192.0.2.7",
		"192.0.2.7:5060":         "192.0.2.7",
		"::ffff:192.0.2.7":       "192.0.2.7",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:8080": "2001:db8:1:2::/64",
		"fe80::1%eth0":           "fe80::/64",
		"":                       "",
		"@":                      "@",
	} {
		if got := Network(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func always(burst float64, refill time.Duration) func() Bounds {
	return Fixed(Bounds{Burst: burst, Refill: refill})
}

// TestTheWaitGrows: whoever goes on waits twice as long each time, up to the longest, and
// gains nothing by pausing in between; hammering meanwhile makes it no longer; a success, or
// quiet, ends it.
func TestTheWaitGrows(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := New(Fixed(Bounds{Burst: 3, Refill: 15 * time.Second, Longest: 2 * time.Minute}))
	for range 3 {
		if err := l.Take("a", now); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{15, 30, 60, 120, 120, 120} {
		for range 50 {
			if err := l.Take("a", now); problem.Of(err).Params["retryAfterSeconds"] != want {
				t.Fatalf("%v, want a wait of %d s", err, want)
			}
		}
		now = now.Add(time.Duration(want) * time.Second)
		if err := l.Take("a", now); err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	}
	l.Give("a", l.Burst())
	l.Give("a", l.Burst())
	l.Give("a", l.Burst())
	for range 3 {
		if err := l.Take("a", now); err != nil {
			t.Fatalf("after a success: %v", err)
		}
	}
	for _, quiet := range []time.Duration{45 * time.Second, 5 * time.Minute, 10 * time.Second} { // whoever pauses
		tries, began := 0, now
		for now.Sub(began) < 24*time.Hour {
			now = now.Add(quiet)
			for l.Take("b", now) == nil {
				tries++
			}
		}
		if most := 3 + 4 + int(24*time.Hour/(2*time.Minute)); tries > most {
			t.Errorf("pausing %v each time: %d tries a day, of %d at most", quiet, tries, most)
		}
	}
	now = now.Add(24 * time.Hour)
	for range 3 {
		if err := l.Take("b", now); err != nil {
			t.Errorf("after a quiet day: %v", err)
		}
	}
}

func TestWide(t *testing.T) {
	for in, want := range map[string]string{"192.0.2.7": "192.0.2.0/24", "::ffff:192.0.2.9": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "@": "@"} {
		if got := Wide(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestBoundsOfNowCount: what was tried under other bounds is held against the new ones.
func TestBoundsOfNowCount(t *testing.T) {
	burst, refill := 5.0, time.Minute
	l := New(func() Bounds { return Bounds{Burst: burst, Refill: refill} })
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for range 3 {
		if err := l.Take("x", now); err != nil {
			t.Fatal(err)
		}
	}
	burst = 3
	if err := l.Take("x", now); problem.Of(err).Params["retryAfterSeconds"] != 60 {
		t.Errorf("three of now three: %v", err)
	}
	refill = time.Second
	if err := l.Take("x", now.Add(time.Second)); err != nil {
		t.Error(err)
	}
	burst = 20
	if err := l.Take("x", now.Add(time.Second)); err != nil || l.Burst() != 20 {
		t.Error(err)
	}
}
