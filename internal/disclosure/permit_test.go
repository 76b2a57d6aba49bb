package disclosure_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/present"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// under is the guard under rules of the house, with cameras of these grades, on watch over
// some areas.
func (r *room) under(rules []access.Rule, grades map[string]access.Grade, duty ...string) access.Actor {
	places := map[string]access.Place{r.gate: {Areas: []string{"east"}, Grade: 1}, r.hall: {Areas: []string{"west"}, Grade: 1}}
	for c, g := range grades {
		places[c] = access.Place{Areas: places[c].Areas, Grade: g}
	}
	return access.NewActor(r.guard.Person, access.NewRights("house", rules, places).Demanding(r.demands),
		access.Standing{Holdings: access.Everywhere(access.Operator), Now: r.clock().UnixMicro(), Duty: duty})
}

// demands are what the rules of now demand by grade.
func (r *room) demands() access.Demands { return disclosure.Demands(r.Rules)() }

// ago is an instant so long before now, in µs.
func (r *room) ago(d time.Duration) int64 { return r.clock().Add(-d).UnixMicro() }

func (r *room) set(values map[string]string) {
	r.t.Helper()
	set, err := rule.NewSet(disclosure.Parameters())
	if err != nil {
		r.t.Fatal(err)
	}
	in := map[string]json.RawMessage{}
	for k, v := range values {
		in[k] = json.RawMessage(v)
	}
	set.Put(in)
	r.Rules = set
}

func playback(back time.Duration, request, second bool) access.Rule {
	return access.Rule{ID: "r", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, Back: back, Request: request, Second: second}
}

// TestHowFarBackARightReaches opens and looks at footage of any age under rules of the house.
func TestHowFarBackARightReaches(t *testing.T) {
	clause.Covers(t, "C104")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	hour := playback(time.Hour, false, false)
	requested := playback(0, true, false)
	requested.ID = "asked"
	for _, c := range []struct {
		name  string
		rules []access.Rule
		age   time.Duration
		want  error
	}{
		{"as long as there is footage", nil, 9000 * time.Hour, nil},
		{"within", []access.Rule{hour}, time.Hour, nil},
		{"a microsecond too old", []access.Rule{hour}, time.Hour + time.Microsecond, disclosure.ErrTooOld},
		{"older under a request", []access.Rule{hour, requested}, 2 * time.Hour, disclosure.ErrRequest},
		{"younger without", []access.Rule{hour, requested}, time.Minute, nil},
		{"always with a second person", []access.Rule{playback(0, false, true)}, time.Minute, disclosure.ErrSecond},
		{"not at all", []access.Rule{{ID: "no", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, Deny: true}}, time.Minute, access.ErrDenied},
	} {
		actor := r.under(c.rules, nil)
		from := r.ago(c.age)
		v, err := r.Open(t.Context(), actor, []string{r.gate}, from, from+second, disclosure.Incident, "a box is missing")
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: opening: %v, want %v", c.name, err, c.want)
		}
		if err != nil && c.want != access.ErrDenied && problem.Of(err).Params["action"] != "playback.view" {
			t.Errorf("%s: the refusal names no right: %v", c.name, problem.Of(err).Params)
		}
		if err == nil {
			err = r.Check(t.Context(), v.ID, actor, r.gate, from, from+second)
			if err != nil {
				t.Errorf("%s: looking: %v", c.name, err)
			}
		}
		// What was opened before the rules were so gives no more than they do.
		v, err = r.Open(t.Context(), r.guard, []string{r.gate}, from, from+second, disclosure.Incident, "a box is missing")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Check(t.Context(), v.ID, actor, r.gate, from, from+second); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: looking in an older viewing: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestABoundedViewingEndsSoon: footage that may not be old is not looked at for hours.
func TestABoundedViewingEndsSoon(t *testing.T) {
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	for _, c := range []struct {
		back, lasts time.Duration
	}{{0, 8 * time.Hour}, {time.Minute, 15 * time.Minute}, {time.Hour, time.Hour}, {24 * time.Hour, 8 * time.Hour}} {
		actor, from := r.under([]access.Rule{playback(c.back, false, false)}, nil), r.ago(30*time.Second)
		v, err := r.Open(t.Context(), actor, []string{r.gate}, from, from+second, disclosure.Incident, "a box is missing")
		if err != nil || v.ExpiresAt-v.OpenedAt != c.lasts.Microseconds() {
			t.Errorf("%v back: %v, %v, want %v", c.back, time.Duration(v.ExpiresAt-v.OpenedAt)*time.Microsecond, err, c.lasts)
		}
		r.pass(c.lasts)
		if err := r.Check(t.Context(), v.ID, actor, r.gate, from, from+second); !errors.Is(err, disclosure.ErrExpired) {
			t.Errorf("%v back: afterwards: %v", c.back, err)
		}
	}
}

// TestGradesBlockPlayback is about cameras whose grade demands a request (C111).
func TestGradesBlockPlayback(t *testing.T) {
	clause.Covers(t, "C111")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	for _, c := range []struct {
		value string
		grade access.Grade
		want  error
	}{
		{`"grade_none"`, 4, nil}, {`"grade_4"`, 3, nil}, {`"grade_4"`, 4, disclosure.ErrGraded}, {`"grade_3"`, 4, disclosure.ErrGraded}, {`"grade_1"`, 1, disclosure.ErrGraded},
	} {
		r.set(map[string]string{"viewing.request_grade": c.value})
		actor, from := r.under(nil, map[string]access.Grade{r.gate: c.grade}), r.ago(2*time.Hour)
		v, err := r.Open(t.Context(), actor, []string{r.gate}, from, from+second, disclosure.Incident, "a box is missing")
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s, grade %d: %v", c.value, c.grade, err)
		}
		// Duty review is exempt.
		if _, err := r.Open(t.Context(), actor, []string{r.gate}, r.ago(time.Minute), r.ago(0), "", ""); err != nil {
			t.Errorf("%s, grade %d: duty review: %v", c.value, c.grade, err)
		}
		if _, err := r.Again(actor, r.gate, from); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s, grade %d: a picture of one's own: %v", c.value, c.grade, err)
		}
		if v.ID == "" {
			continue
		}
		// The grade is raised while somebody looks.
		r.set(map[string]string{"viewing.request_grade": `"grade_4"`})
		raised := r.under(nil, map[string]access.Grade{r.gate: 4})
		if err := r.Check(t.Context(), v.ID, raised, r.gate, from, from+second); !errors.Is(err, disclosure.ErrGraded) {
			t.Errorf("%s, grade %d: after the grade was raised: %v", c.value, c.grade, err)
		}
	}
}

// TestDutyReview: the newest footage of the own area needs neither purpose nor reason (P4).
func TestDutyReview(t *testing.T) {
	clause.Covers(t, "C104")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	r.set(map[string]string{"viewing.own_on_duty": "true"})
	open := func(actor access.Actor, age time.Duration, stated disclosure.Purpose, cameras ...string) (disclosure.Viewing, error) {
		return r.Open(t.Context(), actor, cameras, r.ago(age), r.ago(0), stated, "")
	}
	east := r.under(nil, nil, "east")
	v, err := open(east, 30*time.Minute, "", r.gate)
	if err != nil || v.Purpose != disclosure.DutyReview || v.Reason != "" || v.ExpiresAt-v.OpenedAt != (30*time.Minute).Microseconds() {
		t.Fatalf("%+v, %v", v, err)
	}
	if a := r.acts()[0]; a.Detail["purpose"] != "duty_review" {
		t.Errorf("the act says %v", a.Detail)
	}
	for _, c := range []struct {
		name    string
		actor   access.Actor
		age     time.Duration
		stated  disclosure.Purpose
		cameras []string
		want    error
	}{
		{"older", east, 30*time.Minute + time.Microsecond, "", []string{r.gate}, disclosure.ErrStated},
		{"older, stated", east, 31 * time.Minute, disclosure.DutyReview, []string{r.gate}, disclosure.ErrReview},
		{"stated", east, time.Minute, disclosure.DutyReview, []string{r.gate}, nil},
		{"elsewhere", east, time.Minute, "", []string{r.hall}, disclosure.ErrStated},
		{"elsewhere too", east, time.Minute, disclosure.DutyReview, []string{r.gate, r.hall}, disclosure.ErrOffDuty},
		{"off duty", r.under(nil, nil), time.Minute, disclosure.DutyReview, []string{r.gate}, disclosure.ErrOffDuty},
		{"on watch over all", r.under(nil, nil, ""), time.Minute, "", []string{r.gate, r.hall}, nil},
		{"without the right", access.ActorOf(r.guard.Person, access.Auditor), time.Minute, "", []string{r.gate}, access.ErrRightMissing},
		{"under a shorter right", r.under([]access.Rule{playback(time.Minute, false, false)}, nil, "east"), 2 * time.Minute, "", []string{r.gate}, disclosure.ErrTooOld},
	} {
		_, err := open(c.actor, c.age, c.stated, c.cameras...)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	// The watch ends while somebody looks.
	if err := r.Check(t.Context(), v.ID, r.under(nil, nil), r.gate, v.From, v.To); !errors.Is(err, disclosure.ErrOffDuty) {
		t.Errorf("after the handover: %v", err)
	}
	if err := r.Check(t.Context(), v.ID, east, r.gate, v.From, v.To); err != nil {
		t.Errorf("on watch: %v", err)
	}
	// The neutral rules do not ask for the watch, and how far back is the institution's.
	r.set(map[string]string{"viewing.own_back": `"2m"`})
	if _, err := open(r.guard, 2*time.Minute, "", r.hall); err != nil {
		t.Errorf("where no watch is demanded: %v", err)
	}
	if _, err := open(r.guard, 3*time.Minute, "", r.hall); problem.Of(err).Code != disclosure.ErrStated.Code || problem.Of(err).Params["longest"] != "2m" {
		t.Errorf("older than the rule: %v", err)
	}
}

// TestATokenReviewsNothing: duty review is what a person on watch does, and a program with a
// token, be its owner on watch, states a purpose like anybody else (P4).
func TestATokenReviewsNothing(t *testing.T) {
	clause.Covers(t, "C104")
	r := newRoom(t, dbtest.Open(t, db.SQLite))
	program := func(a access.Actor) access.Actor {
		a.Token = db.NewID()
		return a.Only([]access.Action{access.PlaybackView})
	}
	watch := program(r.under(nil, nil, ""))
	for _, values := range []map[string]string{{}, {"viewing.own_on_duty": "true"}} {
		r.set(values)
		for stated, want := range map[disclosure.Purpose]error{"": disclosure.ErrStated, disclosure.DutyReview: disclosure.ErrToken} {
			if _, err := r.Open(t.Context(), watch, []string{r.gate}, r.ago(time.Minute), r.ago(0), stated, ""); !errors.Is(err, want) {
				t.Errorf("%v, stated %q: %v, want %v", values, stated, err, want)
			}
		}
		if _, err := r.Open(t.Context(), watch, []string{r.gate}, r.ago(time.Minute), r.ago(0), disclosure.Incident, "a box is missing"); err != nil {
			t.Errorf("%v, for a purpose: %v", values, err)
		}
	}
	if a := r.acts()[0]; a.Detail["purpose"] != "incident" {
		t.Errorf("the act says %v", a.Detail)
	}
	// Nor is it exempt from the request that a grade demands, whatever purpose it states.
	r.set(map[string]string{"viewing.request_grade": `"grade_3"`})
	person := r.under(nil, map[string]access.Grade{r.gate: 3}, "")
	if _, err := r.Open(t.Context(), person, []string{r.gate}, r.ago(time.Minute), r.ago(0), "", ""); err != nil {
		t.Errorf("the person: %v", err)
	}
	if d := access.Decide(program(person), access.PlaybackView, r.gate, nil); len(d.Terms) != 1 || !d.Terms[0].RequestGraded {
		t.Errorf("a token is told of %+v", d.Terms)
	}
	// What a person opened as duty review shows a token of theirs nothing.
	v, err := r.Open(t.Context(), person, []string{r.gate}, r.ago(time.Minute), r.ago(0), "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, grade := range []string{`"grade_3"`, `"grade_none"`} {
		r.set(map[string]string{"viewing.request_grade": grade})
		if err := r.Check(t.Context(), v.ID, program(person), r.gate, v.From, v.To); !errors.Is(err, disclosure.ErrToken) {
			t.Errorf("%s: looking: %v", grade, err)
		}
	}
}

// TestPurposesBind: what a purpose of the register demands is demanded (C006).
func TestPurposesBind(t *testing.T) {
	clause.Covers(t, "C006")
	each(t, func(t *testing.T, r *room) {
		register := &purpose.Register{DB: r.DB, Clock: r.clock}
		chief := people.Add(t, r.DB, "chief", access.Supervisor)
		add := func(code string, c purpose.Change) {
			t.Helper()
			c.Name, c.Basis = &purpose.Words{EN: code}, &purpose.Words{EN: "rule 1"}
			if _, err := register.Add(t.Context(), chief, purpose.New{Code: code, Change: c}); err != nil {
				t.Fatal(err)
			}
		}
		yes, no, day := true, false, 24*time.Hour
		add("accident", purpose.Change{})
		// What asks less than any other takes two people.
		asked, err := register.Propose(t.Context(), chief, purpose.Wish{Step: purpose.Adding, Code: "count", Change: purpose.Change{
			Name: &purpose.Words{EN: "count"}, Basis: &purpose.Words{EN: "rule 1"}, NeedsReason: &no}}, "nobody is looked at")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := register.Decide(t.Context(), people.Add(t, r.DB, "leader", access.Leader), asked.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		add("audit", purpose.Change{NeedsRequest: &yes})
		add("lens", purpose.Change{Back: &day})
		add("gone", purpose.Change{})
		if _, err := register.Retire(t.Context(), chief, "gone", "out of use"); err != nil {
			t.Fatal(err)
		}
		before := len(r.acts())
		for _, c := range []struct {
			purpose disclosure.Purpose
			reason  string
			age     time.Duration
			want    error
		}{
			{"accident", "two cars at the gate", 90 * 24 * time.Hour, nil},
			{"accident", "", time.Hour, text.ErrRequired},
			{"count", "", time.Hour, nil},
			{"audit", "two cars at the gate", time.Hour, disclosure.ErrPurAsks},
			{"lens", "is it sharp", 24 * time.Hour, nil},
			{"lens", "is it sharp", 25 * time.Hour, disclosure.ErrPurBack},
			{"gone", "two cars at the gate", time.Hour, purpose.ErrRetired},
			{"curiosity", "two cars at the gate", time.Hour, purpose.ErrOutside},
			{"Accident", "two cars at the gate", time.Hour, purpose.ErrOutside},
		} {
			v, err := r.Open(t.Context(), r.guard, []string{r.gate}, r.ago(c.age), r.ago(c.age)+second, c.purpose, c.reason)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s, %v: %v, want %v", c.purpose, c.age, err, c.want)
			}
			if err == nil {
				before++
				if got := v.ExpiresAt - v.OpenedAt; c.purpose == "accident" && got != (8*time.Hour).Microseconds() {
					t.Errorf("%s lasts %d", c.purpose, got)
				}
			}
		}
		if n := len(r.acts()); n != before {
			t.Errorf("%d acts, want %d: what is refused leaves none", n, before)
		}
	})
}

// TestWhoWasThereIsOnRecord names people at the screen.
func TestWhoWasThereIsOnRecord(t *testing.T) {
	clause.Covers(t, "C104")
	each(t, func(t *testing.T, r *room) {
		lead := people.Add(t, r.DB, "lead", access.DutyLead)
		there := []present.Person{{ID: lead.Person}, {Name: "李警官", Unit: "城东派出所"}}
		v, err := r.Open(t.Context(), r.guard, []string{r.gate}, begin, begin+second, disclosure.Incident, "a box is missing", append(there, there[0])...)
		if err != nil || !cmp.Equal(v.Present, there) {
			t.Fatalf("%+v, %v", v, err)
		}
		if got, err := r.Get(t.Context(), r.guard, v.ID); err != nil || !cmp.Equal(got, v) {
			t.Errorf("read again: %+v, %v", got, err)
		}
		if list, err := r.List(t.Context(), r.guard, disclosure.Filter{}); err != nil || len(list) != 1 || !cmp.Equal(list[0], v) {
			t.Errorf("in the list: %+v, %v", list, err)
		}
		want := []any{map[string]any{"person": lead.Person}, map[string]any{"name": "李警官", "unit": "城东派出所"}}
		if a := r.acts()[0]; !cmp.Equal(a.Detail["present"], any(want)) {
			t.Errorf("the act says %v", a.Detail)
		}
		for name, c := range map[string]struct {
			who  present.Person
			want error
		}{
			"nobody of the register": {present.Person{ID: db.NewID()}, present.ErrPerson},
			"oneself":                {present.Person{ID: r.guard.Person}, present.ErrSelf},
			"without a unit":         {present.Person{Name: "李"}, present.ErrUnit},
		} {
			if _, err := r.Open(t.Context(), r.guard, []string{r.gate}, begin, begin+second, disclosure.Incident, "a box is missing", c.who); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := r.List(t.Context(), r.guard, disclosure.Filter{}); err != nil || len(list) != 1 {
			t.Errorf("refused ones left %+v, %v", list, err)
		}
		for _, sql := range []string{"DELETE FROM viewing_present", "UPDATE viewing_present SET name = 'x'"} {
			if err := r.execute(sql); !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if a := r.acts(); len(a) != 1 || a[0].Kind != "viewing.opened" {
			t.Errorf("acts = %v", ledger.Act{})
		}
	})
}
