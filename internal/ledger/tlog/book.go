package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/note"
	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/edge"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/keys"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/ledger/tiles"
)

// Names inside the folder of one log.
const (
	keyName        = folders.Secret
	publicName     = folders.Public
	checkpointName = "checkpoint"    // the latest signed tree head
	cosignedName   = "checkpoint.w"  // with a number behind: the latest that so many witnesses cosigned
	againstName    = "contradiction" // a checkpoint of ours that this log does not agree with
	guardName      = "guard"         // beside the logs, unless it lies elsewhere

	maxCosignatures = survey.MostCosignatures
)

// book is one log in its folder. A node has one that grows, and those that ended.
type book struct {
	disk   disk.Disk
	dir    string
	number int
	signer note.Signer // nil where the key is gone
	key    tlog.Key
	tail   *tail.File
	edge   edge.Edge // guarded by Log.mu; changed by the appender alone
	cache  tiles.Cache
	// anew are full tiles, by their paths, that are damaged on the disk and what they must be.
	anew map[string]edge.File
	// durable holds the folders of tiles whose names are known to be on the disk.
	durable map[string]bool
}

// openBook reads the log of a folder. tail.ErrDamaged, also without more, says that the
// log cannot go on; what is readable of it is in the book all the same.
func openBook(d disk.Disk, dir string, number int) (*book, error) {
	b := &book{disk: d, dir: folders.Of(dir, number), number: number}
	if err := b.readKey(); err != nil {
		return b, err
	}
	whole, length, err := b.readTail()
	if err != nil {
		return b, err
	}
	if err := d.SyncDir(b.dir); err != nil { // a kill may have left a name in the kernel's hands
		return b, err
	}
	b.tail, err = tail.Open(d, tail.Path(b.dir), whole, length)
	return b, err
}

// readTail reads the edge of the tree from the tail and the full tiles before it, and
// changes nothing. Of the file's length in bytes so much is whole.
func (b *book) readTail() (whole, length int, err error) {
	data, err := b.disk.ReadFile(tail.Path(b.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, fmt.Errorf("tail: missing: %w", tail.ErrDamaged)
	}
	if err != nil {
		return 0, 0, err
	}
	c, parseErr := tail.Parse(data)
	if parseErr != nil && c.Whole == 0 {
		return 0, 0, parseErr
	}
	if err := b.readLevels(c.Base); err != nil {
		return 0, 0, err
	}
	for _, e := range c.Entries {
		b.edge.Add(bytes.Clone(e))
	}
	return c.Whole, len(data), parseErr
}

// readKey reads the public key and, where it is there, the secret one.
func (b *book) readKey() error {
	if err := b.readPublic(); err != nil {
		return err
	}
	secret, err := b.disk.ReadFile(filepath.Join(b.dir, keyName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	b.signer = keys.Signer(secret, b.key)
	return nil
}

// readPublic reads the public key.
func (b *book) readPublic() (err error) {
	b.key, err = folders.Key(b.disk, b.dir)
	return err
}

// readLevels computes the right-hand side of the tree of base entries.
func (b *book) readLevels(base int64) (err error) {
	if b.edge, err = edge.Read(base, b.fullTile); err != nil {
		return fmt.Errorf("%w: %w", tail.ErrDamaged, err)
	}
	return nil
}

// root is the root of the first size entries.
func root(size int64, r xtlog.HashReader) (tlog.Hash, error) { return xtlog.TreeHash(size, r) }

// fullTile reads a full tile of hashes from the disk.
func (b *book) fullTile(l int, n int64) ([]tlog.Hash, error) {
	path := tlog.TilePath(l, n, tlog.TileWidth)
	return b.cache.Get(path, func() (_ []tlog.Hash, err error) {
		data := b.anew[path].Data
		if data == nil {
			if data, err = b.disk.ReadFile(filepath.Join(b.dir, path)); err != nil {
				return nil, err
			}
		}
		hashes, err := tlog.ParseTile(data, tlog.TileWidth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return hashes, nil
	})
}

// hashes reads from the edge and from full tiles. It is for the appender, which
// alone changes the edge; others use Log.hashes.
func (b *book) hashes() xtlog.HashReader {
	return xtlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return tlog.HashesFrom(indexes, func(l int, n int64) ([]tlog.Hash, error) {
			hashes, err := b.edge.Tile(l, n)
			if hashes == nil && err == nil {
				hashes, err = b.fullTile(l, n)
			}
			return hashes, err
		})
	})
}

// flush writes the full tiles that are in memory only and then takes their entries
// out of the tail. Until that last step the tail has them too, so it may stop anywhere.
// lock is held while the memory changes.
func (b *book) flush(lock sync.Locker) error {
	files := b.edge.Full()
	if len(files) == 0 {
		return nil
	}
	if err := b.write(files, true); err != nil {
		return err
	}
	keep := b.edge.Size / tlog.TileWidth * tlog.TileWidth
	if err := b.tail.Rewrite(keep, b.edge.Entries[keep-b.edge.Base:]); err != nil {
		return err
	}
	lock.Lock()
	b.edge.Drop()
	lock.Unlock()
	return nil
}

// write puts tiles into their files. With sync all of it is on the disk when it
// returns.
func (b *book) write(files []edge.File, sync bool) error {
	changed, made := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		dir := filepath.Dir(f.Path())
		if err := tiles.MakeDirs(b.disk, b.dir, dir); err != nil {
			return err
		}
		if err := disk.Put(b.disk, filepath.Join(b.dir, f.Path()), f.Data, 0o640, sync); err != nil {
			return err
		}
		changed[filepath.Join(b.dir, dir)] = true
		// A folder that a partial tile made is not on the disk yet.
		for ; sync && dir != "." && !b.durable[dir]; dir = filepath.Dir(dir) {
			made[dir] = true
			changed[filepath.Join(b.dir, filepath.Dir(dir))] = true
		}
	}
	if !sync {
		return nil
	}
	for _, d := range slices.Sorted(maps.Keys(changed)) {
		if err := b.disk.SyncDir(d); err != nil {
			return err
		}
	}
	if b.durable == nil {
		b.durable = map[string]bool{}
	}
	maps.Copy(b.durable, made)
	return nil
}
