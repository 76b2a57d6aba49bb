package mask

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/border"
	"watchroom/internal/access/proposal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Kinds of acts.
const (
	kindSet      = "camera.masked"
	kindProposed = "camera.mask_proposed"
)

type row struct {
	bun.BaseModel `bun:"table:camera_masks,alias:camera_mask"`
	Camera        string `bun:",pk"`
	Shapes        string // JSON
	Device        string
	ChangedBy     string
	ChangedAt     int64
}

func (r *row) set() (s Set, err error) {
	s = Set{Camera: r.Camera, Content: Content{Device: r.Device}, By: r.ChangedBy, At: r.ChangedAt}
	return s, problem.Wrap(json.Unmarshal([]byte(r.Shapes), &s.Masks), "read the masks of a camera")
}

// Masks keeps them.
type Masks struct {
	DB    *db.DB
	Clock clock.Clock
	// Changed is told of a camera whose masks are others; may be nil.
	Changed func(camera string)
}

// Of gives what covers the pictures of a camera.
func (m *Masks) Of(ctx context.Context, camera string) (Set, error) {
	return of(ctx, m.DB.Read(), camera)
}

// Read is Of for a camera that there is; ErrCamera for another.
func (m *Masks) Read(ctx context.Context, camera string) (Set, error) {
	if err := there(ctx, m.DB.Read(), camera); err != nil {
		return Set{}, err
	}
	return m.Of(ctx, camera)
}

func of(ctx context.Context, tx bun.IDB, camera string) (Set, error) {
	all, err := read(ctx, tx, camera)
	if err != nil || len(all) == 0 {
		return Set{Camera: camera, Content: Content{Masks: []Mask{}}}, err
	}
	return all[0], nil
}

// All gives what covers pictures, by camera; cameras for which nothing was ever set are not in it.
func (m *Masks) All(ctx context.Context) (map[string]Set, error) {
	all, err := read(ctx, m.DB.Read(), "")
	by := make(map[string]Set, len(all))
	for _, s := range all {
		by[s.Camera] = s
	}
	return by, err
}

// read gives the sets of all cameras, or of one.
func read(ctx context.Context, tx bun.IDB, camera string) ([]Set, error) {
	var rows []row
	q := tx.NewSelect().Model(&rows).OrderExpr("camera")
	if camera != "" {
		q.Where("camera = ?", camera)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read masks")
	}
	all := make([]Set, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].set(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Set sets what covers the pictures of a camera from now on, also in what was recorded before. A
// part that was covered and would not be any more waits for another person: the set stays as it
// was, and waiting is the proposal. reason says why; it may be empty where nothing is shown that
// was not. Before anybody can confirm, and on the machine itself, one person does it alone.
func (m *Masks) Set(ctx context.Context, actor access.Actor, camera string, c Content, reason string) (s Set, waiting *proposal.Proposal, err error) {
	if err := access.Can(actor, access.CameraConfigure, camera); err != nil {
		return s, nil, err
	}
	if c, err = clean(c); err != nil {
		return s, nil, err
	}
	changed := false
	err = m.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		waiting, changed = nil, false
		if err := there(ctx, tx, camera); err != nil {
			return err
		}
		if s, err = of(ctx, tx, camera); err != nil {
			return err
		}
		before := s.Content
		if before.same(&c) {
			return nil
		}
		detail := map[string]any{}
		why := reason
		if why != "" || before.reveals(&c) {
			if why, err = proposal.Reason(reason); err != nil {
				return ErrReason
			}
			detail["reason"] = why
		}
		if before.reveals(&c) {
			alone, err := border.Alone(ctx, tx, actor)
			if err != nil {
				return err
			}
			if !alone {
				waiting, err = m.propose(ctx, tx, actor, camera, before, c, why)
				return err
			}
			detail["alone"] = true
		}
		changed = true
		s, err = m.write(ctx, tx, actor.For(access.CameraConfigure, camera), camera, c, m.Clock.Micro(), detail)
		return err
	})
	if err == nil && changed {
		m.tell(camera)
	}
	return s, waiting, err
}

func there(ctx context.Context, tx bun.IDB, camera string) error {
	n, err := tx.NewSelect().Table("cameras").Where("id = ?", camera).Count(ctx)
	if err == nil && n == 0 {
		return ErrCamera
	}
	return problem.Wrap(err, "look for a camera")
}

func (m *Masks) tell(camera string) {
	if m.Changed != nil {
		m.Changed(camera)
	}
}

func (m *Masks) propose(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, before, c Content, why string) (*proposal.Proposal, error) {
	from, to, err := both(before, c)
	if err != nil {
		return nil, err
	}
	p := proposal.Proposal{Kind: proposal.Mask, Subject: camera, ValueBefore: from, ValueAfter: to, Reason: why, ProposedBy: actor.Person, ProposedAt: m.Clock.Micro()}
	if p.ProposedBy == "" {
		return nil, proposal.ErrNobody
	}
	if err := p.Open(ctx, tx, ErrWaits); err != nil {
		return nil, err
	}
	return &p, ledger.Record(ctx, tx, actor.For(access.CameraConfigure, camera).Act(p.ProposedAt, kindProposed, camera, camera,
		map[string]any{"proposal": p.ID, "from": before, "to": c, "reason": why}))
}

func both(before, after Content) (from, to string, err error) {
	f, err := json.Marshal(before)
	if err != nil {
		return "", "", problem.Wrap(err, "write down masks")
	}
	t, err := json.Marshal(after)
	return string(f), string(t), problem.Wrap(err, "write down masks")
}

// write keeps a set with its act, whose detail has what there is to say besides it.
func (m *Masks) write(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, c Content, at int64, detail map[string]any) (Set, error) {
	shapes, err := json.Marshal(c.Masks)
	if err != nil {
		return Set{}, problem.Wrap(err, "write down masks")
	}
	r := row{Camera: camera, Shapes: string(shapes), Device: c.Device, ChangedBy: actor.Person, ChangedAt: at}
	_, err = tx.NewInsert().Model(&r).On("CONFLICT (camera) DO UPDATE").Set("shapes = EXCLUDED.shapes").Set("device = EXCLUDED.device").
		Set("changed_by = EXCLUDED.changed_by").Set("changed_at = EXCLUDED.changed_at").Exec(ctx)
	if err != nil {
		return Set{}, problem.Wrap(err, "keep masks")
	}
	detail["masks"], detail["device"] = c.Masks, c.Device
	return Set{camera, c, actor.Person, at}, ledger.Record(ctx, tx, actor.Act(at, kindSet, camera, camera, detail))
}
