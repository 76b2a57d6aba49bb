// Package disk is an archive tier in a folder, on a further disk of the machine or a
// mount of another. Like a recording disk it bears a marker: what is not mounted is
// away, and the folder below the mount point is not filled. So is one that does not answer:
// nobody waits for it for ever.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/durable/patience"
	"watchroom/internal/recording/marker"
)

// Disk is a tier.Store.
type Disk struct {
	Name string // of the tier
	Root string
	Book *marker.Book // open; nil for a folder without a marker
	Look bool         // the folder is only read, and not marked where it is new
	// Patience is how long it may take for one step; 0 means a minute, three for a file that
	// is put there. Commands that list what there is wait for as long as it takes.
	Patience time.Duration

	at    func() // in tests; is called before every step, and may stand still
	guard patience.Guard
}

// there refuses a folder that is not the tier's.
func (d *Disk) there() (tier.Store, error) {
	if _, err := os.Stat(d.Root); err != nil {
		return nil, archive.ErrTierAway.With("tier", d.Name).Because(err)
	}
	var err error
	switch {
	case d.Book == nil:
	case d.Look:
		err = d.Book.Look(d.Root, d.Name)
	default:
		_, err = d.Book.Claim(d.Root, d.Name)
	}
	if errors.Is(err, marker.ErrForeign) || errors.Is(err, marker.ErrGone) {
		err = fmt.Errorf("%w: %w", tier.ErrOther, err) // it answers, and is not the one
	}
	if err != nil {
		return nil, archive.ErrTierAway.With("tier", d.Name).Because(err)
	}
	return tier.Folder(d.Root), nil
}

// Put implements tier.Store. A folder cannot lock.
func (d *Disk) Put(ctx context.Context, name string, from io.Reader, size int64, lock tier.Lock) error {
	in := newIncoming(from)
	return d.put(ctx, in, func() error {
		f, err := d.there()
		if err != nil {
			return err
		}
		return f.Put(ctx, name, in, size, lock)
	})
}

// Open implements tier.Store.
func (d *Disk) Open(ctx context.Context, name string) (archive.File, error) {
	return d.open(ctx, func(s tier.Store) (archive.File, error) { return s.Open(ctx, name) })
}

// ReadBack implements tier.Store.
func (d *Disk) ReadBack(ctx context.Context, name string) (archive.File, error) {
	return d.open(ctx, func(s tier.Store) (archive.File, error) { return s.ReadBack(ctx, name) })
}

// open looks at the marker only where a file is missing: people wait for it.
func (d *Disk) open(ctx context.Context, f func(tier.Store) (archive.File, error)) (archive.File, error) {
	opened, err := step(ctx, d, func() (archive.File, error) {
		file, err := f(tier.Folder(d.Root))
		if errors.Is(err, fs.ErrNotExist) {
			if _, away := d.there(); away != nil {
				return nil, away
			}
		}
		return file, err
	})
	if err != nil {
		return nil, err
	}
	return file{opened, ctx, d}, nil
}

// Stat implements tier.Store.
func (d *Disk) Stat(ctx context.Context, name string) (int64, error) {
	return step(ctx, d, func() (int64, error) {
		f, err := d.there()
		if err != nil {
			return 0, err
		}
		return f.Stat(ctx, name)
	})
}

// Remove implements tier.Store.
func (d *Disk) Remove(ctx context.Context, name string) error {
	_, err := step(ctx, d, func() (struct{}, error) {
		f, err := d.there()
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, f.Remove(ctx, name)
	})
	return err
}

// List implements tier.Store.
func (d *Disk) List(ctx context.Context, under string, each func(string, int64) error) error {
	f, err := d.there()
	if err != nil {
		return err
	}
	return f.List(ctx, under, func(name string, size int64) error {
		if marker.Ours(name) {
			return nil
		}
		return each(name, size)
	})
}

// Check implements tier.Store.
func (d *Disk) Check(ctx context.Context) (tier.Room, error) {
	room, err := step(ctx, d, func() (tier.Room, error) {
		f, err := d.there()
		if err != nil {
			return tier.Room{}, err
		}
		return f.Check(ctx)
	})
	if err != nil {
		room = tier.Room{Total: -1, Free: -1}
	}
	return room, err
}

// Top implements tier.Store.
func (d *Disk) Top(ctx context.Context) (folders, files []string, err error) {
	f, err := d.there()
	if err != nil {
		return nil, nil, err
	}
	folders, files, err = f.Top(ctx)
	return folders, slices.DeleteFunc(files, marker.Ours), err
}
