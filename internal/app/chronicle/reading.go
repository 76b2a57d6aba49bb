package chronicle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/app/compared"
	"watchroom/internal/app/folder"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/judge"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/chain"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/ledger/spoken"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording/marker"
)

// ErrNoLog says that a data folder has no log, or none that was ever signed.
var ErrNoLog = errors.New("the data folder has no transparency log with a checkpoint; the first watchroom serve makes one")

// Reading is a log of a folder as its latest checkpoint has it, read beside a process
// that writes or without one.
type Reading struct {
	Book       chain.Book
	Checkpoint evidence.Checkpoint
	Note       []byte     // the signed checkpoint; nil for a log that ended
	Earlier    []*Reading // those that ended, the oldest first; of the newest alone
	// From is what it says that it continues from, nil where it says nothing.
	From   *evidence.Continuation
	before Before // of the newest alone
	books  []chain.Book

	records *db.DB // whose memory is compared; nil: none
	now     clock.Clock

	// Guard is the path of the guard and Witnesses are the keys whose cosignatures are
	// verified, of the newest alone; Roots are recording disks, which remember a checkpoint.
	Guard     string
	Witnesses []evidence.Key
	Roots     []seal.Root

	mu    sync.Mutex // guards tiles and size
	tiles *evidence.Tiles
	size  int64 // as it is by now
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
	r := &Reading{Book: books[len(books)-1], books: books}
	if r.Checkpoint, r.Note, err = head(r.Book); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoLog
		}
		// What was signed stands elsewhere, too; the file is named when it is compared.
		end, endErr := tlog.ReadEnd(dir)
		if endErr != nil || end == nil || end.Signed.Note == nil || end.Key != r.Book.Key {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		r.Checkpoint, r.Note = end.Signed.Checkpoint, end.Signed.Note
	}
	newest := chain.Ended{Book: r.Book, Size: r.Checkpoint.Size, Root: r.Checkpoint.Root}
	if err := r.open(newest); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	r.before = beforeOf(books, r.Book.Number, r.From)
	for i := range r.before.ended {
		e := &r.before.ended[i]
		one := &Reading{Book: e.Book, Checkpoint: evidence.Checkpoint{Origin: e.Key.Name(), Size: e.Size, Root: e.Root}}
		// Where nobody could tell what was there, there is something to look at all the same.
		if c, _, err := head(e.Book); err == nil && e.Size == 0 {
			one.Checkpoint = c
		}
		_ = one.open(*e) // what of it cannot be read its own tree names
		r.Earlier = append(r.Earlier, one)
	}
	return r, nil
}

// head reads the signed checkpoint of a log.
func head(b chain.Book) (evidence.Checkpoint, []byte, error) {
	note, err := fs.ReadFile(b.FS, "checkpoint")
	if err != nil {
		return evidence.Checkpoint{}, nil, err
	}
	c, _, err := evidence.Open(note, b.Key)
	if err != nil {
		return c, nil, fmt.Errorf("the checkpoint is not signed by the log's key: %w", err)
	}
	if c.Origin != b.Key.Name() {
		return c, nil, fmt.Errorf("the checkpoint is of another log, %q", c.Origin)
	}
	return c, note, nil
}

// open prepares reading. The error says that what it continues from cannot be read.
func (r *Reading) open(log chain.Ended) (err error) {
	r.size, r.tiles = r.Checkpoint.Size, &evidence.Tiles{FS: r.Book.FS, Size: r.Checkpoint.Size}
	r.From, err = log.From()
	return err
}

// Size implements audit.Log: how much is signed by now.
func (r *Reading) Size() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, _, err := head(r.Book); err == nil && r.Note != nil && c.Size > r.size {
		r.size, r.tiles = c.Size, &evidence.Tiles{FS: r.Book.FS, Size: c.Size}
	}
	return r.size
}

// Head implements audit.Log.
func (r *Reading) Head(context.Context) (int64, leaf.Hash, error) {
	return r.Checkpoint.Size, leaf.Hash(r.Checkpoint.Root), nil
}

// Entries implements audit.Log.
func (r *Reading) Entries(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	r.mu.Lock()
	tiles := r.tiles
	r.mu.Unlock()
	return func(yield func([]byte, error) bool) {
		for entry, err := range tiles.Entries(from, to) {
			if err == nil && ctx.Err() != nil {
				err = ctx.Err()
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// All gives the entries of all logs, those of the earlier ones first.
func (r *Reading) All(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, one := range append(slices.Clone(r.Earlier), r) {
			for b, err := range one.Entries(ctx, 0, one.Checkpoint.Size) {
				if !yield(b, err) {
					return
				}
			}
		}
	}
}

// Tree compares every tile and bundle with what it is made of, and the whole with the
// checkpoint, and names each that does not agree.
func (r *Reading) Tree(ctx context.Context, found func(audit.Finding)) error {
	tell := func(file string, err error) {
		found(audit.Finding{Kind: finding.TreeDamaged, Leaf: -1, File: filepath.Join(filepath.Base(r.Book.Dir), file), Detail: err.Error()})
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
	for _, o := range r.before.others {
		why := r.before.err
		if why == nil {
			why = errors.New("no log here continues from it, so that it proves nothing")
		}
		found(audit.Finding{Kind: finding.LogForeign, Leaf: -1, File: filepath.Base(o.Dir), Detail: o.Key.Name() + ": " + why.Error()})
	}
	root, err := r.tiles.Root()
	switch {
	case err != nil:
		tell("tile", err)
	case root != r.Checkpoint.Root:
		tell("checkpoint", errors.New("the tiles do not make the root that was signed"))
	}
	return r.around(ctx, found)
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
	return nil
}

// known are the files in a recording folder, besides the cameras' own, that belong there.
var known = map[string]bool{
	folder.FootageLock: true, marker.FileName: true, hold.CopyName: true, MemoryName: true,
	// What a crash left while one of them was written.
	marker.FileName + ".new": true, hold.CopyName + ".new": true, MemoryName + ".new": true,
}

// aside stands in the names of memories that were put aside, between what they were
// called and whose they are.
const aside = ".of-"

// AsideName is what a memory of another recorder is called on a disk that was taken over
// from it: name is MemoryName or that of the copy of the holds.
func AsideName(name, owner string) string { return "." + strings.TrimPrefix(name, ".") + aside + owner }

// ours tells whether a file in a recording folder, by its path below it, belongs there.
func ours(path string) bool {
	return known[path] || strings.HasPrefix(path, AsideName(MemoryName, "")) || strings.HasPrefix(path, AsideName(hold.CopyName, ""))
}

// HasLog tells whether a data folder has a log of its own that was signed before.
func HasLog(data string) bool {
	_, err := Read(Folder(data))
	return !errors.Is(err, ErrNoLog) && !errors.Is(err, fs.ErrNotExist)
}

// Verify prepares the comparison of a data folder's log with its footage and records.
// roots are the folders of recordings; d may be nil, then rows are left out.
func Verify(ctx context.Context, data string, roots []seal.Root, files audit.Files, d *db.DB, now clock.Clock) (*audit.Audit, *Reading, error) {
	dir := Folder(data)
	m := &memories{dir: dir, roots: func() []seal.Root { return roots }, log: slog.New(slog.DiscardHandler)}
	m.attach(d)
	seen, err := m.recall(ctx) // before the checkpoint, which is never behind them
	if err != nil && d != nil {
		return nil, nil, err
	}
	r, err := Read(dir)
	if err != nil {
		return nil, nil, err
	}
	r.Guard, r.Roots, r.records, r.now = filepath.Join(dir, guardName), roots, d, now
	a := &audit.Audit{
		Log: r, Origin: r.Book.Key.Name(), Ended: &r.before, Tree: r.Tree, Other: r.other, Ledger: dir, Volumes: roots, Files: files,
		Known: ours,
		DB:    d, State: filepath.Join(dir, stateName), Key: r.Book.Secret("ledger verify state"), Clock: now,
	}
	if folder.Idle(data) {
		if end, err := tlog.ReadEnd(dir); err == nil && end != nil { // else its tree says what is wrong
			if at := spoken.BroughtOn(end, r.before.ended); !at.IsZero() {
				a.Stopped = at.UnixMicro()
			}
		}
	}
	a.Facts = append(slices.Clone(compared.Records), func(ctx context.Context, _ bun.IDB) ([]facts.Difference, error) { // it may take long, and is of no one instant
		return (&snapshot.Snapshots{DB: d, Dir: filepath.Join(data, "snapshots")}).PicturesDiffer(ctx, !a.SkipFiles)
	}, func(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
		j := judge.Judge{Log: a, Began: now.Micro()}
		for _, root := range roots {
			j.Roots = append(j.Roots, root.Path)
		}
		for _, e := range a.Earlier {
			j.Logs = append(j.Logs, e.Origin)
		}
		j.Logs = append(j.Logs, a.Origin)
		if _, err := j.ReadIn(ctx, tx); err != nil {
			return nil, err
		}
		return snapshot.Unfounded(ctx, tx, j.Picture)
	})
	here := []*Reading{r}
	for _, e := range r.Earlier {
		a.Earlier = append(a.Earlier, audit.Source{Number: e.Book.Number, Origin: e.Book.Key.Name(), Log: e, Tree: e.Tree, Other: e.other})
		here = append(here, e)
	}
	for _, one := range here {
		if one.From != nil {
			a.Gone = append(a.Gone, one.From.Origin)
		}
		seen = append(seen, one.beside()...)
	}
	for _, s := range seen {
		if s.Note == nil { // acts are compared one by one, and cursors run ahead of what is signed
			continue
		}
		h := audit.Head{Who: s.Who, Origin: s.Origin, Size: s.Size}
		for _, one := range here {
			if c, _, err := evidence.Open(s.Note, one.Book.Key); err == nil && c.Origin == s.Origin {
				h.Size, h.Root, h.Rooted = c.Size, leaf.Hash(c.Root), true
			}
		}
		a.Heads = append(a.Heads, h)
	}
	return a, r, nil
}

// Signature is one below a checkpoint. Nobody has proved its key.
type Signature struct {
	Name string
	Size int64 // entries in the checkpoint
}

// Signatures lists those below the checkpoints of the log, the best cosigned first.
func (r *Reading) Signatures() (all []Signature) {
	for _, note := range append(r.Cosigned(), r.Note) {
		_, lines, err := evidence.SplitNote(note)
		c, _, openErr := evidence.Open(note, r.Book.Key)
		if err != nil || openErr != nil {
			continue
		}
		for line := range strings.Lines(lines) {
			if f := strings.Fields(line); len(f) == 3 {
				all = append(all, Signature{f[1], c.Size})
			}
		}
	}
	return all
}

// Cosigned are the checkpoints that witnesses cosigned, those with the most first.
func (r *Reading) Cosigned() (notes [][]byte) {
	for _, s := range r.beside() {
		if filepath.Base(s.Who) != "contradiction" {
			notes = append(notes, s.Note)
		}
	}
	slices.Reverse(notes)
	return notes
}

// beside are the checkpoints of a log that lie beside it: what witnesses cosigned, and
// what it does not agree with.
func (r *Reading) beside() (seen []tlog.Seen) {
	names, err := fs.Glob(r.Book.FS, "checkpoint.w*")
	if err != nil {
		return nil
	}
	for _, name := range append(names, "contradiction") {
		note, err := fs.ReadFile(r.Book.FS, name)
		if err != nil {
			continue
		}
		c, _, err := evidence.Open(note, r.Book.Key)
		if err == nil && c.Origin == r.Book.Key.Name() {
			seen = append(seen, tlog.Seen{Who: filepath.Join(filepath.Base(r.Book.Dir), name), Origin: c.Origin, Size: c.Size, Note: note})
		}
	}
	return seen
}
