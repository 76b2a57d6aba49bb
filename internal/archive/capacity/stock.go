package capacity

import (
	"cmp"
	"context"
	"time"

	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/weight"
)

// Main is the id of the volume that the catalogue knows without a name.
const Main = "main"

// Held is what holds keep.
type Held struct{ Bytes, Segments int64 }

// holdings are what holds keep, and where.
type holdings struct {
	Held
	places  map[string]int64            // bytes by volume
	cameras map[string]int64            // bytes by camera
	days    map[string]map[string]int64 // of these, by the date of the site
	until   map[string][]stretch        // what will be held of what comes, by camera
}

// stock is what each camera holds, as far as it must be kept, by how long it must. From
// one that is off nothing comes.
func (k *Keeper) stock(ctx context.Context, cameras []string, rates map[string]Rate, off map[string]bool, minimum Minimum) (map[string]stock, *holdings, error) {
	now := k.Clock.Micro()
	held, err := k.holdings(ctx, now)
	if err != nil {
		return nil, nil, err
	}
	out := make(map[string]stock, len(cameras))
	most := 0
	for _, c := range cameras {
		rate := rates[c].BytesPerDay
		if off[c] {
			rate = 0
		}
		out[c] = stock{rate: rate, minimum: max(minimum(c, now), 1), ahead: held.until[c]}
		most = max(most, minimum(c, 0), out[c].minimum) // older footage may have been promised more
	}
	of := func(camera string) stock {
		s, ok := out[camera]
		if !ok { // retired: nothing comes any more, and what there is must be kept
			s = stock{minimum: max(minimum(camera, now), 1)}
		}
		return s
	}
	days, err := k.Catalogue.Days(ctx, k.Zone.String(), nil, now-int64(most+1)*day, now)
	if err != nil {
		return nil, nil, err
	}
	for i := range days {
		d := &days[i]
		s := of(d.Camera)
		age := int((now - d.End) / day)
		left := minimum(d.Camera, d.Start) - age
		if age < 0 || left <= 0 {
			continue
		}
		s.hold(left, d.Bytes-min(held.days[d.Camera][d.Date], d.Bytes))
		out[d.Camera] = s
	}
	for c, bytes := range held.cameras {
		s := of(c)
		s.held = bytes
		out[c] = s
	}
	return out, held, nil
}

// holdings adds up every segment that a hold touches: it stays whole.
func (k *Keeper) holdings(ctx context.Context, now int64) (*holdings, error) {
	h := &holdings{places: map[string]int64{}, cameras: map[string]int64{}, days: map[string]map[string]int64{}, until: map[string][]stretch{}}
	if k.Held == nil {
		return h, nil
	}
	held, err := k.Held(ctx)
	if err != nil {
		return nil, err
	}
	// Days of 24 hours are near enough to those of the site: an hour of one may be taken
	// for the next.
	_, seconds := time.UnixMicro(now).In(k.Zone).Zone()
	offset := int64(seconds) * 1e6
	for camera, intervals := range held {
		h.days[camera] = map[string]int64{}
		counted := int64(0) // what begins before was counted, or touches none
		for _, i := range intervals {
			lots, err := weight.Lots(ctx, k.Catalogue, camera, i.From, i.To, counted, offset)
			if err != nil {
				return nil, err
			}
			for _, l := range lots {
				noon := time.UnixMicro(l.Day*day - offset + day/2).In(k.Zone)
				h.days[camera][noon.Format(time.DateOnly)] += l.Bytes
				h.cameras[camera] += l.Bytes
				h.places[cmp.Or(l.Volume, Main)] += l.Bytes
				h.Bytes, h.Segments = h.Bytes+l.Bytes, h.Segments+l.Segments
			}
			counted = i.To
		}
		h.until[camera] = ahead(intervals, now)
	}
	return h, nil
}

// ahead is the part of intervals that is to come.
func ahead(intervals []hold.Interval, now int64) (out []stretch) {
	for _, i := range intervals {
		if i.To > now {
			out = append(out, stretch{float64(max(i.From-now, 0)) / float64(day), float64(i.To-now) / float64(day)})
		}
	}
	return out
}
