package disclosure_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// hurried puts a purpose into the register whose words are due afterwards.
func (r *room) hurried() disclosure.Purpose {
	r.t.Helper()
	register := &purpose.Register{DB: r.DB, Clock: r.clock}
	yes := true
	w := purpose.Wish{Step: purpose.Adding, Code: "hurry", Change: purpose.Change{Name: &purpose.Words{EN: "hurry"}, Basis: &purpose.Words{EN: "rule 1"}, ReasonAfter: &yes}}
	chief := people.Add(r.t, r.DB, "chief", access.Supervisor)
	if _, err := register.Add(r.t.Context(), chief, purpose.New{Code: w.Code, Change: w.Change}); !errors.Is(err, purpose.ErrLowers) {
		r.t.Fatalf("one alone lets words come afterwards: %v", err)
	}
	asked, err := register.Propose(r.t.Context(), chief, w, "nobody types while it burns")
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := register.Decide(r.t.Context(), people.Add(r.t, r.DB, "leader", access.Leader), asked.ID, true, ""); err != nil {
		r.t.Fatal(err)
	}
	all, err := register.List(r.t.Context())
	if err != nil || !all[len(all)-1].ReasonAfter {
		r.t.Fatalf("%+v, %v", all, err)
	}
	if diff, err := purpose.Differ(r.t.Context(), r.DB.Read()); err != nil || len(diff) > 0 {
		r.t.Errorf("the register differs: %v, %v", diff, err)
	}
	r.Reasons = &owed.Reasons{DB: r.DB, Clock: r.clock}
	r.pass(time.Second) // of acts of one instant nobody can tell which came first
	return "hurry"
}

// differs wants rows and acts to agree.
func (r *room) differs() int {
	r.t.Helper()
	diff, err := disclosure.Differ(r.t.Context(), r.DB.Read())
	if err != nil {
		r.t.Fatal(err)
	}
	return len(diff)
}

// TestTheReasonComesAfterwards: the newest footage is looked at by choosing the purpose; the words
// are due, given once by who looked, and missing on record where they do not come (P4).
func TestTheReasonComesAfterwards(t *testing.T) {
	clause.Covers(t, "C105")
	each(t, func(t *testing.T, r *room) {
		hurry := r.hurried()
		open := func(actor access.Actor, age time.Duration, reason string) (disclosure.Viewing, error) {
			return r.Open(t.Context(), actor, []string{r.gate}, r.ago(age), r.ago(age)+second, hurry, reason)
		}
		v, err := open(r.guard, 24*time.Hour, "")
		if err != nil || v.Owed == nil || v.Owed.DueAt != r.now.Add(8*time.Hour).UnixMicro() {
			t.Fatalf("%+v, %v", v, err)
		}
		if a := r.acts()[0]; a.Kind != "viewing.opened" || a.Detail["reasonDue"] != float64(v.Owed.DueAt) {
			t.Errorf("the act says %+v", a)
		}
		if err := r.Check(t.Context(), v.ID, r.guard, r.gate, v.From, v.To); err != nil {
			t.Errorf("looking: %v", err)
		}
		if w, err := open(r.guard, time.Hour, "two cars at the gate"); err != nil || w.Owed != nil {
			t.Errorf("with words before: %+v, %v", w.Owed, err)
		}
		program := r.guard
		program.Token = db.NewID()
		for name, err := range map[string]error{
			"older": func() error { _, err := open(r.guard, 24*time.Hour+time.Second, ""); return err }(),
			"by a token": func() error {
				_, err := open(program.Only([]access.Action{access.PlaybackView}), time.Hour, "")
				return err
			}(),
		} {
			if !errors.Is(err, text.ErrRequired) {
				t.Errorf("%s without words: %v", name, err)
			}
		}
		mate := access.ActorOf(people.Add(t, r.DB, "mate", access.Operator).Person, access.Operator)
		for _, c := range []struct {
			name   string
			actor  access.Actor
			id     string
			reason string
			want   error
		}{
			{"another", mate, v.ID, "two cars at the gate", owed.ErrNone},
			{"who reads the acts", people.Add(t, r.DB, "overseer", access.Supervisor), v.ID, "two cars at the gate", owed.ErrNotYours},
			{"a token", program, v.ID, "two cars at the gate", owed.ErrPerson},
			{"too short", r.guard, v.ID, "a", text.ErrTooShort},
			{"no such viewing", r.guard, db.NewID(), "two cars at the gate", owed.ErrNone},
		} {
			if _, err := r.Give(t.Context(), c.actor, c.id, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		due, err := r.List(t.Context(), r.guard, disclosure.Filter{Owed: true})
		if err != nil || len(due) != 1 || due[0].ID != v.ID {
			t.Errorf("due: %+v, %v", due, err)
		}
		if n, err := r.Reasons.Look(t.Context()); n != 0 || err != nil {
			t.Errorf("before it is due %d are missing, %v", n, err)
		}
		r.pass(time.Second)
		after, err := r.Give(t.Context(), r.guard, v.ID, " two cars at the gate ")
		if err != nil || after.Owed == nil || after.Owed.Reason != "two cars at the gate" || after.Owed.GivenAt == 0 || after.Reason != "" {
			t.Fatalf("%+v, %v", after.Owed, err)
		}
		if a := r.acts()[0]; a.Kind != "viewing.reason_given" || a.Subject != v.ID || a.Person != r.guard.Person || a.Detail["reason"] != "two cars at the gate" || a.Detail["late"] != false {
			t.Errorf("the act says %+v", a)
		}
		if _, err := r.Give(t.Context(), r.guard, v.ID, "it was otherwise"); !errors.Is(err, owed.ErrGiven) {
			t.Errorf("twice: %v", err)
		}

		r.pass(time.Second)
		// One that does not come is a breach on record, once, and stands until it is given.
		late, err := open(r.guard, time.Hour, "")
		if err != nil {
			t.Fatal(err)
		}
		r.pass(8*time.Hour + time.Second)
		for range 2 {
			if n, err := r.Reasons.Look(t.Context()); n != 1 || err != nil {
				t.Errorf("%d are missing, %v", n, err)
			}
		}
		r.pass(time.Second)
		missed := 0
		for _, a := range r.acts() {
			if a.Kind == "viewing.reason_missing" && a.Subject == late.ID && a.Detail["person"] == r.guard.Person {
				missed++
			}
		}
		if missed != 1 {
			t.Errorf("%d acts tell that it is missing", missed)
		}
		after, err = r.Give(t.Context(), r.guard, late.ID, "two cars at the gate")
		if err != nil || after.Owed.MissedAt == 0 {
			t.Errorf("late: %+v, %v", after.Owed, err)
		}
		if a := r.acts()[0]; a.Detail["late"] != true {
			t.Errorf("the act says %+v", a)
		}
		if n, err := r.Reasons.Look(t.Context()); n != 0 || err != nil {
			t.Errorf("afterwards %d are missing, %v", n, err)
		}
		if n := r.differs(); n != 0 {
			t.Errorf("%d rows differ, and nobody touched anything", n)
		}
		// Neither goes away nor changes.
		for _, sql := range []string{"DELETE FROM viewing_reasons", "UPDATE viewing_reasons SET reason = 'other'", "UPDATE viewing_reasons SET due_at = due_at + 1"} {
			if err := r.execute(sql); err == nil {
				t.Errorf("%s was let through", sql)
			}
		}
	})
}

// TestAReasonThatNobodyOwed: a row without an act, and one that tells otherwise, are named.
func TestAReasonThatNobodyOwed(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		hurry := r.hurried()
		if _, err := r.Open(t.Context(), r.guard, []string{r.gate}, r.ago(time.Hour), r.ago(0), hurry, ""); err != nil {
			t.Fatal(err)
		}
		plain := r.open(r.hall)
		err := r.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := owed.Owe(ctx, tx, plain.ID, r.guard.Person, 7); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "UPDATE viewing_reasons SET reason = 'two cars', given_at = 9")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := r.differs(); n != 2 {
			t.Errorf("%d rows differ, want both", n)
		}
	})
}

// TestTheWatchEndsFirst: where somebody tells when the watch ends, the words are due then.
func TestTheWatchEndsFirst(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		hurry := r.hurried()
		end := r.now.Add(90 * time.Minute).UnixMicro()
		r.Reasons.Shift = func(context.Context, string) (int64, error) { return end, nil }
		v, err := r.Open(t.Context(), r.guard, []string{r.gate}, r.ago(time.Hour), r.ago(0), hurry, "")
		if err != nil || v.Owed == nil || v.Owed.DueAt != end {
			t.Errorf("%+v, %v", v.Owed, err)
		}
	})
}
