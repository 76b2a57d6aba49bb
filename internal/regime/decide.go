package regime

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Decide approves or rejects a proposal that somebody else made. With the approval that
// was still missing the values are in force, all of them or none.
func (p *Parameters) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Proposal, error) {
	if err := access.Throughout(actor, access.ParameterApprove, ""); err != nil {
		return Proposal{}, err
	}
	to := proposal.Approved
	if !approve {
		to = proposal.Rejected
	}
	return p.end(ctx, actor.For(access.ParameterApprove, ""), id, to, note, func(ctx context.Context, tx bun.Tx, at int64, row proposalRow, steps []Step, said []Decision) (proposal.State, string, map[string]any, error) {
		if !approve {
			return to, kindRejected, nil, nil
		}
		if slices.ContainsFunc(said, func(d Decision) bool { return d.Person == actor.Person }) {
			return "", "", nil, ErrTwice
		}
		rows, err := current(ctx, tx)
		if err != nil {
			return "", "", nil, err
		}
		if key, ok := p.overtaken(rows, steps); ok {
			return "", "", nil, proposal.ErrOvertaken.With("key", key)
		}
		if err := p.pairs(rows, steps); err != nil { // the other one of a pair may have changed since
			return "", "", nil, err
		}
		approvals := len(said) + 1
		// A later program may guard what an earlier one did not.
		if needs := max(row.Needs, p.needs(steps)); approvals < needs {
			return proposal.Proposed, kindApproved, map[string]any{"approvals": approvals, "needs": needs, "inForce": false}, nil
		}
		version, err := p.enforce(ctx, tx, at, row, steps)
		return proposal.Approved, kindApproved, map[string]any{"approvals": approvals, "inForce": true, "version": version}, err
	})
}

// Withdraw takes back a proposal of one's own while it is open.
func (p *Parameters) Withdraw(ctx context.Context, actor access.Actor, id, reason string) (Proposal, error) {
	if err := access.Throughout(actor, access.ParameterPropose, ""); err != nil {
		return Proposal{}, err
	}
	return p.end(ctx, actor.For(access.ParameterPropose, ""), id, proposal.Withdrawn, reason, func(context.Context, bun.Tx, int64, proposalRow, []Step, []Decision) (proposal.State, string, map[string]any, error) {
		return proposal.Withdrawn, kindWithdrawn, nil, nil
	})
}

// verdict says what becomes of an open proposal at an instant (µs): its state, the kind of the
// act and what else the act tells.
type verdict func(ctx context.Context, tx bun.Tx, at int64, row proposalRow, steps []Step, said []Decision) (proposal.State, string, map[string]any, error)

// end lets one person say a word on a proposal. SERIALIZABLE: who approved is counted, and
// values are compared with what they were (ruling R19).
func (p *Parameters) end(ctx context.Context, actor access.Actor, id string, to proposal.State, note string, judge verdict) (Proposal, error) {
	note, err := proposal.Note(note, to)
	if err != nil {
		return Proposal{}, err
	}
	var state proposal.State
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, steps, said, err := read(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := proposal.May(actor, row.ProposedBy, row.State, to); err != nil {
			return err
		}
		at := p.Clock.Micro()
		next, kind, more, err := judge(ctx, tx, at, row, steps, said)
		if err != nil {
			return err
		}
		state = next
		word := Decision{Proposal: id, Person: actor.Person, At: at, Decision: string(state), Note: note}
		if state == proposal.Proposed {
			word.Decision = string(proposal.Approved)
		}
		if _, err := tx.NewInsert().Model(&word).Exec(ctx); err != nil {
			return problem.Wrap(err, "decide on a proposal")
		}
		if state != proposal.Proposed {
			row.State, row.DecidedAt = state, &at
			if _, err := tx.NewUpdate().Model(&row).Column("state", "decided_at").WherePK().Exec(ctx); err != nil {
				return problem.Wrap(err, "decide on a proposal")
			}
		}
		if more == nil {
			more = map[string]any{}
		}
		more["proposedBy"], more["note"] = row.ProposedBy, note
		return record(ctx, tx, actor, at, kind, row, steps, more)
	})
	if err != nil {
		return Proposal{}, err
	}
	if state == proposal.Approved {
		if err := p.reload(ctx, false); err != nil { // it is in force all the same, and read within a second
			p.Log.WarnContext(ctx, "approved parameters could not be read back", "err", err)
		}
	}
	p.tell(id, state)
	return p.Proposal(ctx, id)
}

// overtaken gives a key that is not any more what it was when its change was proposed, or
// that this program does not know or take.
func (p *Parameters) overtaken(rows map[string]valueRow, steps []Step) (key string, ok bool) {
	for _, s := range steps {
		declared, known := p.Set.Find(s.Key)
		if !known || p.holds(rows, s.Key) != s.ValueBefore {
			return s.Key, true
		}
		if _, err := rule.Parse(declared, json.RawMessage(s.ValueAfter)); err != nil {
			return s.Key, true
		}
	}
	return "", false
}

// enforce puts the values of a proposal into force, from the instant of its approval (µs).
func (p *Parameters) enforce(ctx context.Context, tx bun.Tx, at int64, row proposalRow, steps []Step) (version int64, err error) {
	if version, err = newest(ctx, tx); err != nil {
		return 0, err
	}
	version++
	rows := make([]valueRow, len(steps))
	for i, s := range steps {
		rows[i] = valueRow{Version: version, Key: s.Key, Value: s.ValueAfter, Origin: s.Origin, Clause: s.Clause, Proposal: row.ID, At: at}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		if db.IsUnique(err, "parameter_values.version", "parameter_values.key") { // somebody was first by an instant
			return 0, proposal.ErrOvertaken
		}
		return 0, problem.Wrap(err, "put parameters into force")
	}
	return version, nil
}
