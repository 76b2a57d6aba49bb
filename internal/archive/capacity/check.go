package capacity

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// Change is what somebody wants: a camera more, or more of one.
type Change struct {
	Camera  string   // empty: a new one
	Bitrate float64  // bit/s; 0: as it is, or as a new camera is expected
	Minimum int      // days, of all its footage; 0: as it is
	Sight   Sight    // of a new camera, or of another main stream, from the server's own connection test
	Claim   Sight    // what somebody says that such a test has seen: it counts where it is more
	On      bool     // it is switched on, or comes back into service
	Also    []string // more cameras that come back with it
	// Stream says that the main stream of the camera becomes another one: what was measured
	// of it is no measure. Without a Sight it is expected to send what one of which nothing
	// is known does, and no less than it has sent.
	Stream bool
}

// Answer says what becomes of the storage with the change.
type Answer struct {
	Rate
	Keeps    float64 // days that everything is kept for, at most Of
	Of       int     // the largest minimum
	OK       bool    // the minimum can be kept
	ShortOn  int64   // µs since 1970 UTC; 0: not within 400 days
	FullOn   int64   // if nothing is removed
	Needs    int64   // bytes that the camera's minimum needs
	Reserved int64   // bytes that all need, and all that is held
	Usable   int64   // as far as places tell
}

// Check answers what becomes of the storage with a change, with ErrShort where a
// shortfall is to be refused: the answer is there also then. Another stream that sends no
// more than the one before is not refused.
func (k *Keeper) Check(ctx context.Context, c Change) (*Answer, error) {
	if c.Bitrate != 0 && (c.Bitrate < 1e3 || c.Bitrate > 1e9 || math.IsNaN(c.Bitrate)) {
		return nil, ErrInput.On("bitrate")
	}
	if c.Minimum < 0 || c.Minimum > 3650 {
		return nil, ErrInput.On("minimumDays")
	}
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	id := c.Camera
	for _, one := range append([]string{id}, c.Also...) {
		if !slices.Contains(cameras, one) {
			cameras = append(slices.Clone(cameras), one)
		}
	}
	rates, err := k.rates(ctx, cameras)
	if err != nil {
		return nil, err
	}
	was := rates[id]
	is := expect(c.Sight)
	tested := is.Basis != Guess
	if says := expect(c.Claim); says.Basis != Guess && says.BytesPerDay > is.BytesPerDay {
		is = says
	}
	switch {
	case c.Bitrate > 0:
		rates[id] = Rate{perDay(c.Bitrate), Given}
	case id == "" || c.Stream && tested:
		rates[id] = is
	case c.Stream:
		is.BytesPerDay = max(is.BytesPerDay, was.BytesPerDay)
		rates[id] = is
	}
	more := c.On || id == "" || c.Minimum > 0 || c.Bitrate > 0 || rates[id].BytesPerDay > was.BytesPerDay
	base, err := k.minimum(ctx)
	if err != nil {
		return nil, err
	}
	minimum, now := base, k.Clock.Micro()
	if c.Minimum > 0 {
		minimum = func(camera string, start int64) int {
			switch {
			case camera != id:
				return base(camera, start)
			case start >= now:
				return c.Minimum
			}
			return max(c.Minimum, base(camera, start)) // a promise stands
		}
	}
	// Asked about, it counts as switched on.
	a, err := k.answer(ctx, append([]string{id}, c.Also...), cameras, rates, minimum)
	if errors.Is(err, ErrShort) && !more {
		return a, nil // it makes nothing worse
	}
	return a, err
}

// Would answers what becomes of the storage with other rules of retention, with ErrShort
// where a shortfall is to be refused. Its rate is that of all cameras.
func (k *Keeper) Would(ctx context.Context, minimum Minimum) (*Answer, error) {
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	rates, err := k.rates(ctx, cameras)
	if err != nil {
		return nil, err
	}
	return k.answer(ctx, []string{""}, cameras, rates, minimum)
}

// answer reckons with some cameras as switched on; the answer is about the first.
func (k *Keeper) answer(ctx context.Context, on, cameras []string, rates map[string]Rate, minimum Minimum) (*Answer, error) {
	id := on[0]
	off, err := k.off(ctx, on...)
	if err != nil {
		return nil, err
	}
	kept, _, err := k.stock(ctx, cameras, rates, off, minimum)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(maps.Values(kept))
	perDay := 0.0
	for _, s := range all {
		perDay += s.rate
	}
	used, err := k.Catalogue.Stored(ctx)
	if err != nil {
		return nil, err
	}
	volumes := k.Volumes()
	known, free := room(volumes)
	usable, now := float64(used)+free, k.Clock.Micro()
	a := &Answer{Rate: rates[id], Usable: used + known, Needs: int64(kept[id].rate * float64(kept[id].minimum)), Reserved: int64(reserved(all))}
	a.Keeps, a.Of = keeps(all, usable)
	a.OK = a.Keeps >= float64(a.Of)
	a.ShortOn = k.on(now, shortIn(all, usable))
	a.FullOn = k.on(now, fullIn(free, perDay))
	if k.Refuses() && !a.OK && !unseen(volumes) { // what nobody has looked at may be room enough
		refusal := ErrShort.With("keeps", int(a.Keeps)).With("of", a.Of)
		if a.ShortOn != 0 {
			refusal = refusal.With("on", time.UnixMicro(a.ShortOn).In(k.Zone).Format(time.DateOnly))
		}
		return a, refusal
	}
	return a, nil
}
