// Package company answers for who else is present at the screen where live pictures are
// shown, and for the people who can be named as present.
package company

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/ledger"
	"watchroom/internal/live"
	"watchroom/internal/text"
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
	People  func(context.Context) ([]account.Person, error)
	Names   func(context.Context) (map[string]string, error) // of people, by id
	Journal Journal
	Clock   clock.Clock
}

// Present is somebody else at the screen.
type Present struct {
	Person string `json:"person,omitempty" maxLength:"40" doc:"Id of a person of the register; name and unit are left out then in what is sent."`
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

type peopleInput struct {
	Text string `query:"text" required:"true" minLength:"2" maxLength:"100" doc:"Part of the name that is shown, two characters at least: the register is not read out, and no user name is found by it."`
}

// mostFound is how many people one search gives.
const mostFound = 20

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listColleagues", Method: http.MethodGet, Path: "/api/v1/company/people", Tag: tag, Demand: route.Needs(access.PlaybackView, access.LiveView),
		Summary: "Find people of the register who can be named as present",
		About:   "Those with an open account whose name holds the text; to a stand-in and a contractor, whose name it is. Twenty at most.",
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

func (x *Routes) people(ctx context.Context, in *peopleInput) (*route.Answer[route.List[Colleague]], error) {
	people, err := x.People(ctx)
	if err != nil {
		return nil, err
	}
	actor := route.Actor(ctx)
	now, sought, whole := x.Clock.Micro(), text.Key(strings.TrimSpace(in.Text)), forATime(actor)
	all := []Colleague{}
	for i := range people {
		p := &people[i]
		name := text.Key(p.DisplayName)
		if p.ID != actor.Person && p.Shut(now) == "" && utf8.RuneCountInString(sought) >= 2 && (name == sought || !whole && strings.Contains(name, sought)) {
			all = append(all, Colleague{p.ID, p.DisplayName})
		}
	}
	slices.SortFunc(all, func(a, b Colleague) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	all = all[:min(len(all), mostFound)]
	return route.Items(all, func(c Colleague) Colleague { return c }), nil
}

// forATime tells whether somebody is here for a time only, or from outside: they find whom they
// know by the whole name, and do not read the register out.
func forATime(actor access.Actor) bool {
	return !slices.ContainsFunc(actor.Positions(), func(p access.Position) bool {
		return !access.Kin(actor, p, access.StandIn) && !access.Kin(actor, p, access.Contractor)
	})
}

// behind is the session or token under which an actor watches.
func behind(a access.Actor) string { return cmp.Or(a.Session, a.Token) }

// face is who is present as the interface shows it, people of the register with their names.
func (x *Routes) face(ctx context.Context, a access.Actor) (*route.Answer[Company], error) {
	people, until := x.Company.Of(behind(a))
	out := Company{Present: Faces(people), Until: route.TimeOrNil(until)}
	if len(people) > 0 {
		names, err := x.Names(ctx)
		if err != nil {
			return nil, err
		}
		for i, p := range out.Present {
			if p.Person != "" {
				out.Present[i].Name = names[p.Person]
			}
		}
	}
	return route.Reply(out), nil
}

func (x *Routes) get(ctx context.Context, _ *struct{}) (*route.Answer[Company], error) {
	return x.face(ctx, route.Actor(ctx))
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
	return x.face(ctx, actor)
}
