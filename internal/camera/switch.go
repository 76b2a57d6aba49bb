package camera

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// kinds of acts that say whether a camera is on, as this package writes them.
const (
	kindCreated   = "camera.created"
	kindOff       = "camera.switched_off"
	kindOn        = "camera.switched_on"
	kindRetired   = "camera.retired"
	kindRecovered = "camera.recovered"
)

// Unfounded gives the ids of the cameras that are off although nobody has switched them off,
// or somebody else, at another time, for another reason. Whoever writes into the database can
// do that in anybody's name; the acts tell.
func (r *Registry) Unfounded(ctx context.Context) (map[string]bool, error) {
	off := map[string]bool{}
	err := r.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		return turned(ctx, tx, func(row *cameraRow, _ string) { off[row.ID] = !row.Enabled })
	})
	return off, err
}

// Differ names the cameras whose switch, name or place is otherwise than the acts say.
func Differ(ctx context.Context, tx bun.IDB) (all []facts.Difference, err error) {
	err = turned(ctx, tx, func(row *cameraRow, why string) {
		all = append(all, facts.Difference{Row: "cameras " + row.ID, Why: why})
	})
	if err != nil {
		return nil, err
	}
	called, err := calledOtherwise(ctx, tx)
	return append(all, called...), err
}

// turned tells of every camera that is switched otherwise than its last act says.
func turned(ctx context.Context, tx bun.IDB, tell func(row *cameraRow, why string)) error {
	acts, damaged, err := ledger.LoggedOf(ctx, tx, kindCreated, kindOff, kindOn, kindRetired, kindRecovered)
	if err != nil {
		return err
	}
	of, passed := map[string][]*ledger.Logged{}, map[string]bool{}
	for i := range acts {
		if damaged[i] != nil { // found elsewhere
			passed[acts[i].Content.Camera] = true
			continue
		}
		of[acts[i].Act.Camera] = append(of[acts[i].Act.Camera], &acts[i])
	}
	var rows []cameraRow
	if err := tx.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return problem.Wrap(err, "read cameras")
	}
	for i := range rows {
		row := &rows[i]
		if passed[row.ID] {
			continue
		}
		if why := row.otherwise(of[row.ID]); why != "" {
			tell(row, why)
		}
	}
	return nil
}

// otherwise says how a row is switched otherwise than the last of the acts on it; empty: it
// is not. The last is that by the log or by the clock, which may have been set back.
func (r *cameraRow) otherwise(acts []*ledger.Logged) string {
	if len(acts) == 0 {
		if r.Enabled {
			return ""
		}
		return "it is off, and no act switches it off"
	}
	late, last := facts.Last(acts)
	why := r.against(last)
	if why != "" && late != last && r.against(late) == "" {
		return ""
	}
	return why
}

// against says how a row is switched otherwise than an act says.
func (r *cameraRow) against(a *ledger.Logged) string {
	var d struct {
		Reason, OffBy, OffReason string
		OffAt                    *int64 // acts before 0.3 do not tell it, but of what was recovered
		Enabled                  bool
	}
	if err := json.Unmarshal([]byte(a.Content.Detail), &d); err != nil {
		return "" // of one that nobody can read nobody knows what it says
	}
	on := a.Act.Kind == kindCreated || a.Act.Kind == kindOn || a.Act.Kind == kindRecovered && d.Enabled
	by, reason, at := a.Act.Person, d.Reason, a.Act.At
	if a.Act.Kind == kindRecovered {
		by, reason, at = d.OffBy, d.OffReason, r.OffAt
		if r.OffBy == "" { // rows of versions up to 0.2.1 do not keep the name
			by = ""
		}
	}
	switch {
	case r.Enabled && r.RetiredAt != nil:
		return "it is on, and retired"
	case r.Enabled && on && a.Act.Kind != kindRecovered && (r.OffBy != "" || r.OffReason != "" || r.OffAt != 0):
		return "it is on, and says who switched it off, why or when"
	case r.Enabled && on:
		return ""
	case r.Enabled:
		return "it is on, and by its last act it is off"
	case on:
		return "it is off, and by its last act it is on"
	case (a.Act.Kind == kindRetired) != (r.RetiredAt != nil) && a.Act.Kind != kindRecovered:
		return "it is retired, and by its last act it is not, or the other way"
	case r.RetiredAt != nil && a.Act.Kind == kindRetired && *r.RetiredAt != a.Act.At:
		return "it says otherwise when it was retired than its last act"
	case a.Act.Kind != kindRecovered && d.OffAt != nil && (r.OffBy != by || r.OffReason != reason || r.OffAt != *d.OffAt):
		return "it says otherwise who switched it off, why or when than its last act"
	case r.OffReason == "" && r.OffBy == "": // it says neither who nor why
		return ""
	case r.OffBy != by || r.OffReason != reason || r.OffAt != 0 && r.OffAt != at:
		return "it says otherwise who switched it off, why or when than its last act"
	}
	return ""
}
