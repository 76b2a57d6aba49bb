// Package controlroom answers for the cameras that watch control rooms.
package controlroom

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/camera/roomcam"
)

const tag = "Cameras"

// Routes are what control rooms need.
type Routes struct {
	Rooms *roomcam.Register
}

// ControlRoom is a control room with a camera of its own.
type ControlRoom struct {
	Camera   string    `json:"camera"`
	Name     string    `json:"name" example:"一号楼监控室"`
	Networks []string  `json:"networks,omitempty" doc:"Addresses and networks of the computers in the room, for who sets up the camera or reads acts about it."`
	MarkedBy string    `json:"markedBy,omitempty" doc:"Id of the person; absent: on the machine itself."`
	MarkedAt time.Time `json:"markedAt"`
}

// ControlRooms are those whose camera the person sees.
type ControlRooms struct {
	Items []ControlRoom `json:"items" nullable:"false"`
	None  bool          `json:"none" doc:"No camera of the house watches a control room, whoever would see it."`
}

// ControlRoomMark says what room a camera watches.
type ControlRoomMark struct {
	Name     string   `json:"name" minLength:"1" maxLength:"100" example:"一号楼监控室"`
	Networks []string `json:"networks" nullable:"false" maxItems:"64" example:"10.1.2.0/24" doc:"Addresses and networks of the computers in it; may be empty. By these a leaked picture leads to what the camera saw of the room."`
}

// ControlRoomReason says why a camera watches a control room no more.
type ControlRoomReason struct {
	Reason string `json:"reason" maxLength:"1000"`
}

// ControlRoomEnd is what became of the wish to end a mark.
type ControlRoomEnd struct {
	Waiting string `json:"waiting,omitempty" doc:"Id of the proposal that another person confirms; until then everything is as it was. Absent: it has ended."`
}

type markInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ControlRoomMark
}

type endInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ControlRoomReason
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const one = "/api/v1/cameras/{id}/control-room"
	route.Do(r, route.Operation{
		ID: "listControlRooms", Method: http.MethodGet, Path: "/api/v1/control-rooms", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "List the control rooms that a camera watches",
		About:   "Whoever holds a position whose people sit in them (see the parameter control_room.kept_from) sees the live picture of such a camera as rights have it, plays nothing back of it and changes nothing about it, whatever else they hold.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "markControlRoom", Method: http.MethodPut, Path: one, Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Say that a camera watches a control room",
		About:   "It takes effect at once.",
	}, x.mark)
	route.Do(r, route.Operation{
		ID: "endControlRoom", Method: http.MethodPost, Path: one + "/end", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Say that a camera watches a control room no more",
		About:   "Another person confirms it; see listProposals.",
	}, x.end)
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[ControlRooms], error) {
	all, err := x.Rooms.List(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	out, reach := ControlRooms{Items: []ControlRoom{}, None: len(all) == 0}, access.ReachOf(actor, access.CameraRead)
	for i := range all {
		if reach.Has(all[i].Camera) {
			out.Items = append(out.Items, face(&all[i], actor))
		}
	}
	return route.Reply(out), nil
}

func (x *Routes) mark(ctx context.Context, in *markInput) (*route.Answer[ControlRoom], error) {
	actor := route.Actor(ctx)
	r, err := x.Rooms.Mark(ctx, actor, in.ID, roomcam.Content{Name: in.Body.Name, Networks: in.Body.Networks})
	if err != nil {
		return nil, err
	}
	return route.Reply(face(&r, actor)), nil
}

func (x *Routes) end(ctx context.Context, in *endInput) (*route.Answer[ControlRoomEnd], error) {
	waiting, err := x.Rooms.End(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := ControlRoomEnd{}
	if waiting != nil {
		out.Waiting = waiting.ID
	}
	return route.Reply(out), nil
}

func face(r *roomcam.Room, actor access.Actor) ControlRoom {
	out := ControlRoom{Camera: r.Camera, Name: r.Name, MarkedBy: r.By, MarkedAt: route.Time(r.At)}
	if access.Can(actor, access.CameraConfigure, r.Camera) == nil || access.Can(actor, access.ActRead, r.Camera) == nil {
		out.Networks = r.Networks
	}
	return out
}

// Names gives the rooms by camera; nil where no register is kept.
func Names(x *roomcam.Register) func(ctx context.Context) (map[string]string, error) {
	if x == nil {
		return nil
	}
	return func(ctx context.Context) (map[string]string, error) {
		all, err := x.List(ctx)
		if err != nil {
			return nil, err
		}
		names := make(map[string]string, len(all))
		for i := range all {
			names[all[i].Camera] = all[i].Name
		}
		return names, nil
	}
}
