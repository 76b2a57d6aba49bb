package daily

import (
	"context"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/daybook"
)

// Lose takes out of kept days, each camera's in order, what they tell as recorded although it
// stands as missing or altered: the rows stand as the journals tell of them, and what is shown
// is what there is. ended gives when cameras went out of service.
func Lose(ctx context.Context, c *archive.Catalogue, zone *time.Location, days []daybook.Day, ended map[string]int64) error {
	if len(days) == 0 {
		return nil
	}
	var cameras []string
	of := map[string][]*daybook.Day{}
	from, to := days[0].Start, days[0].End
	for i := range days {
		d := &days[i]
		from, to = min(from, d.Start), max(to, d.End)
		if of[d.Camera] == nil {
			cameras = append(cameras, d.Camera)
		}
		of[d.Camera] = append(of[d.Camera], d)
	}
	gone, err := damage.Gone(ctx, c.DB.Read(), from, to, cameras...)
	if err != nil {
		return err
	}
	for camera, list := range gone {
		if err := lose(ctx, c, zone, camera, of[camera], list, ended[camera]); err != nil {
			return err
		}
	}
	return nil
}

// lose is Lose of one camera.
func lose(ctx context.Context, c *archive.Catalogue, zone *time.Location, camera string, days []*daybook.Day, gone []coverage.Gone, ended int64) error {
	var struck []*daybook.Day
	for _, d := range days {
		for len(gone) > 0 && gone[0].End <= d.Start {
			gone = gone[1:]
		}
		if len(gone) > 0 && gone[0].Start < d.End {
			struck = append(struck, d)
		}
	}
	if len(struck) == 0 {
		return nil
	}
	lanes, err := c.Timeline(ctx, []string{camera}, struck[0].Start, struck[len(struck)-1].End, 0)
	if err != nil {
		return err
	}
	for _, d := range struck {
		is := daybook.Sum(camera, time.UnixMicro(d.Start).In(zone), time.UnixMicro(d.End).In(zone), lanes[0].Spans, ended)
		d.Recorded, d.Planned, d.Unplanned, d.Removed, d.Causes, d.Gaps = is.Recorded, is.Planned, is.Unplanned, is.Removed, is.Causes, is.Gaps
	}
	return nil
}
