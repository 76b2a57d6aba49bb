package access

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/testkit/clause"
)

// desk is a site whose control room has a camera of its own.
var desk = map[string]Place{
	"gate": {Areas: []string{"site"}, Grade: 1},
	"desk": {Areas: []string{"house", "site"}, Grade: 1, Room: true},
}

// TestThoseWhoWatchAreKeptFromTheCameraThatWatchesThem: by whatever they would be allowed to.
func TestThoseWhoWatchAreKeptFromTheCameraThatWatchesThem(t *testing.T) {
	clause.Covers(t, "C022")
	clause.Covers(t, "C112")
	rules := []Rule{
		{ID: "all", Position: Operator, Actions: []Action{PlaybackView, SnapshotTake, CameraSwitch, LiveView}},
		{ID: "gate all", Position: "gate_guard", Actions: []Action{PlaybackView, CameraConfigure}},
	}
	own := []Own{{Position: "gate_guard", Basis: Operator}, {Position: "inspector", Basis: Supervisor}}
	r := NewRights("1", rules, desk, own...)
	taken := []Emergency{{ID: "e", Actions: []Action{LiveView, PlaybackView}, To: HighestGrade, Until: 200}}
	elsewhere := Holding{Position: Operator, Areas: []string{"park"}}
	host := &Host{Person: "lead", Standing: Standing{Holdings: Everywhere(DutyLead)}}
	for _, c := range []struct {
		name   string
		s      Standing
		action Action
		lack   Lack // at the desk
		gate   bool // whether the same is allowed at the gate
	}{
		{"live", Standing{Holdings: Everywhere(Operator)}, LiveView, "", true},
		{"the camera is known", Standing{Holdings: Everywhere(Operator)}, CameraRead, "", true},
		{"footage is held", Standing{Holdings: Everywhere(DutyLead)}, HoldPlace, "", true},
		{"replay", Standing{Holdings: Everywhere(Operator)}, PlaybackView, LackRoom, true},
		{"a picture", Standing{Holdings: Everywhere(Operator)}, SnapshotTake, LackRoom, true},
		{"a bookmark", Standing{Holdings: Everywhere(DutyLead)}, BookmarkWrite, LackRoom, true},
		{"switched off", Standing{Holdings: Everywhere(DutyLead)}, CameraSwitch, LackRoom, true},
		{"switched off by a rule", Standing{Holdings: Everywhere(Operator)}, CameraSwitch, LackRoom, true},
		{"maintenance", Standing{Holdings: Everywhere(DutyLead)}, MaintenancePlace, LackRoom, true},
		{"a demand to delete", Standing{Holdings: Everywhere(DutyLead)}, DeletionRequest, LackRoom, true},
		{"agreeing to a look", Standing{Holdings: Everywhere(DutyLead)}, SecondAgree, LackRoom, true},
		{"an emergency", Standing{Holdings: Everywhere(Operator), Emergencies: taken}, PlaybackView, LackRoom, true},
		{"a second position", Standing{Holdings: Everywhere(Supervisor, Operator)}, PlaybackView, LackRoom, true},
		{"a second position, the other way round", Standing{Holdings: Everywhere(Operator, Supervisor)}, ScheduleConfigure, LackRoom, true},
		{"retention, with a second position", Standing{Holdings: Everywhere(Supervisor, Operator)}, RetentionConfigure, LackRoom, true},
		{"a release, with a second position", Standing{Holdings: Everywhere(Leader, DutyLead)}, HoldRelease, LackRoom, true},
		{"a deletion, with a second position", Standing{Holdings: Everywhere(Leader, DutyLead)}, DeletionApprove, LackRoom, true},
		{"set up, with a second position", Standing{Holdings: Everywhere(Technician, Operator)}, CameraConfigure, LackRoom, true},
		{"a guard of another place", Standing{Holdings: append(Everywhere(Supervisor), elsewhere)}, PlaybackView, LackRoom, true},
		{"a position of the house", Standing{Holdings: Everywhere("gate_guard")}, PlaybackView, LackRoom, true},
		{"set up by a position of the house", Standing{Holdings: Everywhere("gate_guard")}, CameraConfigure, LackRoom, true},
		{"a stand-in", Standing{Holdings: Everywhere(StandIn, Supervisor), Papers: Papers{Host: host}}, PlaybackView, LackRoom, true},
		{"whom a guard let in", Standing{Holdings: Everywhere(Supervisor), Papers: Papers{Host: host}}, PlaybackView, LackHost, true},
		{"a supervisor", Standing{Holdings: Everywhere(Supervisor)}, PlaybackView, "", true},
		{"one that goes by it", Standing{Holdings: Everywhere("inspector")}, PlaybackView, "", true},
		{"who was a guard", Standing{Holdings: append(Everywhere(Supervisor), Holding{Position: Operator, Until: 100}), Now: 100}, PlaybackView, "", true},
		{"who will be one", Standing{Holdings: append(Everywhere(Supervisor), Holding{Position: Operator, From: 101}), Now: 100}, PlaybackView, "", true},
		{"what nobody has", Standing{Holdings: Everywhere(Operator)}, FootageDownload, LackRight, false},
	} {
		var steps []Step
		d := r.Decide(c.s, c.action, "desk", func(s Step) { steps = append(steps, s) })
		if d.Allowed != (c.lack == "") || d.Lack != c.lack {
			t.Errorf("%s: %+v", c.name, d)
		}
		if c.lack == LackRoom && (d.Rule != RoomRule || d.Policy != "1" || !slices.ContainsFunc(steps, func(s Step) bool { return s.Lack == LackRoom && s.Holding.Position == d.Position })) {
			t.Errorf("%s: %+v by %+v", c.name, d, steps)
		}
		if d := r.Decide(c.s, c.action, "gate", nil); d.Allowed != c.gate {
			t.Errorf("%s, at the gate: %+v", c.name, d)
		}
	}
}

// TestNoRightSteersTheCameraOfTheRoom, whatever the house says and somebody holds; and nothing
// else is taken from anybody.
func TestNoRightSteersTheCameraOfTheRoom(t *testing.T) {
	clause.Covers(t, "C112")
	positions := []Position{Operator, DutyLead, StandIn, Supervisor, Leader, Technician, "gate_guard"}
	own := Own{Position: "gate_guard", Basis: DutyLead}
	bare := map[string]Place{"gate": desk["gate"], "desk": {Areas: desk["desk"].Areas, Grade: 1}}
	rapid.Check(t, func(t *rapid.T) {
		actions := func(what string) []Action {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(Actions()), 1, 4, rapid.ID).Draw(t, what)
		}
		var rules []Rule
		for i := range rapid.IntRange(0, 5).Draw(t, "rules") {
			rules = append(rules, Rule{ID: string(rune('a' + i)), Position: rapid.SampledFrom(positions).Draw(t, "position"), Actions: actions("actions"), Deny: rapid.IntRange(0, 4).Draw(t, "deny") == 0})
		}
		s := Standing{Now: 1}
		for range rapid.IntRange(1, 3).Draw(t, "holdings") {
			s.Holdings = append(s.Holdings, Holding{Position: rapid.SampledFrom(positions).Draw(t, "held"), Until: rapid.Int64Range(0, 2).Draw(t, "until")})
		}
		if rapid.Bool().Draw(t, "emergency") {
			s.Emergencies = []Emergency{{ID: "e", Actions: actions("taken"), To: HighestGrade, Until: 9}}
		}
		kept := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"operator", "duty_lead", "stand_in", "gate_guard", "leader"}), 0, 4, rapid.ID).Draw(t, "kept")
		room, plain := NewRights("1", rules, desk, own).Aside(func() []string { return kept }), NewRights("1", rules, bare, own)
		if rapid.Bool().Draw(t, "within") { // what the acts make knows another basis
			proved := Own{Position: own.Position, Basis: Supervisor}
			room, plain = room.Within(NewRights("2", rules, desk, proved)), plain.Within(NewRights("2", rules, bare, proved))
		}
		watches := slices.ContainsFunc(s.Holdings, func(h Holding) bool {
			return h.At(s.Now) && (slices.Contains(kept, string(h.Position)) || h.Position == own.Position && slices.Contains(kept, "duty_lead"))
		})
		a := NewActor("p", room, s)
		for _, action := range Actions() {
			got, without := room.Decide(s, action, "desk", nil), plain.Decide(s, action, "desk", nil)
			if want := without.Allowed && !(watches && action.Steers()); got.Allowed != want {
				t.Fatalf("%s: %+v, want %v; without the room %+v", action, got, want, without)
			}
			if room.Decide(s, action, "gate", nil).Allowed != plain.Decide(s, action, "gate", nil).Allowed || room.Decide(s, action, "", nil).Allowed != plain.Decide(s, action, "", nil).Allowed {
				t.Fatalf("%s: another camera is concerned", action)
			}
			reach := ReachOf(a, action)
			if cameras, narrow := reach.Narrow(); reach.Has("desk") != got.Allowed || !narrow && !got.Allowed || narrow && slices.Contains(cameras, "desk") != got.Allowed {
				t.Fatalf("%s: lists reach %+v", action, reach)
			}
			if Throughout(a, action, "") == nil && !got.Allowed {
				t.Fatalf("%s: it is allowed throughout", action)
			}
		}
		if (Outside(a, "desk") != nil) != watches || (Outside(a, "") != nil) != watches || Outside(a, "gate") != nil {
			t.Fatal(Outside(a, "desk"), watches)
		}
	})
}

// TestTheRefusalNamesTheRoom, and who decides.
func TestTheRefusalNamesTheRoom(t *testing.T) {
	a := NewActor("p", NewRights("1", nil, desk), Standing{Holdings: Everywhere(Operator)})
	err := Can(a, PlaybackView, "desk")
	if !errors.Is(err, ErrRoom) {
		t.Fatal(err)
	}
	if g := GroundOf(a, PlaybackView, "desk"); g.Verdict != Refused || g.Rule != RoomRule || g.Position != Operator {
		t.Errorf("%+v", g)
	}
	if err := OnEach(a, PlaybackView, []string{"gate", "desk"}); !errors.Is(err, ErrRoom) {
		t.Error(err)
	}
}
