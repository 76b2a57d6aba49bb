// Package departure answers for people who leave a watch before their shift ends.
package departure

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/departure"
)

const tag = "Watch"

// Routes are what departures need.
type Routes struct {
	Departures *departure.Departures
	Names      func(ctx context.Context) (map[string]string, error) // of people, by id
}

// WatchDeparture is a departure.
type WatchDeparture struct {
	ID         string          `json:"id"`
	Room       string          `json:"room"`
	Person     string          `json:"person"`
	Name       string          `json:"name"`
	Relief     string          `json:"relief"`
	ReliefName string          `json:"reliefName"`
	Reason     string          `json:"reason"`
	BackAt     *time.Time      `json:"backAt,omitempty" doc:"Absent: not in this shift."`
	At         time.Time       `json:"at"`
	State      string          `json:"state" enum:"asked,approved,refused,withdrawn,left"`
	Steps      []DepartureStep `json:"steps" nullable:"false"`
}

// DepartureStep is what became of one.
type DepartureStep struct {
	Step   string    `json:"step" enum:"approved,refused,withdrawn,left"`
	Person string    `json:"person"`
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`
}

// NewDeparture asks for one.
type NewDeparture struct {
	Relief string     `json:"relief" maxLength:"40" doc:"Id of who comes in their place."`
	Reason string     `json:"reason" maxLength:"2000"`
	BackAt *time.Time `json:"backAt,omitempty"`
}

// DepartureDecision agrees, or refuses with a reason.
type DepartureDecision struct {
	Approve bool   `json:"approve"`
	Note    string `json:"note,omitempty" maxLength:"2000"`
}

type askInput struct{ Body NewDeparture }

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type decideInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DepartureDecision
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const all, one = "/api/v1/departures", "/api/v1/departures/{id}"
	stands := route.Needs(access.DutyStand)
	route.Do(r, route.Operation{
		ID: "askDeparture", Method: http.MethodPost, Path: all, Tag: tag, Demand: stands, Status: http.StatusCreated,
		Summary: "Ask to leave the watch before the shift ends",
		About:   "A leader agrees, and the relief signs on first. Who is in charge hands over.",
	}, x.ask)
	route.Do(r, route.Operation{
		ID: "listDepartures", Method: http.MethodGet, Path: "/api/v1/rooms/{id}/departures", Tag: tag, Demand: route.Needs(access.DutyRead),
		Summary: "List the departures of a room, the newest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "decideDeparture", Method: http.MethodPost, Path: one + "/decide", Tag: tag, Demand: route.Needs(access.DutyDecide),
		Summary: "Agree to a departure, or refuse it",
	}, x.decide)
	route.Do(r, route.Operation{
		ID: "withdrawDeparture", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: stands,
		Summary: "Take back a departure that you asked for",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "leaveWatch", Method: http.MethodPost, Path: one + "/leave", Tag: tag, Demand: stands,
		Summary: "Leave, now that a leader has agreed and the relief is there",
	}, x.leave)
}

func face(d *departure.Departure, names map[string]string) WatchDeparture {
	out := WatchDeparture{ID: d.ID, Room: d.Room, Person: d.Person, Name: names[d.Person], Relief: d.Relief, ReliefName: names[d.Relief], Reason: d.Reason,
		BackAt: route.TimeOrNil(d.BackAt), At: route.Time(d.At), State: string(d.State), Steps: []DepartureStep{}}
	for _, s := range d.Steps {
		out.Steps = append(out.Steps, DepartureStep{Step: string(s.Step), Person: s.Person, Name: names[s.Person], At: route.Time(s.At), Note: s.Note})
	}
	return out
}

func (x *Routes) answer(ctx context.Context, d departure.Departure, err error) (*route.Answer[WatchDeparture], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(&d, names)), nil
}

func (x *Routes) ask(ctx context.Context, in *askInput) (*route.Answer[WatchDeparture], error) {
	a := departure.Asking{Relief: in.Body.Relief, Reason: in.Body.Reason}
	if in.Body.BackAt != nil {
		if err := route.Instants(*in.Body.BackAt); err != nil {
			return nil, err
		}
		a.BackAt = in.Body.BackAt.UnixMicro()
	}
	d, err := x.Departures.Ask(ctx, route.Actor(ctx), a)
	return x.answer(ctx, d, err)
}

func (x *Routes) list(ctx context.Context, in *byID) (*route.Answer[route.List[WatchDeparture]], error) {
	all, err := x.Departures.List(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(d departure.Departure) WatchDeparture { return face(&d, names) }), nil
}

func (x *Routes) decide(ctx context.Context, in *decideInput) (*route.Answer[WatchDeparture], error) {
	d, err := x.Departures.Decide(ctx, route.Actor(ctx), in.ID, in.Body.Approve, in.Body.Note)
	return x.answer(ctx, d, err)
}

func (x *Routes) withdraw(ctx context.Context, in *byID) (*route.Answer[WatchDeparture], error) {
	d, err := x.Departures.Withdraw(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, d, err)
}

func (x *Routes) leave(ctx context.Context, in *byID) (*route.Answer[WatchDeparture], error) {
	d, err := x.Departures.Leave(ctx, route.Actor(ctx), in.ID)
	return x.answer(ctx, d, err)
}
