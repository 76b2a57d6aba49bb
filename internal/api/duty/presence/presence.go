// Package presence answers for prompts that ask whether somebody on watch is there, and for short
// absences.
package presence

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/presence"
)

const tag = "Watch"

// longest is how much of the past one list is about.
const longest = 92 * 24 * time.Hour

// Routes are what presence needs.
type Routes struct {
	Presence *presence.Presence
	Names    func(ctx context.Context) (map[string]string, error) // of people, by id
}

// PresenceNow is what somebody on watch is asked now.
type PresenceNow struct {
	Prompt         *PresencePrompt  `json:"prompt,omitempty" doc:"Absent: nothing."`
	Absence        *PresenceAbsence `json:"absence,omitempty" doc:"A short absence of theirs that runs."`
	AbsenceMinutes int              `json:"absenceMinutes" doc:"How long a short absence lasts."`
	Absences       int              `json:"absences" doc:"How many there may be in a shift."`
}

// PresencePrompt is one prompt.
type PresencePrompt struct {
	ID        string             `json:"id"`
	Room      string             `json:"room"`
	Person    string             `json:"person"`
	Name      string             `json:"name,omitempty"`
	At        time.Time          `json:"at"`
	Due       time.Time          `json:"due"`
	Tile      int                `json:"tile,omitempty" doc:"The key of the tile that is marked; absent: any key."`
	Shown     bool               `json:"shown" doc:"A screen of the person has shown it."`
	Outcome   string             `json:"outcome,omitempty" enum:"answered,missed,void"`
	OutcomeAt *time.Time         `json:"outcomeAt,omitempty"`
	Judgement *PresenceJudgement `json:"judgement,omitempty"`
}

// PresenceJudgement is what a duty lead says of a missed prompt.
type PresenceJudgement struct {
	Person  string    `json:"person"`
	Name    string    `json:"name,omitempty"`
	At      time.Time `json:"at"`
	Verdict string    `json:"verdict" enum:"asleep,away,working,fault"`
	Note    string    `json:"note,omitempty"`
}

// PresenceAbsence is a short absence.
type PresenceAbsence struct {
	ID        string     `json:"id"`
	At        time.Time  `json:"at"`
	Due       time.Time  `json:"due"`
	Cover     string     `json:"cover,omitempty"`
	Elsewhere string     `json:"elsewhere,omitempty"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
}

// PresenceAnswer is the key that was pressed.
type PresenceAnswer struct {
	Tile int `json:"tile,omitempty" minimum:"0" maximum:"9"`
}

// PresenceVerdict is the judgement of a missed prompt.
type PresenceVerdict struct {
	Verdict string `json:"verdict" maxLength:"40" example:"working"`
	Note    string `json:"note,omitempty" maxLength:"2000"`
}

// PresenceLeaving says who stays, or where alarms ring.
type PresenceLeaving struct {
	Cover     string `json:"cover,omitempty" maxLength:"40" doc:"Id of somebody who is signed on and stays."`
	Elsewhere string `json:"elsewhere,omitempty" maxLength:"400" doc:"Where alarms ring meanwhile, of who is alone."`
	Reason    string `json:"reason,omitempty" maxLength:"400"`
}

type answerInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body PresenceAnswer
}

type judgeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body PresenceVerdict
}

type leaveInput struct{ Body PresenceLeaving }

type listInput struct {
	ID   string    `path:"id" maxLength:"40"`
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	stands := route.Needs(access.DutyStand)
	route.Do(r, route.Operation{
		ID: "getPresence", Method: http.MethodGet, Path: "/api/v1/presence", Tag: tag, Demand: stands.WhileLocked(),
		Summary: "Tell what you are asked now, and whether you are away",
		About:   "That a prompt was asked for counts as shown.",
	}, x.mine)
	route.Do(r, route.Operation{
		ID: "answerPresence", Method: http.MethodPost, Path: "/api/v1/presence/{id}/answer", Tag: tag, Demand: stands.WhileLocked(),
		Summary: "Answer that you are there",
	}, x.answer)
	route.Do(r, route.Operation{
		ID: "stepOut", Method: http.MethodPost, Path: "/api/v1/presence/absence", Tag: tag, Demand: stands.WhileLocked(),
		Summary: "Step out for some minutes",
	}, x.leave)
	route.Do(r, route.Operation{
		ID: "stepBack", Method: http.MethodPost, Path: "/api/v1/presence/absence/end", Tag: tag, Demand: stands.WhileLocked(),
		Summary: "Come back",
	}, x.back)
	route.Do(r, route.Operation{
		ID: "listPresence", Method: http.MethodGet, Path: "/api/v1/rooms/{id}/presence", Tag: tag, Demand: route.Needs(access.DutyDecide),
		Summary: "List what was asked in a room, the newest first",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "judgePresence", Method: http.MethodPost, Path: "/api/v1/presence/{id}/judge", Tag: tag, Demand: route.Needs(access.DutyDecide),
		Summary: "Say what a missed prompt was",
	}, x.judge)
}

func face(p *presence.Prompt, names map[string]string) PresencePrompt {
	out := PresencePrompt{ID: p.ID, Room: p.Room, Person: p.Person, Name: names[p.Person], At: route.Time(p.At), Due: route.Time(p.Due), Tile: p.Tile, Shown: p.ShownAt != nil,
		Outcome: string(p.Outcome), OutcomeAt: route.TimeOf(p.OutcomeAt)}
	if j := p.Judgement; j != nil {
		out.Judgement = &PresenceJudgement{Person: j.Person, Name: names[j.Person], At: route.Time(j.At), Verdict: j.Verdict, Note: j.Note}
	}
	return out
}

func (x *Routes) now(ctx context.Context) (*route.Answer[PresenceNow], error) {
	actor := route.Actor(ctx)
	lasts, most := x.Presence.Allowed()
	out := PresenceNow{AbsenceMinutes: int(lasts / time.Minute), Absences: most}
	p, err := x.Presence.Mine(ctx, actor)
	if err != nil {
		return nil, err
	}
	if p != nil {
		f := face(p, nil)
		out.Prompt = &f
	}
	a, err := x.Presence.Away(ctx, actor)
	if err != nil {
		return nil, err
	}
	if a != nil {
		out.Absence = &PresenceAbsence{ID: a.ID, At: route.Time(a.At), Due: route.Time(a.Due), Cover: a.Cover, Elsewhere: a.Elsewhere, EndedAt: route.TimeOf(a.EndedAt)}
	}
	return route.Reply(out), nil
}

func (x *Routes) mine(ctx context.Context, _ *struct{}) (*route.Answer[PresenceNow], error) {
	return x.now(ctx)
}

func (x *Routes) answer(ctx context.Context, in *answerInput) (*route.Answer[PresenceNow], error) {
	if err := x.Presence.Answer(ctx, route.Actor(ctx), in.ID, in.Body.Tile); err != nil {
		return nil, err
	}
	return x.now(ctx)
}

func (x *Routes) leave(ctx context.Context, in *leaveInput) (*route.Answer[PresenceNow], error) {
	_, err := x.Presence.StepOut(ctx, route.Actor(ctx), presence.Leaving{Cover: in.Body.Cover, Elsewhere: in.Body.Elsewhere, Reason: in.Body.Reason})
	if err != nil {
		return nil, err
	}
	return x.now(ctx)
}

func (x *Routes) back(ctx context.Context, _ *struct{}) (*route.Answer[PresenceNow], error) {
	if _, err := x.Presence.Back(ctx, route.Actor(ctx)); err != nil {
		return nil, err
	}
	return x.now(ctx)
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[route.List[PresencePrompt]], error) {
	if err := route.Interval(in.From, in.To, longest); err != nil {
		return nil, err
	}
	all, err := x.Presence.List(ctx, route.Actor(ctx), in.ID, in.From.UnixMicro(), in.To.UnixMicro())
	if err != nil {
		return nil, err
	}
	names, err := x.Names(ctx)
	if err != nil {
		return nil, err
	}
	return route.Items(all, func(p presence.Prompt) PresencePrompt { return face(&p, names) }), nil
}

func (x *Routes) judge(ctx context.Context, in *judgeInput) (*route.Nothing, error) {
	return route.Done(x.Presence.Judge(ctx, route.Actor(ctx), in.ID, in.Body.Verdict, in.Body.Note))
}
