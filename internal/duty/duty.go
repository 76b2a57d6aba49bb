// Package duty is the ground of the watch (C024, C044 to C048, C070): the control rooms, who
// answers for each of them at any instant, and who has signed on. Rosters, duty records, visitors
// and handovers stand in the packages below it.
//
// At every instant exactly one person answers for a room that is in use (practice P3): whoever is
// in charge of the watch, the stand-by of a room that was closed by the rules, or, while nobody
// keeps watch, the head of the room. That passes by a signature, by a recorded takeover, by
// signing on to a room that nobody watches, and by closing; nothing else moves it.
package duty

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Line is an entry of the duty record that the program writes itself.
type Line struct {
	Room    string
	At      int64          // µs, of what happened
	Code    string         // what happened, such as "signed_on"; the duty record has its words in both languages
	Params  map[string]any // what those words name; of people and cameras the ids
	Person  string         // id of whose doing it was; empty: nobody's
	Cameras []string       // ids
	Subject string         // id of what it is about, such as a handover; may be empty
}

// Note writes a line into the duty record of its room, in the transaction of what happened.
type Note func(ctx context.Context, tx bun.IDB, l Line) error

// write is n, or nothing where no record is kept.
func (n Note) write(ctx context.Context, tx bun.IDB, l Line) error {
	if n == nil {
		return nil
	}
	return problem.Wrap(n(ctx, tx, l), "write into the duty record")
}

// Chain gives an area and those that it lies in, its own id first; empty: there is none such.
type Chain func(ctx context.Context, tx bun.IDB, area string) ([]string, error)

// ErrRoomOther refuses an act on a room of other areas than those of the right.
var ErrRoomOther = problem.New(problem.Forbidden, "room_elsewhere", "Your position includes this in other areas than those of this room.")

// Reach decides in which rooms an actor may do what. The zero Reach knows no areas.
type Reach struct{ chains map[string][]string }

// ReachOf reads where the areas of some rooms lie.
func ReachOf(ctx context.Context, tx bun.IDB, chain Chain, rooms ...Room) (r Reach, err error) {
	r.chains = map[string][]string{}
	for i := range rooms {
		for _, a := range rooms[i].Areas {
			if r.chains[a] != nil || chain == nil {
				continue
			}
			if r.chains[a], err = chain(ctx, tx, a); err != nil {
				return r, problem.Wrap(err, "read areas")
			}
		}
	}
	return r, nil
}

// places gives where a room watches: everywhere is one place that lies in no area.
func (r Reach) places(of *Room) []access.Place {
	if len(of.Areas) == 0 {
		return []access.Place{{Grade: access.LowestGrade}}
	}
	all := make([]access.Place, len(of.Areas))
	for i, a := range of.Areas {
		all[i] = access.Place{Areas: r.chains[a], Grade: access.LowestGrade}
	}
	return all
}

// May is nil where the actor may do action in all that a room watches.
func (r Reach) May(actor access.Actor, action access.Action, of *Room) error {
	if err := access.Can(actor, action, ""); err != nil {
		return err
	}
	for _, p := range r.places(of) {
		if access.At(actor, action, p) != nil {
			return ErrRoomOther.With("action", string(action)).With("room", of.Name)
		}
	}
	return nil
}

// Sees tells whether the actor may know of a room: who may read about part of what it watches.
func (r Reach) Sees(actor access.Actor, of *Room) bool {
	if access.Can(actor, access.DutyRead, "") != nil {
		return false
	}
	if len(of.Areas) == 0 {
		return true
	}
	for _, p := range r.places(of) {
		if access.At(actor, access.DutyRead, p) == nil {
			return true
		}
	}
	return false
}
