package access

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

// TestTheTableOfRights states every right of every position once more, by hand.
func TestTheTableOfRights(t *testing.T) {
	want := map[Position]string{
		Administrator: "act.read area.configure camera.configure camera.export camera.read camera.switch console.manage console.report ledger.read metrics.read parameter.read people.manage people.read rights.read schedule.configure storage.read system.read token.manage",
		Operator:      "bookmark.write camera.read duty.read duty.stand emergency.take fault.acknowledge live.view loss.explain loss.sign playback.view snapshot.take system.read",
		DutyLead:      "act.read bookmark.write camera.read camera.switch deletion.request duty.decide duty.instruct duty.plan duty.read duty.stand emergency.take fault.acknowledge hold.place ledger.read live.view loss.explain loss.sign maintenance.place parameter.read people.read playback.view rights.read second.agree shared_login.judge snapshot.take stand_in.admit storage.read system.read visitor.approve",
		Supervisor:    "act.export act.read bookmark.write camera.export camera.read camera.switch deletion.approve deletion.request duty.configure duty.decide duty.instruct duty.plan duty.read duty.stand emergency.review emergency.take fault.acknowledge hold.place hold.release ledger.read live.view loss.explain loss.sign maintenance.place parameter.propose parameter.read people.read playback.view purpose.configure retention.configure rights.approve rights.propose rights.read rights.review schedule.configure second.agree shared_login.judge snapshot.take stand_in.admit storage.read system.read visitor.approve",
		Technician:    "camera.configure camera.read fault.acknowledge live.view loss.explain loss.sign storage.read system.read",
		Auditor:       "act.export act.read camera.export camera.read duty.read ledger.read parameter.read people.read rights.read rights.review storage.read system.read",
		Leader:        "act.export act.read camera.read deletion.approve deletion.request duty.decide duty.instruct duty.read emergency.review fault.acknowledge hold.place hold.release ledger.read live.view loss.sign parameter.approve parameter.read people.read retention.configure rights.approve rights.propose rights.read rights.review second.agree storage.read system.read visitor.approve",
		Principal:     "act.read camera.read duty.instruct duty.read ledger.read parameter.read people.read rights.read storage.read system.read",
		StandIn:       "camera.read duty.read duty.stand live.view system.read",
		Contractor:    "camera.read loss.explain loss.sign system.read",
	}
	if len(want) != len(Positions()) {
		t.Fatalf("%d positions, want %d", len(Positions()), len(want))
	}
	for _, p := range Positions() {
		var have []string
		for _, a := range ActorOf("x", p).Actions() {
			have = append(have, string(a))
		}
		if got := strings.Join(have, " "); got != want[p] {
			t.Errorf("%s:\n got %s\nwant %s", p, got, want[p])
		}
		for _, a := range Actions() {
			if (Can(ActorOf("x", p), a, "c") == nil) != strings.Contains(" "+want[p]+" ", " "+string(a)+" ") {
				t.Errorf("%s, %s: Can and the table differ", p, a)
			}
		}
	}
}

// TestWhatNobodyMayDo: taking footage away is nobody's right, so that none goes to anybody
// outside, and who runs the system neither watches nor decides.
func TestWhatNobodyMayDo(t *testing.T) {
	clause.Covers(t, "C102", "C103")
	if Can(ActorOf("x", Positions()...), FootageDownload, "") == nil {
		t.Error("somebody may download footage")
	}
	for _, a := range []Action{LiveView, PlaybackView, SnapshotTake, RetentionConfigure, HoldPlace, HoldRelease, DeletionRequest, DeletionApprove, ParameterPropose, ParameterApprove, EmergencyTake, EmergencyReview, RightsReview, DutyStand, DutyDecide, DutyInstruct, VisitorApprove} {
		if Can(ActorOf("x", Administrator), a, "") == nil || Can(CommandLine(), a, "") == nil {
			t.Errorf("who runs the system may do %s", a)
		}
	}
	for _, a := range append(Actions(), "", "unknown") {
		if Can(Actor{}, a, "") == nil || Can(Actor{Person: "x"}, a, "") == nil || Can(ActorOf("x", "unknown"), a, "") == nil {
			t.Errorf("nobody in particular may do %q", a)
		}
	}
}

func TestRefusalExplainsItself(t *testing.T) {
	err := Can(ActorOf("x", Auditor), PlaybackView, "cam")
	p := problem.Of(err)
	if !errors.Is(err, ErrRightMissing) || p.Kind != problem.Forbidden {
		t.Fatalf("err = %v", err)
	}
	want := map[string]any{"action": "playback.view", "positions": []Position{Operator, DutyLead, Supervisor}, "camera": "cam", "deciders": []Position{Administrator}}
	if diff := cmp.Diff(want, p.Params); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if ErrRightMissing.Params != nil {
		t.Error("the refusal changed what is shared by all")
	}
}

// TestARefusalNamesThePositionsOfTheHouse: who has the right by the policy in force, and not
// only who begins with it.
func TestARefusalNamesThePositionsOfTheHouse(t *testing.T) {
	house := []Rule{
		{ID: "given", Position: Technician, Actions: []Action{PlaybackView}, To: 1},
		{ID: "denied", Position: DutyLead, Actions: []Action{PlaybackView}, Deny: true},
		{ID: "denied there", Position: Supervisor, Actions: []Action{PlaybackView}, Areas: []string{"house"}, Deny: true},
		{ID: "of one that is retired", Position: "night_guard", Actions: []Action{PlaybackView}},
		{ID: "to one of the house", Position: "clerk", Actions: []Action{PlaybackView}, Request: true},
	}
	r := NewRights("7", house, nil, Own{Position: "gate_guard", Basis: Operator}, Own{Position: "clerk"}, Own{Position: "cook"}, Own{Position: "watch_lead", Basis: DutyLead})
	a := NewActor("x", r, Standing{Holdings: Everywhere(Auditor)})
	want := []Position{Operator, Supervisor, Technician, "clerk", "gate_guard"}
	for name, err := range map[string]error{"on a camera": Can(a, PlaybackView, "gate"), "on all of them": Throughout(a, PlaybackView, ""), "on one to come": At(a, PlaybackView, Place{Grade: 1})} {
		if diff := cmp.Diff(any(want), problem.Of(err).Params["positions"]); !errors.Is(err, ErrRightMissing) || diff != "" {
			t.Errorf("%s: %v; want (-), got (+):\n%s", name, err, diff)
		}
	}
	if got := Holders(Actor{Person: "x"}, PlaybackView); !slices.Equal(got, HaveIt(PlaybackView)) {
		t.Errorf("without a policy: %v", got)
	}
}

func TestScopesOnlyNarrow(t *testing.T) {
	a := ActorOf("x", Operator).Only([]Action{LiveView, PeopleManage})
	if got := a.Actions(); !slices.Equal(got, []Action{LiveView}) {
		t.Errorf("actions = %v, want live.view alone", got)
	}
}

// TestARefusalTellsTheTokenFromThePosition: who reads it knows which of the two to mend.
func TestARefusalTellsTheTokenFromThePosition(t *testing.T) {
	token := ActorOf("x", Operator).Only([]Action{LiveView, PeopleManage})
	err := Can(token, PlaybackView, "c1")
	if p := problem.Of(err); !errors.Is(err, ErrTokenRight) || p.Detail != "This token does not include the right playback.view." ||
		p.Params["action"] != "playback.view" || p.Params["camera"] != "c1" || p.Params["positions"] != nil {
		t.Errorf("%+v", p)
	}
	if err := Can(token, PeopleManage, ""); !errors.Is(err, ErrRightMissing) {
		t.Errorf("the token has what its person has not: %v", err)
	}
	if err := Can(ActorOf("x", Operator).Only(nil), LiveView, ""); !errors.Is(err, ErrTokenRight) {
		t.Errorf("a token without any right: %v", err)
	}
}

func TestActNamesTokenAndCommandLine(t *testing.T) {
	detail := map[string]any{"k": 1}
	viaToken := Actor{Person: "p", Token: "t"}.Act(5, "kind", "s", "c", detail)
	if viaToken.Person != "p" || viaToken.Detail["token"] != "t" || viaToken.Detail["k"] != 1 || viaToken.At != 5 ||
		viaToken.Subject != "s" || viaToken.Camera != "c" || viaToken.Kind != "kind" {
		t.Errorf("via token: %+v", viaToken)
	}
	if by := CommandLine().Act(5, "kind", "", "", nil).Detail["by"]; by != "command_line" {
		t.Errorf("by = %v", by)
	}
	if len(detail) != 1 {
		t.Error("the caller's detail was changed")
	}
}

// TestAnActSaysWhoFromWhereAndByWhatRight: what a reader of the trail asks stands in what
// the log commits to.
func TestAnActSaysWhoFromWhereAndByWhatRight(t *testing.T) {
	clause.Covers(t, "C099")
	a := ActorOf("p", Operator, DutyLead).From(Origin{Address: "10.0.0.7", Agent: "browser"})
	a.Session, a.Unit = "s1", "u1"
	got := a.For(PlaybackView, "c").Act(5, "viewing.opened", "v", "c", map[string]any{"reason": "why"}).Detail
	want := map[string]any{
		"reason": "why",
		"actor":  map[string]any{"positions": []any{"duty_lead", "operator"}, "unit": "u1", "address": "10.0.0.7", "session": "s1"},
		"decision": map[string]any{"verdict": "allowed", "action": "playback.view", "position": "operator",
			"rule": "built-in/operator/playback.view", "policy": "built-in"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	refused := a.Only([]Action{LiveView}).For(PlaybackView, "c").Act(5, "k", "", "", nil).Detail["decision"].(map[string]any)
	if refused["verdict"] != "refused" {
		t.Errorf("by a token without the right: %v", refused)
	}
	none := ActorOf("p", Auditor).For(PlaybackView, "c").Act(5, "k", "", "", nil).Detail["decision"]
	if diff := cmp.Diff(map[string]any{"verdict": "refused", "action": "playback.view", "policy": "built-in"}, none); diff != "" {
		t.Errorf("without any position for it: %s", diff)
	}
	if d := (Actor{}).Act(5, "k", "", "", nil).Detail; d != nil {
		t.Errorf("the program itself: %v", d)
	}
}
