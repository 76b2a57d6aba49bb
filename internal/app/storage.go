package app

import (
	"context"
	"log/slog"

	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/recording"
	"watchroom/internal/recording/marker"
)

// volumesOf are the recording disks of a configuration.
func volumesOf(cfg *config.Config, folder *Folder, ck clock.Clock, log *slog.Logger) *recording.Volumes {
	r := cfg.Recording
	one := func(name, root string) *recording.Volume {
		return &recording.Volume{
			Name: name, Root: root, SyncInterval: r.SyncInterval, LowPercent: float64(r.LowSpacePercent),
			Reserve: int64(r.StopSpace), Spool: int64(r.SpoolTotal), Clock: ck, Log: log,
		}
	}
	s := &recording.Volumes{
		List: []*recording.Volume{one("", cfg.RecordingFolder())}, WhenFull: recording.WhenFull(r.WhenFull),
		Book: &marker.Book{Path: folder.Join("volumes.json")}, Log: log,
	}
	for _, v := range r.Volumes {
		s.List = append(s.List, one(v.Name, v.Folder))
	}
	return s
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
