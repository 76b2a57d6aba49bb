package area

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
)

// Kinds of acts about areas.
const (
	kindCreated = "area.created"
	kindChanged = "area.changed"
	kindRetired = "area.retired"
)

// Differ names areas of which the rows tell otherwise than the acts: what lies in an area is
// where those who hold a position in it may look. Acts before 0.3 that make one do not tell its
// note. Whoever verifies compares the acts with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindCreated, kindChanged, kindRetired)
	if err != nil {
		return nil, err
	}
	all, err := rows(ctx, tx)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for _, f := range []string{"parent", "kind", "name", "importance", "unit", "note"} {
		fields[f] = f
	}
	return facts.Either(acts, func(acts []facts.Act) []facts.Difference {
		var book facts.Book
		for i := range acts { // the clock may have been set back before the change
			if a := &acts[i]; a.Kind == kindCreated {
				book.Tell("areas "+a.Subject, facts.Fields{"created": a.At, "retired": 0})
				book.TellAs("areas "+a.Subject, a, "parent", "kind", "name", "importance", "unit", "note")
			}
		}
		for i := range acts {
			switch a := &acts[i]; a.Kind {
			case kindChanged:
				book.TellChanges("areas "+a.Subject, a, fields)
			case kindRetired:
				book.Tell("areas "+a.Subject, facts.Fields{"retired": a.At})
			}
		}
		for i := range all {
			r := &all[i]
			book.Compare("areas "+r.ID, facts.Fields{"parent": r.Parent, "kind": r.Kind, "name": r.Name, "importance": r.Importance, "unit": r.Unit, "note": r.Note,
				"created": r.CreatedAt, "retired": facts.Or0(r.RetiredAt)})
		}
		return book.Differences(passed)
	}), nil
}
