// Package forger changes single bytes of footage, of rows and of the log of an
// installation, as whoever has its disks in hand can, and looks whether that is found.
package forger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"watchroom/evidence/leaf"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
	"watchroom/internal/db"
)

// Change is one byte that is another; Undo makes it what it was. Names are what a
// finding must hold one of.
type Change struct {
	What  string
	Names []string
	Undo  func() error
}

// tiles are those that the tree is read from.
const tiles = "tiles"

// Forger has an installation in hand that stands still, and its log verified.
type Forger struct {
	place    Place
	records  *db.DB
	raw      *sql.DB
	segments []string            // that the log tells of
	acts     []string            // likewise, by id
	kinds    []string            // of files of the log
	files    map[string][]string // of the log, by kind
	waits    map[string]bool     // that verifying said was on its way before anything was changed
}

// Place is where the installation lies.
type Place struct {
	Data string // the data folder
	Root string // the recordings
	Work string // what verifying needs goes there
	// Random chooses the bytes.
	Random *rand.Rand
}

// Open reads what there is to change.
func Open(ctx context.Context, place Place) (*Forger, error) {
	path := filepath.Join(place.Data, "watchroom.db")
	d, err := db.Open(ctx, db.Options{Path: path})
	if err != nil {
		return nil, err
	}
	s := &Forger{place: place, records: d}
	if s.raw, err = sql.Open("sqlite", path); err == nil {
		s.raw.SetMaxOpenConns(1) // what it keeps for undoing lies beside one connection
		// Somebody who has the file is not held by its triggers.
		for _, t := range []string{"acts_no_update", "acts_no_delete"} {
			if _, e := s.raw.ExecContext(ctx, "DROP TRIGGER IF EXISTS "+t); e != nil {
				err = e
			}
		}
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	r, err := chronicle.Read(chronicle.Folder(place.Data))
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	for entry, err := range r.Entries(ctx, 0, r.Size()) {
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		e, err := leaf.Decode(entry)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		switch e := e.(type) {
		case *leaf.Segment:
			s.segments = append(s.segments, e.File)
		case *leaf.Act:
			s.acts = append(s.acts, e.ID)
		}
	}
	s.files = map[string][]string{}
	put := func(kind, path string) {
		if len(s.files[kind]) == 0 {
			s.kinds = append(s.kinds, kind)
		}
		s.files[kind] = append(s.files[kind], path)
	}
	err = fs.WalkDir(r.Book.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		kind := path
		switch {
		case strings.HasPrefix(path, "tile/") && current(path, r.Size()):
			kind = tiles
		case strings.HasPrefix(path, "tile/"):
			kind = "tiles of earlier checkpoints"
		}
		put(kind, filepath.Join(r.Book.Dir, path))
		return nil
	})
	seals, globErr := filepath.Glob(filepath.Join(filepath.Dir(r.Book.Dir), seal.MembersDir, "*"))
	err = errors.Join(err, globErr)
	for _, path := range seals {
		put("seals", path)
	}
	put("guard", filepath.Join(filepath.Dir(r.Book.Dir), "guard"))
	put("copies on recording disks", filepath.Join(place.Root, chronicle.MemoryName))
	if err == nil && (len(s.segments) == 0 || len(s.acts) == 0 || len(s.files) == 0) {
		err = fmt.Errorf("nothing to change: %d segments, %d acts, %d files of the log", len(s.segments), len(s.acts), len(s.files))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close lets go of it.
func (s *Forger) Close() error { return errors.Join(s.raw.Close(), s.records.Close()) }

// Verify gives a line for every finding.
func (s *Forger) Verify(ctx context.Context) (found []string, err error) {
	data := s.place.Data
	a, _, err := chronicle.Verify(ctx, data, []seal.Root{{Path: s.place.Root}}, nil, s.records, nil)
	if err != nil {
		return nil, err
	}
	a.State = filepath.Join(s.place.Work, "verify.state")
	a.Found = func(f audit.Finding) { found = append(found, f.String()) }
	first := s.waits == nil
	if first {
		s.waits = map[string]bool{}
	}
	a.Waits = func(f audit.Finding) { // what was on its way when it stopped; the rest is named, too
		if line := f.String(); first {
			s.waits[line] = true
		} else if !s.waits[line] {
			found = append(found, line)
		}
	}
	_, err = a.Run(ctx)
	return found, errors.Join(err, os.RemoveAll(a.State))
}

// byteOf changes one byte of a file.
func (s *Forger) byteOf(path string) (undo func() error, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	at := s.place.Random.IntN(len(content))
	put := func(v byte) error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteAt([]byte{v}, int64(at))
		return errors.Join(err, f.Close())
	}
	was := content[at]
	return func() error { return put(was) }, put(was ^ byte(1+s.place.Random.IntN(255)))
}

// Footage changes a file of footage.
func (s *Forger) Footage() (Change, error) {
	file := s.segments[s.place.Random.IntN(len(s.segments))]
	undo, err := s.byteOf(filepath.Join(s.place.Root, file))
	return Change{"footage: " + file, []string{filepath.Base(file)}, undo}, err
}

// Log changes a file of the log: of every kind as often, whatever stands in its folder.
func (s *Forger) Log() (Change, error) {
	kind := s.kinds[s.place.Random.IntN(len(s.kinds))]
	file := s.files[kind][s.place.Random.IntN(len(s.files[kind]))]
	undo, err := s.byteOf(file)
	names := []string{file}
	if rel, e := filepath.Rel(filepath.Join(s.place.Data, "ledger"), file); e == nil {
		names = append(names, rel)
	}
	switch kind {
	case tiles: // an entry that is another may also show as one that is none, by its index
		names = append(names, "tree_damaged", "entry_malformed", "root_differs")
	}
	return Change{"log, " + kind + ": " + file, names, undo}, err
}

// SegmentRow changes the row of a segment.
func (s *Forger) SegmentRow() (Change, error) {
	file := s.segments[s.place.Random.IntN(len(s.segments))]
	return s.row("segments", "root", "file", file, filepath.Base(file))
}

// Act changes the row of an act.
func (s *Forger) Act() (Change, error) {
	id := s.acts[s.place.Random.IntN(len(s.acts))]
	column := []string{"kind", "detail", "person", "subject"}[s.place.Random.IntN(4)]
	return s.row("acts", column, "id", id, id)
}

// row changes one character of a column, or adds one where it is empty.
func (s *Forger) row(table, column, key, value, name string) (Change, error) {
	var was string
	if err := s.raw.QueryRow(fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", column, table, key), value).Scan(&was); err != nil {
		return Change{}, fmt.Errorf("%s %s: %w", table, value, err)
	}
	put := func(text string) error {
		_, err := s.raw.Exec(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ?", table, column, key), text, value)
		return err
	}
	is := []byte(was)
	switch {
	case len(is) == 0:
		is = []byte("x")
	default:
		at := s.place.Random.IntN(len(is))
		for is[at] == was[at] {
			is[at] = "0123456789abcdefghijklmnopqrstuvwxyz"[s.place.Random.IntN(36)]
		}
	}
	return Change{table + ": " + value + " " + column, []string{name}, func() error { return put(was) }}, put(string(is))
}

// current tells whether a tile or bundle is one that the tree of a size is read from.
func current(path string, size int64) bool {
	_, width, partial := strings.Cut(path, ".p/")
	if !partial {
		return true
	}
	for s := size; s > 0; s >>= 8 {
		if width == fmt.Sprint(s%256) {
			return true
		}
	}
	return false
}
