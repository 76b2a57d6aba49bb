// Package logbook answers for the duty records of control rooms.
package logbook

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/form/paper"
)

const tag = "Duty record"

// Somebody is a person whom an entry may name.
type Somebody struct{ ID, Name string }

// Routes are what the duty record needs.
type Routes struct {
	Book *logbook.Book
	// People gives those whom an entry may name and whose names have a text in them, some of them
	// where there are many; nil: nobody.
	People func(ctx context.Context, text string) ([]Somebody, error)

	SiteName string
	Press    *paper.Press // nil: nothing is printed as PDF
	Web      fs.FS        // package web's files, with the words for paper; may be nil
}

var (
	reads  = route.Needs(access.DutyRead)
	writes = route.Needs(access.DutyStand, access.DutyDecide)
)

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	const all, one = "/api/v1/duty-entries", "/api/v1/duty-entries/{id}"
	route.Do(r, route.Operation{
		ID: "listDutyEntries", Method: http.MethodGet, Path: all, Tag: tag, Demand: reads,
		Summary: "Look through the duty record",
		About:   "The newest entries first, of the rooms of your areas. Text is looked for in what was written, in places, in names of cameras and in the lines of the program in both languages; all of it must be there. Pages end before an entry: before of the next page stands in the answer.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "writeDutyEntry", Method: http.MethodPost, Path: all, Tag: tag, Demand: writes, Status: http.StatusCreated,
		Summary: "Write into the duty record",
		About:   "Nothing that was written changes: a correction is an entry with corrects, and what closes a follow-up is one with closes. What is longer ago than the institution allows is a late entry, which a second person signs.",
	}, x.write)
	route.Do(r, route.Operation{
		ID: "getDutyEntry", Method: http.MethodGet, Path: one, Tag: tag, Demand: reads,
		Summary: "Read one entry of the duty record",
	}, x.get)
	route.Do(r, route.Operation{
		ID: "reportDutyEntry", Method: http.MethodPost, Path: one + "/reports", Tag: tag, Demand: writes, Status: http.StatusCreated,
		Summary: "Say to whom an entry was reported",
		About:   "Without a time it was just now. A typed time is shown with the time of typing, and marked where they are far apart.",
	}, x.report)
	route.Do(r, route.Operation{
		ID: "signDutyEntry", Method: http.MethodPost, Path: one + "/sign", Tag: tag, Demand: reads,
		Summary: "Sign a late entry as its second signer",
	}, x.sign)
	route.Do(r, route.Operation{
		ID: "receiveDutyReport", Method: http.MethodPost, Path: "/api/v1/duty-reports/{id}/receipt", Tag: tag, Demand: reads,
		Summary: "Confirm that a report has come to you",
	}, x.receive)
	route.Do(r, route.Operation{
		ID: "getDutyPhrases", Method: http.MethodGet, Path: "/api/v1/duty-phrases", Tag: tag, Demand: reads,
		Summary: "List the categories, and what you wrote last",
	}, x.phrases)
	route.Do(r, route.Operation{
		ID: "listDutyPeople", Method: http.MethodGet, Path: "/api/v1/duty-people", Tag: tag, Demand: reads,
		Summary: "Find people whom an entry names",
		About:   "By a part of their name; twenty at most.",
	}, x.people)
	x.registerHeads(r)
	x.registerFiles(r)
}

func (x *Routes) registerFiles(r *route.Router) {
	attach := route.Operation{
		ID: "attachToDutyEntry", Method: http.MethodPost, Path: "/api/v1/duty-entries/{id}/files", Tag: tag, Demand: writes, Status: http.StatusNoContent, Body: logbook.LargestFile + 1,
		Summary: "Put a file beside an entry", About: "A JPEG or PNG picture or a PDF file of at most 10 MB, as it is; five an entry.",
		Parameters: []*huma.Param{route.InPath("id", "Entry."), route.Required(&huma.Param{Name: "name", In: "query", Description: "Name of the file.", Schema: route.Text()})},
		Request:    &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}},
		Responses:  route.Answers("204", "It is kept.", ""),
	}
	r.Plain(attach, x.attach)
	get := route.Operation{
		ID: "getDutyFile", Method: http.MethodGet, Path: "/api/v1/duty-files/{id}", Tag: tag, Demand: reads, Summary: "Fetch a file that stands beside an entry",
		Parameters: []*huma.Param{route.InPath("id", "File.")}, Responses: route.Answers("200", "The file.", "application/octet-stream"),
	}
	r.Plain(get, x.file)
	print := route.Operation{
		ID: "printDutyRecord", Method: http.MethodGet, Path: "/api/v1/duty-record", Tag: tag, Demand: reads, Summary: "Print the duty record of a room",
		About: "From one instant to another, 32 days at most. Where there are more entries than a print has room for, it says so.",
		Parameters: []*huma.Param{
			route.Required(&huma.Param{Name: "room", In: "query", Description: "Room.", Schema: route.Text()}),
			route.Required(&huma.Param{Name: "from", In: "query", Description: "First instant.", Schema: route.Instant()}),
			route.Required(&huma.Param{Name: "to", In: "query", Description: "Instant after the last.", Schema: route.Instant()}),
			{Name: "format", In: "query", Description: "pdf or xlsx.", Schema: route.Text()},
			{Name: "language", In: "query", Description: "zh or en.", Schema: route.Text()},
		},
		Responses: route.Answers("200", "The record.", "application/octet-stream"),
	}
	r.Plain(print, x.print)
}

// zone is that of the site.
func (x *Routes) zone() *time.Location {
	if x.Book.Zone == nil {
		return time.UTC
	}
	return x.Book.Zone
}

func micro(t *time.Time) int64 {
	if t == nil || t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (x *Routes) list(ctx context.Context, in *listInput) (*route.Answer[DutyEntries], error) {
	for _, t := range []time.Time{in.From, in.To} {
		if err := route.Instants(t); err != nil && !t.IsZero() {
			return nil, err
		}
	}
	q := logbook.Query{Room: in.Room, Text: in.Text, Categories: in.Category, Author: in.Author, Camera: in.Camera, From: micro(&in.From), To: micro(&in.To),
		Written: in.Written, Open: in.Open, Unreported: in.Unreported, Before: in.Before, Limit: in.Limit}
	for _, s := range in.Severity {
		q.Severities = append(q.Severities, logbook.Severity(s))
	}
	page, more, err := x.Book.Find(ctx, route.Actor(ctx), q)
	if err != nil {
		return nil, err
	}
	out, err := x.faces(ctx, page)
	if more {
		out.Before = page[len(page)-1].Seq
	}
	return route.Reply(out), err
}

func (x *Routes) one(ctx context.Context) func(e logbook.Entry, err error) (*route.Answer[DutyEntries], error) {
	return func(e logbook.Entry, err error) (*route.Answer[DutyEntries], error) {
		if err != nil {
			return nil, err
		}
		out, err := x.faces(ctx, []logbook.Entry{e})
		return route.Reply(out), err
	}
}

func (x *Routes) write(ctx context.Context, in *writeInput) (*route.Answer[DutyEntries], error) {
	b := &in.Body
	w := logbook.Input{Room: b.Room, Category: b.Category, Severity: logbook.Severity(b.Severity), At: micro(b.At), Text: b.Text, Place: b.Place, Cameras: b.Cameras, Action: b.Action,
		Snapshot: b.Snapshot, Corrects: b.Corrects, Closes: b.Closes}
	if b.Report != nil {
		told := b.Report.told()
		w.Told = &told
	}
	if b.FollowUp != nil {
		w.FollowUp = &logbook.FollowUp{Owner: b.FollowUp.Owner, Due: micro(b.FollowUp.Due)}
	}
	if b.Late != nil {
		w.Late = &logbook.Late{Paper: b.Late.Paper, Second: b.Late.Second}
	}
	if b.Footage != nil {
		w.Footage = &logbook.Footage{Camera: b.Footage.Camera, From: b.Footage.From.UnixMicro(), To: b.Footage.To.UnixMicro()}
	}
	return x.one(ctx)(x.Book.Write(ctx, route.Actor(ctx), w))
}

func (x *Routes) get(ctx context.Context, in *byID) (*route.Answer[DutyEntries], error) {
	return x.one(ctx)(x.Book.Get(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) report(ctx context.Context, in *reportInput) (*route.Answer[DutyEntries], error) {
	return x.one(ctx)(x.Book.Report(ctx, route.Actor(ctx), in.ID, in.Body.told()))
}

func (x *Routes) sign(ctx context.Context, in *byID) (*route.Answer[DutyEntries], error) {
	return x.one(ctx)(x.Book.Sign(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) receive(ctx context.Context, in *byID) (*route.Answer[DutyEntries], error) {
	return x.one(ctx)(x.Book.Receive(ctx, route.Actor(ctx), in.ID))
}

func (x *Routes) phrases(ctx context.Context, _ *struct{}) (*route.Answer[DutyPhrases], error) {
	said, err := x.Book.Recent(ctx, route.Actor(ctx))
	if err != nil {
		return nil, err
	}
	out := DutyPhrases{Categories: x.Book.Offered(), Recent: []DutySentence{}, ReportSeconds: int(x.Book.ReportWithin() / time.Second)}
	for _, s := range said {
		out.Recent = append(out.Recent, DutySentence(s))
	}
	return route.Reply(out), nil
}

func (x *Routes) people(ctx context.Context, in *peopleInput) (*route.Answer[route.List[DutyNamed]], error) {
	var all []Somebody
	if x.People != nil {
		var err error
		if all, err = x.People(ctx, in.Text); err != nil {
			return nil, err
		}
	}
	return route.Items(all, func(s Somebody) DutyNamed { return DutyNamed(s) }), nil
}
