package roomcam

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Ending is the end of a mark that waits for another person, or did.
type Ending struct {
	proposal.Proposal
	From      Content
	Overtaken bool // it is open, and the camera watches no control room any more
}

func endingOf(p proposal.Proposal, marked bool) (e Ending, err error) {
	e.Proposal = p
	e.Overtaken = p.State == proposal.Proposed && !marked
	return e, problem.Wrap(json.Unmarshal([]byte(p.ValueBefore), &e.From), "read a proposed end of a control room")
}

// Endings gives proposals, the latest first; of one state, unless it is empty.
func (x *Register) Endings(ctx context.Context, state proposal.State) ([]Ending, error) {
	rows, err := proposal.List(ctx, x.DB.Read(), state, proposal.Room)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	rooms, err := x.List(ctx)
	if err != nil {
		return nil, err
	}
	marked := map[string]bool{}
	for i := range rooms {
		marked[rooms[i].Camera] = true
	}
	all := make([]Ending, len(rows))
	for i, p := range rows {
		if all[i], err = endingOf(p, marked[p.Subject]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Decide confirms or refuses what somebody else proposed. Who sits in the room confirms nothing.
func (x *Register) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return err
	}
	return x.close(ctx, actor, access.RightsApprove, id, proposal.Verdict(approve), note)
}

// Withdraw takes back what one proposed.
func (x *Register) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	if err := access.Can(actor, access.CameraConfigure, ""); err != nil {
		return err
	}
	return x.close(ctx, actor, access.CameraConfigure, id, proposal.Withdrawn, note)
}

func (x *Register) close(ctx context.Context, actor access.Actor, right access.Action, id string, state proposal.State, note string) error {
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	camera := ""
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := proposal.Read(ctx, tx, proposal.Room, id)
		if err != nil {
			return err
		}
		camera = p.Subject
		now, err := of(ctx, tx, camera)
		if err != nil {
			return err
		}
		e, err := endingOf(p, now != nil)
		if err != nil {
			return err
		}
		if state == proposal.Approved {
			if err := access.Outside(actor, camera); err != nil {
				return err
			}
		}
		at := x.Clock.Micro()
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		detail := map[string]any{"proposal": id, "proposedBy": e.ProposedBy, "note": note, "reason": e.Reason}
		if state != proposal.Approved {
			detail["from"], detail["to"] = e.From, map[string]any{}
			return ledger.Record(ctx, tx, actor.For(right, "").Act(at, "camera.room_"+string(state), camera, camera, detail))
		}
		if e.Overtaken {
			return proposal.ErrOvertaken
		}
		return x.end(ctx, tx, actor.For(right, ""), camera, at, detail)
	})
	if err == nil && state == proposal.Approved {
		x.tell(camera)
	}
	return err
}
