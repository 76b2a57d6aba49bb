package purpose_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

func changing(c purpose.Change) purpose.Wish {
	return purpose.Wish{Step: purpose.Changing, Code: "incident", Change: c}
}

// TestNobodyAloneAsksLess lowers every demand of a purpose alone, which is refused, and then
// with another person, which holds at once.
func TestNobodyAloneAsksLess(t *testing.T) {
	clause.Covers(t, "C006")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
		deputy, boss := people.Add(t, d, "deputy", access.Supervisor), people.Add(t, d, "boss", access.Leader)
		strict, err := r.Change(t.Context(), chief, "incident", purpose.Change{NeedsRequest: to(true), NeedsSecond: to(true), Back: to(time.Hour)})
		if err != nil || !strict.NeedsSecond || !strict.NeedsRequest || strict.Back != time.Hour {
			t.Fatalf("asking more takes one person: %+v, %v", strict, err)
		}
		for name, c := range map[string]purpose.Change{
			"second": {NeedsSecond: to(false)}, "request": {NeedsRequest: to(false)}, "reason": {NeedsReason: to(false)}, "farther back": {Back: to(2 * time.Hour)},
			"as far as it goes": {Back: to(time.Duration(0))}, "hidden in more": {NeedsSecond: to(false), Back: to(time.Minute), Name: &purpose.Words{EN: "Incidents"}},
		} {
			if _, err := r.Change(t.Context(), chief, "incident", c); !errors.Is(err, purpose.ErrLowers) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got, err := find(t, d, "incident"); err != nil || !cmp.Equal(got, strict) {
			t.Errorf("%+v, %v", got, err)
		}
		made, err := r.Propose(t.Context(), chief, changing(purpose.Change{NeedsSecond: to(false)}), "two are too many at night")
		if err != nil || made.State != proposal.Proposed || !made.Before.NeedsSecond || made.After.NeedsSecond {
			t.Fatalf("%+v, %v", made, err)
		}
		for what, err := range map[string]error{
			"who asked approves":     second(r.Decide(t.Context(), chief, made.ID, true, "")),
			"who asked rejects":      second(r.Decide(t.Context(), chief, made.ID, false, "because")),
			"another withdraws":      second(r.Withdraw(t.Context(), deputy, made.ID, "")),
			"a guard approves":       second(r.Decide(t.Context(), people.Add(t, d, "guard", access.Operator), made.ID, true, "")),
			"who runs it approves":   second(r.Decide(t.Context(), people.Add(t, d, "root", access.Administrator), made.ID, true, "")),
			"a guard proposes":       second(r.Propose(t.Context(), people.Add(t, d, "guard2", access.Operator), changing(purpose.Change{}), "because")),
			"nobody in particular":   second(r.Decide(t.Context(), access.Actor{}, made.ID, true, "")),
			"a leader proposes":      second(r.Propose(t.Context(), boss, changing(purpose.Change{}), "because")),
			"somebody of some areas": second(r.Decide(t.Context(), ofSomeAreas(deputy), made.ID, true, "")),
		} {
			if problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := r.Propose(t.Context(), deputy, changing(purpose.Change{NeedsRequest: to(false)}), "another one"); !errors.Is(err, purpose.ErrWaits) {
			t.Errorf("two at once: %v", err)
		}
		if got, _ := find(t, d, "incident"); !got.NeedsSecond {
			t.Error("it holds before anybody agreed")
		}
		done, err := r.Decide(t.Context(), deputy, made.ID, true, "as discussed")
		if err != nil || done.State != proposal.Approved || done.DecidedBy != deputy.Person || done.Note != "as discussed" {
			t.Fatalf("%+v, %v", done, err)
		}
		strict.NeedsSecond = false
		if got, err := find(t, d, "incident"); err != nil || !cmp.Equal(got, strict) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := r.Decide(t.Context(), boss, made.ID, false, "too late"); !errors.Is(err, proposal.ErrDecided) {
			t.Errorf("twice: %v", err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "purpose.approved"})
		if err != nil || len(acts) != 1 {
			t.Fatalf("%+v, %v", acts, err)
		}
		a, of := acts[0], map[string]any{"needsSecond": map[string]any{"from": true, "to": false}}
		if a.Person != deputy.Person || a.Subject != "incident" || a.Detail["purpose"] != "incident" || a.Detail["proposedBy"] != chief.Person ||
			a.Detail["reason"] != "two are too many at night" || a.Detail["note"] != "as discussed" || !cmp.Equal(a.Detail["changes"], any(of)) {
			t.Errorf("the act: %+v", a)
		}
		all, err := r.Proposals(t.Context(), "")
		if open, _ := r.Proposals(t.Context(), proposal.Proposed); err != nil || len(all) != 1 || len(open) != 0 || !cmp.Equal(all[0], done) {
			t.Errorf("%+v, %+v, %v", all, open, err)
		}
	})
}

func ofSomeAreas(a access.Actor) access.Actor {
	return access.NewActor(a.Person, access.NewRights("house", nil, map[string]access.Place{"gate": {Areas: []string{"east"}, Grade: 1}}),
		access.Standing{Holdings: []access.Holding{{Position: access.Supervisor, Areas: []string{"east"}}}})
}

// TestNoDetourToALaxPurpose adds and restores purposes where all that are in use ask more.
func TestNoDetourToALaxPurpose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief, boss := register(d), people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "boss", access.Leader)
		if _, err := r.Retire(t.Context(), chief, "incident", "not used"); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"inspection", "maintenance", "request"} {
			if _, err := r.Change(t.Context(), chief, code, purpose.Change{NeedsSecond: to(true)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Add(t.Context(), chief, accident); !errors.Is(err, purpose.ErrLowers) {
			t.Errorf("added: %v", err)
		}
		if _, err := r.Restore(t.Context(), chief, "incident", "used again"); !errors.Is(err, purpose.ErrLowers) {
			t.Errorf("restored: %v", err)
		}
		if _, err := r.Change(t.Context(), chief, "incident", purpose.Change{NeedsReason: to(false)}); !errors.Is(err, purpose.ErrLowers) {
			t.Errorf("a retired one is lowered: %v", err)
		}
		two := accident
		two.Change.NeedsSecond = to(true)
		two.Code, two.Name = "fire", &purpose.Words{EN: "Fire"}
		if p, err := r.Add(t.Context(), chief, two); err != nil || !p.NeedsSecond {
			t.Errorf("one that asks as much: %v", err)
		}
		added, err := r.Propose(t.Context(), chief, purpose.Wish{Step: purpose.Adding, Code: accident.Code, Change: accident.Change}, "cars drive here now")
		if err != nil || added.Before != nil {
			t.Fatalf("%+v, %v", added, err)
		}
		back, err := r.Propose(t.Context(), chief, purpose.Wish{Step: purpose.Restoring, Code: "incident"}, "it is used again")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []purpose.Proposal{added, back} {
			if _, err := find(t, d, p.After.Code); err == nil {
				t.Errorf("%s is in use before anybody agreed", p.After.Code)
			}
			if _, err := r.Decide(t.Context(), boss, p.ID, true, ""); err != nil {
				t.Error(err)
			}
			if got, err := find(t, d, p.After.Code); err != nil || got.NeedsSecond || !got.NeedsReason || (got.CreatedAt == 0) != (p.Step == purpose.Restoring) {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}

// TestAProposalThatIsOvertakenOrTakenBack changes what it is about, rejects and withdraws.
func TestAProposalThatIsOvertakenOrTakenBack(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r, chief, boss := register(d), people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "boss", access.Leader)
	less := changing(purpose.Change{NeedsReason: to(false)})
	propose := func() purpose.Proposal {
		t.Helper()
		p, err := r.Propose(t.Context(), chief, less, "too much writing")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := propose()
	if _, err := r.Change(t.Context(), chief, "incident", purpose.Change{NeedsSecond: to(true)}); err != nil {
		t.Fatal(err)
	}
	if open, err := r.Proposals(t.Context(), proposal.Proposed); err != nil || len(open) != 1 || !open[0].Overtaken {
		t.Errorf("%+v, %v", open, err)
	}
	if _, err := r.Decide(t.Context(), boss, first.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
		t.Errorf("overtaken: %v", err)
	}
	if p, err := r.Withdraw(t.Context(), chief, first.ID, ""); err != nil || p.State != proposal.Withdrawn {
		t.Errorf("%+v, %v", p, err)
	}
	again := propose()
	if _, err := r.Decide(t.Context(), boss, again.ID, false, ""); !errors.Is(err, text.ErrRequired) {
		t.Errorf("rejected without a word: %v", err)
	}
	if p, err := r.Decide(t.Context(), boss, again.ID, false, "write it down"); err != nil || p.State != proposal.Rejected {
		t.Errorf("%+v, %v", p, err)
	}
	if got, _ := find(t, d, "incident"); !got.NeedsReason || !got.NeedsSecond {
		t.Errorf("%+v", got)
	}
	if got, want := kinds(t, d), []string{"purpose.rejected", "purpose.proposed", "purpose.withdrawn", "purpose.changed", "purpose.proposed"}; !cmp.Equal(got, want) {
		t.Errorf("acts = %v", got)
	}
	for name, c := range map[string]struct {
		w      purpose.Wish
		reason string
		want   error
	}{
		"nothing":              {changing(purpose.Change{}), "because", purpose.ErrUnchanged},
		"no reason":            {less, " ", text.ErrRequired},
		"a short one":          {less, "x", text.ErrTooShort},
		"unknown":              {purpose.Wish{Step: purpose.Changing, Code: "none"}, "because", purpose.ErrUnknown},
		"there already":        {purpose.Wish{Step: purpose.Adding, Code: "incident", Change: accident.Change}, "because", purpose.ErrTaken},
		"in use":               {purpose.Wish{Step: purpose.Restoring, Code: "incident"}, "because", purpose.ErrUnchanged},
		"without a basis":      {purpose.Wish{Step: purpose.Adding, Code: "x1", Change: purpose.Change{Name: accident.Name}}, "because", purpose.ErrBaseless},
		"named like another":   {changing(purpose.Change{Name: &purpose.Words{EN: "INSPECTION"}}), "because", purpose.ErrTaken},
		"of the program's own": {purpose.Wish{Step: purpose.Changing, Code: purpose.DutyReview, Change: purpose.Change{Back: to(time.Hour)}}, "because", purpose.ErrBySystem},
	} {
		if _, err := r.Propose(t.Context(), chief, c.w, c.reason); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := r.Decide(t.Context(), boss, "none", true, ""); !errors.Is(err, proposal.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
}

// TestAProposalStaysAsItWasMade tries the table by hand.
func TestAProposalStaysAsItWasMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
		p, err := r.Propose(t.Context(), chief, changing(purpose.Change{NeedsReason: to(false)}), "too much writing")
		if err != nil {
			t.Fatal(err)
		}
		execute := func(sql string) error {
			return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
		}
		for _, sql := range []string{"DELETE FROM proposals", "UPDATE proposals SET value_after = '{}'", "UPDATE proposals SET proposed_by = 'x'"} {
			if err := execute(sql); !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if err := execute("UPDATE proposals SET state = 'approved', decided_at = 1, decided_by = '" + chief.Person + "'"); err == nil {
			t.Error("who proposed decided")
		}
		if _, err := r.Withdraw(t.Context(), chief, p.ID, ""); err != nil {
			t.Fatal(err)
		}
		if err := execute("UPDATE proposals SET note = 'x'"); !db.IsRefused(err) {
			t.Errorf("decided twice: %v", err)
		}
	})
}

// TestWhatOneMayDoAloneLetsNothingMoreBeSeen compares what is asked before and after changes
// that one person made.
func TestWhatOneMayDoAloneLetsNothingMoreBeSeen(t *testing.T) {
	terms := rapid.Custom(func(t *rapid.T) purpose.Purpose {
		return purpose.Purpose{NeedsReason: rapid.Bool().Draw(t, "reason"), NeedsRequest: rapid.Bool().Draw(t, "request"), NeedsSecond: rapid.Bool().Draw(t, "second"),
			Back: time.Duration(rapid.IntRange(0, 3).Draw(t, "back")) * time.Hour}
	})
	// sees tells whether footage of that age is seen by somebody who brings that much.
	sees := func(p purpose.Purpose, reason, request, second bool, age time.Duration) bool {
		return (reason || !p.NeedsReason) && (request || !p.NeedsRequest) && (second || !p.NeedsSecond) && (p.Back == 0 || age <= p.Back)
	}
	rapid.Check(t, func(rt *rapid.T) {
		was, is := terms.Draw(rt, "was"), terms.Draw(rt, "is")
		more := ""
		for bits := range 8 {
			for age := time.Hour; age <= 4*time.Hour; age += time.Hour {
				reason, request, second := bits&1 > 0, bits&2 > 0, bits&4 > 0
				if sees(is, reason, request, second, age) && !sees(was, reason, request, second, age) {
					more = strings.TrimSpace(age.String())
				}
			}
		}
		if is.Atop(was) != (more == "") {
			rt.Fatalf("%+v after %+v: %v, more is seen: %q", is, was, is.Atop(was), more)
		}
	})
}
