package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/archive"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/disk"
	"watchroom/internal/archive/tier/tenant"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/durable/patience"
	"watchroom/internal/recording"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/space"
)

// volumesOf are the recording disks of a configuration.
func volumesOf(cfg *config.Config, folder *folder.Folder, ck clock.Clock, log *slog.Logger) *recording.Volumes {
	r := cfg.Recording
	one := func(name, root string) *recording.Volume {
		return &recording.Volume{
			Name: name, Root: root, SyncInterval: r.SyncInterval, LowPercent: float64(r.LowSpacePercent),
			Reserve: int64(r.StopSpace), Spool: int64(r.SpoolTotal), Clock: ck, Log: log,
		}
	}
	s := &recording.Volumes{
		List: []*recording.Volume{one("", cfg.RecordingFolder())}, WhenFull: recording.WhenFull(r.WhenFull),
		Book: &marker.Book{Path: folder.Join("volumes.json")}, Lock: folder.Record, Unlock: folder.Free, Log: log,
	}
	for _, v := range r.Volumes {
		s.List = append(s.List, one(v.Name, v.Folder))
	}
	return s
}

// remarked is told that a file by which recording disks are known was put right. The alarm stands
// while the process runs.
func (w *watch) remarked(m marker.Mended) {
	w.mended.AddMarker(m)
	w.raise("marker "+m.File, "marker_mended", "A file by which a recording disk is known was damaged, and was put right.", "", map[string]any{"file": m.File})
}

// recordable takes the first recording folder, which nobody else may have. What is
// wrong with others shows later; so does a disk that is not mounted, whose mount point
// is left as it is, or one that does not answer.
func recordable(ctx context.Context, volumes *recording.Volumes, held *folder.Folder) error {
	if err := volumes.Book.Open(); err != nil {
		return err
	}
	first := volumes.List[0].Root
	_, err := patience.Do(ctx, &patience.Guard{}, 5*time.Second, func() (struct{}, error) {
		if errors.Is(volumes.Book.Look(first, ""), marker.ErrGone) {
			return struct{}{}, nil
		}
		return struct{}{}, held.Record(first)
	})
	if errors.Is(err, patience.ErrStands) {
		return nil
	}
	return err
}

// catalogueOf follows the journals of the volumes.
func catalogueOf(cfg *config.Config, volumes *recording.Volumes, ck clock.Clock, log *slog.Logger) *archive.Catalogue {
	c := &archive.Catalogue{Root: cfg.RecordingFolder(), Clock: ck, Log: log}
	for _, v := range volumes.List[1:] {
		c.Volumes = append(c.Volumes, archive.Volume{Name: v.Name, Root: v.Root})
	}
	c.Away = func(name string) bool {
		v := volumes.Volume(name)
		return v != nil && v.Hangs()
	}
	return c
}

// doubt refuses volumes that are empty and should not be, as the catalogue knows.
func (f *flow) doubt(ctx context.Context) {
	f.volumes.Doubt(func(volume string) bool {
		some, err := f.catalogue.Holds(ctx, volume)
		return err == nil && some
	})
}

// tiers builds the archive tiers. Whether they answer is found out later; that their
// keys are missing is told now.
func (a *App) tiers(ctx context.Context, book *marker.Book) ([]*tier.Tier, error) {
	list, stop, err := records.Tiers(ctx, a.Config, book, false, records.Some(a.rows.Load))
	if err != nil {
		return nil, err
	}
	a.onClose(stop)
	for _, t := range list {
		one := &tenant.Tenant{Tier: t.Name, Store: t.Store, Place: folder.Place(a.Config.Data), Node: chronicle.NodeName(), Clock: a.Clock, Log: a.Log}
		one.Start(context.WithoutCancel(ctx))
		a.onClose(one.Close)
		t.Store = tier.Tenanted(t.Store, one.Mine)
	}
	return list, nil
}

// moverOf moves footage between the volumes and the tiers.
func (a *App) moverOf(f *flow, d *db.DB, rules *retention.Rules) *tier.Mover {
	places := &tier.Places{DB: d, Clock: a.Clock, Tiers: f.tiers}
	for _, v := range f.volumes.List {
		places.Volumes = append(places.Volumes, tier.Volume{
			Name: v.Name, Root: v.Root, Away: v.Hangs, Store: &disk.Disk{Name: v.Name, Root: v.Root},
			Low: func() bool {
				s := v.Space().State
				return s == space.Low || s == space.Full
			},
		})
	}
	return &tier.Mover{
		Places: places, Catalogue: f.catalogue, AtOnce: a.Config.Archive.AtOnce, RateLimit: int64(a.Config.Archive.RateLimit),
		Clock: a.Clock, Log: a.Log, OnTrouble: f.room.trouble, LockUntil: lockable(rules),
	}
}

// trouble is told what keeps a tier from taking footage.
func (w *watch) trouble(subject, code, detail string) {
	key, params := "tier "+subject, map[string]any{"tier": subject}
	switch code {
	case "tier_away":
		w.raise(key, "tier_away", detail, "", params)
	case "tier_other":
		w.raise(key, "tier_other", detail, "", params)
	case "tier_taken":
		w.raise(key, "tier_taken", detail, "", params)
	case "tier_full":
		w.raise(key, "tier_full", detail, "", params)
	case "tier_failing":
		w.raise(key, "tier_failing", detail, "", params)
	case "footage_damaged":
		camera, _, _ := strings.Cut(subject, "/")
		w.put(key, "footage_damaged", detail, camera, map[string]any{"file": subject})
	default:
		w.raise(key, "", "", "", nil)
	}
}
