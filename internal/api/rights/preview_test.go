package rights

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/access/policy"
)

// TestComparison: a change that is alike on all cameras is one, any other names the cameras;
// rules that demand something else are a change also where both allow.
func TestComparison(t *testing.T) {
	places := map[string]access.Place{"shelf": {Areas: []string{"library", "site"}, Grade: 1}, "gate": {Areas: []string{"site"}, Grade: 3}}
	cameras := []string{"shelf", "gate"}
	week := Term{BackMinutes: 7 * 1440}
	for _, c := range []struct {
		name          string
		action        access.Action
		before, after []access.Rule
		want          []Change
	}{
		{name: "denied everywhere", action: access.SnapshotTake, after: []access.Rule{{Deny: true}}, want: []Change{{Before: true}}},
		{name: "denied in an area", action: access.SnapshotTake, after: []access.Rule{{Deny: true, Areas: []string{"library"}}}, want: []Change{{Camera: "shelf", Before: true}}},
		{name: "given from a grade on", action: access.CameraSwitch, after: []access.Rule{{From: 2}}, want: []Change{{Camera: "gate", After: true}}},
		{name: "given where no camera hangs", action: access.CameraSwitch, after: []access.Rule{{Areas: []string{"yard"}}}, want: []Change{{After: true}}},
		{name: "other terms, everywhere", action: access.PlaybackView, after: []access.Rule{{Back: 7 * 24 * 60 * 60e9}}, want: []Change{{Before: true, After: true, Is: &Terms{Ways: []Term{week}}}}},
		{name: "only on watch", action: access.PlaybackView, after: []access.Rule{{OnDuty: true}}, want: []Change{{Before: true, After: true, Is: &Terms{OnDuty: true}}}},
		{name: "more off watch than before", action: access.PlaybackView, before: []access.Rule{{OnDuty: true}}, after: []access.Rule{{OnDuty: true}, {Second: true}},
			want: []Change{{Before: true, After: true, Was: &Terms{OnDuty: true}, Is: &Terms{Away: []Term{{Second: true}}}}}},
		{name: "a rule that says what is so already", action: access.PlaybackView, after: []access.Rule{{}, {Request: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole := func(rules []access.Rule) *access.Rights {
				var all []access.Rule
				for _, r := range rules {
					r.Position, r.Actions = access.Operator, []access.Action{c.action}
					all = append(all, r)
				}
				return access.NewRights("", all, places)
			}
			both := comparison{before: whole(c.before), after: whole(c.after), holder: access.Standing{Holdings: access.Everywhere(access.Operator)}}
			for i := range c.want {
				c.want[i].Position, c.want[i].Action = string(access.Operator), string(c.action)
			}
			if diff := cmp.Diff(c.want, both.of(c.action, cameras)); diff != "" {
				t.Errorf("of(%s) (-want +got):\n%s", c.action, diff)
			}
		})
	}
}

func TestEffectIsBounded(t *testing.T) {
	var e Effect
	for range mostChanges + 3 {
		e.add(Change{})
	}
	if len(e.Changes) != mostChanges || e.Left != 3 {
		t.Errorf("%d changes, %d left", len(e.Changes), e.Left)
	}
}

func TestNamed(t *testing.T) {
	rules := []policy.Rule{{Position: access.Operator, Actions: []access.Action{access.SnapshotTake}}, {Position: access.Leader, Actions: []access.Action{access.LiveView}}}
	got := named(access.Operator, rules, []policy.Rule{{Position: access.Operator, Actions: []access.Action{access.LiveView}}})
	if diff := cmp.Diff([]access.Action{access.LiveView, access.SnapshotTake}, got); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
}
