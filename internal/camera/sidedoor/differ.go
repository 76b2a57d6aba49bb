package sidedoor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// moment is how far apart a row and its act may be that were written together.
const moment = int64(time.Minute / time.Microsecond)

// Differ names ways to pictures of which the rows tell otherwise than the acts, and passwords that
// are younger than the last act that changed them: a finding would otherwise vanish without anybody
// having looked. Whoever verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindChecked)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("camera, kind, label").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read ways to pictures")
	}
	younger, err := passwords(ctx, tx)
	if err != nil {
		return nil, err
	}
	return append(younger, facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts {
			a := &acts[i]
			kind, _ := a.Get("door")
			label, _ := a.Get("label")
			id := rowOf(a.Subject, Kind(kind), label)
			book.Tell(id, facts.Fields{"by": a.Person, "at": a.At})
			book.TellAs(id, a, "state", "owner", "ownerName", "since", "note")
		}
		for i := range rows {
			r := &rows[i]
			book.Compare(rowOf(r.Camera, r.Kind, r.Label), facts.Fields{"state": r.State, "owner": r.Owner, "ownerName": r.OwnerName, "since": r.Since, "note": r.Note,
				"by": r.CheckedBy, "at": r.CheckedAt})
		}
		return book.Differences(passed)
	})...), nil
}

func passwords(ctx context.Context, tx bun.IDB) (all []facts.Difference, err error) {
	acts, passed, err := facts.Acts(ctx, tx, "camera.created", "camera.recovered", "camera.changed")
	if err != nil {
		return nil, err
	}
	changed := map[string]int64{} // by camera and stream
	for i := range acts {
		a := &acts[i]
		var changes map[string]json.RawMessage
		a.Read("changes", &changes)
		for _, stream := range []string{"main", "sub"} {
			if id := a.Subject + " " + stream; a.Kind != "camera.changed" || changes[stream+".password"] != nil {
				changed[id] = max(changed[id], a.At)
			}
		}
	}
	var rows []struct {
		Camera, Stream string
		PasswordAt     int64
	}
	err = tx.NewSelect().Table("camera_streams").Column("camera", "stream", "password_at").Where("password IS NOT NULL").OrderExpr("camera, stream").Scan(ctx, &rows)
	if err != nil {
		return nil, problem.Wrap(err, "read how old passwords are")
	}
	for _, r := range rows {
		if id := r.Camera + " " + r.Stream; !passed[r.Camera] && r.PasswordAt > changed[id]+moment {
			all = append(all, facts.Difference{Row: "camera_streams " + id, Why: "its password is younger than the last act that changed it"})
		}
	}
	return all, nil
}

func rowOf(camera string, kind Kind, label string) facts.Row {
	return "side_doors " + camera + " " + string(kind) + " " + label
}
