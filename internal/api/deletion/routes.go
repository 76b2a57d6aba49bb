// Package deletion answers for lawful orders to remove footage. One asks, two others
// approve; then the engine of retention carries it out.
package deletion

import (
	"context"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/order"
)

const tag = "Deletion orders"

// Routes are what orders need.
type Routes struct {
	Orders *order.Orders
}

type listInput struct {
	Camera string `query:"camera" maxLength:"40"`
	State  string `query:"state" enum:"requested,approved,rejected,withdrawn,executed"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type requestInput struct{ Body NewDeletion }

type previewInput struct{ Body FootageInterval }

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const one = "/api/v1/deletions/{id}"
	route.Do(r, route.Operation{
		ID: "listDeletions", Method: http.MethodGet, Path: "/api/v1/deletions", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List orders, the latest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "requestDeletion", Method: http.MethodPost, Path: "/api/v1/deletions", Tag: tag, Demand: route.Needs(access.DeletionRequest), Status: http.StatusCreated,
		Summary: "Ask for the removal of footage by law",
		About:   "Nothing happens before two others approve. Segments that lie wholly inside the interval are removed; one at its edge stays, and the preview names it.",
	}, x.request)
	route.Do(r, route.Operation{
		ID: "previewDeletion", Method: http.MethodPost, Path: "/api/v1/deletions/preview", Tag: tag, Demand: route.Needs(access.DeletionRequest, access.DeletionApprove),
		Summary: "Tell what an order would remove and what it would leave",
	}, x.preview)
	route.Do(r, route.Operation{
		ID: "getDeletion", Method: http.MethodGet, Path: one, Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "Read an order",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "approveDeletion", Method: http.MethodPost, Path: one + "/approve", Tag: tag, Demand: route.Needs(access.DeletionApprove),
		Summary: "Approve an order that somebody else asked for",
		About:   "The second approval, by a third person, lets the removal begin at once. A hold on the footage comes first.",
	}, x.decide(true))
	route.Do(r, route.Operation{
		ID: "rejectDeletion", Method: http.MethodPost, Path: one + "/reject", Tag: tag, Demand: route.Needs(access.DeletionApprove),
		Summary: "Reject an order that somebody else asked for",
	}, x.decide(false))
	route.Do(r, route.Operation{
		ID: "withdrawDeletion", Method: http.MethodPost, Path: one + "/withdraw", Tag: tag, Demand: route.Needs(access.DeletionRequest, access.DeletionApprove),
		Summary: "Take an order back",
		About:   "Who asked for it may before it is approved; while it is approved and waits to be carried out, whoever may approve one may, too. Once footage was removed under it it stands.",
	}, x.withdraw)
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[route.List[Deletion]], error) {
	all, err := x.Orders.List(ctx, route.Actor(ctx), order.Filter{Camera: in.Camera, State: order.State(in.State), Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

var answer = route.Answering(face)

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[Deletion], error) {
	return answer(x.Orders.Read(ctx, route.Actor(ctx), in.ID))
}

func (i FootageInterval) wish() (order.New, error) {
	return order.New{Cameras: i.Cameras, From: i.From.UnixMicro(), To: i.To.UnixMicro()}, route.Instants(i.From, i.To)
}

func (x *Routes) request(ctx context.Context, in *requestInput) (*route.Answer[Deletion], error) {
	n, err := in.Body.wish()
	if err != nil {
		return nil, err
	}
	n.Ground, n.Reason, n.Document = order.Ground(in.Body.Ground), in.Body.Reason, in.Body.Document
	return answer(x.Orders.Request(ctx, route.Actor(ctx), n))
}

func (x *Routes) preview(ctx context.Context, in *previewInput) (*route.Answer[DeletionPreview], error) {
	n, err := in.Body.wish()
	if err != nil {
		return nil, err
	}
	p, err := x.Orders.Look(ctx, route.Actor(ctx), n)
	if err != nil {
		return nil, err
	}
	out := DeletionPreview{Segments: p.Segments, Bytes: p.Bytes, Held: p.Held, From: route.Time(p.From), To: route.Time(p.To), Edges: make([]DeletionEdge, len(p.Edges))}
	for i, e := range p.Edges {
		out.Edges[i] = DeletionEdge{Camera: e.Camera, Start: route.Time(e.StartAt), End: route.Time(e.EndAt)}
	}
	return route.Reply(out), nil
}

func (x *Routes) decide(approve bool) func(context.Context, *noteInput) (*route.Answer[Deletion], error) {
	return func(ctx context.Context, in *noteInput) (*route.Answer[Deletion], error) {
		return answer(x.Orders.Decide(ctx, route.Actor(ctx), in.ID, approve, in.Body.Note))
	}
}

func (x *Routes) withdraw(ctx context.Context, in *noteInput) (*route.Answer[Deletion], error) {
	return answer(x.Orders.Withdraw(ctx, route.Actor(ctx), in.ID, in.Body.Note))
}
