package capacity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

const (
	noteEvery = time.Hour
	// settled is how far beyond Ahead a date must move for a warning to end: one that
	// comes and goes with the hour of the day is no warning.
	settled = 24 * time.Hour
)

// Tick notes how full the volumes are, and warns.
func (k *Keeper) Tick(ctx context.Context) error {
	if err := k.note(ctx); err != nil {
		return err
	}
	f, err := k.Forecast(ctx)
	if err != nil {
		return err
	}
	k.last.Store(f)
	if k.Signal == nil || !f.known() {
		return nil // what was said stands
	}
	w := k.warning(f)
	k.warned = w != nil
	k.Signal(w)
	return nil
}

// Last is the newest forecast that Tick has made, nil before the first.
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
	n    int     // cameras whose rate was measured
}

// add takes a camera in. What one adds that was not measured is not known yet; what it
// holds is.
func (s *stocks) add(one stock, b Basis) {
	if b == Measured {
		s.n++
		s.rate += one.rate
	} else {
		one.rate = 0
	}
	s.list = append(s.list, one)
}

// roomOf is what recordings may take of volumes: of each file system once, and the
// largest reserve of those that share it stays free.
func roomOf(list []Volume) (sum int64) {
	shared := map[string]int64{}
	for i := range list {
		v := &list[i]
		if before, ok := shared[v.Device]; v.Device != "" && ok {
			sum -= before
			shared[v.Device] = min(before, v.usable())
			sum += shared[v.Device]
			continue
		}
		shared[v.Device] = v.usable()
		sum += v.usable()
	}
	return sum
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

// known tells whether all volumes could be asked: what one that is away will bring back
// nobody knows.
func (f *Forecast) known() bool {
	for i := range f.Volumes {
		if f.Volumes[i].Total <= 0 {
			return false
		}
	}
	return len(f.Volumes) > 0
}

// warning is what of a forecast comes so soon that somebody must act. It goes by rates
// that were measured: a new camera is expected to send this or that, and an alarm by
// what is expected would be one at every first start.
func (k *Keeper) warning(f *Forecast) *Warning {
	if f.sure.n == 0 {
		return nil
	}
	ahead := k.Ahead
	if ahead <= 0 {
		ahead = 28 * 24 * time.Hour
	}
	if k.warned {
		ahead += settled
	}
	until := f.At + ahead.Microseconds()
	days, of := keeps(f.sure.list, float64(f.Usable))
	if on := k.on(f.At, float64(shortIn(f.sure.list, float64(f.Usable)))); on != 0 && on <= until {
		return &Warning{On: on, Keeps: days, Of: of}
	}
	if k.Frees {
		return nil
	}
	var first *Warning
	for _, v := range f.Volumes {
		on := k.on(f.At, fullIn(float64(v.usable()), v.BytesPerDay*f.sure.rate/max(f.BytesPerDay, 1)))
		if on != 0 && on <= until && (first == nil || on < first.On) {
			first = &Warning{Volume: v.ID, On: on, Keeps: days, Of: of}
		}
	}
	return first
}
