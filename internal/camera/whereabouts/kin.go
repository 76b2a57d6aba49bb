package whereabouts

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/problem"
)

// Kin tells of other cameras whether they are of the device of one, as of one instant: what was
// said of a device stays said, whoever registers it anew. One that is out of service, or
// elsewhere by now, counts for every channel of its device; one in service for its own address,
// since a recorder has many cameras.
func Kin(ctx context.Context, tx bun.IDB, camera string, names Names) (func(other string) bool, error) {
	var streams []struct {
		Camera, URL string
		RetiredAt   *int64
	}
	err := tx.NewSelect().TableExpr("camera_streams AS s").Join("JOIN cameras AS c ON c.id = s.camera").
		ColumnExpr("s.camera AS camera, s.url AS url, c.retired_at AS retired_at").Scan(ctx, &streams)
	if err != nil {
		return nil, problem.Wrap(err, "read where cameras are reached")
	}
	left, err := Left(ctx, tx)
	if err != nil {
		return nil, err
	}
	at, gone := map[string][]Device{}, map[string]bool{}
	for _, s := range streams {
		at[s.Camera] = append(at[s.Camera], Of(s.URL))
		gone[s.Camera] = s.RetiredAt != nil
	}
	return func(other string) bool {
		return slices.ContainsFunc(at[camera], func(d Device) bool {
			whole, host := d.Meets(names, at[other], left[other])
			_, was := d.Meets(names, nil, left[other])
			return whole || was || host && gone[other]
		})
	}, nil
}
