package emergency

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Taking is what somebody states who takes a right: two buttons, and words where the house
// asks for them.
type Taking struct {
	Right   string
	Minutes int // 0: as long as the house allows
	Cause   string
	Reason  string
}

// Take gives the actor a right of the register. Its act is in the same transaction; where it
// cannot be written the right does not exist.
func (r *Rights) Take(ctx context.Context, actor access.Actor, t Taking) (Emergency, error) {
	if err := access.Can(actor, access.EmergencyTake, ""); err != nil {
		return Emergency{}, err
	}
	if !actor.InPerson() {
		return Emergency{}, ErrPerson
	}
	right, err := r.named(t.Right)
	if err != nil {
		return Emergency{}, err
	}
	terms := r.Terms()
	most := int(terms.Longest / time.Minute)
	if t.Minutes == 0 {
		t.Minutes = most
	}
	switch {
	case t.Minutes < 1 || t.Minutes > most:
		return Emergency{}, ErrMinutes.With("most", most)
	case !slices.Contains(Causes(), t.Cause):
		return Emergency{}, ErrCause.With("causes", Causes())
	}
	least := 0
	if terms.Typed {
		least = 4
	}
	if t.Reason, err = text.Block("reason", t.Reason, least, 1000); err != nil {
		return Emergency{}, err
	}
	at := r.Clock.Micro()
	due := at + within.Get(r.Rules).Microseconds()
	until := at + (time.Duration(t.Minutes) * time.Minute).Microseconds()
	if r.Shift != nil {
		end, err := r.Shift(ctx, actor.Person)
		if err != nil {
			return Emergency{}, problem.Wrap(err, "read when the shift ends")
		}
		if end != 0 {
			due = end
		}
	}
	due = max(due, until) // nobody reports on what still runs
	one := row{ID: db.NewID(), Person: actor.Person, Name: right.Name, Cause: t.Cause, Reason: t.Reason, Grade: right.Grade, Back: right.Back.Microseconds(),
		FromAt: at, UntilAt: until, DueAt: due}
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*row)(nil)).Where("person = ?", actor.Person).Where("name = ?", right.Name).
			Where("until_at > ?", at).Where("ended_at IS NULL").Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read emergency rights")
		}
		if n > 0 {
			return ErrRuns
		}
		if _, err := tx.NewInsert().Model(&one).Exec(ctx); err != nil {
			return problem.Wrap(err, "take emergency right")
		}
		detail := map[string]any{"right": right.Name, "cause": t.Cause, "grade": int(right.Grade), "until": until, "due": due}
		if t.Reason != "" {
			detail["reason"] = t.Reason
		}
		if right.Back > 0 {
			detail["backSeconds"] = int(right.Back / time.Second)
		}
		return ledger.Record(ctx, tx, actor.For(access.EmergencyTake, "").Act(at, kindTaken, one.ID, "", detail))
	})
	if err != nil {
		return Emergency{}, err
	}
	e := one.emergency(at)
	r.changed(ctx, &e, true)
	return e, nil
}

// change runs one step of one emergency right in a transaction.
func (r *Rights) change(ctx context.Context, id string, rights bool, step func(ctx context.Context, tx bun.Tx, one *row, e *Emergency, at int64) error) (Emergency, error) {
	var after Emergency
	err := r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		one, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		at := r.Clock.Micro()
		before := one.emergency(at)
		if err := step(ctx, tx, &one, &before, at); err != nil {
			return err
		}
		after = one.emergency(at)
		_, err = tx.NewUpdate().Model(&one).WherePK().Exec(ctx)
		return problem.Wrap(err, "change emergency right")
	})
	if err != nil {
		return Emergency{}, err
	}
	r.changed(ctx, &after, rights)
	return after, nil
}

// End ends it before its time: one's own, or with emergency.review everywhere anybody's with a
// reason.
// What runs under it ends within a second (ruling R18).
func (r *Rights) End(ctx context.Context, actor access.Actor, id, reason string) (Emergency, error) {
	if err := access.Settled(actor); err != nil {
		return Emergency{}, err
	}
	clean, err := text.Block("reason", reason, 0, 1000)
	if err != nil {
		return Emergency{}, err
	}
	return r.change(ctx, id, true, func(ctx context.Context, tx bun.Tx, one *row, e *Emergency, at int64) error {
		by := actor
		if e.Person != actor.Person {
			if err := access.Throughout(actor, access.EmergencyReview, ""); err != nil {
				return err
			}
			by = actor.For(access.EmergencyReview, "")
			if _, err := text.Block("reason", clean, 4, 1000); err != nil { // who ends another's says why
				return err
			}
		}
		if e.State != Running {
			return ErrOver
		}
		one.EndedAt, one.EndedBy, one.EndReason = &at, &actor.Person, clean
		detail := map[string]any{"person": e.Person, "right": e.Name}
		if clean != "" {
			detail["reason"] = clean
		}
		return ledger.Record(ctx, tx, by.Act(at, kindEnded, id, "", detail))
	})
}

// Report says afterwards what it was for. It is never refused for being late.
func (r *Rights) Report(ctx context.Context, actor access.Actor, id, report string) (Emergency, error) {
	if err := access.Settled(actor); err != nil {
		return Emergency{}, err
	}
	clean, err := text.Block("report", report, 10, 4000)
	if err != nil {
		return Emergency{}, err
	}
	return r.change(ctx, id, false, func(ctx context.Context, tx bun.Tx, one *row, e *Emergency, at int64) error {
		switch {
		case e.Person != actor.Person:
			return ErrNotYours
		case e.State == Running:
			return ErrGoesOn
		case e.State == Reported:
			return ErrReported
		case e.State == Settled:
			return ErrSettled
		}
		one.Report, one.ReportedAt = clean, &at
		return ledger.Record(ctx, tx, actor.Act(at, kindReported, id, "", map[string]any{"right": e.Name, "note": clean, "late": at > e.DueAt}))
	})
}

// Settle says whether it was justified, once the report is there or overdue.
func (r *Rights) Settle(ctx context.Context, actor access.Actor, id, verdict, note string) (Emergency, error) {
	if err := access.Throughout(actor, access.EmergencyReview, ""); err != nil {
		return Emergency{}, err
	}
	if verdict != Justified && verdict != Unjustified {
		return Emergency{}, ErrVerdict
	}
	note, err := text.Block("note", note, 4, 1000)
	if err != nil {
		return Emergency{}, err
	}
	return r.change(ctx, id, false, func(ctx context.Context, tx bun.Tx, one *row, e *Emergency, at int64) error {
		switch {
		case !actor.InPerson():
			return ErrPerson
		case e.Person == actor.Person:
			return ErrOwn
		case e.State == Settled:
			return ErrSettled
		case e.State != Reported && e.State != Overdue:
			return ErrNotDue
		}
		one.Verdict, one.Note, one.SettledBy, one.SettledAt = verdict, note, &actor.Person, &at
		return ledger.Record(ctx, tx, actor.For(access.EmergencyReview, "").Act(at, kindSettled, id, "",
			map[string]any{"person": e.Person, "right": e.Name, "verdict": verdict, "note": note, "withoutReport": e.State == Overdue}))
	})
}

// Look notes reports that are missing, each once as an act, and tells leaders what has begun
// or ended by itself. It is asked every few seconds, also after a restart.
func (r *Rights) Look(ctx context.Context) error {
	r.looks.Lock()
	defer r.looks.Unlock()
	era := r.epoch()
	now := r.Clock.Micro()
	var rows []row
	if err := r.DB.Read().NewSelect().Model(&rows).Where("settled_at IS NULL").OrderExpr("from_at, id").Scan(ctx); err != nil {
		return problem.Wrap(err, "read emergency rights")
	}
	seen := map[string]bool{}
	for i := range rows {
		e := rows[i].emergency(now)
		seen[e.ID] = true
		if e.State == Overdue && e.BreachAt == 0 {
			if err := r.missed(ctx, e.ID); err != nil {
				return err
			}
			era = r.epoch()
			continue
		}
		if r.epoch() == era { // else somebody did something meanwhile, and the next look tells
			r.notice(ctx, &e)
		}
	}
	// What another node settled.
	r.mu.Lock()
	var gone []Emergency
	for id, s := range r.up {
		if !seen[id] && s.emergency.From < now { // else it was taken after the reading
			s.emergency.State = Settled
			gone = append(gone, s.emergency)
		}
	}
	r.mu.Unlock()
	for i := range gone {
		r.notice(ctx, &gone[i])
	}
	return nil
}

// epoch counts what was done to emergency rights on this node.
func (r *Rights) epoch() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.era
}

// missed puts on record that a report is missing.
func (r *Rights) missed(ctx context.Context, id string) error {
	_, err := r.change(ctx, id, false, func(ctx context.Context, tx bun.Tx, one *row, e *Emergency, at int64) error {
		if e.State != Overdue || e.BreachAt != 0 { // it came meanwhile
			return nil
		}
		one.BreachAt = &at
		return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: kindMissing, Subject: id, Detail: map[string]any{"person": e.Person, "right": e.Name, "due": e.DueAt}})
	})
	return err
}
