// Package capacity reckons whether the disks hold what must be kept: how fast each
// camera fills them, measured and not guessed where it was ever recorded; how long what
// there is will be kept; on which day a volume is full. It refuses nothing unless it is
// told to (R15): it answers with a figure and a date.
package capacity

import (
	"context"
	"maps"
	"slices"
	"time"

	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/weight"
)

// Basis says where a rate comes from.
type Basis string

// Bases of rates, the best first.
const (
	Measured   Basis = "measured"   // from segments of the last days
	Recorded   Basis = "recorded"   // from what it has recorded: less than an hour, long ago, or removed since
	Live       Basis = "live"       // from what the camera sends at present
	Resolution Basis = "resolution" // from the size of its pictures
	Guess      Basis = "guess"      // nothing is known of it
	Given      Basis = "given"      // somebody asks what would be with it
)

// Rate is how fast a camera fills a disk while it is recorded.
type Rate struct {
	BytesPerDay float64
	Basis       Basis
}

const (
	day = int64(24 * time.Hour / time.Microsecond)
	// window is how many days a rate is measured over. A camera sends more by day than
	// by night and more on working days.
	window = 7
	// enough is how much footage a measured rate is made of; less is no measure.
	enough = day / 24
	// some is how much is better than what a camera sends at this moment.
	some = day / 24 / 6
	// guessed is what a camera sends of which nothing is known, in bit/s.
	guessed = 4e6
	// perPixel is how many bits a camera of the usual settings spends on a pixel.
	perPixel = 0.08
)

// Sight is what a camera shows at present; zero where nothing is known.
type Sight struct {
	Bitrate       float64 // bit/s
	Width, Height int
	FPS           float64
}

func perDay(bits float64) float64 { return bits / 8 * 86400 }

// measure makes rates of the days of coverage and of other segments, as those of the last
// day. Gaps do not lower a rate: it is bytes by the length of the footage that they hold.
func measure(days []daybook.Day, today []weight.Weight) map[string]Rate {
	bytes, length := map[string]int64{}, map[string]int64{}
	for i := range days {
		bytes[days[i].Camera] += days[i].Bytes
		length[days[i].Camera] += days[i].Length
	}
	for _, w := range today {
		if length[w.Camera] < day { // young: a day counts more than none
			bytes[w.Camera] += w.Bytes
			length[w.Camera] += w.Length
		}
	}
	out := map[string]Rate{}
	for c, l := range length {
		basis := Recorded
		if l >= enough {
			basis = Measured
		}
		if l > 0 {
			out[c] = Rate{float64(bytes[c]) / float64(l) * float64(day), basis}
		}
	}
	return out
}

// expect is the rate of a camera that was not measured.
func expect(s Sight) Rate {
	switch {
	case s.Bitrate > 0:
		return Rate{perDay(s.Bitrate), Live}
	case s.Width > 0 && s.Height > 0:
		fps := s.FPS
		if fps <= 0 {
			fps = 25
		}
		return Rate{perDay(float64(s.Width) * float64(s.Height) * fps * perPixel), Resolution}
	}
	return Rate{perDay(guessed), Guess}
}

// Rates gives the rate of each camera.
func (k *Keeper) rates(ctx context.Context, cameras []string) (map[string]Rate, error) {
	now := k.Clock.Micro()
	days, err := k.Catalogue.Days(ctx, k.Zone.String(), nil, now-(window+1)*day, now)
	if err != nil {
		return nil, err
	}
	changed, err := k.changed(ctx, now)
	if err != nil {
		return nil, err
	}
	days = slices.DeleteFunc(days, func(d daybook.Day) bool { return d.Start < changed[d.Camera] })
	have := map[string]int64{}
	for i := range days {
		have[days[i].Camera] += days[i].Length
	}
	var young []string // only of these are segments read
	var today []weight.Weight
	for _, c := range cameras {
		switch at := changed[c]; {
		case have[c] >= day:
		case at > now-day:
			some, err := weight.Of(ctx, k.Catalogue, []string{c}, at)
			if err != nil {
				return nil, err
			}
			today = append(today, some...)
		default:
			young = append(young, c)
		}
	}
	rest, err := weight.Of(ctx, k.Catalogue, young, now-day)
	if err != nil {
		return nil, err
	}
	today = append(today, rest...)
	for _, w := range today {
		have[w.Camera] += w.Length
	}
	out := measure(days, today)
	for _, c := range cameras {
		sees := expect(k.sight(c))
		sends := sees.Basis == Live && !k.young(now)
		if have[c] >= some {
			continue
		}
		if at, ok := changed[c]; ok && have[c] == 0 { // what it recorded before is no measure
			out[c] = sees
			if at > now-settles { // nor what it sent a moment ago
				out[c] = expect(Sight{})
			}
			continue
		}
		if !sends { // as one that was switched off long ago, or whose footage an order took
			last, err := weight.Last(ctx, k.Catalogue, c, day)
			if err != nil {
				return nil, err
			}
			if last.Length > have[c] {
				out[c] = Rate{float64(last.Bytes) / float64(last.Length) * float64(day), Recorded}
			}
			if last.Length > 0 || have[c] > 0 {
				continue
			}
		}
		out[c] = sees
	}
	return out, nil
}

// changed is when the main stream of cameras became another within the time that rates are
// measured over.
func (k *Keeper) changed(ctx context.Context, now int64) (map[string]int64, error) {
	if k.Changed == nil {
		return nil, nil
	}
	return k.Changed(ctx, now-(window+1)*day)
}

// off are the cameras that are switched off, but for some: nothing comes from them.
func (k *Keeper) off(ctx context.Context, but ...string) (map[string]bool, error) {
	if k.Off == nil {
		return nil, nil
	}
	all, err := k.Off(ctx)
	off := maps.Clone(all)
	for _, camera := range but {
		delete(off, camera)
	}
	return off, err
}

func (k *Keeper) sight(camera string) Sight {
	if k.Sight == nil {
		return Sight{}
	}
	return k.Sight(camera)
}
