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

// keyDetail is what a row says of a step besides who took it and when. Acts before 0.3 do not
// tell it.
const keyDetail = "detail"

// Differ compares storage faults and their steps with the acts.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	var kinds []string
	for _, s := range []Step{Opened, Repeated, Escalated, Acknowledged, GivenUp, Over, Back, Unproved, Closed} {
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
		b.TellAs(entry(a.Subject, step, a.At), a, keyDetail)
		switch step {
		case Opened:
			b.Tell("storage_faults "+a.Subject, facts.Fields{"at": a.At})
			b.TellAs("storage_faults "+a.Subject, a, keyDetail)
		case Closed:
			closed[a.Subject] = a.At
		case Repeated, Escalated, Acknowledged, GivenUp, Over, Back, Unproved:
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
		b.Compare(row, facts.Fields{"at": f.At, "kind": f.Kind, "subject": f.Subject, keyDetail: f.Detail, "closed": facts.Or0(f.Closed)})
	}
	for _, e := range entries {
		b.Compare(entry(e.Fault, e.Kind, e.At), facts.Fields{"person": e.Person, keyDetail: e.Detail})
	}
	return b.Differences(passed), nil
}
