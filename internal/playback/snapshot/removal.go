package snapshot

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
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
// first: told again after a crash it goes on where it stopped. A picture whose row tells
// otherwise than the act that took it stays, and a *warrant.Untrue names it.
func (s *Snapshots) Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error {
	var untrue []string
	for after := ""; ; {
		var rows []snapshotRow
		err := s.DB.Read().NewSelect().Model(&rows).Where("snapshot.camera = ?", camera).Where("snapshot.at >= ? AND snapshot.at < ?", from, to).
			Where("snapshot.id > ?", after).Where("NOT EXISTS (SELECT 1 FROM snapshot_removals sr WHERE sr.snapshot = snapshot.id)").OrderExpr("snapshot.id").Limit(100).Scan(ctx)
		if err != nil {
			return problem.Wrap(err, "look for snapshots of removed footage")
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].ID
		taken, err := s.taken(ctx, camera, rows)
		if err != nil {
			return err
		}
		var gone []removalRow
		for _, r := range rows {
			if !taken[r.ID] {
				untrue = append(untrue, "snapshots "+r.ID)
				continue
			}
			if err := s.erase(r.path()); err != nil {
				return problem.Wrap(err, "remove snapshot")
			}
			gone = append(gone, removalRow{Snapshot: r.ID, Ground: ground, Authority: authority})
		}
		if len(gone) == 0 {
			continue
		}
		at := s.Clock.Micro() // files may take long to go
		err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, r := range gone {
				r.At = at
				done, err := tx.NewInsert().Model(&r).On("CONFLICT (snapshot) DO NOTHING").Exec(ctx)
				if err != nil {
					return err
				}
				if n, err := done.RowsAffected(); err != nil || n == 0 { // it is on record already
					if err != nil {
						return err
					}
					continue
				}
				act := ledger.Act{At: r.At, Kind: kindRemoved, Subject: r.Snapshot, Camera: camera, Detail: map[string]any{"ground": r.Ground, "authority": r.Authority}}
				if err := ledger.Record(ctx, tx, act); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return problem.Wrap(err, "note which snapshots were removed")
		}
	}
	if len(untrue) > 0 {
		return &warrant.Untrue{Rows: untrue}
	}
	return nil
}

// taken tells which of the rows tell what the acts tell that took the pictures: a row that
// somebody wrote could name any file, and any time.
func (s *Snapshots) taken(ctx context.Context, camera string, rows []snapshotRow) (map[string]bool, error) {
	ids, told := make([]string, len(rows)), map[string]bool{}
	for i, r := range rows {
		ids[i] = r.ID
		told[r.ID] = db.ValidID(r.ID) && r.File == r.path()
	}
	if s.Warrants == nil {
		return told, nil
	}
	acts, err := s.Warrants.About(ctx, s.DB.Read(), kindTaken, camera, ids...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		act, ok := acts[r.ID]
		var d struct {
			At     int64
			SHA256 string
		}
		ok = ok && act.Tell(&d) == nil
		told[r.ID] = told[r.ID] && ok && act.At == r.TakenAt && d.At == r.At && d.SHA256 == hex.EncodeToString(r.SHA256)
	}
	return told, nil
}

// erase removes a picture. The folder is opened so that no name and no link leads out of it.
func (s *Snapshots) erase(file string) error {
	root, err := os.OpenRoot(s.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	err = root.Remove(filepath.FromSlash(file))
	if err == nil {
		err = durable.SyncDir(filepath.Join(s.Dir, filepath.Dir(filepath.FromSlash(file))))
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
