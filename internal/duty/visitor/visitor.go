// Package visitor keeps the register of those who come to a control room from outside (C051, C057):
// who they are, why they come, who let them in, when they went in and out, and what they saw. Nobody
// goes in whom nobody let in; who kinds of rule let in go in without waiting (practice P18), and a
// guest of who keeps watch is met outside the room. What was said and done stays: a correction is
// another row.
package visitor

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text.
var (
	ErrUnknown     = problem.New(problem.NotFound, "visit_unknown", "There is no such visit.")
	ErrKind        = problem.New(problem.Invalid, "visit_kind", "Say who it is: a leader on check, police, a technician with an order, a guest, a guest of who keeps watch, or somebody else.").On("kind")
	ErrIdentity    = problem.New(problem.Invalid, "visit_identity", "Say what identity was shown, with its number.").On("identityNumber")
	ErrPapers      = problem.New(problem.Invalid, "visit_papers", "A technician comes with the number of an order.").On("papers")
	ErrHost        = problem.New(problem.Invalid, "visit_host", "Name who goes with the visitor.").On("host")
	ErrFuture      = problem.New(problem.Invalid, "visit_future", "This time is still to come.").On("at")
	ErrBefore      = problem.New(problem.Invalid, "visit_before", "This time is before what happened earlier with this visit.").On("at")
	ErrOld         = problem.New(problem.Invalid, "visit_old", "This is too long ago to be entered late.").On("at")
	ErrInside      = problem.New(problem.Forbidden, "visit_own_guest", "A guest of who keeps watch is met outside the room, after somebody approved it and took over.").On("met")
	ErrMet         = problem.New(problem.Invalid, "visit_met", "A visitor is met inside the room or outside.").On("met")
	ErrNotApproved = problem.New(problem.Conflict, "visit_not_approved", "Nobody let this visitor in. That they were to go in is on record.")
	ErrState       = problem.New(problem.Conflict, "visit_state", "This visit stands otherwise by now.")
	ErrOwn         = problem.New(problem.Forbidden, "visit_own", "Who registered a visitor does not let them in.")
	ErrApprover    = problem.New(problem.Invalid, "visit_approver", "Name somebody who may let visitors into this room, and is not you.").On("person")
	ErrNotAsked    = problem.New(problem.Forbidden, "visit_not_asked", "Who is said to have let the visitor in signs for it.")
	ErrPerson      = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
	ErrSaw         = problem.New(problem.Invalid, "visit_saw", "Say whether the visitor saw live pictures, recordings, or nothing.").On("saw")
	ErrCase        = problem.New(problem.Invalid, "visit_case", "Who saw recordings saw them for a case; name its number.").On("caseNo")
	ErrSame        = problem.New(problem.Invalid, "visit_same", "This says what is on record already.")
	ErrCursor      = problem.New(problem.Invalid, "visit_page", "There is no such page.").On("before")
)

// Kind is what somebody is who comes.
type Kind string

// Kinds of visitors. An OwnGuest comes to somebody who keeps watch, not to the room.
const (
	LeaderCheck Kind = "leader_check"
	Police      Kind = "police"
	Technician  Kind = "technician"
	Guest       Kind = "guest"
	OwnGuest    Kind = "own_guest"
	Other       Kind = "other"
)

// Kinds gives all of them.
func Kinds() []Kind { return []Kind{LeaderCheck, Police, Technician, Guest, OwnGuest, Other} }

var (
	preapproved = rule.Words{Key: "visitor.preapproved", Default: []string{string(LeaderCheck), string(Police), string(Technician)},
		Words: []string{string(LeaderCheck), string(Police), string(Technician)}, Guard: rule.Higher, Clauses: []string{"C057"}}
	within = rule.Duration{Key: "visitor.countersign_within", Default: 24 * time.Hour, Least: time.Hour, Most: 72 * time.Hour, Guard: rule.Higher, Clauses: []string{"C057"}}
)

// Parameters gives what an institution sets of them.
func Parameters() []rule.Parameter { return []rule.Parameter{preapproved, within} }

// LateAfter is from how far between what happened and its entry it counts as entered late (practice
// P26); nothing is entered more than oldest after it happened.
const (
	LateAfter = 5 * time.Minute
	oldest    = 7 * 24 * time.Hour
)

// State is where a visit stands.
type State string

// States. Of who is Met outside, Inside says nothing.
const (
	Registered State = "registered" // nobody let them in yet
	Approved   State = "approved"
	Refused    State = "refused"
	Inside     State = "inside"
	Met        State = "met" // outside the room, just now
	Out        State = "out"
	Withdrawn  State = "withdrawn" // they went away before
)

// open are the states from which something follows.
var open = []State{Registered, Approved, Inside, Met}

// Content is what is said of a visitor. Who comes with a number for who they are has it whole here;
// see Tail.
type Content struct {
	Name     string
	Unit     string
	IDKind   string // such as a police credential; the screens have words for some
	IDNumber string
	Reason   string
	HostName string // who goes with them and has no account
	Papers   string // number of an order, a notice or a letter
	Items    string // what they carry
}

// New is somebody who comes.
type New struct {
	Content
	Kind Kind
	Host string // person who goes with them; empty: see HostName
	Met  string // "inside" or "outside"
	At   int64  // µs; when they came, where it is entered late; 0: now
}

// Version is what was said of a visit at some time.
type Version struct {
	Content
	Seq int
	At  int64
	By  string
	Why string // of a correction
}

// Step is what was done with a visit.
type Step struct {
	Seq     int
	Kind    string
	At      int64 // µs; when it was entered
	DoneAt  int64 // when it was
	By      string
	Person  string // who let them in by telephone, or as their host
	Number  string // telephone
	Note    string
	Badge   string
	Phone   bool // left in the locker
	Secrecy bool // pledged
	Saw     string
	Case    string
}

// Late tells whether a step was entered late.
func (s *Step) Late() bool { return s.At-s.DoneAt > LateAfter.Microseconds() }

// Visit is one with all that is on record of it.
type Visit struct {
	ID          string
	Room        string
	At          int64 // when it was registered
	CameAt      int64
	By          string
	Kind        Kind
	Host        string
	Met         string
	State       State
	Awaits      string // person who is to countersign; empty: nobody
	AwaitsUntil int64
	Content
	Versions []Version // all that was said, the first first
	Steps    []Step
}

// Late tells whether it was registered late.
func (v *Visit) Late() bool { return v.At-v.CameAt > LateAfter.Microseconds() }

// In gives when they went in, or were met, and Out when they went; 0: not yet.
func (v *Visit) In() int64  { return v.when("entered") }
func (v *Visit) Out() int64 { return v.when("left") }

func (v *Visit) when(kind string) int64 {
	if s := v.Step(kind); s != nil {
		return s.DoneAt
	}
	return 0
}

// Step gives the last step of a kind; nil: there is none.
func (v *Visit) Step(kinds ...string) *Step {
	for i := len(v.Steps) - 1; i >= 0; i-- {
		if slices.Contains(kinds, v.Steps[i].Kind) {
			return &v.Steps[i]
		}
	}
	return nil
}

// Tail is what lists and acts show of the number of an identity: its last four characters, and
// nothing of one that is not longer.
func Tail(number string) string {
	n := utf8.RuneCountInString(number)
	if n <= 4 {
		return ""
	}
	return string([]rune(number)[n-4:])
}

// Register keeps them.
type Register struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults
	Rooms *duty.Rooms
	Note  duty.Note // nil: no record is kept
	// May tells whether the account of a person is in use and may let visitors into a room; nil:
	// anybody may.
	May func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error)
}

func (c *Content) clean() (err error) {
	for _, f := range []struct {
		field       string
		value       *string
		least, most int
	}{{"name", &c.Name, 1, 100}, {"unit", &c.Unit, 0, 200}, {"identityKind", &c.IDKind, 0, 40}, {"identityNumber", &c.IDNumber, 0, 60},
		{"reason", &c.Reason, 2, 500}, {"hostName", &c.HostName, 0, 100}, {"papers", &c.Papers, 0, 100}, {"items", &c.Items, 0, 500}} {
		if *f.value, err = text.Line(f.field, *f.value, f.least, f.most); err != nil {
			return err
		}
	}
	return nil
}

// fits is nil where what is said is enough for a kind of visitor.
func (c *Content) fits(kind Kind, host string) error {
	switch {
	case kind != LeaderCheck && (c.IDNumber == "" || c.IDKind == ""), (c.IDNumber == "") != (c.IDKind == ""):
		return ErrIdentity
	case kind == Technician && c.Papers == "":
		return ErrPapers
	case host == "" && c.HostName == "":
		return ErrHost
	}
	return nil
}

func (n *New) clean() error {
	if !slices.Contains(Kinds(), n.Kind) {
		return ErrKind
	}
	switch {
	case n.Met == "" && n.Kind == OwnGuest:
		n.Met = "outside"
	case n.Met == "":
		n.Met = "inside"
	case n.Met != "inside" && n.Met != "outside":
		return ErrMet
	case n.Met == "inside" && n.Kind == OwnGuest:
		return ErrInside
	}
	if err := n.Content.clean(); err != nil {
		return err
	}
	if n.Host != "" {
		n.HostName = ""
	}
	return n.fits(n.Kind, n.Host)
}

// stamp gives when something was that is entered now: what was typed, or now where nothing was.
func stamp(typed, now, earliest int64) (int64, error) {
	switch {
	case typed == 0:
		return max(now, earliest), nil // the clock may have been set back
	case typed > now:
		return 0, ErrFuture
	case typed < now-oldest.Microseconds():
		return 0, ErrOld
	case typed < earliest:
		return 0, ErrBefore
	}
	return typed, nil
}

func (x *Register) tell(room string) {
	if x.Bus != nil {
		x.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	}
}
