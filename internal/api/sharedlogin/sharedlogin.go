// Package sharedlogin answers for findings about accounts that more than one person seems to use.
package sharedlogin

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/sharedlogin"
	"watchroom/internal/api/route"
)

// Routes are what findings need.
type Routes struct {
	Watch *sharedlogin.Watch
	Names func(ctx context.Context) (map[string]string, error) // display names by id of the person
}

// SharedLogin is an account that was used in several places at once.
type SharedLogin struct {
	ID             string             `json:"id"`
	Person         string             `json:"person"`
	PersonName     string             `json:"personName" example:"张伟"`
	FirstAt        time.Time          `json:"firstAt"`
	LastAt         time.Time          `json:"lastAt"`
	Times          int                `json:"times" doc:"How often it went there and back." example:"3"`
	Places         []SharedLoginPlace `json:"places"`
	Answer         string             `json:"answer,omitempty" enum:"own,shared,taken" doc:"Absent while it is open."`
	Note           string             `json:"note,omitempty"`
	AnsweredBy     string             `json:"answeredBy,omitempty"`
	AnsweredByName string             `json:"answeredByName,omitempty"`
	AnsweredAt     *time.Time         `json:"answeredAt,omitempty"`
}

// SharedLoginPlace is where an account was used.
type SharedLoginPlace struct {
	Address string `json:"address" example:"192.0.2.7"`
	Agent   string `json:"agent"`
}

// SharedLoginJudgement answers a finding.
type SharedLoginJudgement struct {
	Answer string `json:"answer" enum:"own,shared,taken" doc:"own: the person was in both places; shared: somebody else was, with the password; taken: somebody else was who should not have been able to. Then all sessions of the account end."`
	Note   string `json:"note" minLength:"1" maxLength:"500" example:"Two consoles side by side in the control room"`
}

type judgeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SharedLoginJudgement
}

const tag = "People"

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listSharedLogins", Method: http.MethodGet, Path: "/api/v1/shared-logins", Tag: tag, Demand: route.Needs(access.PeopleRead),
		Summary: "List accounts that were used in several places at once",
		About:   "Those that nobody has answered come first; at most 500.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "judgeSharedLogin", Method: http.MethodPost, Path: "/api/v1/shared-logins/{id}/judge", Tag: tag, Demand: route.Needs(access.SharedLoginJudge),
		Summary: "Answer a finding about an account that several seem to use",
		About:   "403 shared_login_own for one's own account; 409 shared_login_answered.",
	}, x.judge)
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[SharedLogin]], error) {
	all, err := x.Watch.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(f sharedlogin.Finding) SharedLogin { return face(f, names) }), nil
}

func (x *Routes) judge(ctx context.Context, in *judgeInput) (*route.Answer[SharedLogin], error) {
	f, err := x.Watch.Judge(ctx, route.Actor(ctx), in.ID, in.Body.Answer, in.Body.Note)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(f, names)), nil
}

func face(f sharedlogin.Finding, names map[string]string) SharedLogin {
	out := SharedLogin{ID: f.ID, Person: f.Person, PersonName: names[f.Person], FirstAt: route.Time(f.FirstAt), LastAt: route.Time(f.LastAt),
		Times: f.Times, Places: []SharedLoginPlace{}, Answer: f.Answer, Note: f.Note, AnsweredBy: f.AnsweredBy, AnsweredByName: names[f.AnsweredBy]}
	out.AnsweredAt = route.TimeOf(f.AnsweredAt)
	for _, p := range f.Places {
		out.Places = append(out.Places, SharedLoginPlace(p))
	}
	return out
}
