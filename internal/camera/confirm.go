package camera

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// take makes of a camera's row what a proposal says, and tells what was and is to be.
type take func(ctx context.Context, tx bun.Tx, row *cameraRow, p proposal.Proposal) (from, to any, overtaken bool, err error)

// decide confirms or refuses what somebody else proposed about a camera.
func (r *Registry) decide(ctx context.Context, actor access.Actor, kind proposal.Kind, id string, approve bool, note string, t take) error {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return err
	}
	return r.end(ctx, actor, access.RightsApprove, kind, id, proposal.Verdict(approve), note, t)
}

// withdraw takes back what the actor proposed.
func (r *Registry) withdraw(ctx context.Context, actor access.Actor, kind proposal.Kind, id, note string, t take) error {
	if err := access.Can(actor, access.CameraConfigure, ""); err != nil {
		return err
	}
	return r.end(ctx, actor, access.CameraConfigure, kind, id, proposal.Withdrawn, note, t)
}

// end says the last word. The acts about a kind are called by it.
func (r *Registry) end(ctx context.Context, actor access.Actor, right access.Action, kind proposal.Kind, id string, state proposal.State, note string, t take) error {
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	p, err := proposal.Read(ctx, r.DB.Read(), kind, id)
	if err != nil {
		return err
	}
	if state == proposal.Approved {
		if err := access.Outside(actor, p.Subject); err != nil {
			return err
		}
	}
	answer := func(ctx context.Context, tx bun.Tx, row *cameraRow, _ Camera) (*ledger.Act, error) {
		p, err := proposal.Read(ctx, tx, kind, id)
		if err != nil {
			return nil, err
		}
		at, by := r.Clock.Micro(), p.ProposedBy
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return nil, err
		}
		p.State = proposal.Proposed
		from, to, overtaken, err := t(ctx, tx, row, p)
		if err != nil && state == proposal.Approved {
			return nil, err
		}
		detail := map[string]any{"proposal": id, "proposedBy": by, "note": note, "reason": p.Reason}
		if p.Step == proposal.Again {
			delete(detail, "reason")
			detail["earlier"] = p.Reason
		}
		told := "camera.changed"
		switch {
		case state != proposal.Approved:
			told = "camera." + string(kind) + "_" + string(state)
			detail["from"], detail["to"] = from, to
		case overtaken:
			return nil, proposal.ErrOvertaken
		default:
			detail["changes"] = map[string]any{string(kind): map[string]any{"from": from, "to": to}}
		}
		act := actor.For(right, "").Act(at, told, row.ID, row.ID, detail)
		return &act, nil
	}
	if state == proposal.Approved {
		_, err = r.change(ctx, p.Subject, "changed", answer)
		return err
	}
	// What changes nothing is said of a camera out of service, too: else it would wait for ever.
	return r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row cameraRow
		if err := tx.NewSelect().Model(&row).Where("id = ?", p.Subject).Scan(ctx); err != nil {
			return problem.Wrap(err, "read camera")
		}
		act, err := answer(ctx, tx, &row, Camera{})
		if err != nil {
			return err
		}
		return ledger.Record(ctx, tx, *act)
	})
}

// listed gives proposals of a kind, the latest first; of one state, unless it is empty. of makes
// one of what was put down and of where the camera hangs now, with its grade.
func listed[T any](ctx context.Context, r *Registry, kind proposal.Kind, state proposal.State, of func(proposal.Proposal, Spot) (T, error)) ([]T, error) {
	rows, err := proposal.List(ctx, r.DB.Read(), state, kind)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	spots, err := Spots(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	at := map[string]Spot{}
	for _, s := range spots {
		at[s.ID] = s
	}
	all := make([]T, len(rows))
	for i := range rows {
		if all[i], err = of(rows[i], at[rows[i].Subject]); err != nil {
			return nil, err
		}
	}
	return all, nil
}
