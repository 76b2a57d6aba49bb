package logbook

import (
	"context"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/duty/logbook"
)

// DutyReport is to whom an entry was reported.
type DutyReport struct {
	ID         string     `json:"id"`
	Person     string     `json:"person,omitempty" doc:"Id; empty: name says who."`
	Name       string     `json:"name,omitempty" doc:"Of somebody without an account."`
	Channel    string     `json:"channel" enum:"phone,radio,in_person,message"`
	At         time.Time  `json:"at"`
	Typed      bool       `json:"typed" doc:"Somebody typed the time. Otherwise the button stamped it."`
	EnteredAt  time.Time  `json:"enteredAt"`
	EnteredBy  string     `json:"enteredBy"`
	Apart      bool       `json:"apart" doc:"The typed time and that of typing are further apart than the institution allows without a mark."`
	Receipt    string     `json:"receipt,omitempty" doc:"Number that the police or fire brigade gave."`
	ReceivedAt *time.Time `json:"receivedAt,omitempty" doc:"When the person reported to confirmed receipt."`
}

// DutyFollowUp is what an entry left open.
type DutyFollowUp struct {
	Owner    string     `json:"owner"`
	Due      *time.Time `json:"due,omitempty"`
	ClosedBy string     `json:"closedBy,omitempty" doc:"Id of the entry that closed it; empty: it is open."`
}

// DutyLate is what makes an entry a late one.
type DutyLate struct {
	Paper    string     `json:"paper" doc:"Number of the blank."`
	Second   string     `json:"second" doc:"Who signs it as well."`
	SignedAt *time.Time `json:"signedAt,omitempty"`
}

// DutyFootage is a stretch of recording.
type DutyFootage struct {
	Camera string    `json:"camera" maxLength:"40"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// DutyFile is a file beside an entry.
type DutyFile struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Type    string    `json:"type"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
	AddedBy string    `json:"addedBy"`
	AddedAt time.Time `json:"addedAt"`
}

// DutyWords is a line of the program in both languages.
type DutyWords struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// DutyEntry is an entry of the duty record with what was said of it later.
type DutyEntry struct {
	ID          string         `json:"id"`
	Room        string         `json:"room"`
	Year        int            `json:"year"`
	Number      int64          `json:"number" doc:"Runs per room and year, without holes."`
	At          time.Time      `json:"at" doc:"When it happened."`
	EnteredAt   time.Time      `json:"enteredAt"`
	Author      string         `json:"author,omitempty"`
	Code        string         `json:"code,omitempty" doc:"Of a line of the program."`
	Words       *DutyWords     `json:"words,omitempty" doc:"Of a line of the program."`
	Params      map[string]any `json:"params,omitempty" doc:"What a line of the program names."`
	Category    string         `json:"category"`
	Severity    string         `json:"severity" enum:"ordinary,important,severe"`
	Text        string         `json:"text,omitempty"`
	Place       string         `json:"place,omitempty"`
	Cameras     []string       `json:"cameras" nullable:"false"`
	Action      string         `json:"action,omitempty" doc:"What was done about it."`
	Subject     string         `json:"subject,omitempty"`
	Late        *DutyLate      `json:"late,omitempty"`
	Footage     *DutyFootage   `json:"footage,omitempty"`
	Snapshot    string         `json:"snapshot,omitempty"`
	Corrects    string         `json:"corrects,omitempty"`
	CorrectedBy string         `json:"correctedBy,omitempty"`
	Closes      string         `json:"closes,omitempty"`
	FollowUp    *DutyFollowUp  `json:"followUp,omitempty"`
	Reports     []DutyReport   `json:"reports" nullable:"false"`
	Files       []DutyFile     `json:"files" nullable:"false"`
	ReportBy    *time.Time     `json:"reportBy,omitempty" doc:"Severe, and reported to nobody: until when it has to be."`
}

// DutyEntries are entries of the duty record, the newest first, and names by id.
type DutyEntries struct {
	Items  []DutyEntry       `json:"items" nullable:"false"`
	Names  map[string]string `json:"names" nullable:"false" doc:"Of the people and cameras that they name."`
	Before int64             `json:"before,omitempty" doc:"For the next page; lacking: this was the last."`
}

// DutyReportInput says to whom something was reported.
type DutyReportInput struct {
	Person  string     `json:"person,omitempty" maxLength:"40"`
	Name    string     `json:"name,omitempty" maxLength:"200" example:"110"`
	Channel string     `json:"channel" maxLength:"20" example:"phone"`
	At      *time.Time `json:"at,omitempty" doc:"Lacking: now."`
	Receipt string     `json:"receipt,omitempty" maxLength:"200"`
}

func (in *DutyReportInput) told() logbook.Told {
	return logbook.Told{Person: in.Person, Name: in.Name, Channel: logbook.Channel(in.Channel), At: micro(in.At), Receipt: in.Receipt}
}

// DutyFollowUpInput says what stays open.
type DutyFollowUpInput struct {
	Owner string     `json:"owner" maxLength:"40"`
	Due   *time.Time `json:"due,omitempty"`
}

// DutyLateInput makes an entry a late one.
type DutyLateInput struct {
	Paper  string `json:"paper" maxLength:"200"`
	Second string `json:"second" maxLength:"40"`
}

// DutyEntryInput is what somebody writes.
type DutyEntryInput struct {
	Room     string             `json:"room" maxLength:"40"`
	Category string             `json:"category" maxLength:"40" example:"patrol"`
	Severity string             `json:"severity,omitempty" maxLength:"20"`
	At       *time.Time         `json:"at,omitempty" doc:"When it happened; lacking: now."`
	Text     string             `json:"text" maxLength:"5000"`
	Place    string             `json:"place,omitempty" maxLength:"400"`
	Cameras  []string           `json:"cameras,omitempty" maxItems:"1000"`
	Action   string             `json:"action,omitempty" maxLength:"5000"`
	Report   *DutyReportInput   `json:"report,omitempty"`
	FollowUp *DutyFollowUpInput `json:"followUp,omitempty"`
	Late     *DutyLateInput     `json:"late,omitempty"`
	Footage  *DutyFootage       `json:"footage,omitempty"`
	Snapshot string             `json:"snapshot,omitempty" maxLength:"40"`
	Corrects string             `json:"corrects,omitempty" maxLength:"40"`
	Closes   string             `json:"closes,omitempty" maxLength:"40"`
}

// DutySentence is something that somebody wrote, with its category.
type DutySentence struct {
	Text     string `json:"text"`
	Category string `json:"category"`
}

// DutyPhrases is what a quick entry begins with.
type DutyPhrases struct {
	Categories    []string       `json:"categories" nullable:"false"`
	Recent        []DutySentence `json:"recent" nullable:"false"`
	ReportSeconds int            `json:"reportSeconds" doc:"How soon what is severe is reported."`
}

// DutyNamed is somebody whom an entry may name.
type DutyNamed struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type listInput struct {
	Room       string    `query:"room" maxLength:"40"`
	Text       string    `query:"text" maxLength:"200"`
	Category   []string  `query:"category" maxItems:"20"`
	Severity   []string  `query:"severity" maxItems:"3"`
	Author     string    `query:"author" maxLength:"40"`
	Camera     string    `query:"camera" maxLength:"40"`
	From       time.Time `query:"from"`
	To         time.Time `query:"to"`
	Written    string    `query:"written" enum:"hand,program"`
	Open       bool      `query:"open"`
	Unreported bool      `query:"unreported"`
	Before     int64     `query:"before" minimum:"0"`
	Limit      int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type writeInput struct{ Body DutyEntryInput }

type reportInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body DutyReportInput
}

type peopleInput struct {
	Text string `query:"text" maxLength:"100"`
}

// names gives what those are called now whom entries name, or were then where nobody knows it now.
func (x *Routes) names(ctx context.Context, all []logbook.Entry) (map[string]string, error) {
	names, ids := map[string]string{}, map[string]bool{}
	for i := range all {
		e := &all[i]
		for id, name := range e.Content.Names {
			names[id] = name
		}
		for _, id := range append([]string{e.Author}, e.Cameras...) {
			ids[id] = true
		}
		if e.Late != nil {
			ids[e.Late.Second] = true
		}
		if e.Footage != nil {
			ids[e.Footage.Camera] = true
		}
		if e.Open != nil {
			ids[e.Open.Owner] = true
		}
		for _, r := range e.Reports {
			ids[r.Person], ids[r.EnteredBy] = true, true
		}
		for _, f := range e.Files {
			ids[f.AddedBy] = true
		}
	}
	delete(ids, "")
	if x.Book.Names == nil || len(ids) == 0 {
		return names, nil
	}
	asked := make([]string, 0, len(ids))
	for id := range ids {
		asked = append(asked, id)
	}
	now, err := x.Book.Names(ctx, x.Book.DB.Read(), asked)
	for id, name := range now {
		names[id] = name
	}
	return names, err
}

func (x *Routes) faces(ctx context.Context, all []logbook.Entry) (DutyEntries, error) {
	names, err := x.names(ctx, all)
	out := DutyEntries{Items: make([]DutyEntry, len(all)), Names: names}
	for i := range all {
		out.Items[i] = x.face(&all[i])
	}
	return out, err
}

func (x *Routes) face(e *logbook.Entry) DutyEntry {
	f := DutyEntry{ID: e.ID, Room: e.Room, Year: e.Year, Number: e.Number, At: route.Time(e.At), EnteredAt: route.Time(e.EnteredAt), Author: e.Author, Code: e.Code, Params: e.Params,
		Category: e.Category, Severity: string(e.Severity), Text: e.Text, Place: e.Place, Cameras: e.Cameras, Action: e.Action, Subject: e.Subject, Snapshot: e.Snapshot,
		Corrects: e.Corrects, CorrectedBy: e.CorrectedBy, Closes: e.Closes, Reports: []DutyReport{}, Files: []DutyFile{}, ReportBy: route.TimeOrNil(e.ReportBy)}
	if f.Cameras == nil {
		f.Cameras = []string{}
	}
	if e.Code != "" {
		f.Words = &DutyWords{ZH: e.Say(true, x.zone()), EN: e.Say(false, x.zone())}
	}
	if e.Late != nil {
		f.Late = &DutyLate{Paper: e.Late.Paper, Second: e.Late.Second, SignedAt: route.TimeOrNil(e.SignedAt)}
	}
	if e.Footage != nil {
		f.Footage = &DutyFootage{Camera: e.Footage.Camera, From: route.Time(e.Footage.From), To: route.Time(e.Footage.To)}
	}
	if e.Open != nil {
		f.FollowUp = &DutyFollowUp{Owner: e.Open.Owner, Due: route.TimeOrNil(e.Open.Due), ClosedBy: e.Open.ClosedBy}
	}
	for _, r := range e.Reports {
		f.Reports = append(f.Reports, DutyReport{ID: r.ID, Person: r.Person, Name: r.Name, Channel: string(r.Channel), At: route.Time(r.At), Typed: r.Typed, EnteredAt: route.Time(r.EnteredAt),
			EnteredBy: r.EnteredBy, Apart: r.Apart, Receipt: r.Receipt, ReceivedAt: route.TimeOrNil(r.ReceivedAt)})
	}
	for _, a := range e.Files {
		f.Files = append(f.Files, fileFace(a))
	}
	return f
}

func fileFace(a logbook.File) DutyFile {
	return DutyFile{ID: a.ID, Name: a.Name, Type: a.Type, Size: a.Size, SHA256: a.SHA256, AddedBy: a.AddedBy, AddedAt: route.Time(a.AddedAt)}
}
