package appointment_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/exchange"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/roll"
	"watchroom/internal/access/staff"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/sheet"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// office is a house with accounts, and those who decide on positions.
type office struct {
	*account.Control
	t     *testing.T
	two   *appointment.Appointments
	admin access.Actor
	told  []string
	made  map[string]secret.Text // passwords that an administrator made, by user name
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
		clock := func() time.Time { now = now.Add(time.Millisecond); return now }
		o := &office{t: t, made: map[string]secret.Text{}, Control: &account.Control{DB: d, Bus: &event.Bus{}, Clock: clock}}
		if err := o.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.Areas = func(context.Context, []string) (bool, error) { return true, nil }
		o.two = &appointment.Appointments{DB: d, Clock: clock, Areas: o.Areas, Told: func(people []string, _, _ string) { o.told = append(o.told, people...) }}
		o.admin = o.local("admin", access.Administrator)
		fn(t, o)
	})
}

const good = "correct horse 7"

// local makes somebody on the machine itself.
func (o *office) local(name string, p access.Position) access.Actor {
	o.t.Helper()
	made, _, err := o.CreatePerson(o.t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(p), Password: good})
	if err != nil {
		o.t.Fatal(err)
	}
	return access.ActorOf(made.ID, p)
}

// ask makes somebody as the administrator does.
func (o *office) ask(name string, p access.Position) account.Person {
	o.t.Helper()
	made, initial, err := o.CreatePerson(o.t.Context(), o.admin, account.NewPerson{Username: name, Holdings: o.of(p), Reason: "new on the night shift"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.made[name] = initial
	return made
}

// claim has somebody choose a password of their own in place of the one that was made.
func (o *office) claim(name string) {
	o.t.Helper()
	in, err := o.SignIn(o.t.Context(), name, o.made[name], access.Origin{Address: "192.0.2.7"})
	if err == nil {
		err = o.ChangePassword(o.t.Context(), in.Identity.Actor, o.made[name], "a horse of my own 9")
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// of is a position as widely as it is held.
func (o *office) of(p access.Position) []access.Holding {
	held := access.Everywhere(p)
	if p.Boxed() {
		held[0].Areas, held[0].Until = []string{"yard"}, 1e18
	}
	return held
}

// open gives the only proposal that waits.
func (o *office) open() appointment.Waiting {
	o.t.Helper()
	all, err := o.two.List(o.t.Context(), proposal.Proposed)
	if err != nil || len(all) != 1 {
		o.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

func (o *office) held(id string) []access.Position {
	o.t.Helper()
	p, err := o.Person(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return p.Positions()
}

func (o *office) holds(id string, want ...access.Position) {
	o.t.Helper()
	if got := o.held(id); !slices.Equal(got, want) {
		o.t.Errorf("holds %v, want %v", got, want)
	}
}

func (o *office) act(kind string) ledger.Act {
	o.t.Helper()
	acts, _, err := ledger.List(o.t.Context(), o.DB.Read(), ledger.Filter{Kind: kind, Limit: 1})
	if err != nil || len(acts) == 0 {
		o.t.Fatalf("no act %s: %v", kind, err)
	}
	return acts[0]
}

// TestNobodyMakesAWatcherAlone: what an administrator gives waits for somebody who may confirm
// it, who neither proposed it nor receives it.
func TestNobodyMakesAWatcherAlone(t *testing.T) {
	clause.Covers(t, "C112", "C023")
	each(t, func(t *testing.T, o *office) {
		chief, guard := o.local("chief", access.Supervisor), o.local("guard", access.Operator)
		for _, p := range access.Positions() {
			if p == access.Administrator {
				continue
			}
			made := o.ask("new_"+string(p), p)
			if o.holds(made.ID); len(made.Holdings) != 0 {
				t.Errorf("%s: the answer says %+v", p, made)
			}
			w := o.open()
			if w.Subject != made.ID || w.ProposedBy != o.admin.Person || w.Reason != "new on the night shift" || !holding.Same(w.After, o.of(p)) {
				t.Errorf("%+v", w)
			}
			if err := o.two.Decide(t.Context(), chief, w.ID, true, "I know them"); !errors.Is(err, appointment.ErrUnclaimed) {
				t.Errorf("%s: confirmed while who made the password can come in: %v", p, err)
			}
			o.holds(made.ID)
			o.claim("new_" + string(p))
			if err := o.two.Decide(t.Context(), chief, w.ID, true, "I know them"); err != nil {
				t.Fatal(err)
			}
			o.holds(made.ID, p)
		}
		made := o.ask("deputy", access.Supervisor)
		w := o.open()
		for name, err := range map[string]error{
			"the proposer confirms":    o.two.Decide(t.Context(), access.ActorOf(o.admin.Person, access.Supervisor), w.ID, true, ""),
			"the receiver confirms":    o.two.Decide(t.Context(), access.ActorOf(made.ID, access.Supervisor), w.ID, true, ""),
			"the receiver refuses":     o.two.Decide(t.Context(), access.ActorOf(made.ID, access.Supervisor), w.ID, false, "not now"),
			"a guard confirms":         o.two.Decide(t.Context(), guard, w.ID, true, ""),
			"an administrator":         o.two.Decide(t.Context(), o.admin, w.ID, true, ""),
			"the machine":              o.two.Decide(t.Context(), access.CommandLine(), w.ID, true, ""),
			"somebody in no account":   o.two.Decide(t.Context(), access.ActorOf("", access.Leader), w.ID, true, ""),
			"another takes it back":    o.two.Withdraw(t.Context(), access.ActorOf(guard.Person, access.Administrator), w.ID, ""),
			"a supervisor takes it":    o.two.Withdraw(t.Context(), chief, w.ID, ""),
			"without a word of reason": o.two.Decide(t.Context(), chief, w.ID, false, ""),
		} {
			if kind := problem.Of(err).Kind; kind != problem.Forbidden && kind != problem.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		o.holds(made.ID)
		if _, err := o.ChangePerson(t.Context(), o.admin, made.ID, account.PersonChange{Holdings: to(access.Everywhere(access.Operator))}); !errors.Is(err, appointment.ErrWaits) {
			t.Errorf("two at once: %v", err)
		}
		o.claim("deputy")
		o.told = nil
		if err := o.two.Decide(t.Context(), chief, w.ID, true, "my deputy"); err != nil {
			t.Fatal(err)
		}
		if o.holds(made.ID, access.Supervisor); !slices.Equal(o.told, []string{made.ID}) {
			t.Errorf("told %v", o.told)
		}
		a := o.act(appointment.KindChanged)
		if a.Person != chief.Person || a.Subject != made.ID || a.Detail["proposedBy"] != o.admin.Person || a.Detail["proposal"] != w.ID || a.Detail["note"] != "my deputy" {
			t.Errorf("%+v", a)
		}
		if err := o.two.Decide(t.Context(), chief, w.ID, false, "too late"); !errors.Is(err, proposal.ErrDecided) {
			t.Errorf("decided twice: %v", err)
		}
		if alone, err := holding.Alone(t.Context(), o.DB.Read()); err != nil || alone[made.ID] != nil || alone[chief.Person] == nil {
			t.Errorf("alone: %v, %v", alone, err)
		}
		if found, err := roll.Differ(t.Context(), o.DB.Read()); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

func to[T any](v T) *T { return &v }

// TestTheSetUpEndsOnce: before anybody can confirm one person gives alone, on record and marked;
// from the first who could on nobody does, whoever takes that position away again.
func TestTheSetUpEndsOnce(t *testing.T) {
	clause.Covers(t, "C112")
	each(t, func(t *testing.T, o *office) {
		guard, chief := o.ask("guard", access.Operator), o.ask("chief", access.Supervisor)
		o.holds(guard.ID, access.Operator)
		o.holds(chief.ID, access.Supervisor)
		if a := o.act("person.created"); a.Detail["alone"] != true || a.Person != o.admin.Person {
			t.Errorf("%+v", a)
		}
		if alone, err := holding.Alone(t.Context(), o.DB.Read()); err != nil || len(alone) != 2 || alone[o.admin.Person] != nil {
			t.Errorf("alone: %v, %v", alone, err)
		}
		for _, change := range []account.PersonChange{{Holdings: &[]access.Holding{}}, {Disabled: to(true)}} {
			if _, err := o.ChangePerson(t.Context(), o.admin, chief.ID, change); err != nil {
				t.Fatal(err)
			}
		}
		puppet := o.ask("puppet", access.Supervisor)
		o.holds(puppet.ID)
		// Whoever has the machine in hand is the way out, on record as such.
		boss := o.local("boss", access.Leader)
		if a := o.act("person.created"); a.Detail["alone"] != true || a.Person != "" || a.Detail["by"] != "command_line" {
			t.Errorf("%+v", a)
		}
		if err := o.two.Decide(t.Context(), boss, o.open().ID, false, "who is that?"); err != nil {
			t.Fatal(err)
		}
		o.holds(puppet.ID)
		err := o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM positions_confirmed")
			return err
		})
		if !db.IsRefused(err) {
			t.Errorf("the set-up begins again: %v", err)
		}
	})
}

// TestLessHoldsAtOnce: what only takes away takes one person, and what gives waits as a whole.
func TestLessHoldsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.local("boss", access.Leader)
		guard := o.local("guard", access.Operator)
		now := o.Clock.Micro()
		for _, step := range []struct {
			name string
			held []access.Holding
			want []access.Holding // nil: it waits
		}{
			{"for a time", []access.Holding{{Position: access.Operator, Until: now + 1e12}}, []access.Holding{{Position: access.Operator, Until: now + 1e12}}},
			{"for a shorter one", []access.Holding{{Position: access.Operator, From: now, Until: now + 1e11}}, []access.Holding{{Position: access.Operator, From: now, Until: now + 1e11}}},
			{"for a longer one", []access.Holding{{Position: access.Operator, From: now, Until: now + 2e11}}, nil},
			{"for good", access.Everywhere(access.Operator), nil},
			{"from earlier", []access.Holding{{Position: access.Operator, Until: now + 1e11}}, nil},
			{"another", access.Everywhere(access.Auditor), nil},
			{"one more", []access.Holding{{Position: access.Operator, From: now, Until: now + 1e11}, {Position: access.Auditor}}, nil},
			{"to run the system", access.Everywhere(access.Administrator), access.Everywhere(access.Administrator)},
		} {
			before, err := o.Person(t.Context(), guard.Person)
			if err != nil {
				t.Fatal(err)
			}
			got, err := o.ChangePerson(t.Context(), o.admin, guard.Person, account.PersonChange{Holdings: &step.held})
			if err != nil {
				t.Fatal(step.name, err)
			}
			want := step.want
			if want == nil {
				want = before.Holdings
				w := o.open()
				if err := o.two.Withdraw(t.Context(), o.admin, w.ID, ""); err != nil {
					t.Fatal(step.name, err)
				}
			}
			if !holding.Same(got.Holdings, want) {
				t.Errorf("%s: holds %+v, want %+v", step.name, got.Holdings, want)
			}
		}
	})
}

// TestWhatWaitsIsWhatWasSeen: what changed meanwhile is not confirmed, nor is a closed account.
func TestWhatWaitsIsWhatWasSeen(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		boss, guard := o.local("boss", access.Leader), o.local("guard", access.Operator)
		change := func(c account.PersonChange) {
			t.Helper()
			if _, err := o.ChangePerson(t.Context(), o.admin, guard.Person, c); err != nil {
				t.Fatal(err)
			}
		}
		change(account.PersonChange{Holdings: to(access.Everywhere(access.DutyLead))})
		change(account.PersonChange{Disabled: to(true)})
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, ""); !errors.Is(err, appointment.ErrClosed) {
			t.Errorf("a closed account: %v", err)
		}
		change(account.PersonChange{Holdings: &[]access.Holding{}})
		if w := o.open(); !w.Overtaken {
			t.Error("not overtaken")
		}
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
			t.Errorf("overtaken: %v", err)
		}
		o.holds(guard.Person)
	})
}

// TestAnAccountThatOpensAgain: who shut an account does not open it again alone with all that
// it held, nor gives it a new term.
func TestAnAccountThatOpensAgain(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		boss, guard := o.local("boss", access.Leader), o.local("guard", access.Operator)
		for _, disabled := range []bool{true, false} {
			if _, err := o.ChangePerson(t.Context(), o.admin, guard.Person, account.PersonChange{Disabled: &disabled}); err != nil {
				t.Fatal(err)
			}
		}
		o.holds(guard.Person)
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, "back from leave"); err != nil {
			t.Fatal(err)
		}
		o.holds(guard.Person, access.Operator)
		files := &staff.Files{DB: o.DB, Clock: o.Clock, Accounts: o.Control}
		past, later := o.Clock.Micro()-1, o.Clock.Micro()+1e12
		for _, until := range []*int64{&past, &later} {
			if _, _, err := files.Keep(t.Context(), o.admin, guard.Person, staff.Change{Term: &staff.Term{Until: until}}); err != nil {
				t.Fatal(err)
			}
		}
		o.holds(guard.Person)
		if w := o.open(); w.Subject != guard.Person || !holding.Same(w.After, access.Everywhere(access.Operator)) {
			t.Errorf("%+v", w)
		}
	})
}

// TestNoSideDoor: neither a table of people nor the groups of a directory give what two people
// give.
func TestNoSideDoor(t *testing.T) {
	clause.Covers(t, "C112")
	each(t, func(t *testing.T, o *office) {
		boss := o.local("boss", access.Leader)
		files := &staff.Files{DB: o.DB, Clock: o.Clock, Accounts: o.Control}
		out, err := (&exchange.People{Files: files}).Import(t.Context(), o.admin, []sheet.Record{{Line: 2, Values: map[string]string{"username": "tom", "displayName": "Tom", "positions": "operator"}}}, "digest", false)
		if err != nil || len(out.Faults) != 0 {
			t.Fatalf("%+v, %v", out, err)
		}
		tom, err := o.PersonNamed(t.Context(), "tom")
		if err != nil {
			t.Fatal(err)
		}
		o.holds(tom.ID)
		// Without a password nobody comes in; with the first one it all rests again.
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, "one of us"); err != nil {
			t.Fatal(err)
		}
		o.holds(tom.ID, access.Operator)
		if o.made["tom"], err = o.ResetPassword(t.Context(), o.admin, tom.ID); err != nil {
			t.Fatal(err)
		}
		o.holds(tom.ID)
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, "one of us"); !errors.Is(err, appointment.ErrUnclaimed) {
			t.Errorf("of a table, before the person has come: %v", err)
		}
		o.claim("tom")
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, "one of us"); err != nil {
			t.Fatal(err)
		}

		vouched := account.Vouched{Directory: "ad", Issuer: "ad", Subject: "1", Username: "dan", Positions: []access.Position{access.Operator}, Create: true}
		enter := func() error {
			_, err := o.Enter(t.Context(), vouched, access.Origin{Address: "192.0.2.2"})
			return err
		}
		for range 2 { // the second time nothing more is proposed
			if err := enter(); !errors.Is(err, account.ErrPositionsWait) {
				t.Errorf("through the directory: %v", err)
			}
		}
		w := o.open()
		if w.ProposedBy != "" {
			t.Errorf("%+v", w)
		}
		vouched.Positions = []access.Position{access.Supervisor}
		if err := enter(); !errors.Is(err, account.ErrPositionsWait) {
			t.Errorf("through the directory: %v", err)
		}
		if err := o.two.Decide(t.Context(), boss, w.ID, true, ""); !errors.Is(err, proposal.ErrDecided) {
			t.Errorf("what the directory does not say any more: %v", err)
		}
		if err := o.two.Decide(t.Context(), boss, o.open().ID, true, ""); err != nil {
			t.Fatal(err)
		}
		if err := enter(); err != nil {
			t.Fatal(err)
		}
		dan, err := o.PersonNamed(t.Context(), "dan")
		if err != nil {
			t.Fatal(err)
		}
		o.holds(dan.ID, access.Supervisor)
		vouched.Positions = []access.Position{access.Supervisor, access.Auditor}
		if err := enter(); err != nil { // with what was confirmed
			t.Fatal(err)
		}
		o.holds(dan.ID, access.Supervisor)
		vouched.Positions = []access.Position{access.Auditor}
		if err := enter(); !errors.Is(err, account.ErrPositionsWait) {
			t.Errorf("a group that is left takes its position at once: %v", err)
		}
		o.holds(dan.ID)
		if found, err := roll.Differ(t.Context(), o.DB.Read()); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// TestWhatIsProposedStands: the table lets nobody write who proposed, or confirm for themselves.
func TestWhatIsProposedStands(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.local("boss", access.Leader)
		made := o.ask("zoe", access.Operator)
		for _, sql := range []string{
			"UPDATE proposals SET value_after = '[]'", "UPDATE proposals SET proposed_by = NULL", "DELETE FROM proposals",
			"UPDATE proposals SET state = 'approved', decided_at = 1, decided_by = '" + made.ID + "'",
			"UPDATE proposals SET state = 'approved', decided_at = 1, decided_by = '" + o.admin.Person + "'",
			"UPDATE proposals SET state = 'approved', decided_at = 1",
		} {
			err := o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, sql); return err })
			if err == nil {
				t.Errorf("%s: done", strings.TrimSpace(sql))
			}
		}
	})
}

// TestANewPasswordGivesNobodyAWatcher: who makes a new password could come in with it; so what
// the account held waits until its owner has chosen one and another person has confirmed it.
func TestANewPasswordGivesNobodyAWatcher(t *testing.T) {
	clause.Covers(t, "C112", "C113")
	each(t, func(t *testing.T, o *office) {
		early := o.local("early", access.Operator)
		if _, err := o.ResetPassword(t.Context(), o.admin, early.Person); err != nil {
			t.Fatal(err)
		}
		o.holds(early.Person, access.Operator) // nobody could confirm it
		boss, guard, second := o.local("boss", access.Leader), o.local("guard", access.Operator), o.local("second", access.Administrator)
		reset := func(who access.Actor) secret.Text {
			t.Helper()
			made, err := o.ResetPassword(t.Context(), o.admin, who.Person)
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		reset(second)
		o.holds(second.Person, access.Administrator)
		reset(guard)
		made := reset(guard) // once more, and still one proposal
		o.holds(guard.Person)
		w := o.open()
		if w.Subject != guard.Person || w.ProposedBy != o.admin.Person || w.Step != proposal.Again || !holding.Same(w.After, access.Everywhere(access.Operator)) {
			t.Errorf("%+v", w)
		}
		if found, err := proposal.Differ(t.Context(), o.DB.Read()); err != nil || len(found) != 0 {
			t.Errorf("nobody touched anything: %+v, %v", found, err)
		}
		dbtest.Forge(t, o.DB, "UPDATE proposals SET step = '' WHERE step = 'restore'", func(ctx context.Context, tx bun.Tx) {
			if found, err := proposal.Differ(ctx, tx); err != nil || len(found) == 0 {
				t.Errorf("a step was taken away: %v", err)
			}
		})
		if err := o.two.Decide(t.Context(), boss, w.ID, true, ""); !errors.Is(err, appointment.ErrUnclaimed) {
			t.Errorf("before the owner has come: %v", err)
		}
		in, err := o.SignIn(t.Context(), "guard", made, access.Origin{Address: "192.0.2.7"})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.ChangePassword(t.Context(), in.Identity.Actor, made, "a horse of my own 9"); err != nil {
			t.Fatal(err)
		}
		o.holds(guard.Person)
		if err := o.two.Decide(t.Context(), o.admin, w.ID, true, ""); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("who made the password: %v", err)
		}
		if err := o.two.Decide(t.Context(), boss, w.ID, true, "he stood before me"); err != nil {
			t.Fatal(err)
		}
		o.holds(guard.Person, access.Operator)
		if _, err := o.ResetPassword(t.Context(), access.CommandLine(), guard.Person); err != nil {
			t.Fatal(err)
		}
		o.holds(guard.Person, access.Operator)
		if found, err := roll.Differ(t.Context(), o.DB.Read()); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// TestAnIdentityGivesNobodyAWatcher: who says whose account an identity of a directory is could
// name one of their own; so what the account held waits until another person has confirmed it,
// in the areas in which it was held, and the directory alone gives nothing meanwhile.
func TestAnIdentityGivesNobodyAWatcher(t *testing.T) {
	clause.Covers(t, "C112", "C023")
	each(t, func(t *testing.T, o *office) {
		boss, lead, second := o.local("boss", access.Leader), o.local("lead", access.DutyLead), o.local("second", access.Administrator)
		held := []access.Holding{{Position: access.DutyLead, Areas: []string{"yard"}}}
		if _, err := o.ChangePerson(t.Context(), o.admin, lead.Person, account.PersonChange{Holdings: &held}); err != nil {
			t.Fatal(err)
		}
		link := func(subject string, who access.Actor, p access.Position) func() (account.SignedIn, error) {
			t.Helper()
			v := account.Vouched{Directory: "ad", Issuer: "ad", Subject: subject, Username: "x" + subject, Positions: []access.Position{p}}
			enter := func() (account.SignedIn, error) {
				return o.Enter(t.Context(), v, access.Origin{Address: "192.0.2.2"})
			}
			if _, err := enter(); !errors.Is(err, account.ErrNoAccount) {
				t.Fatal(err)
			}
			all, err := o.Identities(t.Context(), o.admin)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range all {
				if i.Subject == subject {
					if err := o.LinkIdentity(t.Context(), o.admin, i.ID, who.Person); err != nil {
						t.Fatal(err)
					}
				}
			}
			return enter
		}
		if link("2", second, access.Administrator); true {
			o.holds(second.Person, access.Administrator) // as one person gives it
		}
		enter := link("1", lead, access.DutyLead)
		o.holds(lead.Person)
		w := o.open()
		if w.Subject != lead.Person || w.ProposedBy != o.admin.Person || w.Step != proposal.Again || !holding.Same(w.After, held) {
			t.Errorf("%+v", w)
		}
		for range 2 {
			if _, err := enter(); !errors.Is(err, account.ErrPositionsWait) {
				t.Errorf("through the directory, before another has confirmed: %v", err)
			}
		}
		o.holds(lead.Person)
		if again := o.open(); again.ID != w.ID {
			t.Errorf("%+v", again)
		}
		if err := o.two.Decide(t.Context(), boss, w.ID, true, "it is hers"); err != nil {
			t.Fatal(err)
		}
		in, err := enter()
		if err != nil || !holding.Same(in.Identity.Person.Holdings, held) {
			t.Errorf("%+v, %v", in.Identity.Person, err)
		}
		if found, err := roll.Differ(t.Context(), o.DB.Read()); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// TestNobodyChangesWhatWasProposed: who is to hold what, who asked for it, why, and what became
// of it, in every way in which a proposal ends.
func TestNobodyChangesWhatWasProposed(t *testing.T) {
	clause.Covers(t, "C091")
	each(t, func(t *testing.T, o *office) {
		boss := o.local("boss", access.Leader)
		for _, end := range []func(w appointment.Waiting) error{
			func(w appointment.Waiting) error { return o.two.Decide(t.Context(), boss, w.ID, true, "agreed") },
			func(w appointment.Waiting) error { return o.two.Decide(t.Context(), boss, w.ID, false, "not now") },
			func(w appointment.Waiting) error { return o.two.Withdraw(t.Context(), o.admin, w.ID, "") },
		} {
			name := "n" + strings.ToLower(db.NewID())
			o.ask(name, access.Operator)
			o.claim(name)
			if err := end(o.open()); err != nil {
				t.Fatal(err)
			}
		}
		vouched := account.Vouched{Directory: "ad", Issuer: "ad", Subject: "1", Username: "dan", Positions: []access.Position{access.Operator}, Create: true}
		for _, p := range []access.Position{access.Operator, access.Auditor} { // the first is dropped
			vouched.Positions = []access.Position{p}
			if _, err := o.Enter(t.Context(), vouched, access.Origin{Address: "192.0.2.2"}); !errors.Is(err, account.ErrPositionsWait) {
				t.Fatal(err)
			}
		}
		found := held.Rows(t, proposal.Differ)
		// What the database has a word for goes to another of these.
		dbtest.Alter(t, o.DB, map[string][]string{"proposals": {"kind", "step", "state"}}, found)
		for _, forged := range []string{
			"UPDATE proposals SET kind = 'grade' WHERE state = 'proposed'", "UPDATE proposals SET kind = 'purpose' WHERE state = 'proposed'",
			"UPDATE proposals SET step = 'add' WHERE state = 'proposed'", "UPDATE proposals SET state = 'rejected' WHERE state = 'approved'",
			"UPDATE proposals SET state = 'proposed', decided_by = NULL, decided_at = NULL WHERE state = 'rejected'",
		} {
			dbtest.Forge(t, o.DB, forged, func(ctx context.Context, tx bun.Tx) {
				if len(found(ctx, tx)) == 0 {
					t.Errorf("nothing is found after %s", forged)
				}
			})
		}
	})
}
