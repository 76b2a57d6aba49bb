// Package duties builds the parts of the chapter on the watch and connects them with each other
// and with the house.
package duties

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/console"
	"watchroom/internal/access/staff"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/app/oversight"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/departure"
	"watchroom/internal/duty/handover"
	"watchroom/internal/duty/leave"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/duty/lookout"
	"watchroom/internal/duty/notice"
	"watchroom/internal/duty/presence"
	"watchroom/internal/duty/roster"
	"watchroom/internal/duty/visitor"
	"watchroom/internal/event"
	"watchroom/internal/rule"
)

// House is what the chapter needs of the rest.
type House struct {
	DB       *db.DB
	Bus      *event.Bus
	Clock    clock.Clock
	Rules    *rule.Set
	Zone     *time.Location // of the site
	Accounts *account.Control
	Watched  *oversight.Oversight // what is due by the end of a watch; nil: nothing is
	Files    *staff.Files         // of people; nil: nothing is known of their papers
	Attached string               // folder of what is attached to duty records
	Log      *slog.Logger
	// Raise raises an alarm under a key, or takes it down where code is empty; nil: nobody is told.
	Raise func(key, code, detail, camera string, params map[string]any)
}

// Duties are the parts of the chapter.
type Duties struct {
	Rooms      *duty.Rooms
	Watch      *duty.Watch
	Handovers  *handover.Handovers
	Book       *logbook.Book
	Presence   *presence.Presence
	Lookout    *lookout.Lookout
	Departures *departure.Departures
	Rosters    *roster.Rosters
	Leaves     *leave.Leaves

	Visitors *visitor.Register
	Notices  *notice.Book // what leaders tell the rooms

	house House
	looks every.Loop
}

// New makes them.
func New(h House) *Duties {
	d := &Duties{house: h, Rooms: &duty.Rooms{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Chain: chain}}
	d.Rooms.Heads = func(ctx context.Context, person string, areas []string) (bool, error) {
		return h.heads(ctx, person, areas)
	}
	d.Book = h.book(d.Rooms)
	d.Watch = &duty.Watch{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, Note: d.Book.Note}
	d.Rooms.Answers, d.Rooms.Ends, d.Rooms.Moved = d.Watch.Headed, d.Watch.Unwatched, d.Watch.Moved
	d.Watch.Serves = h.serves
	d.Watch.Changed = func(person string) { h.Accounts.RightsChanged(person, "duty") }
	h.Accounts.Duty = d.Watch.Areas
	d.Presence = &presence.Presence{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, Active: console.InputOf, Alarm: h.alarm}
	d.Departures = &departure.Departures{DB: h.DB, Clock: h.Clock, Watch: d.Watch, Stands: h.in(access.DutyStand)}
	d.Lookout = &lookout.Lookout{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Watch: d.Watch, Alarm: h.alarm, Planned: d.planned}
	if h.Watched != nil {
		h.Watched.Emergencies.Shift, h.Watched.Reasons.Shift = d.Watch.Ends, d.Watch.Ends
	}
	d.Handovers = &handover.Handovers{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Watch: d.Watch}
	d.Visitors = &visitor.Register{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, May: h.in(access.VisitorApprove)}
	d.Notices = &notice.Book{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, May: h.in(access.DutyInstruct), Readers: readers}
	d.Rosters, d.Leaves = h.rostering(d.Rooms)
	d.Presence.Note, d.Lookout.Note, d.Departures.Note, d.Leaves.Note = d.Book.Note, d.Book.Note, d.Book.Note, d.Book.Note
	d.Visitors.Note, d.Notices.Note = d.Book.Note, d.Book.Note
	d.Book.OnWatch = duty.OnWatch
	d.Handovers.Recorded = func(ctx context.Context, tx bun.IDB, room *duty.Room, from, to int64) error {
		return d.Book.Ready(ctx, tx, room.ID, from, to)
	}
	d.Watch.Rostered, d.Watch.Drawn, d.Watch.Taking = d.Rosters.Turn, d.drawn, d.Handovers.Taking
	return d
}

// in tells whether somebody's account is in use and may do something in all that a room watches.
func (h *House) in(action access.Action) func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error) {
	return func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error) {
		return h.may(ctx, tx, person, action, room.Areas)
	}
}

// readers gives who is to read what is told to a room: whoever is signed on there.
func readers(ctx context.Context, tx bun.IDB, room string) (people []string, err error) {
	on, err := duty.Present(ctx, tx, room)
	for i := range on {
		people = append(people, on[i].Person)
	}
	return people, err
}

// alarm raises one of the watch, which names people by their names.
func (h *House) alarm(key, code, detail string, params map[string]any) {
	if h.Raise == nil {
		return
	}
	for _, k := range []string{"person", "head"} {
		if id, ok := params[k].(string); ok {
			if p, err := h.Accounts.Person(context.Background(), id); err == nil {
				params[k] = cmp.Or(p.DisplayName, p.Username)
			}
		}
	}
	h.Raise("duty "+key, code, detail, "", params)
}

// serves tells whether the account of a person is in use.
func (h *House) serves(ctx context.Context, person string) (bool, error) {
	_, who, err := h.Accounts.Stands(ctx, person)
	if errors.Is(err, account.ErrPersonUnknown) {
		return false, nil
	}
	return err == nil && who.Shut(h.Clock.Micro()) == "", err
}

// chain gives an area and those that it lies in.
func chain(ctx context.Context, tx bun.IDB, id string) ([]string, error) {
	tree, err := area.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	return tree.Chain(id), nil
}

// heads tells whether somebody may decide on the watch in areas.
func (h *House) heads(ctx context.Context, person string, areas []string) (bool, error) {
	return h.may(ctx, h.DB.Read(), person, access.DutyDecide, areas)
}

// may tells whether the account of a person is in use and may do something in all of some areas.
func (h *House) may(ctx context.Context, tx bun.IDB, person string, action access.Action, areas []string) (bool, error) {
	actor, who, err := h.Accounts.Stands(ctx, person)
	switch {
	case errors.Is(err, account.ErrPersonUnknown):
		return false, nil
	case err != nil || who.Shut(h.Clock.Micro()) != "":
		return false, err
	}
	room := duty.Room{Content: duty.Content{Areas: areas}}
	reach, err := duty.ReachOf(ctx, tx, chain, room)
	return err == nil && reach.May(actor, action, &room) == nil, err
}

// able gives the people, by name, who may do something in all of some areas.
func (h *House) able(ctx context.Context, action access.Action, areas []string) ([]room.Somebody, error) {
	people, err := h.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	all := []room.Somebody{}
	for i := range people {
		p := &people[i]
		if len(p.Holdings) == 0 || p.Shut(h.Clock.Micro()) != "" {
			continue
		}
		ok, err := h.may(ctx, h.DB.Read(), p.ID, action, areas)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, room.Somebody{ID: p.ID, Name: cmp.Or(p.DisplayName, p.Username)})
		}
	}
	slices.SortFunc(all, func(a, b room.Somebody) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}
