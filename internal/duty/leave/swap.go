package leave

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/roster"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of swaps and late notices.
var (
	ErrSwapUnknown = problem.New(problem.NotFound, "swap_unknown", "There is no such swap.")
	ErrSwapShift   = problem.New(problem.Conflict, "swap_shift", "Only a published shift that has not begun is swapped, by who is in it.").On("shift")
	ErrSwapOther   = problem.New(problem.Invalid, "swap_other", "A swap is with somebody else, who is not in your shift, and has the other one.").On("other")
	ErrSwapOpen    = problem.New(problem.Conflict, "swap_open", "You have asked for a swap of this shift already. Withdraw it first.")
	ErrSwapDecided = problem.New(problem.Conflict, "swap_decided", "This swap was decided or withdrawn already.")
	ErrSwapWaits   = problem.New(problem.Conflict, "swap_waits", "The other person has not agreed yet.")
	ErrSwapNot     = problem.New(problem.Forbidden, "swap_not_yours", "This waits for another person.")
	ErrSwapParty   = problem.New(problem.Forbidden, "swap_party", "Who swaps does not consent to it; the head of the room does, or who decides on the watch.")
	ErrLateShift   = problem.New(problem.Conflict, "late_shift", "You are not on the roster for this shift, or it is over.").On("shift")
	ErrMinutes     = problem.New(problem.Invalid, "late_minutes", "Say by how many minutes you will be late, 1 to 480.").On("minutes")
)

const (
	kindSwapAsked     = "swap.asked"
	kindSwapAgreed    = "swap.agreed"
	kindSwapDeclined  = "swap.declined"
	kindSwapMade      = "swap.made"
	kindSwapRefused   = "swap.refused"
	kindSwapWithdrawn = "swap.withdrawn"
	kindLate          = "roster.late_told"
)

// Swap is a shift of one person that another takes, and one of theirs in return, unless that is empty.
type Swap struct {
	ID, Room, Shift, Person, Other, OtherShift, Reason string
	AskedAt                                            int64
	AgreedAt                                           *int64
	State                                              State
	DecidedBy                                          string
	DecidedAt                                          *int64
	Note                                               string
	Shifts                                             []roster.Shift // the one, and the other
	Decides                                            bool           // who asks for the list may consent
}

type swapRow struct {
	bun.BaseModel `bun:"table:swaps,alias:swap"`
	ID            string `bun:",pk"`
	Room          string
	Shift         string
	Person        string
	Other         string
	OtherShift    string
	Reason        string
	AskedAt       int64
	AgreedAt      *int64
	State         State
	DecidedBy     string
	DecidedAt     *int64
	Note          string
}

func (r *swapRow) swap() Swap {
	return Swap{ID: r.ID, Room: r.Room, Shift: r.Shift, Person: r.Person, Other: r.Other, OtherShift: r.OtherShift, Reason: r.Reason, AskedAt: r.AskedAt, AgreedAt: r.AgreedAt, State: r.State,
		DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Note: r.Note}
}

func (r *swapRow) detail() map[string]any {
	d := map[string]any{"room": r.Room, "shift": r.Shift, "person": r.Person, "other": r.Other}
	if r.OtherShift != "" {
		d["otherShift"] = r.OtherShift
	}
	return d
}

// has is nil where a shift is published, not begun, and somebody is in it.
func has(s *roster.Shift, person string, at int64) error {
	if s.State != roster.Published || s.From <= at || !s.Has(person) {
		return ErrSwapShift
	}
	return nil
}

// AskSwap asks somebody else to take a shift of one's own; otherShift, which may be empty, is one of
// theirs in return.
func (x *Leaves) AskSwap(ctx context.Context, actor access.Actor, shift, other, otherShift, reason string) (s Swap, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return s, err
	}
	if reason, err = text.Block("reason", reason, 4, 1000); err != nil {
		return s, err
	}
	r := swapRow{ID: db.NewID(), Shift: shift, Person: actor.Person, Other: other, OtherShift: otherShift, Reason: reason, AskedAt: x.Clock.Micro(), State: Asked}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		one, err := x.Rosters.Shift(ctx, tx, shift)
		if err != nil {
			return err
		}
		if _, err := x.Rooms.In(ctx, tx, actor, access.DutyStand, one.Room); err != nil {
			return err
		}
		if err := has(&one, actor.Person, r.AskedAt); err != nil {
			return err
		}
		if r.Room = one.Room; other == actor.Person || other == "" || one.Has(other) {
			return ErrSwapOther
		}
		if otherShift != "" {
			two, err := x.Rosters.Shift(ctx, tx, otherShift)
			if err != nil || has(&two, other, r.AskedAt) != nil || two.Has(actor.Person) {
				return ErrSwapOther.On("otherShift")
			}
		}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			switch {
			case db.IsUnique(err):
				return ErrSwapOpen
			case db.IsForeignKey(err):
				return ErrSwapOther
			}
			return problem.Wrap(err, "ask for a swap")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(r.AskedAt, kindSwapAsked, r.ID, "", r.detail()))
	})
	if err == nil {
		x.tell(r.Room)
	}
	return r.swap(), err
}

func (x *Leaves) swap(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (r swapRow, room duty.Room, err error) {
	err = tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, room, ErrSwapUnknown
	}
	if err != nil {
		return r, room, problem.Wrap(err, "read a swap")
	}
	if room, err = x.Rooms.Look(ctx, tx, actor, r.Room); err != nil {
		return r, room, ErrSwapUnknown
	}
	return r, room, nil
}

// step changes a swap that is open, and puts it on record.
func (x *Leaves) step(ctx context.Context, actor access.Actor, id string, right access.Action, kind string, do func(ctx context.Context, tx bun.Tx, r *swapRow, room *duty.Room, at int64) error) error {
	at, told := x.Clock.Micro(), ""
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, room, err := x.swap(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if r.State != Asked && r.State != Agreed {
			return ErrSwapDecided
		}
		if err := do(ctx, tx, &r, &room, at); err != nil {
			return err
		}
		told = r.Room
		if _, err := tx.NewUpdate().Model(&r).Column("state", "agreed_at", "decided_by", "decided_at", "note").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "change a swap")
		}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(at, kind, id, "", r.detail()))
	})
	if err == nil {
		x.tell(told)
	}
	return err
}

// Answer is that of the other person.
func (x *Leaves) Answer(ctx context.Context, actor access.Actor, id string, agree bool) error {
	kind := kindSwapDeclined
	if agree {
		kind = kindSwapAgreed
	}
	return x.step(ctx, actor, id, access.DutyStand, kind, func(_ context.Context, _ bun.Tx, r *swapRow, _ *duty.Room, at int64) error {
		switch {
		case r.Other != actor.Person:
			return ErrSwapNot
		case r.State != Asked:
			return ErrSwapDecided
		case agree:
			r.State, r.AgreedAt = Agreed, &at
		default:
			r.State, r.DecidedBy, r.DecidedAt = Declined, actor.Person, &at
		}
		return nil
	})
}

// WithdrawSwap takes back what one asked for, or agreed to.
func (x *Leaves) WithdrawSwap(ctx context.Context, actor access.Actor, id string) error {
	return x.step(ctx, actor, id, access.DutyStand, kindSwapWithdrawn, func(_ context.Context, _ bun.Tx, r *swapRow, _ *duty.Room, at int64) error {
		if r.Person != actor.Person && r.Other != actor.Person {
			return ErrSwapNot
		}
		r.State, r.DecidedBy, r.DecidedAt = Withdrawn, actor.Person, &at
		return nil
	})
}

// consents is nil where the actor may consent to a swap in a room: its head, or who decides there.
func (x *Leaves) consents(ctx context.Context, tx bun.IDB, actor access.Actor, room *duty.Room) error {
	if room.Head == actor.Person {
		return nil
	}
	_, err := x.Rooms.In(ctx, tx, actor, access.DutyDecide, room.ID)
	return err
}

// DecideSwap consents to a swap on which both agree, or refuses it. The roster changes with it.
func (x *Leaves) DecideSwap(ctx context.Context, actor access.Actor, id string, consent bool, note string) (err error) {
	least, kind := 4, kindSwapRefused
	if consent {
		least, kind = 0, kindSwapMade
	}
	if note, err = text.Block("note", note, least, 1000); err != nil {
		return err
	}
	var after []roster.Shift
	err = x.step(ctx, actor, id, access.DutyDecide, kind, func(ctx context.Context, tx bun.Tx, r *swapRow, room *duty.Room, at int64) error {
		if r.Person == actor.Person || r.Other == actor.Person {
			return ErrSwapParty
		}
		if err := x.consents(ctx, tx, actor, room); err != nil {
			return err
		}
		r.DecidedBy, r.DecidedAt, r.Note, r.State = actor.Person, &at, note, Refused
		if !consent {
			return nil
		}
		if r.AgreedAt == nil {
			return ErrSwapWaits
		}
		r.State = Made
		moves := []roster.Move{{Shift: r.Shift, Out: r.Person, In: r.Other}}
		if r.OtherShift != "" {
			moves = append(moves, roster.Move{Shift: r.OtherShift, Out: r.Other, In: r.Person})
		}
		for _, m := range moves {
			s, err := x.Rosters.Shift(ctx, tx, m.Shift)
			if err != nil {
				return err
			}
			if err := has(&s, m.Out, at); err != nil {
				return err
			}
			if s.Room == r.Room {
				continue
			}
			elsewhere, err := x.Rooms.Look(ctx, tx, actor, s.Room)
			if err == nil {
				err = x.consents(ctx, tx, actor, &elsewhere)
			}
			if err != nil {
				return err
			}
		}
		if after, err = x.Rosters.Exchange(ctx, tx, actor.For(access.DutyDecide, ""), roster.BySwap, r.ID, at, moves); err != nil {
			return err
		}
		return x.note(ctx, tx, duty.Line{Room: r.Room, At: at, Code: "swap_made", Person: actor.Person, Subject: r.ID, Params: map[string]any{"person": r.Person, "other": r.Other, "from": after[0].From, "to": after[0].To}})
	})
	if err == nil {
		x.Rosters.Told(after)
	}
	return err
}

// Swaps gives those that the actor is part of, and those of the rooms in which they consent, what is
// open first.
func (x *Leaves) Swaps(ctx context.Context, actor access.Actor) ([]Swap, error) {
	tx := x.DB.Read()
	decides, err := x.decides(ctx, actor)
	if err != nil {
		return nil, err
	}
	seen, err := x.Rooms.Seen(ctx, actor)
	if err != nil {
		return nil, err
	}
	for i := range seen {
		if seen[i].Head == actor.Person && !slices.Contains(decides, seen[i].ID) {
			decides = append(decides, seen[i].ID)
		}
	}
	var rows []swapRow
	q := tx.NewSelect().Model(&rows).WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("person = ?", actor.Person).WhereOr("other = ?", actor.Person)
		if len(decides) > 0 {
			q = q.WhereOr("room IN (?)", bun.In(decides))
		}
		return q
	})
	if err := q.OrderExpr("CASE state WHEN 'asked' THEN 0 WHEN 'agreed' THEN 0 ELSE 1 END, asked_at DESC, id").Limit(mostListed).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read swaps")
	}
	all := make([]Swap, len(rows))
	for i := range rows {
		all[i] = rows[i].swap()
		all[i].Decides = slices.Contains(decides, rows[i].Room) && rows[i].Person != actor.Person && rows[i].Other != actor.Person
		for _, id := range []string{rows[i].Shift, rows[i].OtherShift} {
			if id == "" {
				continue
			}
			s, err := x.Rosters.Shift(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			all[i].Shifts = append(all[i].Shifts, s)
		}
	}
	return all, nil
}

// Late is that somebody comes late to a shift, told before.
type Late struct {
	bun.BaseModel `bun:"table:late_notices,alias:late"`
	ID            string `bun:",pk"`
	Room          string
	Shift         string
	Person        string
	Minutes       int
	Reason        string
	At            int64 // µs
}

// TellLate tells that the actor will come late to a shift of theirs (C069).
func (x *Leaves) TellLate(ctx context.Context, actor access.Actor, shift string, minutes int, reason string) (l Late, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return l, err
	}
	if reason, err = text.Block("reason", reason, 2, 500); err != nil {
		return l, err
	}
	if minutes < 1 || minutes > 480 {
		return l, ErrMinutes
	}
	l = Late{ID: db.NewID(), Shift: shift, Person: actor.Person, Minutes: minutes, Reason: reason, At: x.Clock.Micro()}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := x.Rosters.Shift(ctx, tx, shift)
		if err != nil {
			return err
		}
		if s.State != roster.Published || s.To <= l.At || !s.Has(actor.Person) {
			return ErrLateShift
		}
		if _, err := x.Rooms.In(ctx, tx, actor, access.DutyStand, s.Room); err != nil {
			return err
		}
		l.Room = s.Room
		if _, err := tx.NewInsert().Model(&l).Exec(ctx); err != nil {
			return problem.Wrap(err, "tell that somebody comes late")
		}
		if err := x.note(ctx, tx, duty.Line{Room: l.Room, At: l.At, Code: "late_notice", Person: l.Person, Subject: l.Shift, Params: map[string]any{"person": l.Person, "minutes": minutes, "reason": reason, "from": s.From}}); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(l.At, kindLate, shift, "", map[string]any{"room": l.Room, "minutes": minutes}))
	})
	if err == nil {
		x.tell(l.Room)
	}
	return l, err
}

// Lates gives the late notices of a room since an instant (µs), the latest first.
func (x *Leaves) Lates(ctx context.Context, actor access.Actor, room string, since int64) (all []Late, err error) {
	if _, err := x.Rooms.Look(ctx, x.DB.Read(), actor, room); err != nil {
		return nil, err
	}
	err = x.DB.Read().NewSelect().Model(&all).Where("room = ?", room).Where("at >= ?", since).OrderExpr("at DESC, id").Limit(mostListed).Scan(ctx)
	return all, problem.Wrap(err, "read late notices")
}
