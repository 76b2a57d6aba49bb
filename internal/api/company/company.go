// Package company answers for who else is present at the screen where live pictures are
// shown, and for the people who can be named as present.
package company

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/ledger"
	"watchroom/internal/live"
)

const tag = "Present"

// Journal puts an act on record before it returns; *ledger.Journal is one.
type Journal interface {
	Record(a ledger.Act) error
}

// Routes are what this needs.
type Routes struct {
	Company *present.Company
	Viewers *live.Viewers
	Names   func(context.Context) (map[string]string, error) // of people, by id
	Journal Journal
	Clock   clock.Clock
}

// Present is somebody else at the screen.
type Present struct {
	Person string `json:"person,omitempty" maxLength:"40" doc:"Id of a person of the register; name and unit are left out then."`
	Name   string `json:"name,omitempty" maxLength:"200" doc:"Of somebody from outside, such as an officer." example:"李警官"`
	Unit   string `json:"unit,omitempty" maxLength:"200" doc:"Theirs." example:"城东派出所"`
}

// Company is who is present at the screen of one's session.
type Company struct {
	Present []Present  `json:"present" nullable:"false"`
	Until   *time.Time `json:"until,omitempty" doc:"They count as present until then, unless somebody says otherwise."`
}

// NewCompany says who is present from now on.
type NewCompany struct {
	Present []Present `json:"present" maxItems:"50" nullable:"false" doc:"Empty: nobody any more."`
}

// Colleague is somebody who can be named as present.
type Colleague struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Faces are those who are present as the interface shows them.
func Faces(all []present.Person) []Present {
	out := make([]Present, len(all))
	for i, p := range all {
		out[i] = Present{p.ID, p.Name, p.Unit}
	}
	return out
}

// People are those who are present as they were told.
func People(all []Present) []present.Person {
	out := make([]present.Person, len(all))
	for i, p := range all {
		out[i] = present.Person{ID: p.Person, Name: p.Name, Unit: p.Unit}
	}
	return out
}

type setInput struct{ Body NewCompany }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listColleagues", Method: http.MethodGet, Path: "/api/v1/company/people", Tag: tag, Demand: route.Needs(access.PlaybackView, access.LiveView),
		Summary: "List the people of the register who can be named as present",
	}, x.people)
	route.Do(r, route.Operation{
		ID: "getCompany", Method: http.MethodGet, Path: "/api/v1/company", Tag: tag, Demand: route.Needs(access.LiveView),
		Summary: "Read who is present at the screen of one's session",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "setCompany", Method: http.MethodPut, Path: "/api/v1/company", Tag: tag, Demand: route.Needs(access.LiveView),
		Summary: "Say who else is present where one watches live",
		About:   "An act for every camera that is watched in this session now; live views that are opened later name them too. Viewings of the past name theirs by themselves.",
	}, x.set)
}

func (x *Routes) people(ctx context.Context, _ *struct{}) (*route.Answer[route.List[Colleague]], error) {
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	self := route.Actor(ctx).Person
	all := []Colleague{}
	for id, name := range names {
		if id != self {
			all = append(all, Colleague{id, name})
		}
	}
	slices.SortFunc(all, func(a, b Colleague) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return route.Items(all, func(c Colleague) Colleague { return c }), nil
}

// behind is the session or token under which an actor watches.
func behind(a access.Actor) string { return cmp.Or(a.Session, a.Token) }

func (x *Routes) face(a access.Actor) Company {
	people, until := x.Company.Of(behind(a))
	return Company{Present: Faces(people), Until: route.TimeOrNil(until)}
}

func (x *Routes) get(ctx context.Context, _ *struct{}) (*route.Answer[Company], error) {
	return route.Reply(x.face(route.Actor(ctx))), nil
}

func (x *Routes) set(ctx context.Context, in *setInput) (*route.Answer[Company], error) {
	actor := route.Actor(ctx)
	people, err := present.Clean(People(in.Body.Present), actor.Person)
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if _, known := names[p.ID]; p.ID != "" && !known {
			return nil, present.ErrPerson
		}
	}
	cameras := []string{}
	for _, v := range x.Viewers.List() {
		if v.Session == behind(actor) && !slices.Contains(cameras, v.Camera) && access.Can(actor, access.LiveView, v.Camera) == nil {
			cameras = append(cameras, v.Camera)
		}
	}
	slices.Sort(cameras)
	if len(cameras) == 0 {
		cameras = []string{""}
	}
	for _, c := range cameras {
		act := actor.For(access.LiveView, c).Act(x.Clock.Micro(), "live.accompanied", behind(actor), c, map[string]any{present.Key: present.Detail(people)})
		if err := x.Journal.Record(act); err != nil {
			return nil, ledger.ErrNotRecorded.Because(err)
		}
	}
	x.Company.Set(behind(actor), people)
	return route.Reply(x.face(actor)), nil
}
