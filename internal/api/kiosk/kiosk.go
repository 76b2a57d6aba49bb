// Package kiosk answers for the computers at which people watch, and takes their reports.
package kiosk

import (
	"context"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

// Routes are what consoles need.
type Routes struct {
	Consoles *kiosk.Consoles
}

// RegisteredConsole is a computer at which people watch.
type RegisteredConsole struct {
	ID         string           `json:"id"`
	Name       string           `json:"name" example:"监控室 1"`
	Place      string           `json:"place,omitempty"`
	State      string           `json:"state" enum:"waiting,ok,drift,silent,retired" doc:"waiting: it has not reported since its token was made; drift: it differs from its set-up; silent: its reports have stopped."`
	AddedAt    time.Time        `json:"addedAt"`
	RetiredAt  *time.Time       `json:"retiredAt,omitempty"`
	ReportedAt *time.Time       `json:"reportedAt,omitempty" doc:"Of the newest report."`
	DriftAt    *time.Time       `json:"driftAt,omitempty" doc:"Since when it differs."`
	SilentAt   *time.Time       `json:"silentAt,omitempty" doc:"When its silence was noticed."`
	Findings   []ConsoleFinding `json:"findings" doc:"In what it differs, by the newest report."`
	TokenEnds  *time.Time       `json:"tokenEnds,omitempty"`
	TokenOver  bool             `json:"tokenOver" doc:"Its token was revoked, as when who added it has left: it needs another."`
}

// ConsoleFinding is one thing in which a console differs from its set-up.
type ConsoleFinding struct {
	Kind string `json:"kind" enum:"file_missing,file_changed,policy_added,usb_allowed,usb_loaded,media_mounted,program,unread,profile,unreadable"`
	What string `json:"what" example:"/etc/chromium/policies/managed/watchroom.json"`
}

// ConsoleReport is what the checker of a console tells.
type ConsoleReport struct {
	Profile  string            `json:"profile" minLength:"64" maxLength:"64" doc:"SHA-256 of the list of what the set-up wrote, in hexadecimal. The first after a token was made counts; another is a finding."`
	Findings []ReportedFinding `json:"findings" maxItems:"64"`
}

// ReportedFinding is a finding that a console itself tells of.
type ReportedFinding struct {
	Kind string `json:"kind" enum:"file_missing,file_changed,policy_added,usb_allowed,usb_loaded,media_mounted,program,unread"`
	What string `json:"what" minLength:"1" maxLength:"300" doc:"The file, driver, mount or program."`
}

// NewConsole is what a console begins with.
type NewConsole struct {
	Name      string     `json:"name" minLength:"1" maxLength:"60"`
	Place     string     `json:"place,omitempty" maxLength:"100"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"When its token ends, as for any token."`
}

// ConsoleToken says how long a token of a console lasts.
type ConsoleToken struct {
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"When it ends, as for any token."`
}

// MadeConsole is a console with its token.
type MadeConsole struct {
	RegisteredConsole
	Secret string `json:"token" doc:"wr_…, shown only now. It may report how this console stands and nothing else."`
}

type (
	addInput   struct{ Body NewConsole }
	renewInput struct {
		ID   string `path:"id" maxLength:"40"`
		Body ConsoleToken
	}
	retireInput struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	reportInput struct {
		ID   string `path:"id" maxLength:"40"`
		Body ConsoleReport
	}
)

const tag = "People"

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listConsoles", Method: http.MethodGet, Path: "/api/v1/consoles", Tag: tag, Demand: route.Needs(access.PeopleRead),
		Summary: "List the consoles at which people watch, and how each stands",
		About:   "Those in use come first; at most 500.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "addConsole", Method: http.MethodPost, Path: "/api/v1/consoles", Tag: tag, Demand: route.Needs(access.ConsoleManage), Status: http.StatusCreated,
		Summary: "Add a console and make its token",
		About:   "409 console_name_taken. The token is one of who adds it, may do nothing but report, and ends with their account.",
	}, x.add)
	route.Do(r, route.Operation{
		ID: "renewConsole", Method: http.MethodPost, Path: "/api/v1/consoles/{id}/token", Tag: tag, Demand: route.Needs(access.ConsoleManage),
		Summary: "Give a console that is set up again another token",
		About:   "The one before is over, and the set-up that the next report tells of is the one that counts.",
	}, x.renew)
	route.Do(r, route.Operation{
		ID: "retireConsole", Method: http.MethodPost, Path: "/api/v1/consoles/{id}/retire", Tag: tag, Demand: route.Needs(access.ConsoleManage),
		Summary: "Take a console out of use and end its token",
	}, x.retire)
	route.Do(r, route.Operation{
		ID: "reportConsole", Method: http.MethodPost, Path: "/api/v1/consoles/{id}/reports", Tag: tag, Demand: route.Needs(access.ConsoleReport),
		Summary: "Tell how a console stands",
		About:   "With the token of that console alone: 403 console_token_foreign. What changes is an act; a report that says the same as the one before is none.",
	}, x.report)
}

func (x *Routes) list(ctx context.Context, _ *struct{}) (*route.Answer[route.List[RegisteredConsole]], error) {
	all, err := x.Consoles.List(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	return route.Items(all, face), nil
}

func (x *Routes) add(ctx context.Context, in *addInput) (*route.Answer[MadeConsole], error) {
	until, err := instant(in.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	c, value, err := x.Consoles.Add(ctx, route.Actor(ctx), in.Body.Name, in.Body.Place, until)
	if err != nil {
		return nil, err
	}
	return route.Reply(MadeConsole{face(c), value.Reveal()}), nil
}

func (x *Routes) renew(ctx context.Context, in *renewInput) (*route.Answer[MadeConsole], error) {
	until, err := instant(in.Body.ExpiresAt)
	if err != nil {
		return nil, err
	}
	c, value, err := x.Consoles.Renew(ctx, route.Actor(ctx), in.ID, until)
	if err != nil {
		return nil, err
	}
	return route.Reply(MadeConsole{face(c), value.Reveal()}), nil
}

func (x *Routes) retire(ctx context.Context, in *retireInput) (*route.Answer[RegisteredConsole], error) {
	c, err := x.Consoles.Retire(ctx, route.Actor(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(c)), nil
}

func (x *Routes) report(ctx context.Context, in *reportInput) (*route.Answer[RegisteredConsole], error) {
	told := kiosk.Report{Profile: in.Body.Profile}
	for _, f := range in.Body.Findings {
		told.Findings = append(told.Findings, kiosk.Finding{Kind: kiosk.Kind(f.Kind), What: f.What})
	}
	c, err := x.Consoles.Report(ctx, route.Actor(ctx), in.ID, told)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(c)), nil
}

func instant(at *time.Time) (*int64, error) {
	if at == nil {
		return nil, nil
	}
	if err := route.Instants(*at); err != nil {
		return nil, problem.Of(err).On("expiresAt")
	}
	us := at.UnixMicro()
	return &us, nil
}

func face(c kiosk.Console) RegisteredConsole {
	out := RegisteredConsole{ID: c.ID, Name: c.Name, Place: c.Place, State: string(c.State()), AddedAt: route.Time(c.AddedAt), RetiredAt: route.TimeOf(c.RetiredAt),
		ReportedAt: route.TimeOf(c.ReportedAt), DriftAt: route.TimeOf(c.DriftAt), SilentAt: route.TimeOf(c.SilentAt), Findings: []ConsoleFinding{},
		TokenEnds: route.TimeOf(c.TokenEnds), TokenOver: c.TokenOver}
	for _, f := range c.Findings {
		out.Findings = append(out.Findings, ConsoleFinding{string(f.Kind), f.What})
	}
	return out
}
