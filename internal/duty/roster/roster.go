// Package roster keeps who has the watch when (C024, C044, C045): the shift patterns of the control
// rooms, the shifts that are planned by them or by hand, and who is on the roster for each.
//
// A shift is a draft until it is published. What is done to it afterwards has a reason, and
// everything that was ever done to it stays on record. Nobody is put on the roster for two shifts
// at once, without rest, for too long, while on leave, or without what the watch demands of them:
// a licence in application is good until its day (practice P5).
package roster

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals of shifts. Those about a person have who: the name.
var (
	ErrUnknown   = problem.New(problem.NotFound, "shift_unknown", "There is no such shift.")
	ErrMany      = problem.New(problem.Invalid, "roster_many", "At most 400 shifts are planned at once.").On("shifts")
	ErrStaff     = problem.New(problem.Invalid, "shift_staff", "A shift takes 1 to 50 people.").On("staff")
	ErrTimes     = problem.New(problem.Invalid, "shift_times", "A shift ends after it begins.").On("to")
	ErrPast      = problem.New(problem.Conflict, "shift_past", "This lies in the past. What was, stays as it was.").On("from")
	ErrFar       = problem.New(problem.Invalid, "shift_far", "A roster is planned at most 400 days ahead.").On("from")
	ErrTwin      = problem.New(problem.Invalid, "shift_person_twice", "Somebody is in this shift twice.").On("people")
	ErrCharge    = problem.New(problem.Invalid, "shift_charge", "One person is in charge of a shift.").On("people")
	ErrNobody    = problem.New(problem.Invalid, "shift_person_unknown", "There is no such person.").On("people")
	ErrChanged   = problem.New(problem.Conflict, "shift_changed", "Somebody else changed this shift meanwhile. Look at it again.")
	ErrCancelled = problem.New(problem.Conflict, "shift_cancelled", "This shift was cancelled.")
	ErrLeave     = problem.New(problem.Conflict, "roster_on_leave", "This person is on leave at that time.").On("people")
	ErrUnfit     = problem.New(problem.Conflict, "roster_unfit", "This person cannot be on the roster here.").On("people") // lacks
	ErrFaults    = problem.New(problem.Conflict, "roster_faults", "The roster has faults. Mend them first.")               // count
	ErrInterval  = problem.New(problem.Invalid, "roster_interval", "Choose at most 93 days.").On("to")
	ErrNotIn     = problem.New(problem.Conflict, "shift_person_not_in", "This person is not in this shift any more.")
)

// State is how far a shift is.
type State string

// States of a shift.
const (
	Draft     State = "draft"
	Published State = "published"
	Cancelled State = "cancelled"
)

// Kinds of what is done to a shift.
const (
	Planned = "planned"
	Changed = "changed"
	ByLeave = "leave"
	BySwap  = "swap"
)

// Bounds.
const (
	mostPlanned = 400
	// Widest is the longest interval that is looked at, and Furthest how far ahead is planned, in µs.
	Widest   = 93 * 24 * int64(time.Hour/time.Microsecond)
	Furthest = 400 * 24 * int64(time.Hour/time.Microsecond)
)

// Place is somebody in a shift.
type Place struct {
	Person string `json:"person"`
	Charge bool   `json:"charge"` // in charge of the watch
}

// Content is what is said of a shift.
type Content struct {
	Name   string  `json:"name"`
	From   int64   `json:"from"` // µs
	To     int64   `json:"to"`   // µs, exclusive
	Staff  int     `json:"staff"`
	People []Place `json:"people"` // who is in charge first
}

// Span is its time.
func (c *Content) Span() Span { return Span{c.From, c.To} }

// Has tells whether somebody is in it.
func (c *Content) Has(person string) bool {
	return slices.ContainsFunc(c.People, func(p Place) bool { return p.Person == person })
}

func (c *Content) same(o *Content) bool {
	return c.Name == o.Name && c.From == o.From && c.To == o.To && c.Staff == o.Staff && slices.Equal(c.People, o.People)
}

// Shift is one of a room.
type Shift struct {
	ID, Room string
	Content
	State   State
	Version int
}

func (s *Shift) stint() Stint {
	st := Stint{Span: s.Span(), Staff: s.Staff}
	for _, p := range s.People {
		st.People = append(st.People, p.Person)
	}
	return st
}

// Fit tells what somebody lacks to keep watch in a room at an instant (µs): words of the screens,
// such as "licence"; none: nothing. pendingUntil is until when a licence in application stands
// for one, 0: none does.
type Fit func(ctx context.Context, tx bun.IDB, room *duty.Room, person string, at int64) (lacks []string, pendingUntil int64, err error)

// Rosters keeps them.
type Rosters struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set      // see Parameters; nil: the defaults
	Zone  *time.Location // of the site; nil: UTC
	Rooms *duty.Rooms
	Fit   Fit // nil: everybody is fit
	// Away tells whether somebody is on leave at some time between; nil: nobody ever is.
	Away func(ctx context.Context, tx bun.IDB, person string, s Span) (bool, error)
	// Crew gives those who could keep watch in a room by their position; nil: nobody knows.
	Crew func(ctx context.Context, room *duty.Room) ([]string, error)
	// Names gives the names of people; nil: they have none.
	Names func(ctx context.Context) (map[string]string, error)
}

func (x *Rosters) zone() *time.Location {
	if x.Zone == nil {
		return time.UTC
	}
	return x.Zone
}

func (x *Rosters) tell(room string) {
	if x.Bus != nil {
		x.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	}
}

func (x *Rosters) names(ctx context.Context) (map[string]string, error) {
	if x.Names == nil {
		return map[string]string{}, nil
	}
	return x.Names(ctx)
}

// When writes a span as people read it, in the time of the site.
func (x *Rosters) When(s Span) string {
	const minute = "2006-01-02 15:04"
	from, to := time.UnixMicro(s.From).In(x.zone()), time.UnixMicro(s.To).In(x.zone())
	return from.Format(minute) + " – " + to.Format(minute)
}

// clean brings what was typed of a shift into form.
func clean(c Content) (out Content, err error) {
	out = c
	if out.Name, err = text.Line("name", c.Name, 1, 30); err != nil {
		return out, err
	}
	switch {
	case c.To <= c.From:
		return out, ErrTimes
	case c.Staff < 1 || c.Staff > mostPeople || len(c.People) > mostPeople:
		return out, ErrStaff
	}
	out.People = slices.Clone(c.People)
	if out.People == nil {
		out.People = []Place{}
	}
	seen, charges := map[string]bool{}, 0
	for _, p := range out.People {
		if seen[p.Person] {
			return out, ErrTwin
		}
		seen[p.Person] = true
		if p.Charge {
			charges++
		}
	}
	if charges > 1 {
		return out, ErrCharge
	}
	if charges == 0 && len(out.People) > 0 {
		out.People[0].Charge = true
	}
	order(out.People)
	return out, nil
}

// order puts who is in charge first; the others keep their order by id, so that a shift has one form.
func order(people []Place) {
	slices.SortFunc(people, func(a, b Place) int {
		switch {
		case a.Charge != b.Charge && a.Charge:
			return -1
		case a.Charge != b.Charge:
			return 1
		case a.Person < b.Person:
			return -1
		}
		return 1
	})
}

func plain(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
