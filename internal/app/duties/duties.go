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
	noticeapi "watchroom/internal/api/duty/notice"
	"watchroom/internal/api/duty/room"
	visitorapi "watchroom/internal/api/duty/visitor"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/notice"
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
}

// Duties are the parts of the chapter.
type Duties struct {
	Rooms    *duty.Rooms
	Visitors *visitor.Register
	Notices  *notice.Book // what leaders tell the rooms
	house    House
}

// New makes them.
func New(h House) *Duties {
	d := &Duties{house: h, Rooms: &duty.Rooms{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Chain: chain}}
	d.Rooms.Heads = func(ctx context.Context, person string, areas []string) (bool, error) {
		return h.heads(ctx, person, areas)
	}
	d.Visitors = &visitor.Register{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, May: func(ctx context.Context, tx bun.IDB, person string, r *duty.Room) (bool, error) {
		return h.may(ctx, tx, person, access.VisitorApprove, r.Areas)
	}}
	d.Notices = &notice.Book{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Rooms: d.Rooms, May: func(ctx context.Context, tx bun.IDB, person string, r *duty.Room) (bool, error) {
		return h.may(ctx, tx, person, access.DutyInstruct, r.Areas)
	}}
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

// Routes are what people reach of it.
func (d *Duties) Routes() dutyapi.Routes {
	names := d.house.Accounts.Names
	return dutyapi.Routes{Room: room.Routes{Rooms: d.Rooms, Names: names, Able: d.house.able},
		Visitor: visitorapi.Routes{Visitors: d.Visitors, Names: names, Zone: d.house.Zone},
		Notice:  noticeapi.Routes{Book: d.Notices, Names: names}}
}
