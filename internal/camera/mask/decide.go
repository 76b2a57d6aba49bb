package mask

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Waiting is a set of masks that shows more than the one in force, and waits for another person,
// or did.
type Waiting struct {
	proposal.Proposal
	From, To  Content
	Overtaken bool // it is open, and the masks are others by now
}

func waitingOf(p proposal.Proposal, now *Content) (w Waiting, err error) {
	w.Proposal = p
	err = errors.Join(json.Unmarshal([]byte(p.ValueBefore), &w.From), json.Unmarshal([]byte(p.ValueAfter), &w.To))
	w.Overtaken = p.State == proposal.Proposed && !now.same(&w.From)
	return w, problem.Wrap(err, "read proposed masks")
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (m *Masks) List(ctx context.Context, state proposal.State) ([]Waiting, error) {
	rows, err := proposal.List(ctx, m.DB.Read(), state, proposal.Mask)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	sets, err := m.All(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Waiting, len(rows))
	for i, p := range rows {
		now := sets[p.Subject]
		if all[i], err = waitingOf(p, &now.Content); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Decide confirms or refuses what somebody else proposed.
func (m *Masks) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return err
	}
	return m.end(ctx, actor, access.RightsApprove, id, proposal.Verdict(approve), note)
}

// Withdraw takes back what one proposed.
func (m *Masks) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	if err := access.Can(actor, access.CameraConfigure, ""); err != nil {
		return err
	}
	return m.end(ctx, actor, access.CameraConfigure, id, proposal.Withdrawn, note)
}

func (m *Masks) end(ctx context.Context, actor access.Actor, right access.Action, id string, state proposal.State, note string) error {
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	camera := ""
	err = m.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := proposal.Read(ctx, tx, proposal.Mask, id)
		if err != nil {
			return err
		}
		camera = p.Subject
		now, err := of(ctx, tx, camera)
		if err != nil {
			return err
		}
		w, err := waitingOf(p, &now.Content)
		if err != nil {
			return err
		}
		if state == proposal.Approved {
			if err := access.Outside(actor, camera); err != nil {
				return err
			}
		}
		at := m.Clock.Micro()
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		detail := map[string]any{"proposal": id, "proposedBy": w.ProposedBy, "note": note, "reason": w.Reason}
		if state != proposal.Approved {
			detail["from"], detail["to"] = w.From, w.To
			return ledger.Record(ctx, tx, actor.For(right, "").Act(at, "camera.mask_"+string(state), camera, camera, detail))
		}
		if w.Overtaken {
			return proposal.ErrOvertaken
		}
		_, err = m.write(ctx, tx, actor.For(right, ""), camera, w.To, at, detail)
		return err
	})
	if err == nil && state == proposal.Approved {
		m.tell(camera)
	}
	return err
}
