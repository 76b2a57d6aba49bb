package notice

import (
	"context"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Give tells some control rooms something, or all to which the actor may give instructions.
func (b *Book) Give(ctx context.Context, actor access.Actor, n New) (Entry, error) {
	return b.add(ctx, actor, access.DutyInstruct, n, Telling{Giver: actor.Person})
}

// Told enters what a leader told the watch by telephone, in the leader's name.
func (b *Book) Told(ctx context.Context, actor access.Actor, n New, t Telling) (Entry, error) {
	if len(n.Rooms) == 0 {
		return Entry{}, ErrRooms
	}
	return b.add(ctx, actor, access.DutyStand, n, t)
}

func (b *Book) add(ctx context.Context, actor access.Actor, right access.Action, n New, t Telling) (e Entry, err error) {
	if err := access.Can(actor, right, ""); err != nil {
		return e, err
	}
	if !actor.InPerson() {
		return e, ErrPerson
	}
	id := db.NewID()
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		rooms, err := b.addressed(ctx, tx, actor, right, n.Rooms)
		if err != nil {
			return err
		}
		now := b.Clock.Micro()
		e = Entry{ID: id, Kind: n.Kind, At: now, SaidAt: now, By: actor.Person, Giver: t.Giver, Until: n.Until, State: Open, Owner: n.Owner, Due: n.Due}
		for i := range rooms {
			e.Rooms = append(e.Rooms, rooms[i].ID)
		}
		if e.Text, err = text.Block("text", n.Text, 4, 2000); err != nil {
			return err
		}
		if err := b.fits(ctx, tx, &e); err != nil {
			return err
		}
		if right == access.DutyStand {
			if err := b.said(ctx, tx, &e, t, rooms); err != nil {
				return err
			}
		}
		if err := insert(ctx, tx, &e); err != nil {
			return err
		}
		detail := map[string]any{"what": e.Kind, "rooms": e.Rooms, "text": e.Text, "giver": e.Giver, "until": e.Until, "owner": e.Owner, "due": e.Due, "saidAt": e.SaidAt}
		if err := ledger.Record(ctx, tx, actor.For(right, "").Act(now, "instruction.given", id, "", detail)); err != nil {
			return err
		}
		return b.note(ctx, tx, &e, e.Rooms, duty.Line{At: e.SaidAt, Code: "instruction_given", Person: e.Giver})
	})
	if err == nil {
		b.tell(e.Rooms)
	}
	return e, err
}

// addressed gives the rooms that something is for.
func (b *Book) addressed(ctx context.Context, tx bun.IDB, actor access.Actor, right access.Action, ids []string) (rooms []duty.Room, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) > mostRooms {
		return nil, ErrRooms
	}
	for _, id := range ids {
		r, err := b.Rooms.In(ctx, tx, actor, right, id)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, r)
	}
	if len(ids) > 0 {
		return rooms, nil
	}
	all, err := duty.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	reach, err := duty.ReachOf(ctx, tx, b.Rooms.Chain, all...)
	if err != nil {
		return nil, err
	}
	rooms = slices.DeleteFunc(all, func(r duty.Room) bool { return r.RetiredAt != nil || reach.May(actor, right, &r) != nil })
	if len(rooms) == 0 || len(rooms) > mostRooms {
		return nil, ErrRooms
	}
	return rooms, nil
}

// fits is nil where kind, times and owner may be.
func (b *Book) fits(ctx context.Context, tx bun.IDB, e *Entry) error {
	if e.Kind != Instruction && e.Kind != Notice {
		return ErrKind
	}
	if e.Until != 0 && (e.Until <= e.At || e.Until > e.At+farthest.Microseconds()) {
		return ErrUntil
	}
	if e.Kind == Notice {
		e.Owner, e.Due = "", 0
	}
	return owned(ctx, tx, e.Owner, e.Due, e.At, false)
}

// owned is nil where somebody can see to something until a day.
func owned(ctx context.Context, tx bun.IDB, owner string, due, now int64, needed bool) error {
	if due != 0 && (due <= now || due > now+farthest.Microseconds()) || due == 0 && needed {
		return ErrDue
	}
	if owner == "" {
		if needed {
			return ErrOwner
		}
		return nil
	}
	n, err := tx.NewSelect().Table("people").Where("id = ?", owner).Where("disabled = ?", false).Count(ctx)
	if err == nil && n == 0 {
		return ErrOwner
	}
	return problem.Wrap(err, "look for an owner")
}

// said notes that a leader gave it by telephone, who is to sign for it.
func (b *Book) said(ctx context.Context, tx bun.IDB, e *Entry, t Telling, rooms []duty.Room) error {
	if t.Giver == "" || t.Giver == e.By {
		return ErrGiver
	}
	for i := range rooms {
		if b.May == nil {
			continue
		}
		may, err := b.May(ctx, tx, t.Giver, &rooms[i])
		if err != nil {
			return err
		}
		if !may {
			return ErrGiver.With("room", rooms[i].Name)
		}
	}
	if t.At != 0 {
		if t.At > e.At || t.At < e.At-oldest.Microseconds() {
			return ErrFuture
		}
		e.SaidAt = t.At
	}
	e.Awaits, e.AwaitsUntil = t.Giver, e.At+within.Get(b.Rules).Microseconds()
	return nil
}

func (b *Book) note(ctx context.Context, tx bun.IDB, e *Entry, rooms []string, l duty.Line) error {
	if b.Note == nil {
		return nil
	}
	for _, room := range rooms {
		l.Room, l.Subject, l.Params = room, e.ID, map[string]any{"kind": string(e.Kind), "text": e.Text, "giver": e.Giver}
		if err := b.Note(ctx, tx, l); err != nil {
			return problem.Wrap(err, "write into the duty record")
		}
	}
	return nil
}

// deed is one step, in its transaction.
type deed struct {
	tx    bun.Tx
	actor access.Actor
	rooms []duty.Room // of the entry, that the actor may know of and are in use
	reach duty.Reach
	e     Entry
	now   int64
}

// may tells whether the actor may do one of some things in a room of the entry.
func (d *deed) may(actions ...access.Action) bool {
	return slices.ContainsFunc(d.rooms, func(r duty.Room) bool {
		return slices.ContainsFunc(actions, func(a access.Action) bool { return d.reach.May(d.actor, a, &r) == nil })
	})
}

func (b *Book) do(ctx context.Context, actor access.Actor, id string, step func(ctx context.Context, d *deed) error) (e Entry, err error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return e, err
	}
	if !actor.InPerson() {
		return e, ErrPerson
	}
	err = b.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		d := deed{tx: tx, actor: actor, now: b.Clock.Micro()}
		if d.e, err = load(ctx, tx, id); err != nil {
			return err
		}
		for _, room := range d.e.Rooms {
			r, err := b.Rooms.Look(ctx, tx, actor, room)
			if errors.Is(err, duty.ErrRoomUnknown) {
				continue
			}
			if err != nil {
				return err
			}
			d.rooms = append(d.rooms, r)
		}
		if len(d.rooms) == 0 {
			return ErrUnknown
		}
		if d.e.State != Open {
			return ErrState
		}
		if d.reach, err = duty.ReachOf(ctx, tx, b.Rooms.Chain, d.rooms...); err != nil {
			return err
		}
		err := step(ctx, &d)
		e = d.e
		return err
	})
	if err == nil {
		b.tell(e.Rooms)
	}
	return e, err
}

// write keeps a step with its act and where the entry stands from then on.
func (d *deed) write(ctx context.Context, s Step) error {
	s.Seq, s.At, s.By = len(d.e.Steps)+1, d.now, d.actor.Person
	r := stepRow{Instruction: d.e.ID, Seq: s.Seq, Kind: s.Kind, At: s.At, ByPerson: s.By, Note: s.Note, Owner: s.Owner, Due: s.Due}
	if _, err := d.tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return problem.Wrap(err, "keep a step of an instruction")
	}
	d.e.Steps = append(d.e.Steps, s)
	_, err := d.tx.NewUpdate().Model((*row)(nil)).Set("state = ?", d.e.State).Set("owner = ?", d.e.Owner).Set("due = ?", d.e.Due).Set("awaits = ?", d.e.Awaits).Set("awaits_until = ?", d.e.AwaitsUntil).
		Where("id = ?", d.e.ID).Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "keep where an instruction stands")
	}
	detail := map[string]any{"rooms": d.e.Rooms}
	if s.Note != "" {
		detail["note"] = s.Note
	}
	if s.Kind == "assigned" {
		detail["owner"], detail["due"] = s.Owner, s.Due
	}
	return ledger.Record(ctx, d.tx, d.actor.For(access.DutyRead, "").Act(d.now, "instruction."+s.Kind, d.e.ID, "", detail))
}

// Assign says who sees to an instruction, and until when: who gave it does, and who keeps watch,
// decides on it or gives instructions there.
func (b *Book) Assign(ctx context.Context, actor access.Actor, id, owner string, due int64) (Entry, error) {
	return b.do(ctx, actor, id, func(ctx context.Context, d *deed) error {
		if actor.Person != d.e.Giver && !d.may(access.DutyStand, access.DutyDecide, access.DutyInstruct) {
			if err := access.Can(actor, access.DutyStand, ""); err != nil {
				return err
			}
			return duty.ErrRoomOther.With("action", string(access.DutyStand)).With("room", d.rooms[0].Name)
		}
		if d.e.Kind != Instruction {
			return ErrNotice
		}
		if err := owned(ctx, d.tx, owner, due, d.now, true); err != nil {
			return err
		}
		d.e.Owner, d.e.Due = owner, due
		return d.write(ctx, Step{Kind: "assigned", Owner: owner, Due: due})
	})
}

// Confirm says that the actor read it.
func (b *Book) Confirm(ctx context.Context, actor access.Actor, id string) (Entry, error) {
	return b.do(ctx, actor, id, func(ctx context.Context, d *deed) error {
		if d.e.Read(actor.Person) != 0 {
			return ErrRead
		}
		r := readRow{Instruction: id, Person: actor.Person, At: d.now}
		if _, err := d.tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "keep that somebody read")
		}
		d.e.Reads = append(d.e.Reads, Reading{Person: actor.Person, At: d.now})
		if err := ledger.Record(ctx, d.tx, actor.For(access.DutyRead, "").Act(d.now, "instruction.read", id, "", map[string]any{"rooms": d.e.Rooms})); err != nil {
			return err
		}
		rooms := []string{}
		for i := range d.rooms {
			if d.reach.May(actor, access.DutyStand, &d.rooms[i]) == nil && d.rooms[i].RetiredAt == nil {
				rooms = append(rooms, d.rooms[i].ID)
			}
		}
		return b.note(ctx, d.tx, &d.e, rooms, duty.Line{At: d.now, Code: "instruction_read", Person: actor.Person})
	})
}

// Countersign signs for having given it by telephone, or denies it; what was denied is withdrawn.
func (b *Book) Countersign(ctx context.Context, actor access.Actor, id string, did bool, note string) (Entry, error) {
	return b.do(ctx, actor, id, func(ctx context.Context, d *deed) error {
		if d.e.Awaits == "" || d.e.Awaits != actor.Person {
			return ErrNotAsked
		}
		least, kind := 0, "countersigned"
		if !did {
			least, kind, d.e.State = 4, "denied", Withdrawn
		}
		note, err := text.Block("note", note, least, 1000)
		if err != nil {
			return err
		}
		d.e.Awaits, d.e.AwaitsUntil = "", 0
		return d.write(ctx, Step{Kind: kind, Note: note})
	})
}

// Result writes what came of it, by who sees to it or who gave it, and closes it where that is all.
func (b *Book) Result(ctx context.Context, actor access.Actor, id, note string, closes bool) (Entry, error) {
	return b.do(ctx, actor, id, func(ctx context.Context, d *deed) error {
		if actor.Person != d.e.Owner && actor.Person != d.e.Giver {
			return ErrNotYours
		}
		if closes && d.e.Awaits != "" {
			return ErrUnsigned
		}
		note, err := text.Block("note", note, 4, 2000)
		if err != nil {
			return err
		}
		kind := "result"
		if closes {
			kind, d.e.State = "closed", Closed
		}
		return d.write(ctx, Step{Kind: kind, Note: note})
	})
}

// Withdraw takes it back, by who gave it.
func (b *Book) Withdraw(ctx context.Context, actor access.Actor, id, why string) (Entry, error) {
	return b.do(ctx, actor, id, func(ctx context.Context, d *deed) error {
		if actor.Person != d.e.Giver {
			return ErrNotGiver
		}
		why, err := text.Block("reason", why, 4, 1000)
		if err != nil {
			return err
		}
		d.e.State, d.e.Awaits, d.e.AwaitsUntil = Withdrawn, "", 0
		return d.write(ctx, Step{Kind: "withdrawn", Note: why})
	})
}
