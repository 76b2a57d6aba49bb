package unit

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about units and contracts.
const (
	kindCreated   = "unit.created"
	kindChanged   = "unit.changed"
	kindRetired   = "unit.retired"
	kindConcluded = "contract.concluded"
	kindEnded     = "contract.ended"
)

// Differ names units and contracts of which the rows tell otherwise than the acts: an account
// of a company's people ends with the contract. Acts before 0.3 that make one do not tell its
// note. Whoever verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindCreated, kindChanged, kindRetired, kindConcluded, kindEnded)
	if err != nil {
		return nil, err
	}
	all, err := rows(ctx, tx)
	if err != nil {
		return nil, err
	}
	var bound []contractRow
	if err := tx.NewSelect().Model(&bound).OrderExpr("id").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read contracts")
	}
	fields := map[string]string{}
	for _, f := range []string{"parent", "kind", "name", "code", "responsible", "note"} {
		fields[f] = f
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts { // the clock may have been set back before the change
			switch a := &acts[i]; a.Kind {
			case kindCreated:
				book.Tell("units "+a.Subject, facts.Fields{"created": a.At, "retired": 0})
				book.TellAs("units "+a.Subject, a, "parent", "kind", "name", "code", "responsible", "note")
			case kindConcluded:
				book.Tell("contracts "+a.Subject, facts.Fields{"concluded": a.At, "ended": 0, "ended by": "", "reason": ""})
				book.TellAs("contracts "+a.Subject, a, "unit", "number", "until", "note")
			}
		}
		for i := range acts {
			switch a := &acts[i]; a.Kind {
			case kindChanged:
				book.TellChanges("units "+a.Subject, a, fields)
			case kindRetired:
				book.Tell("units "+a.Subject, facts.Fields{"retired": a.At})
			case kindEnded:
				book.Tell("contracts "+a.Subject, facts.Fields{"ended": a.At, "ended by": a.Person})
				book.TellAs("contracts "+a.Subject, a, "reason")
			}
		}
		for i := range all {
			r := &all[i]
			book.Compare("units "+r.ID, facts.Fields{"parent": r.Parent, "kind": r.Kind, "name": r.Name, "code": r.Code, "responsible": r.Responsible, "note": r.Note,
				"created": r.CreatedAt, "retired": facts.Or0(r.RetiredAt)})
		}
		for i := range bound {
			c := &bound[i]
			book.Compare("contracts "+c.ID, facts.Fields{"unit": c.Unit, "number": c.Number, "until": c.Until, "note": c.Note, "concluded": c.CreatedAt,
				"ended": facts.Or0(c.EndedAt), "ended by": c.EndedBy, "reason": c.Reason})
		}
		return book.Differences(passed)
	}), nil
}
