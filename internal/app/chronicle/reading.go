package chronicle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/tlog"
)

// ErrNoLog says that a data folder has no log, or none that was ever signed.
var ErrNoLog = errors.New("the data folder has no transparency log with a checkpoint; the first watchroom serve makes one")

// Reading is the newest log of a folder as its latest checkpoint has it, read beside a
// process that writes or without one.
type Reading struct {
	Book       tlog.Book
	Checkpoint evidence.Checkpoint
	Note       []byte // the signed checkpoint
	Earlier    []tlog.Book
	tiles      *evidence.Tiles
}

// Read opens the newest log below dir.
func Read(dir string) (*Reading, error) {
	books, err := tlog.Books(dir)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if len(books) == 0 {
		return nil, ErrNoLog
	}
	r := &Reading{Book: books[len(books)-1], Earlier: books[:len(books)-1]}
	if r.Note, err = fs.ReadFile(r.Book.FS, "checkpoint"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoLog
		}
		return nil, fmt.Errorf("ledger: %w", err)
	}
	c, _, err := evidence.Open(r.Note, r.Book.Key)
	if err != nil {
		return nil, fmt.Errorf("ledger: the checkpoint is not signed by the log's key: %w", err)
	}
	if c.Origin != r.Book.Key.Name() {
		return nil, fmt.Errorf("ledger: the checkpoint is of another log, %q", c.Origin)
	}
	r.Checkpoint = c
	r.tiles = &evidence.Tiles{FS: r.Book.FS, Size: c.Size}
	return r, nil
}

// Size implements audit.Log.
func (r *Reading) Size() int64 { return r.Checkpoint.Size }

// Head implements audit.Log.
func (r *Reading) Head(context.Context) (int64, leaf.Hash, error) {
	return r.Checkpoint.Size, leaf.Hash(r.Checkpoint.Root), nil
}

// Entries implements audit.Log.
func (r *Reading) Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for entry, err := range r.tiles.Entries(from, to) {
			if err == nil && ctx.Err() != nil {
				err = ctx.Err()
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// Tree compares every tile and bundle with what it is made of, and the whole with the
// checkpoint, and names each that does not agree.
func (r *Reading) Tree(ctx context.Context, found func(audit.Finding)) error {
	tell := func(file string, err error) {
		found(audit.Finding{Kind: audit.TreeDamaged, Leaf: -1, File: filepath.Join(filepath.Base(r.Book.Dir), file), Detail: err.Error()})
	}
	size := r.Checkpoint.Size
	for level := -1; ; level++ {
		per := max(level, 0)
		if evidence.Width(size, per, 0) == 0 {
			break
		}
		for n := int64(0); ; n++ {
			width := evidence.Width(size, per, n)
			if width == 0 {
				break
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.tiles.CheckTile(level, n); err != nil {
				file := evidence.TilePath(per, n, width)
				if level < 0 {
					file = evidence.BundlePath(n, width)
				}
				tell(file, err)
			}
		}
	}
	root, err := r.tiles.Root()
	switch {
	case err != nil:
		tell("tile", err)
	case root != r.Checkpoint.Root:
		tell("checkpoint", errors.New("the tiles do not make the root that was signed"))
	}
	return nil
}

// other judges an entry that tells neither of footage nor of acts: that a log continues
// from another.
func (r *Reading) other(index int64, entry []byte) error {
	c, _, err := evidence.ParseContinuation(entry, evidence.Key{})
	if err != nil {
		return err
	}
	if index != 0 {
		return errors.New("a log continues from another with its first entry")
	}
	if c.Key.String() != r.Book.Key.String() {
		return errors.New("this says so of another log")
	}
	if !slices.ContainsFunc(r.Earlier, func(b tlog.Book) bool { return b.Key.Name() == c.Origin }) {
		return fmt.Errorf("the log %s, from which it continues, is not here", c.Origin)
	}
	return nil
}

// Verify prepares the comparison of a data folder's log with its footage and records.
// roots are the folders of recordings; d may be nil, then rows are left out.
func Verify(data string, roots []seal.Root, files audit.Files, d *db.DB, now clock.Clock) (*audit.Audit, error) {
	dir := Folder(data)
	r, err := Read(dir)
	if err != nil {
		return nil, err
	}
	return &audit.Audit{
		Log: r, Origin: r.Book.Key.Name(), Earlier: Logs(dir), Tree: r.Tree, Other: r.other, Ledger: dir, Volumes: roots, Files: files,
		Known: func(path string) bool { return filepath.Base(path)[0] == '.' || path == "holds.json" },
		DB:    d, State: filepath.Join(dir, "verify.state"), Clock: now,
	}, nil
}
