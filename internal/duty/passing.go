package duty

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Pass has somebody who is signed on take charge of a room from whoever is, in the transaction in
// which both have signed. The outgoing person's watch ends with it. Tell afterwards.
func (w *Watch) Pass(ctx context.Context, tx bun.Tx, actor access.Actor, room, from, to, handover string) (Tenure, error) {
	on, err := Present(ctx, tx, room)
	if err != nil {
		return Tenure{}, err
	}
	last, err := Running(ctx, tx, room)
	if err != nil {
		return Tenure{}, err
	}
	if last == nil || last.Kind != Kept || last.Person != from || from == to {
		return Tenure{}, ErrOffWatch
	}
	if !slices.ContainsFunc(on, func(a Attendance) bool { return a.Person == to }) {
		return Tenure{}, ErrOffWatch
	}
	at := w.Clock.Micro()
	t := Tenure{Room: room, Kind: Kept, Person: to, Since: at, How: HowHandedOver, Handover: handover}
	if err := w.answer(ctx, tx, actor, &t); err != nil {
		return t, err
	}
	on = slices.DeleteFunc(on, func(a Attendance) bool { return a.Person != from })
	if err := w.ended(ctx, tx, actor, on, at, OffHandedOver); err != nil {
		return t, err
	}
	return t, w.Note.write(ctx, tx, Line{Room: room, At: at, Code: "handed_over", Person: from, Subject: handover, Params: map[string]any{"from": from, "to": to}})
}

// TakeOver has whoever may decide on the watch take charge of a room without a signature of the
// person who was: they cannot or will not sign (practice P3). The watch of that person ends.
func (w *Watch) TakeOver(ctx context.Context, actor access.Actor, id, reason string) (t Tenure, err error) {
	from := ""
	err = w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		room, err := w.standing(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if _, err := w.Rooms.In(ctx, tx, actor, access.DutyDecide, id); err != nil {
			return err
		}
		reason, err := text.Block("reason", reason, 4, 1000)
		if err != nil {
			return err
		}
		last, err := Running(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case last == nil:
			return ErrOffWatch
		case last.Kind == Kept && last.Person == actor.Person:
			return ErrOwnWatch
		}
		from = last.Person
		at := w.Clock.Micro()
		on, err := Present(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(on, func(a Attendance) bool { return a.Person == actor.Person }) {
			if err := w.free(ctx, tx, actor.Person, id); err != nil {
				return err
			}
			a := Attendance{ID: db.NewID(), Room: id, Person: actor.Person, OnAt: at, Reason: reason, Checks: []Check{}, Address: actor.Origin.Address}
			if err := open(ctx, tx, &a); err != nil {
				return err
			}
			if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindOn, id, "", a.told(true))); err != nil {
				return err
			}
		}
		by := actor.For(access.DutyDecide, "")
		if last.Kind == Kept && w.Taking != nil {
			if err := w.Taking(ctx, tx, by, *last); err != nil {
				return err
			}
		}
		if err := ledger.Record(ctx, tx, by.Act(at, kindTaken, id, "", map[string]any{"from": last.Person, "state": string(last.Kind), "reason": reason, "here": room.Here(actor.Origin.Address)})); err != nil {
			return err
		}
		t = Tenure{Room: id, Kind: Kept, Person: actor.Person, Since: at, How: HowTakenOver, Reason: reason}
		if err := w.answer(ctx, tx, by, &t); err != nil {
			return err
		}
		if last.Kind == Kept {
			gone := slices.DeleteFunc(on, func(a Attendance) bool { return a.Person != last.Person })
			if err := w.ended(ctx, tx, by, gone, at, OffTakenOver); err != nil {
				return err
			}
		}
		return w.Note.write(ctx, tx, Line{Room: id, At: at, Code: "taken_over", Person: actor.Person, Params: map[string]any{"from": last.Person, "to": actor.Person, "reason": reason}})
	})
	if err == nil {
		w.Tell(id, actor.Person, from)
	}
	return t, err
}

// Closing is how a room is closed that is watched in business hours.
type Closing struct {
	StandBy string // person who answers for it
	Phone   string // on which
	Checks  []Check
}

// Close ends the watch of a room that the rules close for the night: whoever is in charge signs
// the list, and the stand-by answers for the room from then on (P3, C079). A room that is watched
// around the clock is never closed (C044).
func (w *Watch) Close(ctx context.Context, actor access.Actor, id string, c Closing) (t Tenure, err error) {
	var gone []string
	err = w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		gone = nil
		room, err := w.Rooms.In(ctx, tx, actor, access.DutyStand, id)
		if err != nil {
			return err
		}
		last, err := Running(ctx, tx, id)
		if err != nil {
			return err
		}
		c := c
		switch {
		case !actor.InPerson():
			return ErrPersonal
		case room.Hours != Business:
			return ErrRoundRoom.With("room", room.Name).With("action", string(access.DutyStand))
		case last == nil:
			return ErrOffWatch
		case last.Kind == Closed:
			return ErrClosed
		case last.Kind != Kept || last.Person != actor.Person:
			return ErrOffWatch
		}
		if c.Checks, err = checked(lookedAtLast.Get(w.Rules), c.Checks); err != nil {
			return err
		}
		if err := w.serves(ctx, c.StandBy); err != nil {
			return err
		}
		if c.Phone, err = text.Line("phone", c.Phone, 3, 40); err != nil {
			return err
		}
		at, by := w.Clock.Micro(), actor.For(access.DutyStand, "")
		if err := ledger.Record(ctx, tx, by.Act(at, kindClosed, id, "", map[string]any{"standBy": c.StandBy, "phone": c.Phone, "amiss": amiss(c.Checks), "checks": len(c.Checks)})); err != nil {
			return err
		}
		t = Tenure{Room: id, Kind: Closed, Person: c.StandBy, Since: at, How: HowClosed, Phone: c.Phone}
		if err := w.answer(ctx, tx, by, &t); err != nil {
			return err
		}
		on, err := Present(ctx, tx, id)
		if err != nil {
			return err
		}
		for i := range on {
			gone = append(gone, on[i].Person)
		}
		if err := w.ended(ctx, tx, by, on, at, OffClosed); err != nil {
			return err
		}
		return w.Note.write(ctx, tx, Line{Room: id, At: at, Code: "closed", Person: actor.Person, Params: map[string]any{"person": actor.Person, "standBy": c.StandBy, "phone": c.Phone}})
	})
	if err == nil {
		w.Tell(id, gone...)
	}
	return t, err
}

func (w *Watch) serves(ctx context.Context, person string) error {
	if person == "" {
		return ErrStandBy
	}
	if w.Serves == nil {
		return nil
	}
	ok, err := w.Serves(ctx, person)
	if err == nil && !ok {
		err = ErrStandBy
	}
	return problem.Wrap(err, "look for the stand-by")
}

// Areas gives over which areas somebody has the watch now, as access.Standing has them: an empty
// id means all; nil: none.
func (w *Watch) Areas(ctx context.Context, person string) ([]string, error) {
	a, err := Of(ctx, w.DB.Read(), person)
	if err != nil || a == nil {
		return nil, err
	}
	room, err := Load(ctx, w.DB.Read(), a.Room)
	if err != nil {
		return nil, err
	}
	if len(room.Areas) == 0 {
		return []string{""}, nil
	}
	return room.Areas, nil
}

// Moved has the rights on watch decided anew of who keeps watch in a room that watches other areas.
func (w *Watch) Moved(ctx context.Context, room string) error {
	on, err := Present(ctx, w.DB.Read(), room)
	if err != nil {
		return err
	}
	for i := range on {
		if w.Changed != nil {
			w.Changed(on[i].Person)
		}
	}
	return nil
}

// Ends tells when the watch of a person ends by the roster (µs); 0: they keep none, or are not on it.
func (w *Watch) Ends(ctx context.Context, person string) (int64, error) {
	a, err := Of(ctx, w.DB.Read(), person)
	if err != nil || a == nil {
		return 0, err
	}
	return a.Turn.To, nil
}

// OnWatch tells whether somebody keeps watch in a room.
func OnWatch(ctx context.Context, tx bun.IDB, room, person string) (bool, error) {
	a, err := Of(ctx, tx, person)
	return a != nil && a.Room == room, err
}

// Release ends the watch of somebody whom a leader has let go and whose relief is there, in the
// transaction in which that is on record; see package departure. One whose watch has ended since
// is none that ends. Tell afterwards.
func (w *Watch) Release(ctx context.Context, tx bun.Tx, actor access.Actor, room, attendance string) error {
	on, err := Present(ctx, tx, room)
	if err != nil {
		return err
	}
	on = slices.DeleteFunc(on, func(a Attendance) bool { return a.ID != attendance })
	return w.ended(ctx, tx, actor.For(access.DutyStand, ""), on, w.Clock.Micro(), OffReleased)
}
