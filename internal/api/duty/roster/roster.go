// Package roster answers for the rosters of control rooms.
package roster

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/roster"
	"watchroom/internal/problem"
)

const tag = "Watch"

// Routes are what rosters need.
type Routes struct {
	Rosters *roster.Rosters
}

// ShiftPlace is somebody in a shift.
type ShiftPlace struct {
	Person string `json:"person" maxLength:"40"`
	Charge bool   `json:"charge,omitempty" doc:"In charge of the watch."`
}

// DutyShift is one of a roster.
type DutyShift struct {
	ID      string       `json:"id"`
	Room    string       `json:"room"`
	Name    string       `json:"name" example:"早班"`
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Staff   int          `json:"staff" doc:"The fewest people that it takes."`
	People  []ShiftPlace `json:"people" nullable:"false" doc:"Who is in charge first."`
	State   string       `json:"state" enum:"draft,published,cancelled"`
	Version int          `json:"version" doc:"Goes with a change, which is refused where somebody else made one meanwhile."`
}

// ShiftInput says what a shift is.
type ShiftInput struct {
	Name   string       `json:"name" maxLength:"200" example:"早班"`
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Staff  int          `json:"staff" minimum:"0" maximum:"1000"`
	People []ShiftPlace `json:"people" nullable:"false" maxItems:"100" doc:"Where nobody is in charge the first one is."`
}

// ShiftsInput is shifts that are planned.
type ShiftsInput struct {
	Shifts []ShiftInput `json:"shifts" nullable:"false" maxItems:"500"`
}

// ShiftChangeInput says otherwise what a shift is.
type ShiftChangeInput struct {
	ShiftInput
	Version int    `json:"version"`
	Reason  string `json:"reason,omitempty" maxLength:"4000" doc:"Of one that was published."`
}

// ShiftCancelInput says why a shift is cancelled.
type ShiftCancelInput struct {
	Version int    `json:"version"`
	Reason  string `json:"reason,omitempty" maxLength:"4000" doc:"Of one that was published."`
}

// RosterGap is a piece of time in which fewer people are on the roster than are needed.
type RosterGap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Have int       `json:"have" doc:"0: nobody."`
	Need int       `json:"need"`
}

// RosterPerson is somebody who could be on the roster, or is.
type RosterPerson struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Lacks        []string   `json:"lacks,omitempty" nullable:"false" doc:"What they lack to be on the roster; for who may plan only."`
	PendingUntil *time.Time `json:"pendingUntil,omitempty" doc:"Until when a licence in application stands for one."`
}

// Roster is that of a room over some time.
type Roster struct {
	Room   string         `json:"room"`
	Plans  bool           `json:"plans" doc:"You may plan here."`
	Shifts []DutyShift    `json:"shifts" nullable:"false"`
	Gaps   []RosterGap    `json:"gaps" nullable:"false" doc:"By what is published."`
	Drawn  []RosterGap    `json:"drawn" nullable:"false" doc:"By the drafts as well; for who may plan only."`
	People []RosterPerson `json:"people" nullable:"false" doc:"Who is on the roster, and for who may plan those who could be."`
}

// RosterFault is why somebody cannot have a shift.
type RosterFault struct {
	Shift  string         `json:"shift"`
	Person string         `json:"person"`
	Code   string         `json:"code" doc:"As of a refusal." example:"roster_rest"`
	Params map[string]any `json:"params,omitempty"`
	Detail string         `json:"detail"`
}

// RosterCheck is what publishing would publish, and what is wrong with it.
type RosterCheck struct {
	Shifts int           `json:"shifts"`
	Faults []RosterFault `json:"faults" nullable:"false" doc:"Nothing is published while there are any."`
	Gaps   []RosterGap   `json:"gaps" nullable:"false" doc:"Would be left; they do not keep it from being published."`
}

// RosterInterval is from when to when.
type RosterInterval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// RosterPublished tells how many shifts were published.
type RosterPublished struct {
	Shifts int `json:"shifts"`
}

// ShiftChoice is somebody who could be put into a shift.
type ShiftChoice struct {
	RosterPerson
	Why *RosterFault `json:"why,omitempty" doc:"What is in the way; absent: nothing is."`
}

// ShiftContent is what a shift was.
type ShiftContent struct {
	Name   string       `json:"name"`
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Staff  int          `json:"staff"`
	People []ShiftPlace `json:"people" nullable:"false"`
}

// RosterChange is something that was done to a shift.
type RosterChange struct {
	Shift   string        `json:"shift"`
	Version int           `json:"version"`
	At      time.Time     `json:"at"`
	By      string        `json:"by" doc:"Id of a person."`
	ByName  string        `json:"byName"`
	Kind    string        `json:"kind" enum:"planned,changed,published,cancelled,leave,swap"`
	Reason  string        `json:"reason,omitempty"`
	Was     *ShiftContent `json:"was,omitempty"`
	Became  ShiftContent  `json:"became"`
}

// OwnShift is a shift of your own.
type OwnShift struct {
	DutyShift
	RoomName string `json:"roomName"`
}

type windowInput struct {
	ID   string    `path:"id" maxLength:"40"`
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

type planInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ShiftsInput
}

type changeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ShiftChangeInput
}

type cancelInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ShiftCancelInput
}

type publishInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body RosterInterval
}

type oneInput struct {
	ID string `path:"id" maxLength:"40"`
}

type historyInput struct {
	ID     string    `path:"id" maxLength:"40"`
	Shift  string    `query:"shift" maxLength:"40" doc:"Of one shift only."`
	Before time.Time `query:"before" doc:"For the next page: the instant of the last one."`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const room, shift = "/api/v1/rooms/{id}", "/api/v1/shifts/{id}"
	read, plan := route.Needs(access.DutyRead), route.Needs(access.DutyPlan)
	route.Do(r, route.Operation{ID: "getRoster", Method: http.MethodGet, Path: room + "/roster", Tag: tag, Demand: read,
		Summary: "Read the roster of a control room, over at most 93 days", About: "Drafts are for who may plan there."}, x.window)
	route.Do(r, route.Operation{ID: "planShifts", Method: http.MethodPost, Path: room + "/shifts", Tag: tag, Demand: plan, Status: http.StatusCreated, Body: 1 << 20,
		Summary: "Add drafts to a roster: all of them, or none"}, x.plan)
	route.Do(r, route.Operation{ID: "changeShift", Method: http.MethodPut, Path: shift, Tag: tag, Demand: plan,
		Summary: "Change a shift", About: "One that was published is changed with a reason, and what it was stays on record."}, x.change)
	route.Do(r, route.Operation{ID: "cancelShift", Method: http.MethodPost, Path: shift + "/cancel", Tag: tag, Demand: plan,
		Summary: "Take a shift out of a roster"}, x.cancel)
	route.Do(r, route.Operation{ID: "getShiftChoices", Method: http.MethodGet, Path: shift + "/choices", Tag: tag, Demand: route.Needs(access.DutyPlan, access.DutyDecide),
		Summary: "List who could be put into a shift, and what is in the way"}, x.choices)
	route.Do(r, route.Operation{ID: "checkRoster", Method: http.MethodGet, Path: room + "/roster/check", Tag: tag, Demand: plan,
		Summary: "Tell what publishing would publish, and what is wrong with it"}, x.check)
	route.Do(r, route.Operation{ID: "publishRoster", Method: http.MethodPost, Path: room + "/roster/publish", Tag: tag, Demand: plan,
		Summary: "Publish the drafts of a roster"}, x.publish)
	route.Do(r, route.Operation{ID: "getRosterHistory", Method: http.MethodGet, Path: room + "/roster/changes", Tag: tag, Demand: read,
		Summary: "Read what was done to a roster, the latest first, 200 at a time"}, x.history)
	route.Do(r, route.Operation{ID: "listOwnShifts", Method: http.MethodGet, Path: "/api/v1/my/shifts", Tag: tag, Demand: read,
		Summary: "List your own shifts from now on"}, x.own)
	x.patterns(r)
}

func face(s roster.Shift) DutyShift {
	return DutyShift{ID: s.ID, Room: s.Room, Name: s.Name, From: route.Time(s.From), To: route.Time(s.To), Staff: s.Staff, People: places(s.People), State: string(s.State), Version: s.Version}
}

// Face is how a shift looks, for the routes beside.
func Face(s roster.Shift) DutyShift { return face(s) }

func places(people []roster.Place) []ShiftPlace {
	all := make([]ShiftPlace, len(people))
	for i, p := range people {
		all[i] = ShiftPlace{Person: p.Person, Charge: p.Charge}
	}
	return all
}

func faces[R, T any](all []R, face func(R) T) []T {
	out := make([]T, len(all))
	for i := range all {
		out[i] = face(all[i])
	}
	return out
}

func gap(g roster.Gap) RosterGap {
	return RosterGap{From: route.Time(g.From), To: route.Time(g.To), Have: g.Have, Need: g.Need}
}

func person(s roster.Standing) RosterPerson {
	return RosterPerson{ID: s.Person, Name: s.Name, Lacks: s.Lacks, PendingUntil: route.TimeOrNil(s.Pending)}
}

func content(in *ShiftInput) roster.Content {
	c := roster.Content{Name: in.Name, From: in.From.UnixMicro(), To: in.To.UnixMicro(), Staff: in.Staff}
	for _, p := range in.People {
		c.People = append(c.People, roster.Place{Person: p.Person, Charge: p.Charge})
	}
	return c
}

func fault(shift, who string, why *problem.Error) RosterFault {
	return RosterFault{Shift: shift, Person: who, Code: why.Code, Params: why.Params, Detail: why.Detail}
}

func span(from, to time.Time) roster.Span {
	return roster.Span{From: from.UnixMicro(), To: to.UnixMicro()}
}

func (x *Routes) window(ctx context.Context, in *windowInput) (*route.Answer[Roster], error) {
	if err := route.Instants(in.From, in.To); err != nil {
		return nil, err
	}
	v, err := x.Rosters.Window(ctx, route.Actor(ctx), in.ID, span(in.From, in.To))
	if err != nil {
		return nil, err
	}
	return route.Reply(Roster{Room: v.Room.ID, Plans: v.Plans, Shifts: faces(v.Shifts, face), Gaps: faces(v.Gaps, gap), Drawn: faces(v.Drawn, gap), People: faces(v.People, person)}), nil
}

func (x *Routes) plan(ctx context.Context, in *planInput) (*route.Answer[route.List[DutyShift]], error) {
	list := make([]roster.Content, len(in.Body.Shifts))
	for i := range list {
		s := &in.Body.Shifts[i]
		if err := route.Instants(s.From, s.To); err != nil {
			return nil, err
		}
		list[i] = content(s)
	}
	all, err := x.Rosters.Plan(ctx, route.Actor(ctx), in.ID, list)
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) change(ctx context.Context, in *changeInput) (*route.Answer[DutyShift], error) {
	if err := route.Instants(in.Body.From, in.Body.To); err != nil {
		return nil, err
	}
	return route.Answering(face)(x.Rosters.Change(ctx, route.Actor(ctx), in.ID, in.Body.Version, content(&in.Body.ShiftInput), in.Body.Reason))
}

func (x *Routes) cancel(ctx context.Context, in *cancelInput) (*route.Nothing, error) {
	return route.Done(x.Rosters.Cancel(ctx, route.Actor(ctx), in.ID, in.Body.Version, in.Body.Reason))
}

func (x *Routes) choices(ctx context.Context, in *oneInput) (*route.Answer[route.List[ShiftChoice]], error) {
	all, err := x.Rosters.Choices(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(c roster.Choice) ShiftChoice {
		out := ShiftChoice{RosterPerson: person(c.Standing)}
		if c.Why != nil {
			f := fault(in.ID, c.Person, c.Why)
			out.Why = &f
		}
		return out
	}), nil
}

func (x *Routes) check(ctx context.Context, in *windowInput) (*route.Answer[RosterCheck], error) {
	if err := route.Instants(in.From, in.To); err != nil {
		return nil, err
	}
	d, err := x.Rosters.Check(ctx, route.Actor(ctx), in.ID, span(in.From, in.To))
	if err != nil {
		return nil, err
	}
	return route.Reply(RosterCheck{Shifts: len(d.Shifts), Faults: faces(d.Faults, func(f roster.Fault) RosterFault { return fault(f.Shift, f.Person, f.Why) }), Gaps: faces(d.Gaps, gap)}), nil
}

func (x *Routes) publish(ctx context.Context, in *publishInput) (*route.Answer[RosterPublished], error) {
	if err := route.Instants(in.Body.From, in.Body.To); err != nil {
		return nil, err
	}
	n, err := x.Rosters.Publish(ctx, route.Actor(ctx), in.ID, span(in.Body.From, in.Body.To))
	if err != nil {
		return nil, err
	}
	return route.Reply(RosterPublished{n}), nil
}

func was(s string) *ShiftContent {
	var c roster.Content
	if s == "" || json.Unmarshal([]byte(s), &c) != nil {
		return nil
	}
	return &ShiftContent{Name: c.Name, From: route.Time(c.From), To: route.Time(c.To), Staff: c.Staff, People: places(c.People)}
}

func (x *Routes) history(ctx context.Context, in *historyInput) (*route.Answer[route.List[RosterChange]], error) {
	before := int64(0)
	if !in.Before.IsZero() {
		if err := route.Instants(in.Before); err != nil {
			return nil, err
		}
		before = in.Before.UnixMicro()
	}
	all, err := x.Rosters.History(ctx, route.Actor(ctx), in.ID, in.Shift, before)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	if x.Rosters.Names != nil {
		if names, err = x.Rosters.Names(ctx); err != nil {
			return nil, err
		}
	}
	return route.Items(all, func(c roster.Change) RosterChange {
		out := RosterChange{Shift: c.Shift, Version: c.Version, At: route.Time(c.At), By: c.By, ByName: names[c.By], Kind: c.Kind, Reason: c.Reason, Was: was(c.Was)}
		if became := was(c.Became); became != nil {
			out.Became = *became
		}
		return out
	}), nil
}

func (x *Routes) own(ctx context.Context, _ *struct{}) (*route.Answer[route.List[OwnShift]], error) {
	actor := route.Actor(ctx)
	all, err := x.Rosters.Own(ctx, actor)
	if err != nil {
		return nil, err
	}
	rooms, err := x.Rosters.Rooms.Seen(ctx, actor)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := range rooms {
		names[rooms[i].ID] = rooms[i].Name
	}
	return route.Items(all, func(s roster.Shift) OwnShift { return OwnShift{DutyShift: face(s), RoomName: names[s.Room]} }), nil
}
