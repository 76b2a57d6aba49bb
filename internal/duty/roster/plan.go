package roster

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kinds of acts on rosters.
const (
	kindPlanned   = "roster.planned"
	kindChanged   = "roster.changed"
	kindCancelled = "roster.cancelled"
	kindPublished = "roster.published"
)

// when refuses what begins in the past, or far ahead.
func (x *Rosters) when(c *Content, now int64) error {
	switch {
	case c.From < now:
		return ErrPast
	case c.To > now+Furthest:
		return ErrFar
	}
	return nil
}

// Plan adds drafts to the roster of a room: all of them, or none.
func (x *Rosters) Plan(ctx context.Context, actor access.Actor, room string, list []Content) (made []Shift, err error) {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > mostPlanned {
		return nil, ErrMany
	}
	at := x.Clock.Micro()
	for i, c := range list {
		if c, err = clean(c); err == nil {
			err = x.when(&c, at)
		}
		if err != nil {
			return nil, problem.Of(err).With("line", i+1)
		}
		made = append(made, Shift{ID: db.NewID(), Room: room, Content: c, State: Draft, Version: 1})
	}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.Rooms.In(ctx, tx, actor, access.DutyPlan, room)
		if err != nil {
			return err
		}
		if err := add(ctx, tx, made); err != nil {
			return err
		}
		if err := x.check(ctx, tx, &r, made, nil); err != nil {
			return err
		}
		changes := make([]changeRow, len(made))
		for i := range made {
			changes[i] = changeRow{Shift: made[i].ID, Version: 1, Room: room, At: at, ChangedBy: actor.Person, Kind: Planned, Became: plain(made[i].Content)}
		}
		if err := note(ctx, tx, changes); err != nil {
			return err
		}
		span := spanOf(made)
		return ledger.Record(ctx, tx, actor.For(access.DutyPlan, "").Act(at, kindPlanned, room, "", map[string]any{"shifts": len(made), "from": span.From, "to": span.To}))
	})
	if err != nil {
		return nil, err
	}
	x.tell(room)
	return made, nil
}

// spanOf is the time of some shifts.
func spanOf(all []Shift) (s Span) {
	s = all[0].Span()
	for i := range all {
		s.From, s.To = min(s.From, all[i].From), max(s.To, all[i].To)
	}
	return s
}

// mine reads a shift that the actor may plan and that is not over.
func (x *Rosters) mine(ctx context.Context, tx bun.IDB, actor access.Actor, id string, version int, at int64) (s Shift, r duty.Room, err error) {
	if s, err = x.Shift(ctx, tx, id); err != nil {
		return s, r, err
	}
	if _, err := x.Rooms.Look(ctx, tx, actor, s.Room); err != nil {
		return s, r, ErrUnknown
	}
	if r, err = x.Rooms.In(ctx, tx, actor, access.DutyPlan, s.Room); err != nil {
		return s, r, err
	}
	switch {
	case s.State == Cancelled:
		return s, r, ErrCancelled
	case s.Version != version:
		return s, r, ErrChanged
	case s.To <= at:
		return s, r, ErrPast
	}
	return s, r, nil
}

// because takes in why a shift is changed: a draft needs no reason.
func because(s *Shift, reason string) (string, error) {
	least := 0
	if s.State == Published {
		least = 4
	}
	return text.Block("reason", reason, least, 1000)
}

// Change says otherwise what a shift is. version is that of the shift that was looked at.
func (x *Rosters) Change(ctx context.Context, actor access.Actor, id string, version int, c Content, reason string) (s Shift, err error) {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return s, err
	}
	if c, err = clean(c); err != nil {
		return s, err
	}
	at := x.Clock.Micro()
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, room, err := x.mine(ctx, tx, actor, id, version, at)
		if err != nil {
			return err
		}
		if s = before; before.same(&c) {
			return nil
		}
		why, err := because(&before, reason)
		if err != nil {
			return err
		}
		switch {
		case c.From != before.From:
			if err := x.when(&c, at); err != nil {
				return err
			}
		case c.To <= at:
			return ErrPast.On("to")
		case c.To > at+Furthest:
			return ErrFar.On("to")
		}
		s.Content = c
		return x.become(ctx, tx, actor.For(access.DutyPlan, ""), &room, &before, &s, changeRow{At: at, Kind: Changed, Reason: why})
	})
	if err == nil {
		x.tell(s.Room)
	}
	return s, err
}

// become writes what a shift has become, with its record and its act, once nothing is wrong with it.
func (x *Rosters) become(ctx context.Context, tx bun.Tx, actor access.Actor, room *duty.Room, before, s *Shift, how changeRow) error {
	s.Version = before.Version + 1
	if err := put(ctx, tx, s); err != nil {
		return err
	}
	if s.State != Cancelled {
		if err := x.check(ctx, tx, room, []Shift{*s}, newly(&before.Content)); err != nil {
			return err
		}
	}
	return x.record(ctx, tx, actor, before, s, how)
}

func (x *Rosters) record(ctx context.Context, tx bun.Tx, actor access.Actor, before, s *Shift, how changeRow) error {
	how.Shift, how.Version, how.Room, how.ChangedBy, how.Was, how.Became = s.ID, s.Version, s.Room, actor.Person, plain(before.Content), plain(s.Content)
	if err := note(ctx, tx, []changeRow{how}); err != nil {
		return err
	}
	kind, detail := kindChanged, map[string]any{"room": s.Room, "state": s.State, "from": before.Content, "shift": s.Content}
	if how.Reason != "" {
		detail["reason"] = how.Reason
	}
	if how.Cause != "" {
		detail[how.Kind] = how.Cause
	}
	if s.State == Cancelled {
		kind = kindCancelled
		delete(detail, "shift")
	}
	return ledger.Record(ctx, tx, actor.Act(how.At, kind, s.ID, "", detail))
}

// Cancel takes a shift out of the roster.
func (x *Rosters) Cancel(ctx context.Context, actor access.Actor, id string, version int, reason string) error {
	if err := access.Can(actor, access.DutyPlan, ""); err != nil {
		return err
	}
	at, room := x.Clock.Micro(), ""
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, r, err := x.mine(ctx, tx, actor, id, version, at)
		if err != nil {
			return err
		}
		room = before.Room
		why, err := because(&before, reason)
		if err != nil {
			return err
		}
		s := before
		s.State, s.People = Cancelled, []Place{}
		return x.become(ctx, tx, actor.For(access.DutyPlan, ""), &r, &before, &s, changeRow{At: at, Kind: string(Cancelled), Reason: why})
	})
	if err == nil {
		x.tell(room)
	}
	return err
}

// Drafts are what would be published, and what is wrong with it.
type Drafts struct {
	Shifts []Shift
	Faults []Fault
	Gaps   []Gap // as if it were published
}

// drafts reads those of a room that are not over and begin between.
func (x *Rosters) drafts(ctx context.Context, tx bun.IDB, room *duty.Room, within Span, at int64) (d Drafts, err error) {
	all, err := of(ctx, tx, room.ID, within, Draft, Published)
	if err != nil {
		return d, err
	}
	d.Gaps = gaps(room, within, all, Draft, Published)
	d.Shifts = slices.DeleteFunc(all, func(s Shift) bool { return s.State != Draft || s.From < within.From || s.To <= at })
	d.Faults, err = x.faults(ctx, tx, room, d.Shifts, nil)
	return d, err
}

// Check tells what would be published, and what is wrong with it.
func (x *Rosters) Check(ctx context.Context, actor access.Actor, room string, within Span) (d Drafts, err error) {
	if err := wide(within); err != nil {
		return d, err
	}
	r, err := x.Rooms.In(ctx, x.DB.Read(), actor, access.DutyPlan, room)
	if err != nil {
		return d, err
	}
	return x.drafts(ctx, x.DB.Read(), &r, within, x.Clock.Micro())
}

// Publish publishes the drafts of a room that begin between, and tells how many there were. A
// roster with gaps may be published: they stay visible.
func (x *Rosters) Publish(ctx context.Context, actor access.Actor, room string, within Span) (count int, err error) {
	if err := wide(within); err != nil {
		return 0, err
	}
	at := x.Clock.Micro()
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.Rooms.In(ctx, tx, actor, access.DutyPlan, room)
		if err != nil {
			return err
		}
		d, err := x.drafts(ctx, tx, &r, within, at)
		if err != nil {
			return err
		}
		if count = len(d.Shifts); count == 0 {
			return nil
		}
		if len(d.Faults) > 0 {
			return ErrFaults.With("count", len(d.Faults))
		}
		changes, ids := make([]changeRow, count), make([]string, count)
		for i := range d.Shifts {
			s := &d.Shifts[i]
			ids[i] = s.ID
			changes[i] = changeRow{Shift: s.ID, Version: s.Version + 1, Room: room, At: at, ChangedBy: actor.Person, Kind: string(Published), Was: plain(s.Content), Became: plain(s.Content)}
		}
		for part := range slices.Chunk(ids, portion) {
			if _, err := tx.NewUpdate().Model((*shiftRow)(nil)).Set("state = ?, version = version + 1", Published).Where("id IN (?)", bun.In(part)).Exec(ctx); err != nil {
				return problem.Wrap(err, "publish a roster")
			}
		}
		if err := note(ctx, tx, changes); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyPlan, "").Act(at, kindPublished, room, "", map[string]any{"shifts": count, "from": within.From, "to": within.To, "gaps": len(d.Gaps)}))
	})
	if err == nil && count > 0 {
		x.tell(room)
	}
	return count, err
}

// Move takes somebody out of a shift and puts somebody in; either may be empty.
type Move struct{ Shift, Out, In string }

// Exchange carries out moves that somebody decided on who had the right to: all of them, or none.
// Who comes in for the one in charge is in charge. kind is ByLeave or BySwap and cause its id; every room is told
// by whoever asked, see Told.
func (x *Rosters) Exchange(ctx context.Context, tx bun.Tx, actor access.Actor, kind, cause string, at int64, moves []Move) (after []Shift, err error) {
	befores := []Shift{}
	for _, m := range moves {
		s, err := x.Shift(ctx, tx, m.Shift)
		if err != nil {
			return nil, err
		}
		switch {
		case s.State == Cancelled:
			return nil, ErrCancelled
		case s.To <= at:
			return nil, ErrPast
		case m.Out != "" && !s.Has(m.Out):
			return nil, ErrNotIn
		}
		before := s
		s.People = slices.Clone(s.People)
		charge := false
		s.People = slices.DeleteFunc(s.People, func(p Place) bool {
			charge = charge || p.Person == m.Out && p.Charge
			return p.Person == m.Out
		})
		if m.In != "" {
			s.People = append(s.People, Place{Person: m.In, Charge: charge})
		}
		if s.Content, err = clean(s.Content); err != nil {
			return nil, err
		}
		s.Version++
		if err := put(ctx, tx, &s); err != nil {
			return nil, err
		}
		befores, after = append(befores, before), append(after, s)
	}
	for i := range after {
		room, err := duty.Load(ctx, tx, after[i].Room)
		if err != nil {
			return nil, err
		}
		if err := x.check(ctx, tx, &room, after[i:i+1], newly(&befores[i].Content)); err != nil {
			return nil, err
		}
		if err := x.record(ctx, tx, actor, &befores[i], &after[i], changeRow{At: at, Kind: kind, Cause: cause}); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// Told tells the screens of shifts that Exchange changed, once it holds.
func (x *Rosters) Told(all []Shift) {
	rooms := map[string]bool{}
	for i := range all {
		if !rooms[all[i].Room] {
			rooms[all[i].Room] = true
			x.tell(all[i].Room)
		}
	}
}
