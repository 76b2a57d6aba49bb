package camera

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/border"
	"watchroom/internal/access/proposal"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Refusals of where a camera is to hang.
var (
	// ErrMoves says that another area of this camera waits for another person already.
	ErrMoves = problem.New(problem.Conflict, "camera_area_waits", "Another area of this camera waits for another person already. Withdraw it first, or have it refused.").On("area")
	// ErrDeviceElsewhere refuses an address. camera, the name, where the actor sees it.
	ErrDeviceElsewhere = problem.New(problem.Conflict, "camera_device_elsewhere", "At this address is the device of a camera that hangs where other people may see it. Have this camera moved there first, or add the device as a camera of its own; another person confirms that.").On("main.url")
)

// move keeps the area of a camera where other people would see it in the one that it is to
// have, until another person confirms that, and puts it down. What never hung anywhere comes
// to its first area as a new camera would. detail tells where one person did it alone.
func (r *Registry) move(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, before string, names whereabouts.Names, detail map[string]any) error {
	if row.Area == before {
		return nil
	}
	borders, err := border.Read(ctx, tx)
	if err != nil || borders.None() {
		return err
	}
	from, err1 := r.chain(ctx, tx, before)
	to, err2 := r.chain(ctx, tx, row.Area)
	if err := errors.Join(err1, err2); err != nil || !borders.Between(from, to) {
		return err
	}
	placed := before != ""
	if !placed {
		if placed, err = whereabouts.Placed(ctx, tx, row.ID); err != nil {
			return err
		}
	}
	if !placed {
		all, err := streams(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		if other, _, err := r.elsewhere(ctx, tx, actor, borders, row, all, names); other == nil || err != nil {
			return err
		}
	}
	return r.proposeArea(ctx, tx, actor, row, before, "", "", detail)
}

// settle keeps a new camera where another of its device hangs, if those who see that one are
// others than those who would see this one, until another person confirms its area.
func (r *Registry) settle(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, all []streamRow, names whereabouts.Names, detail map[string]any) error {
	other, err := r.apart(ctx, tx, actor, row, all, names)
	if other == nil || err != nil {
		return err
	}
	return r.proposeArea(ctx, tx, actor, row, other.Area, proposal.Again, other.ID, detail)
}

// stays refuses another address for a camera whose device is that of one that other people see:
// what it has recorded would come to them, or they would lose it, if it moved there. all are
// the streams that are reached elsewhere than before.
func (r *Registry) stays(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, all []streamRow, names whereabouts.Names, detail map[string]any) error {
	other, err := r.apart(ctx, tx, actor, row, all, names)
	if other == nil || err != nil {
		return err
	}
	alone, err := border.Alone(ctx, tx, actor)
	switch {
	case err != nil:
		return err
	case alone:
		detail["alone"] = true
		return nil
	case access.Can(actor, access.CameraRead, other.ID) == nil:
		return ErrDeviceElsewhere.With("camera", other.Name)
	}
	return ErrDeviceElsewhere
}

func (r *Registry) proposeArea(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, keep, step, why string, detail map[string]any) error {
	alone, err := border.Alone(ctx, tx, actor)
	if err != nil {
		return err
	}
	if alone {
		detail["alone"] = true
		return nil
	}
	from, err1 := json.Marshal(keep)
	to, err2 := json.Marshal(row.Area)
	if err := errors.Join(err1, err2); err != nil {
		return problem.Wrap(err, "write down an area")
	}
	p := proposal.Proposal{Kind: proposal.Area, Subject: row.ID, Step: step, ValueBefore: string(from), ValueAfter: string(to),
		Reason: why, ProposedBy: actor.Person, ProposedAt: r.Clock.Micro()}
	if p.ProposedBy == "" {
		return proposal.ErrNobody
	}
	about := map[string]any{"from": keep, "to": row.Area}
	if step == proposal.Again {
		about["earlier"] = why
	}
	row.Area = keep
	if err := p.Open(ctx, tx, ErrMoves); err != nil {
		return err
	}
	about["proposal"] = p.ID
	return ledger.Record(ctx, tx, actor.For(access.CameraConfigure, row.ID).Act(p.ProposedAt, "camera.area_proposed", row.ID, row.ID, about))
}

// chain gives the areas that one lies in, itself first.
func (r *Registry) chain(ctx context.Context, tx bun.IDB, area string) ([]string, error) {
	switch {
	case area == "":
		return nil, nil
	case r.Chain == nil:
		return []string{area}, nil
	}
	return r.Chain(ctx, tx, area)
}

func (r *Registry) apart(ctx context.Context, tx bun.Tx, actor access.Actor, row *cameraRow, all []streamRow, names whereabouts.Names) (*cameraRow, error) {
	borders, err := border.Read(ctx, tx)
	if err != nil || borders.None() {
		return nil, err
	}
	same, near, err := r.elsewhere(ctx, tx, actor, borders, row, all, names)
	if same != nil || err != nil {
		return same, err
	}
	return near, nil
}

// elsewhere looks for a camera that other people see than those who see this one where it is to
// hang: same has the address of one of its streams, or is or was at one of its hosts and beyond
// the actor's reach, who then names no path there alone: which of them show the same no address
// tells. near is or was at one of its hosts, where none there is seen by the same people. A
// recorder has cameras of many areas.
func (r *Registry) elsewhere(ctx context.Context, tx bun.Tx, actor access.Actor, borders border.Borders, row *cameraRow, all []streamRow, names whereabouts.Names) (same, near *cameraRow, err error) {
	here, err := r.chain(ctx, tx, row.Area)
	if err != nil {
		return nil, nil, err
	}
	var cameras []cameraRow
	if err := tx.NewSelect().Model(&cameras).Where("id <> ?", row.ID).OrderExpr("created_at DESC, id").Scan(ctx); err != nil {
		return nil, nil, problem.Wrap(err, "look for cameras")
	}
	at, left, err := whereabouts.Cameras(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	differs, alike := map[string]bool{}, false
	var beyond *cameraRow
	for i := range cameras {
		g := &cameras[i]
		whole, host := false, false
		for _, s := range all {
			w, h := whereabouts.Of(s.URL).Meets(names, at[g.ID], left[g.ID])
			whole, host = whole || w, host || h
		}
		if !host {
			continue
		}
		if _, known := differs[g.Area]; !known {
			there, err := r.chain(ctx, tx, g.Area)
			if err != nil {
				return nil, nil, err
			}
			differs[g.Area] = borders.Between(there, here)
		}
		switch {
		case !differs[g.Area]:
			alike = true
		case whole && g.RetiredAt == nil:
			return g, nil, nil
		case beyond == nil && access.Can(actor, access.CameraConfigure, g.ID) != nil:
			beyond = g
		case near == nil:
			near = g
		}
	}
	if alike {
		near = nil
	}
	return beyond, near, nil
}

// Moves decides on other areas of cameras that wait.
type Moves struct{ Registry *Registry }

// Move is another area of a camera that waits for another person, or did.
type Move struct {
	proposal.Proposal
	From, To  string // ids; empty: above all areas
	Overtaken bool   // it is open, and the camera hangs elsewhere by now
}

func moveOf(p proposal.Proposal, now Spot) (m Move, err error) {
	m.Proposal = p
	err = errors.Join(json.Unmarshal([]byte(p.ValueBefore), &m.From), json.Unmarshal([]byte(p.ValueAfter), &m.To))
	m.Overtaken = p.State == proposal.Proposed && now.Area != m.From
	return m, problem.Wrap(err, "read a proposed area")
}

// List gives proposals, the latest first; of one state, unless it is empty.
func (m *Moves) List(ctx context.Context, state proposal.State) ([]Move, error) {
	return listed(ctx, m.Registry, proposal.Area, state, moveOf)
}

// Decide confirms or refuses an area that somebody else proposed.
func (m *Moves) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error {
	return m.Registry.decide(ctx, actor, proposal.Area, id, approve, note, m.Registry.takeArea)
}

// Withdraw takes back what one proposed.
func (m *Moves) Withdraw(ctx context.Context, actor access.Actor, id, note string) error {
	return m.Registry.withdraw(ctx, actor, proposal.Area, id, note, m.Registry.takeArea)
}

func (r *Registry) takeArea(ctx context.Context, tx bun.Tx, row *cameraRow, p proposal.Proposal) (from, to any, overtaken bool, err error) {
	m, err := moveOf(p, Spot{Area: row.Area})
	if err == nil {
		err = r.hang(ctx, tx, row, &m.To)
	}
	return m.From, m.To, m.Overtaken, err
}
