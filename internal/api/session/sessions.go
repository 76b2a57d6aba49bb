package session

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/arrival"
	"watchroom/internal/api/route"
)

// OpenSession is a browser in which somebody is signed in.
type OpenSession struct {
	ID        string    `json:"id"`
	Address   string    `json:"address" example:"10.1.2.30" doc:"From which it was opened."`
	Device    string    `json:"device" example:"Chrome, Windows" doc:"Browser and system, without versions; of a program its name."`
	Agent     string    `json:"agent" doc:"As the browser names itself."`
	CreatedAt time.Time `json:"createdAt"`
	SeenAt    time.Time `json:"seenAt" doc:"Last used, to a minute."`
	ExpiresAt time.Time `json:"expiresAt" doc:"When it ends, unless it is used before."`
	Here      bool      `json:"here" doc:"Whoever asks is in it."`
}

// EndedSessions tells how many sessions ended.
type EndedSessions struct {
	Ended int `json:"ended"`
}

// SessionsEnd says which sessions of somebody end, and why.
type SessionsEnd struct {
	Session string `json:"session,omitempty" maxLength:"40" doc:"Id of one of them; left out: all."`
	Reason  string `json:"reason" minLength:"2" maxLength:"300" example:"手机丢失"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type endInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SessionsEnd
}

func (x *Routes) registerSessions(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listSessions", Method: http.MethodGet, Path: "/api/v1/sessions", Tag: tag, Demand: route.SignedIn(),
		Summary: "List where one is signed in",
		About:   "The oldest first. 403 session_required for tokens.",
	}, x.sessions)
	route.Do(r, route.Operation{
		ID: "endSession", Method: http.MethodDelete, Path: "/api/v1/sessions/{id}", Tag: tag, Demand: route.SignedIn(), Status: http.StatusNoContent,
		Summary: "End one of one's own sessions",
		About:   "What is watched in it ends within a second. 404 session_unknown where it is not open, or another's.",
	}, x.endSession)
	route.Do(r, route.Operation{
		ID: "endOtherSessions", Method: http.MethodPost, Path: "/api/v1/sessions/end-others", Tag: tag, Demand: route.SignedIn(),
		Summary: "End all of one's own sessions but this one",
	}, x.endOthers)
	route.Do(r, route.Operation{
		ID: "listPersonSessions", Method: http.MethodGet, Path: "/api/v1/people/{id}/sessions", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "List where somebody is signed in",
	}, x.sessionsOf)
	route.Do(r, route.Operation{
		ID: "endPersonSessions", Method: http.MethodPost, Path: "/api/v1/people/{id}/sessions/end", Tag: tag, Demand: route.Needs(access.PeopleManage),
		Summary: "End one session of somebody, or all",
		About:   "The person is told at the next sign-in. Not for one's own: 403 session_own. 404 session_unknown where it is not open, or another's.",
	}, x.endOf)
}

func faces(ctx context.Context, all []account.Session, err error) (*route.Answer[route.List[OpenSession]], error) {
	if err != nil {
		return nil, err
	}
	here := route.Actor(ctx).Session
	return route.Items(all, func(s account.Session) OpenSession {
		return OpenSession{ID: s.ID, Address: s.Address, Device: arrival.Agent(s.Agent), Agent: s.Agent,
			CreatedAt: route.Time(s.CreatedAt), SeenAt: route.Time(s.SeenAt), ExpiresAt: route.Time(s.ExpiresAt), Here: s.ID == here}
	}), nil
}

func (x *Routes) sessions(ctx context.Context, _ *struct{}) (*route.Answer[route.List[OpenSession]], error) {
	all, err := x.Sessions.Own(ctx, route.Actor(ctx))
	return faces(ctx, all, err)
}

func (x *Routes) endSession(ctx context.Context, in *byID) (*route.Nothing, error) {
	return route.Done(x.Sessions.End(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) endOthers(ctx context.Context, _ *struct{}) (*route.Answer[EndedSessions], error) {
	n, err := x.Sessions.EndOthers(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Reply(EndedSessions{n}), nil
}

func (x *Routes) sessionsOf(ctx context.Context, in *byID) (*route.Answer[route.List[OpenSession]], error) {
	all, err := x.Sessions.Of(ctx, route.Actor(ctx), in.ID)
	return faces(ctx, all, err)
}

func (x *Routes) endOf(ctx context.Context, in *endInput) (*route.Answer[EndedSessions], error) {
	n, err := x.Sessions.EndOf(ctx, route.Actor(ctx), in.ID, in.Body.Session, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(EndedSessions{n}), nil
}
