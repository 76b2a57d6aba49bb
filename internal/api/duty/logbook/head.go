package logbook

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/duty/logbook"
)

// DutyStatus is what somebody noted at an hour of a shift.
type DutyStatus struct {
	At   time.Time `json:"at"`
	Text string    `json:"text" maxLength:"300"`
}

// DutyHead is the head of the record of a shift.
type DutyHead struct {
	Room      string       `json:"room" maxLength:"40"`
	Shift     string       `json:"shift,omitempty" maxLength:"40" doc:"Id; lacking: it is named by its begin."`
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to"`
	Name      string       `json:"name,omitempty" maxLength:"100" example:"早班"`
	Weather   string       `json:"weather" maxLength:"100"`
	Persons   []string     `json:"persons" nullable:"false" maxItems:"50" doc:"Ids of who kept watch."`
	Leader    string       `json:"leader,omitempty" maxLength:"200" doc:"The leader on duty."`
	Online    int          `json:"online" minimum:"0" doc:"Cameras that give a picture."`
	Total     int          `json:"total" minimum:"0"`
	Faulty    string       `json:"faulty,omitempty" maxLength:"2000" doc:"Numbers of those that do not."`
	Recording string       `json:"recording" maxLength:"400"`
	Clock     string       `json:"clock" maxLength:"400"`
	Power     string       `json:"power" maxLength:"400" doc:"The UPS."`
	Fire      string       `json:"fire,omitempty" maxLength:"400" doc:"The fire panel."`
	Hourly    []DutyStatus `json:"hourly" nullable:"false" maxItems:"48"`
	Version   int          `json:"version" doc:"Of what was said; the ones before stay."`
	WrittenBy string       `json:"writtenBy,omitempty"`
	WrittenAt *time.Time   `json:"writtenAt,omitempty"`
}

// DutyHeads are heads of the record, and names of people by id.
type DutyHeads struct {
	Items []DutyHead        `json:"items" nullable:"false"`
	Names map[string]string `json:"names" nullable:"false"`
}

// DutyOnline is what the head of a record begins with.
type DutyOnline struct {
	Known  bool     `json:"known"`
	Online int      `json:"online"`
	Total  int      `json:"total"`
	Faulty []string `json:"faulty" nullable:"false"`
}

type headsInput struct {
	Room string    `query:"room" required:"true" maxLength:"40"`
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

type headInput struct{ Body DutyHead }

type onlineInput struct {
	Room string `query:"room" required:"true" maxLength:"40"`
}

func (x *Routes) registerHeads(r *route.Router) {
	const path = "/api/v1/duty-heads"
	route.Do(r, route.Operation{
		ID: "listDutyHeads", Method: http.MethodGet, Path: path, Tag: tag, Demand: reads,
		Summary: "List the heads of a room's duty record", About: "Of the shifts that touch a stretch of time, 100 days at most.",
	}, x.heads)
	route.Do(r, route.Operation{
		ID: "writeDutyHead", Method: http.MethodPost, Path: path, Tag: tag, Demand: writes, Status: http.StatusCreated,
		Summary: "Write the head of a shift's duty record", About: "Or say it otherwise: what was said before stays.",
	}, x.writeHead)
	route.Do(r, route.Operation{
		ID: "getDutyOnline", Method: http.MethodGet, Path: "/api/v1/duty-online", Tag: tag, Demand: reads,
		Summary: "Count the cameras of a room that give a picture",
	}, x.online)
}

func (x *Routes) heads(ctx context.Context, in *headsInput) (*route.Answer[DutyHeads], error) {
	if err := route.Interval(in.From, in.To, 100*24*time.Hour); err != nil {
		return nil, err
	}
	all, err := x.Book.Heads(ctx, route.Actor(ctx), in.Room, in.From.UnixMicro(), in.To.UnixMicro())
	if err != nil {
		return nil, err
	}
	return x.headFaces(ctx, all...)
}

func (x *Routes) headFaces(ctx context.Context, all ...logbook.Sheet) (*route.Answer[DutyHeads], error) {
	out := DutyHeads{Items: make([]DutyHead, len(all)), Names: map[string]string{}}
	var ids []string
	for i := range all {
		out.Items[i] = headFace(&all[i])
		ids = append(append(ids, all[i].Persons...), all[i].WrittenBy)
	}
	if x.Book.Names != nil && len(ids) > 0 {
		names, err := x.Book.Names(ctx, x.Book.DB.Read(), ids)
		if err != nil {
			return nil, err
		}
		out.Names = names
	}
	return route.Reply(out), nil
}

func headFace(s *logbook.Sheet) DutyHead {
	h := DutyHead{Room: s.Room, Shift: s.Shift, From: route.Time(s.From), To: route.Time(s.To), Name: s.Name, Weather: s.Weather, Persons: s.Persons, Leader: s.Leader, Online: s.Online, Total: s.Total,
		Faulty: s.Faulty, Recording: s.Recording, Clock: s.Clock, Power: s.Power, Fire: s.Fire, Hourly: []DutyStatus{}, Version: s.Version, WrittenBy: s.WrittenBy, WrittenAt: route.TimeOrNil(s.WrittenAt)}
	if h.Persons == nil {
		h.Persons = []string{}
	}
	for _, one := range s.Hourly {
		h.Hourly = append(h.Hourly, DutyStatus{At: route.Time(one.At), Text: one.Text})
	}
	return h
}

func (x *Routes) writeHead(ctx context.Context, in *headInput) (*route.Answer[DutyHeads], error) {
	b := &in.Body
	s := logbook.Sheet{Room: b.Room, Shift: b.Shift, From: micro(&b.From), To: micro(&b.To), Name: b.Name, Weather: b.Weather, Persons: b.Persons, Leader: b.Leader, Online: b.Online, Total: b.Total,
		Faulty: b.Faulty, Recording: b.Recording, Clock: b.Clock, Power: b.Power, Fire: b.Fire}
	for _, one := range b.Hourly {
		s.Hourly = append(s.Hourly, logbook.Status{At: one.At.UnixMicro(), Text: one.Text})
	}
	s, err := x.Book.WriteHead(ctx, route.Actor(ctx), s)
	if err != nil {
		return nil, err
	}
	return x.headFaces(ctx, s)
}

func (x *Routes) online(ctx context.Context, in *onlineInput) (*route.Answer[DutyOnline], error) {
	room, err := x.Book.Rooms.Look(ctx, x.Book.DB.Read(), route.Actor(ctx), in.Room)
	if err != nil {
		return nil, err
	}
	out := DutyOnline{Faulty: []string{}}
	if x.Book.Online == nil {
		return route.Reply(out), nil
	}
	out.Known = true
	without := []string(nil)
	if out.Online, out.Total, without, err = x.Book.Online(ctx, &room); err != nil {
		return nil, err
	}
	out.Faulty = append(out.Faulty, without...)
	return route.Reply(out), nil
}
