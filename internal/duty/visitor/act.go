package visitor

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

// Add registers somebody who came. Whom a rule of the house lets in, and whom a host brings who may
// let visitors in, goes in without waiting; the host signs for it afterwards.
func (x *Register) Add(ctx context.Context, actor access.Actor, room string, n New) (v Visit, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return v, err
	}
	if !actor.InPerson() {
		return v, ErrPerson
	}
	id := db.NewID()
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.Rooms.In(ctx, tx, actor, access.DutyStand, room)
		if err != nil {
			return err
		}
		if err := n.clean(); err != nil {
			return err
		}
		now := x.Clock.Micro()
		came, err := stamp(n.At, now, 0)
		if err != nil {
			return err
		}
		hosted, err := x.host(ctx, tx, actor, &r, n.Host)
		if err != nil {
			return err
		}
		one := row{ID: id, Room: r.ID, At: now, CameAt: came, ByPerson: actor.Person, Kind: n.Kind, Host: n.Host, Met: n.Met, State: Registered, Seq: 1}
		if _, err := tx.NewInsert().Model(&one).Exec(ctx); err != nil {
			return problem.Wrap(err, "register a visitor")
		}
		if err := say(ctx, tx, &one, n.Content, 1, now, actor.Person, ""); err != nil {
			return err
		}
		detail := map[string]any{"room": r.ID, "name": n.Name, "unit": n.Unit, "visitor": n.Kind, "identityEnds": Tail(n.IDNumber), "host": n.Host, "met": n.Met, "came": came}
		if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(now, "visitor.registered", id, "", detail)); err != nil {
			return err
		}
		c := change{x: x, tx: tx, actor: actor, room: &r, now: now}
		if c.v, err = load(ctx, tx, id); err != nil {
			return err
		}
		switch {
		case slices.Contains(preapproved.Get(x.Rules), string(n.Kind)):
			err = c.step(ctx, Approved, "", Step{Kind: "preapproved", DoneAt: came})
		case hosted && n.Kind != OwnGuest:
			c.awaits = n.Host
			err = c.step(ctx, Approved, "", Step{Kind: "hosted", DoneAt: came, Person: n.Host})
		}
		v = c.v
		return err
	})
	if err == nil {
		x.tell(room)
	}
	return v, err
}

// host tells whether a host lets in whom they bring. The one who registers does not.
func (x *Register) host(ctx context.Context, tx bun.IDB, actor access.Actor, r *duty.Room, host string) (lets bool, err error) {
	if host == "" {
		return false, nil
	}
	n, err := tx.NewSelect().Table("people").Where("id = ?", host).Count(ctx)
	if err != nil {
		return false, problem.Wrap(err, "look for a host")
	}
	if n == 0 {
		return false, ErrHost
	}
	if host == actor.Person {
		return false, nil
	}
	return x.may(ctx, tx, host, r)
}

func (x *Register) may(ctx context.Context, tx bun.IDB, person string, r *duty.Room) (bool, error) {
	if x.May == nil {
		return true, nil
	}
	return x.May(ctx, tx, person, r)
}

// say keeps what is said of a visit.
func say(ctx context.Context, tx bun.IDB, v *row, c Content, seq int, at int64, by, why string) error {
	r := contentRow{Visit: v.ID, Seq: seq, At: at, ByPerson: by, Why: why, Name: c.Name, NameKey: text.Key(c.Name), Unit: c.Unit, UnitKey: text.Key(c.Unit),
		IDKind: c.IDKind, IDNumber: c.IDNumber, Reason: c.Reason, HostName: c.HostName, Papers: c.Papers, Items: c.Items}
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return problem.Wrap(err, "keep what is said of a visit")
}

// change is one step of a visit, in its transaction.
type change struct {
	x      *Register
	tx     bun.Tx
	actor  access.Actor
	right  access.Action
	room   *duty.Room
	v      Visit
	now    int64
	awaits string // who signs afterwards for what is being done
}

// step writes a step with its act, and where the visit stands from then on. Without a kind of act the
// act was written already.
func (c *change) step(ctx context.Context, state State, kind string, s Step) error {
	s.Seq, s.At, s.By = len(c.v.Steps)+1, c.now, c.actor.Person
	if s.DoneAt == 0 {
		s.DoneAt = c.now
	}
	r := stepRow{Visit: c.v.ID, Seq: s.Seq, Kind: s.Kind, At: s.At, DoneAt: s.DoneAt, ByPerson: s.By, Person: s.Person, Number: s.Number, Note: s.Note,
		Badge: s.Badge, Phone: s.Phone, Secrecy: s.Secrecy, Saw: s.Saw, CaseNo: s.Case}
	if _, err := c.tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return problem.Wrap(err, "keep a step of a visit")
	}
	c.v.Steps, c.v.State = append(c.v.Steps, s), state
	switch {
	case c.awaits != "":
		c.v.Awaits, c.v.AwaitsUntil = c.awaits, c.now+within.Get(c.x.Rules).Microseconds()
	case s.Kind == "countersigned" || s.Kind == "denied":
		c.v.Awaits, c.v.AwaitsUntil = "", 0
	}
	if err := c.stands(ctx); err != nil || kind == "" {
		return err
	}
	detail := map[string]any{"room": c.room.ID, "name": c.v.Name}
	for key, value := range map[string]string{"person": s.Person, "number": s.Number, "note": s.Note, "badge": s.Badge, "saw": s.Saw, "caseNo": s.Case} {
		if value != "" {
			detail[key] = value
		}
	}
	if s.DoneAt != s.At {
		detail["doneAt"] = s.DoneAt
	}
	if s.Kind == "entered" {
		detail["phone"], detail["secrecy"] = s.Phone, s.Secrecy
	}
	return ledger.Record(ctx, c.tx, c.actor.For(c.right, "").Act(c.now, kind, c.v.ID, "", detail))
}

// stands keeps where the visit stands.
func (c *change) stands(ctx context.Context) error {
	_, err := c.tx.NewUpdate().Model((*row)(nil)).Set("state = ?", c.v.State).Set("seq = ?", len(c.v.Versions)).Set("awaits = ?", c.v.Awaits).Set("awaits_until = ?", c.v.AwaitsUntil).
		Where("id = ?", c.v.ID).Exec(ctx)
	return problem.Wrap(err, "keep where a visit stands")
}

func (c *change) note(ctx context.Context, code string, at int64) error {
	if c.x.Note == nil {
		return nil
	}
	return problem.Wrap(c.x.Note(ctx, c.tx, duty.Line{Room: c.room.ID, At: at, Code: code, Person: c.actor.Person, Subject: c.v.ID,
		Params: map[string]any{"name": c.v.Name, "unit": c.v.Unit, "kind": string(c.v.Kind)}}), "write into the duty record")
}

// do carries out one step of a visit. That somebody tried to go in whom nobody let in stays on record.
func (x *Register) do(ctx context.Context, actor access.Actor, right access.Action, id string, step func(ctx context.Context, c *change) error) (v Visit, err error) {
	if err := access.Can(actor, right, ""); err != nil {
		return v, err
	}
	if !actor.InPerson() {
		return v, ErrPerson
	}
	var kept error
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		kept = nil
		if v, err = load(ctx, tx, id); err != nil {
			return err
		}
		r, err := x.Rooms.In(ctx, tx, actor, right, v.Room)
		if errors.Is(err, duty.ErrRoomUnknown) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		c := change{x: x, tx: tx, actor: actor, right: right, room: &r, v: v, now: x.Clock.Micro()}
		err = step(ctx, &c)
		if errors.Is(err, ErrNotApproved) { // that somebody tried stays
			kept, err = ErrNotApproved, nil
		}
		v = c.v
		return err
	})
	if err == nil {
		x.tell(v.Room)
		err = kept
	}
	return v, err
}

// must is nil where the visit stands in one of some states.
func (c *change) must(states ...State) error {
	if !slices.Contains(states, c.v.State) {
		return ErrState.With("state", string(c.v.State))
	}
	return nil
}

// Approve lets a visitor in, Refuse does not. Who registered them does neither.
func (x *Register) Approve(ctx context.Context, actor access.Actor, id, note string) (Visit, error) {
	return x.decide(ctx, actor, id, Approved, "visitor.approved", note, 0, Registered)
}

// Refuse says that somebody does not come in, also one who was let in and is not inside yet.
func (x *Register) Refuse(ctx context.Context, actor access.Actor, id, note string) (Visit, error) {
	return x.decide(ctx, actor, id, Refused, "visitor.refused", note, 4, Registered, Approved)
}

func (x *Register) decide(ctx context.Context, actor access.Actor, id string, to State, kind, note string, least int, from ...State) (Visit, error) {
	return x.do(ctx, actor, access.VisitorApprove, id, func(ctx context.Context, c *change) error {
		if c.v.By == actor.Person {
			return ErrOwn
		}
		if err := c.must(from...); err != nil {
			return err
		}
		note, err := text.Block("note", note, least, 500)
		if err != nil {
			return err
		}
		if to == Refused {
			c.v.Awaits, c.v.AwaitsUntil = "", 0
		}
		return c.step(ctx, to, kind, Step{Kind: string(to), Note: note})
	})
}

// Told says who let a visitor in by telephone: they sign for it within a day (C057, practice P1).
func (x *Register) Told(ctx context.Context, actor access.Actor, id, person, number string, at int64, note string) (Visit, error) {
	return x.do(ctx, actor, access.DutyStand, id, func(ctx context.Context, c *change) error {
		if err := c.must(Registered); err != nil {
			return err
		}
		number, err := text.Line("number", number, 3, 40)
		if err != nil {
			return err
		}
		if note, err = text.Block("note", note, 0, 500); err != nil {
			return err
		}
		done, err := stamp(at, c.now, 0)
		if err != nil {
			return err
		}
		may := person != "" && person != actor.Person && person != c.v.By
		if may {
			may, err = x.may(ctx, c.tx, person, c.room)
		}
		if err != nil {
			return err
		}
		if !may {
			return ErrApprover
		}
		c.awaits = person
		return c.step(ctx, Approved, "visitor.told", Step{Kind: "told", DoneAt: done, Person: person, Number: number, Note: note})
	})
}

// Countersign signs for having let a visitor in, by telephone or as their host, or denies it. Who
// denies it closes the door to who is not inside yet.
func (x *Register) Countersign(ctx context.Context, actor access.Actor, id string, did bool, note string) (Visit, error) {
	return x.do(ctx, actor, access.DutyRead, id, func(ctx context.Context, c *change) error {
		if c.v.Awaits != actor.Person {
			return ErrNotAsked
		}
		least, kind, state := 0, "countersigned", c.v.State
		if !did {
			least, kind = 4, "denied"
			if state == Approved {
				state = Refused
			}
		}
		note, err := text.Block("note", note, least, 500)
		if err != nil {
			return err
		}
		return c.step(ctx, state, "visitor."+kind, Step{Kind: kind, Note: note})
	})
}

// Entry is what is said of who goes in.
type Entry struct {
	At      int64 // µs; 0: now
	Badge   string
	Phone   bool // left in the locker
	Secrecy bool // pledged
}

// Enter says that a visitor went in, or is met outside. Where nobody let them in that is refused, and
// stays on record.
func (x *Register) Enter(ctx context.Context, actor access.Actor, id string, e Entry) (Visit, error) {
	return x.do(ctx, actor, access.DutyStand, id, func(ctx context.Context, c *change) error {
		if err := c.must(Registered, Approved, Refused); err != nil {
			return err
		}
		badge, err := text.Line("badge", e.Badge, 0, 40)
		if err != nil {
			return err
		}
		done, err := stamp(e.At, c.now, c.v.CameAt)
		if err != nil {
			return err
		}
		if c.v.State != Approved {
			if err := c.step(ctx, c.v.State, "visitor.stopped", Step{Kind: "stopped"}); err != nil {
				return err
			}
			return ErrNotApproved
		}
		state := Inside
		if c.v.Met == "outside" {
			state = Met
		}
		if err := c.step(ctx, state, "visitor.entered", Step{Kind: "entered", DoneAt: done, Badge: badge, Phone: e.Phone, Secrecy: e.Secrecy}); err != nil {
			return err
		}
		return c.note(ctx, "visitor_in", done)
	})
}

// Leaving is what is said of who goes.
type Leaving struct {
	At   int64  // µs; 0: now
	Saw  string // "nothing", "live" or "recorded"
	Case string // of who saw recordings
	Note string
}

// Leave says that a visitor went, and what they saw.
func (x *Register) Leave(ctx context.Context, actor access.Actor, id string, l Leaving) (Visit, error) {
	return x.do(ctx, actor, access.DutyStand, id, func(ctx context.Context, c *change) error {
		if err := c.must(Inside, Met); err != nil {
			return err
		}
		note, err := text.Block("note", l.Note, 0, 500)
		if err != nil {
			return err
		}
		number, err := text.Line("caseNo", l.Case, 0, 100)
		if err != nil {
			return err
		}
		switch {
		case l.Saw != "nothing" && l.Saw != "live" && l.Saw != "recorded", c.v.State == Met && l.Saw != "nothing":
			return ErrSaw
		case l.Saw == "recorded" && number == "":
			return ErrCase
		case l.Saw != "recorded":
			number = ""
		}
		done, err := stamp(l.At, c.now, c.v.In())
		if err != nil {
			return err
		}
		if err := c.step(ctx, Out, "visitor.left", Step{Kind: "left", DoneAt: done, Saw: l.Saw, Case: number, Note: note}); err != nil {
			return err
		}
		return c.note(ctx, "visitor_out", done)
	})
}

// Withdraw says that a visitor went away before they were inside.
func (x *Register) Withdraw(ctx context.Context, actor access.Actor, id, note string) (Visit, error) {
	return x.do(ctx, actor, access.DutyStand, id, func(ctx context.Context, c *change) error {
		if err := c.must(Registered, Approved); err != nil {
			return err
		}
		note, err := text.Block("note", note, 2, 500)
		if err != nil {
			return err
		}
		c.v.Awaits, c.v.AwaitsUntil = "", 0
		return c.step(ctx, Withdrawn, "visitor.withdrawn", Step{Kind: "withdrawn", Note: note})
	})
}

// Correct says otherwise what a visitor is; what was said before stays. Who was let in under another
// name, unit or identity, and is not inside yet, waits anew unless a rule lets them in.
func (x *Register) Correct(ctx context.Context, actor access.Actor, id string, said Content, why string) (Visit, error) {
	return x.do(ctx, actor, access.DutyStand, id, func(ctx context.Context, c *change) error {
		if err := said.clean(); err != nil {
			return err
		}
		if c.v.Host != "" {
			said.HostName = ""
		}
		if said.IDNumber == "" { // who does not see the whole of it leaves it as it is
			said.IDKind, said.IDNumber = c.v.IDKind, c.v.IDNumber
		}
		if err := said.fits(c.v.Kind, c.v.Host); err != nil {
			return err
		}
		why, err := text.Block("why", why, 4, 500)
		if err != nil {
			return err
		}
		was := c.v.Content
		if was == said {
			return ErrSame
		}
		seq := len(c.v.Versions) + 1
		if err := say(ctx, c.tx, &row{ID: id}, said, seq, c.now, actor.Person, why); err != nil {
			return err
		}
		other := was.Name != said.Name || was.Unit != said.Unit || was.IDKind != said.IDKind || was.IDNumber != said.IDNumber
		if other && c.v.State == Approved && c.v.Step("preapproved") == nil {
			c.v.State, c.v.Awaits, c.v.AwaitsUntil = Registered, "", 0
		}
		c.v.Versions, c.v.Content = append(c.v.Versions, Version{Content: said, Seq: seq, At: c.now, By: actor.Person, Why: why}), said
		if err := c.stands(ctx); err != nil {
			return err
		}
		return ledger.Record(ctx, c.tx, actor.For(access.DutyStand, "").Act(c.now, "visitor.corrected", id, "",
			map[string]any{"room": c.room.ID, "seq": seq, "name": said.Name, "unit": said.Unit, "identityEnds": Tail(said.IDNumber), "why": why}))
	})
}
