package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"watchroom/evidence/leaf"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/seal"
	"watchroom/internal/db"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// tamper changes single bytes of sealed footage, of rows and of the log itself, one at
// a time, and verifies after each: every change must be found and named.
func (b *bench) tamper(ctx context.Context) error {
	o := newOutcome("single bytes changed")
	return b.suffer(ctx, "tamper", station.ServerOptions{}, o, func(i *installation) error {
		if err := program.Wait(ctx, 32*time.Second); err != nil {
			return err
		}
		// What the end wrote comes into the log in the next life.
		for _, life := range []time.Duration{12 * time.Second, 0} {
			if err := i.Stop(); err != nil {
				return err
			}
			if life == 0 {
				break
			}
			if err := i.start(ctx); err != nil {
				return err
			}
			if err := program.Wait(ctx, life); err != nil {
				return err
			}
		}
		o.unnamed = b.changes(ctx, i, o)
		return i.start(ctx) // it is judged as every other
	})
}

// change is one byte that is another; undo makes it what it was. names are what a
// finding must hold one of.
type change struct {
	what  string
	names []string
	undo  func() error
}

// changes makes them and tells of those that were not found.
func (b *bench) changes(ctx context.Context, i *installation, o *outcome) (missed []string) {
	s, err := openSubject(ctx, i)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() {
		if err := s.close(); err != nil {
			missed = append(missed, err.Error())
		}
	}()
	if found, err := s.verify(ctx); err != nil || len(found) > 0 {
		return []string{fmt.Sprintf("before anything was changed: %v, %q", err, found)}
	}
	counts := map[string]int{}
	for n := range b.often(60, 1000) {
		kind := []func(*bench) (change, error){s.footage, s.footage, s.footage, s.segmentRow, s.act, s.log}[n%6]
		c, err := kind(b)
		if err != nil {
			return append(missed, err.Error())
		}
		found, err := s.verify(ctx)
		if ctx.Err() != nil {
			return append(missed, ctx.Err().Error(), fmt.Sprint(c.undo()))
		}
		if err != nil {
			found = append(found, err.Error())
		}
		all := strings.Join(found, "\n")
		named := false
		for _, name := range c.names {
			named = named || strings.Contains(all, name)
		}
		if !named {
			missed = append(missed, fmt.Sprintf("%s was changed, and what was found is %q", c.what, found))
		}
		if err := c.undo(); err != nil {
			return append(missed, err.Error())
		}
		o.times++
		what, _, _ := strings.Cut(c.what, ":")
		counts[what]++
	}
	b.Say("changed and looked for: %v, not named: %d", counts, len(missed))
	return missed
}

// subject is an installation that stands still and whose log is verified.
type subject struct {
	i        *installation
	records  *db.DB
	raw      *sql.DB
	segments []string // that the log tells of
	acts     []string // likewise, by id
	files    []string // of the log
}

func openSubject(ctx context.Context, i *installation) (*subject, error) {
	path := filepath.Join(i.options.Data, "watchroom.db")
	d, err := db.Open(ctx, db.Options{Path: path})
	if err != nil {
		return nil, err
	}
	s := &subject{i: i, records: d}
	if s.raw, err = sql.Open("sqlite", path); err == nil {
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
	r, err := chronicle.Read(chronicle.Folder(i.options.Data))
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	for entry, err := range r.Entries(ctx, 0, r.Size()) {
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		e, err := leaf.Decode(entry)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		switch e := e.(type) {
		case *leaf.Segment:
			s.segments = append(s.segments, e.File)
		case *leaf.Act:
			s.acts = append(s.acts, e.ID)
		}
	}
	// Partial tiles of earlier checkpoints are no part of what is verified.
	err = fs.WalkDir(r.Book.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (path == "checkpoint" || strings.HasPrefix(path, "tile/") && current(path, r.Size())) {
			s.files = append(s.files, filepath.Join(r.Book.Dir, path))
		}
		return err
	})
	if err == nil && (len(s.segments) == 0 || len(s.acts) == 0 || len(s.files) == 0) {
		err = fmt.Errorf("nothing to change: %d segments, %d acts, %d files of the log", len(s.segments), len(s.acts), len(s.files))
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *subject) close() error { return errors.Join(s.raw.Close(), s.records.Close()) }

// verify gives a line for every finding.
func (s *subject) verify(ctx context.Context) (found []string, err error) {
	data := s.i.options.Data
	a, _, err := chronicle.Verify(ctx, data, []seal.Root{{Path: s.i.roots[0]}}, nil, s.records, nil)
	if err != nil {
		return nil, err
	}
	a.State = filepath.Join(s.i.bench.folder, "verify.state")
	a.Found = func(f audit.Finding) { found = append(found, f.String()) }
	_, err = a.Run(ctx)
	return found, errors.Join(err, os.RemoveAll(a.State))
}

// byteOf changes one byte of a file.
func byteOf(b *bench, path string) (undo func() error, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	at := b.random.IntN(len(content))
	put := func(v byte) error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteAt([]byte{v}, int64(at))
		return errors.Join(err, f.Close())
	}
	was := content[at]
	return func() error { return put(was) }, put(was ^ byte(1+b.random.IntN(255)))
}

func (s *subject) footage(b *bench) (change, error) {
	file := s.segments[b.random.IntN(len(s.segments))]
	undo, err := byteOf(b, filepath.Join(s.i.roots[0], file))
	return change{"footage: " + file, []string{filepath.Base(file)}, undo}, err
}

func (s *subject) log(b *bench) (change, error) {
	file := s.files[b.random.IntN(len(s.files))]
	undo, err := byteOf(b, file)
	rel, e := filepath.Rel(filepath.Dir(filepath.Dir(file)), file)
	// An entry that is another may also show as one that is none, by its index.
	return change{"log: " + file, []string{filepath.Base(rel), "checkpoint", "tree_damaged", "entry_malformed", "root_differs"}, undo}, errors.Join(err, e)
}

func (s *subject) segmentRow(b *bench) (change, error) {
	file := s.segments[b.random.IntN(len(s.segments))]
	return s.row(b, "segments", "root", "file", file, filepath.Base(file))
}

func (s *subject) act(b *bench) (change, error) {
	id := s.acts[b.random.IntN(len(s.acts))]
	column := []string{"kind", "detail", "person", "subject"}[b.random.IntN(4)]
	return s.row(b, "acts", column, "id", id, id)
}

// row changes one character of a column, or adds one where it is empty.
func (s *subject) row(b *bench, table, column, key, value, name string) (change, error) {
	var was string
	if err := s.raw.QueryRow(fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", column, table, key), value).Scan(&was); err != nil {
		return change{}, fmt.Errorf("%s %s: %w", table, value, err)
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
		at := b.random.IntN(len(is))
		for is[at] == was[at] {
			is[at] = "0123456789abcdefghijklmnopqrstuvwxyz"[b.random.IntN(36)]
		}
	}
	return change{table + ": " + value + " " + column, []string{name}, func() error { return put(was) }}, put(string(is))
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
