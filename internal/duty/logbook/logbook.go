// Package logbook keeps the duty record of each control room (C062 to C065, C067, C072): what the
// watch writes by hand, what the program writes itself, to whom it was reported, what stays open
// over shifts, and the head of each shift.
//
// Nothing that was said changes and nothing is removed. A correction is an entry that points at
// the one it corrects; what is said of an entry later stands beside it with its own time.
package logbook

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Severity is how grave something is.
type Severity string

// Severities.
const (
	Ordinary  Severity = "ordinary"
	Important Severity = "important"
	Severe    Severity = "severe" // is reported within duty.report_within
)

// Channel is by what way something was reported.
type Channel string

// Channels.
const (
	Phone    Channel = "phone"
	Radio    Channel = "radio"
	InPerson Channel = "in_person"
	Message  Channel = "message"
)

// Categories are those of entries, in the order in which they are offered (C065).
func Categories() []string {
	return []string{"patrol", "alarm", "visitor", "fault", "lighting", "network", "access", "request", "instruction", "handover", "labour_discipline", "public_order", "other"}
}

// What the institution may set.
var (
	categories   = rule.Words{Key: "duty.categories", Default: Categories(), Words: Categories(), Fewest: 1, Clauses: []string{"C065"}}
	back         = rule.Duration{Key: "duty.back", Default: 24 * time.Hour, Least: time.Hour, Most: 7 * 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C063"}}
	apart        = rule.Duration{Key: "duty.apart", Default: 5 * time.Minute, Least: time.Minute, Most: time.Hour, Guard: rule.Higher, Clauses: []string{"C063"}}
	reportWithin = rule.Duration{Key: "duty.report_within", Default: 10 * time.Minute, Least: time.Minute, Most: 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C072"}}
)

// Parameters are what the institution may set of it.
func Parameters() []rule.Parameter { return []rule.Parameter{categories, back, apart, reportWithin} }

const (
	ahead        = 2 * time.Minute // that clocks of two computers may be apart
	longestText  = 4000            // characters
	mostCameras  = 100
	mostFootage  = 24 * time.Hour
	mostAttached = 5
	// LargestFile bounds an attachment (bytes).
	LargestFile = 10 << 20
)

// Refusals.
var (
	ErrUnknown     = problem.New(problem.NotFound, "record_entry_unknown", "There is no such entry in the duty record.")
	ErrOffWatch    = problem.New(problem.Forbidden, "record_off_watch", "You do not keep watch in this room. Sign on first.")
	ErrNobody      = problem.New(problem.Forbidden, "record_nobody", "An entry needs a person who writes it.")
	ErrCategory    = problem.New(problem.Invalid, "record_category", "Choose one of the categories.").On("category")
	ErrSeverity    = problem.New(problem.Invalid, "record_severity", "An entry is ordinary, important or severe.").On("severity")
	ErrFuture      = problem.New(problem.Invalid, "record_future", "This time is still to come.").On("at")                                            // at
	ErrTooFar      = problem.New(problem.Invalid, "record_too_far_back", "This is too long ago for an entry. Make it a late entry.").On("at")         // longest (s)
	ErrBeforeRoom  = problem.New(problem.Invalid, "record_before_room", "The control room was not there yet.").On("at")                               //
	ErrCamera      = problem.New(problem.Invalid, "record_camera", "There is no such camera.").On("cameras")                                          // camera
	ErrCameras     = problem.New(problem.Invalid, "record_cameras", "An entry names at most 100 cameras.").On("cameras")                              // most
	ErrPerson      = problem.New(problem.Invalid, "record_person", "There is no such person.")                                                        //
	ErrChannel     = problem.New(problem.Invalid, "record_channel", "It was reported by phone, by radio, in person or by message.").On("channel")     //
	ErrReportedTo  = problem.New(problem.Invalid, "record_reported_to", "Say to whom it was reported.").On("person")                                  //
	ErrReportEarly = problem.New(problem.Invalid, "record_report_early", "It was reported before it happened. Look at the times again.").On("at")     //
	ErrDue         = problem.New(problem.Invalid, "record_due", "The day until when it is to be done is over.").On("followUp.due")                    //
	ErrFootage     = problem.New(problem.Invalid, "record_footage", "Footage has a camera, a begin and a later end, 24 hours at most.").On("footage") //
	ErrSnapshot    = problem.New(problem.Invalid, "record_snapshot", "There is no such snapshot.").On("snapshot")                                     //
	ErrSecond      = problem.New(problem.Invalid, "record_second", "A late entry is signed by somebody else as well.").On("late.second")              //
	ErrCorrected   = problem.New(problem.Conflict, "record_corrected", "This entry was corrected already. Correct its correction.")                   // entry
	ErrProgram     = problem.New(problem.Conflict, "record_by_program", "The program wrote this line. Write an entry of your own about it.")          //
	ErrElsewhere   = problem.New(problem.Invalid, "record_entry_elsewhere", "That entry is in the record of another room.")                           //
	ErrNotOpen     = problem.New(problem.Conflict, "record_not_open", "This entry has no open follow-up.")                                            //
	ErrReport      = problem.New(problem.NotFound, "record_report_unknown", "There is no such report.")                                               //
	ErrNotYours    = problem.New(problem.Forbidden, "record_receipt_other", "Only the person it was reported to confirms receipt.")                   //
	ErrReceived    = problem.New(problem.Conflict, "record_received", "Receipt was confirmed already.")                                               //
	ErrNotSecond   = problem.New(problem.Forbidden, "record_second_other", "Only the second signer named in the entry signs it.")                     //
	ErrSigned      = problem.New(problem.Conflict, "record_signed", "This entry was signed already.")                                                 //
	ErrNoRecord    = problem.New(problem.Conflict, "record_no_record", "The head of the duty record of this shift has not been filled in.")           //
	ErrHeadTimes   = problem.New(problem.Invalid, "record_head_times", "A shift has a begin and a later end, 36 hours at most.").On("to")             //
	ErrQuestion    = problem.New(problem.Invalid, "record_question", "These conditions cannot be looked for together.")                               //
	ErrFileType    = problem.New(problem.Invalid, "record_file_type", "Only whole JPEG and PNG pictures and PDF files can be attached.").On("file")   //
	ErrFileSize    = problem.New(problem.Invalid, "record_file_size", "A file may have at most 10 MB.").On("file")                                    // most (MB)
	ErrFileCount   = problem.New(problem.Conflict, "record_file_count", "An entry has at most five files.")                                           // most
	ErrFileUnknown = problem.New(problem.NotFound, "record_file_unknown", "There is no such file.")                                                   //
	ErrFileLost    = problem.New(problem.Internal, "record_file_lost", "The file is missing in the data folder, or is not what it was.")              //
)

// Footage is a stretch of recording that an entry is about.
type Footage struct {
	Camera string `json:"camera"`
	From   int64  `json:"from"` // µs
	To     int64  `json:"to"`   // µs, exclusive
}

// Late is what an entry bears that is made up for afterwards (补录, P9).
type Late struct {
	Paper  string `json:"paper"`  // number of the blank it was written on
	Second string `json:"second"` // person who signs it as well
}

// FollowUp is what an entry leaves open.
type FollowUp struct {
	Owner string
	Due   int64 // µs; 0: no day
}

// Told is to whom something was reported.
type Told struct {
	Person  string // id; empty: Name says who
	Name    string // of somebody without an account, such as 110
	Channel Channel
	At      int64  // µs; 0: now, stamped by the button
	Receipt string // number that the police or fire brigade gave (接警单号)
}

// Input is what somebody writes.
type Input struct {
	Room     string
	Category string
	Severity Severity // empty: ordinary
	At       int64    // µs; 0: now
	Text     string
	Place    string
	Cameras  []string
	Action   string // what was done about it
	Told     *Told
	FollowUp *FollowUp
	Late     *Late
	Footage  *Footage
	Snapshot string // id
	Corrects string // id of the entry that this corrects
	Closes   string // id of the entry whose follow-up this closes
}

// Content is what an entry says.
type Content struct {
	Text     string            `json:"text,omitempty"`
	Place    string            `json:"place,omitempty"`
	Cameras  []string          `json:"cameras,omitempty"`
	Action   string            `json:"action,omitempty"`
	Late     *Late             `json:"late,omitempty"`
	Footage  *Footage          `json:"footage,omitempty"`
	Snapshot string            `json:"snapshot,omitempty"`
	Params   map[string]any    `json:"params,omitempty"`  // of a line of the program
	Subject  string            `json:"subject,omitempty"` // of a line of the program
	Names    map[string]string `json:"names,omitempty"`   // of people and cameras as they were called then, by id
}

// Book is the duty record of all rooms.
type Book struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set
	Zone  *time.Location // of the site; nil: UTC
	Rooms *duty.Rooms
	Dir   string // where attachments lie; empty: none can be kept

	// OnWatch tells whether a person keeps watch in a room now; nil: everybody does.
	OnWatch func(ctx context.Context, tx bun.IDB, room, person string) (bool, error)
	// Names gives what those of some ids that are people or cameras are called; nil: nobody is asked,
	// and every id is believed.
	Names func(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error)
	// Snapshot tells whether there is a snapshot; nil: every id is believed.
	Snapshot func(ctx context.Context, tx bun.IDB, id string) (bool, error)
	// Online counts the cameras of a room that give a picture, and names those that do not; nil: nobody knows.
	Online func(ctx context.Context, room *duty.Room) (online, total int, without []string, err error)
}

func (b *Book) zone() *time.Location {
	if b.Zone == nil {
		return time.UTC
	}
	return b.Zone
}

func (b *Book) tell(room string) {
	if b.Bus != nil {
		b.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	}
}

// Offered are the categories that entries may have.
func (b *Book) Offered() []string { return categories.Get(b.Rules) }

// ReportWithin is how soon what is severe is reported.
func (b *Book) ReportWithin() time.Duration { return reportWithin.Get(b.Rules) }
