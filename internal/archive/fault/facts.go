package fault

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// kind is the kind of the act by which a step was taken.
const kindOf = "fault."

// Differ compares storage faults and their steps with the acts.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	var kinds []string
	for _, s := range []Step{Opened, Repeated, Escalated, Acknowledged, Over, Back, Unproved, Closed} {
		kinds = append(kinds, kindOf+string(s))
	}
	acts, passed, err := facts.Acts(ctx, tx, kinds...)
	if err != nil {
		return nil, err
	}
	var b facts.Book
	closed := map[string]int64{}
	entry := func(fault string, step Step, at int64) facts.Row {
		return fmt.Sprintf("storage_fault_entries %s %s %d", fault, step, at)
	}
	for i := range acts {
		a := &acts[i]
		step := Step(strings.TrimPrefix(a.Kind, kindOf))
		b.Tell(entry(a.Subject, step, a.At), facts.Fields{"person": a.Person})
		switch step {
		case Opened:
			b.Tell("storage_faults "+a.Subject, facts.Fields{"at": a.At})
		case Closed:
			closed[a.Subject] = a.At
		case Repeated, Escalated, Acknowledged, Over, Back, Unproved:
		}
		b.TellAs("storage_faults "+a.Subject, a, "kind", "subject")
	}
	var faults []faultRow
	var entries []entryRow
	for _, into := range []any{&faults, &entries} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read storage faults")
		}
	}
	for _, f := range faults {
		row := "storage_faults " + f.ID
		if b.Tells(row) {
			b.Tell(row, facts.Fields{"closed": closed[f.ID]})
		}
		b.Compare(row, facts.Fields{"at": f.At, "kind": f.Kind, "subject": f.Subject, "closed": facts.Or0(f.Closed)})
	}
	for _, e := range entries {
		b.Compare(entry(e.Fault, e.Kind, e.At), facts.Fields{"person": e.Person})
	}
	return b.Differences(passed), nil
}
