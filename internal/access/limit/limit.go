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

// Bounds are what an institution sets of attempts.
type Bounds struct {
	Burst  float64       // attempts at once
	Refill time.Duration // until one more, at first
	// Longest is until one more, at last: each attempt after as many as Burst doubles the wait,
	// and one of them is forgotten every Longest. Not above Refill: the wait stays as it is.
	Longest time.Duration
}

// Fixed are bounds that nobody changes.
func Fixed(b Bounds) func() Bounds { return func() Bounds { return b } }

// interval is the wait for one more after so many attempts.
func (b Bounds) interval(tried float64) time.Duration {
	wait, longest := b.Refill, max(b.Longest, b.Refill)
	for n := b.Burst; n < tried && wait < longest; n++ {
		wait *= 2
	}
	return min(wait, longest)
}

// Limiter is a set of leaky buckets by key. It acts before a password is hashed (R21).
type Limiter struct {
	bounds func() Bounds

	mu      sync.Mutex // guards buckets
	buckets map[string]bucket
}

type bucket struct {
	used  float64 // attempts that count against the burst, leaking one an interval
	tried float64 // attempts that are not forgotten
	at    time.Time
}

// New makes a limiter with the bounds that hold at each attempt.
func New(bounds func() Bounds) *Limiter {
	return &Limiter{bounds: bounds, buckets: map[string]bucket{}}
}

// Take uses one attempt of key, or says how long to wait for the next. What is refused does
// not lengthen the wait: who hammers at a name keeps nobody out for longer.
func (l *Limiter) Take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bounds := l.bounds()
	b := leaked(l.buckets[key], bounds, now)
	if b.used > bounds.Burst-1 {
		wait := time.Duration((b.used - bounds.Burst + 1) * float64(bounds.interval(b.tried)))
		return ErrTooManyAttempts.With("retryAfterSeconds", int(math.Ceil(wait.Seconds())))
	}
	b.used++
	b.tried++
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
	b.used, b.tried = max(0, b.used-n), max(0, b.tried-n)
	if b.empty() {
		delete(l.buckets, key)
		return
	}
	l.buckets[key] = b
}

// Burst is how many attempts are free at once.
func (l *Limiter) Burst() float64 { return l.bounds().Burst }

func (b bucket) empty() bool { return b.used == 0 && b.tried == 0 }

// leaked is a bucket as it is now.
func leaked(b bucket, bounds Bounds, now time.Time) bucket {
	if past := float64(now.Sub(b.at)); past > 0 {
		b.used = max(0, b.used-past/float64(bounds.interval(b.tried)))
		b.tried = max(0, b.tried-past/float64(max(bounds.Longest, bounds.Refill)))
	}
	b.at = now
	return b
}

// sweep forgets empty buckets, and when none is, the emptier half.
func (l *Limiter) sweep(now time.Time) {
	sum, bounds := 0.0, l.bounds()
	for key, b := range l.buckets {
		b = leaked(b, bounds, now)
		if b.empty() {
			delete(l.buckets, key)
			continue
		}
		sum += b.tried
	}
	if len(l.buckets) < maxBuckets {
		return
	}
	mean := sum / float64(len(l.buckets))
	for key, b := range l.buckets {
		if leaked(b, bounds, now).tried <= mean {
			delete(l.buckets, key)
		}
	}
}

// Wide is where an address belongs as seen from afar: neighbours are one, since whoever has
// one address of a network often has others (/24 of IPv4, /48 of IPv6).
func Wide(address string) string { return prefix(address, 24, 48) }

// Network is what one attacker has: an IPv4 address, or an IPv6 network of 64 bits.
func Network(address string) string { return prefix(address, 32, 64) }

func prefix(address string, four, six int) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	bits := four
	if a.Is6() {
		bits = six
	}
	p, _ := a.Prefix(bits)
	if p.IsSingleIP() {
		return a.String()
	}
	return p.String()
}
