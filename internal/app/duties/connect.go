package duties

import (
	"context"
	"errors"
	"time"

	dutyapi "watchroom/internal/api/duty"
	departureapi "watchroom/internal/api/duty/departure"
	handoverapi "watchroom/internal/api/duty/handover"
	leaveapi "watchroom/internal/api/duty/leave"
	noticeapi "watchroom/internal/api/duty/notice"
	presenceapi "watchroom/internal/api/duty/presence"
	"watchroom/internal/api/duty/room"
	rosterapi "watchroom/internal/api/duty/roster"
	visitorapi "watchroom/internal/api/duty/visitor"
	"watchroom/internal/api/duty/watch"
	"watchroom/internal/clock/every"
	"watchroom/internal/duty"
)

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

// Routes are what people reach of it, with what the watch is told of the recorder.
func (d *Duties) Routes(s Sources) dutyapi.Routes {
	d.Watch.Proves = func(ctx context.Context, person string) (bool, error) {
		all, err := s.Factors.Kinds(ctx, d.Watch.DB.Read(), person)
		return len(all) > 0, err
	}
	h, names := d.Handovers, d.house.Accounts.Names
	h.Checkpoint, h.State = s.checkpoint, s.state
	h.Matters = []duty.Matters{s.alarms, s.faults, s.losses, d.headless, d.Book.Matters, d.Visitors.Matters, d.Notices.Matters}
	return dutyapi.Routes{
		Room:      room.Routes{Rooms: d.Rooms, Names: names, Able: d.house.able},
		Watch:     watch.Routes{Watch: d.Watch},
		Handover:  handoverapi.Routes{Handovers: h},
		Presence:  presenceapi.Routes{Presence: d.Presence},
		Departure: departureapi.Routes{Departures: d.Departures},
		Record:    d.record(),
		Roster:    rosterapi.Routes{Rosters: d.Rosters},
		Leave:     leaveapi.Routes{Leaves: d.Leaves},
		Visitor:   visitorapi.Routes{Visitors: d.Visitors, Names: names, Zone: d.house.Zone},
		Notice:    noticeapi.Routes{Book: d.Notices, Names: names},
	}
}
