// Package second keeps asks for a second person: where the terms of a right, a grade or a
// purpose demand one, who wants to look asks for just that act, somebody of another position
// agrees to it, and the agreement is used once, at the client that asked (C104, C112). Every
// step is an act with both persons and their positions.
package second

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown  = problem.New(problem.NotFound, "second_unknown", "There is no such ask for a second person.") // also where it is another's
	ErrPerson   = problem.New(problem.Forbidden, "second_person", "A person who is signed in is the second person, no token and no command.")
	ErrSelf     = problem.New(problem.Forbidden, "second_self", "Nobody is their own second person.")
	ErrPosition = problem.New(problem.Forbidden, "second_position", "The second person holds another position than who asks.")
	ErrOver     = problem.New(problem.Conflict, "second_over", "This ask is over.") // state
	ErrClient   = problem.New(problem.Forbidden, "second_elsewhere", "The agreement counts where it was asked for. Ask here.")
	ErrOther    = problem.New(problem.Forbidden, "second_other", "The second person agreed to something else. Ask for this.")
	ErrNone     = problem.New(problem.Forbidden, "second_none", "Nobody has agreed to this yet.") // state
	ErrNoCamera = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("cameras")
	ErrMany     = problem.New(problem.Conflict, "second_many", "You have asked often enough. Wait for an answer, or withdraw one.")
)

// Kind is what somebody wants to do.
type Kind string

// Kinds of act.
const (
	Viewing  Kind = "viewing"  // opens one
	Snapshot Kind = "snapshot" // keeps a picture
	Live     Kind = "live"     // looks at live pictures
)

// Wish is what an agreement counts for: nothing else, and no part of it differently.
type Wish struct {
	Kind     Kind
	Cameras  []string // sorted
	From, To int64    // µs, of the footage; both 0: of now
	Purpose  string
	Reason   string
	Viewing  string           // under which a picture of the past is taken
	Present  []present.Person // who else will be at the screen of a viewing
}

func (w *Wish) same(o *Wish) bool {
	return w.Kind == o.Kind && slices.Equal(w.Cameras, o.Cameras) && w.From == o.From && w.To == o.To &&
		w.Purpose == o.Purpose && w.Reason == o.Reason && w.Viewing == o.Viewing && present.Alike(w.Present, o.Present)
}

// State is how far an ask has come.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Agreed    State = "agreed" // and not used yet
	Refused   State = "refused"
	Withdrawn State = "withdrawn" // by who asked
	Expired   State = "expired"   // nobody answered, or the agreement was not used
	Used      State = "used"
)

// Way is how the second person showed who they are.
type Way string

// Ways.
const (
	Here  Way = "here"  // at the screen of who asked
	Apart Way = "apart" // in a session of their own
)

// Partner is the second person of an act.
type Partner struct {
	Ask      string // id
	Person   string // id
	Position access.Position
	Way      Way
	AskedAt  int64 // µs
	At       int64 // µs, when they agreed
}

// Detail is the partner as acts name them.
func (p *Partner) Detail() map[string]any {
	return map[string]any{"ask": p.Ask, "person": p.Person, "position": string(p.Position), "way": string(p.Way)}
}

// Key is where an act's detail has it.
const Key = "second"

// Ask is one ask. Times are µs since 1970 UTC, 0 for not yet.
type Ask struct {
	Wish
	ID         string
	Person     string            // who asks
	Positions  []access.Position // that they held
	Client     string            // id of the session or token in which it counts
	AskedAt    int64
	ExpiresAt  int64 // unless it is answered before, or once it is agreed to, used
	State      State
	Second     string // who answered
	Position   access.Position
	Way        Way
	Note       string // of a refusal
	AnsweredAt int64
	UsedAt     int64
	UsedFor    string // id of the viewing or the picture; of the act of looking at live pictures
}

// Partner is who agreed.
func (a *Ask) Partner() *Partner {
	return &Partner{Ask: a.ID, Person: a.Second, Position: a.Position, Way: a.Way, AskedAt: a.AskedAt, At: a.AnsweredAt}
}

// Here tells whether somebody asked at the client at which they are now.
func (a *Ask) Here(actor access.Actor) bool {
	return actor.Person == a.Person && actor.Client() == a.Client && a.Client != ""
}

// Asks keeps them.
type Asks struct {
	DB    *db.DB
	Bus   *event.Bus // told of every step; may be nil
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults
}

// Changed is the Data of events of kind "second".
type Changed struct {
	ID    string `json:"id"`
	State State  `json:"state"`
}

// tell lets the screens of who asked, and of who may agree, look again.
func (s *Asks) tell(a *Ask) {
	if s.Bus == nil {
		return
	}
	e := event.Event{Kind: "second", Subject: a.ID, Data: Changed{a.ID, a.State}}
	mine := e
	mine.Person = a.Person
	s.Bus.Publish(mine)
	e.Cameras = a.Cameras
	s.Bus.Publish(e)
}

type askRow struct {
	bun.BaseModel `bun:"table:second_asks,alias:ask"`
	ID            string `bun:",pk"`
	Person        string
	Positions     string
	Client        string
	Kind          Kind
	FromAt        int64
	ToAt          int64
	Purpose       string
	Reason        string
	Viewing       *string
	Present       string // as present.Words has it
	AskedAt       int64
	ExpiresAt     int64
	Answer        State
	SecondPerson  *string
	Position      access.Position
	Way           Way
	Note          string
	AnsweredAt    *int64
	HoldsUntil    *int64
	UsedAt        *int64
	UsedFor       *string
}

type cameraRow struct {
	bun.BaseModel `bun:"table:second_ask_cameras,alias:ask_camera"`
	Ask           string
	Camera        string
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// ask is a row as things are at an instant (µs). The rules of now count where they are
// shorter than those of when it was asked or answered.
func (s *Asks) ask(r *askRow, cameras []string, now int64) Ask {
	slices.Sort(cameras)
	a := Ask{ID: r.ID, Person: r.Person, Client: r.Client, AskedAt: r.AskedAt, Second: value(r.SecondPerson), Position: r.Position, Way: r.Way,
		Note: r.Note, AnsweredAt: value(r.AnsweredAt), UsedAt: value(r.UsedAt), UsedFor: value(r.UsedFor),
		Wish: Wish{Kind: r.Kind, Cameras: cameras, From: r.FromAt, To: r.ToAt, Purpose: r.Purpose, Reason: r.Reason, Viewing: value(r.Viewing)}}
	beside, err := present.Parse(r.Present)
	if err != nil { // somebody else wrote it: then nobody knows who would watch, and it counts for nothing
		a.ExpiresAt, a.State = r.AskedAt, Expired
		return a
	}
	a.Present = beside
	for _, p := range strings.Fields(r.Positions) {
		a.Positions = append(a.Positions, access.Position(p))
	}
	a.ExpiresAt = min(r.ExpiresAt, r.AskedAt+Waits.Get(s.Rules).Microseconds())
	if r.Answer == Agreed {
		a.ExpiresAt = min(value(r.HoldsUntil), a.AnsweredAt+Holds.Get(s.Rules).Microseconds())
	}
	switch {
	case a.UsedAt != 0:
		a.State = Used
	case r.Answer == Refused || r.Answer == Withdrawn:
		a.State = r.Answer
	case now >= a.ExpiresAt:
		a.State = Expired
	case r.Answer == Agreed:
		a.State = Agreed
	default:
		a.State = Waiting
	}
	return a
}
