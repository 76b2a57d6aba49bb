// Package presence asks those who keep watch whether they are there (C046, C049; practice P8). A
// prompt comes only after a while without any act, at a random instant, and never in the first and
// the last minutes of a shift, during an alarm, a round or a short absence. Who misses one is told
// of in the room, then to the duty lead, then to the supervisor; the duty lead says what it was. A
// prompt that a fault of the program swallowed is void.
package presence

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Kinds of acts.
const (
	kindMissed = "presence.missed"
	kindTwice  = "presence.missed_twice"
	kindJudged = "presence.judged"
	kindLeft   = "presence.absence_begun"
	kindBack   = "presence.absence_ended"
)

// Refusals.
var (
	ErrUnknown = problem.New(problem.NotFound, "prompt_unknown", "There is no such prompt.")
	ErrOver    = problem.New(problem.Conflict, "prompt_over", "The time for this answer is over.")
	ErrTile    = problem.New(problem.Invalid, "prompt_tile", "That is another tile than the one that is marked.").On("tile")
	ErrNotMine = problem.New(problem.Forbidden, "prompt_another", "This prompt asks somebody else.")
	ErrVerdict = problem.New(problem.Invalid, "prompt_verdict", "It was sleep, absence, work, or a fault.").On("verdict")
	ErrJudged  = problem.New(problem.Conflict, "prompt_judged", "This was judged already, or it was not missed.")
	ErrOwn     = problem.New(problem.Forbidden, "prompt_own", "Nobody judges a prompt of their own.")
	ErrAway    = problem.New(problem.Conflict, "absence_runs", "You are away already.")
	ErrHere    = problem.New(problem.Conflict, "absence_none", "You are not away.")
	ErrMany    = problem.New(problem.Forbidden, "absence_many", "That many short absences in a shift are not allowed. Ask for a departure.") // most
	ErrCover   = problem.New(problem.Invalid, "absence_cover", "Name somebody who is signed on here and stays.").On("cover")
	ErrRing    = problem.New(problem.Invalid, "absence_elsewhere", "You are alone here: say where alarms ring meanwhile, such as at the gate or the duty lead.").On("elsewhere")
)

// What an institution sets.
var (
	prompts  = rule.Bool{Key: "presence.prompts", Default: false, Guard: rule.Lower, Clauses: []string{"C046", "C049"}}
	after    = rule.Duration{Key: "presence.after", Default: 20 * time.Minute, Least: 5 * time.Minute, Most: 4 * time.Hour, Guard: rule.Higher, Clauses: []string{"C046"}}
	spread   = rule.Duration{Key: "presence.spread", Default: 10 * time.Minute, Least: time.Minute, Most: 2 * time.Hour, Guard: rule.Higher, Clauses: []string{"C046"}}
	within   = rule.Duration{Key: "presence.within", Default: 2 * time.Minute, Least: 30 * time.Second, Most: 15 * time.Minute, Guard: rule.Higher, Clauses: []string{"C046"}}
	shortFor = rule.Duration{Key: "presence.absence", Default: 10 * time.Minute, Least: time.Minute, Most: time.Hour, Guard: rule.Higher, Clauses: []string{"C046", "C048"}}
	shortly  = rule.Int{Key: "presence.absences", Default: 4, Least: 0, Most: 20, Guard: rule.Higher, Clauses: []string{"C046", "C048"}}
)

// Parameters gives what an institution sets of presence.
func Parameters() []rule.Parameter {
	return []rule.Parameter{prompts, after, spread, within, shortFor, shortly}
}

const (
	edge        = 15 * time.Minute // at both ends of a shift
	toLead      = 2 * time.Minute  // after a missed one
	toLeader    = 5 * time.Minute
	oneInTiles  = 4
	mostListed  = 500
	perShift    = 2 // missed ones that become a draft of a breach
	levelRoom   = 1
	levelLead   = 2
	levelLeader = 3
)

// Outcome is what became of a prompt.
type Outcome string

// Outcomes.
const (
	Waiting  Outcome = ""
	Answered Outcome = "answered"
	Missed   Outcome = "missed"
	Void     Outcome = "void"
)

// Prompt asks one person whether they are there.
type Prompt struct {
	ID         string
	Room       string
	Person     string
	Attendance string
	At         int64 // µs
	Due        int64 // µs
	Tile       int   // 1 to 9: the key that is asked for; 0: any
	ShownAt    *int64
	Outcome    Outcome
	OutcomeAt  *int64
	Told       int
	Judgement  *Judgement
}

// Judgement is what a duty lead says of a missed one.
type Judgement struct {
	Person  string
	At      int64 // µs
	Verdict string
	Note    string
}

type promptRow struct {
	bun.BaseModel `bun:"table:presence_prompts,alias:presence_prompt"`
	ID            string `bun:",pk"`
	Room          string
	Person        string
	Attendance    string
	At            int64
	Due           int64
	Tile          int
	ShownAt       *int64
	Outcome       Outcome
	OutcomeAt     *int64
	Told          int
}

func (r *promptRow) prompt() Prompt {
	return Prompt{ID: r.ID, Room: r.Room, Person: r.Person, Attendance: r.Attendance, At: r.At, Due: r.Due, Tile: r.Tile, ShownAt: r.ShownAt, Outcome: r.Outcome, OutcomeAt: r.OutcomeAt, Told: r.Told}
}

type judgementRow struct {
	bun.BaseModel `bun:"table:presence_judgements,alias:presence_judgement"`
	Prompt        string `bun:",pk"`
	Person        string
	At            int64
	Verdict       string
	Note          string
}

// Presence asks, and keeps what became of it.
type Presence struct {
	DB    *db.DB
	Bus   *event.Bus // may be nil
	Clock clock.Clock
	Rules *rule.Set // nil: the defaults
	Rooms *duty.Rooms
	Note  duty.Note // nil: no duty record is kept

	// Active tells when somebody last did something at a screen (µs); nil: nobody knows, and nobody is asked.
	Active func(ctx context.Context, tx bun.IDB, person string) (int64, error)
	// Busy tells that nobody is asked in a room now: an alarm is handled, or a round is made; nil: never.
	Busy func(ctx context.Context, tx bun.IDB, room string) (bool, error)
	// Alarm raises an alarm under a key, or takes it down where code is empty; nil: nobody is told.
	Alarm func(key, code, detail string, params map[string]any)
	// Random gives a number from 0 to n-1; nil: one that nobody can tell before.
	Random func(n int64) int64

	mu    sync.Mutex // guards what follows
	began int64      // µs, when this process first looked
	plans map[string]plan
}

// plan is after which quiet somebody is asked.
type plan struct {
	since int64 // µs, of the last sign of them
	delay int64 // µs
}

func (p *Presence) random(n int64) int64 {
	if p.Random != nil {
		return p.Random(n)
	}
	return rand.Int64N(n)
}

func (p *Presence) raise(key, code, detail string, params map[string]any) {
	if p.Alarm != nil {
		p.Alarm(key, code, detail, params)
	}
}

func (p *Presence) note(ctx context.Context, tx bun.IDB, l duty.Line) error {
	if p.Note == nil {
		return nil
	}
	return problem.Wrap(p.Note(ctx, tx, l), "write into the duty record")
}

func (p *Presence) tell(room, person string) {
	if p.Bus == nil {
		return
	}
	p.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	if person != "" {
		p.Bus.Publish(event.Event{Kind: "presence", Subject: room, Person: person})
	}
}

// Mine gives what somebody is asked now; nil: nothing. It notes that it was shown to them.
func (p *Presence) Mine(ctx context.Context, actor access.Actor) (*Prompt, error) {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return nil, err
	}
	var r promptRow
	err := p.DB.Read().NewSelect().Model(&r).Where("person = ?", actor.Person).Where("outcome = ''").OrderExpr("at DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read a prompt")
	}
	if r.ShownAt == nil && actor.InPerson() {
		at := p.Clock.Micro()
		err := p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*promptRow)(nil)).Set("shown_at = ?", at).Where("id = ?", r.ID).Where("shown_at IS NULL").Where("outcome = ''").Exec(ctx)
			return problem.Wrap(err, "note that a prompt was shown")
		})
		if err != nil {
			return nil, err
		}
		r.ShownAt = &at
	}
	one := r.prompt()
	return &one, nil
}

// Answer is the answer of whoever was asked: the key of the tile that is marked, 0 where none is.
// A wrong key is told and costs nothing.
func (p *Presence) Answer(ctx context.Context, actor access.Actor, id string, tile int) error {
	if err := access.Can(actor, access.DutyStand, ""); err != nil {
		return err
	}
	room := ""
	err := p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		room = r.Room
		at := p.Clock.Micro()
		switch {
		case r.Person != actor.Person || !actor.InPerson():
			return ErrNotMine
		case r.Outcome != Waiting || at > r.Due:
			return ErrOver
		case r.Tile != 0 && tile != r.Tile:
			return ErrTile
		}
		return p.outcome(ctx, tx, id, Answered, at)
	})
	if err == nil {
		p.tell(room, actor.Person)
	}
	return err
}

func load(ctx context.Context, tx bun.IDB, id string) (promptRow, error) {
	var r promptRow
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrUnknown
	}
	return r, problem.Wrap(err, "read a prompt")
}

func (p *Presence) outcome(ctx context.Context, tx bun.Tx, id string, o Outcome, at int64) error {
	told := 0
	if o == Missed {
		told = levelRoom
	}
	_, err := tx.NewUpdate().Model((*promptRow)(nil)).Set("outcome = ?", o).Set("outcome_at = ?", at).Set("told = ?", told).Where("id = ?", id).Where("outcome = ''").Exec(ctx)
	return problem.Wrap(err, "end a prompt")
}

// Judge says what a missed prompt was: sleep, absence, work, or a fault. Somebody else does than who missed it.
func (p *Presence) Judge(ctx context.Context, actor access.Actor, id, verdict, note string) error {
	note, err := text.Block("note", note, 0, 1000)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"asleep", "away", "working", "fault"}, verdict) {
		return ErrVerdict
	}
	room := ""
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		room = r.Room
		if _, err := p.Rooms.In(ctx, tx, actor, access.DutyDecide, r.Room); err != nil {
			return err
		}
		switch {
		case !actor.InPerson():
			return duty.ErrPersonal
		case r.Person == actor.Person:
			return ErrOwn
		case r.Outcome != Missed:
			return ErrJudged
		}
		at := p.Clock.Micro()
		if _, err := tx.NewInsert().Model(&judgementRow{Prompt: id, Person: actor.Person, At: at, Verdict: verdict, Note: note}).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrJudged
			}
			return problem.Wrap(err, "judge a missed prompt")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyDecide, "").Act(at, kindJudged, id, "", map[string]any{"room": r.Room, "person": r.Person, "verdict": verdict, "note": note}))
	})
	if err == nil {
		p.raise("presence "+id, "", "", nil)
		p.tell(room, "")
	}
	return err
}

// List gives the prompts of a room in an interval (µs), the newest first, without those that wait.
func (p *Presence) List(ctx context.Context, actor access.Actor, room string, from, to int64) ([]Prompt, error) {
	tx := p.DB.Read()
	if _, err := p.Rooms.Look(ctx, tx, actor, room); err != nil {
		return nil, err
	}
	var rows []promptRow
	if err := tx.NewSelect().Model(&rows).Where("room = ?", room).Where("at >= ? AND at < ?", from, to).Where("outcome <> ''").OrderExpr("at DESC, id DESC").Limit(mostListed).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list prompts")
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	said := map[string]*Judgement{}
	if len(ids) > 0 {
		var judged []judgementRow
		if err := tx.NewSelect().Model(&judged).Where("prompt IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return nil, problem.Wrap(err, "read judgements")
		}
		for _, j := range judged {
			said[j.Prompt] = &Judgement{Person: j.Person, At: j.At, Verdict: j.Verdict, Note: j.Note}
		}
	}
	all := make([]Prompt, len(rows))
	for i := range rows {
		all[i] = rows[i].prompt()
		all[i].Judgement = said[rows[i].ID]
	}
	return all, nil
}
