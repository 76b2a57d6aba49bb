package roomcam

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/border"
	"watchroom/internal/access/proposal"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Kinds of acts.
const (
	kindMarked   = "camera.room_marked"
	kindEnded    = "camera.room_ended"
	kindProposed = "camera.room_proposed"
)

type row struct {
	bun.BaseModel `bun:"table:control_rooms,alias:control_room"`
	Camera        string `bun:",pk"`
	Name          string
	Networks      string // JSON
	MarkedBy      string
	MarkedAt      int64
	EndedBy       string
	EndedAt       int64
}

func (r *row) room() (Room, error) {
	out := Room{Camera: r.Camera, Content: Content{Name: r.Name}, By: r.MarkedBy, At: r.MarkedAt, EndedBy: r.EndedBy, EndedAt: r.EndedAt}
	return out, problem.Wrap(json.Unmarshal([]byte(r.Networks), &out.Networks), "read a control room")
}

// Register keeps them.
type Register struct {
	DB    *db.DB
	Clock clock.Clock
	// Changed is told of a camera that watches a control room, or watches it no more, before
	// that is answered; may be nil.
	Changed func(camera string)
}

// List gives the control rooms that a camera watches, by name.
func (x *Register) List(ctx context.Context) ([]Room, error) {
	all, err := read(ctx, x.DB.Read(), "")
	return slices.DeleteFunc(all, func(r Room) bool { return r.EndedAt != 0 }), err
}

// Since gives those that were watched at an instant (µs) or later.
func (x *Register) Since(ctx context.Context, at int64) ([]Room, error) {
	all, err := read(ctx, x.DB.Read(), "")
	return slices.DeleteFunc(all, func(r Room) bool { return r.EndedAt != 0 && r.EndedAt <= at }), err
}

// read gives all rooms, also such as were; or that of one camera.
func read(ctx context.Context, tx bun.IDB, camera string) ([]Room, error) {
	var rows []row
	q := tx.NewSelect().Model(&rows).OrderExpr("name, camera")
	if camera != "" {
		q.Where("camera = ?", camera)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read control rooms")
	}
	all := make([]Room, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].room(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// of gives the room that a camera watches; nil: it watches none.
func of(ctx context.Context, tx bun.IDB, camera string) (*Room, error) {
	all, err := read(ctx, tx, camera)
	if err != nil || len(all) == 0 || all[0].EndedAt != 0 {
		return nil, err
	}
	return &all[0], nil
}

func there(ctx context.Context, tx bun.IDB, camera string) error {
	n, err := tx.NewSelect().Table("cameras").Where("id = ?", camera).Count(ctx)
	if err == nil && n == 0 {
		return ErrCamera
	}
	return problem.Wrap(err, "look for a camera")
}

func (x *Register) tell(camera string) {
	if x.Changed != nil {
		x.Changed(camera)
	}
}

// Mark says that a camera watches a control room, or says otherwise what the room is.
func (x *Register) Mark(ctx context.Context, actor access.Actor, camera string, c Content) (r Room, err error) {
	if err := access.Can(actor, access.CameraConfigure, camera); err != nil {
		return r, err
	}
	if c, err = clean(c); err != nil {
		return r, err
	}
	changed := false
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		changed = false
		if err := there(ctx, tx, camera); err != nil {
			return err
		}
		now, err := of(ctx, tx, camera)
		if err != nil {
			return err
		}
		if now != nil && now.same(&c) {
			r = *now
			return nil
		}
		changed = true
		r, err = x.write(ctx, tx, actor.For(access.CameraConfigure, camera), camera, c, map[string]any{})
		return err
	})
	if err == nil && changed {
		x.tell(camera)
	}
	return r, err
}

// write keeps a mark with its act, whose detail has what there is to say besides it.
func (x *Register) write(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, c Content, detail map[string]any) (Room, error) {
	networks, err := json.Marshal(c.Networks)
	if err != nil {
		return Room{}, problem.Wrap(err, "write down a control room")
	}
	at := x.Clock.Micro()
	r := row{Camera: camera, Name: c.Name, Networks: string(networks), MarkedBy: actor.Person, MarkedAt: at}
	q := tx.NewInsert().Model(&r).On("CONFLICT (camera) DO UPDATE")
	for _, column := range []string{"name", "networks", "marked_by", "marked_at", "ended_by", "ended_at"} {
		q.Set(column + " = EXCLUDED." + column)
	}
	if _, err := q.Exec(ctx); err != nil {
		return Room{}, problem.Wrap(err, "keep a control room")
	}
	detail["name"], detail["networks"] = c.Name, c.Networks
	return Room{Camera: camera, Content: c, By: actor.Person, At: at}, ledger.Record(ctx, tx, actor.Act(at, kindMarked, camera, camera, detail))
}

// End says that a camera watches no control room any more. That waits for another person, and
// waiting is the proposal. Before anybody can confirm, and on the machine itself, one person
// does it alone.
func (x *Register) End(ctx context.Context, actor access.Actor, camera, reason string) (waiting *proposal.Proposal, err error) {
	if err := access.Can(actor, access.CameraConfigure, camera); err != nil {
		return nil, err
	}
	why, err := proposal.Reason(reason)
	if err != nil {
		return nil, ErrReason
	}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		waiting = nil
		now, err := of(ctx, tx, camera)
		if err != nil {
			return err
		}
		if now == nil {
			return ErrUnknown
		}
		alone, err := border.Alone(ctx, tx, actor)
		if err != nil {
			return err
		}
		if !alone {
			waiting, err = x.propose(ctx, tx, actor, now, why)
			return err
		}
		return x.end(ctx, tx, actor.For(access.CameraConfigure, camera), camera, x.Clock.Micro(), map[string]any{"reason": why, "alone": true})
	})
	if err == nil && waiting == nil {
		x.tell(camera)
	}
	return waiting, err
}

func (x *Register) propose(ctx context.Context, tx bun.Tx, actor access.Actor, now *Room, why string) (*proposal.Proposal, error) {
	from, err := json.Marshal(now.Content)
	if err != nil {
		return nil, problem.Wrap(err, "write down a control room")
	}
	p := proposal.Proposal{Kind: proposal.Room, Subject: now.Camera, ValueBefore: string(from), ValueAfter: "{}", Reason: why, ProposedBy: actor.Person, ProposedAt: x.Clock.Micro()}
	if p.ProposedBy == "" {
		return nil, proposal.ErrNobody
	}
	if err := p.Open(ctx, tx, ErrWaits); err != nil {
		return nil, err
	}
	return &p, ledger.Record(ctx, tx, actor.For(access.CameraConfigure, now.Camera).Act(p.ProposedAt, kindProposed, now.Camera, now.Camera,
		map[string]any{"proposal": p.ID, "from": now.Content, "to": map[string]any{}, "reason": why}))
}

// end ends a mark at an instant (µs), with its act.
func (x *Register) end(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, at int64, detail map[string]any) error {
	_, err := tx.NewUpdate().Model((*row)(nil)).Set("ended_by = ?", actor.Person).Set("ended_at = ?", at).Where("camera = ?", camera).Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "end a control room")
	}
	return ledger.Record(ctx, tx, actor.Act(at, kindEnded, camera, camera, detail))
}

// Inherit marks a camera like others of its device: whoever registers the device anew, or gives
// its address to another camera, would give its footage to those who sit in the room. It is
// called inside the transaction in which the camera came to its address, with where names of
// hosts lead; see whereabouts.Kin.
func (x *Register) Inherit(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error {
	rooms, err := read(ctx, tx, "")
	if err != nil || slices.ContainsFunc(rooms, func(r Room) bool { return r.Camera == camera && r.EndedAt == 0 }) {
		return err
	}
	if rooms = slices.DeleteFunc(rooms, func(r Room) bool { return r.Camera == camera || r.EndedAt != 0 }); len(rooms) == 0 {
		return nil
	}
	kin, err := whereabouts.Kin(ctx, tx, camera, names)
	if err != nil {
		return err
	}
	for i := range rooms {
		if r := &rooms[i]; kin(r.Camera) {
			_, err := x.write(ctx, tx, actor.For(access.CameraConfigure, camera), camera, r.Content, map[string]any{"earlier": r.Camera})
			return err
		}
	}
	return nil
}
