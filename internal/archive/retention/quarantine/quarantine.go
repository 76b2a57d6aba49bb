// Package quarantine removes what was set aside beside the footage: files without a whole
// part, and what stood behind the last whole part of a damaged segment. It may hold
// pictures, and goes with the footage of its time (ruling R5), when the engine of package
// retention says so.
package quarantine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// Store is what was set aside on all recording disks.
type Store struct {
	DB    *db.DB
	Clock clock.Clock
	Roots func() []string // the recording folders that answer
}

// Removed implements retention.Derived: it removes what was set aside of segments that began in
// [from, to). The act comes before the files go; told again after a crash it goes on
// where it stopped.
func (q *Store) Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error {
	for _, root := range q.Roots() {
		dir := filepath.Join(root, camera, leftover.QuarantineDir)
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		var gone []string
		for _, e := range entries {
			if start, ok := setAsideOf(e.Name()); ok && e.Type().IsRegular() && start >= from && start < to {
				gone = append(gone, e.Name())
			}
		}
		if len(gone) == 0 {
			continue
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
		if err := durable.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// setAsideOf tells when the segment began that a file was set aside of: DAY_NAME of the
// segment, perhaps with a number where there were several, and an ending for what stood
// behind its last part.
func setAsideOf(name string) (start int64, ok bool) {
	name = strings.TrimSuffix(name, ".tail")
	name, _, _ = strings.Cut(name, "~")
	_, file, found := strings.Cut(name, "_")
	if !found {
		return 0, false
	}
	n, _, err := segment.ParseName(file)
	return n.Start, err == nil
}
