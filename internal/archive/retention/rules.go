package retention

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of changes.
var (
	ErrCamera   = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("camera")
	ErrChange   = problem.New(problem.NotFound, "retention_change_unknown", "There is no such change.")
	ErrWaits    = problem.New(problem.Conflict, "retention_change_waits", "Another change of this rule waits for a second person.")
	ErrDecided  = problem.New(problem.Conflict, "retention_change_decided", "This change was decided already.")
	ErrOwn      = problem.New(problem.Forbidden, "retention_change_own", "Who asked for the change does not approve it. Another person does.")
	ErrNotYours = problem.New(problem.Forbidden, "retention_change_of_another", "Only who asked for the change withdraws it.")
	ErrNobody   = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
)

// Rules keeps the rules.
type Rules struct {
	DB    *db.DB
	Bus   *event.Bus // told when a rule changes; may be nil
	Clock clock.Clock
	// Known tells whether there is such a camera; nil knows all.
	Known func(ctx context.Context, camera string) (bool, error)
	// Changed is called after a rule came into force; may be nil.
	Changed func()
	// Warrants reads the acts by which rules count; it passes over those on their way. Nil
	// where there is no log, then the table is believed.
	Warrants *warrant.Reader
	// Trusted is nil where the clock may be believed; nil: it always may.
	Trusted func() error
}

// Change is a change of a rule, in force or waiting. Times are µs since 1970 UTC.
type Change struct {
	ID        string
	Camera    string // empty: the rule for all
	Class     Class
	Inherits  bool // the camera's own rule ends
	Rule      Rule // of no meaning where it inherits
	Reason    string
	Existing  bool // also for footage recorded under a higher minimum: needs a second person
	AskedBy   string
	AskedAt   int64
	DecidedBy string
	DecidedAt int64
	Decision  string // approved, rejected, withdrawn, or empty
	Note      string
	InForceAt int64 // 0: it is not
}

// Waiting tells whether it needs a second person who has not spoken.
func (c *Change) Waiting() bool { return c.InForceAt == 0 && c.DecidedAt == 0 }

type ruleRow struct {
	bun.BaseModel `bun:"table:retention_rules,alias:rule"`
	ID            string `bun:",pk"`
	Camera        string
	Class         Class
	Inherits      string
	MinDays       int64
	MinBasis      Basis
	MinNote       string
	MaxDays       *int64
	MaxBasis      Basis
	MaxNote       string
	Reason        string
	Existing      string
	AskedBy       string
	AskedAt       int64
	DecidedBy     *string
	DecidedAt     *int64
	Decision      *string
	Note          string
	InForceAt     *int64
}

func word(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r *ruleRow) rule() Rule {
	out := Rule{MinDays: int(r.MinDays), MinBasis: r.MinBasis, MinNote: r.MinNote, MaxBasis: r.MaxBasis, MaxNote: r.MaxNote}
	if r.MaxDays != nil {
		n := int(*r.MaxDays)
		out.MaxDays = &n
	}
	return out
}

func (r *ruleRow) change() Change {
	return Change{ID: r.ID, Camera: r.Camera, Class: r.Class, Inherits: r.Inherits != "", Rule: r.rule(), Reason: r.Reason, Existing: r.Existing != "",
		AskedBy: r.AskedBy, AskedAt: r.AskedAt, DecidedBy: value(r.DecidedBy), DecidedAt: value(r.DecidedAt), Decision: value(r.Decision), Note: r.Note, InForceAt: value(r.InForceAt)}
}

// load reads the rules of a class that are or were in force.
func load(ctx context.Context, tx bun.IDB, class Class) (*rulebook.Book, error) {
	var rows []ruleRow
	err := tx.NewSelect().Model(&rows).Where("class = ?", string(class)).Where("in_force_at IS NOT NULL").OrderExpr("in_force_at, id").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read the rules of retention")
	}
	b := &rulebook.Book{Class: class}
	for i := range rows {
		b.Rules = append(b.Rules, rows[i].ruled())
	}
	return b, nil
}

// Wish is a change that somebody wants.
type Wish struct {
	Camera   string // empty: the rule for all
	Class    Class
	Inherits bool // end the camera's own rule
	Rule     Rule
	Reason   string
	// Existing wants a lower minimum for footage that was promised more, too.
	Existing bool
}

// Entry is the change as a line of a book.
func (w *Wish) Entry() rulebook.Entry {
	return rulebook.Entry{Class: w.Class, Camera: w.Camera, Inherits: w.Inherits, Existing: w.Existing, Rule: w.Rule}
}

// Set changes a rule. It comes into force at once: a higher minimum for all footage,
// a lower one for what is recorded from now on. Where existing footage is to lose a
// promise, or a minimum is to fall below what the rules of surveillance ask of all
// (C090), the change waits for a second person.
func (r *Rules) Set(ctx context.Context, actor access.Actor, w Wish) (Change, error) {
	if err := access.Throughout(actor, access.RetentionConfigure, w.Camera); err != nil {
		return Change{}, err
	}
	if actor.Person == "" {
		return Change{}, ErrNobody
	}
	if !slices.Contains(rulebook.Classes(), w.Class) {
		return Change{}, rulebook.ErrClass
	}
	if w.Camera != "" && r.Known != nil {
		if known, err := r.Known(ctx, w.Camera); err != nil {
			return Change{}, err
		} else if !known {
			return Change{}, ErrCamera
		}
	}
	reason, err := text.Block("reason", w.Reason, 4, 1000)
	if err != nil {
		return Change{}, err
	}
	if w.Inherits = w.Inherits && w.Camera != ""; !w.Inherits {
		if err := w.Rule.Validate(); err != nil {
			return Change{}, err
		}
	}
	now := r.Clock.Micro()
	row := ruleRow{ID: db.NewID(), Camera: w.Camera, Class: w.Class, Inherits: word(w.Inherits), MinDays: int64(w.Rule.MinDays), MinBasis: w.Rule.MinBasis,
		MinNote: w.Rule.MinNote, MaxBasis: w.Rule.MaxBasis, MaxNote: w.Rule.MaxNote, Reason: reason, AskedBy: actor.Person, AskedAt: now}
	if w.Rule.MaxDays != nil {
		n := int64(*w.Rule.MaxDays)
		row.MaxDays = &n
	}
	_, unread := r.Of(ctx, w.Class) // the log proves before the transaction what it can
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		books, err := r.booksIn(ctx, tx, w.Class, unread)
		if err != nil {
			return err
		}
		if err := books.Possible(w.Entry()); err != nil {
			return err
		}
		before := books.Plan(w.Camera)
		days := books.Would(w.Inherits, w.Rule)
		from, err := r.from(ctx, tx, books.Table, now)
		if err != nil {
			return err
		}
		promises := days
		if days == 0 { // what snapshots of the camera are promised is what their footage is
			footage := books.Footage.Plan(w.Camera)
			promises = footage.MinDays
		}
		row.Existing, row.InForceAt = word(w.Existing && before.Promised() > promises), &from
		kind := kindChanged
		least := Regime.Least()
		if unread == nil { // else nobody knows what people have set
			least = books.Least(w.Camera)
		}
		if row.Existing != "" || days != 0 && days < least {
			row.InForceAt, kind = nil, kindRequested
		}
		in := row // an insert reads back into what it was given
		if _, err := tx.NewInsert().Model(&in).Exec(ctx); err != nil {
			if db.IsUnique(err) {
				return ErrWaits
			}
			return problem.Wrap(err, "change a rule of retention")
		}
		if err := hold.Changed(ctx, tx); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.RetentionConfigure, row.Camera).Act(now, kind, row.ID, row.Camera, told(&row, &before)))
	})
	if err != nil {
		return Change{}, err
	}
	r.tell(row.ID)
	return row.change(), nil
}

// from is when a rule that is made at now comes into force. A clock that is behind would
// date it back, and footage that was recorded under another would lose what it was
// promised; so while the clock may not be believed, it is not before what is recorded.
func (r *Rules) from(ctx context.Context, tx bun.IDB, book *rulebook.Book, now int64) (int64, error) {
	if r.Trusted == nil || r.Trusted() == nil {
		return book.Next(now), nil
	}
	var last int64
	latest := "SELECT COALESCE(MAX((SELECT MAX(s.start_at) FROM segments s WHERE s.camera = c.camera)), 0) FROM (SELECT DISTINCT camera FROM journal_cursors) c"
	if book.Class == Snapshot {
		latest = "SELECT COALESCE(MAX(at), 0) FROM snapshots"
	}
	err := tx.NewRaw(latest).Scan(ctx, &last)
	return book.Next(max(now, last+1)), problem.Wrap(err, "read what was recorded last")
}

// Would tells what a change comes to before anybody makes it: for how many days footage
// would have to be kept, and whether that is more for any. Like Set it refuses rules that
// cannot be.
func (r *Rules) Would(ctx context.Context, actor access.Actor, w Wish) (minimum func(camera string, start int64) int, raises bool, err error) {
	if err := access.Throughout(actor, access.RetentionConfigure, w.Camera); err != nil {
		return nil, false, err
	}
	if w.Inherits = w.Inherits && w.Camera != ""; !w.Inherits {
		if err := w.Rule.Validate(); err != nil {
			return nil, false, err
		}
	}
	books, err := r.InForce(ctx)
	if err != nil {
		return nil, false, err
	}
	before := books.Plan(w.Camera)
	w.Existing = false
	books = books.With(w.Entry(), r.Clock.Micro())
	after := books.Plan(w.Camera)
	return books.Minimum(), after.MinDays > before.MinDays, nil
}

// inherited is what an act says instead of a rule where a camera's own ends.
const inherited = "default"

// withFootage is what it says of snapshots where nobody had set a rule.
const withFootage = "footage"

// told is what the act of a change says: what was in force, and what is to be.
func told(row *ruleRow, before *Plan) map[string]any {
	say := func(r Rule) map[string]any {
		m := map[string]any{"minimum": r.MinDays, "minimum_basis": r.MinBasis, "minimum_note": r.MinNote, "maximum": nil}
		if r.MaxDays != nil {
			m["maximum"], m["maximum_basis"], m["maximum_note"] = *r.MaxDays, r.MaxBasis, r.MaxNote
		}
		return m
	}
	d := map[string]any{"class": row.Class, "reason": row.Reason, "existing": row.Existing != "", "before": say(before.Rule),
		"in_force": value(row.InForceAt)}
	if before.Footage {
		d["before"] = withFootage
	}
	if row.Inherits != "" {
		d["after"] = inherited
	} else {
		d["after"] = say(row.rule())
	}
	return d
}

func (r *Rules) tell(id string) {
	if r.Bus != nil {
		r.Bus.Publish(event.Event{Kind: "retention", Subject: id, Data: map[string]string{"id": id}})
	}
	if r.Changed != nil {
		r.Changed()
	}
}

// Decide approves or rejects a change that waits. Never by who asked.
func (r *Rules) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Change, error) {
	least, decision, kind := 0, "approved", kindApproved
	if !approve {
		least, decision, kind = 4, "rejected", kindRejected
	}
	note, err := text.Block("note", note, least, 1000)
	if err != nil {
		return Change{}, err
	}
	return r.decide(ctx, actor, id, decision, kind, note, func(row *ruleRow) error {
		if row.AskedBy == actor.Person {
			return ErrOwn
		}
		return nil
	})
}

// Withdraw takes one's own change back while it waits.
func (r *Rules) Withdraw(ctx context.Context, actor access.Actor, id string) (Change, error) {
	return r.decide(ctx, actor, id, "withdrawn", kindWithdrawn, "", func(row *ruleRow) error {
		if row.AskedBy != actor.Person {
			return ErrNotYours
		}
		return nil
	})
}

func (r *Rules) decide(ctx context.Context, actor access.Actor, id, decision, kind, note string, who func(*ruleRow) error) (Change, error) {
	if err := access.Can(actor, access.RetentionConfigure, ""); err != nil {
		return Change{}, err
	}
	if actor.Person == "" || decision != "withdrawn" && !actor.InPerson() {
		return Change{}, ErrNobody
	}
	now := r.Clock.Micro()
	var row ruleRow
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row = ruleRow{}
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrChange
		}
		if err != nil {
			return problem.Wrap(err, "read a change of retention")
		}
		if err := access.Throughout(actor, access.RetentionConfigure, row.Camera); err != nil {
			return err
		}
		if row.DecidedAt != nil || row.InForceAt != nil {
			return ErrDecided
		}
		if err := who(&row); err != nil {
			return err
		}
		main, books, err := tables(ctx, tx)
		if err != nil {
			return err
		}
		if books = books.Under(&main); row.Class == Main {
			books = main
		}
		if decision == "approved" {
			if err := asAsked(ctx, tx, &row); err != nil {
				return err
			}
			if err := books.Possible(row.ruled()); err != nil {
				return err
			}
		}
		before := books.Plan(row.Camera)
		row.DecidedBy, row.DecidedAt, row.Decision, row.Note = &actor.Person, &now, &decision, note
		q := tx.NewUpdate().Model((*ruleRow)(nil)).Set("decided_by = ?", actor.Person).Set("decided_at = ?", now).
			Set("decision = ?", decision).Set("note = ?", note).Where("id = ?", id)
		if decision == "approved" {
			from, err := r.from(ctx, tx, books.Table, now)
			if err != nil {
				return err
			}
			row.InForceAt = &from
			q.Set("in_force_at = ?", from)
		}
		if _, err := q.Exec(ctx); err != nil {
			return problem.Wrap(err, "decide on a change of retention")
		}
		if err := hold.Changed(ctx, tx); err != nil {
			return err
		}
		detail := told(&row, &before)
		detail["asked_by"], detail["note"] = row.AskedBy, note
		return ledger.Record(ctx, tx, actor.For(access.RetentionConfigure, row.Camera).Act(now, kind, row.ID, row.Camera, detail))
	})
	if err != nil {
		return Change{}, err
	}
	r.tell(id)
	return row.change(), nil
}

// ruled is the change as a line of a book; At is 0 while it is not in force.
func (r *ruleRow) ruled() rulebook.Entry {
	return rulebook.Entry{ID: r.ID, Class: r.Class, Camera: r.Camera, Inherits: r.Inherits != "", Existing: r.Existing != "", At: value(r.InForceAt), Rule: r.rule()}
}

// asAsked is warrant.ErrAltered where a change stands otherwise than it was asked for.
func asAsked(ctx context.Context, tx bun.IDB, row *ruleRow) error {
	stands := row.ruled()
	return warrant.AsAsked(ctx, tx, []string{kindRequested}, row.ID, []string{row.Camera}, func(a *warrant.Act) (about, same bool) {
		one, err := ruledIn(a)
		one.At = stands.At
		var d struct{ Reason string }
		return true, err == nil && a.Tell(&d) == nil && a.Person == row.AskedBy && d.Reason == row.Reason && one.Equal(&stands)
	})
}

// Changes lists the history of rules, the latest first.
func (r *Rules) Changes(ctx context.Context, actor access.Actor, camera string, limit int) ([]Change, error) {
	if err := access.Can(actor, access.StorageRead, camera); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 200
	}
	var rows []ruleRow
	q := r.DB.Read().NewSelect().Model(&rows).OrderExpr("asked_at DESC, id DESC").Limit(int64(min(limit, 500)))
	if camera != "" {
		q.Where("camera = ?", camera)
	} else if cameras, narrow := access.ReachOf(actor, access.StorageRead).Narrow(); narrow {
		q.Where("camera = '' OR camera IN (?)", bun.List(cameras))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list the rules of retention")
	}
	all := make([]Change, len(rows))
	for i := range rows {
		all[i] = rows[i].change()
	}
	return all, nil
}

// Plans gives what holds for each of the cameras, and with an empty id for all others.
func (r *Rules) Plans(ctx context.Context, actor access.Actor, class Class, cameras ...string) (map[string]Plan, error) {
	if err := access.Can(actor, access.StorageRead, ""); err != nil {
		return nil, err
	}
	books, err := r.Of(ctx, class)
	if err != nil {
		return nil, err
	}
	plans := map[string]Plan{"": books.Plan("")}
	for _, c := range cameras {
		plans[c] = books.Plan(c)
	}
	return plans, nil
}
