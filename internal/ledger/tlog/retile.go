package tlog

import (
	"context"
	"path/filepath"

	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/retile"
)

func (b *book) folder() retile.Folder {
	return retile.Folder{Disk: b.disk, Dir: b.dir, Full: b.fullTile}
}

// putTile writes a full tile that was made again.
func (l *Log) putTile(b *book, f edge.File) error {
	if err := disk.Replace(l.disk, filepath.Join(b.dir, f.Path()), f.Data, 0o640); err != nil {
		return err
	}
	b.cache.Drop(f.Path())
	return nil
}

// Look looks through the full tiles and bundles of the log that grows. A tile that is another is
// made again from what stands below it. damaged is told of what cannot be; rest is called
// between two files and ends it with its error.
func (l *Log) Look(ctx context.Context, rest func() error, damaged func(file string, err error)) error {
	b, _, err := l.current()
	if err != nil {
		return err
	}
	l.mu.RLock()
	base, signed, ready := b.edge.Base, l.head.Size, l.ready
	l.mu.RUnlock()
	if !ready {
		return ErrNotReady
	}
	return retile.Look{
		Folder: b.folder(), Base: base, Above: l.tileOf(b), Rest: rest,
		Put: func(f edge.File) error {
			err := l.putTile(b, f)
			if err == nil {
				l.made(b, Mended{File: b.file(f.Path()), Signed: signed}, retile.ErrTile)
			}
			return err
		},
		Damaged: func(path string, err error) { damaged(b.file(path), err) },
	}.Run(ctx)
}
