package access

import (
	"testing"
	"time"

	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

// TestAnEmergencyRight: it gives what it names where the position may take one, to its end
// and up to its grade, and a denial wins.
func TestAnEmergencyRight(t *testing.T) {
	clause.Covers(t, "C111", "C112")
	const minute = int64(60_000_000)
	places := map[string]Place{"gate": {Areas: []string{"yard"}, Grade: 1}, "vault": {Areas: []string{"yard"}, Grade: 3}, "core": {Areas: []string{"yard"}, Grade: 4}, "roof": {Areas: []string{"sky"}, Grade: 1}}
	rules := []Rule{
		{ID: "inner", Position: Operator, Actions: []Action{LiveView}, To: 2},
		{ID: "recent", Position: Operator, Actions: []Action{PlaybackView}, Back: 30 * time.Minute},
	}
	day := Emergency{ID: "g1", Actions: []Action{PlaybackView}, To: 3, Back: 24 * time.Hour, From: 10 * minute, Until: 25 * minute}
	live := Emergency{ID: "g2", Actions: []Action{LiveView}, To: 3, From: 10 * minute, Until: 25 * minute}
	at := func(house []Rule, now int64, taken ...Emergency) Actor {
		return NewActor("x", NewRights("v1", house, places), Standing{Holdings: []Holding{{Position: Operator, Areas: []string{"yard"}}}, Now: now, Emergencies: taken})
	}
	deny := func(a Action) []Rule {
		return append([]Rule{{ID: "never", Position: Operator, Actions: []Action{a}, Deny: true, From: 3}}, rules...)
	}
	duty := append([]Rule{{ID: "on-watch", Position: Operator, Actions: []Action{EmergencyTake}, OnDuty: true}}, rules...)
	for _, c := range []struct {
		name   string
		actor  Actor
		action Action
		camera string
		age    time.Duration
		want   *problem.Error
	}{
		{"without one", at(rules, 12*minute), LiveView, "vault", 0, ErrGrade},
		{"with one", at(rules, 12*minute, live), LiveView, "vault", 0, nil},
		{"another right than it names", at(rules, 12*minute, day), LiveView, "vault", 0, ErrGrade},
		{"above its grade", at(rules, 12*minute, live), LiveView, "core", 0, ErrGrade},
		{"outside the own area", at(rules, 12*minute, live), LiveView, "roof", 0, ErrElsewhere},
		{"before it begins", at(rules, 9*minute, live), LiveView, "vault", 0, ErrGrade},
		{"in its last moment", at(rules, 25*minute-1, live), LiveView, "vault", 0, nil},
		{"after its end", at(rules, 25*minute, live), LiveView, "vault", 0, ErrGrade},
		{"what the house denies", at(deny(LiveView), 12*minute, live), LiveView, "vault", 0, ErrDenied},
		{"where the house denies taking one", at(deny(EmergencyTake), 12*minute, live), LiveView, "vault", 0, ErrGrade},
		{"off duty where it goes with the watch", at(duty, 12*minute, live), LiveView, "vault", 0, ErrGrade},
		{"footage of an hour ago without one", at(rules, 12*minute), PlaybackView, "gate", time.Hour, errTooOld},
		{"footage of an hour ago", at(rules, 12*minute, day), PlaybackView, "gate", time.Hour, nil},
		{"footage of two days ago", at(rules, 12*minute, day), PlaybackView, "gate", 48 * time.Hour, errTooOld},
		{"by a token", at(rules, 12*minute, live).Only([]Action{LiveView}), LiveView, "vault", 0, ErrGrade},
		{"to take another", at(rules, 12*minute, Emergency{Actions: []Action{EmergencyTake}, To: 4, Until: 99 * minute}), EmergencyTake, "roof", 0, ErrElsewhere},
	} {
		err := back(c.actor, c.action, c.camera, c.age)
		if (err == nil) != (c.want == nil) || c.want != nil && problem.Of(err).Code != c.want.Code {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if g := GroundOf(at(rules, 12*minute, live), LiveView, "vault"); g.Rule != "emergency/g2" || g.Position != Operator || g.Verdict != Allowed || EmergencyOf(g.Rule) != "g2" {
		t.Errorf("the ground is %+v", g)
	}
	if g := GroundOf(at(rules, 12*minute, live), LiveView, "gate"); g.Rule != "inner" || EmergencyOf(g.Rule) != "" {
		t.Errorf("what the position may anyway: %+v", g)
	}
	a := at(rules, 9*minute, live, day)
	if got := a.Until(); got != 10*minute {
		t.Errorf("decided again at %d, want at its beginning", got)
	}
	if got := at(rules, 12*minute, live).Until(); got != 25*minute {
		t.Errorf("decided again at %d, want at its end", got)
	}
	if got := at(rules, 12*minute).Until(); got != 0 {
		t.Errorf("decided again at %d although nothing ends", got)
	}
	var steps []string
	Decide(at(rules, 12*minute, live), LiveView, "vault", func(s Step) { steps = append(steps, s.Rule+" "+string(s.Lack)) })
	if len(steps) != 2 || steps[1] != "emergency/g2 " {
		t.Errorf("the way to the decision: %q", steps)
	}
}

// TestActsNameTheTermThatLetsThrough: of several rules that allow, the act names the one on whose
// terms somebody was let through, and an emergency right where it exempts from what a grade demands.
func TestActsNameTheTermThatLetsThrough(t *testing.T) {
	clause.Covers(t, "C111")
	rules := []Rule{
		{ID: "asked", Position: Operator, Actions: []Action{PlaybackView}, Request: true},
		{ID: "recent", Position: Leader, Actions: []Action{PlaybackView}, Back: time.Hour},
	}
	ground := func(a Actor, action Action, age time.Duration, paired bool) any {
		term, _ := Decide(a, action, "gate", nil).For(age, false, paired)
		return a.Through(action, "gate", term).Act(1, "k", "s", "gate", nil).Detail[KeyDecision]
	}
	want := func(what string, got any, position, rule string) {
		t.Helper()
		if d := got.(map[string]any); d["verdict"] != Allowed || d["position"] != position || d["rule"] != rule {
			t.Errorf("%s: %v", what, d)
		}
	}
	places := map[string]Place{"gate": {Grade: 3}}
	standing := Standing{Holdings: []Holding{{Position: Operator}, {Position: Leader}}, Now: 10}
	want("two rules", ground(NewActor("x", NewRights("v", rules, places), standing), PlaybackView, time.Minute, false), "leader", "recent")

	pair := func() Demands { return Demands{Second: 3} }
	standing = Standing{Holdings: Everywhere(Operator), Now: 10, Emergencies: []Emergency{{ID: "e", Actions: []Action{PlaybackView}, To: 4, Back: time.Hour, Until: 99}}}
	urgent := NewActor("x", NewRights("v", nil, places).Demanding(pair), standing)
	want("an exempted picture", ground(urgent, SnapshotTake, time.Minute, false), "operator", "emergency/e")
	want("one too old for it, with two", ground(urgent, SnapshotTake, 2*time.Hour, true), "operator", "built-in/operator/snapshot.take")
	want("footage too old for it, with two", ground(urgent, PlaybackView, 2*time.Hour, true), "operator", "built-in/operator/playback.view")
	if d := urgent.Through(PeopleManage, "", Term{Rule: "made-up"}).Act(1, "k", "s", "", nil).Detail[KeyDecision].(map[string]any); d["verdict"] != Refused || d["rule"] == "made-up" {
		t.Errorf("what is refused names %v", d)
	}
}

var errTooOld = problem.New(problem.Forbidden, "too_old", "The terms do not reach back so far.")

// back asks for footage of an age, as those do who show it.
func back(actor Actor, action Action, camera string, age time.Duration) error {
	if err := Can(actor, action, camera); err != nil {
		return err
	}
	if _, ok := Decide(actor, action, camera, nil).For(age, false, true); !ok {
		return errTooOld
	}
	return nil
}
