package camera

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

const kindChanged = "camera.changed"

// called is what an act says of a camera's name and place; nil: nothing.
type called struct {
	*ledger.Logged
	name, place *string
}

// calledOtherwise names cameras whose rows bear another name or place than their acts gave
// them: footage is shown under them.
func calledOtherwise(ctx context.Context, tx bun.IDB) (found []facts.Difference, err error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, kindCreated, kindChanged, kindRecovered)
	if err != nil {
		return nil, err
	}
	acts, passed := map[string][]called{}, map[string]bool{}
	for i := range all {
		var d struct {
			Name, Place *string
			Changes     map[string]json.RawMessage
		}
		if json.Unmarshal([]byte(all[i].Content.Detail), &d) != nil || damaged[i] != nil {
			passed[all[i].Content.Camera] = true // found elsewhere
			continue
		}
		c := called{Logged: &all[i], name: d.Name, place: d.Place}
		for field, to := range map[string]**string{"name": &c.name, "place": &c.place} {
			var change struct{ To *string }
			if json.Unmarshal(d.Changes[field], &change) == nil && change.To != nil {
				*to = change.To
			}
		}
		if c.name != nil || c.place != nil {
			acts[all[i].Act.Camera] = append(acts[all[i].Act.Camera], c)
		}
	}
	var rows []cameraRow
	if err := tx.NewSelect().Model(&rows).Column("id", "name", "place").OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read cameras")
	}
	for i := range rows {
		row := &rows[i]
		if passed[row.ID] {
			continue
		}
		for _, f := range []struct {
			what, is string
			of       func(*called) *string
		}{
			{"name", row.Name, func(c *called) *string { return c.name }},
			{"place", row.Place, func(c *called) *string { return c.place }},
		} {
			said, of := map[*ledger.Logged]string{}, []*ledger.Logged(nil)
			for i := range acts[row.ID] {
				if c := &acts[row.ID][i]; f.of(c) != nil {
					said[c.Logged], of = *f.of(c), append(of, c.Logged)
				}
			}
			if byTime, byLog := facts.Last(of); byLog != nil && f.is != said[byTime] && f.is != said[byLog] {
				found = append(found, facts.Difference{Row: "cameras " + row.ID, Why: fmt.Sprintf("its %s is %q, by the acts %q", f.what, f.is, said[byLog])})
			}
		}
	}
	return found, nil
}
