// Package visitor answers for those who come to a control room from outside.
package visitor

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/visitor"
	"watchroom/internal/form/paper"
)

const tag = "Watch"

// Routes are what the register of visitors needs.
type Routes struct {
	Visitors *visitor.Register
	Names    func(ctx context.Context) (map[string]string, error) // of people, by id
	Zone     *time.Location
	SiteName string
	Press    *paper.Press
}

type listInput struct {
	ID     string    `path:"id" maxLength:"40"`
	Text   string    `query:"text" maxLength:"100" doc:"Part of a name or a unit."`
	From   time.Time `query:"from" doc:"Who came from then on."`
	To     time.Time `query:"to" doc:"Exclusive."`
	Open   bool      `query:"open" doc:"Those alone who are inside, or are still to come in."`
	Before string    `query:"before" maxLength:"60" doc:"Cursor of a page before."`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type one struct {
	ID string `path:"id" maxLength:"40"`
}

type addInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitInput
}

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitNote
}

type toldInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitTold
}

type signInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitSignature
}

type enterInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitEntry
}

type leaveInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitLeaving
}

type correctInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitCorrection
}

type exportInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body VisitExport
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const of, visit = "/api/v1/rooms/{id}/visits", "/api/v1/visits/{id}"
	read, stand, approve := route.Needs(access.DutyRead), route.Needs(access.DutyStand), route.Needs(access.VisitorApprove)
	route.Do(r, route.Operation{
		ID: "listVisits", Method: http.MethodGet, Path: of, Tag: tag, Demand: read,
		Summary: "List who came to a control room, the last first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "registerVisit", Method: http.MethodPost, Path: of, Tag: tag, Demand: stand, Status: http.StatusCreated,
		Summary: "Register somebody who comes",
		About:   "Whom the parameter visitor.preapproved names, and whom a host brings who may let visitors in, needs no consent; the host signs for it afterwards.",
	}, x.add)
	route.Do(r, route.Operation{
		ID: "exportVisits", Method: http.MethodPost, Path: of + "/export", Tag: tag, Demand: read, Status: http.StatusOK,
		Summary:   "Take out the register of visitors as a file",
		About:     "An act on record with its SHA-256 before anything is sent. 429 print_busy while several wait for a PDF.",
		Responses: fileOf("application/pdf", spreadsheet),
	}, x.export)
	route.Do(r, route.Operation{
		ID: "listWaitingVisits", Method: http.MethodGet, Path: "/api/v1/visits/waiting", Tag: tag, Demand: read,
		Summary: "List the visitors who wait for you to let them in, or to sign that you did",
	}, x.waiting)
	route.Do(r, route.Operation{
		ID: "getVisit", Method: http.MethodGet, Path: visit, Tag: tag, Demand: read,
		Summary: "Read all that is on record of a visit",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "approveVisit", Method: http.MethodPost, Path: visit + "/approve", Tag: tag, Demand: approve,
		Summary: "Let a visitor in whom somebody else registered",
	}, x.approve)
	route.Do(r, route.Operation{
		ID: "refuseVisit", Method: http.MethodPost, Path: visit + "/refuse", Tag: tag, Demand: approve,
		Summary: "Do not let a visitor in",
	}, x.refuse)
	route.Do(r, route.Operation{
		ID: "tellVisit", Method: http.MethodPost, Path: visit + "/told", Tag: tag, Demand: stand,
		Summary: "Say who let a visitor in by telephone",
		About:   "They sign for it within visitor.countersign_within.",
	}, x.told)
	route.Do(r, route.Operation{
		ID: "countersignVisit", Method: http.MethodPost, Path: visit + "/countersign", Tag: tag, Demand: read,
		Summary: "Sign for having let a visitor in, or deny it",
	}, x.countersign)
	route.Do(r, route.Operation{
		ID: "enterVisit", Method: http.MethodPost, Path: visit + "/enter", Tag: tag, Demand: stand,
		Summary: "Say that a visitor went in, or is met outside",
		About:   "409 visit_not_approved where nobody let them in; that stays on record.",
	}, x.enter)
	route.Do(r, route.Operation{
		ID: "leaveVisit", Method: http.MethodPost, Path: visit + "/leave", Tag: tag, Demand: stand,
		Summary: "Say that a visitor went, and what they saw",
	}, x.leave)
	route.Do(r, route.Operation{
		ID: "withdrawVisit", Method: http.MethodPost, Path: visit + "/withdraw", Tag: tag, Demand: stand,
		Summary: "Say that a visitor went away before they were inside",
	}, x.withdraw)
	route.Do(r, route.Operation{
		ID: "correctVisit", Method: http.MethodPost, Path: visit + "/correct", Tag: tag, Demand: stand,
		Summary: "Say otherwise who came; what was said before stays",
	}, x.correct)
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[Visits], error) {
	f := visitor.Filter{Room: in.ID, Text: in.Text, Open: in.Open, Before: in.Before, Limit: in.Limit}
	if !in.From.IsZero() {
		f.From = in.From.UnixMicro()
	}
	if !in.To.IsZero() {
		f.To = in.To.UnixMicro()
	}
	all, next, err := x.Visitors.List(ctx, route.Actor(ctx), f)
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	out := Visits{Items: make([]Visit, len(all)), Before: next}
	for i := range all {
		out.Items[i] = faces.face(&all[i])
	}
	return route.Reply(out), nil
}

func (x *Routes) waiting(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Visit]], error) {
	all, err := x.Visitors.Waiting(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(v visitor.Visit) Visit { return faces.face(&v) }), nil
}

func (x *Routes) get(ctx context.Context, in *one) (*route.Answer[Visit], error) {
	v, r, err := x.Visitors.Get(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	faces.whole = true
	if faces.full, err = x.sees(ctx, route.Actor(ctx), &r); err != nil {
		return nil, err
	}
	return route.Reply(faces.face(&v)), nil
}

// done answers with a visit as it stands after a step.
func (x *Routes) done(ctx context.Context, v visitor.Visit, err error) (*route.Answer[Visit], error) {
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(faces.face(&v)), nil
}

func (x *Routes) add(ctx context.Context, in *addInput) (*route.Answer[Visit], error) {
	b := &in.Body
	v, err := x.Visitors.Add(ctx, route.Actor(ctx), in.ID, visitor.New{Content: b.content(), Kind: visitor.Kind(b.Kind), Host: b.Host, Met: b.Met, At: micro(b.At)})
	return x.done(ctx, v, err)
}

func (x *Routes) approve(ctx context.Context, in *noteInput) (*route.Answer[Visit], error) {
	v, err := x.Visitors.Approve(ctx, route.Actor(ctx), in.ID, in.Body.Note)
	return x.done(ctx, v, err)
}

func (x *Routes) refuse(ctx context.Context, in *noteInput) (*route.Answer[Visit], error) {
	v, err := x.Visitors.Refuse(ctx, route.Actor(ctx), in.ID, in.Body.Note)
	return x.done(ctx, v, err)
}

func (x *Routes) told(ctx context.Context, in *toldInput) (*route.Answer[Visit], error) {
	b := &in.Body
	v, err := x.Visitors.Told(ctx, route.Actor(ctx), in.ID, b.Person, b.Number, micro(b.At), b.Note)
	return x.done(ctx, v, err)
}

func (x *Routes) countersign(ctx context.Context, in *signInput) (*route.Answer[Visit], error) {
	v, err := x.Visitors.Countersign(ctx, route.Actor(ctx), in.ID, in.Body.Did, in.Body.Note)
	return x.done(ctx, v, err)
}

func (x *Routes) enter(ctx context.Context, in *enterInput) (*route.Answer[Visit], error) {
	b := &in.Body
	v, err := x.Visitors.Enter(ctx, route.Actor(ctx), in.ID, visitor.Entry{At: micro(b.At), Badge: b.Badge, Phone: b.Phone, Secrecy: b.Secrecy})
	return x.done(ctx, v, err)
}

func (x *Routes) leave(ctx context.Context, in *leaveInput) (*route.Answer[Visit], error) {
	b := &in.Body
	v, err := x.Visitors.Leave(ctx, route.Actor(ctx), in.ID, visitor.Leaving{At: micro(b.At), Saw: b.Saw, Case: b.CaseNo, Note: b.Note})
	return x.done(ctx, v, err)
}

func (x *Routes) withdraw(ctx context.Context, in *noteInput) (*route.Answer[Visit], error) {
	v, err := x.Visitors.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Note)
	return x.done(ctx, v, err)
}

func (x *Routes) correct(ctx context.Context, in *correctInput) (*route.Answer[Visit], error) {
	v, err := x.Visitors.Correct(ctx, route.Actor(ctx), in.ID, in.Body.content(), in.Body.Why)
	return x.done(ctx, v, err)
}
