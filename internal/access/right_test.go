package access

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

// town has a gate and a yard on one site, a vault in a house on it, and a pole elsewhere.
var town = map[string]Place{
	"gate":  {Areas: []string{"gatehouse", "site"}, Grade: 1},
	"yard":  {Areas: []string{"site"}, Grade: 2},
	"vault": {Areas: []string{"cellar", "house", "site"}, Grade: 4},
	"pole":  {Areas: []string{"park"}, Grade: 1},
}

func TestDecide(t *testing.T) {
	clause.Covers(t, "C014")
	clause.Covers(t, "C111")
	clause.Covers(t, "C112")
	rules := []Rule{
		{ID: "low", Position: Operator, Actions: []Action{LiveView}, To: 3},
		{ID: "watch", Position: Operator, Actions: []Action{PlaybackView}, OnDuty: true, Back: 30 * time.Minute},
		{ID: "asked", Position: Operator, Actions: []Action{PlaybackView}, Request: true},
		{ID: "both", Position: Operator, Actions: []Action{SnapshotTake}, From: 3, Second: true},
		{ID: "alone", Position: Operator, Actions: []Action{SnapshotTake}, To: 2},
		{ID: "cellar", Position: Supervisor, Actions: []Action{LiveView}, Areas: []string{"cellar"}, Deny: true},
	}
	r := NewRights("7", rules, town)
	operator := func(areas ...string) Holding { return Holding{Position: Operator, Areas: areas} }
	for _, c := range []struct {
		name   string
		held   []Holding
		duty   []string
		action Action
		camera string
		want   Decision
	}{
		{"in the area", []Holding{operator("site")}, nil, LiveView, "gate", Decision{Allowed: true, Position: Operator, Rule: "low", Terms: []Term{{Rule: "low"}}}},
		{"everywhere", []Holding{operator()}, nil, LiveView, "pole", Decision{Allowed: true, Position: Operator, Rule: "low", Terms: []Term{{Rule: "low"}}}},
		{"elsewhere", []Holding{operator("park")}, nil, LiveView, "gate", Decision{Lack: LackArea, Position: Operator}},
		{"too high a grade", []Holding{operator()}, nil, LiveView, "vault", Decision{Lack: LackGrade, Position: Operator, Rule: "low"}},
		{"an unknown camera is guarded", []Holding{operator()}, nil, LiveView, "new", Decision{Lack: LackGrade, Position: Operator, Rule: "low"}},
		{"an unknown camera hangs nowhere", []Holding{operator("site")}, nil, LiveView, "new", Decision{Lack: LackArea, Position: Operator}},
		{"no camera in particular", []Holding{operator("park")}, nil, LiveView, "", Decision{Allowed: true, Position: Operator, Rule: "low", Terms: []Term{{Rule: "low"}}}},
		{"another position allows", []Holding{operator(), {Position: Leader}}, nil, LiveView, "vault",
			Decision{Allowed: true, Position: Leader, Rule: "built-in/leader/live.view", Terms: []Term{{Rule: "built-in/leader/live.view"}}}},
		{"a denial wins", []Holding{operator(), {Position: Leader}, {Position: Supervisor}}, nil, LiveView, "vault", Decision{Lack: LackDenied, Position: Supervisor, Rule: "cellar"}},
		{"a denial of a place denies no other", []Holding{{Position: Supervisor}}, nil, LiveView, "yard",
			Decision{Allowed: true, Position: Supervisor, Rule: "built-in/supervisor/live.view", Terms: []Term{{Rule: "built-in/supervisor/live.view"}}}},
		{"off watch", []Holding{operator()}, nil, PlaybackView, "gate", Decision{Allowed: true, Position: Operator, Rule: "asked", Terms: []Term{{Rule: "asked", Request: true}}}},
		{"on watch", []Holding{operator()}, []string{"site"}, PlaybackView, "gate", Decision{Allowed: true, Position: Operator, Rule: "watch",
			Terms: []Term{{Rule: "watch", Back: 30 * time.Minute}, {Rule: "asked", Request: true}}}},
		{"on watch elsewhere", []Holding{operator()}, []string{"park"}, PlaybackView, "gate", Decision{Allowed: true, Position: Operator, Rule: "asked", Terms: []Term{{Rule: "asked", Request: true}}}},
		{"with a second person", []Holding{operator()}, nil, SnapshotTake, "vault", Decision{Allowed: true, Position: Operator, Rule: "both", Terms: []Term{{Rule: "both", Second: true}}}},
		{"not yet", []Holding{{Position: Operator, From: 101}}, nil, LiveView, "gate", Decision{Lack: LackTime, Position: Operator}},
		{"not any more", []Holding{{Position: Operator, Until: 100}}, nil, LiveView, "gate", Decision{Lack: LackTime, Position: Operator}},
		{"just so", []Holding{{Position: Operator, From: 100, Until: 101}}, nil, LiveView, "gate", Decision{Allowed: true, Position: Operator, Rule: "low", Terms: []Term{{Rule: "low"}}}},
		{"no such right", []Holding{operator()}, nil, PeopleManage, "", Decision{Lack: LackRight, Position: Operator}},
		{"nobody", nil, nil, LiveView, "gate", Decision{Lack: LackRight}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Policy = "7"
			for i := range c.want.Terms {
				c.want.Terms[i].Position = c.want.Position
			}
			got := r.Decide(Standing{Holdings: c.held, Now: 100, Duty: c.duty}, c.action, c.camera, nil)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
		})
	}
}

// TestRefusalsNameWhatIsMissing: every lack has its own problem.
func TestRefusalsNameWhatIsMissing(t *testing.T) {
	r := NewRights("7", []Rule{
		{ID: "low", Position: Operator, Actions: []Action{LiveView}, To: 3},
		{ID: "watch", Position: Operator, Actions: []Action{PlaybackView}, OnDuty: true},
		{ID: "never", Position: Operator, Actions: []Action{SnapshotTake}, Deny: true},
	}, town)
	for action, want := range map[Action]*problem.Error{LiveView: ErrGrade, PlaybackView: ErrOffDuty, SnapshotTake: ErrDenied, PeopleManage: ErrRightMissing} {
		err := Can(NewActor("x", r, Standing{Holdings: Everywhere(Operator)}), action, "vault")
		if p := problem.Of(err); !errors.Is(err, want) || p.Kind != problem.Forbidden || p.Params["action"] != string(action) || p.Params["camera"] != "vault" {
			t.Errorf("%s: %+v, want %s", action, p, want.Code)
		}
	}
	// And which rule it was, of which grade the camera is, and who can decide otherwise.
	rules := []Position{Supervisor, Leader}
	for action, want := range map[Action]map[string]any{
		LiveView:     {"rule": "low", "grade": 4, "deciders": rules, "position": "operator"},
		PlaybackView: {"rule": "watch", "grade": nil, "deciders": rules},
		SnapshotTake: {"rule": "never", "grade": nil, "deciders": rules},
		PeopleManage: {"rule": nil, "grade": nil, "deciders": []Position{Administrator}},
	} {
		p := problem.Of(Can(NewActor("x", r, Standing{Holdings: Everywhere(Operator)}), action, "vault"))
		for k, v := range want {
			if !reflect.DeepEqual(p.Params[k], v) {
				t.Errorf("%s: %s is %v, want %v", action, k, p.Params[k], v)
			}
		}
	}
	blind := NewRights("8", []Rule{{ID: "low", Position: Operator, Actions: []Action{LiveView}, To: 3}, {ID: "out", Position: Operator, Actions: []Action{CameraRead}, To: 2}}, town)
	if p := problem.Of(Can(NewActor("x", blind, Standing{Holdings: Everywhere(Operator)}), LiveView, "vault")); p.Params["grade"] != nil {
		t.Errorf("who may not know the camera is told of its grade: %v", p.Params)
	}
	away := NewActor("x", r, Standing{Holdings: []Holding{{Position: Operator, Areas: []string{"park"}}}})
	if err := Can(away, LiveView, "gate"); !errors.Is(err, ErrElsewhere) || problem.Of(err).Params["position"] != "operator" {
		t.Errorf("%v", err)
	}
	later := NewActor("x", r, Standing{Holdings: []Holding{{Position: Operator, From: 5}}})
	if err := Can(later, LiveView, "gate"); !errors.Is(err, ErrOtherTime) {
		t.Errorf("%v", err)
	}
}

// TestForTakesTheLeastDemanding: what is young needs no request.
func TestForTakesTheLeastDemanding(t *testing.T) {
	d := Decision{}
	for _, rule := range []Rule{{ID: "second", Second: true}, {ID: "asked", Request: true}, {ID: "hour", Back: time.Hour}, {ID: "day", Back: 24 * time.Hour}} {
		d = d.with(Operator, rule.ID, (&Rights{}).ways(&rule, PlaybackView, "", Place{}, &Standing{}))
	}
	for age, want := range map[time.Duration]string{time.Minute: "day", 23 * time.Hour: "day", 25 * time.Hour: "asked"} {
		if got, ok := d.For(age, false, false); !ok || got.Rule != want {
			t.Errorf("%s: %+v, want %s", age, got, want)
		}
	}
	if got, ok := d.For(25*time.Hour, false, true); !ok || got.Rule != "second" {
		t.Errorf("who is two needs no request: %+v", got)
	}
	if _, ok := (Decision{Terms: []Term{{Back: time.Hour}}}).For(2*time.Hour, true, true); ok {
		t.Error("nothing reaches so far back")
	}
}

// TestDecideKeepsItsPromises compares with what the words say, over random policies.
func TestDecideKeepsItsPromises(t *testing.T) {
	actions, positions := []Action{LiveView, PlaybackView, PeopleManage}, []Position{Operator, Supervisor, Auditor}
	areas, cameras := []string{"gatehouse", "site", "house", "park"}, []string{"gate", "yard", "vault", "pole", "new"}
	rapid.Check(t, func(t *rapid.T) {
		var rules []Rule
		for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
			rules = append(rules, Rule{ID: string(rune('a' + i)), Position: rapid.SampledFrom(positions).Draw(t, "position"),
				Actions: []Action{rapid.SampledFrom(actions).Draw(t, "action")}, Deny: rapid.Bool().Draw(t, "deny"),
				Areas: rapid.SliceOfNDistinct(rapid.SampledFrom(areas), 0, 2, rapid.ID).Draw(t, "areas"),
				To:    Grade(rapid.IntRange(0, 4).Draw(t, "to")), OnDuty: rapid.Bool().Draw(t, "duty")})
		}
		var s Standing
		s.Now = rapid.Int64Range(0, 3).Draw(t, "now")
		for range rapid.IntRange(0, 3).Draw(t, "holdings") {
			s.Holdings = append(s.Holdings, Holding{Position: rapid.SampledFrom(positions).Draw(t, "held"), From: rapid.Int64Range(0, 2).Draw(t, "from"),
				Until: rapid.Int64Range(0, 3).Draw(t, "until"), Areas: rapid.SliceOfNDistinct(rapid.SampledFrom(areas), 0, 2, rapid.ID).Draw(t, "in")})
		}
		s.Duty = rapid.SliceOfNDistinct(rapid.SampledFrom(append(areas, "")), 0, 2, rapid.ID).Draw(t, "on duty")
		action, camera := rapid.SampledFrom(actions).Draw(t, "what"), rapid.SampledFrom(cameras).Draw(t, "camera")
		r := NewRights("1", rules, town)
		place := r.Place(camera)
		has := func(list []string) bool {
			return len(list) == 0 || slices.ContainsFunc(place.Areas, func(a string) bool { return slices.Contains(list, a) })
		}
		allowed, denied := false, false
		for _, h := range s.Holdings {
			if s.Now < h.From || h.Until != 0 && s.Now >= h.Until || !has(h.Areas) {
				continue
			}
			own := false // the house says what this position may do of it
			for _, rule := range rules {
				if rule.Position != h.Position || rule.Actions[0] != action {
					continue
				}
				own = own || !rule.Deny
				if !has(rule.Areas) || rule.To != 0 && place.Grade > rule.To {
					continue
				}
				if rule.Deny {
					denied = true
				} else if !rule.OnDuty || slices.Contains(s.Duty, "") || len(s.Duty) > 0 && has(s.Duty) {
					allowed = true
				}
			}
			if !own && slices.Contains(h.Position.Rights(), action) {
				allowed = true
			}
		}
		got := r.Decide(s, action, camera, nil)
		if got.Allowed != (allowed && !denied) || got.Allowed == (got.Lack != "") || got.Allowed == (len(got.Terms) == 0) {
			t.Fatalf("%+v, want allowed %v, denied %v", got, allowed, denied)
		}
		if got.Allowed && !r.Decide(s, action, "", nil).Allowed {
			t.Fatal("allowed on a camera, and nowhere")
		}
	})
}

func BenchmarkCan(b *testing.B) {
	places := map[string]Place{}
	for i := range 1000 {
		places[string(rune(i))] = Place{Areas: []string{"zone", "floor", "house", "site"}, Grade: Grade(i%4 + 1)}
	}
	r := NewRights("1", []Rule{{ID: "a", Position: Operator, Actions: []Action{LiveView}, To: 2, OnDuty: true}, {ID: "b", Position: Operator, Actions: []Action{LiveView}, Areas: []string{"site"}}}, places)
	a := NewActor("x", r, Standing{Holdings: []Holding{{Position: Operator, Areas: []string{"site"}}, {Position: DutyLead}}, Duty: []string{"house"}})
	for b.Loop() {
		if Can(a, LiveView, string(rune(17))) != nil {
			b.Fatal("refused")
		}
	}
}

// BenchmarkCanInALargeHouse is the same in a house of 50 positions of its own with ten rules each,
// for who holds three of them, and for who holds all.
func BenchmarkCanInALargeHouse(b *testing.B) {
	places := map[string]Place{}
	for i := range 1000 {
		places[fmt.Sprint("camera", i)] = Place{Areas: []string{fmt.Sprint("zone", i%100), fmt.Sprint("house", i%10), "site"}, Grade: Grade(i%4 + 1)}
	}
	var house []Rule
	var own []Own
	for p := range 50 {
		o := Own{Position: Position(fmt.Sprint("guard", p)), Basis: Operator}
		own = append(own, o)
		for n := range 10 {
			r := Rule{ID: fmt.Sprint(p, "/", n), Position: o.Position, Actions: []Action{LiveView, PlaybackView, SnapshotTake}, Areas: []string{fmt.Sprint("house", n)}, To: 3}
			switch n {
			case 7:
				r.OnDuty = true
			case 8:
				r.Areas, r.Back, r.Second = nil, 24*time.Hour, true
			case 9:
				r.Deny, r.From, r.To = true, HighestGrade, 0
			}
			house = append(house, r)
		}
	}
	r := NewRights("1", house, places, own...)
	for _, held := range []int{3, 50} {
		b.Run(fmt.Sprint("holding ", held), func(b *testing.B) {
			var all []Holding
			for p := range held {
				all = append(all, Holding{Position: own[p].Position, Areas: []string{"zone3", "site"}})
			}
			a := NewActor("x", r, Standing{Holdings: all, Duty: []string{"house7"}})
			b.ReportAllocs()
			for b.Loop() {
				if Can(a, PlaybackView, "camera124") != nil {
					b.Fatal("refused")
				}
			}
		})
	}
}

// TestThePrincipalDecidesWhereARuleSaysSo: by itself the position reads; a rule of the house
// gives it the last word, for instance over cameras of the highest grade.
func TestThePrincipalDecidesWhereARuleSaysSo(t *testing.T) {
	clause.Covers(t, "C112")
	places := map[string]Place{"vault": {Areas: []string{"site"}, Grade: HighestGrade}, "gate": {Areas: []string{"site"}, Grade: 1}}
	by := func(rules ...Rule) Actor {
		return NewActor("x", NewRights("1", rules, places), Standing{Holdings: Everywhere(Principal)})
	}
	for _, a := range []Action{LiveView, PlaybackView, DeletionApprove, RightsApprove, ParameterApprove, CameraConfigure, PeopleManage} {
		if err := Can(by(), a, "vault"); !errors.Is(err, ErrRightMissing) {
			t.Errorf("%s by itself: %v", a, err)
		}
	}
	top := by(Rule{ID: "top", Position: Principal, Actions: []Action{DeletionApprove}, From: HighestGrade})
	if Can(top, DeletionApprove, "vault") != nil || !errors.Is(Can(top, DeletionApprove, "gate"), ErrGrade) {
		t.Errorf("at the top %v, below %v", Can(top, DeletionApprove, "vault"), Can(top, DeletionApprove, "gate"))
	}
	for _, a := range []Action{ActRead, RightsRead, ParameterRead, LedgerRead, StorageRead} {
		if err := Can(by(), a, ""); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// TestATokenSeesUpToAGrade: pictures of better guarded cameras are not for programs, and
// whatever else the token may stays.
func TestATokenSeesUpToAGrade(t *testing.T) {
	clause.Covers(t, "C100")
	places := map[string]Place{"yard": {Grade: 1}, "vault": {Grade: 4}}
	person := NewActor("p", NewRights("1", nil, places), Standing{Holdings: Everywhere(Operator)})
	token := person.Only([]Action{LiveView, PlaybackView, SnapshotTake, CameraRead})
	for _, a := range []Action{LiveView, PlaybackView, SnapshotTake} {
		if Can(token, a, "vault") != nil {
			t.Errorf("%s: a token sees less than its person where no grade is set", a)
		}
		if Can(token.Seeing(3), a, "yard") != nil || !errors.Is(Can(token.Seeing(3), a, "vault"), ErrTokenRight) || !errors.Is(Can(token.Seeing(0), a, "yard"), ErrTokenRight) {
			t.Errorf("%s: the grade decides nothing", a)
		}
		if reach := ReachOf(token.Seeing(3), a); reach.Has("vault") || !reach.Has("yard") {
			t.Errorf("%s: lists name what the token may not see", a)
		}
		if Can(person.Seeing(0), a, "vault") != nil {
			t.Errorf("%s: it holds for people", a)
		}
	}
	if Can(token.Seeing(0), CameraRead, "vault") != nil {
		t.Error("what gives no picture is refused")
	}
}

// TestAPositionOfTheHouseGoesByItsBasis: what the house narrowed or denied holds for who goes
// by that position as well, so that nobody gets past it by adding one.
func TestAPositionOfTheHouseGoesByItsBasis(t *testing.T) {
	own := Own{Position: "gate_guard", Basis: Operator}
	held := Standing{Holdings: []Holding{{Position: own.Position}}, Now: 1}
	denied := Rule{ID: "no stills", Position: Operator, Actions: []Action{SnapshotTake}, Deny: true}
	narrow := Rule{ID: "two", Position: Operator, Actions: []Action{LiveView, PlaybackView}, Second: true}
	gate := Rule{ID: "gate", Position: own.Position, Actions: []Action{LiveView, SnapshotTake}}
	for _, c := range []struct {
		name   string
		house  []Rule
		action Action
		rule   string
		lack   Lack
		second bool
	}{
		{"by the program", nil, SnapshotTake, "built-in/gate_guard/snapshot.take", "", false},
		{"a denial", []Rule{denied}, SnapshotTake, "no stills", LackDenied, false},
		{"a denial wins over its own rule", []Rule{denied, gate}, SnapshotTake, "no stills", LackDenied, false},
		{"a term", []Rule{narrow}, PlaybackView, "two", "", true},
		{"its own rule counts where both are allowed", []Rule{narrow, gate}, LiveView, "gate", "", false},
		{"the other right of that rule", []Rule{narrow, gate}, PlaybackView, "two", "", true},
	} {
		d := NewRights("1", c.house, nil, own).Decide(held, c.action, "", nil)
		term, _ := d.For(0, false, false)
		if d.Lack != c.lack || d.Rule != c.rule || d.Allowed != (c.lack == "") || d.Allowed && term.Second != c.second {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}
