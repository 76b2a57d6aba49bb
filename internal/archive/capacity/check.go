package capacity

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"
)

// Change is what somebody wants: a camera more, or more of one.
type Change struct {
	Camera  string  // empty: a new one
	Bitrate float64 // bit/s; 0: as it is, or as a new camera is expected
	Minimum int     // days, of all its footage; 0: as it is
	Sight   Sight   // of a new camera, from its connection test
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
// shortfall is to be refused.
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
	if !slices.Contains(cameras, id) {
		cameras = append(slices.Clone(cameras), id)
	}
	rates, err := k.rates(ctx, cameras)
	if err != nil {
		return nil, err
	}
	if id == "" {
		rates[id] = expect(c.Sight)
	}
	if c.Bitrate > 0 {
		rates[id] = Rate{perDay(c.Bitrate), Given}
	}
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
	return k.answer(ctx, id, cameras, rates, minimum)
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
	return k.answer(ctx, "", cameras, rates, minimum)
}

func (k *Keeper) answer(ctx context.Context, id string, cameras []string, rates map[string]Rate, minimum Minimum) (*Answer, error) {
	kept, _, err := k.stock(ctx, cameras, rates, minimum)
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
	known, free := room(k.Volumes())
	usable, now := float64(used)+free, k.Clock.Micro()
	a := &Answer{Rate: rates[id], Usable: used + known, Needs: int64(kept[id].rate * float64(kept[id].minimum)), Reserved: int64(reserved(all))}
	a.Keeps, a.Of = keeps(all, usable)
	a.OK = a.Keeps >= float64(a.Of)
	a.ShortOn = k.on(now, float64(shortIn(all, usable)))
	a.FullOn = k.on(now, fullIn(free, perDay))
	if k.Refuse && !a.OK {
		refusal := ErrShort.With("keeps", int(a.Keeps)).With("of", a.Of)
		if a.ShortOn != 0 {
			refusal = refusal.With("on", time.UnixMicro(a.ShortOn).In(k.Zone).Format(time.DateOnly))
		}
		return a, refusal
	}
	return a, nil
}
