// Package duties builds the parts of the chapter on the watch and connects them with each other
// and with the house.
package duties

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/staff"
	dutyapi "watchroom/internal/api/duty"
	leaveapi "watchroom/internal/api/duty/leave"
	"watchroom/internal/api/duty/room"
	rosterapi "watchroom/internal/api/duty/roster"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/leave"
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
	Files    *staff.Files // of people; nil: nothing is known of their papers
}

// Duties are the parts of the chapter.
type Duties struct {
	Rooms   *duty.Rooms
	Rosters *roster.Rosters
	Leaves  *leave.Leaves
}

// New makes them.
func New(h House) *Duties {
	d := &Duties{Rooms: &duty.Rooms{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Chain: chain}}
	d.Rooms.Heads = func(ctx context.Context, person string, areas []string) (bool, error) {
		return h.heads(ctx, person, areas)
	}
	d.Rosters, d.Leaves = h.rostering(d.Rooms)
	return d
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
	actor, who, err := h.Accounts.Stands(ctx, person)
	switch {
	case errors.Is(err, account.ErrPersonUnknown):
		return false, nil
	case err != nil || who.Disabled:
		return false, err
	}
	room := duty.Room{Content: duty.Content{Areas: areas}}
	reach, err := duty.ReachOf(ctx, h.DB.Read(), chain, room)
	return err == nil && reach.May(actor, access.DutyDecide, &room) == nil, err
}

// Routes are what people reach of it.
func (d *Duties) Routes() dutyapi.Routes {
	return dutyapi.Routes{Room: room.Routes{Rooms: d.Rooms}, Roster: rosterapi.Routes{Rosters: d.Rosters}, Leave: leaveapi.Routes{Leaves: d.Leaves, Names: d.Rosters.Names}}
}
