// Package proposal answers for what one person proposes and another decides on, where nothing
// else is to be seen of it: positions of people, security grades, areas and masks of
// cameras, the end of watching a control room, what areas lie in, and schedules by which less is
// recorded.
package proposal

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/area"
	"watchroom/internal/access/proposal"
	"watchroom/internal/api/coverage"
	masks "watchroom/internal/api/mask"
	"watchroom/internal/api/people"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/plan"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/db"
)

const tag = "Proposals"

// Routes are what proposals need.
type Routes struct {
	DB           *db.DB
	Appointments *appointment.Appointments
	Grades       *camera.Grades
	Moves        *camera.Moves
	Areas        *area.Moves
	Masks        *mask.Masks
	Rooms        *roomcam.Register
	Schedules    *plan.Proposals
}

// decider decides on proposals of one kind.
type decider interface {
	Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) error
	Withdraw(ctx context.Context, actor access.Actor, id, note string) error
}

// Proposal is a change that waits for another person, or did.
type Proposal struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" enum:"positions,grade,area,parent,mask,schedule,room"`
	Subject    string     `json:"subject" doc:"Id of the person, of the camera, or of the area; of the schedule of the whole site the word site."`
	Reason     string     `json:"reason,omitempty"`
	ProposedBy string     `json:"proposedBy,omitempty" doc:"Id of the person; absent: a directory did."`
	ProposedAt time.Time  `json:"proposedAt"`
	State      string     `json:"state" enum:"proposed,approved,rejected,withdrawn"`
	DecidedBy  string     `json:"decidedBy,omitempty"`
	DecidedAt  *time.Time `json:"decidedAt,omitempty"`
	Note       string     `json:"note,omitempty"`
	Overtaken  bool       `json:"overtaken" doc:"It is open, and what it changes is not any more what it was: it can only be refused or withdrawn."`

	HoldingsBefore []people.Holding   `json:"holdingsBefore,omitempty" nullable:"false" doc:"What the person held when this was proposed."`
	HoldingsAfter  []people.Holding   `json:"holdingsAfter,omitempty" nullable:"false" doc:"What the person is to hold."`
	Again          bool               `json:"again,omitempty" doc:"The person held this before: the account was opened again, or its password or last second factor was replaced by somebody else. Of a grade or an area: it is, or was, that of another camera of this device."`
	Earlier        string             `json:"earlier,omitempty" doc:"That other camera, for whoever sees it."`
	GradeBefore    int                `json:"gradeBefore,omitempty" doc:"Security grade of the camera when this was proposed."`
	GradeAfter     int                `json:"gradeAfter,omitempty" doc:"The lower one that it is to have."`
	AreaBefore     *string            `json:"areaBefore,omitempty" doc:"Id of the area that the camera hung in, or the area lay in, when this was proposed; empty: none."`
	AreaAfter      *string            `json:"areaAfter,omitempty" doc:"The one that it is to hang or lie in."`
	MasksBefore    *masks.MaskContent `json:"masksBefore,omitempty" doc:"What covered the camera's pictures when this was proposed."`
	MasksAfter     *masks.MaskContent `json:"masksAfter,omitempty" doc:"What is to cover them: less than before."`
	RoomBefore     string             `json:"roomBefore,omitempty" doc:"Name of the control room that the camera is to watch no more."`
	ScheduleBefore *Recording         `json:"scheduleBefore,omitempty" doc:"When recording was demanded when this was proposed."`
	ScheduleAfter  *Recording         `json:"scheduleAfter,omitempty" doc:"When it is to be."`
}

// Recording says when recording is demanded.
type Recording struct {
	Kind  string           `json:"kind" enum:"always,business_hours,site"`
	Hours []coverage.Hours `json:"hours" nullable:"false"`
	Stops bool             `json:"stops" doc:"Nothing is recorded outside the hours."`
}

func recording(s plan.Schedule) *Recording {
	return &Recording{string(s.Kind), coverage.Span(s.Hours), s.Stops}
}

type listInput struct {
	State string `query:"state" enum:"proposed,approved,rejected,withdrawn" doc:"Left out: all."`
}

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const (
		all = "/api/v1/proposals"
		one = all + "/{id}"
	)
	approve, propose := route.Needs(access.RightsApprove), route.Needs(access.PeopleManage, access.CameraConfigure, access.AreaConfigure, access.ScheduleConfigure)
	route.Do(r, route.Operation{
		ID: "listProposals", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.Needs(access.PeopleRead, access.RightsApprove, access.CameraConfigure, access.AreaConfigure, access.ScheduleConfigure),
		Summary: "List what one person proposes and another confirms, the latest first",
		About:   "Positions of people, for whoever sees people, lower security grades, other areas and fewer masks of cameras, and that one watches a control room no more, for whoever sees the camera, other places of areas, for whoever arranges areas or decides, and schedules by which less is recorded, for whoever sees the camera. Whoever holds rights.approve everywhere confirms them, but neither who proposed them nor who receives them.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "approveProposal", Method: http.MethodPost, Path: one + "/approve", Tag: tag, Demand: approve, Status: http.StatusNoContent,
		Summary: "Confirm what somebody else proposed",
		About:   "It is in force at once.",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectProposal", Method: http.MethodPost, Path: one + "/reject", Tag: tag, Demand: approve, Status: http.StatusNoContent,
		Summary: "Refuse what somebody else proposed",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawProposal", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: propose, Status: http.StatusNoContent,
		Summary: "Take back a proposal of one's own",
	}, x.withdraw)
}

func face(p proposal.Proposal, overtaken bool) Proposal {
	return Proposal{ID: p.ID, Kind: string(p.Kind), Subject: p.Subject, Reason: p.Reason, ProposedBy: p.ProposedBy, ProposedAt: route.Time(p.ProposedAt), State: string(p.State),
		DecidedBy: p.DecidedBy, DecidedAt: route.TimeOrNil(p.DecidedAt), Note: p.Note, Overtaken: overtaken}
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[route.List[Proposal]], error) {
	waiting, err := x.Appointments.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	lower, err := x.Grades.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	moves, err := x.Moves.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	areas, err := x.Areas.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	covers, err := x.Masks.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	rooms, err := x.Rooms.Endings(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	schedules, err := x.Schedules.List(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	actor, all := route.Actor(ctx), []Proposal{}
	if access.Can(actor, access.PeopleRead, "") == nil || access.Can(actor, access.RightsApprove, "") == nil {
		for _, w := range waiting {
			p := face(w.Proposal, w.Overtaken)
			p.Again = w.Step == proposal.Again
			p.HoldingsBefore, p.HoldingsAfter = people.HoldingsOf(w.Before), people.HoldingsOf(w.After)
			all = append(all, p)
		}
	}
	reach := access.ReachOf(actor, access.CameraRead)
	for _, l := range lower {
		if reach.Has(l.Subject) {
			p := face(l.Proposal, l.Overtaken)
			if p.GradeBefore, p.GradeAfter, p.Again = l.From, l.To, l.Step == proposal.Again; p.Again {
				p.Reason = ""
				if reach.Has(l.Reason) {
					p.Earlier = l.Reason
				}
			}
			all = append(all, p)
		}
	}
	for _, m := range moves {
		if reach.Has(m.Subject) {
			p := face(m.Proposal, m.Overtaken)
			if p.AreaBefore, p.AreaAfter, p.Again = &m.From, &m.To, m.Step == proposal.Again; p.Again {
				p.Reason = ""
				if reach.Has(m.Reason) {
					p.Earlier = m.Reason
				}
			}
			all = append(all, p)
		}
	}
	for i := range covers {
		if w := &covers[i]; reach.Has(w.Subject) {
			p := face(w.Proposal, w.Overtaken)
			p.MasksBefore, p.MasksAfter = masks.Of(&w.From), masks.Of(&w.To)
			all = append(all, p)
		}
	}
	for i := range rooms {
		if e := &rooms[i]; reach.Has(e.Subject) {
			p := face(e.Proposal, e.Overtaken)
			p.RoomBefore = e.From.Name
			all = append(all, p)
		}
	}
	for _, m := range areas {
		if access.Can(actor, access.AreaConfigure, "") == nil || access.Can(actor, access.RightsApprove, "") == nil {
			p := face(m.Proposal, m.Overtaken)
			p.AreaBefore, p.AreaAfter = &m.From, &m.To
			all = append(all, p)
		}
	}
	for i := range schedules {
		if s := &schedules[i]; reach.Has(s.Camera) {
			p := face(s.Proposal, s.Overtaken)
			p.ScheduleBefore, p.ScheduleAfter = recording(s.From), recording(s.To)
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Proposal) int { return b.ProposedAt.Compare(a.ProposedAt) })
	return route.Items(all, func(p Proposal) Proposal { return p }), nil
}

// of gives who decides on a proposal. What is decided on elsewhere, or is not there, is not
// known to them either, and they say so after they have asked for the right.
func (x *Routes) of(ctx context.Context, id string) (decider, error) {
	kind, err := proposal.KindOf(ctx, x.DB.Read(), id)
	switch {
	case err == nil && kind == proposal.Grade:
		return x.Grades, nil
	case err == nil && kind == proposal.Area:
		return x.Moves, nil
	case err == nil && kind == proposal.Parent:
		return x.Areas, nil
	case err == nil && kind == proposal.Mask:
		return x.Masks, nil
	case err == nil && kind == proposal.Room:
		return x.Rooms, nil
	case err == nil && kind == proposal.Schedule:
		return x.Schedules, nil
	case err != nil && !errors.Is(err, proposal.ErrUnknown):
		return nil, err
	}
	return x.Appointments, nil
}

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Nothing, error) {
	return func(ctx context.Context, in *noteInput) (*route.Nothing, error) {
		d, err := x.of(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return route.Done(d.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note))
	}
}

func (x *Routes) withdraw(ctx context.Context, in *noteInput) (*route.Nothing, error) {
	d, err := x.of(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return route.Done(d.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Note))
}
