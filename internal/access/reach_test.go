package access

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/problem"
)

// TestReachIsWhatCanSays for every camera, and whether there is one on which not.
func TestReachIsWhatCanSays(t *testing.T) {
	areas := []string{"east", "west", "campus"}
	rapid.Check(t, func(t *rapid.T) {
		places := map[string]Place{}
		all := []string{"unknown"}
		for _, c := range []string{"a", "b", "c", "d"} {
			if rapid.Bool().Draw(t, c) {
				places[c] = Place{Areas: rapid.SliceOfDistinct(rapid.SampledFrom(areas), rapid.ID).Draw(t, "areas of "+c), Grade: Grade(rapid.IntRange(1, 4).Draw(t, "grade of "+c))}
				all = append(all, c)
			}
		}
		var rules []Rule
		if rapid.Bool().Draw(t, "a rule") {
			rules = append(rules, Rule{ID: "r", Position: Operator, Actions: []Action{LiveView}, Deny: rapid.Bool().Draw(t, "deny"),
				Areas: rapid.SliceOfDistinct(rapid.SampledFrom(areas), rapid.ID).Draw(t, "in"), To: Grade(rapid.IntRange(0, 4).Draw(t, "to"))})
		}
		held := []Holding{{Position: Operator, Areas: rapid.SliceOfDistinct(rapid.SampledFrom(areas), rapid.ID).Draw(t, "held in")}}
		actor := NewActor("p", NewRights("v", rules, places), Standing{Holdings: held})
		r := ReachOf(actor, LiveView)
		may := func(c string) bool { return Can(actor, LiveView, c) == nil }
		throughout := true
		for _, c := range all {
			throughout = throughout && may(c)
			if c != "unknown" && r.Has(c) != may(c) {
				t.Fatalf("%s: %v", c, r.Has(c))
			}
		}
		cameras, narrow := r.Narrow()
		if narrow == throughout || narrow != (Throughout(actor, LiveView, "") != nil) {
			t.Fatalf("narrow %v, throughout %v: %v", narrow, throughout, Throughout(actor, LiveView, ""))
		}
		if narrow && !slices.Equal(cameras, slices.DeleteFunc(slices.Sorted(slices.Values(all)), func(c string) bool { return c == "unknown" || !may(c) })) {
			t.Fatalf("%v", cameras)
		}
		if got := r.Meets(all[1:]); len(all) > 1 && got != slices.ContainsFunc(all[1:], may) || got != (OnAny(actor, LiveView, all[1:]) == nil) && len(all) > 1 {
			t.Fatalf("meets: %v", got)
		}
		if err := OnEach(actor, LiveView, all); (err == nil) != throughout {
			t.Fatalf("on each: %v", err)
		}
	})
}

// TestThroughoutNamesNoCamera: whoever is refused what holds for all is not told which hangs elsewhere.
func TestThroughoutNamesNoCamera(t *testing.T) {
	actor := NewActor("p", NewRights("v", nil, map[string]Place{"a": {Areas: []string{"east"}, Grade: 1}, "b": {Areas: []string{"west"}, Grade: 1}}),
		Standing{Holdings: []Holding{{Position: Supervisor, Areas: []string{"east"}}}})
	p := problem.Of(Throughout(actor, ScheduleConfigure, ""))
	if p == nil || p.Code != ErrElsewhere.Code || p.Params["camera"] != nil {
		t.Errorf("%+v", p)
	}
	if r := ReachOf(ActorOf("p", Operator), LiveView); !r.Has("any") {
		t.Error("an operator of everywhere does not reach everywhere")
	}
	if _, narrow := ReachOf(Actor{}, LiveView).Narrow(); !narrow {
		t.Error("nobody reaches everywhere")
	}
}

// BenchmarkReachOf asks of 1,000 cameras in 100 areas.
func BenchmarkReachOf(b *testing.B) {
	places := map[string]Place{}
	for i := range 1000 {
		places[fmt.Sprintf("camera%04d", i)] = Place{Areas: []string{fmt.Sprintf("zone%02d", i%100), fmt.Sprintf("building%d", i%10), "campus"}, Grade: Grade(i%4 + 1)}
	}
	actor := NewActor("p", NewRights("v", []Rule{{ID: "r", Position: Operator, Actions: []Action{LiveView}, To: 3}}, places),
		Standing{Holdings: []Holding{{Position: Operator, Areas: []string{"building3", "zone07"}}}})
	for b.Loop() {
		ReachOf(actor, LiveView)
	}
}
