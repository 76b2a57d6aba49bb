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
	dutyapi "watchroom/internal/api/duty"
	departureapi "watchroom/internal/api/duty/departure"
	handoverapi "watchroom/internal/api/duty/handover"
	leaveapi "watchroom/internal/api/duty/leave"
	presenceapi "watchroom/internal/api/duty/presence"
	"watchroom/internal/api/duty/room"
	rosterapi "watchroom/internal/api/duty/roster"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/app/oversight"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/departure"
	"watchroom/internal/duty/handover"
	"watchroom/internal/duty/leave"
	"watchroom/internal/duty/lookout"
	"watchroom/internal/duty/presence"
	"watchroom/internal/duty/roster"
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
	Files    *staff.Files         // of people; nil: nothing is known of their papers
	Watched  *oversight.Oversight // what is due by the end of a watch; nil: nothing is
	Log      *slog.Logger
	// Raise raises an alarm under a key, or takes it down where code is empty.
	Raise func(key, code, detail, camera string, params map[string]any)
}

// Duties are the parts of the chapter.
type Duties struct {
	Rooms      *duty.Rooms
	Watch      *duty.Watch
	Handovers  *handover.Handovers
	Presence   *presence.Presence
	Lookout    *lookout.Lookout
	Departures *departure.Departures
	Rosters    *roster.Rosters
	Leaves     *leave.Leaves

	house House
	looks every.Loop
}

// pause is between looks at who keeps watch and who is to be asked.
const pause = 5 * time.Second

// Start begins to look.
func (d *Duties) Start(ctx context.Context) error {
	d.looks.Start(ctx, pause, every.Trying(func(ctx context.Context) error { return errors.Join(d.Lookout.Look(ctx), d.Presence.Look(ctx)) }, func(err error) {
		d.house.Log.Warn("the watch in the control rooms could not be looked at", "err", err)
	}))
	return nil
}

// Close stops and waits.
func (d *Duties) Close() { d.looks.Close() }

// New makes them.
func New(h House) *Duties {
	d := &Duties{house: h, Rooms: &duty.Rooms{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Chain: chain}}
	d.Rooms.Heads = func(ctx context.Context, person string, areas []string) (bool, error) {
		return h.heads(ctx, person, areas)
	}
	d.Watch = &duty.Watch{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms}
	d.Rooms.Answers, d.Rooms.Ends, d.Rooms.Moved = d.Watch.Headed, d.Watch.Unwatched, d.Watch.Moved
	d.Watch.Serves = h.serves
	d.Watch.Changed = func(person string) { h.Accounts.RightsChanged(person, "duty") }
	h.Accounts.Duty = d.Watch.Areas
	d.Presence = &presence.Presence{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, Active: console.InputOf, Alarm: h.alarm}
	d.Departures = &departure.Departures{DB: h.DB, Clock: h.Clock, Watch: d.Watch, Stands: func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error) {
		return h.may(ctx, tx, person, access.DutyStand, room.Areas)
	}}
	d.Lookout = &lookout.Lookout{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Watch: d.Watch, Alarm: h.alarm}
	if h.Watched != nil {
		h.Watched.Emergencies.Shift, h.Watched.Reasons.Shift = d.Watch.Ends, d.Watch.Ends
	}
	d.Handovers = &handover.Handovers{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Watch: d.Watch}
	d.Rosters, d.Leaves = h.rostering(d.Rooms)
	d.Watch.Rostered = d.Rosters.Turn
	return d
}

// alarm raises one of the watch, which names people by their names.
func (h *House) alarm(key, code, detail string, params map[string]any) {
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

// Routes are what people reach of it, with what the watch is told of the recorder.
func (d *Duties) Routes(s Sources) dutyapi.Routes {
	kinds := func(ctx context.Context, tx bun.IDB, person string) ([]string, error) {
		return s.Factors.Kinds(ctx, tx, person)
	}
	d.Watch.Proves = func(ctx context.Context, person string) (bool, error) {
		all, err := kinds(ctx, d.Watch.DB.Read(), person)
		return len(all) > 0, err
	}
	h := d.Handovers
	h.Factors, h.Checkpoint, h.State, h.Matters = kinds, s.checkpoint, s.state, []duty.Matters{s.alarms, s.faults, s.losses}
	return dutyapi.Routes{Room: room.Routes{Rooms: d.Rooms, Names: d.house.Accounts.Names, Able: d.house.able}, Watch: watch.Routes{Watch: d.Watch}, Handover: handoverapi.Routes{Handovers: h}, Presence: presenceapi.Routes{Presence: d.Presence}, Departure: departureapi.Routes{Departures: d.Departures},
		Roster: rosterapi.Routes{Rosters: d.Rosters}, Leave: leaveapi.Routes{Leaves: d.Leaves}}
}
