package purpose

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure/purpose"
)

// PurposeProposal is what one person wants of the register, and what another decided on it.
type PurposeProposal struct {
	ID         string     `json:"id"`
	Step       string     `json:"step" enum:"add,change,restore"`
	Before     *Purpose   `json:"before,omitempty" doc:"As it was when this was proposed; left out of one that is added."`
	After      Purpose    `json:"after"`
	Reason     string     `json:"reason"`
	ProposedBy string     `json:"proposedBy" doc:"Id of the person."`
	ProposedAt time.Time  `json:"proposedAt"`
	State      string     `json:"state" enum:"proposed,approved,rejected,withdrawn"`
	DecidedBy  string     `json:"decidedBy,omitempty"`
	DecidedAt  *time.Time `json:"decidedAt,omitempty"`
	Note       string     `json:"note,omitempty"`
	Overtaken  bool       `json:"overtaken" doc:"It is open, and the purpose is not any more what it was."`
}

// NewPurposeProposal is a proposal as it is typed.
type NewPurposeProposal struct {
	Step   string        `json:"step" enum:"add,change,restore"`
	Code   string        `json:"code" maxLength:"60" example:"traffic_accident"`
	Change PurposeChange `json:"change,omitempty" doc:"Of a purpose that is added: all of it, with needsReason true if left out. Of one that is restored: nothing."`
	Reason string        `json:"reason" minLength:"1" maxLength:"4000"`
}

type listInput struct {
	State string `query:"state" enum:"proposed,approved,rejected,withdrawn" doc:"Left out: all."`
}

type proposeInput struct{ Body NewPurposeProposal }

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

// proposals adds the routes of proposals.
func (x *Routes) proposals(r *route.Router) {
	const (
		all = "/api/v1/purposes/proposals"
		one = all + "/{id}"
	)
	configure, approve := route.Needs(access.PurposeConfigure), route.Needs(access.RightsApprove)
	route.Do(r, route.Operation{
		ID: "listPurposeProposals", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.Needs(access.ActRead, access.PurposeConfigure, access.RightsApprove),
		Summary: "List proposals about purposes, the latest first",
	}, x.listProposals)
	route.Do(r, route.Operation{
		ID: "proposePurpose", Method: http.MethodPost, Path: all, Tag: tag, Demand: configure, Status: http.StatusCreated,
		Summary: "Propose to add, change or restore a purpose",
		About:   "Nothing changes before somebody else approves. One proposal about a purpose is open at a time.",
	}, x.propose)
	route.Do(r, route.Operation{
		ID: "approvePurpose", Method: http.MethodPost, Path: one + "/approve", Tag: tag, Demand: approve,
		Summary: "Approve a proposal that somebody else made",
		About:   "It is in force at once.",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectPurpose", Method: http.MethodPost, Path: one + "/reject", Tag: tag, Demand: approve,
		Summary: "Reject a proposal that somebody else made",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawPurpose", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: configure,
		Summary: "Take back a proposal of one's own",
	}, x.withdraw)
}

func (x *Routes) proposal(p purpose.Proposal) PurposeProposal {
	out := PurposeProposal{ID: p.ID, Step: string(p.Step), After: x.face(p.After), Reason: p.Reason, ProposedBy: p.ProposedBy, ProposedAt: route.Time(p.ProposedAt),
		State: string(p.State), DecidedBy: p.DecidedBy, DecidedAt: route.TimeOrNil(p.DecidedAt), Note: p.Note, Overtaken: p.Overtaken}
	if p.Before != nil {
		before := x.face(*p.Before)
		out.Before = &before
	}
	return out
}

func (x *Routes) proposed(p purpose.Proposal, err error) (*route.Answer[PurposeProposal], error) {
	if err != nil {
		return nil, err
	}
	return route.Reply(x.proposal(p)), nil
}

func (x *Routes) listProposals(ctx context.Context, in *listInput) (*route.Answer[route.List[PurposeProposal]], error) {
	all, err := x.Purposes.Proposals(ctx, proposal.State(in.State))
	if err != nil {
		return nil, err
	}
	return route.Items(all, x.proposal), nil
}

func (x *Routes) propose(ctx context.Context, in *proposeInput) (*route.Answer[PurposeProposal], error) {
	b := &in.Body
	return x.proposed(x.Purposes.Propose(ctx, route.Actor(ctx), purpose.Wish{Step: purpose.Step(b.Step), Code: b.Code, Change: b.Change.change()}, b.Reason))
}

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Answer[PurposeProposal], error) {
	return func(ctx context.Context, in *noteInput) (*route.Answer[PurposeProposal], error) {
		return x.proposed(x.Purposes.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note))
	}
}

func (x *Routes) withdraw(ctx context.Context, in *noteInput) (*route.Answer[PurposeProposal], error) {
	return x.proposed(x.Purposes.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Note))
}
