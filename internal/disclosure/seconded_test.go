package disclosure_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/purpose"
	asks "watchroom/internal/disclosure/second"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// paired is a room in which a duty lead can be asked, and where somebody sits at a console.
func paired(t *testing.T, r *room) (lead access.Actor) {
	t.Helper()
	r.Seconds = &asks.Asks{DB: r.DB, Clock: r.clock, Bus: r.Bus}
	r.guard.Session = "console-1"
	lead = people.Add(t, r.DB, "lead", access.DutyLead)
	lead.Session = "console-2"
	return lead
}

// at is the actor at the guard's console.
func (r *room) at(a access.Actor) access.Actor {
	a.Session = r.guard.Session
	return a
}

// TestTwoLook opens a viewing that a grade, a rule or a purpose gives to two only.
func TestTwoLook(t *testing.T) {
	clause.Covers(t, "C104", "C111", "C112")
	each(t, func(t *testing.T, r *room) {
		lead := paired(t, r)
		register := &purpose.Register{DB: r.DB, Clock: r.clock}
		yes := true
		if _, err := register.Add(t.Context(), people.Add(t, r.DB, "chief", access.Supervisor), purpose.New{Code: "payroll", Change: purpose.Change{
			Name: &purpose.Words{EN: "Payroll"}, Basis: &purpose.Words{EN: "rule 1"}, NeedsSecond: &yes}}); err != nil {
			t.Fatal(err)
		}
		graded := map[string]access.Grade{r.gate: 4}
		for name, c := range map[string]struct {
			actor   access.Actor
			purpose disclosure.Purpose
			age     time.Duration
			set     map[string]string
		}{
			"a grade":              {r.under(nil, graded), disclosure.Incident, 2 * time.Hour, map[string]string{"viewing.second_grade": `"grade_3"`}},
			"a grade, duty review": {r.under(nil, graded), "", 30 * time.Minute, map[string]string{"viewing.second_grade": `"grade_4"`}},
			"a rule":               {r.under([]access.Rule{playback(0, false, true)}, nil), disclosure.Incident, 2 * time.Hour, nil},
			"a purpose":            {r.guard, "payroll", 2 * time.Hour, nil},
		} {
			r.set(c.set)
			actor := r.at(c.actor)
			o := disclosure.Opening{Cameras: []string{r.gate}, From: r.ago(c.age), To: r.ago(c.age) + second, Purpose: c.purpose, Reason: "a box is missing"}
			if _, err := r.Begin(t.Context(), actor, o); !errors.Is(err, disclosure.ErrSecond) {
				t.Errorf("%s: alone: %v", name, err)
			}
			a, err := r.AskToOpen(t.Context(), actor, o)
			if err != nil {
				t.Fatalf("%s: asking: %v", name, err)
			}
			o.Second = a.ID
			if _, err := r.Begin(t.Context(), actor, o); !errors.Is(err, asks.ErrNone) {
				t.Errorf("%s: before anybody agreed: %v", name, err)
			}
			if _, err := r.Seconds.AgreeApart(t.Context(), lead, a.ID); err != nil {
				t.Fatalf("%s: agreeing: %v", name, err)
			}
			r.pass(time.Minute) // the age counts from when it was asked
			wider := o
			wider.To += second
			if _, err := r.Begin(t.Context(), actor, wider); !errors.Is(err, asks.ErrOther) {
				t.Errorf("%s: wider than agreed: %v", name, err)
			}
			v, err := r.Begin(t.Context(), actor, o)
			if err != nil || v.Second == nil || v.Second.Person != lead.Person || v.Second.Position != access.DutyLead {
				t.Fatalf("%s: %+v, %v", name, v.Second, err)
			}
			if got, err := r.Get(t.Context(), actor, v.ID); err != nil || !cmp.Equal(got, v) {
				t.Errorf("%s: read again: %+v, %v", name, got, err)
			}
			opened := slices.IndexFunc(r.acts(), func(a ledger.Act) bool { return a.Kind == "viewing.opened" && a.Subject == v.ID })
			if with, _ := r.acts()[max(opened, 0)].Detail["second"].(map[string]any); opened < 0 || with["person"] != lead.Person || with["position"] != "duty_lead" {
				t.Errorf("%s: the acts are %v", name, r.acts())
			}
			if err := r.Check(t.Context(), v.ID, actor, r.gate, o.From, o.To); err != nil {
				t.Errorf("%s: looking: %v", name, err)
			}
			r.pass(2 * time.Second) // beyond what is remembered
			if err := r.Check(t.Context(), v.ID, actor, r.gate, o.From, o.To); err != nil {
				t.Errorf("%s: looking later: %v", name, err)
			}
			elsewhere, program := actor, actor
			elsewhere.Session, program.Session, program.Token = "phone", "", "program"
			for what, other := range map[string]access.Actor{"at another client": elsewhere, "by a program": program} {
				if err := r.Check(t.Context(), v.ID, other, r.gate, o.From, o.To); !errors.Is(err, disclosure.ErrElsewhere) {
					t.Errorf("%s: looking %s: %v", name, what, err)
				}
			}
			if _, err := r.Begin(t.Context(), actor, o); !errors.Is(err, asks.ErrNone) {
				t.Errorf("%s: twice: %v", name, err)
			}
			if _, err := r.Close(t.Context(), actor, v.ID); err != nil {
				t.Fatal(err)
			}
			if err := r.Check(t.Context(), v.ID, actor, r.gate, o.From, o.To); !errors.Is(err, disclosure.ErrExpired) {
				t.Errorf("%s: after its end: %v", name, err)
			}
		}
		r.set(nil)
	})
}

// TestASecondIsDemandedMeanwhile: what was opened alone ends when a rule demands two.
func TestASecondIsDemandedMeanwhile(t *testing.T) {
	clause.Covers(t, "C111")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	paired(t, r)
	v := r.open(r.gate)
	r.set(map[string]string{"viewing.second_grade": `"grade_1"`})
	if err := r.check(v.ID, r.guard, r.gate, 0, 1); !errors.Is(err, disclosure.ErrSecond) {
		t.Errorf("looking on: %v", err)
	}
	if _, err := r.Again(r.guard, r.gate, r.ago(0)); !errors.Is(err, disclosure.ErrSecond) {
		t.Errorf("a picture of one's own: %v", err)
	}
}

// TestAskingIsForWhatLacksASecondOnly: what nobody else is needed for, and what would be
// refused anyway, is not asked for.
func TestAskingIsForWhatLacksASecondOnly(t *testing.T) {
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	paired(t, r)
	two := r.at(r.under([]access.Rule{playback(time.Hour, false, true)}, nil))
	o := disclosure.Opening{Cameras: []string{r.gate}, From: r.ago(time.Minute), To: r.ago(0), Purpose: disclosure.Incident, Reason: "a box is missing"}
	old, wordless := o, o
	old.From = r.ago(2 * time.Hour)
	wordless.Reason = ""
	for name, c := range map[string]struct {
		actor access.Actor
		o     disclosure.Opening
		want  error
	}{
		"nobody is needed":  {r.guard, o, disclosure.ErrAlone},
		"too old":           {two, old, disclosure.ErrTooOld},
		"without a reason":  {two, wordless, text.ErrRequired},
		"without the right": {r.at(access.ActorOf(r.guard.Person, access.Auditor)), o, access.ErrRightMissing},
		"as it should be":   {two, o, nil},
	} {
		if _, err := r.AskToOpen(t.Context(), c.actor, c.o); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	r.Seconds = nil
	if _, err := r.AskToOpen(t.Context(), two, o); !errors.Is(err, disclosure.ErrSecond) {
		t.Errorf("where nobody keeps asks: %v", err)
	}
	o.Second = "x"
	if _, err := r.Begin(t.Context(), two, o); !errors.Is(err, asks.ErrUnknown) {
		t.Errorf("with an ask that nobody keeps: %v", err)
	}
}

// TestTwoKeepAPicture: keeping a picture has terms of its own.
func TestTwoKeepAPicture(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	each(t, func(t *testing.T, r *room) {
		lead := paired(t, r)
		v := r.open(r.gate)
		two := r.at(r.under([]access.Rule{{ID: "r", Position: access.Operator, Actions: []access.Action{access.SnapshotTake}, Second: true}}, nil))
		use := func(ask string, p disclosure.Picture, id string) error {
			return r.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := r.Kept(ctx, tx, two, ask, p, id)
				return err
			})
		}
		for name, p := range map[string]disclosure.Picture{
			"of the past": {Camera: r.gate, At: begin, Viewing: v.ID, Note: " the man with the box "},
			"of now":      {Camera: r.gate},
		} {
			at := max(p.At, r.ago(0)*(1-min(p.At, 1)))
			if err := r.Keeps(two, r.gate, at, false); !errors.Is(err, disclosure.ErrSecond) {
				t.Errorf("%s: alone: %v", name, err)
			}
			a, err := r.AskToKeep(t.Context(), two, p)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := r.Seconds.AgreeApart(t.Context(), lead, a.ID); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			other := p
			other.At += second
			if err := use(a.ID, other, "p1"); !errors.Is(err, asks.ErrOther) {
				t.Errorf("%s: another instant: %v", name, err)
			}
			if err := r.Keeps(two, r.gate, at, true); err != nil {
				t.Errorf("%s: with a second person: %v", name, err)
			}
			if err := use(a.ID, p, "picture "+name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := use(a.ID, p, "again "+name); !errors.Is(err, asks.ErrNone) {
				t.Errorf("%s: twice: %v", name, err)
			}
		}
		for name, c := range map[string]struct {
			p    disclosure.Picture
			want error
		}{
			"outside the viewing":   {disclosure.Picture{Camera: r.hall, At: begin, Viewing: v.ID}, disclosure.ErrOutside},
			"the past, without one": {disclosure.Picture{Camera: r.gate, At: begin}, disclosure.ErrRequired},
		} {
			if _, err := r.AskToKeep(t.Context(), two, c.p); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := r.AskToKeep(t.Context(), r.guard, disclosure.Picture{Camera: r.gate}); !errors.Is(err, disclosure.ErrAlone) {
			t.Errorf("nobody is needed: %v", err)
		}
		r.set(map[string]string{"viewing.second_grade": `"grade_1"`})
		if err := r.Keeps(r.guard, r.gate, begin, false); !errors.Is(err, disclosure.ErrSecond) {
			t.Errorf("by the grade: %v", err)
		}
		r.set(nil)
	})
}

// TestAPurposeAsksAgainForThePicture: where the purpose of a viewing demands two, a picture is
// kept by two as well, whoever agreed to the viewing; also where the register began to demand it
// meanwhile.
func TestAPurposeAsksAgainForThePicture(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	each(t, func(t *testing.T, r *room) {
		lead := paired(t, r)
		v := r.open(r.gate)
		p := disclosure.Picture{Camera: r.gate, At: begin, Viewing: v.ID}
		if _, err := r.AskToKeep(t.Context(), r.guard, p); !errors.Is(err, disclosure.ErrAlone) {
			t.Errorf("before it is demanded: %v", err)
		}
		yes := true
		register := &purpose.Register{DB: r.DB, Clock: r.clock}
		if _, err := register.Change(t.Context(), people.Add(t, r.DB, "chief", access.Supervisor), string(v.Purpose), purpose.Change{NeedsSecond: &yes}); err != nil {
			t.Fatal(err)
		}
		a, err := r.AskToKeep(t.Context(), r.guard, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seconds.AgreeApart(t.Context(), lead, a.ID); err != nil {
			t.Fatal(err)
		}
		if err := r.KeepsUnder(t.Context(), r.guard, v.ID, r.gate, begin, false); !errors.Is(err, disclosure.ErrSecond) {
			t.Errorf("alone: %v", err)
		}
		if err := r.KeepsUnder(t.Context(), r.guard, v.ID, r.gate, begin, true); err != nil {
			t.Errorf("with a second person: %v", err)
		}
	})
}

// TestTwoWatch: live pictures are for two where the terms of the right say so.
func TestTwoWatch(t *testing.T) {
	clause.Covers(t, "C112")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	lead := paired(t, r)
	two := r.at(r.under([]access.Rule{{ID: "r", Position: access.Operator, Actions: []access.Action{access.LiveView}, Second: true}}, nil))
	if p, err := r.Watch(t.Context(), r.guard, r.gate, "", "act"); p != nil || err != nil {
		t.Errorf("where nobody is needed: %+v, %v", p, err)
	}
	if _, err := r.Watch(t.Context(), two, r.gate, "", "act"); !errors.Is(err, disclosure.ErrSecond) {
		t.Errorf("alone: %v", err)
	}
	a, err := r.AskToWatch(t.Context(), two, r.gate)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Watch(t.Context(), two, r.gate, a.ID, "act"); !errors.Is(err, asks.ErrNone) {
		t.Errorf("before anybody agreed: %v", err)
	}
	if _, err := r.Seconds.AgreeApart(t.Context(), lead, a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Watch(t.Context(), two, r.hall, a.ID, "act"); !errors.Is(err, asks.ErrOther) {
		t.Errorf("another camera: %v", err)
	}
	if p, err := r.Watch(t.Context(), two, r.gate, a.ID, "act"); err != nil || p.Person != lead.Person {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := r.AskToWatch(t.Context(), r.guard, r.gate); !errors.Is(err, disclosure.ErrAlone) {
		t.Errorf("asking where nobody is needed: %v", err)
	}
}
