package roster

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/roster"
)

// PatternShift is a shift of a pattern, in the time of the site.
type PatternShift struct {
	Name  string `json:"name" maxLength:"100" example:"早班"`
	Begin string `json:"begin" maxLength:"10" example:"08:00"`
	End   string `json:"end" maxLength:"10" example:"16:00" doc:"No later than the begin: on the next day."`
	Staff int    `json:"staff" minimum:"0" maximum:"1000" doc:"The fewest people."`
}

// PatternTeam is people who rotate together.
type PatternTeam struct {
	Name   string   `json:"name" maxLength:"100" example:"甲组"`
	People []string `json:"people" nullable:"false" maxItems:"100"`
	Offset int      `json:"offset" minimum:"0" maximum:"1000" doc:"Days by which they are ahead in the cycle."`
}

// ShiftPatternInput says what a shift pattern is.
type ShiftPatternInput struct {
	Name   string         `json:"name" maxLength:"200" example:"三班倒"`
	Shifts []PatternShift `json:"shifts" nullable:"false" maxItems:"30"`
	Days   []int          `json:"days" nullable:"false" maxItems:"7" doc:"Of the week, 0 is Sunday; empty: every day."`
	Cycle  []int          `json:"cycle" nullable:"false" maxItems:"100" doc:"Of the days of a rotation which shift, from 1; 0 is free; empty: no rotation."`
	Teams  []PatternTeam  `json:"teams" nullable:"false" maxItems:"30"`
	Begin  string         `json:"begin,omitempty" maxLength:"20" example:"2026-11-22" doc:"On which day the cycle begins."`
}

// ShiftPattern is one of a control room.
type ShiftPattern struct {
	ID   string `json:"id"`
	Room string `json:"room"`
	ShiftPatternInput
}

// RosterProposalInput asks for a proposal.
type RosterProposalInput struct {
	People []string `json:"people" nullable:"false" maxItems:"200"`
	From   string   `json:"from" maxLength:"20" example:"2026-12-01" doc:"The first day."`
	To     string   `json:"to" maxLength:"20" example:"2026-12-31" doc:"The last day; 92 days at most."`
}

// ProposedShift is a shift with those who are proposed for it.
type ProposedShift struct {
	ShiftContent
	Lacks int  `json:"lacks" doc:"How many people are missing."`
	Night bool `json:"night"`
}

// RosterLeftOut is somebody who is left out, and why.
type RosterLeftOut struct {
	Person string     `json:"person"`
	From   *time.Time `json:"from,omitempty" doc:"Of the shift that the rotation gave them; absent: they have no shift at all."`
	Why    string     `json:"why" enum:",overlap,rest,long,week,leave,unfit" doc:"Empty: there were enough people."`
}

// RosterShare is what somebody has of a proposal.
type RosterShare struct {
	Person   string  `json:"person"`
	Shifts   int     `json:"shifts"`
	Nights   int     `json:"nights"`
	Weekends int     `json:"weekends"`
	Hours    float64 `json:"hours"`
}

// RosterProposal is a roster that nobody has agreed to yet: nothing of it is kept.
type RosterProposal struct {
	Shifts []ProposedShift `json:"shifts" nullable:"false"`
	Left   []RosterLeftOut `json:"left" nullable:"false"`
	Shares []RosterShare   `json:"shares" nullable:"false"`
}

type patternInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body ShiftPatternInput
}

type proposeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body RosterProposalInput
}

func (x *Routes) patterns(r *route.Router) {
	const ofRoom, one = "/api/v1/rooms/{id}/shift-patterns", "/api/v1/shift-patterns/{id}"
	plan := route.Needs(access.DutyPlan)
	route.Do(r, route.Operation{ID: "listShiftPatterns", Method: http.MethodGet, Path: ofRoom, Tag: tag, Demand: route.Needs(access.DutyRead),
		Summary: "List the shift patterns of a control room"}, x.listPatterns)
	route.Do(r, route.Operation{ID: "addShiftPattern", Method: http.MethodPost, Path: ofRoom, Tag: tag, Demand: plan, Status: http.StatusCreated,
		Summary: "Add a shift pattern"}, x.addPattern)
	route.Do(r, route.Operation{ID: "changeShiftPattern", Method: http.MethodPut, Path: one, Tag: tag, Demand: plan,
		Summary: "Change a shift pattern", About: "Shifts that were planned by it stay as they are."}, x.changePattern)
	route.Do(r, route.Operation{ID: "retireShiftPattern", Method: http.MethodPost, Path: one + "/retire", Tag: tag, Demand: plan,
		Summary: "Take a shift pattern out of use"}, x.retirePattern)
	route.Do(r, route.Operation{ID: "proposeRoster", Method: http.MethodPost, Path: one + "/propose", Tag: tag, Demand: plan,
		Summary: "Propose a roster by a shift pattern", About: "Nothing of it is kept: who agrees to it plans the shifts."}, x.propose)
}

func patternFace(p roster.Pattern) ShiftPattern {
	return ShiftPattern{ID: p.ID, Room: p.Room, ShiftPatternInput: ShiftPatternInput{
		Name: p.Name, Days: p.Days, Cycle: p.Cycle, Begin: p.Begin,
		Shifts: faces(p.Shifts, func(s roster.Piece) PatternShift { return PatternShift(s) }),
		Teams:  faces(p.Teams, func(t roster.Team) PatternTeam { return PatternTeam(t) }),
	}}
}

func plan(in *ShiftPatternInput) roster.Plan {
	return roster.Plan{Name: in.Name, Days: in.Days, Cycle: in.Cycle, Begin: in.Begin,
		Shifts: faces(in.Shifts, func(s PatternShift) roster.Piece { return roster.Piece(s) }),
		Teams:  faces(in.Teams, func(t PatternTeam) roster.Team { return roster.Team(t) })}
}

func (x *Routes) listPatterns(ctx context.Context, in *oneInput) (*route.Answer[route.List[ShiftPattern]], error) {
	all, err := x.Rosters.Patterns(ctx, route.Actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return route.Items(all, patternFace), nil
}

func (x *Routes) addPattern(ctx context.Context, in *patternInput) (*route.Answer[ShiftPattern], error) {
	return route.Answering(patternFace)(x.Rosters.AddPattern(ctx, route.Actor(ctx), in.ID, plan(&in.Body)))
}

func (x *Routes) changePattern(ctx context.Context, in *patternInput) (*route.Answer[ShiftPattern], error) {
	return route.Answering(patternFace)(x.Rosters.ChangePattern(ctx, route.Actor(ctx), in.ID, plan(&in.Body)))
}

func (x *Routes) retirePattern(ctx context.Context, in *oneInput) (*route.Nothing, error) {
	return route.Done(x.Rosters.RetirePattern(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) propose(ctx context.Context, in *proposeInput) (*route.Answer[RosterProposal], error) {
	first, err := roster.ParseDay(in.Body.From)
	if err != nil {
		return nil, roster.ErrProposeDays.On("from")
	}
	last, err := roster.ParseDay(in.Body.To)
	if err != nil {
		return nil, roster.ErrProposeDays
	}
	p, err := x.Rosters.Propose(ctx, route.Actor(ctx), in.ID, in.Body.People, first, last)
	if err != nil {
		return nil, err
	}
	out := RosterProposal{Shifts: []ProposedShift{}, Left: []RosterLeftOut{}, Shares: []RosterShare{}}
	for i := range p.Shifts {
		s := &p.Shifts[i]
		one := ProposedShift{ShiftContent: ShiftContent{Name: s.Name, From: route.Time(s.From), To: route.Time(s.To), Staff: s.Staff, People: []ShiftPlace{}}, Lacks: s.Lacks, Night: s.Night}
		for n, who := range s.Chosen {
			one.People = append(one.People, ShiftPlace{Person: who, Charge: n == 0})
		}
		out.Shifts = append(out.Shifts, one)
	}
	for _, l := range p.Left {
		out.Left = append(out.Left, RosterLeftOut{Person: l.Person, From: route.TimeOrNil(l.Shift.From), Why: l.Why})
	}
	for i := range p.Shares {
		s := &p.Shares[i]
		out.Shares = append(out.Shares, RosterShare{Person: s.Person, Shifts: s.Shifts, Nights: s.Nights, Weekends: s.Weekends, Hours: (time.Duration(s.Micros) * time.Microsecond).Hours()})
	}
	return route.Reply(out), nil
}
