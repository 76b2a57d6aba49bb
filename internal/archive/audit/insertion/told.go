package insertion

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"time"

	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
)

// Told is what the logs have told, in the tables segs and journals of a verification.
type Told struct{ Tx *sql.Tx }

// before is the file of the segment of a run that ends where another begins.
const before = "SELECT file FROM segs WHERE file > ? AND file < ? AND run = ? AND stop BETWEEN ? AND ? AND file <> ? LIMIT 1"

// Before gives the segment of its run that ends where one begins; see Order.Doubts.
func (t Told) Before(ctx context.Context) func(*Segment) (file string, err error) {
	return func(s *Segment) (file string, err error) {
		day := func(at int64) string { return s.Camera + "/" + time.UnixMicro(at).UTC().Format(time.DateOnly) }
		err = t.Tx.QueryRowContext(ctx, before, day(s.Start-joined-24*60*minute), day(s.Start)+"~", s.Run, s.Start-joined, s.Start+joined, s.File).Scan(&file)
		if errors.Is(err, sql.ErrNoRows) {
			return "", nil
		}
		return file, err
	}
}

// Segments gives all that a log told of first; see Order.Doubts.
func (t Told) Segments(ctx context.Context, log int) func(each func(Segment)) error {
	return func(each func(Segment)) error {
		rows, err := t.Tx.QueryContext(ctx, "SELECT leaf, camera, file, run, start, stop FROM segs WHERE log = ?", log)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s Segment
			if err := rows.Scan(&s.Leaf, &s.Camera, &s.File, &s.Run, &s.Start, &s.End); err != nil {
				return err
			}
			each(s)
		}
		return rows.Err()
	}
}

// Copies gives segments that are the same, byte by byte, as one that was told of before,
// whose file is of. One device that is recorded as two cameras gives the same at the same
// time.
func (t Told) Copies(ctx context.Context, found func(file string, index int64, log int, of string) error) error {
	rows, err := t.Tx.QueryContext(ctx, `SELECT file, leaf, log, camera, start, root FROM segs
		WHERE root IN (SELECT root FROM segs GROUP BY root HAVING COUNT(*) > 1) ORDER BY root, log = 0, log, leaf`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type one struct {
		file, camera string
		start        int64
		root         []byte
	}
	var first one
	for rows.Next() {
		var s one
		var index int64
		var log int
		if err := rows.Scan(&s.file, &index, &log, &s.camera, &s.start, &s.root); err != nil {
			return err
		}
		if string(s.root) != string(first.root) {
			first = s
			continue
		}
		if apart := max(s.start-first.start, first.start-s.start); s.camera == first.camera || apart >= minute {
			if err := found(s.file, index, log, first.file); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

// Cameras gives the cameras of the log that is read last, and notes whether all journals
// of each are in the folders.
func (t Told) Cameras(ctx context.Context, roots []seal.Root, whole map[string]bool) (order []string, err error) {
	rows, err := t.Tx.QueryContext(ctx, "SELECT volume, camera, day FROM journals ORDER BY camera")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var volume, camera, day string
		if err := rows.Scan(&volume, &camera, &day); err != nil {
			return nil, err
		}
		if camera == journal.Node {
			continue
		}
		if _, seen := whole[camera]; !seen {
			whole[camera], order = true, append(order, camera)
		}
		here := false
		for _, root := range roots {
			if root.Volume == volume {
				here = journal.Whole(filepath.Join(root.Path, camera, day, journal.FileName)) == nil
			}
		}
		whole[camera] = whole[camera] && here
	}
	return order, rows.Err()
}
