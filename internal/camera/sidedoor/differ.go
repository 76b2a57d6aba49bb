package sidedoor

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names ways to pictures of which the rows tell otherwise than the acts: a finding would
// otherwise vanish without anybody having looked. Whoever verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindChecked)
	if err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("camera, kind, label").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read ways to pictures")
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
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
	}), nil
}

func rowOf(camera string, kind Kind, label string) facts.Row {
	return "side_doors " + camera + " " + string(kind) + " " + label
}
