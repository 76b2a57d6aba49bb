// Package notice keeps what leaders tell a control room: instructions, which somebody sees to until a
// day (practice P3), and notices. Everybody who is to read one confirms it; what came of an
// instruction is written down before it is closed. One that a leader gave by telephone is entered by
// who keeps watch, and the leader signs for it within a day (practice P21).
package notice

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals. Those about text come from package text.
var (
	ErrUnknown  = problem.New(problem.NotFound, "instruction_unknown", "There is no such instruction.")
	ErrKind     = problem.New(problem.Invalid, "instruction_kind", "Say whether it is an instruction or a notice.").On("kind")
	ErrRooms    = problem.New(problem.Invalid, "instruction_rooms", "Choose the control rooms that it is for, 100 at most.").On("rooms")
	ErrUntil    = problem.New(problem.Invalid, "instruction_until", "It is valid until a time that is still to come.").On("until")
	ErrDue      = problem.New(problem.Invalid, "instruction_due", "It is due at a time that is still to come, within a year.").On("due")
	ErrOwner    = problem.New(problem.Invalid, "instruction_owner", "Name who sees to it.").On("owner")
	ErrNotice   = problem.New(problem.Conflict, "instruction_is_notice", "Nobody has to see to a notice.")
	ErrGiver    = problem.New(problem.Invalid, "instruction_giver", "Name somebody who may give instructions to this room, and is not you.").On("giver")
	ErrFuture   = problem.New(problem.Invalid, "instruction_future", "This time is still to come, or too long ago.").On("at")
	ErrState    = problem.New(problem.Conflict, "instruction_over", "It was closed or withdrawn meanwhile.")
	ErrRead     = problem.New(problem.Conflict, "instruction_read_already", "You confirmed that you read it already.")
	ErrNotAsked = problem.New(problem.Forbidden, "instruction_not_asked", "Who is said to have given it signs for it.")
	ErrNotYours = problem.New(problem.Forbidden, "instruction_not_yours", "Who sees to it, or who gave it, writes what came of it.")
	ErrNotGiver = problem.New(problem.Forbidden, "instruction_not_giver", "Who gave it takes it back.")
	ErrUnsigned = problem.New(problem.Conflict, "instruction_unsigned", "Who is said to have given it signs first.")
	ErrPerson   = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
	ErrCursor   = problem.New(problem.Invalid, "instruction_page", "There is no such page.").On("before")
)

var (
	within = rule.Duration{Key: "instruction.countersign_within", Default: 24 * time.Hour, Least: time.Hour, Most: 72 * time.Hour, Guard: rule.Higher, Clauses: []string{"C067"}}
	// redFor is how long one stays red that somebody has not read: two shifts.
	redFor = rule.Duration{Key: "instruction.unread_red", Default: 24 * time.Hour, Least: 8 * time.Hour, Most: 72 * time.Hour, Guard: rule.Lower, Clauses: []string{"C067"}}
)

// Parameters gives what an institution sets of them.
func Parameters() []rule.Parameter { return []rule.Parameter{within, redFor} }

// Kind is whether something follows.
type Kind string

// Kinds.
const (
	Instruction Kind = "instruction" // somebody sees to it
	Notice      Kind = "notice"      // is read
)

// State is where one stands.
type State string

// States.
const (
	Open      State = "open"
	Closed    State = "closed"
	Withdrawn State = "withdrawn" // or denied by who is said to have given it
)

// Bounds.
const (
	mostRooms = 100
	farthest  = 366 * 24 * time.Hour
	oldest    = 7 * 24 * time.Hour
)

// New is one that is given.
type New struct {
	Kind  Kind
	Rooms []string // ids; empty: all that the giver may give instructions to
	Text  string
	Until int64  // µs; 0: without end
	Owner string // person; may be empty
	Due   int64  // µs; 0: no day yet
}

// Telling is how a leader gave one that somebody else enters.
type Telling struct {
	Giver string
	At    int64 // µs; 0: now
}

// Reading is that somebody confirmed.
type Reading struct {
	Person string
	At     int64
}

// Step is what was done.
type Step struct {
	Seq   int
	Kind  string
	At    int64
	By    string
	Note  string
	Owner string
	Due   int64
}

// Entry is one with all that is on record of it.
type Entry struct {
	ID          string
	Kind        Kind
	At, SaidAt  int64
	By, Giver   string
	Text        string
	Until       int64
	State       State
	Owner       string
	Due         int64
	Awaits      string // person who is to sign that they gave it
	AwaitsUntil int64
	Rooms       []string
	Reads       []Reading // who read first first
	Steps       []Step
}

// Read gives when a person confirmed; 0: not yet.
func (e *Entry) Read(person string) int64 {
	for _, r := range e.Reads {
		if r.Person == person {
			return r.At
		}
	}
	return 0
}

// Over tells whether nobody has to read or do anything any more at an instant (µs).
func (e *Entry) Over(at int64) bool {
	return e.State != Open || e.Kind == Notice && e.Until != 0 && e.Until <= at
}

// Unread gives those of some people who did not confirm.
func (e *Entry) Unread(readers []string) []string {
	return slices.DeleteFunc(slices.Clone(readers), func(p string) bool { return p == e.Giver || p == e.By || e.Read(p) != 0 })
}

// Book keeps them.
type Book struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults
	Rooms *duty.Rooms
	Note  duty.Note // nil: no record is kept
	// May tells whether the account of a person is in use and may give instructions to a room; nil:
	// anybody may.
	May func(ctx context.Context, tx bun.IDB, person string, room *duty.Room) (bool, error)
	// Readers gives who is to read what is told to a room; nil: nobody in particular.
	Readers func(ctx context.Context, tx bun.IDB, room string) ([]string, error)
}

// Red tells whether one that somebody has not read is red at an instant (µs).
func (b *Book) Red(e *Entry, at int64) bool {
	return at-e.At < redFor.Get(b.Rules).Microseconds()
}

// ToRead gives who is to read one, of all its rooms.
func (b *Book) ToRead(ctx context.Context, tx bun.IDB, rooms []string) ([]string, error) {
	all := []string{}
	if b.Readers == nil {
		return all, nil
	}
	for _, r := range rooms {
		some, err := b.Readers(ctx, tx, r)
		if err != nil {
			return nil, problem.Wrap(err, "read who is to read")
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (b *Book) tell(rooms []string) {
	if b.Bus == nil {
		return
	}
	for _, r := range rooms {
		b.Bus.Publish(event.Event{Kind: "duty", Subject: r})
	}
}
