package tlog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	xtlog "golang.org/x/mod/sumdb/tlog"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/ledger/tiles"
)

// Names inside the folder of one log.
const (
	keyName        = "key"           // the secret signer key; 0600, never logged, never copied out
	publicName     = "vkey"          // what others verify with
	checkpointName = "checkpoint"    // the latest signed tree head
	cosignedName   = "checkpoint.w"  // with a number behind: the latest that so many witnesses cosigned
	againstName    = "contradiction" // a checkpoint of ours that this log does not agree with
	bookPrefix     = "log-"          // and four digits: the folder of one log
	bookFormat     = bookPrefix + "%04d"

	maxCosignatures = 64 // of one checkpoint
)

// book is one log in its folder. A node has one that grows, and those that ended.
type book struct {
	disk   disk.Disk
	dir    string
	number int
	signer note.Signer // nil where the key is gone
	key    tlog.Key
	tail   *tail.File
	edge   edge // guarded by Log.mu; changed by the appender alone
	cache  tiles.Cache
	// durable holds the folders of tiles whose names are known to be on the disk.
	durable map[string]bool
}

// listBooks gives the numbers of the logs in a folder, in order.
func listBooks(d disk.Disk, dir string) ([]int, error) {
	entries, err := d.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), bookPrefix)
		if n, err := strconv.Atoi(digits); ok && err == nil && n > 0 && e.IsDir() && fmt.Sprintf(bookFormat, n) == e.Name() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func bookDir(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf(bookFormat, number))
}

// newKey makes a signer key. The origin is the node's name with a random end, so
// that a log made anew is never taken for the old one.
func newKey(node string) (origin, skey, vkey string, err error) { //nolint:unparam // the origin is tested
	end := make([]byte, 4)
	_, _ = rand.Read(end) // never fails
	origin = node + "/" + hex.EncodeToString(end)
	skey, vkey, err = note.GenerateKey(rand.Reader, origin)
	return origin, skey, vkey, err
}

// createBook makes a log with the entries that first gives for its key. The folder
// gets its name when everything in it is on the disk.
func createBook(d disk.Disk, dir string, number int, node string, first func(signer note.Signer, key tlog.Key) ([][]byte, error)) error {
	path := bookDir(dir, number)
	unfinished := path + ".new"
	if err := disk.RemoveAll(d, unfinished); err != nil {
		return err
	}
	_, skey, vkey, err := newKey(node)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	key, err := tlog.ParseKey(vkey)
	if err != nil {
		return err
	}
	var entries [][]byte
	if first != nil {
		if entries, err = first(signer, key); err != nil {
			return err
		}
	}
	if err := d.Mkdir(unfinished); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
		perm fs.FileMode
	}{{keyName, []byte(skey + "\n"), 0o600}, {publicName, []byte(vkey + "\n"), 0o644}, {tail.Name, tail.Encode(0, entries...), 0o640}} {
		if err := disk.Put(d, filepath.Join(unfinished, f.name), f.data, f.perm, true); err != nil {
			return err
		}
	}
	if err := d.SyncDir(unfinished); err != nil {
		return err
	}
	if err := d.Rename(unfinished, path); err != nil {
		return err
	}
	return d.SyncDir(dir)
}

// openBook reads the log of a folder. tail.ErrDamaged, also without more, says that the
// log cannot go on; what is readable of it is in the book all the same.
func openBook(d disk.Disk, dir string, number int) (*book, error) {
	b := &book{disk: d, dir: bookDir(dir, number), number: number}
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
		b.edge.add(bytes.Clone(e))
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
	s, err := note.NewSigner(strings.TrimSuffix(string(secret), "\n"))
	if err != nil || s.Name() != b.key.Name() || s.KeyHash() != b.key.KeyHash() {
		return nil //nolint:nilerr // its bytes must not get into an error; the state says that the key is unusable
	}
	// A key whose public half is another's would sign what nobody can verify.
	if sig, err := s.Sign([]byte("probe\n")); err != nil || len(sig) != ed25519.SignatureSize || !b.key.Verify([]byte("probe\n"), sig) {
		return nil //nolint:nilerr // likewise
	}
	b.signer = s
	return nil
}

func (b *book) readPublic() error {
	public, err := b.disk.ReadFile(filepath.Join(b.dir, publicName))
	if err == nil {
		b.key, err = tlog.ParseKey(strings.TrimSuffix(string(public), "\n"))
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", filepath.Join(b.dir, publicName), tail.ErrDamaged, err)
	}
	return nil
}

// readLevels computes the right-hand side of the tree of base entries, which all
// stand in full tiles, from the fewest tiles: 255 of each level at most.
func (b *book) readLevels(base int64) error {
	b.edge = edge{size: base, base: base}
	for l := 0; base>>(tlog.TileHeight*l) > 0; l++ {
		count := base >> (tlog.TileHeight * l)
		at := level{start: count / tlog.TileWidth * tlog.TileWidth}
		for i := at.start; i < count; i++ {
			below, err := b.fullTile(l-1, i)
			if err != nil {
				return fmt.Errorf("%w: %w", tail.ErrDamaged, err)
			}
			at.hashes = append(at.hashes, tlog.Subtree(below))
		}
		b.edge.levels = append(b.edge.levels, at)
	}
	return nil
}

// fullTile reads a full tile of hashes from the disk.
func (b *book) fullTile(l int, n int64) ([]tlog.Hash, error) {
	path := tlog.TilePath(l, n, tlog.TileWidth)
	return b.cache.Get(path, func() ([]tlog.Hash, error) {
		data, err := b.disk.ReadFile(filepath.Join(b.dir, path))
		if err != nil {
			return nil, err
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
			hashes, err := b.edge.tile(l, n)
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
	files := b.edge.full()
	if len(files) == 0 {
		return nil
	}
	if err := b.write(files, true); err != nil {
		return err
	}
	keep := b.edge.size / tlog.TileWidth * tlog.TileWidth
	if err := b.tail.Rewrite(keep, b.edge.entries[keep-b.edge.base:]); err != nil {
		return err
	}
	lock.Lock()
	b.edge.drop()
	lock.Unlock()
	return nil
}

// write puts tiles into their files. With sync all of it is on the disk when it
// returns.
func (b *book) write(files []tileFile, sync bool) error {
	changed, made := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		dir := filepath.Dir(f.path())
		if err := tiles.MakeDirs(b.disk, b.dir, dir); err != nil {
			return err
		}
		if err := disk.Put(b.disk, filepath.Join(b.dir, f.path()), f.data, 0o640, sync); err != nil {
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
