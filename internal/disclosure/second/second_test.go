package second_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
)

// desk is a guard who asks, and others who may or may not answer.
type desk struct {
	*second.Asks
	t          testing.TB
	now        time.Time
	guard      access.Actor // an operator
	lead, boss access.Actor // a duty lead, a supervisor
	both       access.Actor // an operator and duty lead
	gate, hall string
}

func newDesk(t testing.TB, d *db.DB) *desk {
	x := &desk{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	x.Asks = &second.Asks{DB: d, Bus: &event.Bus{}, Clock: func() time.Time { return x.now }}
	at := func(name string, positions ...access.Position) access.Actor {
		a := people.Add(t, d, name, positions...)
		a.Session = "session-of-" + name
		return a
	}
	x.guard, x.lead, x.boss = at("guard", access.Operator), at("lead", access.DutyLead), at("boss", access.Supervisor)
	x.both = at("both", access.Operator, access.DutyLead)
	x.gate, x.hall = people.Camera(t, d, "gate"), people.Camera(t, d, "hall")
	return x
}

func each(t *testing.T, fn func(t *testing.T, x *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(t, newDesk(t, d))
		held.Honest(t, d, second.Differ)
	})
}

// TestNobodyForgesASecondPerson: who asked for what where, who agreed or refused, until when it
// holds, and what it was used for.
func TestNobodyForgesASecondPerson(t *testing.T) {
	clause.Covers(t, "C091")
	each(t, func(t *testing.T, x *desk) {
		used, refused, back := x.put(x.guard, x.wish()), x.put(x.guard, x.wish()), x.put(x.guard, x.wish())
		x.now = x.now.Add(time.Second)
		_, err := x.AgreeApart(t.Context(), x.lead, used.ID)
		if err == nil {
			_, err = x.Refuse(t.Context(), x.lead, refused.ID, "not today")
		}
		if err == nil {
			_, err = x.Withdraw(t.Context(), x.guard, back.ID)
		}
		x.now = x.now.Add(time.Second)
		if err == nil {
			err = x.use(x.guard, used.ID, x.wish(), "v1")
		}
		if err == nil {
			_, err = x.AgreeApart(t.Context(), x.boss, x.put(x.guard, second.Wish{Kind: second.Live, Cameras: []string{x.gate}}).ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		held.Altered(t, x.DB, map[string][]string{"second_asks": nil, "second_ask_cameras": nil}, second.Differ)
		earlier := `UPDATE acts SET detail = replace(replace(detail, '"expires"', '"x"'), '"holds"', '"y"'); UPDATE second_asks SET expires_at = expires_at + 1, holds_until = holds_until + 1`
		dbtest.Forge(t, x.DB, earlier, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, second.Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}

func (x *desk) wish() second.Wish {
	cameras := []string{x.gate, x.hall}
	slices.Sort(cameras)
	return second.Wish{Kind: second.Viewing, Cameras: cameras, From: 1, To: 2, Purpose: "incident", Reason: "a box is missing"}
}

func (x *desk) put(who access.Actor, w second.Wish) second.Ask {
	x.t.Helper()
	a, err := x.Put(x.t.Context(), who, w)
	if err != nil {
		x.t.Fatal(err)
	}
	return a
}

func (x *desk) use(who access.Actor, id string, w second.Wish, usedFor string) error {
	return x.DB.Tx(x.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := x.Use(ctx, tx, who, id, w, usedFor)
		return err
	})
}

func (x *desk) acts(kind string) []ledger.Act {
	x.t.Helper()
	all, _, err := ledger.List(x.t.Context(), x.DB.Read(), ledger.Filter{})
	if err != nil {
		x.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(a ledger.Act) bool { return a.Kind != kind })
}

// TestOneActOnce walks an ask from the guard's wish to its one use, and reads who stands
// behind it in every act.
func TestOneActOnce(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	each(t, func(t *testing.T, x *desk) {
		w := x.wish()
		a := x.put(x.guard, w)
		if a.State != second.Waiting || a.ExpiresAt-a.AskedAt != (10*time.Minute).Microseconds() || !slices.Equal(a.Positions, []access.Position{access.Operator}) {
			t.Fatalf("%+v", a)
		}
		if err := x.use(x.guard, a.ID, w, "v1"); !errors.Is(err, second.ErrNone) {
			t.Errorf("before anybody agreed: %v", err)
		}
		agreed, err := x.AgreeApart(t.Context(), x.lead, a.ID)
		if err != nil || agreed.State != second.Agreed || agreed.Second != x.lead.Person || agreed.Position != access.DutyLead {
			t.Fatalf("%+v, %v", agreed, err)
		}
		got, err := x.Get(t.Context(), x.guard, a.ID)
		if err != nil || !cmp.Equal(got, agreed) {
			t.Errorf("read again: %+v, %v", got, err)
		}
		for name, c := range map[string]struct {
			who    access.Actor
			change func(*second.Wish)
			want   error
		}{
			"somebody else":        {x.both, func(*second.Wish) {}, second.ErrUnknown},
			"at another client":    {func() access.Actor { a := x.guard; a.Session = "phone"; return a }(), func(*second.Wish) {}, second.ErrClient},
			"by a token":           {func() access.Actor { a := x.guard; a.Session, a.Token = "", "t"; return a }(), func(*second.Wish) {}, second.ErrClient},
			"another interval":     {x.guard, func(w *second.Wish) { w.To++ }, second.ErrOther},
			"an earlier beginning": {x.guard, func(w *second.Wish) { w.From-- }, second.ErrOther},
			"fewer cameras":        {x.guard, func(w *second.Wish) { w.Cameras = w.Cameras[:1] }, second.ErrOther},
			"another purpose":      {x.guard, func(w *second.Wish) { w.Purpose = "inspection" }, second.ErrOther},
			"another reason":       {x.guard, func(w *second.Wish) { w.Reason += "." }, second.ErrOther},
			"another kind":         {x.guard, func(w *second.Wish) { w.Kind = second.Snapshot }, second.ErrOther},
			"another viewing":      {x.guard, func(w *second.Wish) { w.Viewing = "v0" }, second.ErrOther},
		} {
			other := w
			other.Cameras = slices.Clone(w.Cameras)
			c.change(&other)
			if err := x.use(c.who, a.ID, other, "v1"); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if err := x.use(x.guard, a.ID, w, "v1"); err != nil {
			t.Fatal(err)
		}
		if err := x.use(x.guard, a.ID, w, "v2"); !errors.Is(err, second.ErrNone) {
			t.Errorf("twice: %v", err)
		}
		of, err := second.Of(t.Context(), x.DB.Read(), []string{"v1", "v2"})
		if err != nil || len(of) != 1 || of["v1"].Person != x.lead.Person || of["v1"].Position != access.DutyLead || of["v1"].Way != second.Apart {
			t.Errorf("of the viewing: %+v, %v", of, err)
		}
		for kind, by := range map[string]string{"second.asked": x.guard.Person, "second.agreed": x.lead.Person, "second.used": x.guard.Person} {
			acts := x.acts(kind)
			if len(acts) != 2 || acts[0].Camera == acts[1].Camera { // one a camera
				t.Fatalf("%s: %+v", kind, acts)
			}
			d := acts[0].Detail
			with, _ := d["second"].(map[string]any)
			if acts[0].Person != by || acts[0].Subject != a.ID || d["askedBy"] != x.guard.Person || !cmp.Equal(d["askedAs"], any([]any{"operator"})) || d["reason"] != "a box is missing" ||
				(kind != "second.asked") != (with["person"] == x.lead.Person && with["position"] == "duty_lead" && with["way"] == "apart") {
				t.Errorf("%s: by %s: %v", kind, acts[0].Person, d)
			}
		}
	})
}

// TestWhoIsNoSecondPerson: not oneself, nobody of one's own position, nobody without the
// right, no program.
func TestWhoIsNoSecondPerson(t *testing.T) {
	clause.Covers(t, "C104", "C112")
	x := newDesk(t, dbtest.Open(t, db.SQLite))
	places := map[string]access.Place{x.gate: {Areas: []string{"east"}, Grade: 3}, x.hall: {Areas: []string{"west"}, Grade: 3}}
	rules := access.NewRights("v1", []access.Rule{{ID: "r", Position: access.Operator, Actions: []access.Action{access.SecondAgree}},
		{ID: "no", Position: access.Auditor, Actions: []access.Action{access.SecondAgree}, Deny: true}}, places,
		access.Own{Position: "night_guard", Basis: access.Operator}, access.Own{Position: "night_lead", Basis: access.DutyLead})
	as := func(p access.Actor, areas []string, positions ...access.Position) access.Actor {
		held := access.Everywhere(positions...)
		for i := range held {
			held[i].Areas = areas
		}
		a := access.NewActor(p.Person, rules, access.Standing{Holdings: held, Now: x.now.UnixMicro()})
		a.Session = "s"
		return a
	}
	token := as(x.lead, nil, access.DutyLead)
	token.Session, token.Token = "", "t"
	for name, c := range map[string]struct {
		asks, who access.Actor
		want      error
		position  access.Position
	}{
		"oneself":                          {x.both, x.both, second.ErrSelf, ""},
		"a colleague":                      {x.guard, as(x.boss, nil, access.Operator), second.ErrPosition, ""},
		"a colleague of another name":      {x.guard, as(x.boss, nil, "night_guard"), second.ErrPosition, ""},
		"a lead of the house":              {x.guard, as(x.boss, nil, "night_lead"), nil, "night_lead"},
		"by the other position":            {x.guard, as(x.both, nil, access.Operator, access.DutyLead), nil, access.DutyLead},
		"of one of two positions":          {x.both, as(x.lead, nil, access.DutyLead), second.ErrPosition, ""},
		"of neither":                       {x.both, as(x.boss, nil, access.Supervisor), nil, access.Supervisor},
		"a guard to a lead":                {x.lead, as(x.guard, nil, access.Operator), nil, access.Operator},
		"without the right":                {x.guard, as(x.boss, nil, access.Technician), access.ErrRightMissing, ""},
		"elsewhere":                        {x.guard, as(x.boss, []string{"east"}, access.Supervisor), access.ErrElsewhere, ""},
		"where it is denied":               {x.guard, as(x.boss, nil, access.Supervisor, access.Auditor), access.ErrDenied, ""},
		"a program":                        {x.guard, token, second.ErrPerson, ""},
		"a command":                        {x.guard, access.CommandLine(), second.ErrPerson, ""},
		"with a password of somebody else": {x.guard, as(x.lead, nil, access.DutyLead).Unsettled(), access.ErrPasswordChange, ""},
	} {
		a := x.put(c.asks, x.wish())
		got, err := x.AgreeApart(t.Context(), c.who, a.ID)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || got.Position != c.position {
			t.Errorf("%s: as %q, %v, want %v", name, got.Position, err, c.want)
		}
		if c.want == nil {
			continue
		}
		if _, err := x.Refuse(t.Context(), c.who, a.ID, "no reason"); !errors.Is(err, c.want) {
			t.Errorf("%s: refusing: %v", name, err)
		}
		if list, err := x.List(t.Context(), c.who); err != nil || c.want != second.ErrSelf && slices.ContainsFunc(list, func(o second.Ask) bool { return o.ID == a.ID }) {
			t.Errorf("%s: is shown the ask, %v", name, err)
		}
	}
	if _, err := x.Put(t.Context(), access.CommandLine(), x.wish()); !errors.Is(err, second.ErrPerson) {
		t.Errorf("a command asks: %v", err)
	}
}

// TestTheRulesOfNowCount: shorter times end what waits, and what was agreed to.
func TestTheRulesOfNowCount(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, db.SQLite))
	set, err := rule.NewSet(second.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	x.Rules = set
	waiting, agreed := x.put(x.guard, x.wish()), x.put(x.guard, x.wish())
	if _, err := x.AgreeApart(t.Context(), x.lead, agreed.ID); err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(2 * time.Minute)
	set.Put(map[string]json.RawMessage{"viewing.second_waits": json.RawMessage(`"1m"`), "viewing.second_holds": json.RawMessage(`"2m"`)})
	if _, err := x.AgreeApart(t.Context(), x.lead, waiting.ID); !errors.Is(err, second.ErrOver) {
		t.Errorf("after it waited for too long: %v", err)
	}
	if err := x.use(x.guard, agreed.ID, x.wish(), "v"); !errors.Is(err, second.ErrNone) {
		t.Errorf("after it held for too long: %v", err)
	}
}

// TestWhatWasAskedStays: the database refuses to change or to remove it.
func TestWhatWasAskedStays(t *testing.T) {
	each(t, func(t *testing.T, x *desk) {
		open, done := x.put(x.guard, x.wish()), x.put(x.guard, x.wish())
		if _, err := x.Refuse(t.Context(), x.lead, done.ID, "ask the leader"); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			"DELETE FROM second_ask_cameras", "DELETE FROM second_asks", "UPDATE second_ask_cameras SET camera = '" + x.gate + "'",
			"UPDATE second_asks SET reason = 'x' WHERE id = '" + open.ID + "'", "UPDATE second_asks SET expires_at = 9 WHERE id = '" + open.ID + "'",
			"UPDATE second_asks SET answer = 'agreed' WHERE id = '" + done.ID + "'", "UPDATE second_asks SET used_at = 9 WHERE id = '" + done.ID + "'",
		} {
			err := x.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

// TestNobodyFloodsTheOthers bounds what one person has waiting.
func TestNobodyFloodsTheOthers(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, db.SQLite))
	for range 20 {
		x.put(x.guard, x.wish())
	}
	if _, err := x.Put(t.Context(), x.guard, x.wish()); !errors.Is(err, second.ErrMany) {
		t.Errorf("one too many: %v", err)
	}
	x.put(x.lead, x.wish())
	x.now = x.now.Add(10 * time.Minute)
	x.put(x.guard, x.wish())
}

// TestNobodyAsksForACameraThatIsNotThere is told so, and nothing is asked.
func TestNobodyAsksForACameraThatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, x *desk) {
		w := x.wish()
		w.Cameras = append(w.Cameras, db.NewID())
		if _, err := x.Put(t.Context(), x.guard, w); !errors.Is(err, second.ErrNoCamera) {
			t.Errorf("asked: %v", err)
		}
		if list, err := x.List(t.Context(), x.guard); err != nil || len(list) != 0 || len(x.acts("second.asked")) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestTheLivePictureComesBack: pictures that break off come back at the same client while
// the agreement holds, and no longer.
func TestTheLivePictureComesBack(t *testing.T) {
	x := newDesk(t, dbtest.Open(t, db.SQLite))
	w := second.Wish{Kind: second.Live, Cameras: []string{x.gate}}
	a := x.put(x.guard, w)
	if _, err := x.AgreeApart(t.Context(), x.lead, a.ID); err != nil {
		t.Fatal(err)
	}
	phone := x.guard
	phone.Session = "phone"
	for name, c := range map[string]struct {
		after time.Duration
		who   access.Actor
		want  error
	}{"at once": {0, x.guard, nil}, "elsewhere": {0, phone, second.ErrClient}} {
		if err := x.use(c.who, a.ID, w, "act-"+name); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x.now = x.now.Add(5*time.Minute - time.Microsecond)
	if err := x.use(x.guard, a.ID, w, "again"); err != nil {
		t.Errorf("again: %v", err)
	}
	x.now = x.now.Add(time.Microsecond)
	if err := x.use(x.guard, a.ID, w, "late"); !errors.Is(err, second.ErrNone) {
		t.Errorf("late: %v", err)
	}
	if n := len(x.acts("second.used")); n != 1 {
		t.Errorf("%d acts of use", n)
	}
}

// model is what an ask should be.
type model struct {
	id     string
	state  second.State
	until  time.Time
	asker  int
	second int
}

// TestAnyOrderOfSteps does steps in any order, by anybody, and holds every outcome against a
// model: an act follows exactly one agreement of somebody else, in time.
func TestAnyOrderOfSteps(t *testing.T) {
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		x := newDesk(t, d)
		who := []access.Actor{x.guard, x.both, x.lead, x.boss}
		held := [][]access.Position{{access.Operator}, {access.Operator, access.DutyLead}, {access.DutyLead}, {access.Supervisor}}
		agrees := []access.Position{access.DutyLead, access.Supervisor}
		fits := func(asker, other int) bool {
			return asker != other && slices.ContainsFunc(held[other], func(p access.Position) bool {
				return slices.Contains(agrees, p) && !slices.Contains(held[asker], p)
			})
		}
		uses := 0
		rapid.Check(t, func(rt *rapid.T) {
			var all []*model
			x.now = x.now.Add(time.Hour) // what is left of the time before is over
			one := func() *model {
				if len(all) == 0 {
					rt.Skip("nothing was asked yet")
				}
				return rapid.SampledFrom(all).Draw(rt, "ask")
			}
			person := func() int { return rapid.IntRange(0, len(who)-1).Draw(rt, "who") }
			expired := func(m *model) bool {
				return (m.state == second.Waiting || m.state == second.Agreed) && !x.now.Before(m.until)
			}
			outcome := func(what string, err error, want bool) {
				if (err == nil) != want {
					rt.Fatalf("%s: %v, want it to be so: %v", what, err, want)
				}
			}
			answer := func(to second.State, do func(who access.Actor, id string) error) func(*rapid.T) {
				return func(*rapid.T) {
					m, p := one(), person()
					ok := m.state == second.Waiting && !expired(m) && fits(m.asker, p)
					outcome(string(to), do(who[p], m.id), ok)
					if ok {
						m.state, m.second, m.until = to, p, x.now.Add(5*time.Minute)
					}
				}
			}
			rt.Repeat(map[string]func(*rapid.T){
				"ask": func(rt *rapid.T) {
					if len(all) >= 6 {
						rt.Skip("enough")
					}
					p := person()
					a, err := x.Put(t.Context(), who[p], x.wish())
					outcome("ask", err, true)
					all = append(all, &model{id: a.ID, state: second.Waiting, until: x.now.Add(10 * time.Minute), asker: p})
				},
				"agree": answer(second.Agreed, func(who access.Actor, id string) error {
					_, err := x.AgreeApart(t.Context(), who, id)
					return err
				}),
				"refuse": answer(second.Refused, func(who access.Actor, id string) error {
					_, err := x.Refuse(t.Context(), who, id, "not now")
					return err
				}),
				"withdraw": func(*rapid.T) {
					m, p := one(), person()
					ok := m.state == second.Waiting && !expired(m) && p == m.asker
					_, err := x.Withdraw(t.Context(), who[p], m.id)
					outcome("withdraw", err, ok)
					if ok {
						m.state = second.Withdrawn
					}
				},
				"use": func(*rapid.T) {
					m, p := one(), person()
					ok := m.state == second.Agreed && !expired(m) && p == m.asker
					outcome("use", x.use(who[p], m.id, x.wish(), db.NewID()), ok)
					if ok {
						m.state = second.Used
						uses++
					}
				},
				"wait": func(rt *rapid.T) {
					x.now = x.now.Add(time.Duration(rapid.IntRange(1, 360).Draw(rt, "seconds")) * time.Second)
				},
				"": func(*rapid.T) {
					for _, m := range all {
						a, err := x.Get(t.Context(), who[m.asker], m.id)
						want := m.state
						if expired(m) {
							want = second.Expired
						}
						if err != nil || a.State != want || (want == second.Agreed || want == second.Used) && a.Second != who[m.second].Person {
							rt.Fatalf("%+v, %v, want %s", a, err, want)
						}
					}
				},
			})
		})
		n, err := d.Read().NewSelect().TableExpr("acts").Where("kind = 'second.used'").Count(t.Context())
		if err != nil || int(n) != 2*uses || uses == 0 {
			t.Errorf("%d acts of %d uses of two cameras, %v", n, uses, err)
		}
	})
}
