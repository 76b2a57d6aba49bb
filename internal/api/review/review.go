// Package review answers for the review of rights: who holds what, campaigns in which each
// line is confirmed or withdrawn, and reports from the trail.
package review

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/review"
	"watchroom/internal/api/route"
)

const tag = "Review of rights"

// Routes are what the review of rights needs.
type Routes struct {
	Reviews *review.Reviews
	Decided func() // told when a line was decided on; may be nil
}

type openInput struct{ Body route.Note }

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type decideInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ReviewDecision
}

type reportInput struct {
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true" doc:"Exclusive."`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const (
		all = "/api/v1/rights-reviews"
		one = all + "/{id}"
	)
	need := route.Needs(access.RightsReview)
	route.Do(r, route.Operation{
		ID: "listRightsReviews", Method: http.MethodGet, Path: all, Tag: tag, Demand: need,
		Summary: "List the reviews, the latest first, and when the next is due",
		About:   "A review is about the whole house: who may review in some areas only may not.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "openRightsReview", Method: http.MethodPost, Path: all, Tag: tag, Demand: need, Status: http.StatusCreated,
		Summary: "Begin a review of all that is held",
	}, x.open)
	route.Do(r, route.Operation{
		ID: "listHeldRights", Method: http.MethodGet, Path: all + "/held", Tag: tag, Demand: need,
		Summary: "Read who holds what, what else gives rights, since when, and when it was last used",
	}, x.held)
	route.Do(r, route.Operation{
		ID: "reportOnRights", Method: http.MethodGet, Path: all + "/report", Tag: tag, Demand: need,
		Summary: "Read from the trail what was refused, lookups that nothing followed, and patterns",
		About:   "Of 92 days at most. A pattern proves nothing; it says where to look.",
	}, x.report)
	route.Do(r, route.Operation{
		ID: "getRightsReview", Method: http.MethodGet, Path: one, Tag: tag, Demand: need,
		Summary: "Read a review with its lines",
	}, x.one)
	route.Do(r, route.Operation{
		ID: "decideRightsReview", Method: http.MethodPost, Path: one + "/decisions", Tag: tag, Demand: need,
		Summary: "Confirm or withdraw some lines, or renew them",
		About: "All of them or none. Nobody decides on their own. A position that is withdrawn is no longer held at the next request. " +
			"One that is held otherwise by now than its line says is not confirmed before the line was renewed. " +
			"A token that is withdrawn is revoked; a rule is proposed to go, by whoever may propose rules, and another person decides; what a group of a directory gives is taken out in the configuration.",
	}, x.decide)
}

func line(l review.Line) ReviewLine {
	out := ReviewLine{Kind: review.OfPosition, Person: l.Person, Position: string(l.Position), Areas: append([]string{}, l.Areas...), From: route.TimeOrNil(l.From), Until: route.TimeOrNil(l.Until),
		Since: route.TimeOrNil(l.Since), UsedAt: route.TimeOrNil(l.UsedAt), Open: l.Open, Alone: l.Alone}
	if g := l.Grant; g != nil {
		out.Kind, out.Subject, out.Name, out.Deny, out.Directory = g.Kind, g.Subject, g.Name, g.Deny, g.Directory
		for _, a := range g.Actions {
			out.Actions = append(out.Actions, string(a))
		}
	}
	return out
}

func face(r review.Review) RightsReview {
	out := RightsReview{ID: r.ID, OpenedBy: r.OpenedBy, OpenedAt: route.Time(r.OpenedAt), DueAt: route.Time(r.DueAt), Note: r.Note, ClosedAt: route.TimeOrNil(r.ClosedAt),
		Items: make([]ReviewItem, len(r.Items))}
	for i, item := range r.Items {
		var now *ReviewHeld
		if h := item.Now; h != nil {
			now = &ReviewHeld{h.Areas, route.TimeOrNil(h.From), route.TimeOrNil(h.Until), route.TimeOrNil(h.Since)}
		}
		out.Items[i] = ReviewItem{Now: now, ReviewLine: line(item.Line), ID: item.ID, Decision: item.Decision, DecidedBy: item.DecidedBy, DecidedAt: route.TimeOrNil(item.DecidedAt), Reason: item.Reason}
	}
	return out
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[RightsReviews], error) {
	all, err := x.Reviews.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	s, err := x.Reviews.State(ctx)
	if err != nil {
		return nil, err
	}
	out := RightsReviews{Items: make([]RightsReview, len(all)), LastAt: route.TimeOrNil(s.LastAt), NextAt: route.TimeOrNil(s.NextAt), Overdue: s.Overdue}
	for i := range all {
		out.Items[i] = face(all[i])
	}
	return route.Reply(out), nil
}

func (x *Routes) held(ctx context.Context, _ *struct{}) (*route.Answer[route.List[ReviewLine]], error) {
	all, err := x.Reviews.Lines(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Items(all, line), nil
}

var answer = route.Answering(face)

func (x *Routes) one(ctx context.Context, in *byID) (*route.Answer[RightsReview], error) {
	return answer(x.Reviews.One(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) open(ctx context.Context, in *openInput) (*route.Answer[RightsReview], error) {
	return answer(x.Reviews.Open(ctx, route.Actor(ctx), in.Body.Note))
}

func (x *Routes) decide(ctx context.Context, in *decideInput) (*route.Answer[RightsReview], error) {
	r, err := x.Reviews.Decide(ctx, route.Actor(ctx), in.ID, in.Body.Items, in.Body.Decision, in.Body.Reason)
	if err == nil && x.Decided != nil {
		x.Decided()
	}
	return answer(r, err)
}

func (x *Routes) report(ctx context.Context, in *reportInput) (*route.Answer[ReviewReport], error) {
	if err := route.Instants(in.From, in.To); err != nil {
		return nil, err
	}
	r, err := x.Reviews.Report(ctx, route.Actor(ctx), in.From.UnixMicro(), in.To.UnixMicro())
	if err != nil {
		return nil, err
	}
	out := ReviewReport{From: route.Time(r.From), To: route.Time(r.To), Viewings: r.Viewings, Partial: r.Partial, Repeats: r.Repeats, FollowUpSeconds: int(r.FollowUp / time.Second),
		Refused: []ReviewRefused{}, Lookups: []ReviewLookup{}, Patterns: []ReviewPattern{}}
	for _, one := range r.Refused {
		out.Refused = append(out.Refused, ReviewRefused{one.Person, one.Action, one.Times, one.Cameras, route.Time(one.LastAt)})
	}
	for _, one := range r.Lookups {
		out.Lookups = append(out.Lookups, ReviewLookup{one.Person, one.Times, one.Followed, one.Open, one.Without})
	}
	for _, p := range r.Patterns {
		out.Patterns = append(out.Patterns, ReviewPattern{p.Kind, p.Person, p.Camera, p.Hour, p.Other, p.Times, route.Time(p.FirstAt), route.Time(p.LastAt)})
	}
	return route.Reply(out), nil
}
