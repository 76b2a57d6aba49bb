// Package limit bounds how often something may be tried. It acts before anything that
// costs is done (ruling R21).
package limit

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"watchroom/internal/problem"
)

// ErrTooManyAttempts has the parameter retryAfterSeconds.
var ErrTooManyAttempts = problem.New(problem.TooMany, "too_many_attempts",
	"Too many attempts. Wait a moment.")

// maxBuckets bounds the memory that attempts under ever new names can take.
const maxBuckets = 20_000

// Limiter is a set of leaky buckets by key. It acts before a password is hashed (R21).
type Limiter struct {
	bounds func() (burst float64, refill time.Duration)

	mu      sync.Mutex // guards buckets
	buckets map[string]bucket
}

type bucket struct {
	used float64 // attempts, leaking one a refill
	at   time.Time
}

// Fixed are bounds that nobody changes.
func Fixed(burst float64, refill time.Duration) func() (float64, time.Duration) {
	return func() (float64, time.Duration) { return burst, refill }
}

// New makes a limiter of burst attempts at once and one more every refill, as bounds
// says at each attempt.
func New(bounds func() (burst float64, refill time.Duration)) *Limiter {
	return &Limiter{bounds: bounds, buckets: map[string]bucket{}}
}

// Take uses one attempt of key, or says how long to wait for the next.
func (l *Limiter) Take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	burst, refill := l.bounds()
	b := l.leaked(l.buckets[key], now)
	if b.used > burst-1 {
		wait := time.Duration((b.used - burst + 1) * float64(refill))
		return ErrTooManyAttempts.With("retryAfterSeconds", int(math.Ceil(wait.Seconds())))
	}
	b.used++
	if len(l.buckets) >= maxBuckets {
		l.sweep(now)
	}
	l.buckets[key] = b
	return nil
}

// Give returns n attempts of key after a success.
func (l *Limiter) Give(key string, n float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b.used -= n; b.used <= 0 {
		delete(l.buckets, key)
		return
	}
	l.buckets[key] = b
}

// Burst is how many attempts are free at once.
func (l *Limiter) Burst() float64 {
	burst, _ := l.bounds()
	return burst
}

func (l *Limiter) leaked(b bucket, now time.Time) bucket {
	_, refill := l.bounds()
	if past := now.Sub(b.at); past > 0 {
		b.used = max(0, b.used-float64(past)/float64(refill))
	}
	b.at = now
	return b
}

// sweep forgets empty buckets, and when none is, the emptier half.
func (l *Limiter) sweep(now time.Time) {
	sum := 0.0
	for key, b := range l.buckets {
		b = l.leaked(b, now)
		if b.used == 0 {
			delete(l.buckets, key)
			continue
		}
		sum += b.used
	}
	if len(l.buckets) < maxBuckets {
		return
	}
	mean := sum / float64(len(l.buckets))
	for key, b := range l.buckets {
		if l.leaked(b, now).used <= mean {
			delete(l.buckets, key)
		}
	}
}

// Network is what one attacker has: an IPv4 address, or an IPv6 network of 64 bits.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		if ap, err := netip.ParseAddrPort(address); err == nil {
			a = ap.Addr()
		} else {
			return address
		}
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}
