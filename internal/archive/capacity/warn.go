package capacity

import (
	"context"
	"math"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

const (
	noteEvery = time.Hour
	// settled is how far beyond Warn a date must move for a warning to end: one that
	// comes and goes with the hour of the day is no warning.
	settled = 24 * time.Hour
)

// Tick notes how full the volumes are, and warns.
func (k *Keeper) Tick(ctx context.Context) error {
	if err := k.note(ctx); err != nil {
		return err
	}
	if err := k.look(ctx); err != nil {
		return err
	}
	f, err := k.Forecast(ctx)
	if err != nil {
		return err
	}
	volumes := k.Volumes()
	if k.Signal == nil || unseen(volumes) {
		return nil // what one that is away will bring back nobody knows; what was said stands
	}
	_, free := room(volumes)
	w := k.warning(f, free)
	k.warned = w != nil
	k.Signal(w)
	return nil
}

// Last is the newest forecast that was made, nil before the first.
func (k *Keeper) Last() *Forecast { return k.last.Load() }

// note writes down, now and then, how full the volumes are.
func (k *Keeper) note(ctx context.Context) error {
	now := k.Clock.Now()
	if since := now.Sub(k.noted); since >= 0 && since < noteEvery && now.In(k.Zone).Day() == k.noted.In(k.Zone).Day() {
		return nil
	}
	var rows []volumeRow
	for _, v := range k.Volumes() {
		if v.Total > 0 {
			rows = append(rows, volumeRow{Volume: v.ID, Day: now.In(k.Zone).Format(time.DateOnly), At: now.UnixMicro(), Used: v.Total - v.Free, Free: v.Free, Total: v.Total})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (volume, day) DO UPDATE").Set("at = EXCLUDED.at").Set("used = EXCLUDED.used").
			Set("free = EXCLUDED.free").Set("total = EXCLUDED.total").Exec(ctx)
		return err
	})
	if err == nil {
		k.noted = now
	}
	return problem.Wrap(err, "note how full the volumes are")
}

// stocks are what cameras hold and add, as far as that was measured.
type stocks struct {
	list []stock
	rate float64 // bytes a day
}

// measuredOf leaves out what cameras add that were not measured: it is not known yet. What
// they hold is. What one sends counts where that has been much more for an hour than
// was measured, as with another setting: the mean of a week follows too late.
func (k *Keeper) measuredOf(kept map[string]stock, rates map[string]Rate) (m stocks) {
	for c, s := range kept {
		switch {
		case rates[c].Basis != Measured:
			s.rate = 0
		case s.rate > 0:
			if sends := k.shown.least(c); sends > raised*s.rate {
				s.rate = sends
			}
		}
		m.rate += s.rate
		m.list = append(m.list, s)
	}
	return m
}

// room is what recordings may take of all places: what is known in bytes, and all of it,
// which may have no end. A file system counts once, however many places lie on it, and
// the largest reserve of those stays free.
func room(list []Volume) (known int64, all float64) {
	shared := map[string]int64{}
	boundless := false
	for i := range list {
		v := &list[i]
		boundless = boundless || v.Boundless && v.counts()
		free := v.usable()
		if before, ok := shared[v.Device]; ok && v.Device != "" {
			free = min(before, free)
			known -= before
		}
		shared[v.Device] = free
		known += free
	}
	if boundless {
		return known, math.Inf(1)
	}
	return known, float64(known)
}

// Shared names those volumes that lie on one file system, by its device: its room is
// there once.
func Shared(list []Volume) map[string][]string {
	on := map[string][]string{}
	for _, v := range list {
		if v.Device != "" {
			on[v.Device] = append(on[v.Device], v.ID)
		}
	}
	for device, ids := range on {
		if len(ids) < 2 {
			delete(on, device)
		}
	}
	return on
}

// warning is what of a forecast comes so soon that somebody must act. It goes by rates
// that were measured: a new camera is expected to send this or that, and an alarm by
// what is expected would be one at every first start.
func (k *Keeper) warning(f *Forecast, free float64) *Warning {
	if f.sure.rate <= 0 {
		return nil
	}
	ahead := k.soon()
	if k.warned {
		ahead += settled
	}
	until, usable := f.At+ahead.Microseconds(), float64(f.Used)+free
	days, of := keeps(f.sure.list, usable)
	if on := k.on(f.At, float64(shortIn(f.sure.list, usable))); on != 0 && on <= until {
		w := &Warning{On: on, Keeps: days, Of: of}
		for i := range f.Cameras {
			if c := &f.Cameras[i]; c.Basis == Measured && days < float64(c.Minimum) {
				w.Cameras++
			}
		}
		return w
	}
	var first *Warning
	for _, v := range f.Volumes {
		// What is removed makes no room on a disk whose footage a tier should take.
		if v.FullOn == 0 || f.Frees && !v.Fills {
			continue
		}
		on := v.FullOn
		if f.Frees {
			if on = v.ends; on == 0 {
				continue
			}
		}
		if !v.Fills { // as soon as the measured part of what comes fills it
			on = f.At + int64(float64(v.FullOn-f.At)*f.BytesPerDay/f.sure.rate)
		}
		if on <= until && (first == nil || on < first.On) {
			first = &Warning{Volume: v.ID, On: on, Keeps: days, Of: of, Behind: v.Fills}
		}
	}
	return first
}
