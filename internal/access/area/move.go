package area

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/border"
	"watchroom/internal/access/proposal"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// ErrMoves says that another place for this area waits for another person already.
var ErrMoves = problem.New(problem.Conflict, "area_parent_waits", "Another place for this area waits for another person already. Withdraw it first, or have it refused.").On("parent")

// move keeps an area where it lies if cameras hang in it that other people would see where it is
// to lie, until another person confirms that, and puts it down. all holds r as it is to be.
// detail tells where one person did it alone.
func (a *Areas) move(ctx context.Context, tx bun.Tx, actor access.Actor, r *row, all []row, before Area, detail map[string]any) error {
	if r.Parent == before.Parent {
		return nil
	}
	borders, err := border.Read(ctx, tx)
	if err != nil || borders.None() {
		return err
	}
	tree := NewTree(areasOf(all))
	if !borders.Between(tree.Chain(before.Parent), tree.Chain(r.Parent)) || a.Hung == nil {
		return nil
	}
	inside := []string{}
	for i := range all {
		if tree.Within(all[i].ID, r.ID) {
			inside = append(inside, all[i].ID)
		}
	}
	if hung, err := a.Hung(ctx, tx, inside); !hung || err != nil {
		return err
	}
	alone, err := border.Alone(ctx, tx, actor)
	if err != nil {
		return err
	}
	if alone {
		detail["alone"] = true
		return nil
	}
	from, err1 := json.Marshal(before.Parent)
	to, err2 := json.Marshal(r.Parent)
	if err := errors.Join(err1, err2); err != nil {
		return problem.Wrap(err, "write down an area")
	}
	p := proposal.Proposal{Kind: proposal.Parent, Subject: r.ID, ValueBefore: string(from), ValueAfter: string(to),
		ProposedBy: actor.Person, ProposedAt: a.Clock.Micro()}
	if p.ProposedBy == "" {
		return proposal.ErrNobody
	}
	about := map[string]any{"from": before.Parent, "to": r.Parent}
	r.Parent = before.Parent
	if err := p.Open(ctx, tx, ErrMoves); err != nil {
		return err
	}
	about["proposal"] = p.ID
	return ledger.Record(ctx, tx, actor.For(access.AreaConfigure, "").Act(p.ProposedAt, "area.parent_proposed", r.ID, "", about))
}

// Moves decides on other places of areas that wait.
type Moves struct{ Areas *Areas }

// Move is another place of an area that waits for another person, or did.
type Move struct {
	proposal.Proposal
	From, To  string // ids of the areas above; empty: none
	Overtaken bool   // it is open, and the area lies elsewhere by now
}

func moveOf(p proposal.Proposal, parent string) (m Move, err error) {
	m.Proposal = p
	err = errors.Join(json.Unmarshal([]byte(p.ValueBefore), &m.From), json.Unmarshal([]byte(p.ValueAfter), &m.To))
	m.Overtaken = p.State == proposal.Proposed && parent != m.From
	return m, problem.Wrap(err, "read a proposed place of an area")
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (m *Moves) List(ctx context.Context, state proposal.State) ([]Move, error) {
	waiting, err := proposal.List(ctx, m.Areas.DB.Read(), state, proposal.Parent)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	areas, err := m.Areas.List(ctx)
	if err != nil {
		return nil, err
	}
	parents := map[string]string{}
	for i := range areas {
		parents[areas[i].ID] = areas[i].Parent
	}
	all := make([]Move, len(waiting))
	for i := range waiting {
		if all[i], err = moveOf(waiting[i], parents[waiting[i].Subject]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Decide confirms or refuses a place that somebody else proposed.
func (m *Moves) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return err
	}
	return m.end(ctx, actor, access.RightsApprove, id, proposal.Verdict(approve), note)
}

// Withdraw takes back what one proposed.
func (m *Moves) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	if err := access.Can(actor, access.AreaConfigure, ""); err != nil {
		return err
	}
	return m.end(ctx, actor, access.AreaConfigure, id, proposal.Withdrawn, note)
}

func (m *Moves) end(ctx context.Context, actor access.Actor, right access.Action, id string, state proposal.State, note string) error {
	note, err := proposal.Note(note, state)
	if err != nil {
		return err
	}
	subject := ""
	err = m.Areas.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := proposal.Read(ctx, tx, proposal.Parent, id)
		if err != nil {
			return err
		}
		subject = p.Subject
		all, err := rows(ctx, tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r row) bool { return r.ID == p.Subject })
		if i < 0 {
			return ErrUnknown
		}
		r := &all[i]
		v, err := moveOf(p, r.Parent)
		if err != nil {
			return err
		}
		at, by := m.Areas.Clock.Micro(), p.ProposedBy
		if err := p.Close(ctx, tx, actor, state, note, at); err != nil {
			return err
		}
		detail := map[string]any{"proposal": id, "proposedBy": by, "note": note}
		if state != proposal.Approved {
			detail["from"], detail["to"] = v.From, v.To
			return ledger.Record(ctx, tx, actor.For(right, "").Act(at, "area.parent_"+string(state), r.ID, "", detail))
		}
		switch {
		case r.RetiredAt != nil:
			return ErrRetired
		case v.Overtaken:
			return proposal.ErrOvertaken
		}
		r.Parent = v.To
		if err := m.Areas.fits(ctx, tx, r, all, false); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(r).Column("parent").WherePK().Exec(ctx); err != nil {
			return named(err, r.Name, "move area")
		}
		detail["changes"] = map[string]any{"parent": map[string]any{"from": v.From, "to": v.To}}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(at, kindChanged, r.ID, "", detail))
	})
	if err == nil {
		m.Areas.changed(subject, "changed")
	}
	return err
}
