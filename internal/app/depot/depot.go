// Package depot tells where footage lies: on which recording disks and archive tiers, and how
// they are.
package depot

import (
	"context"
	"time"

	"watchroom/internal/api/storage"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording"
)

// Depot is what lies where.
type Depot struct {
	Disks   *recording.Volumes
	Writing func(v *recording.Volume) float64 // bytes a second
	Mover   *tier.Mover
}

// Volumes implements storage.Sources.
func (d *Depot) Volumes() (out []storage.RecordingDisk) {
	used := d.Mover.Catalogue.Usage()
	for _, v := range d.Disks.List {
		s, cameras := v.Space(), d.Disks.Cameras(v)
		one := storage.RecordingDisk{
			Name: v.Name, Folder: v.Root, State: string(s.State), TotalBytes: s.Total, FreeBytes: s.Free,
			UsedByRecordings: used[v.Name], WriteBytesPerSecond: d.Writing(v), Cameras: &cameras,
		}
		if s.Err != nil {
			one.Reason = s.Err.Error()
		}
		out = append(out, one)
	}
	return out
}

// Tiers implements storage.Sources.
func (d *Depot) Tiers(ctx context.Context) ([]storage.ArchiveTier, error) {
	list, err := d.Mover.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]storage.ArchiveTier, len(list))
	for i, s := range list {
		t := storage.ArchiveTier{
			Name: s.Name, Kind: s.Kind, State: string(s.State), Reason: s.Err, UsedByRecordings: s.Bytes,
			MoveAfterSeconds: int64(s.MoveAfter / time.Second), ObjectLock: "none",
			Waiting: storage.Backlog{Segments: s.Waiting, Bytes: s.WaitingBytes},
		}
		if s.Lock != tier.Unlocked {
			t.ObjectLock = string(s.Lock)
		}
		if !s.Since.IsZero() {
			since := s.Since.UTC().Truncate(time.Microsecond)
			t.Since = &since
		}
		if s.OldestWaiting > 0 {
			oldest := time.UnixMicro(s.OldestWaiting).UTC()
			t.Waiting.Oldest = &oldest
		}
		if s.Free >= 0 {
			t.TotalBytes, t.FreeBytes = &s.Total, &s.Free
		}
		out[i] = t
	}
	return out, nil
}
