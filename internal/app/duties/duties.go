// Package duties builds the parts of the chapter on the watch and connects them with each other
// and with the house.
package duties

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	dutyapi "watchroom/internal/api/duty"
	handoverapi "watchroom/internal/api/duty/handover"
	"watchroom/internal/api/duty/room"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/app/oversight"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
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
	Watched  *oversight.Oversight // what is due by the end of a watch
}

// Duties are the parts of the chapter.
type Duties struct {
	Rooms     *duty.Rooms
	Watch     *duty.Watch
	Handovers *handover.Handovers
	house     House
}

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
	if h.Watched != nil {
		h.Watched.Emergencies.Shift, h.Watched.Reasons.Shift = d.Watch.Ends, d.Watch.Ends
	}
	d.Handovers = &handover.Handovers{DB: h.DB, Clock: h.Clock, Rules: h.Rules, Watch: d.Watch}
	d.Watch.Taking = d.Handovers.Taking
	return d
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
	h.Checkpoint, h.State, h.Matters = s.checkpoint, s.state, []duty.Matters{s.alarms, s.faults, s.losses}
	return dutyapi.Routes{Room: room.Routes{Rooms: d.Rooms, Names: d.house.Accounts.Names, Able: d.house.able}, Watch: watch.Routes{Watch: d.Watch}, Handover: handoverapi.Routes{Handovers: h}}
}
