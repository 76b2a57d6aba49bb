package access

import (
	"slices"
	"testing"
	"time"
)

// TestWithin: what rules allow that nobody made is not allowed, what they deny or narrow is, and
// the terms of both hold.
func TestWithin(t *testing.T) {
	view := []Action{PlaybackView}
	proved := NewRights("v1", []Rule{{ID: "late", Position: Operator, Actions: view, Back: time.Hour}, {ID: "asked", Position: Operator, Actions: view, Request: true}}, nil, Own{"gate", Operator})
	rows := NewRights("v2", []Rule{
		{ID: "all", Position: Operator, Actions: []Action{PlaybackView, HoldRelease}},
		{ID: "none", Position: Supervisor, Actions: []Action{HoldRelease}, Deny: true},
		{ID: "two", Position: Supervisor, Actions: view, Second: true},
	}, nil, Own{"gate", Supervisor})
	r := rows.Within(proved)
	if r.Proved() || !rows.Proved() {
		t.Error("which of them are proved is not known")
	}
	for what, c := range map[string]struct {
		by   Position
		a    Action
		lack Lack
	}{
		"given by a forged rule":      {Operator, HoldRelease, LackUnproved},
		"taken by a forged rule":      {Supervisor, HoldRelease, LackDenied},
		"in both":                     {Supervisor, PlaybackView, ""},
		"given by a forged basis":     {"gate", HoldRelease, LackDenied}, // what is denied to the supervisor is to it
		"of the basis that was given": {"gate", PlaybackView, ""},
		"in neither":                  {Operator, RightsApprove, LackRight},
	} {
		for _, camera := range []string{"", "c"} {
			if d := r.Decide(Standing{Holdings: Everywhere(c.by)}, c.a, camera, nil); d.Allowed != (c.lack == "") || d.Lack != c.lack {
				t.Errorf("%s: %+v", what, d)
			}
		}
	}
	d := r.Decide(Standing{Holdings: Everywhere(Operator)}, PlaybackView, "c", nil)
	want := []Term{{Position: Operator, Rule: "all", Back: time.Hour}, {Position: Operator, Rule: "all", Request: true}}
	if !slices.Equal(d.Terms, want) || d.Policy != "v2" {
		t.Errorf("terms %+v, want %+v", d.Terms, want)
	}
	if err := At(NewActor("x", r, Standing{Holdings: Everywhere(Operator)}), HoldRelease, Place{}); err == nil {
		t.Error("in a place that is not there yet a forged rule allows")
	}
	if a := NewActor("x", r, Standing{}); !Kin(a, "gate", Operator) || !Kin(a, "gate", Supervisor) || Kin(a, Operator, Leader) {
		t.Error("kin by one of both is kin")
	}
}
