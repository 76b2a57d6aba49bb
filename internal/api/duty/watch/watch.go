// Package watch answers for who keeps watch: the board of all rooms, signing on and off, taking
// over, closing, and who answered for a room at any minute of the past.
package watch

import (
	"context"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/duty/proof"
	"watchroom/internal/api/route"
	"watchroom/internal/duty"
)

const tag = "Watch"

// longest is how much of the past one question is about: a leap year and a day.
const longest = 367 * 24 * time.Hour

// mostTold bounds how many changes of a room one answer tells.
const mostTold = 5000

// Routes are what the watch needs.
type Routes struct {
	Watch  *duty.Watch
	Prover *proof.Prover
	Names  func(ctx context.Context) (map[string]string, error) // of people, by id
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const room = "/api/v1/rooms/{id}"
	reads, stands := route.Needs(access.DutyRead), route.Needs(access.DutyStand)
	route.Do(r, route.Operation{
		ID: "getWatch", Method: http.MethodGet, Path: "/api/v1/watch", Tag: tag, Demand: reads.WhileLocked(),
		Summary: "Tell who keeps watch where, and who answers for each room",
	}, x.board)
	route.Do(r, route.Operation{
		ID: "listAnswers", Method: http.MethodGet, Path: room + "/answers", Tag: tag, Demand: reads,
		Summary: "Tell who answered for a room, and who kept watch there, in an interval",
		About:   "At every instant exactly one person answers for a room. The first entry is who did at the beginning of the interval.",
	}, x.answers)
	route.Do(r, route.Operation{
		ID: "signOn", Method: http.MethodPost, Path: room + "/sign-on", Tag: tag, Demand: stands,
		Summary: "Sign on at a room",
		About:   "Who signs on to a room that nobody watches is in charge of it from then on.",
	}, x.signOn)
	proof.Register(r, proof.Act[SigningOn, WatchRoom]{
		ID: "signOnHere", Path: room + "/sign-on", Tag: tag, Demand: reads, Prover: x.Prover, Summary: "Sign on at the screen of somebody else",
		Sees: func(ctx context.Context, id string) error {
			_, err := x.Watch.Rooms.Look(ctx, x.Watch.DB.Read(), route.Actor(ctx), id)
			return err
		},
		Do: func(ctx context.Context, tx bun.Tx, who access.Actor, id string, b SigningOn) error {
			_, err := x.Watch.SignOnIn(ctx, tx, who, id, b.signing())
			return err
		},
		Done: func(ctx context.Context, who access.Actor, id string) (WatchRoom, error) {
			x.Watch.Tell(id, who.Person)
			return x.one(ctx, id)
		},
	})
	route.Do(r, route.Operation{
		ID: "signOff", Method: http.MethodPost, Path: room + "/sign-off", Tag: tag, Demand: route.Needs(access.DutyRead),
		Summary: "Sign off from a room",
		About:   "Who is in charge does not sign off: the watch passes by a handover. The attempt is on record.",
	}, x.signOff)
	route.Do(r, route.Operation{
		ID: "takeOver", Method: http.MethodPost, Path: room + "/take-over", Tag: tag, Demand: route.Needs(access.DutyDecide),
		Summary: "Take charge of a room without the signature of who is",
		About:   "For a duty lead, where somebody cannot or will not sign.",
	}, x.takeOver)
	route.Do(r, route.Operation{
		ID: "closeRoom", Method: http.MethodPost, Path: room + "/close", Tag: tag, Demand: stands,
		Summary: "Close a room of business hours, and say who answers for it",
	}, x.close)
}

func (x *Routes) board(ctx context.Context, _ *struct{}) (*route.Answer[WatchBoard], error) {
	actor := route.Actor(ctx)
	rooms, err := x.Watch.Rooms.Seen(ctx, actor)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	reach, err := duty.ReachOf(ctx, x.Watch.DB.Read(), x.Watch.Rooms.Chain, rooms...)
	if err != nil {
		return nil, err
	}
	start, closing := x.Watch.Checks()
	out := WatchBoard{Rooms: []WatchRoom{}, StartChecks: start, CloseChecks: closing, Grace: int(x.Watch.Grace() / time.Second), At: route.Time(x.Watch.Clock.Micro())}
	for i := range rooms {
		if rooms[i].RetiredAt != nil {
			continue
		}
		w, err := x.room(ctx, &rooms[i], actor, reach, names)
		if err != nil {
			return nil, err
		}
		out.Rooms = append(out.Rooms, w)
	}
	return route.Reply(out), nil
}

func (x *Routes) room(ctx context.Context, r *duty.Room, actor access.Actor, reach duty.Reach, names map[string]string) (WatchRoom, error) {
	tx := x.Watch.DB.Read()
	out := WatchRoom{ID: r.ID, Name: r.Name, Staff: r.Staff, Hours: string(r.Hours), Phone: r.Phone, Areas: r.Areas, Head: r.Head, HeadName: names[r.Head], Here: r.Here(actor.Origin.Address), On: []Attendance{}}
	out.Stands, out.Decides = reach.May(actor, access.DutyStand, r) == nil, reach.May(actor, access.DutyDecide, r) == nil
	t, err := duty.Running(ctx, tx, r.ID)
	if err != nil {
		return out, err
	}
	if t != nil {
		out.Answers = tenure(t, names)
	}
	on, err := duty.Present(ctx, tx, r.ID)
	if err != nil {
		return out, err
	}
	for i := range on {
		a := attendance(&on[i], names)
		a.Charge = t != nil && t.Kind == duty.Kept && t.Person == a.Person
		out.On, out.Mine = append(out.On, a), out.Mine || a.Person == actor.Person
		out.Staff = max(out.Staff, on[i].Turn.Staff)
	}
	return out, nil
}

func (x *Routes) one(ctx context.Context, id string) (WatchRoom, error) {
	actor := route.Actor(ctx)
	r, err := x.Watch.Rooms.Look(ctx, x.Watch.DB.Read(), actor, id)
	if err != nil {
		return WatchRoom{}, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return WatchRoom{}, err
	}
	reach, err := duty.ReachOf(ctx, x.Watch.DB.Read(), x.Watch.Rooms.Chain, r)
	if err != nil {
		return WatchRoom{}, err
	}
	return x.room(ctx, &r, actor, reach, names)
}

func (x *Routes) reply(ctx context.Context, id string, err error) (*route.Answer[WatchRoom], error) {
	if err != nil {
		return nil, err
	}
	out, err := x.one(ctx, id)
	if err != nil {
		return nil, err
	}
	return route.Reply(out), nil
}

func (x *Routes) answers(ctx context.Context, in *answersInput) (*route.Answer[RoomPast], error) {
	if err := route.Interval(in.From, in.To, longest); err != nil {
		return nil, err
	}
	r, err := x.Watch.Rooms.Look(ctx, x.Watch.DB.Read(), route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	from, to := in.From.UnixMicro(), in.To.UnixMicro()
	tenures, err := duty.Tenures(ctx, x.Watch.DB.Read(), r.ID, from, to, mostTold+1)
	if err != nil {
		return nil, err
	}
	on, err := duty.PresentAt(ctx, x.Watch.DB.Read(), r.ID, from, to, mostTold+1)
	if err != nil {
		return nil, err
	}
	out := RoomPast{Answers: []Tenure{}, On: []Attendance{}, More: len(tenures) > mostTold || len(on) > mostTold}
	for i := range tenures[:min(len(tenures), mostTold)] {
		out.Answers = append(out.Answers, *tenure(&tenures[i], names))
	}
	for i := range on[:min(len(on), mostTold)] {
		out.On = append(out.On, attendance(&on[i], names))
	}
	return route.Reply(out), nil
}

func (x *Routes) signOn(ctx context.Context, in *signOnInput) (*route.Answer[WatchRoom], error) {
	_, err := x.Watch.SignOn(ctx, route.Actor(ctx), in.ID, in.Body.signing())
	return x.reply(ctx, in.ID, err)
}

func (x *Routes) signOff(ctx context.Context, in *reasonInput) (*route.Answer[WatchRoom], error) {
	_, err := x.Watch.SignOff(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.reply(ctx, in.ID, err)
}

func (x *Routes) takeOver(ctx context.Context, in *reasonInput) (*route.Answer[WatchRoom], error) {
	_, err := x.Watch.TakeOver(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.reply(ctx, in.ID, err)
}

func (x *Routes) close(ctx context.Context, in *closeInput) (*route.Answer[WatchRoom], error) {
	_, err := x.Watch.Close(ctx, route.Actor(ctx), in.ID, duty.Closing{StandBy: in.Body.StandBy, Phone: in.Body.Phone, Checks: checks(in.Body.Checks)})
	return x.reply(ctx, in.ID, err)
}
