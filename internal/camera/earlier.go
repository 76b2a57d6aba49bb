package camera

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/problem"
)

// earlier gives the highest grade above that of a camera at whose address another one is, or
// was, and the id of that one; empty: there is none. Whoever takes a well guarded camera out of
// service and registers the device anew, or gives its address to another, would lower its grade
// alone (C111). One that is out of service, or elsewhere by now, counts for every channel of its
// device; one in service for its own address, since a recorder has many cameras.
func (r *Registry) earlier(ctx context.Context, tx bun.Tx, row *cameraRow, all []streamRow) (level int, id string, err error) {
	var guarded []cameraRow
	err = tx.NewSelect().Model(&guarded).Where("grade > ? AND id <> ?", row.Grade, row.ID).OrderExpr("grade DESC, created_at DESC, id").Scan(ctx)
	if err != nil || len(guarded) == 0 {
		return row.Grade, "", problem.Wrap(err, "look for well guarded cameras")
	}
	at, left, err := devices(ctx, tx)
	if err != nil {
		return 0, "", err
	}
	for i := range guarded {
		g := &guarded[i]
		for _, s := range all {
			d := whereabouts.Of(s.URL)
			whole, host := d.Meets(at[g.ID], left[g.ID])
			if _, was := d.Meets(nil, left[g.ID]); whole || was || host && g.RetiredAt != nil {
				return g.Grade, g.ID, nil
			}
		}
	}
	return row.Grade, "", nil
}

// devices gives where cameras are reached, and the hosts at which they were before, by camera.
func devices(ctx context.Context, tx bun.Tx) (at map[string][]whereabouts.Device, left map[string][]string, err error) {
	rows, err := streams(ctx, tx, "")
	if err != nil {
		return nil, nil, err
	}
	at = map[string][]whereabouts.Device{}
	for _, s := range rows {
		at[s.Camera] = append(at[s.Camera], whereabouts.Of(s.URL))
	}
	left, err = whereabouts.Left(ctx, tx)
	return at, left, err
}

// moved tells whether one of the streams is reached elsewhere than before.
func moved(before Camera, all []streamRow) bool {
	was := []string{before.Main.URL}
	if before.Sub != nil {
		was = append(was, before.Sub.URL)
	}
	return slices.ContainsFunc(all, func(s streamRow) bool { return !slices.Contains(was, s.URL) })
}
