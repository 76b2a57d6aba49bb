// Package daily keeps what each closed day of each camera was, so that months of many
// cameras are answered at the cost of one small row a day, and answers the map of
// cameras and days and the figures of a month.
package daily

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
)

// Camera is what must be known of one: since when it is in service, and until when.
// Times are µs since 1970 UTC.
type Camera struct {
	ID        string
	CreatedAt int64
	RetiredAt int64 // 0 while it is in service
}

// Keeper keeps the days.
type Keeper struct {
	Catalogue *archive.Catalogue
	Cameras   func(context.Context) ([]Camera, error) // also retired ones
	Zone      *time.Location                          // of the site
	Clock     clock.Clock
	Log       *slog.Logger
	Every     time.Duration // 0 means a minute

	mu   sync.Mutex       // guards kept
	kept map[string]int64 // by camera: the midnight up to which its days are kept

	loop every.Loop
}

// Start begins to keep the days of the past, and goes on with each that ends.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Log == nil {
		k.Log = slog.New(slog.DiscardHandler)
	}
	k.kept = map[string]int64{}
	if err := k.Catalogue.ForgetZone(ctx, k.Zone.String()); err != nil {
		return err
	}
	k.loop.Start(ctx, cmp.Or(k.Every, time.Minute), every.Trying(k.Keep, func(err error) {
		k.Log.Warn("days of coverage could not be kept; tried again", "err", err)
	}))
	return nil
}

// Close stops it.
func (k *Keeper) Close() {
	k.loop.Close()
}

// Stale says that kept days of a camera were forgotten. It returns at once.
func (k *Keeper) Stale(camera string) {
	k.mu.Lock()
	delete(k.kept, camera)
	k.mu.Unlock()
}

// Keep makes all days that are over and not kept.
func (k *Keeper) Keep(ctx context.Context) error {
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return err
	}
	start, _ := daybook.Midnight(k.Clock.Micro(), k.Zone)
	today := start.UnixMicro()
	var first error
	for _, c := range cameras {
		k.mu.Lock()
		done := k.kept[c.ID] >= today
		if !done {
			k.kept[c.ID] = today // before the work: what turns stale meanwhile is seen
		}
		k.mu.Unlock()
		if done {
			continue
		}
		every.Alive(ctx)
		whole, err := k.keep(ctx, c, today)
		if err != nil || !whole {
			k.Stale(c.ID)
		}
		if err != nil && first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return first
}

// keep makes the days of one camera and tells whether none is left that is over.
func (k *Keeper) keep(ctx context.Context, c Camera, today int64) (whole bool, err error) {
	from, err := k.Catalogue.First(ctx, c.ID)
	if err != nil || from == 0 || from >= today {
		return false, err // its past may yet come, as from a disk that was away
	}
	to := today
	if c.RetiredAt != 0 { // nothing is told of a camera that is no more
		_, end := daybook.Midnight(c.RetiredAt, k.Zone)
		to = min(to, end.UnixMicro())
	}
	if _, err := k.Catalogue.KeepDays(ctx, c.ID, k.Zone, from, to, c.RetiredAt); err != nil {
		return false, err
	}
	last, err := k.Catalogue.Days(ctx, k.Zone.String(), []string{c.ID}, to-1, to)
	return len(last) > 0, err
}
