// Package departure lets somebody leave a watch before their shift ends (C048, C051; practice P18):
// they ask, name the relief and why, a leader agrees, and they go once the relief has signed on. Who
// is in charge hands over to the relief first; nothing here moves the charge.
package departure

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kinds of acts.
const (
	kindAsked = "departure.asked"
	kindStep  = "departure."
)

// Refusals.
var (
	ErrUnknown = problem.New(problem.NotFound, "departure_unknown", "There is no such departure.")
	ErrRelief  = problem.New(problem.Invalid, "departure_relief", "Name somebody else who may keep watch in this room.").On("relief")
	ErrBack    = problem.New(problem.Invalid, "departure_back", "Say an instant to come, within a day.").On("backAt")
	ErrOpen    = problem.New(problem.Conflict, "departure_open", "You have asked for a departure already.")
	ErrOver    = problem.New(problem.Conflict, "departure_over", "This departure was decided on, or is over.") // state
	ErrOwn     = problem.New(problem.Forbidden, "departure_own", "Nobody agrees to a departure of their own.")
	ErrNotMine = problem.New(problem.Forbidden, "departure_another", "This is the departure of somebody else.")
	ErrWaits   = problem.New(problem.Forbidden, "departure_waits", "A leader agrees first.")
	ErrAbsent  = problem.New(problem.Forbidden, "departure_absent", "Your relief signs on first.")
	ErrCharge  = problem.New(problem.Forbidden, "departure_charge", "You are in charge of this watch: hand over to your relief first.")
)

// State is how far a departure has come.
type State string

// States.
const (
	Asked     State = "asked"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Left      State = "left"
)

const mostListed = 200

// Departure is one.
type Departure struct {
	ID         string
	Room       string
	Person     string
	Attendance string
	Relief     string
	Reason     string
	BackAt     int64 // µs; 0: not in this shift
	At         int64 // µs
	State      State
	Steps      []Step
}

// Step is what became of it.
type Step struct {
	Step   State
	Person string
	At     int64 // µs
	Note   string
}

type row struct {
	bun.BaseModel `bun:"table:departures,alias:departure"`
	ID            string `bun:",pk"`
	Room          string
	Person        string
	Attendance    string
	Relief        string
	Reason        string
	BackAt        int64
	At            int64
}

type stepRow struct {
	bun.BaseModel `bun:"table:departure_steps,alias:departure_step"`
	Departure     string `bun:",pk"`
	Step          State  `bun:",pk"`
	Person        string
	At            int64
	Note          string
}

// Departures keeps them.
type Departures struct {
	DB    *db.DB
	Clock clock.Clock
	Watch *duty.Watch
	Note  duty.Note // nil: no duty record is kept
	// Stands tells whether somebody may keep watch in a room; nil: everybody may.
	Stands func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error)
}

func fill(ctx context.Context, tx bun.IDB, rows []row) ([]Departure, error) {
	all, ids := make([]Departure, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		all[i] = Departure{ID: r.ID, Room: r.Room, Person: r.Person, Attendance: r.Attendance, Relief: r.Relief, Reason: r.Reason, BackAt: r.BackAt, At: r.At, State: Asked}
	}
	if len(ids) == 0 {
		return all, nil
	}
	var steps []stepRow
	if err := tx.NewSelect().Model(&steps).Where("departure IN (?)", bun.List(ids)).OrderExpr("CASE step WHEN 'left' THEN 2 ELSE 1 END, at").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read departures")
	}
	for _, s := range steps {
		d := &all[slices.Index(ids, s.Departure)]
		d.Steps, d.State = append(d.Steps, Step{Step: s.Step, Person: s.Person, At: s.At, Note: s.Note}), s.Step
	}
	return all, nil
}

func load(ctx context.Context, tx bun.IDB, id string) (Departure, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Departure{}, ErrUnknown
	}
	if err != nil {
		return Departure{}, problem.Wrap(err, "read a departure")
	}
	all, err := fill(ctx, tx, []row{r})
	if err != nil {
		return Departure{}, err
	}
	return all[0], nil
}

// Asking is what somebody says who asks to leave.
type Asking struct {
	Relief string
	Reason string
	BackAt int64 // µs; 0: not in this shift
}

// Ask asks for a departure of whoever is signed in and on watch.
func (x *Departures) Ask(ctx context.Context, actor access.Actor, a Asking) (d Departure, err error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return d, err
	}
	if a.Reason, err = text.Block("reason", a.Reason, 4, 1000); err != nil {
		return d, err
	}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		on, err := duty.Of(ctx, tx, actor.Person)
		if err != nil {
			return err
		}
		if on == nil || !actor.InPerson() {
			return duty.ErrOffWatch
		}
		room, err := duty.Load(ctx, tx, on.Room)
		if err != nil {
			return err
		}
		at := x.Clock.Micro()
		if a.BackAt != 0 && (a.BackAt <= at || a.BackAt > at+(24*time.Hour).Microseconds()) {
			return ErrBack
		}
		if err := x.may(ctx, tx, actor, a.Relief, &room); err != nil {
			return err
		}
		var before []row
		if err := tx.NewSelect().Model(&before).Where("attendance = ?", on.ID).Scan(ctx); err != nil {
			return problem.Wrap(err, "read departures")
		}
		old, err := fill(ctx, tx, before)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(old, func(d Departure) bool { return d.State == Asked || d.State == Approved }) {
			return ErrOpen
		}
		r := row{ID: db.NewID(), Room: on.Room, Person: actor.Person, Attendance: on.ID, Relief: a.Relief, Reason: a.Reason, BackAt: a.BackAt, At: at}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "ask for a departure")
		}
		d = Departure{ID: r.ID, Room: r.Room, Person: r.Person, Attendance: r.Attendance, Relief: r.Relief, Reason: r.Reason, BackAt: r.BackAt, At: at, State: Asked}
		return ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindAsked, r.ID, "", map[string]any{"room": r.Room, "attendance": on.ID, "relief": a.Relief, "reason": a.Reason, "backAt": a.BackAt}))
	})
	if err == nil {
		x.Watch.Tell(d.Room)
	}
	return d, err
}

func (x *Departures) may(ctx context.Context, tx bun.IDB, actor access.Actor, relief string, room *duty.Room) error {
	if relief == "" || relief == actor.Person {
		return ErrRelief
	}
	if x.Stands == nil {
		return nil
	}
	ok, err := x.Stands(ctx, tx, relief, room)
	if err == nil && !ok {
		err = ErrRelief
	}
	return err
}

// step puts the next step of a departure on record.
func (x *Departures) step(ctx context.Context, actor access.Actor, id string, to State, note string, may func(ctx context.Context, tx bun.Tx, d *Departure) (access.Action, error)) (d Departure, err error) {
	least := 0
	if to == Refused {
		least = 4
	}
	if note, err = text.Block("note", note, least, 1000); err != nil {
		return d, err
	}
	people := []string{}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d, err = load(ctx, tx, id); err != nil {
			return err
		}
		right, err := may(ctx, tx, &d)
		if err != nil {
			return err
		}
		if !actor.InPerson() {
			return duty.ErrPersonal
		}
		at := x.Clock.Micro()
		if _, err := tx.NewInsert().Model(&stepRow{Departure: id, Step: to, Person: actor.Person, At: at, Note: note}).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrOver.With("state", string(to))
			}
			return problem.Wrap(err, "decide on a departure")
		}
		d.Steps, d.State = append(d.Steps, Step{Step: to, Person: actor.Person, At: at, Note: note}), to
		if err := ledger.Record(ctx, tx, actor.For(right, "").Act(at, kindStep+string(to), id, "", map[string]any{"room": d.Room, "person": d.Person, "relief": d.Relief, "note": note})); err != nil {
			return err
		}
		if to != Left {
			return nil
		}
		people = []string{d.Person}
		if x.Note == nil {
			return nil
		}
		line := duty.Line{Room: d.Room, At: at, Code: "departure", Person: d.Person, Subject: id, Params: map[string]any{"person": d.Person, "relief": d.Relief, "reason": d.Reason}}
		return problem.Wrap(x.Note(ctx, tx, line), "write into the duty record")
	})
	if err == nil {
		x.Watch.Tell(d.Room, people...)
	}
	return d, err
}

// Decide agrees to a departure, or refuses it with a reason. Whoever asked does not.
func (x *Departures) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Departure, error) {
	to := Refused
	if approve {
		to = Approved
	}
	return x.step(ctx, actor, id, to, note, func(ctx context.Context, tx bun.Tx, d *Departure) (access.Action, error) {
		if _, err := x.Watch.Rooms.In(ctx, tx, actor, access.DutyDecide, d.Room); err != nil {
			return "", err
		}
		switch {
		case d.Person == actor.Person:
			return "", ErrOwn
		case d.State != Asked:
			return "", ErrOver.With("state", string(d.State))
		}
		return access.DutyDecide, nil
	})
}

// Withdraw takes back what one asked for.
func (x *Departures) Withdraw(ctx context.Context, actor access.Actor, id string) (Departure, error) {
	return x.step(ctx, actor, id, Withdrawn, "", func(_ context.Context, _ bun.Tx, d *Departure) (access.Action, error) {
		switch {
		case d.Person != actor.Person:
			return "", ErrNotMine
		case d.State != Asked && d.State != Approved:
			return "", ErrOver.With("state", string(d.State))
		}
		return access.DutyStand, nil
	})
}

// Leave ends the watch of whoever a leader has let go, once the relief has signed on. Who is in
// charge hands over to the relief first, which ends their watch by itself.
func (x *Departures) Leave(ctx context.Context, actor access.Actor, id string) (Departure, error) {
	return x.step(ctx, actor, id, Left, "", func(ctx context.Context, tx bun.Tx, d *Departure) (access.Action, error) {
		switch {
		case d.Person != actor.Person:
			return "", ErrNotMine
		case d.State == Asked:
			return "", ErrWaits
		case d.State != Approved:
			return "", ErrOver.With("state", string(d.State))
		}
		here, err := duty.OnWatch(ctx, tx, d.Room, d.Relief)
		if err != nil {
			return "", err
		}
		if !here {
			return "", ErrAbsent
		}
		now, err := duty.Running(ctx, tx, d.Room)
		if err != nil {
			return "", err
		}
		if now.Kind == duty.Kept && now.Person == d.Person {
			return "", ErrCharge
		}
		return access.DutyStand, x.Watch.Release(ctx, tx, actor, d.Room, d.Attendance)
	})
}

// List gives the departures that were asked for in rooms that the actor may decide on, and their own,
// the newest first.
func (x *Departures) List(ctx context.Context, actor access.Actor, room string) ([]Departure, error) {
	tx := x.DB.Read()
	if _, err := x.Watch.Rooms.Look(ctx, tx, actor, room); err != nil {
		return nil, err
	}
	var rows []row
	if err := tx.NewSelect().Model(&rows).Where("room = ?", room).OrderExpr("at DESC, id DESC").Limit(mostListed).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list departures")
	}
	return fill(ctx, tx, rows)
}
