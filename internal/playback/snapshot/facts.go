package snapshot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ compares snapshots, and which of them lost their picture, with the acts that took and
// removed them. Acts before 0.3 do not tell of the size of a picture and of what was noted of
// it, nor of its removal: that has to name something by which footage of the camera went.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindTaken, kindRemoved)
	if err != nil {
		return nil, err
	}
	var b facts.Book
	early := map[string]string{} // cameras of those that earlier versions took
	for i := range acts {
		a := &acts[i]
		if a.Kind == kindRemoved {
			row := "snapshot_removals " + a.Subject
			b.Tell(row, facts.Fields{"at": a.At})
			b.Tell(row, facts.Fields{"class": string(retention.Main)}) // there was no other
			b.TellAs(row, a, "ground", "authority", "class")
			continue
		}
		row := snapshotRow{ID: a.Subject, TakenAt: a.At}
		said := "snapshots " + a.Subject
		b.Tell(said, facts.Fields{"camera": a.Camera, "person": a.Person, "takenAt": a.At, "file": row.path()})
		if _, told := a.Get("live"); told {
			b.Tell(said, facts.Fields{"viewing": ""})
		}
		b.TellAs(said, a, "at", "sha256", "viewing", "width", "height", "bytes", "note")
		if _, told := a.Get("bytes"); !told {
			early[a.Subject] = a.Camera
		}
	}
	var rows []snapshotRow
	var gone []removalRow
	for _, into := range []any{&rows, &gone} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read snapshots")
		}
	}
	for _, r := range rows {
		viewing := ""
		if r.Viewing != nil {
			viewing = *r.Viewing
		}
		b.Compare("snapshots "+r.ID, facts.Fields{"camera": r.Camera, "person": r.Person, "takenAt": r.TakenAt, "file": r.File, "at": r.At, "sha256": hex.EncodeToString(r.SHA256),
			"viewing": viewing, "width": r.Width, "height": r.Height, "bytes": r.Bytes, "note": r.Note})
	}
	for _, r := range gone {
		row := "snapshot_removals " + r.Snapshot
		if camera := early[r.Snapshot]; camera != "" && !b.Tells(row) {
			known, err := tx.NewSelect().Table("tombstones").Where("camera = ?", camera).Where("ground = ?", r.Ground).Where("authority = ?", r.Authority).Exists(ctx)
			if err != nil {
				return nil, problem.Wrap(err, "look for what a snapshot went by")
			}
			if known {
				continue
			}
		}
		b.Compare(row, facts.Fields{"at": r.At, "ground": r.Ground, "authority": r.Authority, "class": string(r.Class)})
	}
	return b.Differences(passed), nil
}

// Unfounded names removals of pictures on record that nobody had allowed, as why says of each;
// where the log holds its act it is told, too.
func Unfounded(ctx context.Context, tx bun.IDB, why func(r retention.PictureRemoved, act warrant.Place) (string, error)) (all []facts.Difference, err error) {
	acts, _, err := warrant.OnRecord(ctx, tx, kindTaken, kindRemoved)
	if err != nil {
		return nil, err
	}
	type taken struct {
		camera string
		at     int64
	}
	of := map[string]taken{}
	for i := range acts {
		var d struct{ At int64 }
		if a := &acts[i]; a.Kind == kindTaken && a.Tell(&d) == nil {
			of[a.Subject] = taken{a.Camera, d.At}
		}
	}
	for i := range acts {
		a := &acts[i]
		if a.Kind != kindRemoved {
			continue
		}
		row := facts.Row("snapshot_removals " + a.Subject)
		var d struct {
			Ground, Authority string
			Class             retention.Class
		}
		picture, known := of[a.Subject]
		if a.Tell(&d) != nil || !known {
			all = append(all, facts.Difference{Row: row, Why: "nobody took the picture that it tells of"})
			continue
		}
		said, err := why(retention.PictureRemoved{Class: d.Class, Camera: picture.camera, Of: picture.at, At: a.At, Ground: d.Ground, Authority: d.Authority}, a.Place)
		if err != nil {
			return nil, err
		}
		if said != "" {
			all = append(all, facts.Difference{Row: row, Why: said})
		}
	}
	return all, nil
}

// PicturesDiffer reads the pictures, or only looks for them, and names those that are not what
// was taken, or are gone although neither they nor footage of their time were removed.
func (s *Snapshots) PicturesDiffer(ctx context.Context, readThem bool) (found []facts.Difference, err error) {
	for after := ""; ; {
		var rows []snapshotRow
		err := s.DB.Read().NewSelect().Model(&rows).Where("snapshot.id > ?", after).OrderExpr("snapshot.id").Limit(500).Scan(ctx)
		if err != nil || len(rows) == 0 {
			return found, problem.Wrap(err, "read snapshots")
		}
		after = rows[len(rows)-1].ID
		gone, err := s.gone(ctx, rows)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			why, err := s.otherwise(ctx, &rows[i], readThem && !gone[rows[i].ID])
			if err != nil {
				return nil, err
			}
			if why == "" && gone[rows[i].ID] && s.there(&rows[i]) {
				why = "its picture " + rows[i].path() + " is still there, though it is said to be removed"
			}
			if why != "" {
				found = append(found, facts.Difference{Row: "snapshots " + rows[i].ID, Why: why})
			}
		}
	}
}

// gone tells of which snapshots the files are said to be gone.
func (s *Snapshots) gone(ctx context.Context, rows []snapshotRow) (map[string]bool, error) {
	var ids []string
	err := s.DB.Read().NewSelect().Model((*removalRow)(nil)).Column("snapshot").Where("finished_at IS NOT NULL").
		Where("snapshot >= ? AND snapshot <= ?", rows[0].ID, rows[len(rows)-1].ID).Scan(ctx, &ids)
	gone := map[string]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	return gone, problem.Wrap(err, "read which snapshots were removed")
}

// there tells whether the file of a snapshot is there.
func (s *Snapshots) there(r *snapshotRow) bool {
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return false
	}
	defer root.Close()
	_, err = root.Lstat(r.path())
	return err == nil
}

// otherwise says how the picture of a row is not what was taken; empty: it is.
func (s *Snapshots) otherwise(ctx context.Context, r *snapshotRow, readIt bool) (why string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if !db.ValidID(r.ID) {
		return "no picture has such an id", nil
	}
	var picture []byte
	if readIt {
		snap := r.snapshot()
		snap.File = r.path() // that the row names another is found by itself
		picture, err = s.read(snap)
	} else if root, e := os.OpenRoot(s.Dir); e != nil {
		err = e
	} else {
		_, err = root.Lstat(r.path())
		err = errors.Join(err, root.Close())
	}
	switch {
	case err == nil:
		if sum := sha256.Sum256(picture); readIt && hex.EncodeToString(sum[:]) != hex.EncodeToString(r.SHA256) {
			return "its picture " + r.path() + " is not the one that was taken", nil
		}
		return "", nil
	case !errors.Is(err, os.ErrNotExist):
		return "its picture " + r.path() + " cannot be read: " + err.Error(), nil
	}
	// The file goes before the row that tells it, and with footage whose removal has begun.
	for _, q := range []*bun.SelectQuery{
		s.DB.Read().NewSelect().Table("segments").Where("camera = ?", r.Camera).Where("start_at <= ? AND end_at > ?", r.At, r.At).Where("state <> ''"),
		s.DB.Read().NewSelect().Table("tombstones").Where("camera = ?", r.Camera).Where("start_at <= ? AND end_at > ?", r.At, r.At),
		s.DB.Read().NewSelect().Table("snapshot_removals").Where("snapshot = ?", r.ID),
	} {
		if known, err := q.Exists(ctx); err != nil || known {
			return "", problem.Wrap(err, "look for what a snapshot went by")
		}
	}
	return "its picture " + r.path() + " is gone", nil
}
