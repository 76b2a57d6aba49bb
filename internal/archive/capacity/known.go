package capacity

import (
	"context"
	"slices"
	"time"
)

const (
	// settles is for how long after the start what a camera sends at this moment, and what
	// room has been seen, are no measure: cameras connect and tiers answer one by one.
	settles = int64(time.Minute / time.Microsecond)
	// recent is how old a forecast may be that is as good as a new one.
	recent = int64(10 * time.Second / time.Microsecond)
)

// young tells whether the start is less than settles ago.
func (k *Keeper) young(now int64) bool {
	started := k.started.Load()
	return started != 0 && now >= started && now-started < settles
}

// unknown tells whether enough is known to say anything: that of all cameras which are
// switched on none sends anything that could be measured, or that not all of them have had
// the time to.
func (k *Keeper) unknown(f *Forecast) Unknown {
	young, on, open := k.young(f.At), 0, 0
	for i := range f.Cameras {
		c := &f.Cameras[i]
		if c.Off {
			continue
		}
		on++
		if c.Basis == Guess || c.Basis == Resolution || c.Basis == Live && young {
			open++
		}
	}
	switch {
	case young && len(f.Away) > 0:
		return PlacesUnknown
	case open > 0 && (open == on || young):
		return RatesUnknown
	}
	return Known
}

// away names the volumes that nobody has seen, or that do not answer: as a tier that is
// away, or a folder that has never told its size.
func away(list []Volume) (ids []string) {
	for i := range list {
		if v := &list[i]; !v.counts() || v.Total == 0 && !v.Boundless {
			ids = append(ids, list[i].ID)
		}
	}
	return ids
}

func unseen(list []Volume) bool {
	return slices.ContainsFunc(list, func(v Volume) bool { return v.Unseen })
}

// Recent is the newest forecast if it is some seconds old, and otherwise a new one. It is
// nil where the first is being made.
func (k *Keeper) Recent(ctx context.Context) (*Forecast, error) {
	last := k.last.Load()
	if last != nil {
		if age := k.Clock.Micro() - last.At; age >= 0 && age < recent {
			return last, nil
		}
	}
	if !k.asked.TryLock() {
		return last, nil
	}
	defer k.asked.Unlock()
	return k.Forecast(ctx)
}
