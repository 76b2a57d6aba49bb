package cedar_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	library "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	xast "github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/cedar"
	"watchroom/internal/access/emergency"
	"watchroom/internal/testkit/clause"
)

// town has a gate and a yard on one site, a vault in a house on it, a pole elsewhere, and a
// camera that hangs in no area; the desk is that of its control room.
var town = map[string]access.Place{
	"gate":  {Areas: []string{"gatehouse", "site"}, Grade: 1},
	"yard":  {Areas: []string{"site"}, Grade: 2},
	"lab":   {Areas: []string{"house", "site"}, Grade: 3},
	"vault": {Areas: []string{"cellar", "house", "site"}, Grade: 4},
	"pole":  {Areas: []string{"park"}, Grade: 1},
	"loose": {Grade: 2},
	"desk":  {Areas: []string{"gatehouse", "site"}, Grade: 1, Room: true},
}

// mirror is a policy as the library read it from our text.
type mirror struct {
	policies *library.PolicySet
	entities library.EntityMap
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func read(t failer, r *access.Rights, people map[string][]access.Holding, now int64) mirror {
	t.Helper()
	text := cedar.Policies(r, cedar.Words{})
	set, err := library.NewPolicySetFromBytes("policy", []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	raw, err := cedar.JSON(cedar.Entities(town, people, now))
	if err != nil {
		t.Fatalf("%v", err)
	}
	m := mirror{policies: set}
	if err := json.Unmarshal(raw, &m.entities); err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return m
}

// situation is what a request is made in.
type situation struct {
	age              time.Duration
	approved, second bool
	review           bool
	lapsed           bool
	watch            []string
	emergency        *access.Emergency
}

func (s *situation) context() library.Record {
	watch := []library.Value{}
	for _, a := range s.watch {
		if a == "" {
			a = cedar.Everywhere
		}
		watch = append(watch, library.NewEntityUID("Area", library.String(a)))
	}
	all := library.RecordMap{"age": library.NewDuration(s.age), "approved": library.Boolean(s.approved), "second": library.Boolean(s.second), "review": library.Boolean(s.review), "lapsed": library.Boolean(s.lapsed), "watch": library.NewSet(watch...)}
	if e := s.emergency; e != nil {
		names := []library.Value{}
		for _, a := range e.Actions {
			names = append(names, library.String(a))
		}
		taken := library.RecordMap{"actions": library.NewSet(names...), "toGrade": library.Long(e.To)}
		if e.Back != 0 {
			taken["back"] = library.NewDuration(e.Back)
		}
		all["emergency"] = library.NewRecord(taken)
	}
	return library.NewRecord(all)
}

// ask gives the answer with the ids of the rules behind it.
func (m *mirror) ask(t failer, person string, action access.Action, camera string, s situation) (allowed bool, rules []string) {
	t.Helper()
	resource := library.NewEntityUID("Camera", library.String(camera))
	if camera == "" {
		resource = library.NewEntityUID("House", cedar.House)
	}
	d, why := library.Authorize(m.policies, m.entities, library.Request{Principal: library.NewEntityUID("Person", library.String(person)),
		Action: library.NewEntityUID("Action", library.String(action)), Resource: resource, Context: s.context()})
	if len(why.Errors) > 0 {
		t.Fatalf("%+v", why.Errors)
	}
	for _, reason := range why.Reasons {
		rules = append(rules, string(m.policies.Get(reason.PolicyID).Annotations()["id"]))
	}
	return d == library.Allow, rules
}

// meets tells whether one of the ways of a decision is open in a situation.
func meets(d access.Decision, s situation) bool {
	return slices.ContainsFunc(d.Terms, func(t access.Term) bool {
		return (t.Back == 0 || s.age <= t.Back) && (!t.Request || s.approved) && (!t.Second || s.second) && (!t.Review || s.review)
	})
}

// answer is what a question came to.
type answer struct {
	lack             access.Lack
	nowhere, urgency bool
}

func actions() []access.Action {
	return []access.Action{access.LiveView, access.PlaybackView, access.SnapshotTake, access.PeopleManage, access.EmergencyTake, access.CameraRead}
}

// compare asks our evaluator and the library for some rights on every camera of the town, and
// about none: whether at all, and whether in a situation. met is told what the answers were.
func compare(t failer, rules []access.Rule, d access.Demands, s access.Standing, now situation, met func(answer)) {
	t.Helper()
	r := access.NewRights("1", rules, town).Demanding(func() access.Demands { return d })
	m := read(t, r, map[string][]access.Holding{"p": s.Holdings, "somebody else": access.Everywhere(access.Positions()...)}, s.Now)
	now.watch, now.lapsed = s.Duty, s.Papers.Lapsed != ""
	for i := range s.Emergencies { // one that runs is what a request is made under
		if e := &s.Emergencies[i]; e.From <= s.Now && s.Now < e.Until {
			now.emergency = e
		}
	}
	for _, action := range actions() {
		for _, camera := range []string{"", "gate", "yard", "lab", "vault", "pole", "loose", "desk"} {
			d := r.Decide(s, action, camera, nil)
			free := now
			free.age, free.approved, free.second = 0, true, true
			allowed, by := m.ask(t, "p", action, camera, free)
			if allowed != d.Allowed {
				t.Fatalf("%s on %q: we say %+v, the mirror %v by %q\n%s", action, camera, d, allowed, by, cedar.Policies(r, cedar.Words{}))
			}
			if rule := d.Rule; (d.Allowed || d.Lack == access.LackDenied || d.Lack == access.LackRoom) && access.EmergencyOf(rule) == "" && !slices.Contains(by, rule) {
				t.Fatalf("%s on %q: rule %q decides, the mirror names %q", action, camera, rule, by)
			}
			if under, by := m.ask(t, "p", action, camera, now); under != (d.Allowed && meets(d, now)) {
				t.Fatalf("%s on %q, %+v: we say %+v, the mirror %v by %q\n%s", action, camera, now, d, under, by, cedar.Policies(r, cedar.Words{}))
			}
			met(answer{d.Lack, camera == "", slices.ContainsFunc(d.Terms, func(t access.Term) bool { return access.EmergencyOf(t.Rule) != "" })})
		}
	}
}

// TestTheMirrorDecidesAlike asks both over random policies, people and circumstances. A
// failure prints the seed to run it again with.
func TestTheMirrorDecidesAlike(t *testing.T) {
	clause.Covers(t, "C112")
	clause.Covers(t, "C114")
	positions := []access.Position{access.Operator, access.Supervisor, access.Auditor, access.StandIn}
	areas := []string{"gatehouse", "site", "house", "cellar", "park"}
	spans := []time.Duration{0, time.Minute, 30 * time.Minute, 26*time.Hour + 5*time.Millisecond}
	rapid.Check(t, func(t *rapid.T) {
		some := func(list []string, what string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(list), 0, 2, rapid.ID).Draw(t, what)
		}
		var rules []access.Rule
		for i := range rapid.IntRange(0, 8).Draw(t, "rules") {
			rule := access.Rule{ID: fmt.Sprintf("%d \"规则\"\\", i), Position: rapid.SampledFrom(positions).Draw(t, "position"),
				Actions: rapid.SliceOfNDistinct(rapid.SampledFrom(actions()), 1, 3, rapid.ID).Draw(t, "actions"), Deny: rapid.IntRange(0, 3).Draw(t, "deny") == 0,
				Areas: some(areas, "areas"), From: access.Grade(rapid.IntRange(0, 3).Draw(t, "from")), To: access.Grade(rapid.IntRange(0, 4).Draw(t, "to"))}
			if !rule.Deny {
				rule.OnDuty, rule.Request, rule.Second = rapid.Bool().Draw(t, "duty"), rapid.Bool().Draw(t, "request"), rapid.Bool().Draw(t, "second")
				rule.Back = rapid.SampledFrom(spans).Draw(t, "back")
			}
			rules = append(rules, rule)
		}
		s := access.Standing{Now: rapid.Int64Range(0, 3).Draw(t, "now"), Duty: some(append(areas, ""), "on duty")}
		for range rapid.IntRange(0, 4).Draw(t, "holdings") {
			s.Holdings = append(s.Holdings, access.Holding{Position: rapid.SampledFrom(positions).Draw(t, "held"), From: rapid.Int64Range(0, 2).Draw(t, "since"),
				Until: rapid.Int64Range(0, 3).Draw(t, "until"), Areas: some(areas, "in")})
		}
		s.Papers.Lapsed = rapid.SampledFrom([]access.Lack{"", access.LackPledge, access.LackVetting, access.LackLicence}).Draw(t, "papers")
		if rapid.Bool().Draw(t, "emergency") {
			s.Emergencies = []access.Emergency{{ID: "e", Actions: rapid.SliceOfNDistinct(rapid.SampledFrom(cedar.Takeable()), 1, 2, rapid.ID).Draw(t, "taken"),
				To: access.Grade(rapid.IntRange(1, 4).Draw(t, "up to")), Back: rapid.SampledFrom(spans).Draw(t, "hours"),
				From: rapid.Int64Range(0, 2).Draw(t, "taken at"), Until: rapid.Int64Range(1, 4).Draw(t, "ends")}}
		}
		now := situation{age: rapid.SampledFrom([]time.Duration{0, time.Minute, time.Minute + time.Millisecond, 25 * time.Hour, 90 * 24 * time.Hour}).Draw(t, "age"),
			approved: rapid.Bool().Draw(t, "approved"), second: rapid.Bool().Draw(t, "a second person"), review: rapid.Bool().Draw(t, "duty review")}
		demands := access.Demands{Request: access.Grade(rapid.IntRange(0, 4).Draw(t, "a request from")), Second: access.Grade(rapid.IntRange(0, 4).Draw(t, "two from")),
			Review: rapid.SampledFrom(spans).Draw(t, "duty review back"), OnDuty: rapid.Bool().Draw(t, "duty review on watch")}
		compare(t, rules, demands, s, now, func(answer) {})
	})
}

// TestEveryAnswerIsCompared meets every way to be allowed and to be refused at least once.
func TestEveryAnswerIsCompared(t *testing.T) {
	clause.Covers(t, "C112")
	rules := []access.Rule{
		{ID: "low", Position: access.Operator, Actions: []access.Action{access.LiveView}, To: 3},
		{ID: "watch", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, OnDuty: true, Back: 30 * time.Minute},
		{ID: "cellar", Position: access.Supervisor, Actions: []access.Action{access.LiveView}, Areas: []string{"cellar"}, Deny: true},
		{ID: "no pictures", Position: access.Leader, Actions: []access.Action{access.SnapshotTake}, Deny: true},
		{ID: "not in the park", Position: access.Leader, Actions: []access.Action{access.EmergencyTake}, Areas: []string{"park"}, Deny: true},
	}
	fire := []access.Emergency{{ID: "e", Actions: cedar.Takeable(), To: 4, Back: time.Hour, Until: 200}}
	met := map[answer]bool{}
	for _, s := range []access.Standing{
		{},
		{Holdings: access.Everywhere(access.Operator)},
		{Holdings: access.Everywhere(access.Operator), Duty: []string{"site"}},
		{Holdings: access.Everywhere(access.Operator), Duty: []string{""}},
		{Holdings: []access.Holding{{Position: access.Operator, Areas: []string{"park"}}}},
		{Holdings: []access.Holding{{Position: access.Operator, From: 101}, {Position: access.Auditor, Until: 100}}},
		{Holdings: []access.Holding{{Position: access.Operator, From: 100, Until: 101}, {Position: access.Operator, Areas: []string{"site"}, Until: 7}}},
		{Holdings: access.Everywhere(access.Operator, access.Supervisor)},
		{Holdings: access.Everywhere(access.Supervisor, access.Leader)},
		{Holdings: []access.Holding{{Position: access.Leader, Areas: []string{"site"}}}},
		{Holdings: access.Everywhere(access.Operator), Emergencies: fire},
		{Holdings: access.Everywhere(access.Operator, access.Leader), Emergencies: fire}, // whom the park denies it
		{Holdings: access.Everywhere(access.Auditor), Emergencies: fire},
		{Holdings: access.Everywhere(access.Operator), Papers: access.Papers{Lapsed: access.LackPledge}},
		{Holdings: access.Everywhere(access.Operator), Papers: access.Papers{Lapsed: access.LackLicence}, Emergencies: fire}, // which ask for none
	} {
		s.Now = 100
		for _, now := range []situation{{}, {age: time.Hour}, {age: 2 * time.Hour, approved: true}} {
			compare(t, rules, access.Demands{}, s, now, func(a answer) { met[a] = true })
		}
	}
	for _, a := range []answer{{}, {nowhere: true}, {urgency: true}, {urgency: true, nowhere: true}, {lack: access.LackRight}, {lack: access.LackTime}, {lack: access.LackArea},
		{lack: access.LackGrade}, {lack: access.LackDuty}, {lack: access.LackDuty, nowhere: true}, {lack: access.LackDenied}, {lack: access.LackDenied, nowhere: true}, {lack: access.LackRoom},
		{lack: access.LackPledge}, {lack: access.LackPledge, nowhere: true}} {
		if !met[a] {
			t.Errorf("nothing was asked whose answer is %+v", a)
		}
	}
}

// TestTheTextFitsItsSchema: an auditor's tools take the policies, and what they are about.
func TestTheTextFitsItsSchema(t *testing.T) {
	clause.Covers(t, "C114")
	var s schema.Schema
	if err := s.UnmarshalCedar([]byte(cedar.Schema())); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	valid := validate.New(resolved)
	rules := []access.Rule{
		{ID: "a", Position: access.Operator, Actions: []access.Action{access.LiveView, access.PlaybackView}, Areas: []string{"site", "house"}, From: 2, To: 3, OnDuty: true, Back: time.Hour, Request: true, Second: true},
		{ID: "d", Position: access.Operator, Actions: []access.Action{access.LiveView, access.CameraRead}}, // pictures and others
		{ID: "b", Position: access.Leader, Actions: []access.Action{access.LiveView}, Deny: true},
		{ID: "c", Position: access.Leader, Actions: []access.Action{access.EmergencyTake}, Deny: true, To: 2},
	}
	people := map[string][]access.Holding{"p": {{Position: access.Operator}, {Position: access.Auditor, Areas: []string{"house", "park"}}}}
	m := read(t, access.NewRights("1", rules, town).Demanding(func() access.Demands {
		return access.Demands{Request: 4, Second: 3, Review: 30 * time.Minute, OnDuty: true}
	}), people, 0)
	for id, p := range m.policies.All() {
		if err := valid.Policy(string(id), (*xast.Policy)(p.AST())); err != nil {
			t.Errorf("%s: %v", p.Annotations()["id"], err)
		}
	}
	if err := valid.Entities(m.entities); err != nil {
		t.Error(err)
	}
	for _, e := range []*access.Emergency{nil, {Actions: cedar.Takeable(), To: 3, Back: time.Hour}} {
		asked := situation{watch: []string{"site"}, emergency: e}
		if err := valid.Request(library.Request{Principal: types.NewEntityUID("Person", "p"), Action: types.NewEntityUID("Action", "live.view"), Resource: types.NewEntityUID("Camera", "gate"), Context: asked.context()}); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryRuleIsNamed: the id that stands in an act is found in the text, with its demands.
func TestEveryRuleIsNamed(t *testing.T) {
	clause.Covers(t, "C114")
	const odd = "no \"vault\" \\ for\u202e guards\n// permit (principal, action, resource);"
	r := access.NewRights("7", []access.Rule{{ID: odd, Position: access.Operator, Actions: []access.Action{access.LiveView}, Areas: []string{"house", "park"}, To: 3}}, nil)
	text := cedar.Policies(r, cedar.Words{Head: []string{"version 7", odd}, Notes: map[string]string{odd: odd}, Areas: map[string]string{"house": "北校区/一号楼"}})
	set, err := library.NewPolicySetFromBytes("policy", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range clause.All() {
		known[c.ID] = true
	}
	found := map[string]library.Annotations{}
	for _, p := range set.All() {
		a := p.Annotations()
		found[string(a["id"])] = a
		if a["clause"] == "" {
			t.Errorf("%s serves nothing", a["id"])
		}
		for _, c := range strings.Fields(string(a["clause"])) {
			if !known[c] {
				t.Errorf("%s: %s is no demand", a["id"], c)
			}
		}
	}
	for _, rule := range r.Rules() {
		if a := found[rule.ID]; a == nil || string(a["position"]) != string(rule.Position) {
			t.Errorf("rule %q is not in the text", rule.ID)
		}
	}
	if a := found[odd]; a["note"] != odd || a["clause"] != "C014 C022 C111 C112" || a["where"] != "北校区/一号楼" {
		t.Errorf("%q", a)
	}
	if a := found[access.RoomRule]; a == nil || a["position"] != "duty_lead operator stand_in" {
		t.Errorf("those who keep watch are not kept from the camera of their room: %q", a)
	}
	if takers := len(access.HaveIt(access.EmergencyTake)); len(found) != len(r.Rules())+takers+1 {
		t.Errorf("%d policies, want %d and %d for emergencies", len(found), len(r.Rules()), takers)
	}
	if !strings.HasPrefix(text, "// version 7\n// no \"vault\"") || strings.Contains(text, "\u202e") {
		t.Errorf("the head: %q", text[:120])
	}
}

// TestWhatCanBeTakenIsMirrored: the register of emergency rights knows no other rights.
func TestWhatCanBeTakenIsMirrored(t *testing.T) {
	var all []access.Action
	for _, r := range (&emergency.Rights{}).Register() {
		all = append(all, r.Actions...)
	}
	slices.Sort(all)
	if mirrored := slices.Sorted(slices.Values(cedar.Takeable())); !slices.Equal(slices.Compact(all), mirrored) {
		t.Errorf("%v can be taken, %v is mirrored", all, mirrored)
	}
}

func BenchmarkLibrary(b *testing.B) {
	r := access.NewRights("1", nil, town)
	m := read(b, r, map[string][]access.Holding{"p": {{Position: access.Operator, Areas: []string{"site"}}, {Position: access.DutyLead}}}, 0)
	s := situation{watch: []string{"house"}}
	for b.Loop() {
		if ok, _ := m.ask(b, "p", access.LiveView, "gate", s); !ok {
			b.Fatal("refused")
		}
	}
}
