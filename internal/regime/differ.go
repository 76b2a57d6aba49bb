package regime

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// Kinds of acts about parameters.
const (
	kindProposed  = "parameter.proposed"
	kindApproved  = "parameter.approved"
	kindRejected  = "parameter.rejected"
	kindWithdrawn = "parameter.withdrawn"
)

// keyRest is what an act tells of the values of a pack that stay as they are. Acts before 0.3
// do not tell it, nor where a value comes from; of them nobody knows what a pack left alone.
const keyRest = "rest"

// toldStep is a value before and after, as acts tell of it.
type toldStep struct {
	Key, Clause string
	Origin      Origin
	From, To    json.RawMessage
	Value       json.RawMessage // of what stays
}

// told is what acts tell of parameters.
type told struct {
	facts.Book
	version map[int64]string // proposals by the version that they made
	bare    map[string]bool  // proposals of which no act tells what stays
	last    map[string][]toldValue
}

// toldValue is a value of a key since a version.
type toldValue struct {
	version int64
	value   string
}

// Differ names parameters in force, and proposals, steps and decisions about them, of which the
// rows tell otherwise than the acts. Whoever verifies compares those with the log.
func Differ(ctx context.Context, tx bun.IDB) ([]facts.Difference, error) {
	acts, passed, err := facts.Acts(ctx, tx, kindProposed, kindApproved, kindRejected, kindWithdrawn)
	if err != nil {
		return nil, err
	}
	t := told{version: map[int64]string{}, bare: map[string]bool{}, last: map[string][]toldValue{}}
	for i := range acts { // what was asked for first: the clock may have been set back before the answer
		if a := &acts[i]; a.Kind == kindProposed {
			t.proposed(a)
		}
	}
	for i := range acts {
		t.steps(&acts[i])
		t.decided(&acts[i])
	}
	var rows []proposalRow
	var steps []Step
	var said []Decision
	var values []valueRow
	for _, into := range []any{&rows, &steps, &said, &values} {
		if err := tx.NewSelect().Model(into).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read parameters")
		}
	}
	for i := range rows {
		r := &rows[i]
		t.Compare("parameter_proposals "+r.ID, facts.Fields{"pack": r.Pack, "reason": r.Reason, "proposed by": r.ProposedBy, "proposed at": r.ProposedAt,
			"needs": r.Needs, "state": r.State, "decided at": facts.Or0(r.DecidedAt)})
	}
	for i := range steps {
		s := &steps[i]
		row := stepRow(s.Proposal, s.Key)
		if !t.Tells(row) && t.bare[s.Proposal] && !s.Changes() {
			continue
		}
		t.Compare(row, facts.Fields{"before": facts.Plain([]byte(s.ValueBefore)), "after": facts.Plain([]byte(s.ValueAfter)), "origin": s.Origin, "clause": s.Clause})
	}
	for _, d := range said {
		t.Compare(decisionRow(d.Proposal, d.Person, d.Decision), facts.Fields{"at": d.At, "note": d.Note})
	}
	for i := range values {
		v := &values[i]
		if passed[v.Proposal] {
			passed[strconv.FormatInt(v.Version, 10)] = true
		}
		row := valueOf(v.Version, v.Key)
		if !t.Tells(row) && t.left(v) {
			continue
		}
		t.Compare(row, facts.Fields{"value": facts.Plain([]byte(v.Value)), "origin": v.Origin, "clause": v.Clause, "proposal": v.Proposal, "at": v.At})
	}
	return t.Differences(passed), nil
}

func stepRow(proposal, key string) facts.Row { return "parameter_changes " + proposal + " " + key }

func valueOf(version int64, key string) facts.Row {
	return fmt.Sprintf("parameter_values %d %s", version, key)
}

func decisionRow(proposal, person, decision string) facts.Row {
	return "parameter_decisions " + proposal + " " + person + " " + decision
}

func (t *told) proposed(a *facts.Act) {
	row := "parameter_proposals " + a.Subject
	t.Tell(row, facts.Fields{"pack": "", "proposed by": a.Person, "proposed at": a.At, "state": proposal.Proposed, "decided at": 0})
	t.TellAs(row, a, "pack", "reason", "needs")
}

// steps notes what a proposal changes and leaves; every act about it tells that.
func (t *told) steps(a *facts.Act) {
	var changes, rest []toldStep
	a.Read("changes", &changes)
	whole := a.Read(keyRest, &rest)
	if _, known := t.bare[a.Subject]; !known || whole {
		t.bare[a.Subject] = !whole
	}
	for _, s := range rest {
		s.From, s.To = s.Value, s.Value
		changes = append(changes, s)
	}
	var version int64
	in := a.Kind == kindApproved && a.Read("version", &version)
	if in {
		t.version[version] = a.Subject
	}
	for _, s := range changes {
		row := stepRow(a.Subject, s.Key)
		t.Tell(row, facts.Fields{"before": facts.Plain(s.From), "after": facts.Plain(s.To), "clause": s.Clause})
		if whole {
			t.Tell(row, facts.Fields{"origin": s.Origin})
		}
		if !in {
			continue
		}
		t.last[s.Key] = append(t.last[s.Key], toldValue{version, facts.Plain(s.To)})
		row = valueOf(version, s.Key)
		t.Tell(row, facts.Fields{"value": facts.Plain(s.To), "clause": s.Clause, "proposal": a.Subject})
		if whole {
			t.Tell(row, facts.Fields{"origin": s.Origin, "at": a.At})
		}
	}
}

func (t *told) decided(a *facts.Act) {
	var word, state proposal.State
	switch a.Kind {
	case kindApproved:
		word, state = proposal.Approved, proposal.Proposed
		if is, _ := a.Get("inForce"); is == "true" {
			state = proposal.Approved
		}
	case kindRejected:
		word, state = proposal.Rejected, proposal.Rejected
	case kindWithdrawn:
		word, state = proposal.Withdrawn, proposal.Withdrawn
	default:
		return
	}
	row := decisionRow(a.Subject, a.Person, string(word))
	t.Tell(row, facts.Fields{"at": a.At})
	t.TellAs(row, a, "note")
	if state != proposal.Proposed {
		t.Tell("parameter_proposals "+a.Subject, facts.Fields{"state": state, "decided at": a.At})
	}
}

// left tells whether a value that no act tells of may be what a pack left as it was: it came
// into force with a proposal of which no act tells what stays, and is what an act gave last,
// if one ever gave it anything.
func (t *told) left(v *valueRow) bool {
	if of, known := t.version[v.Version]; !known || of != v.Proposal || !t.bare[of] {
		return false
	}
	before := slices.DeleteFunc(slices.Clone(t.last[v.Key]), func(o toldValue) bool { return o.version > v.Version })
	if len(before) == 0 {
		return true
	}
	return slices.MaxFunc(before, func(a, b toldValue) int { return cmp.Compare(a.version, b.version) }).value == facts.Plain([]byte(v.Value))
}
