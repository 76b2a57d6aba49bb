// Package room answers for control rooms.
package room

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty"
)

const tag = "Watch"

// Routes are what control rooms need.
type Routes struct {
	Rooms *duty.Rooms
	Names func(ctx context.Context) (map[string]string, error) // of people, by id
	// Able gives the people, by name, who may do something in all of some areas, none: everywhere.
	Able func(ctx context.Context, action access.Action, areas []string) ([]Somebody, error)
}

// Somebody is a person with their name.
type Somebody struct{ ID, Name string }

// DutyRoom is a control room.
type DutyRoom struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" example:"一号楼监控室"`
	Areas     []string   `json:"areas" nullable:"false" doc:"Ids of what it watches; empty: everything."`
	Head      string     `json:"head" doc:"Id of the person who heads it: consents to swaps, and answers for it while nobody keeps watch."`
	HeadName  string     `json:"headName"`
	Staff     int        `json:"staff" doc:"The fewest people that a watch takes."`
	Hours     string     `json:"hours" enum:"around_the_clock,business"`
	Networks  []string   `json:"networks" nullable:"false" doc:"Addresses and networks of its computers, at which people sign on; empty: at any."`
	Phone     string     `json:"phone,omitempty"`
	AddedAt   time.Time  `json:"addedAt"`
	RetiredAt *time.Time `json:"retiredAt,omitempty"`
}

// DutyRoomInput says what a control room is.
type DutyRoomInput struct {
	Name     string   `json:"name" minLength:"1" maxLength:"100" example:"一号楼监控室"`
	Areas    []string `json:"areas" nullable:"false" maxItems:"200"`
	Head     string   `json:"head" maxLength:"40"`
	Staff    int      `json:"staff" minimum:"0" maximum:"1000"`
	Hours    string   `json:"hours" maxLength:"40" example:"around_the_clock"`
	Networks []string `json:"networks" nullable:"false" maxItems:"64" example:"10.1.2.0/24"`
	Phone    string   `json:"phone,omitempty" maxLength:"100"`
}

// DutyPerson is somebody who may do something in a control room.
type DutyPerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// DutyRoomReason says why a control room is taken out of use.
type DutyRoomReason struct {
	Reason string `json:"reason" maxLength:"1000"`
}

type addInput struct{ Body DutyRoomInput }

type changeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyRoomInput
}

type peopleInput struct {
	Does string   `query:"does" required:"true" enum:"stand,decide,instruct,approve_visitors" doc:"What they may: keep watch, decide on the watch, give instructions, or let visitors in."`
	Room string   `query:"room" maxLength:"40" doc:"Id of the room."`
	Area []string `query:"area,explode" maxItems:"200" doc:"Without a room: ids of the areas of one that is to be set up; none: everywhere."`
}

type retireInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyRoomReason
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const all, one = "/api/v1/rooms", "/api/v1/rooms/{id}"
	route.Do(r, route.Operation{
		ID: "listRooms", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.Needs(access.DutyRead),
		Summary: "List the control rooms of your areas",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "listRoomPeople", Method: http.MethodGet, Path: all + "/people", Tag: tag, Demand: route.Needs(access.DutyRead),
		Summary: "List the people who may do something in a control room",
		About:   "Without a room it is for who sets up rooms.",
	}, x.people)
	route.Do(r, route.Operation{
		ID: "addRoom", Method: http.MethodPost, Path: all, Tag: tag, Demand: route.Needs(access.DutyConfigure), Status: http.StatusCreated,
		Summary: "Set up a control room",
		About:   "Its head answers for it until somebody signs on.",
	}, x.add)
	route.Do(r, route.Operation{
		ID: "changeRoom", Method: http.MethodPut, Path: one, Tag: tag, Demand: route.Needs(access.DutyConfigure),
		Summary: "Say otherwise what a control room is",
	}, x.change)
	route.Do(r, route.Operation{
		ID: "retireRoom", Method: http.MethodPost, Path: one + "/retire", Tag: tag, Demand: route.Needs(access.DutyConfigure),
		Summary: "Take a control room out of use that nobody watches",
	}, x.retire)
}

func face(r duty.Room, names map[string]string) DutyRoom {
	return DutyRoom{ID: r.ID, Name: r.Name, Areas: r.Areas, Head: r.Head, HeadName: names[r.Head], Staff: r.Staff, Hours: string(r.Hours), Networks: r.Networks, Phone: r.Phone,
		AddedAt: route.Time(r.AddedAt), RetiredAt: route.TimeOf(r.RetiredAt)}
}

func content(in *DutyRoomInput) duty.Content {
	return duty.Content{Name: in.Name, Areas: in.Areas, Head: in.Head, Staff: in.Staff, Hours: duty.Hours(in.Hours), Networks: in.Networks, Phone: in.Phone}
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[DutyRoom]], error) {
	all, err := x.Rooms.Seen(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(r duty.Room) DutyRoom { return face(r, names) }), nil
}

// does are the rights by which people are asked for.
var does = map[string]access.Action{"stand": access.DutyStand, "decide": access.DutyDecide, "instruct": access.DutyInstruct, "approve_visitors": access.VisitorApprove}

func (x *Routes) people(ctx context.Context, in *peopleInput) (*route.Answer[route.List[DutyPerson]], error) {
	actor, areas := route.Actor(ctx), in.Area
	if in.Room != "" {
		r, err := x.Rooms.Look(ctx, x.Rooms.DB.Read(), actor, in.Room)
		if err != nil {
			return nil, err
		}
		areas = r.Areas
	} else if err := access.Can(actor, access.DutyConfigure, ""); err != nil {
		return nil, err
	}
	all, err := x.Able(ctx, does[in.Does], areas)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(s Somebody) DutyPerson { return DutyPerson(s) }), nil
}

// told answers with a room.
func (x *Routes) told(ctx context.Context, r duty.Room, err error) (*route.Answer[DutyRoom], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(r, names)), nil
}

func (x *Routes) add(ctx context.Context, in *addInput) (*route.Answer[DutyRoom], error) {
	r, err := x.Rooms.Add(ctx, route.Actor(ctx), content(&in.Body))
	return x.told(ctx, r, err)
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[DutyRoom], error) {
	r, err := x.Rooms.Change(ctx, route.Actor(ctx), in.ID, content(&in.Body))
	return x.told(ctx, r, err)
}

func (x *Routes) retire(ctx context.Context, in *retireInput) (*route.Nothing, error) {
	return route.Done(x.Rooms.Retire(ctx, route.Actor(ctx), in.ID, in.Body.Reason))
}
