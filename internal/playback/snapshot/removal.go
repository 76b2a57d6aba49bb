package snapshot

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention"
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
	Class         retention.Class // by whose rule: its own, or that of the footage
	FinishedAt    *int64          // when the file was seen to be gone
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
	of := map[string]*removalRow{}
	for i := range rows {
		of[rows[i].Snapshot] = &rows[i]
	}
	for i := range all {
		if r := of[all[i].ID]; r != nil {
			all[i].RemovedAt, all[i].RemovedBy, all[i].Ground, all[i].Authority, all[i].Finished = r.At, r.Class, r.Ground, r.Authority, r.FinishedAt != nil
		}
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
			Where("snapshot.id > ?", after).Where(left).OrderExpr("snapshot.id").Limit(100).Scan(ctx)
		if err != nil {
			return problem.Wrap(err, "look for snapshots of removed footage")
		}
		if len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].ID
		rows, wrong, err := s.honest(ctx, camera, rows)
		if err != nil {
			return err
		}
		untrue = append(untrue, wrong...)
		if err := s.eraseAll(rows); err != nil {
			return err
		}
		err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return s.noted(ctx, tx, camera, rows, removalRow{Ground: ground, Authority: authority, Class: retention.Main}, true)
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

// left finds snapshots of which the file may be there.
const left = "NOT EXISTS (SELECT 1 FROM snapshot_removals sr WHERE sr.snapshot = snapshot.id AND sr.finished_at IS NOT NULL)"

// honest gives the rows that tell what the acts tell, and names the others.
func (s *Snapshots) honest(ctx context.Context, camera string, rows []snapshotRow) (good []snapshotRow, untrue []string, err error) {
	taken, err := s.taken(ctx, camera, rows)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		if taken[r.ID] {
			good = append(good, r)
		} else {
			untrue = append(untrue, "snapshots "+r.ID)
		}
	}
	return good, untrue, nil
}

func (s *Snapshots) eraseAll(rows []snapshotRow) error {
	for _, r := range rows {
		if err := s.erase(r.path()); err != nil {
			return problem.Wrap(err, "remove snapshot")
		}
	}
	return nil
}

// noted writes rows and acts of removals, of those that have none yet; gone says that the files
// are gone.
func (s *Snapshots) noted(ctx context.Context, tx bun.Tx, camera string, rows []snapshotRow, as removalRow, gone bool) error {
	if len(rows) == 0 {
		return nil
	}
	as.At = s.Clock.Micro() // files may take long to go
	for _, r := range rows {
		one := as
		if one.Snapshot = r.ID; gone {
			one.FinishedAt = &one.At
		}
		done, err := tx.NewInsert().Model(&one).On("CONFLICT (snapshot) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 { // it is on record already
			if err != nil {
				return err
			}
			continue
		}
		act := ledger.Act{At: as.At, Kind: kindRemoved, Subject: r.ID, Camera: camera, Detail: map[string]any{"ground": as.Ground, "authority": as.Authority, "class": as.Class}}
		if err := ledger.Record(ctx, tx, act); err != nil {
			return err
		}
	}
	if !gone {
		return nil
	}
	return finished(ctx, tx, rows, as.At)
}

// finished notes that the files of removed snapshots are gone.
func finished(ctx context.Context, tx bun.Tx, rows []snapshotRow, at int64) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	_, err := tx.NewUpdate().Model((*removalRow)(nil)).Set("finished_at = ?", at).Where("snapshot IN (?)", bun.List(ids)).Where("finished_at IS NULL").Exec(ctx)
	return err
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
