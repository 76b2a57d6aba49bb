// Package reckoning tells capacity and retention what places for footage there are, and
// how they are: recording disks and archive tiers as they answer now.
package reckoning

import (
	"cmp"
	"context"
	"errors"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/capacity"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
)

// patience is for how long a tier may be away, as while a server starts anew, before
// nobody may count on its room any more.
const patience = time.Hour

// Places are the recording disks and the archive tiers, in the order that footage goes.
type Places struct {
	Config  *config.Config
	Disks   *recording.Volumes
	Tiers   []*tier.Tier // as the configuration lists them
	Clock   clock.Clock
	Used    func() map[string]int64 // bytes of segments by disk or tier
	Records *db.DB
}

// Volumes are the places as far as room is concerned. What does not answer has none.
func (p *Places) Volumes() []capacity.Volume {
	var out []capacity.Volume
	for _, d := range p.Disks.List {
		v := capacity.Volume{ID: cmp.Or(d.Name, capacity.Main), Name: d.Root, Reserve: int64(p.Config.Recording.StopSpace), Unseen: d.Hangs()}
		if s := d.Space(); !v.Unseen { // what stands in the place of one that is away is not its size
			v.Total, v.Free, v.Device = s.Total, s.Free, s.Device
			v.Mark = int64(float64(s.Total) * float64(p.Config.Recording.LowSpacePercent) / 100)
		}
		out = append(out, v)
	}
	used, now := p.Used(), p.Clock.Now()
	for i, t := range p.Tiers {
		room, seen := t.Room()
		state, _ := t.State()
		v := capacity.Volume{ID: t.Name, Name: t.Name, Tier: true, Unseen: !seen, Stalled: seen && state != tier.OK}
		if state == tier.Away {
			v.Away = now.Sub(t.Since()) >= patience
			v.Unseen = !v.Away
		}
		size := int64(p.Config.Archive.Tiers[i].Size)
		switch {
		case v.Unseen || v.Away:
		case room.Free >= 0:
			v.Total, v.Free, v.Reserve, v.Device = room.Total, room.Free, t.MinFree, room.Device
		case size > 0:
			v.Total, v.Free = size, max(size-used[t.Name], 0)
		default:
			v.Boundless = p.Config.Archive.Tiers[i].S3()
		}
		out = append(out, v)
	}
	return out
}

// Waiting is how many bytes on each place are old enough for a tier behind it.
func (p *Places) Waiting(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	count := func(id, volume string, behind []*tier.Tier) error {
		if len(behind) == 0 {
			return nil
		}
		after := behind[0].MoveAfter
		for _, t := range behind {
			after = min(after, t.MoveAfter)
		}
		var bytes int64
		err := p.Records.Read().NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("CAST(COALESCE(SUM(bytes), 0) AS BIGINT)").
			Where("volume = ? AND end_at <= ?", volume, p.Clock.Now().Add(-after).UnixMicro()).Scan(ctx, &bytes)
		out[id] = bytes
		return problem.Wrap(err, "count what waits to be moved")
	}
	for _, d := range p.Disks.List {
		if err := count(cmp.Or(d.Name, capacity.Main), d.Name, p.Tiers); err != nil {
			return nil, err
		}
	}
	for i, t := range p.Tiers {
		if err := count(t.Name, t.Name, p.Tiers[i+1:]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Changed is when the address of the main stream of cameras was changed last, since an
// instant (µs since 1970 UTC), as the acts tell.
func (p *Places) Changed(ctx context.Context, since int64) (map[string]int64, error) {
	out := map[string]int64{}
	for before := ""; ; {
		acts, next, err := ledger.List(ctx, p.Records.Read(), ledger.Filter{Kind: "camera.changed", From: since, Before: before, Limit: ledger.MaxLimit})
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			changes, _ := a.Detail["changes"].(map[string]any)
			if _, ok := changes["main.url"]; ok {
				out[a.Subject] = max(out[a.Subject], a.At)
			}
		}
		if before = next; next == "" {
			return out, nil
		}
	}
}

// Room tells where room is needed: on tiers that are full, on recording disks whose
// footage no tier takes, and on those that go on filling below their mark although one
// does. It measures anew.
type Room struct {
	Disks   *recording.Volumes
	Tiers   []*tier.Tier
	Percent float64 // of a disk: its low-space mark
}

// behind is the part of its mark below which a disk needs room although a tier takes its
// footage: at the mark footage begins to move early, so that here the tier does not keep up.
const behind = 0.5

// Low implements retention.Space.
func (r *Room) Low(ctx context.Context) (places []string, err error) {
	var errs []error
	percent := cmp.Or(r.Percent, 10)
	for _, t := range r.Tiers {
		switch state, _ := t.State(); {
		case state == tier.OK:
			percent = cmp.Or(r.Percent, 10) * behind
		case state == tier.Full:
			space, err := t.Store.Check(ctx)
			if err == nil && space.Free >= 0 && space.Free < t.MinFree {
				places = append(places, t.Name)
			}
			errs = append(errs, err)
		}
	}
	for _, v := range r.Disks.List {
		if v.Hangs() {
			continue
		}
		low, err := (&recordings.Folder{Root: v.Root, LowPercent: percent}).Low(ctx)
		if len(low) > 0 {
			places = append(places, v.Name)
		}
		errs = append(errs, err)
	}
	return places, errors.Join(errs...)
}
