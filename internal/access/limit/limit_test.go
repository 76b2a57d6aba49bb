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

func always(burst float64, refill time.Duration) func() (float64, time.Duration) {
	return func() (float64, time.Duration) { return burst, refill }
}

// TestBoundsOfNowCount: what was tried under other bounds is held against the new ones.
func TestBoundsOfNowCount(t *testing.T) {
	burst, refill := 5.0, time.Minute
	l := New(func() (float64, time.Duration) { return burst, refill })
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
