package camera

import (
	"context"
	"errors"
	"strconv"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/proposal"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// ErrLowers says that a lower grade of this camera waits for another person already.
var ErrLowers = problem.New(problem.Conflict, "camera_grade_waits", "A lower security grade of this camera waits for another person already. Withdraw it first, or have it refused.").On("grade")

// lower keeps the grade of a camera where another person must confirm a lower one, and puts
// that down: more people will see what the camera shows. Before anybody can confirm, and on
// the machine itself, one person lowers it alone, of which detail tells. step is empty, or
// proposal.Again where the grade was another camera's at this address, whose id is why.
func (r *Registry) lower(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, before int, step, why string, detail map[string]any) error {
	if row.Grade >= before {
		return nil
	}
	over, err := holding.Settled(ctx, tx)
	if err != nil {
		return err
	}
	if !over || actor.Local() {
		detail["alone"] = true
		return nil
	}
	p := proposal.Proposal{Kind: proposal.Grade, Subject: row.ID, Step: step, ValueBefore: strconv.Itoa(before), ValueAfter: strconv.Itoa(row.Grade),
		Reason: why, ProposedBy: actor.Person, ProposedAt: r.Clock.Micro()}
	if p.ProposedBy == "" {
		return proposal.ErrNobody
	}
	to := row.Grade
	row.Grade = before
	if err := p.Open(ctx, tx, ErrLowers); err != nil {
		return err
	}
	about := map[string]any{"proposal": p.ID, "from": before, "to": to}
	if about["reason"] = why; step == proposal.Again {
		delete(about, "reason")
		about["earlier"] = why
	}
	return ledger.Record(ctx, tx, actor.For(access.CameraConfigure, row.ID).Act(p.ProposedAt, "camera.grade_proposed", row.ID, row.ID, about))
}

// guard keeps the grade of another camera at the device of this one, where that was higher,
// until another person confirms the lower one; see earlier.
func (r *Registry) guard(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, all []streamRow, names whereabouts.Names, detail map[string]any) error {
	level, id, err := r.earlier(ctx, tx, row, all, names)
	if err != nil {
		return err
	}
	return r.lower(ctx, tx, actor, row, level, proposal.Again, id, detail)
}

// Grades decides on lower security grades that wait (C111).
type Grades struct{ Registry *Registry }

// Lowering is a lower grade that waits for another person, or did.
type Lowering struct {
	proposal.Proposal
	From, To  int
	Overtaken bool // it is open, and the camera has another grade by now
}

func lowering(p proposal.Proposal, now Spot) (l Lowering, err error) {
	l.Proposal = p
	from, err1 := strconv.Atoi(p.ValueBefore)
	to, err2 := strconv.Atoi(p.ValueAfter)
	l.From, l.To, l.Overtaken = from, to, p.State == proposal.Proposed && now.Grade != from
	return l, problem.Wrap(errors.Join(err1, err2), "read a proposed grade")
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (g *Grades) List(ctx context.Context, state proposal.State) ([]Lowering, error) {
	return listed(ctx, g.Registry, proposal.Grade, state, lowering)
}

// Decide confirms or refuses a lower grade that somebody else proposed.
func (g *Grades) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	return g.Registry.decide(ctx, actor, proposal.Grade, id, approve, note, takeGrade)
}

// Withdraw takes back what one proposed.
func (g *Grades) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	return g.Registry.withdraw(ctx, actor, proposal.Grade, id, note, takeGrade)
}

func takeGrade(_ context.Context, _ bun.Tx, row *cameraRow, p proposal.Proposal) (from, to any, overtaken bool, err error) {
	l, err := lowering(p, Spot{Grade: row.Grade})
	row.Grade = l.To
	return l.From, l.To, l.Overtaken, err
}
