package chronicle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/seal"
	"watchroom/internal/durable"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/ledger/folders"
	"watchroom/internal/ledger/moved"
	"watchroom/internal/ledger/ondisk"
	"watchroom/internal/ledger/reason"
	"watchroom/internal/ledger/remembered"
	"watchroom/internal/ledger/roster"
	"watchroom/internal/ledger/survey"
	"watchroom/internal/ledger/witness"
)

// guardName is the guard beside the log, stateName what an interrupted verification has
// read, with what it noted beside that.
const (
	guardName = moved.Name
	stateName = "verify.state"
)

// own are the files of the folder, and true the folders, that others than the log make.
var own = map[string]bool{guardName: false, roster.StateFile: false, reason.FileName: false, seal.CursorName: false, seal.MembersDir: true, "witnesses": true}

// Configured says where the guard lies, if not beside the log, and which witnesses are
// asked, by their texts in the configuration.
func (r *Reading) Configured(guard string, witnesses []string) {
	r.Guard = cmp.Or(guard, r.Guard)
	all, err := witness.Parse(witnesses)
	if err != nil {
		return // the server does not start with it
	}
	for _, w := range all {
		r.Witnesses = append(r.Witnesses, w.Key)
	}
}

// around looks at every file of a log besides the tiles that were signed, and of the newest
// at the guard, at what else lies in the folder and at what the recording disks remember.
func (r *Reading) around(ctx context.Context, found func(audit.Finding)) error {
	tell := func(kind finding.Kind, volume, file string, err error) {
		found(audit.Finding{Kind: kind, Leaf: -1, Volume: volume, File: file, Detail: err.Error()})
	}
	newest := r.Note != nil
	var guard []byte
	var missing error
	copies := map[seal.Root][]byte{}
	if newest { // before the tail, which is never behind them
		guard, missing = durable.ReadRegular(r.Guard, 1<<20)
		for _, root := range r.Roots {
			note, err := ondisk.Read(root.Path)
			if err == nil {
				copies[root] = note
			}
		}
	}
	log := survey.Log{FS: r.Book.FS, Key: r.Book.Key, Size: r.Checkpoint.Size, Witnesses: r.Witnesses, Ended: !newest}
	whole, err := log.Files(ctx, func(f survey.Fault) {
		kind := finding.TreeDamaged
		if f.Strange {
			kind = finding.FileForeign
		}
		tell(kind, "", filepath.Join(filepath.Base(r.Book.Dir), f.File), f.Err)
	})
	if err != nil || !newest {
		return err
	}
	dir := filepath.Dir(r.Book.Dir)
	beside := r.Guard == filepath.Join(dir, guardName)
	if missing == nil {
		missing = r.guarded(whole, guard)
	} else if !beside { // a copy of the folder is looked at, or its disk is away, which holds up signing
		missing = nil
	}
	if missing != nil {
		tell(finding.MemoryDamaged, "", r.Guard, missing)
	}
	for _, root := range r.Roots {
		if note, ok := copies[root]; ok {
			if err := r.remembered(whole, note); err != nil {
				tell(finding.MemoryDamaged, root.Volume, filepath.Join(root.Path, MemoryName), err)
			}
		}
	}
	if origin, _, err := seal.Reach(dir); err == nil && origin != "" && !r.continues(origin) {
		tell(finding.MemoryDamaged, "", seal.CursorName, fmt.Errorf("it is of another log, %q", origin))
	}
	if r.records != nil {
		faults, err := remembered.Faults(ctx, r.records.Read(), remembered.Logs{Books: r.books, Ended: r.before.ended}, r.now.Now())
		for _, f := range faults {
			found(audit.Finding{Kind: finding.MemoryDamaged, Leaf: -1, Row: f.Row, Detail: f.Why})
		}
		if err != nil {
			return err
		}
	}
	nameless, err := folders.Nameless(disk.OS{}, dir)
	for _, n := range nameless {
		tell(finding.LogForeign, "", filepath.Base(folders.Of(dir, n)), errors.New("it has the name of a log and no key that can be read"))
	}
	if err != nil {
		return err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range names {
		if err := survey.Belongs(e, own, stateName); err != nil {
			tell(finding.FileForeign, "", e.Name(), err)
		}
	}
	return nil
}

// continues tells whether the log, or one that it comes from, is of an origin.
func (r *Reading) continues(origin string) bool {
	return slices.ContainsFunc(append([]*Reading{r}, r.Earlier...), func(one *Reading) bool {
		return one.Book.Key.Name() == origin || one.From != nil && one.From.Origin == origin
	})
}

// guarded compares the guard, which is never behind the checkpoint.
func (r *Reading) guarded(whole *survey.Whole, guard []byte) error {
	if err := whole.Note(guard); err != nil {
		return err
	}
	if c, err := survey.Plain(guard); err != nil || c.Size < r.Checkpoint.Size {
		return errors.New("it is older than the checkpoint")
	}
	return nil
}

// remembered compares what a recording disk remembers of one of these logs. What it
// remembers of another is found by its origin.
func (r *Reading) remembered(whole *survey.Whole, note []byte) error {
	c, err := survey.Plain(note)
	if err != nil || c.Origin == r.Book.Key.Name() {
		if err == nil {
			err = whole.Note(note)
		}
		return err
	}
	for _, e := range r.Earlier {
		if c.Origin == e.Book.Key.Name() {
			_, err = survey.Open(note, e.Book.Key)
		}
	}
	return err
}
