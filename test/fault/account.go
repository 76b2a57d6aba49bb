package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/test/fault/judge"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// told is what a journal or a row says of a segment.
type told struct {
	File, Root string
	Frames     int
}

// held is everything that an installation says it has, and has.
type held struct {
	journals map[string]told   // by file
	rows     map[string]told   // likewise
	files    map[string]string // paths, likewise
	aside    []string          // paths of what is in quarantine
	unproved []string          // files that nothing shows to be the recorder's
}

// orphans lists files without a row and rows without a file, and either that the
// journals do not know.
func (h held) orphans() (out []string) {
	for file := range h.files {
		if _, ok := h.journals[file]; !ok {
			out = append(out, file+" is in no journal")
		}
		if _, ok := h.rows[file]; !ok {
			out = append(out, file+" has no row")
		}
	}
	for file, r := range h.rows {
		if _, ok := h.files[file]; !ok {
			out = append(out, "the file of the row "+file+" is not there")
		}
		if h.journals[file] != r {
			out = append(out, fmt.Sprintf("%s: the row says %v, the journal %v", file, r, h.journals[file]))
		}
	}
	for file := range h.journals {
		if _, ok := h.files[file]; !ok {
			out = append(out, file+" is in a journal and not there")
		}
	}
	return out
}

// inventory reads journals, rows and folders of an installation that stands still.
func (i *installation) inventory(ctx context.Context) (held, error) {
	h := held{map[string]told{}, map[string]told{}, map[string]string{}, nil, nil}
	gone := map[string]bool{}
	for _, root := range i.roots {
		journals, err := filepath.Glob(filepath.Join(root, "*", "*", journal.FileName))
		if err != nil {
			return h, err
		}
		for _, path := range journals {
			records, _, _, err := journal.Read(path, 0, 0)
			if err != nil {
				return h, err
			}
			for _, r := range records {
				switch {
				case r.Kind == journal.KindTombstone:
					gone[r.File] = true
				case r.Segment != nil:
					h.journals[r.File] = told{r.File, r.Root, r.Frames}
				}
			}
		}
		files, err := filepath.Glob(filepath.Join(root, "*", "*", "*"+segment.Ext+"*"))
		if err != nil {
			return h, err
		}
		for _, f := range files {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				return h, err
			}
			if filepath.Base(filepath.Dir(f)) == leftover.QuarantineDir {
				h.aside = append(h.aside, f)
				continue
			}
			h.files[rel] = f
		}
	}
	for file := range gone {
		delete(h.journals, file)
	}
	d, err := db.Open(ctx, db.Options{URL: i.options.Database, Path: filepath.Join(i.options.Data, "watchroom.db")})
	if err != nil {
		return h, err
	}
	var rows []told
	err = d.Read().NewSelect().Table("segments").Column("file", "root", "frames").Scan(ctx, &rows)
	for _, r := range rows {
		h.rows[r.File] = r
	}
	if err == nil {
		err = d.Read().NewSelect().Table("footage_damages").Column("file").Where("kind = 'unproved'").Scan(ctx, &h.unproved)
	}
	return h, errors.Join(err, d.Close())
}

// settle switches all cameras off, so that every file is closed, and waits until the
// log tells of everything. What `ledger verify` finds is a gap of the log.
func (i *installation) settle(ctx context.Context, o *outcome) error {
	for _, id := range i.ids {
		if err := i.SwitchOff(ctx, id); err != nil {
			return err
		}
	}
	err := i.Until(ctx, "recording ends", func(list []station.Camera) bool {
		return !slices.ContainsFunc(list, func(c station.Camera) bool { return c.State.Recording })
	})
	if err != nil {
		return err
	}
	limit := time.Now().Add(3 * time.Minute)
	for {
		open, closed, err := i.count()
		v, e := i.ledger(ctx)
		if err = errors.Join(err, e); err != nil {
			return err
		}
		for _, line := range v.Lines {
			o.unlogged = append(o.unlogged, "ledger verify beside the running program: "+line)
		}
		if open == 0 && v.Pending == 0 && v.Files == closed || time.Now().After(limit) {
			break // what stays is found once more when it stands still
		}
		if err := program.Wait(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	i.listen(o)
	return nil
}

// count gives how many segments are open and closed.
func (i *installation) count() (open, closed int, err error) {
	names := map[string]bool{} // of a moved one there may be two copies
	for _, root := range i.roots {
		files, err := filepath.Glob(filepath.Join(root, "*", "*", "*"+segment.Ext+"*"))
		if err != nil {
			return 0, 0, err
		}
		for _, f := range files {
			switch {
			case filepath.Base(filepath.Dir(f)) == leftover.QuarantineDir: // it may have been open, and is no more
			case strings.HasSuffix(f, segment.PartExt):
				open++
			case strings.HasSuffix(f, segment.Ext):
				names[filepath.Base(f)] = true
			}
		}
	}
	return open, len(names), nil
}

// ledger verifies the log with the program's own command.
func (i *installation) ledger(ctx context.Context) (judge.Verified, error) {
	out, err := i.Tool(ctx, "ledger", "verify", "--quiet")
	v, e := judge.Verification(out)
	if e == nil && v.Findings > 0 {
		err = nil // the status says that there are findings
	}
	return v, errors.Join(err, e)
}

// proved holds an installation that stands still against its log and its catalogue,
// with the commands that anybody has for that.
func (i *installation) proved(ctx context.Context, o *outcome, h held) error {
	v, err := i.ledger(ctx)
	if err != nil {
		return err
	}
	for _, line := range v.Lines {
		o.unlogged = append(o.unlogged, "ledger verify: "+line)
	}
	if v.Pending > 0 {
		o.unlogged = append(o.unlogged, fmt.Sprintf("%d things never came into the log", v.Pending))
	}
	if v.Segments < len(h.rows) || v.Files != len(h.files) {
		o.unlogged = append(o.unlogged, fmt.Sprintf("the log has %d segments of %d rows; of %d files %d were verified", v.Segments, len(h.rows), len(h.files), v.Files))
	}
	for _, f := range h.unproved {
		o.unlogged = append(o.unlogged, f+" was recorded, and is noted as unproved")
	}
	o.orphans = append(o.orphans, h.orphans()...)
	if out, err := i.Tool(ctx, "archive", "check"); err != nil {
		o.orphans = append(o.orphans, fmt.Sprintf("archive check: %v: %s", err, strings.TrimSpace(out)))
	}
	return nil
}
