package daily

import (
	"context"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/daybook"
	"watchroom/internal/problem"
)

// Return takes into kept days, each camera's in order, what they tell as removed although a
// hold keeps it and it plays: the rows stand as the journals tell of them, and what is shown
// is what there is.
func Return(ctx context.Context, c *archive.Catalogue, days []daybook.Day) error {
	if c.Kept == nil || len(days) == 0 {
		return nil
	}
	of := map[string][]*daybook.Day{}
	from, to := days[0].Start, days[0].End
	for i := range days {
		d := &days[i]
		from, to = min(from, d.Start), max(to, d.End)
		if d.Removed > 0 {
			of[d.Camera] = append(of[d.Camera], d)
		}
	}
	var unfinished []string
	err := c.DB.Read().NewSelect().Model((*archive.Tombstone)(nil)).ColumnExpr("DISTINCT camera").
		Where("finished_at IS NULL").Where("start_at < ? AND end_at > ?", to, from).Scan(ctx, &unfinished)
	if err != nil {
		return problem.Wrap(err, "look for removals that were not carried out")
	}
	for _, camera := range unfinished {
		if list := of[camera]; len(list) > 0 {
			if err := back(ctx, c, camera, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// back is Return of one camera.
func back(ctx context.Context, c *archive.Catalogue, camera string, days []*daybook.Day) error {
	from, to := days[0].Start, days[len(days)-1].End
	kept, err := c.Kept(ctx, camera, from, to)
	if err != nil || len(kept) == 0 {
		return err
	}
	lanes, err := c.Timeline(ctx, []string{camera}, from, to, 0)
	if err != nil {
		return err
	}
	for _, d := range days {
		removed := int64(0)
		for _, s := range lanes[0].Spans {
			if s.Kind == coverage.Gap && coverage.Removed(s.Cause) {
				removed += max(0, min(s.End, d.End)-max(s.Start, d.Start))
			}
		}
		there := max(0, d.Removed-removed)
		d.Removed, d.Recorded = d.Removed-there, d.Recorded+there
		for i := range kept {
			if s := &kept[i]; s.StartAt >= d.Start && s.StartAt < d.End {
				d.Bytes, d.Length = d.Bytes+s.Bytes, d.Length+s.EndAt-s.StartAt
			}
		}
	}
	return nil
}
