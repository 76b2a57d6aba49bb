package duties

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/duty"
	"watchroom/internal/duty/leave"
	"watchroom/internal/duty/lookout"
	"watchroom/internal/duty/roster"
)

// rostering connects rosters and leave with what the house knows of people.
func (h *House) rostering(rooms *duty.Rooms) (*roster.Rosters, *leave.Leaves) {
	r := &roster.Rosters{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rules: h.Rules, Zone: h.Zone, Rooms: rooms, Fit: h.fit, Crew: h.crew, Names: h.Accounts.Names}
	l := &leave.Leaves{DB: h.DB, Bus: h.Bus, Clock: h.Clock, Rooms: rooms, Rosters: r}
	r.Away = l.Away
	return r, l
}

// fit tells what somebody lacks to keep watch in a room: an account that is in use then, a position
// that includes it there, and the papers of their file.
func (h *House) fit(ctx context.Context, tx bun.IDB, room *duty.Room, person string, at int64) (lacks []string, pendingUntil int64, err error) {
	actor, who, err := h.Accounts.Stands(ctx, person)
	switch {
	case errors.Is(err, account.ErrPersonUnknown):
		return []string{"account"}, 0, nil
	case err != nil:
		return nil, 0, err
	case !usable(&who, at):
		lacks = append(lacks, "account")
	}
	reach, err := duty.ReachOf(ctx, tx, chain, *room)
	if err != nil {
		return nil, 0, err
	}
	if reach.May(actor, access.DutyStand, room) != nil {
		lacks = append(lacks, "position")
	}
	if h.Files == nil {
		return lacks, 0, nil
	}
	papers, pendingUntil, err := h.Files.Lacks(ctx, tx, person, who.Holdings, roster.Papers.Get(h.Rules), at)
	return append(lacks, papers...), pendingUntil, err
}

// usable tells whether an account is in use at an instant (µs).
func usable(who *account.Person, at int64) bool {
	return !who.Disabled && (who.ValidFrom == nil || *who.ValidFrom <= at) && (who.ValidUntil == nil || at < *who.ValidUntil)
}

// crew gives those whose position includes keeping watch in a room, whose account is in use now or
// will be.
func (h *House) crew(ctx context.Context, room *duty.Room) (all []string, err error) {
	people, err := h.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	reach, err := duty.ReachOf(ctx, h.DB.Read(), chain, *room)
	if err != nil {
		return nil, err
	}
	now := h.Clock.Micro()
	for i := range people {
		if people[i].Disabled || people[i].ValidUntil != nil && *people[i].ValidUntil <= now {
			continue
		}
		actor, _, err := h.Accounts.Stands(ctx, people[i].ID)
		if err != nil {
			return nil, err
		}
		if reach.May(actor, access.DutyStand, room) == nil {
			all = append(all, people[i].ID)
		}
	}
	return all, nil
}

// planned gives who is on the roster of a room at an instant (µs).
func (d *Duties) planned(ctx context.Context, tx bun.IDB, room string, at int64) (all []lookout.Planned, err error) {
	due, err := d.Rosters.Due(ctx, tx, room, roster.Span{From: at, To: at + 1})
	for i := range due {
		for _, p := range due[i].People {
			all = append(all, lookout.Planned{Person: p.Person, Shift: due[i].ID, From: due[i].From, To: due[i].To})
		}
	}
	return all, err
}
