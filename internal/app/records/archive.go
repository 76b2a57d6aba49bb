package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"watchroom/internal/app/folder"
	"watchroom/internal/archive"
	"watchroom/internal/archive/places"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/disk"
	"watchroom/internal/archive/tier/s3"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/recording/marker"
)

// Archive is the recordings of a configuration, for a command.
type Archive struct {
	*tier.Places
	Catalogue *archive.Catalogue // not started
	// Apart is a folder of this command's own, where the records are a copy and its state
	// belongs; empty where the data folder takes what is written. See apart.
	Apart string
	stops []func() error
}

// OpenArchive opens the database and looks at every volume and tier. alone takes the
// data folder's lock, which a running server has; with take, disks that bear another
// data folder's marker become this one's. Where a volume or tier that this data folder has
// footage on is neither in the configuration nor among those without which it is to be
// done, the error is an *UnknownPlaces, and nothing of the footage was looked at.
func OpenArchive(ctx context.Context, cfg *config.Config, log *slog.Logger, alone, take bool, without ...string) (a *Archive, err error) {
	a = &Archive{}
	opened := a
	defer func() {
		if err != nil {
			err = errors.Join(err, opened.Close())
		}
	}()
	if alone {
		folder, err := folder.Open(cfg.Data)
		if err != nil {
			return nil, err
		}
		a.stops = append(a.stops, folder.Close)
	}
	book := &marker.Book{Path: filepath.Join(cfg.Data, "volumes.json")}
	if err := book.Open(); err != nil {
		return nil, err
	}
	known := slices.Concat(without, placesOf(cfg))
	if err := unknown(book.Names(), known); err != nil {
		return nil, err
	}
	o := Options(cfg)
	o.Log = log
	if !alone {
		if err := a.apart(cfg, &o); err != nil {
			return nil, err
		}
	}
	d, err := db.Open(ctx, o)
	if err != nil {
		return nil, &Error{err}
	}
	a.stops = append(a.stops, d.Close)
	named, err := places.Named(ctx, d.Read())
	if err != nil {
		return nil, err
	}
	if err := unknown(named, known); err != nil {
		return nil, err
	}
	volumes := []tier.Volume{{Root: cfg.RecordingFolder()}}
	for _, v := range cfg.Recording.Volumes {
		volumes = append(volumes, tier.Volume{Name: v.Name, Root: v.Folder})
	}
	var names, folders []string
	for i := range volumes {
		names, folders = append(names, volumes[i].Name), append(folders, volumes[i].Root)
	}
	for _, t := range cfg.Archive.Tiers {
		if !t.S3() {
			names, folders = append(names, t.Name), append(folders, t.Folder)
		}
	}
	others := map[string]string{} // disks that were another recorder's, and whose
	for i, dir := range folders {
		err := book.Look(dir, names[i])
		if take && (errors.Is(err, marker.ErrForeign) || errors.Is(err, marker.ErrGone)) {
			var from string
			if from, err = takeover(cfg, book, dir, names[i]); err == nil && from != "" {
				others[dir] = from
			}
		}
		if err == nil {
			continue
		}
		log.Error("a disk cannot be looked at", "folder", dir, "err", err)
		if i == 0 && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("recording folder %s: %w; --take makes it this data folder's", dir, err)
		}
		if i == 0 {
			if !alone {
				return nil, err
			}
			if err := os.MkdirAll(dir, 0o750); err != nil {
				return nil, err
			}
			continue
		}
		if i < len(volumes) {
			volumes[i].Away = func() bool { return true }
		}
	}
	tiers, stop, err := Tiers(ctx, cfg, book, true, Some(func() *db.DB { return d }))
	if err != nil {
		return nil, err
	}
	a.stops = append(a.stops, func() error { stop(); return nil })
	if take {
		takeBuckets(ctx, tiers, log)
	}
	for dir, from := range others {
		if err := putAside(ctx, d, dir, from, log); err != nil {
			return nil, err
		}
	}
	a.Places = &tier.Places{DB: d, Volumes: volumes, Tiers: tiers}
	a.Catalogue = &archive.Catalogue{DB: d, Root: volumes[0].Root, Clock: clock.Clock(nil), Log: log, Elsewhere: a.Open, Weigh: a.Places.Weigh, Tiers: a.Places.Names()}
	for _, v := range volumes[1:] {
		a.Catalogue.Volumes = append(a.Catalogue.Volumes, archive.Volume{Name: v.Name, Root: v.Root})
	}
	a.Catalogue.Away = func(name string) bool {
		for _, v := range volumes {
			if v.Name == name {
				return v.Away != nil && v.Away()
			}
		}
		return false
	}
	return a, nil
}

// Close gives everything back.
func (a *Archive) Close() error {
	var errs []error
	for i := len(a.stops) - 1; i >= 0; i-- {
		errs = append(errs, a.stops[i]())
	}
	a.stops = nil
	return errors.Join(errs...)
}

// Some gives some of what the catalogue has on a tier. records gives nil until they were opened.
func Some(records func() *db.DB) func(ctx context.Context, tier string) ([]archive.Segment, error) {
	return func(ctx context.Context, name string) ([]archive.Segment, error) {
		d := records()
		if d == nil {
			return nil, archive.ErrTierAway.With("tier", name)
		}
		return places.Some(ctx, d.Read(), name)
	}
}

// Tiers builds the archive tiers of a configuration; stop gives them back. With look,
// folders and buckets are only looked at. some gives some of what the catalogue has on a tier.
func Tiers(ctx context.Context, cfg *config.Config, book *marker.Book, look bool, some func(ctx context.Context, tier string) ([]archive.Segment, error)) (list []*tier.Tier, stop func(), err error) {
	var buckets []*s3.Bucket
	stop = func() {
		for _, b := range buckets {
			b.Close()
		}
	}
	for i := range cfg.Archive.Tiers {
		c := &cfg.Archive.Tiers[i]
		t := &tier.Tier{Name: c.Name, Kind: "disk", MoveAfter: c.MoveAfter, MinFree: int64(c.MinFree), LockFor: c.LockFor}
		list = append(list, t)
		if !c.S3() {
			t.Store = &disk.Disk{Name: c.Name, Root: c.Folder, Book: book, Look: look}
			continue
		}
		t.Kind = "s3"
		if c.ObjectLock != "none" {
			t.Lock = tier.LockMode(c.ObjectLock)
		}
		b := &s3.Bucket{Endpoint: c.Endpoint, Region: c.Region, Bucket: c.Bucket, Prefix: c.Prefix, PathStyle: c.PathStyle, CA: c.CA,
			Mark: s3.Mark{Name: c.Name, Book: book, Look: look, Some: some}}
		if b.AccessKey, b.Secret, err = c.Secrets(os.LookupEnv); err == nil {
			if err = b.Start(ctx); err == nil {
				buckets = append(buckets, b)
			}
		}
		if err != nil {
			stop()
			return nil, nil, fmt.Errorf("archive tier %s: %w", c.Name, err)
		}
		t.Store = b
	}
	return list, stop, nil
}
