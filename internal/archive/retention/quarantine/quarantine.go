// Package quarantine removes what was set aside beside the footage: files without a whole
// part, and what stood behind the last whole part of a damaged segment. It may hold
// pictures, and goes with the footage of its time (ruling R5), when the engine of package
// retention says so.
//
// Whose it is its name says, not the folder: a file that somebody put among another
// camera's was set aside there, and is kept as long as its own camera's footage, with that
// one's minimum and holds.
package quarantine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// Store is what was set aside on all recording disks.
type Store struct {
	DB    *db.DB
	Clock clock.Clock
	Roots func() []string // the recording folders that answer
}

// longest is how long a segment can be (µs); the catalogue bounds it alike.
const longest = int64(26 * time.Hour / time.Microsecond)

// Removed implements retention.Derived: it removes what was set aside of a camera's segments
// that began in [from, to) and can hold nothing of later, in whatever camera's folder it
// lies. The act comes before the files go; told again after a crash it goes on where it
// stopped.
func (q *Store) Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error {
	for _, root := range q.Roots() {
		folders, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, f := range folders {
			if !f.IsDir() || !journal.OfCamera(f.Name()) {
				continue
			}
			if err := q.removed(ctx, filepath.Join(root, f.Name(), leftover.QuarantineDir), camera, from, to, ground, authority); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *Store) removed(ctx context.Context, dir, camera string, from, to int64, ground, authority string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var gone []string
	segments := map[string]string{} // of those that may be whole, by their names
	for _, e := range entries {
		of, closed, ok := leftover.Aside(e.Name())
		if !ok || !e.Type().IsRegular() || of.Camera != camera || of.Start < from || of.Start >= to {
			continue
		}
		if over, err := q.over(ctx, of, to); err != nil {
			return err
		} else if !over {
			continue
		}
		if gone = append(gone, e.Name()); closed {
			segments[e.Name()] = of.Path()
		}
	}
	if gone, err = q.unlisted(ctx, camera, gone, segments); err != nil || len(gone) == 0 {
		return err
	}
	err = q.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, ledger.Act{At: q.Clock.Micro(), Kind: "quarantine.removed", Camera: camera,
			Detail: map[string]any{"files": gone, "ground": ground, "authority": authority}})
	})
	if err != nil {
		return err
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return durable.SyncDir(dir)
}

// over tells whether all that was set aside of a segment is of before an instant (µs): what
// is behind may be held, or younger. When it ends its name does not say. Its pictures lie
// before the next segment that was recorded, which may be gone by now.
func (q *Store) over(ctx context.Context, of segment.Name, to int64) (bool, error) {
	end := min(of.Start+longest, max(q.Clock.Micro(), of.Start))
	for _, table := range []string{"segments", "tombstones"} {
		var next []int64
		err := q.DB.Read().NewSelect().Table(table).Column("start_at").Where("camera = ?", of.Camera).Where("start_at > ?", of.Start).
			OrderExpr("start_at").Limit(1).Scan(ctx, &next)
		if err != nil {
			return false, problem.Wrap(err, "look for what follows what was set aside")
		}
		for _, at := range next {
			end = min(end, at)
		}
	}
	return end <= to, nil
}

// unlisted leaves out what the catalogue has as a segment that stays, and that goes with a
// tombstone of its own only: it has to come back to its place first. An interval may cover
// its beginning and not the whole of it.
func (q *Store) unlisted(ctx context.Context, camera string, names []string, segments map[string]string) ([]string, error) {
	if len(segments) == 0 {
		return names, nil
	}
	var files, stay []string
	for _, file := range segments {
		files = append(files, file)
	}
	err := q.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Column("file").Where("camera = ?", camera).
		Where("file IN (?)", bun.List(files)).Where("state = ''").Scan(ctx, &stay)
	if err != nil {
		return nil, problem.Wrap(err, "look for segments that were set aside")
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(stay, segments[name]) }), nil
}
