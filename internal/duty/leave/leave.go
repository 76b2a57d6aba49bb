// Package leave keeps what takes people out of the roster: leave, which is asked for beforehand, in
// writing and with a reason (C047), swaps of shifts between two people, and that somebody comes
// late (C069). The roster changes only through what was decided, in the same transaction.
//
// Acts tell who was on leave when, and nothing of why: an illness has no place in a log that nobody
// can take anything out of.
package leave

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/roster"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of leave.
var (
	ErrUnknown     = problem.New(problem.NotFound, "leave_unknown", "There is no such request for leave.")
	ErrKind        = problem.New(problem.Invalid, "leave_kind", "Leave is sick leave, personal leave, or other.").On("kind")
	ErrTimes       = problem.New(problem.Invalid, "leave_times", "Leave ends after it begins, and lasts at most a year.").On("to")
	ErrLate        = problem.New(problem.Conflict, "leave_late", "Leave is asked for beforehand. Only sick leave begins up to three days ago.").On("from")
	ErrTwice       = problem.New(problem.Conflict, "leave_twice", "Leave was asked for at that time already.").On("from")
	ErrDecided     = problem.New(problem.Conflict, "leave_decided", "This was decided or withdrawn already.")
	ErrOwn         = problem.New(problem.Forbidden, "leave_own", "Nobody decides on what they asked for themselves; somebody else does.")
	ErrReplacement = problem.New(problem.Conflict, "leave_replacement", "Name somebody for each of these shifts, or leave it open on purpose.").On("replacements") // count
	ErrNotYours    = problem.New(problem.Forbidden, "leave_not_yours", "Only the person whose leave it is signs or withdraws it.")
	ErrSigned      = problem.New(problem.Conflict, "leave_signed", "This is signed already.")
	ErrPerson      = problem.New(problem.Invalid, "leave_person", "There is no such person.").On("person")
	ErrOneself     = problem.New(problem.Invalid, "leave_oneself", "Ask for your own leave yourself.").On("person")
)

// Kinds of acts.
const (
	kindAsked     = "leave.asked"
	kindEntered   = "leave.entered"
	kindSigned    = "leave.signed"
	kindApproved  = "leave.approved"
	kindRefused   = "leave.refused"
	kindWithdrawn = "leave.withdrawn"
)

// Kind is what leave is for.
type Kind string

// Kinds of leave.
const (
	Sick     Kind = "sick"
	Personal Kind = "personal"
	Other    Kind = "other"
)

// State is how far leave or a swap is.
type State string

// States. Agreed, made and declined are of swaps.
const (
	Asked     State = "asked"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Agreed    State = "agreed"
	Made      State = "made"
	Declined  State = "declined"
)

const (
	longest = 366 * 24 * int64(time.Hour/time.Microsecond)
	behind  = 3 * 24 * int64(time.Hour/time.Microsecond)
	// mostListed is how many are listed, the latest first.
	mostListed = 200
)

// Content is what somebody asks for.
type Content struct {
	Room   string
	Kind   Kind
	From   int64 // µs
	To     int64 // µs, exclusive
	Reason string
}

func (c *Content) span() roster.Span { return roster.Span{From: c.From, To: c.To} }

// Leave is leave of somebody.
type Leave struct {
	ID, Person string
	Content
	AskedAt   int64
	EnteredBy string // who was told by telephone; empty: asked by the person
	SignedAt  *int64 // nil: not confirmed by the person yet
	State     State
	DecidedBy string
	DecidedAt *int64
	Note      string
	Sick      int // how many sick leaves the person had in the year before this one; of who decides only
}

type leaveRow struct {
	bun.BaseModel `bun:"table:leaves,alias:leave"`
	ID            string `bun:",pk"`
	Room          string
	Person        string
	Kind          Kind
	FromAt        int64
	ToAt          int64
	Reason        string
	AskedAt       int64
	EnteredBy     string
	SignedAt      *int64
	State         State
	DecidedBy     string
	DecidedAt     *int64
	Note          string
}

func (r *leaveRow) leave() Leave {
	return Leave{ID: r.ID, Person: r.Person, Content: Content{Room: r.Room, Kind: r.Kind, From: r.FromAt, To: r.ToAt, Reason: r.Reason}, AskedAt: r.AskedAt, EnteredBy: r.EnteredBy,
		SignedAt: r.SignedAt, State: r.State, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt, Note: r.Note}
}

// Leaves keeps leave, swaps and late notices.
type Leaves struct {
	DB      *db.DB
	Bus     *event.Bus // may be nil
	Clock   clock.Clock
	Rooms   *duty.Rooms
	Rosters *roster.Rosters
	Note    duty.Note // writes into the duty record; nil: nothing does
}

func (x *Leaves) tell(room string) {
	if x.Bus != nil {
		x.Bus.Publish(event.Event{Kind: "duty", Subject: room})
	}
}

func (x *Leaves) note(ctx context.Context, tx bun.IDB, l duty.Line) error {
	if x.Note == nil {
		return nil
	}
	return problem.Wrap(x.Note(ctx, tx, l), "write into the duty record")
}

// Away tells whether somebody has leave that was approved at some time between; see roster.Rosters.
func (x *Leaves) Away(ctx context.Context, tx bun.IDB, person string, s roster.Span) (bool, error) {
	away, err := tx.NewSelect().Model((*leaveRow)(nil)).Where("person = ?", person).Where("state = ?", Approved).Where("from_at < ?", s.To).Where("to_at > ?", s.From).Exists(ctx)
	return away, problem.Wrap(err, "read leave")
}

func (x *Leaves) clean(c Content, now int64) (out Content, err error) {
	out = c
	if out.Reason, err = text.Block("reason", c.Reason, 4, 1000); err != nil {
		return out, err
	}
	switch {
	case c.Kind != Sick && c.Kind != Personal && c.Kind != Other:
		return out, ErrKind
	case c.To <= c.From || c.To-c.From > longest || c.To <= now:
		return out, ErrTimes
	case c.From < now && (c.Kind != Sick || c.From < now-behind):
		return out, ErrLate
	case c.From > now+roster.Furthest:
		return out, roster.ErrFar
	}
	return out, nil
}

// Ask asks for leave of one's own.
func (x *Leaves) Ask(ctx context.Context, actor access.Actor, c Content) (Leave, error) {
	return x.add(ctx, actor, access.DutyStand, actor.Person, "", c)
}

// Enter writes down leave that somebody told by telephone (practice P18). They sign it afterwards.
func (x *Leaves) Enter(ctx context.Context, actor access.Actor, person string, c Content) (Leave, error) {
	if person == actor.Person {
		return Leave{}, ErrOneself
	}
	return x.add(ctx, actor, access.DutyDecide, person, actor.Person, c)
}

func (x *Leaves) add(ctx context.Context, actor access.Actor, right access.Action, person, by string, c Content) (l Leave, err error) {
	if err := access.Can(actor, right, ""); err != nil {
		return l, err
	}
	at := x.Clock.Micro()
	if c, err = x.clean(c, at); err != nil {
		return l, err
	}
	row := leaveRow{ID: db.NewID(), Room: c.Room, Person: person, Kind: c.Kind, FromAt: c.From, ToAt: c.To, Reason: c.Reason, AskedAt: at, EnteredBy: by, State: Asked}
	kind := kindEntered
	if by == "" {
		row.SignedAt, kind = &at, kindAsked
	}
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := x.Rooms.In(ctx, tx, actor, right, c.Room); err != nil {
			return err
		}
		twice, err := tx.NewSelect().Model((*leaveRow)(nil)).Where("person = ?", person).Where("state IN (?)", bun.In([]State{Asked, Approved})).Where("from_at < ?", c.To).Where("to_at > ?", c.From).Exists(ctx)
		if err != nil {
			return problem.Wrap(err, "read leave")
		}
		if twice {
			return ErrTwice
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrPerson
			}
			return problem.Wrap(err, "add leave")
		}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(at, kind, row.ID, "", map[string]any{"room": c.Room, "person": person, "from": c.From, "to": c.To}))
	})
	if err == nil {
		x.tell(c.Room)
	}
	return row.leave(), err
}

func (x *Leaves) load(ctx context.Context, tx bun.IDB, id string) (r leaveRow, err error) {
	err = tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrUnknown
	}
	return r, problem.Wrap(err, "read leave")
}

// own reads leave of the actor's own.
func (x *Leaves) own(ctx context.Context, tx bun.IDB, actor access.Actor, id string) (r leaveRow, err error) {
	if r, err = x.load(ctx, tx, id); err != nil || r.Person == actor.Person {
		return r, err
	}
	if _, err := x.Rooms.In(ctx, tx, actor, access.DutyDecide, r.Room); err != nil {
		return r, ErrUnknown
	}
	return r, ErrNotYours
}

// Sign confirms leave that another wrote down. Nothing else of it changes.
func (x *Leaves) Sign(ctx context.Context, actor access.Actor, id string) error {
	at, room := x.Clock.Micro(), ""
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if r.SignedAt != nil {
			return ErrSigned
		}
		room = r.Room
		if _, err := tx.NewUpdate().Model(&r).Set("signed_at = ?", at).WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "sign leave")
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindSigned, id, "", map[string]any{"room": r.Room}))
	})
	if err == nil {
		x.tell(room)
	}
	return err
}

// Withdraw takes back what one asked for, while nobody decided on it.
func (x *Leaves) Withdraw(ctx context.Context, actor access.Actor, id string) error {
	at, room := x.Clock.Micro(), ""
	err := x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		room = r.Room
		if err := x.close(ctx, tx, &r, actor.Person, Withdrawn, "", at); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyStand, "").Act(at, kindWithdrawn, id, "", map[string]any{"room": r.Room}))
	})
	if err == nil {
		x.tell(room)
	}
	return err
}

func (x *Leaves) close(ctx context.Context, tx bun.Tx, r *leaveRow, by string, state State, note string, at int64) error {
	if r.State != Asked {
		return ErrDecided
	}
	r.State, r.DecidedBy, r.DecidedAt, r.Note = state, by, &at, note
	_, err := tx.NewUpdate().Model(r).Column("state", "decided_by", "decided_at", "note").WherePK().Exec(ctx)
	return problem.Wrap(err, "decide on leave")
}

// Replacement says who comes in for a shift; Person empty: nobody, on purpose.
type Replacement struct{ Shift, Person string }

// Decide approves leave or refuses it. Approving takes the person out of every shift of theirs at
// that time; for each that was published somebody is named, or that nobody is.
func (x *Leaves) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string, in []Replacement) (after []roster.Shift, err error) {
	if err := access.Can(actor, access.DutyDecide, ""); err != nil {
		return nil, err
	}
	least := 4 // a refusal says why
	if approve {
		least = 0
	}
	if note, err = text.Block("note", note, least, 1000); err != nil {
		return nil, err
	}
	at, room := x.Clock.Micro(), ""
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := x.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := x.Rooms.Look(ctx, tx, actor, r.Room); err != nil {
			return ErrUnknown
		}
		if _, err := x.Rooms.In(ctx, tx, actor, access.DutyDecide, r.Room); err != nil {
			return err
		}
		if room = r.Room; r.Person == actor.Person {
			return ErrOwn
		}
		detail := map[string]any{"room": r.Room, "person": r.Person, "from": r.FromAt, "to": r.ToAt}
		if !approve {
			if err := x.close(ctx, tx, &r, actor.Person, Refused, note, at); err != nil {
				return err
			}
			return ledger.Record(ctx, tx, actor.For(access.DutyDecide, "").Act(at, kindRefused, id, "", detail))
		}
		if err := x.close(ctx, tx, &r, actor.Person, Approved, note, at); err != nil {
			return err
		}
		moves, err := x.moves(ctx, tx, actor, &r, in, at)
		if err != nil {
			return err
		}
		if after, err = x.Rosters.Exchange(ctx, tx, actor.For(access.DutyDecide, ""), roster.ByLeave, id, at, moves); err != nil {
			return err
		}
		open := 0
		for _, m := range moves {
			if m.In == "" {
				open++
			}
		}
		detail["shifts"], detail["open"] = len(moves), open
		if err := x.lines(ctx, tx, actor, &r, after, moves, at); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.DutyDecide, "").Act(at, kindApproved, id, "", detail))
	})
	if err == nil {
		x.tell(room)
		x.Rosters.Told(after)
	}
	return after, err
}

// freed reads the shifts of somebody that leave takes them out of.
func (x *Leaves) freed(ctx context.Context, tx bun.IDB, r *leaveRow, at int64) ([]roster.Shift, error) {
	return x.Rosters.Held(ctx, tx, r.Person, roster.Span{From: max(r.FromAt, at), To: r.ToAt})
}

func (x *Leaves) moves(ctx context.Context, tx bun.Tx, actor access.Actor, r *leaveRow, in []Replacement, at int64) (moves []roster.Move, err error) {
	if r.ToAt <= at {
		return nil, nil // all of it is over
	}
	held, err := x.freed(ctx, tx, r, at)
	if err != nil {
		return nil, err
	}
	said := map[string]string{}
	for _, one := range in {
		said[one.Shift] = one.Person
	}
	missing := 0
	for i := range held {
		s := &held[i]
		who, known := said[s.ID]
		if !known && s.State == roster.Published {
			missing++
		}
		if _, err := x.Rooms.In(ctx, tx, actor, access.DutyDecide, s.Room); err != nil {
			return nil, err
		}
		moves = append(moves, roster.Move{Shift: s.ID, Out: r.Person, In: who})
	}
	if missing > 0 {
		return nil, ErrReplacement.With("count", missing)
	}
	return moves, nil
}

// lines writes leave into the records of the rooms that it concerns, once each.
func (x *Leaves) lines(ctx context.Context, tx bun.Tx, actor access.Actor, r *leaveRow, after []roster.Shift, moves []roster.Move, at int64) error {
	rooms := map[string][]string{r.Room: {}}
	order := []string{r.Room}
	for i := range after {
		if rooms[after[i].Room] == nil {
			order = append(order, after[i].Room)
		}
		if moves[i].In != "" {
			rooms[after[i].Room] = append(rooms[after[i].Room], moves[i].In)
		}
	}
	for _, room := range order {
		err := x.note(ctx, tx, duty.Line{Room: room, At: at, Code: "leave_approved", Person: actor.Person, Subject: r.ID,
			Params: map[string]any{"person": r.Person, "from": r.FromAt, "to": r.ToAt, "in": rooms[room]}})
		if err != nil {
			return err
		}
	}
	return nil
}

// Freed gives the shifts that leave would take the person out of, for who decides on it.
func (x *Leaves) Freed(ctx context.Context, actor access.Actor, id string) ([]roster.Shift, error) {
	tx := x.DB.Read()
	r, err := x.load(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := x.Rooms.In(ctx, tx, actor, access.DutyDecide, r.Room); err != nil {
		return nil, ErrUnknown
	}
	at := x.Clock.Micro()
	if r.State != Asked || r.ToAt <= at {
		return nil, nil
	}
	return x.freed(ctx, tx, &r, at)
}

// List gives leave of the actor's own, and that of the rooms in which they decide, the latest
// first. What waits for somebody comes before the rest.
func (x *Leaves) List(ctx context.Context, actor access.Actor) ([]Leave, error) {
	decides, err := x.decides(ctx, actor)
	if err != nil {
		return nil, err
	}
	var rows []leaveRow
	q := x.DB.Read().NewSelect().Model(&rows).WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("person = ?", actor.Person)
		if len(decides) > 0 {
			q = q.WhereOr("room IN (?)", bun.In(decides))
		}
		return q
	})
	if err := q.OrderExpr("CASE state WHEN 'asked' THEN 0 ELSE 1 END, asked_at DESC, id").Limit(mostListed).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read leave")
	}
	all := make([]Leave, len(rows))
	for i := range rows {
		all[i] = rows[i].leave()
		if rows[i].Person == actor.Person || rows[i].Kind != Sick {
			continue
		}
		n, err := x.DB.Read().NewSelect().Model((*leaveRow)(nil)).Where("person = ?", rows[i].Person).Where("kind = ?", Sick).Where("state = ?", Approved).
			Where("from_at < ?", rows[i].FromAt).Where("from_at > ?", rows[i].FromAt-longest).Count(ctx)
		if err != nil {
			return nil, problem.Wrap(err, "count sick leave")
		}
		all[i].Sick = int(n)
	}
	return all, nil
}

// decides gives the ids of the rooms in which the actor decides.
func (x *Leaves) decides(ctx context.Context, actor access.Actor) (ids []string, err error) {
	all, err := x.Rooms.Seen(ctx, actor)
	if err != nil {
		return nil, err
	}
	reach, err := duty.ReachOf(ctx, x.DB.Read(), x.Rooms.Chain, all...)
	for i := range all {
		if reach.May(actor, access.DutyDecide, &all[i]) == nil {
			ids = append(ids, all[i].ID)
		}
	}
	return ids, err
}
