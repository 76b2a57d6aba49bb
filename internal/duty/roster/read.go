package roster

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/duty"
	"watchroom/internal/problem"
)

func wide(s Span) error {
	if s.To <= s.From || s.To-s.From > Widest {
		return ErrInterval
	}
	return nil
}

// gaps gives those of a room, by the shifts that are in one of some states.
func gaps(room *duty.Room, within Span, all []Shift, states ...State) []Gap {
	var stints []Stint
	for i := range all {
		if slices.Contains(states, all[i].State) {
			stints = append(stints, all[i].stint())
		}
	}
	within.From = max(within.From, room.AddedAt)
	if room.RetiredAt != nil {
		within.To = min(within.To, *room.RetiredAt)
	}
	if within.To <= within.From {
		return nil
	}
	return Gaps(within, room.Staff, room.Hours == duty.RoundTheClock, stints)
}

// Standing is somebody who could be on the roster, or is.
type Standing struct {
	Person  string
	Name    string
	Lacks   []string // what they lack; of who may plan only
	Pending int64    // µs; until when a licence in application stands for one, 0: none does
}

// View is the roster of a room over some time.
type View struct {
	Room   duty.Room
	Shifts []Shift
	Gaps   []Gap // by what is published
	Drawn  []Gap // by the drafts as well; of who may plan only
	People []Standing
	Plans  bool // the actor may plan here
}

// Window gives the roster of a room that the actor may know of. Drafts are for who may plan.
func (x *Rosters) Window(ctx context.Context, actor access.Actor, room string, within Span) (v View, err error) {
	if err := wide(within); err != nil {
		return v, err
	}
	tx := x.DB.Read()
	if v.Room, err = x.Rooms.Look(ctx, tx, actor, room); err != nil {
		return v, err
	}
	_, err = x.Rooms.In(ctx, tx, actor, access.DutyPlan, room)
	v.Plans = err == nil
	states := []State{Published}
	if v.Plans {
		states = append(states, Draft)
	}
	if v.Shifts, err = of(ctx, tx, room, within, states...); err != nil {
		return v, err
	}
	v.Gaps = gaps(&v.Room, within, v.Shifts, Published)
	if v.Plans {
		v.Drawn = gaps(&v.Room, within, v.Shifts, Published, Draft)
	}
	v.People, err = x.people(ctx, tx, &v, max(within.From, x.Clock.Micro()))
	return v, err
}

// people gives those who could be on the roster of a room or are, by name.
func (x *Rosters) people(ctx context.Context, tx bun.IDB, v *View, at int64) (all []Standing, err error) {
	names, err := x.names(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for i := range v.Shifts {
		for _, p := range v.Shifts[i].People {
			ids[p.Person] = true
		}
	}
	if v.Plans && x.Crew != nil {
		crew, err := x.Crew(ctx, &v.Room)
		if err != nil {
			return nil, err
		}
		for _, p := range crew {
			ids[p] = true
		}
	}
	fitness := x.fitness(&v.Room)
	for id := range ids {
		s := Standing{Person: id, Name: names[id]}
		if v.Plans {
			f, err := fitness.at(ctx, tx, id, at)
			if err != nil {
				return nil, err
			}
			s.Lacks, s.Pending = f.lacks, f.pending
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Standing) int {
		if a.Name != b.Name && a.Name < b.Name || a.Name == b.Name && a.Person < b.Person {
			return -1
		}
		return 1
	})
	return all, nil
}

// Gaps gives those of a room by what is published, over at most Widest.
func (x *Rosters) Gaps(ctx context.Context, tx bun.IDB, room *duty.Room, within Span) ([]Gap, error) {
	if err := wide(within); err != nil {
		return nil, err
	}
	all, err := of(ctx, tx, room.ID, within, Published)
	return gaps(room, within, all, Published), err
}

// Due gives who is on the published roster of a room at some time between.
func (x *Rosters) Due(ctx context.Context, tx bun.IDB, room string, within Span) ([]Shift, error) {
	return of(ctx, tx, room, within, Published)
}

// turn makes one of the first of some shifts.
func turn(all []Shift, person string) *duty.Turn {
	if len(all) == 0 {
		return nil
	}
	s := &all[0]
	return &duty.Turn{Shift: s.ID, Name: s.Name, From: s.From, To: s.To, Staff: s.Staff, Charge: len(s.People) > 0 && s.People[0].Person == person && s.People[0].Charge}
}

// next reads the first published shift of somebody that ends after an instant and begins no
// later than another; of one room, unless it is empty.
func next(ctx context.Context, tx bun.IDB, room, person string, at, latest int64, most int) ([]Shift, error) {
	return shifts(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Join("JOIN shift_people AS m ON m.shift = s.id").Where("m.person = ?", person).Where("s.state = ?", Published).
			Where("s.to_at > ?", at).Where("s.from_at <= ?", latest).Limit(int64(most))
		if room != "" {
			q = q.Where("s.room = ?", room)
		}
		return q
	})
}

// Turn is duty.Rostered by what is published.
func (x *Rosters) Turn(ctx context.Context, tx bun.IDB, room, person string, at, early int64) (*duty.Turn, error) {
	all, err := next(ctx, tx, room, person, at, at+early, 1)
	return turn(all, person), err
}

// Next gives the shift of somebody that runs at an instant (µs), or else the next one, with its room; nil: there
// is none.
func (x *Rosters) Next(ctx context.Context, tx bun.IDB, person string, at int64) (room string, t *duty.Turn, err error) {
	all, err := next(ctx, tx, "", person, at, at+2*Furthest, 1)
	if err != nil || len(all) == 0 {
		return "", nil, err
	}
	return all[0].Room, turn(all, person), nil
}

// Own gives the published shifts of the actor from now on, those that run first.
func (x *Rosters) Own(ctx context.Context, actor access.Actor) ([]Shift, error) {
	at := x.Clock.Micro()
	return next(ctx, x.DB.Read(), "", actor.Person, at, at+Furthest, 200)
}

// Change is something that was done to a shift.
type Change struct {
	Shift, Room string
	Version     int
	At          int64 // µs
	By          string
	Kind        string
	Cause       string
	Reason      string
	Was, Became string // JSON of Content; Was is empty of a new one
}

// History gives what was done to the roster of a room, or to one shift of it, the latest first: at
// most 200, before an instant (µs) unless it is 0. What was done to drafts is for who may plan.
func (x *Rosters) History(ctx context.Context, actor access.Actor, room, shift string, before int64) (all []Change, err error) {
	tx := x.DB.Read()
	if _, err := x.Rooms.Look(ctx, tx, actor, room); err != nil {
		return nil, err
	}
	_, err = x.Rooms.In(ctx, tx, actor, access.DutyPlan, room)
	plans := err == nil
	var rows []changeRow
	q := tx.NewSelect().Model(&rows).Where("c.room = ?", room)
	if shift != "" {
		q = q.Where("c.shift = ?", shift)
	}
	if before > 0 {
		q = q.Where("c.at < ?", before)
	}
	if !plans {
		q = q.Where("EXISTS (SELECT 1 FROM roster_changes AS f WHERE f.shift = c.shift AND f.kind = ? AND f.version <= c.version)", string(Published))
	}
	if err := q.OrderExpr("c.at DESC, c.shift, c.version DESC").Limit(200).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read what was done to a roster")
	}
	for i := range rows {
		r := &rows[i]
		all = append(all, Change{Shift: r.Shift, Room: r.Room, Version: r.Version, At: r.At, By: r.ChangedBy, Kind: r.Kind, Cause: r.Cause, Reason: r.Reason, Was: r.Was, Became: r.Became})
	}
	return all, nil
}
