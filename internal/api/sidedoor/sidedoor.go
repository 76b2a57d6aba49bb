// Package sidedoor answers for the ways to pictures that lead past this program.
package sidedoor

import (
	"context"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/camera/sidedoor"
)

const tag = "Cameras"

// Routes are what side doors need.
type Routes struct {
	Doors *sidedoor.Register
}

// SideDoor is one way to the pictures of a camera that leads past this program.
type SideDoor struct {
	Kind      string     `json:"kind" enum:"recorder_client,web_page,cloud_app,shared_account,other"`
	Label     string     `json:"label" doc:"What it is, of another kind than those named."`
	State     string     `json:"state" enum:"closed,owned,unknown" doc:"Unknown is a finding, also where nobody has looked yet."`
	Owner     string     `json:"owner,omitempty" doc:"Id of the person who answers for it."`
	OwnerName string     `json:"ownerName,omitempty" doc:"Who does, if it is nobody of the register."`
	Since     string     `json:"since,omitempty" example:"2026-11-22" doc:"Day of the site from which on it has been so."`
	Note      string     `json:"note,omitempty"`
	CheckedBy string     `json:"checkedBy,omitempty" doc:"Id of the person who looked."`
	CheckedAt *time.Time `json:"checkedAt,omitempty" doc:"Absent: nobody has looked."`
}

// DevicePassword is how old the password of a device is.
type DevicePassword struct {
	At       time.Time `json:"at" doc:"When the one that is kept became another; of one from before 0.3 when the camera was added."`
	Days     int       `json:"days" doc:"How old it is."`
	MostDays int       `json:"mostDays" doc:"How old it may be; see the parameter device.password_days."`
	Overdue  bool      `json:"overdue"`
}

// DeviceFile is what a camera's file says of the ways past this program.
type DeviceFile struct {
	Camera   string          `json:"camera"`
	Doors    []SideDoor      `json:"doors" nullable:"false"`
	Password *DevicePassword `json:"password,omitempty" doc:"The oldest of its streams; absent: none is kept."`
	Findings int             `json:"findings" doc:"Ways that nobody knows about, and a password that has grown too old."`
}

// SideDoorCheck is what somebody has found out about one way.
type SideDoorCheck struct {
	Kind      string `json:"kind" enum:"recorder_client,web_page,cloud_app,shared_account,other"`
	Label     string `json:"label,omitempty" maxLength:"100"`
	State     string `json:"state" enum:"closed,owned,unknown"`
	Owner     string `json:"owner,omitempty" maxLength:"40"`
	OwnerName string `json:"ownerName,omitempty" maxLength:"100"`
	Since     string `json:"since,omitempty" maxLength:"10" doc:"Left out: today."`
	Note      string `json:"note,omitempty" maxLength:"500"`
}

type checkInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SideDoorCheck
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listSideDoors", Method: http.MethodGet, Path: "/api/v1/side-doors", Tag: tag, Demand: route.Needs(access.CameraConfigure, access.RightsRead),
		Summary: "List the other ways to the pictures of all cameras in service",
		About:   "Clients of recorders, pages of devices, apps of their makers, shared accounts; and how old the passwords of devices are.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "checkSideDoor", Method: http.MethodPut, Path: "/api/v1/cameras/{id}/side-doors", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Put down what was found out about one of these ways",
		About:   "Answers with the file of the camera.",
	}, x.check)
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[DeviceFile]], error) {
	all, err := x.Doors.List(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	reach, sets, reads := access.ReachOf(actor, access.CameraRead), access.ReachOf(actor, access.CameraConfigure), access.ReachOf(actor, access.RightsRead)
	return route.Items(slices.DeleteFunc(all, func(f sidedoor.File) bool { return !reach.Has(f.Camera) || !sets.Has(f.Camera) && !reads.Has(f.Camera) }), face), nil
}

func (x *Routes) check(ctx context.Context, in *checkInput) (*route.Answer[DeviceFile], error) {
	b := &in.Body
	f, err := x.Doors.Check(ctx, route.Actor(ctx), in.ID, sidedoor.Door{Kind: sidedoor.Kind(b.Kind), Label: b.Label, State: sidedoor.State(b.State),
		Owner: b.Owner, OwnerName: b.OwnerName, Since: b.Since, Note: b.Note})
	if err != nil {
		return nil, err
	}
	return route.Reply(face(f)), nil
}

func face(f sidedoor.File) DeviceFile {
	out := DeviceFile{Camera: f.Camera, Doors: make([]SideDoor, len(f.Doors)), Findings: f.Findings()}
	for i, d := range f.Doors {
		out.Doors[i] = SideDoor{string(d.Kind), d.Label, string(d.State), d.Owner, d.OwnerName, d.Since, d.Note, d.CheckedBy, route.TimeOrNil(d.CheckedAt)}
	}
	if p := f.Password; p != nil {
		out.Password = &DevicePassword{route.Time(p.At), p.Days, p.Most, p.Overdue}
	}
	return out
}
