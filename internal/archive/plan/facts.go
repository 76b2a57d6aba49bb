package plan

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ compares schedules and maintenance windows with the acts that made them.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, "schedule.set", "maintenance.placed", "maintenance.ended")
	if err != nil {
		return nil, err
	}
	var b facts.Book
	for i := range acts {
		a := &acts[i]
		said := facts.Fields{"at": a.At, "person": a.Person}
		switch a.Kind {
		case "schedule.set":
			row := "schedules " + a.Subject
			b.Tell(row, said)
			b.Tell(row, facts.Fields{"camera": a.Camera})
			if by, of := a.Get("proposedBy"); of { // whom another person approved
				b.Tell(row, facts.Fields{"person": by})
			}
			b.TellAs(row, a, "kind", "hours", "stops", "reason")
		case "maintenance.placed":
			row := "maintenance_windows " + a.Subject
			b.Tell(row, said)
			b.Tell(row, facts.Fields{"cameras": facts.Sorted(a.List("cameras"))})
			b.TellAs(row, a, "from", "to", "reason")
		default:
			row := "maintenance_ends " + a.Subject
			b.Tell(row, said)
			b.TellAs(row, a, "reason")
		}
	}
	var schedules []scheduleRow
	if err := tx.NewSelect().Model(&schedules).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read schedules")
	}
	for _, r := range schedules {
		b.Compare("schedules "+r.ID, facts.Fields{"camera": r.Camera, "at": r.At, "kind": r.Kind, "hours": plain(r.Hours), "stops": r.Stops, "reason": r.Reason, "person": r.Person})
	}
	var windows []windowRow
	var members []windowCameraRow
	var ends []endRow
	for _, into := range []any{&windows, &members, &ends} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read maintenance windows")
		}
	}
	cameras := map[string][]string{}
	for _, m := range members {
		cameras[m.WindowID] = append(cameras[m.WindowID], m.Camera)
	}
	for _, r := range windows {
		b.Compare("maintenance_windows "+r.ID, facts.Fields{"from": r.FromAt, "to": r.ToAt, "reason": r.Reason, "person": r.Person, "at": r.At, "cameras": facts.Sorted(cameras[r.ID])})
	}
	for _, r := range ends {
		b.Compare("maintenance_ends "+r.WindowID, facts.Fields{"at": r.At, "reason": r.Reason, "person": r.Person})
	}
	return b.Differences(passed), nil
}

// plain writes hours as acts tell them.
func plain(hours string) string {
	var list []Hours
	if json.Unmarshal([]byte(hours), &list) != nil {
		return hours
	}
	b, err := json.Marshal(list)
	if err != nil {
		return hours
	}
	return string(b)
}
