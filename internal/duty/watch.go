package duty

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Kinds of acts on the watch.
const (
	kindOn     = "duty.signed_on"
	kindOff    = "duty.signed_off"
	kindTaken  = "duty.taken_over"
	kindClosed = "duty.room_closed"
)

// Refusals of the watch.
var (
	ErrPersonal  = problem.New(problem.Forbidden, "duty_person", "Somebody keeps watch who is signed in; a token is nobody.")
	ErrNotHere   = problem.New(problem.Forbidden, "duty_not_here", "People sign on at a computer of the control room.") // room
	ErrOnWatch   = problem.New(problem.Conflict, "duty_on_watch", "This person has signed on here already.")
	ErrElsewhere = problem.New(problem.Forbidden, "duty_elsewhere", "This person keeps watch in another control room.") // room
	ErrFactor    = problem.New(problem.Forbidden, "duty_factor", "Signing on takes a second factor besides the password. Enrol one first.")
	ErrUnplanned = problem.New(problem.Invalid, "duty_unplanned", "This person is not on the roster now. Say why they sign on.").On("reason")
	ErrChecks    = problem.New(problem.Invalid, "duty_checks", "Look at everything on the list, and say what is not as it should be.").On("checks") // item
	ErrOffWatch  = problem.New(problem.Conflict, "duty_off_watch", "This person keeps no watch here.")
	// ErrSuccessor refuses to leave a room that somebody is in charge of (C070, P3).
	ErrSuccessor = problem.New(problem.Forbidden, "duty_successor", "You are in charge of this watch. It passes to a successor by a handover; until both have signed you answer for the room.") // room
	// ErrRelief refuses to leave a watch with fewer people than it takes (C046, C070).
	ErrRelief    = problem.New(problem.Forbidden, "duty_relief", "Too few people would be left on this watch. Wait for your relief.") // staff
	ErrOwnWatch  = problem.New(problem.Conflict, "duty_own_watch", "You are in charge of this watch already.")
	ErrRoundRoom = problem.New(problem.Forbidden, "duty_round_the_clock", "This room is watched around the clock; its watch ends by a handover alone.") // C044
	ErrStandBy   = problem.New(problem.Invalid, "duty_stand_by", "Name somebody whose account is in use, and the telephone on which they answer for the closed room.").On("standBy")
	// ErrMeanwhile refuses one of two who act on a watch at the same time.
	ErrMeanwhile = problem.New(problem.Conflict, "duty_meanwhile", "Somebody else acted on this watch at the same time. Look again.")
	ErrClosed    = problem.New(problem.Conflict, "duty_closed", "This room is closed.")
)

// The things that people look at when they sign on, and when they close a room (C049 to C060).
var (
	startChecks = []string{"dress", "clean", "dry", "flammables", "smoking", "cups", "equipment", "keys", "radios", "visitors"}
	closeChecks = []string{"recording", "displays", "consoles", "windows", "doors", "power", "keys_back", "alarms_routed"}
)

// What an institution sets of the watch.
var (
	early = rule.Duration{Key: "duty.early", Default: 30 * time.Minute, Least: 0, Most: 2 * time.Hour,
		Guard: rule.Lower, Clauses: []string{"C045"}}
	grace = rule.Duration{Key: "duty.grace", Default: time.Minute, Least: 0, Most: 30 * time.Minute,
		Guard: rule.Higher, Clauses: []string{"C045"}}
	withFactor = rule.Bool{Key: "duty.factor", Default: false,
		Guard: rule.Lower, Clauses: []string{"C045", "C113"}}
	lookedAt = rule.Words{Key: "duty.start_checks", Default: startChecks, Words: startChecks,
		Guard: rule.Lower, Clauses: []string{"C053", "C054", "C055", "C056", "C059"}}
	lookedAtLast = rule.Words{Key: "duty.close_checks", Default: closeChecks, Words: closeChecks,
		Guard: rule.Lower, Clauses: []string{"C079"}}
)

// Parameters gives what an institution sets of the watch.
func Parameters() []rule.Parameter {
	return []rule.Parameter{early, grace, withFactor, lookedAt, lookedAtLast}
}

// Watch is the watch in all rooms: who signs on and off, and who answers for a room.
type Watch struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set // nil: the defaults
	Rooms *Rooms

	Rostered Rostered // nil: there is no roster, and everybody signs on who may
	// Drawn tells whether a roster of a room says who keeps watch at an instant (µs); where none does, nobody
	// says why they sign on. nil: there always is one.
	Drawn func(ctx context.Context, tx bun.IDB, room string, at int64) (bool, error)
	Note  Note // nil: no duty record is kept
	// Proves tells whether a person has a second factor; nil: everybody has.
	Proves func(ctx context.Context, person string) (bool, error)
	// Serves tells whether somebody's account is in use; nil: everybody's is.
	Serves func(ctx context.Context, person string) (bool, error)
	// Taking is told of a watch that somebody takes over without a signature, in that transaction,
	// before it ends; may be nil.
	Taking func(ctx context.Context, tx bun.Tx, actor access.Actor, last Tenure) error
	// Changed is told whose rights on watch begin or end, after it was written down; may be nil.
	Changed func(person string)
}

// Checks gives what is looked at when people sign on, and when they close a room.
func (w *Watch) Checks() (start, closing []string) {
	return lookedAt.Get(w.Rules), lookedAtLast.Get(w.Rules)
}

// Grace is how late, or early, is not worth a word.
func (w *Watch) Grace() time.Duration { return grace.Get(w.Rules) }

// checked brings what somebody saw into the order of the list. Everything on it was looked at.
func checked(list []string, seen []Check) ([]Check, error) {
	out := make([]Check, 0, len(list))
	for _, item := range list {
		i := slices.IndexFunc(seen, func(c Check) bool { return c.Item == item })
		if i < 0 {
			return nil, ErrChecks.With("item", item)
		}
		c := seen[i]
		least := 2
		if c.OK {
			least = 0
		}
		var err error
		if c.Note, err = text.Line("checks", c.Note, least, 200); err != nil {
			return nil, problem.Of(err).With("item", item)
		}
		out = append(out, c)
	}
	return out, nil
}

func amiss(checks []Check) (items []any) {
	items = []any{}
	for _, c := range checks {
		if !c.OK {
			items = append(items, map[string]any{"item": c.Item, "note": c.Note})
		}
	}
	return items
}

// SigningOn is what somebody says who signs on.
type SigningOn struct {
	Reason string // why, where they are not on the roster
	Checks []Check
}

// SignOn has whoever is signed in keep watch from now on, at the console of the room.
func (w *Watch) SignOn(ctx context.Context, actor access.Actor, room string, s SigningOn) (a Attendance, err error) {
	err = w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err = w.SignOnIn(ctx, tx, actor, room, s)
		return err
	})
	if err == nil {
		w.Tell(room, a.Person)
	}
	return a, err
}

// SignOnIn is SignOn inside the transaction in which what the person shows is used up. Tell the
// rest afterwards. Who signs on to a room that nobody watches is in charge of it from then on.
func (w *Watch) SignOnIn(ctx context.Context, tx bun.Tx, actor access.Actor, id string, s SigningOn) (Attendance, error) {
	room, err := w.standing(ctx, tx, actor, id)
	if err != nil {
		return Attendance{}, err
	}
	if !room.Here(actor.Origin.Address) {
		return Attendance{}, ErrNotHere.With("room", room.Name).With("action", string(access.DutyStand))
	}
	if err := w.free(ctx, tx, actor.Person, id); err != nil {
		return Attendance{}, err
	}
	a := Attendance{ID: db.NewID(), Room: id, Person: actor.Person, OnAt: w.Clock.Micro(), Address: actor.Origin.Address}
	if a.Checks, err = checked(lookedAt.Get(w.Rules), s.Checks); err != nil {
		return a, err
	}
	if a.Reason, err = w.plan(ctx, tx, &a, s.Reason); err != nil {
		return a, err
	}
	if err := open(ctx, tx, &a); err != nil {
		return a, err
	}
	last, err := Running(ctx, tx, id)
	if err != nil {
		return a, err
	}
	charge := last == nil || last.Kind != Kept
	line := Line{Room: id, At: a.OnAt, Code: "signed_on", Person: a.Person, Subject: a.ID, Params: map[string]any{"person": a.Person}}
	if a.Reason != "" {
		line.Params["reason"], line.Code = a.Reason, "signed_on_unplanned"
	}
	if a.Late > 0 {
		line.Code, line.Params["minutes"] = "signed_on_late", minutes(a.Late)
	}
	if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(a.OnAt, kindOn, id, "", a.told(charge))); err != nil {
		return a, err
	}
	if err := w.Note.write(ctx, tx, line); err != nil {
		return a, err
	}
	if err := w.amiss(ctx, tx, &a); err != nil {
		return a, err
	}
	if !charge {
		return a, nil
	}
	return a, w.answer(ctx, tx, actor.For(access.DutyStand, ""), &Tenure{Room: id, Kind: Kept, Person: a.Person, Since: a.OnAt, How: HowSignedOn})
}

// amiss writes into the duty record what was not as it should be.
func (w *Watch) amiss(ctx context.Context, tx bun.Tx, a *Attendance) error {
	for _, c := range a.Checks {
		if c.OK {
			continue
		}
		line := Line{Room: a.Room, At: a.OnAt, Code: "amiss_" + c.Item, Person: a.Person, Subject: a.ID, Params: map[string]any{"person": a.Person, "note": c.Note}}
		if err := w.Note.write(ctx, tx, line); err != nil {
			return err
		}
	}
	return nil
}

// standing gives a room in which a person who is signed in may keep watch.
func (w *Watch) standing(ctx context.Context, tx bun.Tx, actor access.Actor, id string) (Room, error) {
	room, err := w.Rooms.In(ctx, tx, actor, access.DutyStand, id)
	if err != nil {
		return room, err
	}
	if !actor.InPerson() {
		return room, ErrPersonal
	}
	return room, w.Proven(ctx, actor.Person)
}

// Proven is nil where somebody has the second factor that keeping watch takes.
func (w *Watch) Proven(ctx context.Context, person string) error {
	if !withFactor.Get(w.Rules) || w.Proves == nil {
		return nil
	}
	has, err := w.Proves(ctx, person)
	if err == nil && !has {
		err = ErrFactor
	}
	return err
}

// free is nil where somebody keeps watch nowhere.
func (w *Watch) free(ctx context.Context, tx bun.Tx, person, room string) error {
	other, err := Of(ctx, tx, person)
	switch {
	case err != nil || other == nil:
		return err
	case other.Room == room:
		return ErrOnWatch
	}
	elsewhere, err := Load(ctx, tx, other.Room)
	if err != nil {
		return err
	}
	return ErrElsewhere.With("room", elsewhere.Name)
}

// plan holds somebody against the roster, and gives the reason why who is not on it signs on.
func (w *Watch) plan(ctx context.Context, tx bun.Tx, a *Attendance, reason string) (string, error) {
	if w.Rostered == nil {
		return "", nil
	}
	turn, err := w.Rostered(ctx, tx, a.Room, a.Person, a.OnAt, early.Get(w.Rules).Microseconds())
	if err != nil {
		return "", problem.Wrap(err, "read the roster")
	}
	if turn != nil {
		a.Turn = *turn
		if late := a.OnAt - turn.From; late > grace.Get(w.Rules).Microseconds() {
			a.Late = late
		}
		return "", nil
	}
	if w.Drawn != nil {
		drawn, err := w.Drawn(ctx, tx, a.Room, a.OnAt)
		if err != nil || !drawn {
			return "", problem.Wrap(err, "read the roster")
		}
	}
	if reason, err = text.Block("reason", reason, 4, 1000); err != nil {
		if problem.Of(err).Code == text.ErrRequired.Code {
			return "", ErrUnplanned
		}
		return "", err
	}
	return reason, nil
}

func minutes(us int64) int64 { return us / time.Minute.Microseconds() }

// Tell says that something in a room has changed, and whose rights on watch with it.
func (w *Watch) Tell(room string, people ...string) {
	if w.Bus != nil {
		w.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	}
	for _, p := range people {
		if w.Changed != nil && p != "" {
			w.Changed(p)
		}
	}
}

// SignOff ends the watch of whoever is signed in and is not in charge, where enough people stay.
// Who is in charge hands over; the attempt to leave is on record as a refusal.
func (w *Watch) SignOff(ctx context.Context, actor access.Actor, id, reason string) (a Attendance, err error) {
	if reason, err = text.Block("reason", reason, 0, 1000); err != nil {
		return a, err
	}
	err = w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		room, err := w.Rooms.Look(ctx, tx, actor, id) // who lost the right on watch may leave all the same
		if err != nil {
			return err
		}
		if !actor.InPerson() {
			return ErrPersonal
		}
		on, err := Present(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(on, func(a Attendance) bool { return a.Person == actor.Person })
		if i < 0 {
			return ErrOffWatch
		}
		last, err := Running(ctx, tx, id)
		if err != nil {
			return err
		}
		a = on[i]
		at := w.Clock.Micro()
		switch {
		case last != nil && last.Kind == Kept && last.Person == actor.Person:
			return ErrSuccessor.With("room", room.Name).With("action", string(access.DutyStand))
		case len(on) <= max(room.Staff, a.Turn.Staff) && at < a.Turn.To:
			return ErrRelief.With("staff", max(room.Staff, a.Turn.Staff)).With("action", string(access.DutyStand))
		}
		if err := end(ctx, tx, &a, at, OffSigned, reason); err != nil {
			return err
		}
		line := Line{Room: id, At: at, Code: "signed_off", Person: a.Person, Subject: a.ID, Params: map[string]any{"person": a.Person}}
		if reason != "" {
			line.Params["reason"] = reason
		}
		if a.Early > grace.Get(w.Rules).Microseconds() {
			line.Code, line.Params["minutes"] = "left_early", minutes(a.Early)
		}
		if err := ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindOff, id, "", a.toldOff())); err != nil {
			return err
		}
		return w.Note.write(ctx, tx, line)
	})
	if err == nil {
		w.Tell(id, actor.Person)
	}
	if errors.Is(err, ErrSuccessor) || errors.Is(err, ErrRelief) { // what was refused is a fact of the shift
		line := Line{Room: id, At: w.Clock.Micro(), Code: "leaving_refused", Person: actor.Person, Params: map[string]any{"person": actor.Person}}
		if noted := w.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return w.Note.write(ctx, tx, line) }); noted != nil {
			return a, noted
		}
		w.Tell(id)
	}
	return a, err
}

// ended writes down that some people keep watch no more, whose end is part of another act.
func (w *Watch) ended(ctx context.Context, tx bun.Tx, actor access.Actor, on []Attendance, at int64, how string) error {
	for i := range on {
		if err := end(ctx, tx, &on[i], at, how, ""); err != nil {
			return err
		}
		if err := ledger.Record(ctx, tx, actor.Act(at, kindOff, on[i].Room, "", on[i].toldOff())); err != nil {
			return err
		}
	}
	return nil
}
