package owed

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Differ names reasons that were due of which the rows tell otherwise than the acts. opened is
// the kind of the acts by which viewings are opened.
func Differ(ctx context.Context, tx bun.IDB, opened string) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, opened, kindGiven, kindMissing)
	if err != nil {
		return nil, err
	}
	var book facts.Book
	for i := range acts { // what was opened first: the clock may have been set back before the rest
		a := &acts[i]
		due, owes := a.Get(KeyDue)
		if a.Kind == opened && owes {
			book.Tell(rowOf(a.Subject), facts.Fields{"person": a.Person, "due": due, "reason": "", "given": 0, "missing since": 0})
		}
	}
	for i := range acts {
		switch a := &acts[i]; a.Kind {
		case kindGiven:
			reason, _ := a.Get("reason")
			book.Tell(rowOf(a.Subject), facts.Fields{"reason": reason, "given": a.At})
		case kindMissing:
			book.Tell(rowOf(a.Subject), facts.Fields{"missing since": a.At})
		}
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).OrderExpr("viewing").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read reasons that were due")
	}
	for i := range rows {
		r := &rows[i]
		book.Compare(rowOf(r.Viewing), facts.Fields{"person": r.Person, "due": r.DueAt, "reason": r.Reason, "given": facts.Or0(r.GivenAt), "missing since": facts.Or0(r.MissedAt)})
	}
	return book.Differences(passed), nil
}

func rowOf(viewing string) string { return "viewing_reasons " + viewing }
