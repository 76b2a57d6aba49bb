package snapshot

import (
	"context"
	"encoding/hex"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ compares snapshots with the acts that took them.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindTaken)
	if err != nil {
		return nil, err
	}
	var b facts.Book
	for i := range acts {
		a := &acts[i]
		row := snapshotRow{ID: a.Subject, TakenAt: a.At}
		b.Tell("snapshots "+a.Subject, facts.Fields{"camera": a.Camera, "person": a.Person, "takenAt": a.At, "file": row.path()})
		b.TellAs("snapshots "+a.Subject, a, "at", "sha256")
	}
	var rows []snapshotRow
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read snapshots")
	}
	for _, r := range rows {
		b.Compare("snapshots "+r.ID, facts.Fields{"camera": r.Camera, "person": r.Person, "takenAt": r.TakenAt, "file": r.File, "at": r.At, "sha256": hex.EncodeToString(r.SHA256)})
	}
	return b.Differences(passed), nil
}
