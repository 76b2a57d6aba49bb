package strayed

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording"
)

// Catalogue is what the keeper needs of *archive.Catalogue.
type Catalogue interface {
	CatchUp(ctx context.Context, camera string) error
	Reappeared(ctx context.Context, files []string) error
}

// Keeper looks through all recording disks after a start, and then once a day.
type Keeper struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Catalogue Catalogue
	// Volumes gives the recording disks that answer, and whether those are all there are.
	Volumes func() (list []archive.Volume, all bool)
	Rest    time.Duration // between two folders, so that nothing else feels it

	// moving, where set by a test, is called when a file whose row stands was moved.
	moving func()

	loop every.Loop
}

// On gives the volumes that recorders write to, as far as they answer.
func On(volumes *recording.Volumes) func() (list []archive.Volume, all bool) {
	return func() (list []archive.Volume, all bool) {
		for _, v := range volumes.List {
			if !v.Hangs() {
				list = append(list, archive.Volume{Name: v.Name, Root: v.Root})
			}
		}
		return list, len(list) == len(volumes.List)
	}
}

// Start begins to look.
func (k *Keeper) Start(ctx context.Context) error {
	k.loop.Start(ctx, 24*time.Hour, every.Trying(func(ctx context.Context) error {
		_, err := k.Look(ctx)
		return err
	}, func(err error) { k.Log.Error("it could not be looked for footage in the wrong place", "err", err) }))
	return nil
}

// Close ends after the file that is being read.
func (k *Keeper) Close() { k.loop.Close() }

// Found counts what one look has found.
type Found struct {
	Back int // files that were put back
	Left int // files that were left where they lie, and are named as faults
}

// Look looks through all disks that answer. What it left once and does not find again is
// noted as mended.
func (k *Keeper) Look(ctx context.Context) (sum Found, err error) {
	left := map[string]bool{}
	var failed []error // of one file; the others are looked at all the same
	volumes, all := k.Volumes()
	for _, v := range volumes {
		err := Walk(v.Root, func() error { return k.rest(ctx) }, func(f File) error {
			back, fault, err := k.judge(ctx, v, &f)
			switch {
			case errors.Is(err, fs.ErrNotExist): // gone since
				return nil
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				failed = append(failed, err)
			case back:
				sum.Back++
				k.Log.Warn("a whole segment lay in the wrong place and was put back", "volume", v.Name, "file", f.Path, "camera", f.Of.Camera, "quarantine", f.Aside)
			case fault != "":
				sum.Left++
				left[f.Path] = true
				k.Log.Error("a whole segment lies where it does not belong, and is left there", "volume", v.Name, "file", f.Path, "camera", f.Of.Camera, "why", fault)
			}
			return nil
		})
		if err != nil {
			return sum, err
		}
	}
	if !all || len(failed) > 0 { // what was left may lie on the others
		return sum, errors.Join(failed...)
	}
	return sum, k.mend(ctx, left)
}

func (k *Keeper) rest(ctx context.Context) error {
	every.Alive(ctx)
	if k.Rest <= 0 {
		return ctx.Err()
	}
	pause := time.NewTimer(k.Rest)
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// judge finds out what a file is, and puts it back where that is right. fault says why it
// was left; empty for what is nobody's matter: a piece that was set aside.
func (k *Keeper) judge(ctx context.Context, v archive.Volume, f *File) (back bool, fault string, err error) {
	own := f.Of.Path()
	if err := k.Catalogue.CatchUp(ctx, f.Of.Camera); err != nil {
		return false, "", err
	}
	row, grave, err := k.known(ctx, f)
	if err != nil {
		return false, "", err
	}
	switch {
	case row != nil && row.Volume != v.Name:
		fault = "the catalogue has it on another disk"
	case row != nil:
		err = Agree(v.Root, f, row.Root, row.Bytes)
		if err == nil {
			back, err = k.back(ctx, v, f, row)
			return back, "", err
		}
	case grave != nil: // it was removed, and there it is again
		if err = Agree(v.Root, f, grave.Root, grave.Bytes); err == nil {
			if err = PutBack(v.Root, f); err == nil {
				return true, "", k.Catalogue.Reappeared(ctx, []string{own})
			}
		}
	default:
		if f.Aside {
			return false, "", nil
		}
		_, _, err = Whole(v.Root, f)
		if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) || errors.Is(err, ErrOther) {
			return false, "", nil // no whole segment: set aside at the camera's next start
		}
		fault = "the catalogue does not know it"
	}
	switch {
	case errors.Is(err, ErrTaken):
		fault = "something else lies in its place"
	case errors.Is(err, ErrOther):
		fault = "its bytes are not those that were recorded"
	case err != nil:
		return false, "", err
	}
	if f.Aside && (row == nil || errors.Is(err, ErrTaken) || row.Volume != v.Name) {
		return false, "", nil // the footage is where it belongs, or is what is left of it
	}
	return false, fault, k.note(ctx, f, row, err)
}

// known is what the records have of it: its row, or its tombstone.
func (k *Keeper) known(ctx context.Context, f *File) (*archive.Segment, *archive.Tombstone, error) {
	own := f.Of.Path()
	var rows []archive.Segment
	err := k.DB.Read().NewSelect().Model(&rows).Where("camera = ?", f.Of.Camera).Where("start_at = ?", f.Of.Start).Where("file = ?", own).Scan(ctx)
	if err != nil {
		return nil, nil, problem.Wrap(err, "look for the row of a segment")
	}
	if len(rows) > 0 {
		return &rows[0], nil, nil
	}
	var graves []archive.Tombstone
	if err := k.DB.Read().NewSelect().Model(&graves).Where("file = ?", own).Scan(ctx); err != nil {
		return nil, nil, problem.Wrap(err, "look for the tombstone of a segment")
	}
	if len(graves) > 0 {
		return nil, &graves[0], nil
	}
	return nil, nil, nil
}

// back puts a file back whose row stands. No transaction waits for the disk: where the row
// does not stand any more once the file has been moved, the file goes back to where it lay,
// so that this brings nothing back behind a removal; the next look finds what is right then.
func (k *Keeper) back(ctx context.Context, v archive.Volume, f *File, row *archive.Segment) (back bool, err error) {
	if row.State != "" { // it is being removed
		return false, nil
	}
	if err := PutBack(v.Root, f); err != nil {
		return false, err
	}
	if k.moving != nil {
		k.moving()
	}
	back, err = k.settle(ctx, v, f, row)
	if !back {
		err = errors.Join(err, undo(v.Root, f))
	}
	return back, err
}

// settle puts on record that a file is back, if its row stands.
func (k *Keeper) settle(ctx context.Context, v archive.Volume, f *File, row *archive.Segment) (back bool, err error) {
	err = k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		back = false
		done, err := tx.NewUpdate().Model((*archive.Segment)(nil)).Set("state = state").Where("camera = ?", row.Camera).
			Where("start_at = ?", row.StartAt).Where("file = ?", row.File).Where("volume = ?", row.Volume).Where("state = ''").Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "lock the row of a segment")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // it is being removed, or was moved
		}
		now := k.Clock.Micro()
		err = ledger.Record(ctx, tx, ledger.Act{At: now, Kind: "footage.put_back", Camera: row.Camera,
			Detail: map[string]any{"file": row.File, "lay": f.Path, "volume": v.Name}})
		if err != nil {
			return err
		}
		if err := damage.Mend(ctx, tx, now, row.File); err != nil {
			return err
		}
		back = true
		return nil
	})
	return back && err == nil, err
}

// note notes a file that was left as a fault: where it lies, and where its row stands and
// its own place is empty, that this footage is missing there.
func (k *Keeper) note(ctx context.Context, f *File, row *archive.Segment, why error) error {
	found := []damage.Damage{{File: f.Path, Camera: f.Of.Camera, StartAt: f.Of.Start, EndAt: f.Of.Start, Kind: damage.Misplaced, FoundBy: damage.Look}}
	if row != nil {
		found[0].EndAt = row.EndAt
		if errors.Is(why, ErrOther) {
			found = append(found, damage.Damage{File: row.File, Camera: row.Camera, StartAt: row.StartAt, EndAt: row.EndAt, Kind: damage.Missing, FoundBy: damage.Look})
		}
	}
	return k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Note(ctx, tx, k.Clock.Micro(), found...) })
}

// mend notes what was left once and is not there any more.
func (k *Keeper) mend(ctx context.Context, left map[string]bool) error {
	standing, err := damage.Standing(ctx, k.DB.Read())
	if err != nil {
		return err
	}
	for i := range standing {
		d := &standing[i]
		if d.Kind != damage.Misplaced || left[d.File] {
			continue
		}
		err := k.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, k.Clock.Micro(), d.File) })
		if err != nil {
			return err
		}
	}
	return nil
}
