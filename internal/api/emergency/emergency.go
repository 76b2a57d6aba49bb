// Package emergency answers for emergency rights (break-glass): what can be taken, taking
// one, ending it, the report afterwards and the verdict on it.
package emergency

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/emergency"
	"watchroom/internal/api/route"
)

const tag = "Emergency rights"

// Routes are what emergency rights need.
type Routes struct {
	Emergencies *emergency.Rights
	Names       func(ctx context.Context) (map[string]string, error) // of people, by id
}

type takeInput struct{ Body NewEmergency }

type endInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body EmergencyEnd
}

type reportInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body EmergencyReport
}

type settleInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body EmergencyVerdict
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const (
		all = "/api/v1/emergencies"
		one = all + "/{id}"
	)
	route.Do(r, route.Operation{
		ID: "listEmergencies", Method: http.MethodGet, Path: all, Tag: tag, Demand: route.SignedIn().WhileLocked(),
		Summary: "Read which emergency rights can be taken, and which were, the latest first",
		About:   "With emergency.review or act.read everywhere those of everybody, else one's own.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "takeEmergency", Method: http.MethodPost, Path: all, Tag: tag, Demand: route.Needs(access.EmergencyTake).WhileLocked(), Status: http.StatusCreated,
		Summary: "Take an emergency right for some minutes",
		About:   "It counts from the next request on and ends by itself. Leaders are told at once, and a report is due. A rule of the house that denies wins over it.",
	}, x.take)
	route.Do(r, route.Operation{
		ID: "endEmergency", Method: http.MethodPost, Path: one + "/end", Tag: tag, Demand: route.SignedIn().WhileLocked(),
		Summary: "End an emergency right before its time",
		About:   "One's own, or with emergency.review everywhere anybody's with a reason. What runs under it ends within a second.",
	}, x.end)
	route.Do(r, route.Operation{
		ID: "reportEmergency", Method: http.MethodPost, Path: one + "/report", Tag: tag, Demand: route.SignedIn(),
		Summary: "Report about an emergency right of one's own",
		About:   "Once, when it is over. It is taken late, too.",
	}, x.report)
	route.Do(r, route.Operation{
		ID: "settleEmergency", Method: http.MethodPost, Path: one + "/settle", Tag: tag, Demand: route.Needs(access.EmergencyReview),
		Summary: "Say whether an emergency right of somebody else was justified",
		About:   "With emergency.review everywhere, when the report is there, or overdue.",
	}, x.settle)
}

// face is an emergency right as it is shown, with the names that its reader may not know.
func face(e emergency.Emergency, names map[string]string) Emergency {
	return Emergency{ID: e.ID, Person: e.Person, PersonName: names[e.Person], Right: e.Name, Cause: e.Cause, Reason: e.Reason, Grade: int(e.Grade), BackSeconds: int(e.Back / time.Second),
		From: route.Time(e.From), Until: route.Time(e.Until), EndedAt: route.TimeOrNil(e.EndedAt), EndedBy: names[e.EndedBy], EndReason: e.EndReason,
		State: string(e.State), DueAt: route.Time(e.DueAt), Report: e.Report, ReportedAt: route.TimeOrNil(e.ReportedAt), Late: e.Late(), MissingSince: route.TimeOrNil(e.BreachAt),
		Verdict: e.Verdict, Note: e.Note, SettledBy: names[e.SettledBy], SettledAt: route.TimeOrNil(e.SettledAt), Rule: access.EmergencyRule + e.ID}
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[Emergencies], error) {
	all, err := x.Emergencies.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	terms := x.Emergencies.Terms()
	out := Emergencies{Items: make([]Emergency, len(all)), Rights: []EmergencyRight{}, Causes: emergency.Causes(), LongestMinutes: int(terms.Longest / time.Minute), ReasonTyped: terms.Typed}
	for i := range all {
		out.Items[i] = face(all[i], names)
	}
	for _, r := range x.Emergencies.Register() {
		one := EmergencyRight{Name: r.Name, BackSeconds: int(r.Back / time.Second), Grade: int(r.Grade), Actions: []string{}}
		for _, a := range r.Actions {
			one.Actions = append(one.Actions, string(a))
		}
		out.Rights = append(out.Rights, one)
	}
	return route.Reply(out), nil
}

func (x *Routes) answer(ctx context.Context, e emergency.Emergency, err error) (*route.Answer[Emergency], error) {
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(e, names)), nil
}

func (x *Routes) take(ctx context.Context, in *takeInput) (*route.Answer[Emergency], error) {
	e, err := x.Emergencies.Take(ctx, route.Actor(ctx), emergency.Taking{Right: in.Body.Right, Minutes: in.Body.Minutes, Cause: in.Body.Cause, Reason: in.Body.Reason})
	return x.answer(ctx, e, err)
}

func (x *Routes) end(ctx context.Context, in *endInput) (*route.Answer[Emergency], error) {
	e, err := x.Emergencies.End(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	return x.answer(ctx, e, err)
}

func (x *Routes) report(ctx context.Context, in *reportInput) (*route.Answer[Emergency], error) {
	e, err := x.Emergencies.Report(ctx, route.Actor(ctx), in.ID, in.Body.Report)
	return x.answer(ctx, e, err)
}

func (x *Routes) settle(ctx context.Context, in *settleInput) (*route.Answer[Emergency], error) {
	e, err := x.Emergencies.Settle(ctx, route.Actor(ctx), in.ID, in.Body.Verdict, in.Body.Note)
	return x.answer(ctx, e, err)
}
