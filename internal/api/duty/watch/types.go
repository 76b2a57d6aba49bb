package watch

import (
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/duty"
)

// WatchBoard is who keeps watch where.
type WatchBoard struct {
	At          time.Time   `json:"at"`
	Rooms       []WatchRoom `json:"rooms" nullable:"false"`
	StartChecks []string    `json:"startChecks" nullable:"false" doc:"What people look at when they sign on."`
	CloseChecks []string    `json:"closeChecks" nullable:"false" doc:"What they look at when they close a room."`
	Grace       int         `json:"grace" doc:"Seconds late, or early, that are not worth a word."`
}

// WatchRoom is the watch of one room.
type WatchRoom struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Staff    int          `json:"staff" doc:"The fewest people that the watch takes now."`
	Hours    string       `json:"hours" enum:"around_the_clock,business"`
	Phone    string       `json:"phone,omitempty"`
	Areas    []string     `json:"areas" nullable:"false" doc:"Ids of what it watches; empty: everything."`
	Head     string       `json:"head"`
	HeadName string       `json:"headName"`
	Answers  *Tenure      `json:"answers,omitempty" doc:"Who answers for the room."`
	On       []Attendance `json:"on" nullable:"false" doc:"Who has signed on."`
	Mine     bool         `json:"mine" doc:"Whoever reads this has signed on here."`
	Here     bool         `json:"here" doc:"Whoever reads this sits at a computer of the room."`
	Stands   bool         `json:"stands" doc:"Whoever reads this may keep watch here."`
	Decides  bool         `json:"decides" doc:"Whoever reads this may decide on the watch here; who also stands may take it over."`
}

// Tenure says who answers for a room since when.
type Tenure struct {
	Seq       int       `json:"seq"`
	State     string    `json:"state" enum:"vacant,kept,closed"`
	Person    string    `json:"person"`
	Name      string    `json:"name"`
	Since     time.Time `json:"since"`
	How       string    `json:"how" enum:"room_added,head_changed,signed_on,handed_over,taken_over,closed"`
	OrderedBy string    `json:"orderedBy,omitempty" doc:"Id of the person whose act it was."`
	Reason    string    `json:"reason,omitempty"`
	Handover  string    `json:"handover,omitempty"`
	Phone     string    `json:"phone,omitempty" doc:"Of the stand-by of a closed room."`
}

// Attendance is somebody who signed on.
type Attendance struct {
	ID          string      `json:"id"`
	Person      string      `json:"person"`
	Name        string      `json:"name"`
	Charge      bool        `json:"charge" doc:"In charge of the watch now."`
	OnAt        time.Time   `json:"onAt"`
	OffAt       *time.Time  `json:"offAt,omitempty"`
	OffHow      string      `json:"offHow,omitempty" enum:"signed_off,handed_over,taken_over,closed,released"`
	Shift       string      `json:"shift,omitempty"`
	PlannedFrom *time.Time  `json:"plannedFrom,omitempty" doc:"Of the roster; absent: not on it."`
	PlannedTo   *time.Time  `json:"plannedTo,omitempty"`
	Late        int         `json:"late,omitempty" doc:"Seconds."`
	Early       int         `json:"early,omitempty" doc:"Seconds."`
	Reason      string      `json:"reason,omitempty"`
	OffReason   string      `json:"offReason,omitempty"`
	Checks      []RoomCheck `json:"checks" nullable:"false"`
}

// RoomCheck is what somebody saw who looked at one thing.
type RoomCheck struct {
	Item string `json:"item" maxLength:"40"`
	OK   bool   `json:"ok"`
	Note string `json:"note,omitempty" maxLength:"400"`
}

// RoomPast is who answered for a room, and who kept watch there.
type RoomPast struct {
	Answers []Tenure     `json:"answers" nullable:"false"`
	On      []Attendance `json:"on" nullable:"false"`
	More    bool         `json:"more" doc:"There is more in the interval than is told; ask for a shorter one."`
}

// SigningOn is what somebody says who signs on.
type SigningOn struct {
	Reason string      `json:"reason,omitempty" maxLength:"1000" doc:"Needed of who is not on the roster."`
	Checks []RoomCheck `json:"checks" nullable:"false" maxItems:"40"`
}

// WatchReason says why.
type WatchReason struct {
	Reason string `json:"reason" maxLength:"1000"`
}

// RoomClosing says how a room is closed.
type RoomClosing struct {
	StandBy string      `json:"standBy" maxLength:"40" doc:"Id of who answers for it from then on."`
	Phone   string      `json:"phone" maxLength:"100"`
	Checks  []RoomCheck `json:"checks" nullable:"false" maxItems:"40"`
}

type answersInput struct {
	ID   string    `path:"id" maxLength:"40"`
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

type signOnInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body SigningOn
}

type reasonInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body WatchReason
}

type closeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body RoomClosing
}

func (s *SigningOn) signing() duty.SigningOn {
	return duty.SigningOn{Reason: s.Reason, Checks: checks(s.Checks)}
}

func checks(list []RoomCheck) (all []duty.Check) {
	for _, c := range list {
		all = append(all, duty.Check{Item: c.Item, OK: c.OK, Note: c.Note})
	}
	return all
}

func tenure(t *duty.Tenure, names map[string]string) *Tenure {
	return &Tenure{Seq: t.Seq, State: string(t.Kind), Person: t.Person, Name: names[t.Person], Since: route.Time(t.Since), How: t.How, OrderedBy: t.OrderedBy,
		Reason: t.Reason, Handover: t.Handover, Phone: t.Phone}
}

func attendance(a *duty.Attendance, names map[string]string) Attendance {
	out := Attendance{ID: a.ID, Person: a.Person, Name: names[a.Person], OnAt: route.Time(a.OnAt), OffAt: route.TimeOf(a.OffAt), OffHow: a.OffHow, Shift: a.Turn.Shift,
		PlannedFrom: route.TimeOrNil(a.Turn.From), PlannedTo: route.TimeOrNil(a.Turn.To), Late: int(a.Late / 1e6), Early: int(a.Early / 1e6), Reason: a.Reason, OffReason: a.OffReason, Checks: []RoomCheck{}}
	for _, c := range a.Checks {
		out.Checks = append(out.Checks, RoomCheck{Item: c.Item, OK: c.OK, Note: c.Note})
	}
	return out
}
