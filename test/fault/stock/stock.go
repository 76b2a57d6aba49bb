// Package stock is what a recorder says it has, in journals and rows, beside what lies in its
// folders.
package stock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/test/load/account"
	"watchroom/test/program"
)

// Told is what a journal or a row says of a segment.
type Told struct {
	File, Root string
	Frames     int
}

// Stock is everything that an installation says it has, and has.
type Stock struct {
	Journals map[string]Told   // by file
	Rows     map[string]Told   // likewise
	Files    map[string]string // paths, likewise
	Aside    []string          // paths of what is in quarantine
	Unproved []string          // files that nothing shows to be the recorder's
}

// Orphans lists files without a row and rows without a file, and either that the
// journals do not know.
func (h *Stock) Orphans() (out []string) {
	for file := range h.Files {
		if _, ok := h.Journals[file]; !ok {
			out = append(out, file+" is in no journal")
		}
		if _, ok := h.Rows[file]; !ok {
			out = append(out, file+" has no row")
		}
	}
	for file, r := range h.Rows {
		if _, ok := h.Files[file]; !ok {
			out = append(out, "the file of the row "+file+" is not there")
		}
		if h.Journals[file] != r {
			out = append(out, fmt.Sprintf("%s: the row says %v, the journal %v", file, r, h.Journals[file]))
		}
	}
	for file := range h.Journals {
		if _, ok := h.Files[file]; !ok {
			out = append(out, file+" is in a journal and not there")
		}
	}
	return out
}

// Read reads journals, rows and folders of an installation that stands still, whose footage
// lies below some roots.
func Read(ctx context.Context, roots []string, rows db.Options) (*Stock, error) {
	h := &Stock{map[string]Told{}, map[string]Told{}, map[string]string{}, nil, nil}
	gone := map[string]bool{}
	for _, root := range roots {
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
					h.Journals[r.File] = Told{r.File, r.Root, r.Frames}
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
				h.Aside = append(h.Aside, f)
				continue
			}
			h.Files[rel] = f
		}
	}
	for file := range gone {
		delete(h.Journals, file)
	}
	d, err := db.Open(ctx, rows)
	if err != nil {
		return h, err
	}
	var told []Told
	err = d.Read().NewSelect().Table("segments").Column("file", "root", "frames").Scan(ctx, &told)
	for _, r := range told {
		h.Rows[r.File] = r
	}
	if err == nil {
		err = d.Read().NewSelect().Table("footage_damages").Column("file").Where("kind = 'unproved'").Scan(ctx, &h.Unproved)
	}
	return h, errors.Join(err, d.Close())
}

// Check compares every segment with what is told of it, and plays so many of them, spread over
// all cameras and times. What is set aside must hold no picture: nothing was lost with it.
func (h *Stock) Check(ctx context.Context, most int) (played int, wrong []error) {
	for _, f := range h.Aside {
		if err := account.Verify(f, "", 0); !errors.Is(err, account.ErrNoPicture) {
			wrong = append(wrong, fmt.Errorf("set aside: %w", err))
		}
	}
	files := slices.Sorted(maps.Keys(h.Files))
	for _, f := range files {
		if err := account.Verify(h.Files[f], h.Journals[f].Root, h.Journals[f].Frames); err != nil {
			wrong = append(wrong, err)
		}
	}
	most = min(most, len(files))
	for n := range most {
		f := files[n*len(files)/most]
		if err := account.Play(ctx, h.Files[f], h.Journals[f].Frames); err != nil {
			wrong = append(wrong, err)
		}
	}
	return most, wrong
}

// Count gives how many segments below some roots are open and closed.
func Count(roots []string) (open, closed int, err error) {
	names := map[string]bool{} // of a moved one there may be two copies
	for _, root := range roots {
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

// Waiting counts the segments below a root that are old enough to move.
func Waiting(root string, age time.Duration) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(root, "*", "*", "*"+segment.Ext))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if st, err := os.Stat(f); err == nil && time.Since(st.ModTime()) > age {
			n++
		}
	}
	return n, nil
}

// CaughtUp waits until no segment below a root is as old as that.
func CaughtUp(ctx context.Context, root string, age time.Duration) error {
	for limit := time.Now().Add(10 * time.Minute); ; {
		n, err := Waiting(root, age)
		if err != nil || n == 0 {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d segments were not moved afterwards", n)
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// WritesOnly waits until so many cameras write below one of some folders and none elsewhere.
func WritesOnly(ctx context.Context, roots []string, folder string, cameras int) error {
	for limit := time.Now().Add(time.Minute); ; {
		here, all := 0, 0
		for _, root := range roots {
			open, err := filepath.Glob(filepath.Join(root, "*", "*", "*"+segment.PartExt))
			if err != nil {
				return err
			}
			all += len(open)
			if root == folder {
				here = len(open)
			}
		}
		if here == cameras && all == here {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d of %d open segments lie in %s", here, all, folder)
		}
		if err := program.Wait(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}
