// Package hold answers for holds: who keeps which footage from being removed, and
// until when. Placing takes one person, releasing two.
package hold

import (
	"context"
	"net/http"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/archive/hold"
	"watchroom/internal/clock"
)

const tag = "Holds"

// Routes are what holds need.
type Routes struct {
	Holds *hold.Holds
	Clock clock.Clock
}

type listInput struct {
	Camera   string `query:"camera" maxLength:"40"`
	Released bool   `query:"released" doc:"Those that were released, too."`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type placeInput struct{ Body NewHold }

type previewInput struct{ Body HoldInterval }

type reviewInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body HoldReview
}

type askInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ReleaseWish
}

type noteInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body route.Note
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const one = "/api/v1/holds/{id}"
	route.Do(r, route.Operation{
		ID: "listHolds", Method: http.MethodGet, Path: "/api/v1/holds", Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "List holds and the space that each keeps",
		About:   "Those that stand first, the latest of each first.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "placeHold", Method: http.MethodPost, Path: "/api/v1/holds", Tag: tag, Demand: route.Needs(access.HoldPlace), Status: http.StatusCreated,
		Summary: "Keep footage from being removed",
		About:   "It holds from the moment of the answer, against retention and against orders. late tells how many segments were already on their way.",
	}, x.place)
	route.Do(r, route.Operation{
		ID: "previewHold", Method: http.MethodPost, Path: "/api/v1/holds/preview", Tag: tag, Demand: route.Needs(access.HoldPlace),
		Summary: "Tell what a hold would keep at present",
	}, x.preview)
	route.Do(r, route.Operation{
		ID: "getHold", Method: http.MethodGet, Path: one, Tag: tag, Demand: route.Needs(access.StorageRead),
		Summary: "Read a hold",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "reviewHold", Method: http.MethodPost, Path: one + "/review", Tag: tag, Demand: route.Needs(access.HoldPlace),
		Summary: "Say that a hold was looked at, and when that is due again",
	}, x.review)
	route.Do(r, route.Operation{
		ID: "askHoldRelease", Method: http.MethodPost, Path: one + "/release", Tag: tag, Demand: route.Needs(access.HoldPlace),
		Summary: "Ask for the release of a hold",
		About:   "Nothing changes before another person approves.",
	}, x.ask)
	route.Do(r, route.Operation{
		ID: "approveHoldRelease", Method: http.MethodPost, Path: one + "/release/approve", Tag: tag, Demand: route.Needs(access.HoldRelease),
		Summary: "Release a hold that somebody else asked to release",
	}, func(ctx context.Context, in *noteInput) (*route.Answer[Hold], error) {
		return x.answer(x.Holds.Decide(ctx, route.Actor(ctx), in.ID, true, in.Body.Note))(ctx)
	})
	route.Do(r, route.Operation{
		ID: "rejectHoldRelease", Method: http.MethodPost, Path: one + "/release/reject", Tag: tag, Demand: route.Needs(access.HoldRelease),
		Summary: "Leave a hold in place that somebody asked to release",
	}, func(ctx context.Context, in *noteInput) (*route.Answer[Hold], error) {
		return x.answer(x.Holds.Decide(ctx, route.Actor(ctx), in.ID, false, in.Body.Note))(ctx)
	})
	route.Do(r, route.Operation{
		ID: "withdrawHoldRelease", Method: http.MethodPost, Path: one + "/release/withdraw", Tag: tag, Demand: route.Needs(access.HoldPlace),
		Summary: "Take one's own wish for a release back",
	}, func(ctx context.Context, in *byID) (*route.Answer[Hold], error) {
		return x.answer(x.Holds.Withdraw(ctx, route.Actor(ctx), in.ID))(ctx)
	})
}

// answer shows a hold with what it keeps.
func (x *Routes) answer(h hold.Hold, err error) func(context.Context) (*route.Answer[Hold], error) {
	return func(ctx context.Context) (*route.Answer[Hold], error) {
		if err != nil {
			return nil, err
		}
		cost, err := x.Holds.CostOf(ctx, &h)
		if err != nil {
			return nil, err
		}
		return route.Reply(face(h, cost, x.Clock.Micro())), nil
	}
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[route.List[Hold]], error) {
	all, err := x.Holds.List(ctx, route.Actor(ctx), hold.Filter{Camera: in.Camera, Released: in.Released, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := route.List[Hold]{Items: make([]Hold, len(all))}
	for i := range all {
		var cost hold.Cost
		if all[i].ReleasedAt == 0 {
			if cost, err = x.Holds.CostOf(ctx, &all[i]); err != nil {
				return nil, err
			}
		}
		out.Items[i] = face(all[i], cost, x.Clock.Micro())
	}
	return route.Reply(out), nil
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[Hold], error) {
	return x.answer(x.Holds.Read(ctx, route.Actor(ctx), in.ID))(ctx)
}

func (x *Routes) place(ctx context.Context, in *placeInput) (*route.Answer[Hold], error) {
	b := in.Body
	if err := route.Instants(b.From, b.To, b.ReviewAt); err != nil {
		return nil, err
	}
	return x.answer(x.Holds.Place(ctx, route.Actor(ctx), hold.New{
		Kind: hold.Kind(b.Kind), Owner: b.Owner, Reason: b.Reason, Document: b.Document, Cameras: b.Cameras,
		From: b.From.UnixMicro(), To: b.To.UnixMicro(), ReviewAt: b.ReviewAt.UnixMicro(),
	}))(ctx)
}

func (x *Routes) preview(ctx context.Context, in *previewInput) (*route.Answer[HoldPreview], error) {
	b := in.Body
	if err := route.Instants(b.From, b.To); err != nil {
		return nil, err
	}
	p, err := x.Holds.Look(ctx, route.Actor(ctx), b.Cameras, b.From.UnixMicro(), b.To.UnixMicro())
	if err != nil {
		return nil, err
	}
	if p.Empty == nil {
		p.Empty = []string{}
	}
	return route.Reply(HoldPreview{Bytes: p.Bytes, Segments: p.Segments, Unfinished: p.Unfinished, Empty: p.Empty}), nil
}

func (x *Routes) review(ctx context.Context, in *reviewInput) (*route.Answer[Hold], error) {
	if err := route.Instants(in.Body.ReviewAt); err != nil {
		return nil, err
	}
	return x.answer(x.Holds.Review(ctx, route.Actor(ctx), in.ID, in.Body.ReviewAt.UnixMicro(), in.Body.Note))(ctx)
}

func (x *Routes) ask(ctx context.Context, in *askInput) (*route.Answer[Hold], error) {
	return x.answer(x.Holds.AskRelease(ctx, route.Actor(ctx), in.ID, in.Body.Reason))(ctx)
}
