package archive

import (
	"context"
	"slices"
	"time"

	"watchroom/internal/archive/spans"
	"watchroom/internal/durable/patience"
	"watchroom/internal/problem"
)

// near is how many of the newest days a start looks at. All others follow in the
// background, so that a start does not take longer the more is kept.
const near = 8

// lately are the newest days of a camera's shelves, and those behind the cursors, nil
// where there are no others.
func lately(shelves []shelf, cursors map[JournalOf]int64) []shelf {
	newest := map[string]string{} // by volume, of the days that were taken in
	for p := range cursors {
		newest[p.Volume] = max(newest[p.Volume], p.Day)
	}
	out, long := make([]shelf, len(shelves)), false
	for i, s := range shelves {
		from, _ := slices.BinarySearch(s.days, newest[s.volume])
		out[i] = s
		if from = min(from, len(s.days)-near); from > 0 {
			out[i].days, long = s.days[from:], true
		}
	}
	if !long {
		return nil
	}
	return out
}

// lostLately tells whether rows are missing, as far as the newest days show: fewer rows
// than files, or an account of the time that does not reach as far as the footage.
func (c *Catalogue) lostLately(ctx context.Context, camera string, shelves []shelf) (bool, error) {
	first := ""
	for _, s := range shelves {
		if len(s.days) > 0 && (first == "" || s.days[0] < first) {
			first = s.days[0]
		}
	}
	files, err := c.countFiles(ctx, shelves)
	if err != nil || files == 0 {
		return false, err
	}
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return false, err
	}
	var segments struct{ N, Last int64 }
	err = c.DB.Read().NewSelect().Model((*Segment)(nil)).Where("camera = ?", camera).Where("start_at >= ?", from.UnixMicro()).
		ColumnExpr("COUNT(*) AS n, COALESCE(MAX(end_at), 0) AS last").Scan(ctx, &segments)
	if err != nil {
		return false, problem.Wrap(err, "count segments")
	}
	var last int64
	err = c.DB.Read().NewSelect().Model((*spans.Row)(nil)).Where("camera = ?", camera).Where("start_at >= ?", from.UnixMicro()).
		ColumnExpr("COALESCE(MAX(end_at), 0)").Scan(ctx, &last)
	if err != nil {
		return false, problem.Wrap(err, "read the end of coverage")
	}
	return files > segments.N || last < segments.Last, nil
}

// sweep compares the whole past of every camera with the rows, one camera after the
// other, once after the start. It takes a twentieth of the time, so that neither disk
// nor database has anything to do with it that is felt.
func (c *Catalogue) sweep(ctx context.Context, cameras []string) {
	select {
	case <-c.begun: // those who wait for rows of the present come first
	case <-ctx.Done():
		return
	}
	const share, retry = 20, 2 * time.Second
	for len(cameras) > 0 && ctx.Err() == nil {
		began := time.Now()
		rest := retry
		if err := c.sweepOne(ctx, cameras[0]); err == nil {
			cameras, rest = cameras[1:], (share-1)*time.Since(began)
		}
		pause := time.NewTimer(rest)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

func (c *Catalogue) sweepOne(ctx context.Context, camera string) error {
	c.ingest.Lock()
	defer c.ingest.Unlock()
	if c.checked[camera] {
		return nil
	}
	changed, err := c.takeIn(ctx, camera, true)
	if changed && c.OnChange != nil {
		c.OnChange(camera)
	}
	if err == nil && !c.checked[camera] && c.omitted.Load() {
		err = patience.ErrStands // again when it has come back, or is known to be away
	}
	return err
}
