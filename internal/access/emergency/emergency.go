// Package emergency lets people take a named right for some minutes when nobody can be asked
// (break-glass): playback of the last hours, live pictures of cameras above their grade. It
// counts from the next request on, ends by itself, is told to leaders at once, and a report
// is due afterwards; one that is missing is a breach that stands until a leader has settled
// it (practice P4; C104, C105, C112). What it allows access decides like any other right.
package emergency

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Refusals.
var (
	ErrUnknown  = problem.New(problem.NotFound, "emergency_unknown", "There is no such emergency right that was taken.")
	ErrRight    = problem.New(problem.Invalid, "emergency_right", "There is no such emergency right, or the house does not let it be taken.").On("right") // right
	ErrCause    = problem.New(problem.Invalid, "emergency_cause", "Say what has happened.").On("cause")                                                   // causes
	ErrMinutes  = problem.New(problem.Invalid, "emergency_minutes", "An emergency right is taken for a few minutes.").On("minutes")                       // most
	ErrPerson   = problem.New(problem.Forbidden, "emergency_person", "A person at a console takes an emergency right, no token and no command.")
	ErrRuns     = problem.New(problem.Conflict, "emergency_runs", "You have taken this right already, and it runs.")
	ErrGoesOn   = problem.New(problem.Conflict, "emergency_goes_on", "The right still runs. End it first.")
	ErrOver     = problem.New(problem.Conflict, "emergency_over", "This emergency right is over.")
	ErrReported = problem.New(problem.Conflict, "emergency_reported", "The report was made already.")
	ErrNotDue   = problem.New(problem.Conflict, "emergency_not_due", "There is nothing to settle before the report is there, or overdue.")
	ErrSettled  = problem.New(problem.Conflict, "emergency_settled", "This was settled already.")
	ErrVerdict  = problem.New(problem.Invalid, "emergency_verdict", "Say whether it was justified.").On("verdict")
	ErrOwn      = problem.New(problem.Forbidden, "emergency_own", "Nobody settles what they took themselves; somebody else does.")
	ErrNotYours = problem.New(problem.Forbidden, "emergency_of_another", "Who took the right reports about it.")
)

// State is how far it has come.
type State string

// The states. Whether a report came late tells Emergency.Late.
const (
	Running  State = "running"  // it counts
	Due      State = "due"      // it is over, the report is due
	Overdue  State = "overdue"  // a breach: the report is missing
	Reported State = "reported" // a leader has to settle it
	Settled  State = "settled"
)

// Verdicts of who settles it.
const (
	Justified   = "justified"
	Unjustified = "unjustified"
)

// Emergency is a right that somebody took. Times are µs since 1970 UTC, 0 for not yet.
type Emergency struct {
	ID, Person, Name string
	Cause, Reason    string
	Grade            access.Grade
	Back             time.Duration
	From, Until      int64 // Until exclusive, as it was taken
	EndedAt          int64 // earlier than Until, by somebody
	EndedBy          string
	EndReason        string
	DueAt            int64 // of the report
	Report           string
	ReportedAt       int64
	BreachAt         int64 // since when the report was noted as missing
	Verdict, Note    string
	SettledBy        string
	SettledAt        int64
	State            State
}

// End is when it ended, or will (µs).
func (e *Emergency) End() int64 {
	if e.EndedAt != 0 {
		return e.EndedAt
	}
	return e.Until
}

// Late tells whether the report came after it was due.
func (e *Emergency) Late() bool { return e.ReportedAt > e.DueAt }

type row struct {
	bun.BaseModel `bun:"table:emergencies,alias:emergency"`
	ID            string `bun:",pk"`
	Person        string
	Name          string
	Cause         string
	Reason        string
	Grade         access.Grade
	Back          int64
	FromAt        int64
	UntilAt       int64
	DueAt         int64
	EndedAt       *int64
	EndedBy       *string
	EndReason     string
	Report        string
	ReportedAt    *int64
	BreachAt      *int64
	Verdict       string
	Note          string
	SettledBy     *string
	SettledAt     *int64
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r *row) emergency(now int64) Emergency {
	e := Emergency{ID: r.ID, Person: r.Person, Name: r.Name, Cause: r.Cause, Reason: r.Reason, Grade: r.Grade, Back: time.Duration(r.Back) * time.Microsecond,
		From: r.FromAt, Until: r.UntilAt, EndedAt: value(r.EndedAt), EndedBy: value(r.EndedBy), EndReason: r.EndReason, DueAt: r.DueAt,
		Report: r.Report, ReportedAt: value(r.ReportedAt), BreachAt: value(r.BreachAt), Verdict: r.Verdict, Note: r.Note,
		SettledBy: value(r.SettledBy), SettledAt: value(r.SettledAt)}
	switch {
	case e.SettledAt != 0:
		e.State = Settled
	case e.ReportedAt != 0:
		e.State = Reported
	case now < e.End():
		e.State = Running
	case now < e.DueAt && e.BreachAt == 0:
		e.State = Due
	default: // a breach that is on record stays one, whatever the clock says
		e.State = Overdue
	}
	return e
}

// Notice is what leaders are told at once.
type Notice struct {
	Emergency Emergency
	// Up is the State, Running or Overdue, that it is in and that somebody should look at;
	// empty: neither.
	Up State
}

// Rights keeps what was taken.
type Rights struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change; may be nil
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults

	// Changed lets everything that runs for a person be decided anew; nil: nothing runs.
	Changed func(person string)
	// Notify tells leaders: on their screens now, by mail and message once there is package
	// notify. nil: nobody is told.
	Notify func(ctx context.Context, n Notice)
	// Shift gives when the shift of a person ends (µs), 0 where they have none. It connects
	// in the duty roster; nil: nobody knows shifts, and emergency.report_within counts.
	Shift func(ctx context.Context, person string) (int64, error)

	looks sync.Mutex // lets one look at a time tell what it saw

	mu     sync.Mutex // guards what follows
	held   map[string][]access.Emergency
	readAt int64               // µs
	era    int                 // counts changes, so that what was read before one is not believed after it
	up     map[string]standing // by id, what was noticed last
}

// standing is what was noticed last.
type standing struct {
	emergency Emergency
	up        State
}

// believe is how long (µs) what was read is trusted: another node may have changed it.
const believe = 1_000_000

// Held gives the emergency rights that a person has taken and that run. It mostly answers
// from memory.
func (r *Rights) Held(ctx context.Context, person string) ([]access.Emergency, error) {
	now := r.Clock.Micro()
	r.mu.Lock()
	held, at, era := r.held, r.readAt, r.era
	r.mu.Unlock()
	if held == nil || now < at || now-at >= believe {
		var rows []row
		err := r.DB.Read().NewSelect().Model(&rows).Where("until_at > ?", now).Where("ended_at IS NULL").OrderExpr("from_at, id").Scan(ctx)
		if err != nil {
			return nil, problem.Wrap(err, "read emergency rights")
		}
		held = map[string][]access.Emergency{}
		for i := range rows {
			e := &rows[i]
			held[e.Person] = append(held[e.Person], access.Emergency{ID: e.ID, Actions: actionsOf(e.Name), To: e.Grade,
				Back: time.Duration(e.Back) * time.Microsecond, From: e.FromAt, Until: e.UntilAt})
		}
		r.mu.Lock()
		if r.era == era {
			r.held, r.readAt = held, now
		}
		r.mu.Unlock()
	}
	return held[person], nil
}

// changed forgets what was read and tells everybody whom it concerns.
func (r *Rights) changed(ctx context.Context, e *Emergency, rights bool) {
	r.mu.Lock()
	r.held = nil
	r.era++
	r.mu.Unlock()
	if rights && r.Changed != nil {
		r.Changed(e.Person)
	}
	if r.Bus != nil {
		r.Bus.Publish(event.Event{Kind: "emergency", Subject: e.ID, Data: map[string]any{"id": e.ID, "state": e.State}})
	}
	r.notice(ctx, e)
}

// notice tells leaders where what they should look at is another than it was.
func (r *Rights) notice(ctx context.Context, e *Emergency) {
	up := State("")
	if e.State == Running || e.State == Overdue {
		up = e.State
	}
	r.mu.Lock()
	was := r.up[e.ID].up
	switch {
	case up == "":
		delete(r.up, e.ID)
	default:
		if r.up == nil {
			r.up = map[string]standing{}
		}
		r.up[e.ID] = standing{*e, up}
	}
	r.mu.Unlock()
	if was != up && r.Notify != nil {
		r.Notify(ctx, Notice{*e, up})
	}
}

// List gives what was taken, the newest first, at most 500: all of it with emergency.review
// or act.read everywhere, else what one took oneself.
func (r *Rights) List(ctx context.Context, actor access.Actor) ([]Emergency, error) {
	if err := access.Settled(actor); err != nil {
		return nil, err
	}
	var rows []row
	q := r.DB.Read().NewSelect().Model(&rows).OrderExpr("from_at DESC, id DESC").Limit(500)
	if access.Throughout(actor, access.EmergencyReview, "") != nil && access.Throughout(actor, access.ActRead, "") != nil {
		q.Where("person = ?", actor.Person)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list emergency rights")
	}
	now := r.Clock.Micro()
	all := make([]Emergency, len(rows))
	for i := range rows {
		all[i] = rows[i].emergency(now)
	}
	return all, nil
}

// Find gives those with some ids, by id, for who may read an act that was done under one.
func (r *Rights) Find(ctx context.Context, ids []string) (map[string]Emergency, error) {
	found := map[string]Emergency{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []row
	if err := r.DB.Read().NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read emergency rights")
	}
	now := r.Clock.Micro()
	for i := range rows {
		found[rows[i].ID] = rows[i].emergency(now)
	}
	return found, nil
}

// load reads one.
func load(ctx context.Context, tx bun.IDB, id string) (r row, err error) {
	err = tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrUnknown
	}
	return r, problem.Wrap(err, "read emergency right")
}

// named gives a right of the register.
func (r *Rights) named(name string) (Right, error) {
	all := r.Register()
	i := slices.IndexFunc(all, func(one Right) bool { return one.Name == name })
	if i < 0 {
		return Right{}, ErrRight.With("right", name)
	}
	return all[i], nil
}
