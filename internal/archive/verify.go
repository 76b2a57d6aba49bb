package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/spans"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/durable/patience"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// lostCursors tells whether journals were taken in before and nobody knows how far:
// taking them in on top of the rows would mix up their order.
func (c *Catalogue) lostCursors(ctx context.Context, camera string, shelves []shelf, cursors map[JournalOf]int64) (bool, error) {
	newest := map[string]string{} // by volume
	for p := range cursors {
		newest[p.Volume] = max(newest[p.Volume], p.Day)
	}
	for _, s := range shelves {
		last, some := newest[s.volume]
		if !some {
			continue // a volume that is new here
		}
		for _, day := range s.days {
			if _, ok := cursors[JournalOf{s.volume, day}]; ok || day > last {
				continue
			}
			path := s.journal(day)
			if st, err := read(ctx, c, s.volume, func() (os.FileInfo, error) { return os.Lstat(path) }); err == nil && st.Mode().IsRegular() {
				return true, nil
			} else if errors.Is(err, patience.ErrStands) {
				return false, err
			}
		}
	}
	if len(cursors) > 0 {
		return false, nil
	}
	for _, model := range []any{(*Segment)(nil), (*spans.Row)(nil)} {
		if some, err := c.DB.Read().NewSelect().Model(model).Where("camera = ?", camera).Exists(ctx); err != nil || some {
			return some, problem.Wrap(err, "look for rows of the catalogue")
		}
	}
	return false, nil
}

// lostRows tells whether rows are missing that the journals call for.
func (c *Catalogue) lostRows(ctx context.Context, camera string, shelves []shelf) (bool, error) {
	var segments struct{ N, First, Last int64 }
	err := c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("camera = ?", camera).
		ColumnExpr("COUNT(*) AS n, COALESCE(MIN(start_at), 0) AS first, COALESCE(MAX(end_at), 0) AS last").Scan(ctx, &segments)
	if err != nil {
		return false, problem.Wrap(err, "count segments")
	}
	var account struct{ N, First, Newest, Last, Length int64 }
	err = c.DB.Read().NewSelect().Model((*spans.Row)(nil)).Where("camera = ?", camera).
		ColumnExpr("COUNT(*) AS n, COALESCE(MIN(start_at), 0) AS first, COALESCE(MAX(start_at), 0) AS newest, COALESCE(MAX(end_at), 0) AS last").
		ColumnExpr("CAST(COALESCE(SUM(CASE WHEN end_at = ? THEN 0 ELSE end_at - start_at END), 0) AS BIGINT) AS length", int64(coverage.Lasting)).Scan(ctx, &account)
	if err != nil {
		return false, problem.Wrap(err, "count spans of coverage")
	}
	end := account.Last
	if end == coverage.Lasting {
		end = account.Newest
	}
	holes := account.Length != end-account.First
	if holes || segments.N > 0 && (account.N == 0 || account.First > segments.First || account.Last < segments.Last) {
		return true, nil
	}
	files, err := c.countFiles(ctx, shelves)
	if err != nil || files <= segments.N {
		return false, err
	}
	// A file may still be without its line; only a line without its row is a loss.
	known, gone := map[string]bool{}, map[string]bool{}
	cursors, err := c.cursors(ctx, camera)
	if err != nil {
		return false, err
	}
	for _, s := range shelves {
		for _, day := range s.days {
			path := s.journal(day)
			told, err := read(ctx, c, s.volume, func() (l told, err error) {
				l.records, l.next, _, err = journal.Read(path, 0, 0)
				return l, err
			})
			if err != nil && !errors.Is(err, os.ErrNotExist) && !journal.Unreadable(err) {
				return false, err
			}
			if told.next > cursors[JournalOf{s.volume, day}] {
				return false, nil // it has grown since it was taken in
			}
			for i := range told.records {
				r := &told.records[i]
				if r.Segment == nil || lines.Strange(camera, r) != lines.Fine {
					continue
				}
				switch r.Kind {
				case journal.KindSegment:
					known[r.File] = !gone[r.File]
				case journal.KindTombstone:
					known[r.File], gone[r.File] = false, true
				}
			}
		}
	}
	for file, there := range known {
		if !there {
			delete(known, file)
		}
	}
	return int64(len(known)) > segments.N, nil
}

// told is what a journal tells, and the offset behind it.
type told struct {
	records []journal.Record
	next    int64
}

func (c *Catalogue) countFiles(ctx context.Context, shelves []shelf) (n int64, err error) {
	for _, s := range shelves {
		for _, day := range s.days {
			dir := filepath.Join(s.dir, day)
			entries, err := read(ctx, c, s.volume, func() ([]os.DirEntry, error) { return os.ReadDir(dir) })
			if err != nil {
				return 0, err
			}
			closed := slices.DeleteFunc(entries, func(e os.DirEntry) bool {
				_, open, err := segment.ParseName(e.Name())
				return open || err != nil
			})
			n += int64(len(closed))
		}
	}
	return n, nil
}

// forget deletes all rows of a camera, to be made again.
func (c *Catalogue) forget(ctx context.Context, camera string) error {
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, model := range []any{(*Segment)(nil), (*spans.Row)(nil), (*clockRow)(nil), (*cursorRow)(nil), (*daybook.Row)(nil), (*stepped.Step)(nil)} {
			if _, err := tx.NewDelete().Model(model).Where("camera = ?", camera).Exec(ctx); err != nil {
				return problem.Wrap(err, "forget rows of the catalogue")
			}
		}
		return nil
	})
}
