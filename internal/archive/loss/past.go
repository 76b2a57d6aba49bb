package loss

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// enough is how many gaps one look into the past reads, roughly: the rest of the cameras
// follows with the next.
const enough = 5000

// past is what has not been looked at of the past since the start.
type past struct {
	begun bool
	left  []string // cameras
}

// lookBack looks for outages that ended before the first look reaches, as while the server
// stood still for weeks or its journals lay on a disk that was away: as far back as footage of
// their camera must be there. It only opens what nobody has opened: what is told of that time
// is not revised, since journals of it may be gone. Some cameras are looked at with each scan,
// so that no scan takes long.
func (k *Keeper) lookBack(ctx context.Context, retired map[string]int64, now int64) (missing []outage, err error) {
	if k.GapsOf == nil || k.Kept == nil {
		return nil, nil
	}
	if !k.past.begun {
		cameras, err := k.Cameras(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range cameras {
			k.past.left = append(k.past.left, c.ID)
		}
		slices.Sort(k.past.left)
		k.past.begun = true
	}
	if len(k.past.left) == 0 {
		return nil, nil
	}
	days, err := k.Kept(ctx) // asked of the beginning of time: older footage may have been promised more
	if err != nil {
		return nil, err
	}
	var wait []string
	read := 0
	for len(k.past.left) > 0 && read < enough {
		camera := k.past.left[0]
		k.past.left = k.past.left[1:]
		ended, judged := retired[camera]
		if !judged { // its rows are on their way
			wait = append(wait, camera)
			continue
		}
		n, found, err := k.pastOf(ctx, camera, ended, now-int64(days(camera, 0))*(24*time.Hour).Microseconds(), now)
		if err != nil {
			k.past.left = append([]string{camera}, k.past.left...)
			return nil, err
		}
		read += n + 1
		missing = append(missing, found...)
	}
	k.past.left = append(k.past.left, wait...)
	return missing, nil
}

// GapsIn gives the gaps of one camera that end behind since, in order, as they stand in the
// records.
func GapsIn(d *db.DB) func(ctx context.Context, camera string, since int64) ([]archive.GapRow, error) {
	return func(ctx context.Context, camera string, since int64) ([]archive.GapRow, error) {
		var rows []struct {
			StartAt, EndAt int64
			Cause, Detail  string
		}
		err := d.Read().NewSelect().Table("coverage").Column("start_at", "end_at", "cause", "detail").
			Where("camera = ?", camera).Where("kind = 'gap'").Where("end_at > ?", since).OrderExpr("start_at").Scan(ctx, &rows)
		if err != nil {
			return nil, problem.Wrap(err, "read gaps")
		}
		gaps := make([]archive.GapRow, len(rows))
		for i, r := range rows {
			gaps[i] = archive.GapRow{Camera: camera, Start: r.StartAt, End: r.EndAt, Cause: media.Cause(r.Cause), Detail: r.Detail}
		}
		return gaps, nil
	}
}

// pastOf gives the outages of one camera that ended between since and the reach of every later
// look and that no statement tells of, and how many gaps were read. A camera whose rows came
// late has missed the first look.
func (k *Keeper) pastOf(ctx context.Context, camera string, ended, since, now int64) (read int, missing []outage, err error) {
	until := now - nextLook.Microseconds()
	gaps, err := k.GapsOf(ctx, camera, since)
	if err != nil {
		return 0, nil, err
	}
	read = len(gaps)
	var known []memberRow
	err = k.DB.Read().NewSelect().Model(&known).Where("camera = ?", camera).Where("to_at IS NULL OR to_at > ?", since).Where("cause NOT IN (?)", bun.List(lostCauses)).OrderExpr("from_at").Scan(ctx)
	if err != nil {
		return 0, nil, problem.Wrap(err, "read the cameras of footage-loss statements")
	}
	for _, o := range outages(served(gaps, ended), k.Plan, now) {
		if o.end > since && o.end <= until && o.length(now) >= k.StatementAfter().Microseconds() && match(known, &o) == nil {
			missing = append(missing, o)
		}
	}
	return read, missing, nil
}
