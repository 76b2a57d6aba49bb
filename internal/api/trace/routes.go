// Package trace answers to who holds a picture that leaked: who looked, from the mark that it
// bears or from a camera and a minute.
package trace

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/company"
	"watchroom/internal/api/route"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/disclosure/trace"
)

// Routes are what following a trace needs.
type Routes struct {
	Traces *trace.Traces
	// People gives names by id.
	People func(context.Context) (map[string]string, error)
}

// TraceQuestion is what is known of a picture: its mark, or its camera and a minute.
type TraceQuestion struct {
	Mark   string    `json:"mark,omitzero" maxLength:"40" example:"7kq 2md 4xz" doc:"In any case, with or without spaces and dashes."`
	Camera string    `json:"camera,omitzero" maxLength:"40" doc:"With at, where no mark can be read."`
	At     time.Time `json:"at,omitzero" doc:"Within the minute that the picture shows."`
}

// Trace is what the acts say.
type Trace struct {
	Mark    string      `json:"mark,omitempty" example:"7KQ-2MD-4XZ"`
	Looks   []TraceLook `json:"looks" nullable:"false" doc:"The newest first."`
	Partial bool        `json:"partial,omitempty" doc:"There is more than one answer holds; the audit trail has all."`
}

// TraceLook is somebody looking at a camera.
type TraceLook struct {
	Kind       string        `json:"kind" enum:"live,picture,playback,snapshot"`
	Mark       string        `json:"mark,omitempty"`
	Acts       []string      `json:"acts" nullable:"false" doc:"Ids in the audit trail; the first is the act by which it was allowed."`
	Camera     string        `json:"camera"`
	Person     string        `json:"person"`
	PersonName string        `json:"personName"`
	Positions  []string      `json:"positions" nullable:"false"`
	Unit       string        `json:"unit,omitempty"`
	Session    string        `json:"session,omitempty"`
	Token      string        `json:"token,omitempty"`
	Address    string        `json:"address,omitempty" example:"10.1.2.30"`
	Agent      string        `json:"agent,omitempty" doc:"Browser and machine, as the session was opened with."`
	SignedIn   *time.Time    `json:"signedIn,omitempty"`
	From       time.Time     `json:"from" doc:"When the looking began."`
	To         *time.Time    `json:"to,omitempty" doc:"When it ended; absent where no end is on record."`
	Latest     *time.Time    `json:"latest,omitempty" doc:"Of still pictures: by then it was over, or went on by another act."`
	Footage    *TraceFootage `json:"footage,omitempty" doc:"What was seen."`
	Viewing    string        `json:"viewing,omitempty"`
	Purpose    string        `json:"purpose,omitempty"`
	Reason     string        `json:"reason,omitempty"`
	Snapshot   string        `json:"snapshot,omitempty"`

	Present []company.Present `json:"present,omitempty" doc:"Who else was at the screen; of people of the register with the name."`
	Rooms   []TraceRoom       `json:"rooms,omitempty" doc:"What the cameras of control rooms saw meanwhile: of the rooms in which the computer stands, and of those of which nobody has said which computers do. Of cameras that the person sees."`
	Second  *TraceSecond      `json:"second,omitempty" doc:"The second person, where the rules demanded one."`
}

// TraceRoom is what the camera of a control room saw of it while somebody looked.
type TraceRoom struct {
	Camera   string    `json:"camera"`
	Name     string    `json:"name" doc:"Of the room."`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Bounded  bool      `json:"bounded,omitempty" doc:"No end of the look is on record: to is when something would have been heard of it again, or now."`
	Possible bool      `json:"possible,omitempty" doc:"Nobody has said which computers stand in the room, so that it may have been another one."`
	Playable bool      `json:"playable,omitempty" doc:"The person may play that back."`
	// MarkedAt is present where the camera was marked only after the look.
	MarkedAt *time.Time `json:"markedAt,omitempty" doc:"When the camera was said to watch the room, where that was after the look began: nobody had said so then."`
}

// TraceSecond is who agreed to a look as the second person.
type TraceSecond struct {
	Person   string `json:"person"`
	Name     string `json:"name"`
	Position string `json:"position" doc:"In which they agreed."`
}

// TraceFootage is an interval of footage.
type TraceFootage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type followInput struct{ Body TraceQuestion }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "traceMark", Method: http.MethodPost, Path: "/api/v1/traces", Tag: "Audit trail", Demand: route.Needs(access.ActRead),
		Summary: "Follow a picture that leaked back to who looked",
		About:   "From the mark that it bears, or from a camera and the minute that it shows: who looked, who else was there, and what the camera of the control room saw meanwhile. Asking is an act itself, and nothing is told before that is on record.",
	}, x.follow)
}

func (x *Routes) follow(ctx context.Context, in *followInput) (*route.Answer[Trace], error) {
	q := trace.Question{Mark: in.Body.Mark, Camera: in.Body.Camera}
	if !in.Body.At.IsZero() {
		if err := route.Instants(in.Body.At); err != nil {
			return nil, err
		}
		q.At = in.Body.At.UnixMicro()
	}
	a, err := x.Traces.Follow(ctx, route.Actor(ctx), q)
	if err != nil {
		return nil, err
	}
	names, err := x.People(ctx)
	if err != nil {
		return nil, err
	}
	out := Trace{Mark: a.Mark, Looks: make([]TraceLook, len(a.Looks)), Partial: a.Partial}
	for i := range a.Looks {
		out.Looks[i] = face(&a.Looks[i], names)
		for _, r := range a.Looks[i].Rooms {
			seen := TraceRoom{Camera: r.Camera, Name: r.Name, From: route.Time(r.From), To: route.Time(r.To), Bounded: r.Bounded, Possible: r.Possible,
				Playable: access.Can(route.Actor(ctx), access.PlaybackView, r.Camera) == nil}
			if r.Since > r.From {
				seen.MarkedAt = route.TimeOrNil(r.Since)
			}
			out.Looks[i].Rooms = append(out.Looks[i].Rooms, seen)
		}
	}
	return route.Reply(out), nil
}

func face(l *trace.Look, names map[string]string) TraceLook {
	out := TraceLook{
		Kind: l.Kind, Mark: l.Mark, Acts: l.Acts, Camera: l.Camera, Person: l.Person, PersonName: names[l.Person], Positions: l.Positions,
		Unit: l.Unit, Session: l.Session, Token: l.Token, Address: l.Address, Agent: l.Agent, SignedIn: route.TimeOrNil(l.SignedIn),
		From: route.Time(l.From), To: route.TimeOrNil(l.To), Latest: route.TimeOrNil(l.Latest), Viewing: l.Viewing, Purpose: l.Purpose, Reason: l.Reason, Snapshot: l.Snapshot,
	}
	if out.Positions == nil {
		out.Positions = []string{}
	}
	for _, p := range l.Present {
		if p.Person != "" {
			p.Name = names[p.Person]
		}
		out.Present = append(out.Present, company.Present{Person: p.Person, Name: p.Name, Unit: p.Unit})
	}
	if s := l.Second; s.Person != "" {
		out.Second = &TraceSecond{s.Person, names[s.Person], s.Position}
	}
	if l.FootageTo != 0 {
		out.Footage = &TraceFootage{route.Time(l.FootageFrom), route.Time(l.FootageTo)}
	}
	return out
}

// Rooms gives the cameras of control rooms to who follows a trace; nil where no register is kept.
func Rooms(x *roomcam.Register) func(ctx context.Context, at int64, address string) ([]trace.Watched, error) {
	if x == nil {
		return nil
	}
	return func(ctx context.Context, at int64, address string) (all []trace.Watched, err error) {
		rooms, err := x.Since(ctx, at)
		for i := range rooms {
			r := &rooms[i]
			if holds, possible := r.Holds(address); holds || possible {
				all = append(all, trace.Watched{Camera: r.Camera, Name: r.Name, Possible: possible, Since: r.At, Until: r.EndedAt})
			}
		}
		return all, err
	}
}
