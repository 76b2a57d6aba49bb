package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"watchroom/internal/archive/bare"
	shape "watchroom/internal/archive/lines"
)

// rowless tells of what was recorded and has neither a row nor a file any more: somebody has
// deleted both. Where nobody tells what it was called any more it is told of by its time.
func (c *Check) rowless(ctx context.Context, camera string, there []stock, known map[string]string, told *lines, tell func(Finding)) error {
	first, err := bare.Find(ctx, c.DB.Read(), camera)
	if err != nil || len(first) == 0 {
		return err
	}
	again, err := bare.Find(ctx, c.DB.Read(), camera)
	if err != nil {
		return err
	}
	left := bare.Both(first, again)
	named := map[int]bool{}
	for _, name := range slices.Sorted(maps.Keys(told.closed)) {
		l := told.closed[name]
		if _, listed := known[name]; listed || told.removed[name] || shape.Strange(camera, &l) != shape.Fine {
			continue
		}
		touches := false
		for i := range left {
			if left[i].Start < l.End && l.Start < left[i].End {
				named[i], touches = true, true
			}
		}
		if touches && len(elsewhere(there, name)) == 0 { // else it is told of as unlisted
			tell(Finding{NoRow, told.shelf[name], name, "the journal tells of it, and neither the catalogue nor any place has it"})
		}
	}
	for i, s := range left {
		if !named[i] {
			tell(Finding{NoRow, "", camera, fmt.Sprintf("it was recorded from %s to %s, and neither row nor journal tells of it", rfc3339(s.Start), rfc3339(s.End))})
		}
	}
	return nil
}

func rfc3339(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339) }
