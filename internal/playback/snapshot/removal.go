package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"watchroom/internal/durable"
	"watchroom/internal/problem"
)

type removalRow struct {
	bun.BaseModel `bun:"table:snapshot_removals,alias:removal"`
	Snapshot      string `bun:",pk"`
	At            int64
	Ground        string
	Authority     string
}

// removals notes which of the snapshots have lost their picture.
func (s *Snapshots) removals(ctx context.Context, all []Snapshot) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]string, len(all))
	for i, x := range all {
		ids[i] = x.ID
	}
	var rows []removalRow
	if err := s.DB.Read().NewSelect().Model(&rows).Where("snapshot IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return problem.Wrap(err, "read which snapshots were removed")
	}
	at := map[string]int64{}
	for _, r := range rows {
		at[r.Snapshot] = r.At
	}
	for i := range all {
		all[i].RemovedAt = at[all[i].ID]
	}
	return nil
}

// Removed is told that the footage of a camera from one instant to another (µs) is
// removed, and removes the pictures of that time, wherever they were taken from
// (ruling R5). The rows stay, with their hashes, and say by what ground. The file goes
// first: told again after a crash it goes on where it stopped.
func (s *Snapshots) Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error {
	for {
		var rows []snapshotRow
		err := s.DB.Read().NewSelect().Model(&rows).Where("snapshot.camera = ?", camera).Where("snapshot.at >= ? AND snapshot.at < ?", from, to).
			Where("NOT EXISTS (SELECT 1 FROM snapshot_removals sr WHERE sr.snapshot = snapshot.id)").OrderExpr("snapshot.at").Limit(100).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return problem.Wrap(err, "look for snapshots of removed footage")
		}
		gone, at := make([]removalRow, len(rows)), s.Clock.Micro()
		for i, r := range rows {
			path := filepath.Join(s.Dir, filepath.FromSlash(r.File))
			err := os.Remove(path)
			if err == nil {
				err = durable.SyncDir(filepath.Dir(path))
			}
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return problem.Wrap(err, "remove snapshot")
			}
			gone[i] = removalRow{Snapshot: r.ID, At: at, Ground: ground, Authority: authority}
		}
		err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			rows := append([]removalRow(nil), gone...) // an insert reads back into its list
			_, err := tx.NewInsert().Model(&rows).On("CONFLICT (snapshot) DO NOTHING").Exec(ctx)
			return err
		})
		if err != nil {
			return problem.Wrap(err, "note which snapshots were removed")
		}
	}
}
