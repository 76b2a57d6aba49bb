package access

import (
	"errors"
	"testing"

	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

// TestPapersEndWhatPositionsGiveOfPictures (C100): nothing else of the position, and no
// emergency right.
func TestPapersEndWhatPositionsGiveOfPictures(t *testing.T) {
	clause.Covers(t, "C100", "C025")
	rights := NewRights(BuiltIn, []Rule{{ID: "none", Position: Operator, Actions: []Action{SnapshotTake}, Deny: true}}, nil)
	for lack, want := range map[Lack]*problem.Error{LackPledge: ErrPledgeLapsed, LackVetting: ErrVettingLapsed, LackLicence: ErrLicenceLapsed} {
		s := Standing{Holdings: Everywhere(Operator), Now: 50, Papers: Papers{Lapsed: lack}}
		a := NewActor("li", rights, s)
		for _, action := range []Action{LiveView, PlaybackView} {
			if err := Can(a, action, "gate"); !errors.Is(err, want) {
				t.Errorf("%s: %s: %v", lack, action, err)
			}
			if d := Decide(a, action, "", nil); d.Allowed || d.Lack != lack || d.Position != Operator {
				t.Errorf("%s: %s anywhere: %+v", lack, action, d)
			}
		}
		if err := Can(a, SnapshotTake, "gate"); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: what is denied anyway: %v", lack, err)
		}
		for _, action := range []Action{CameraRead, BookmarkWrite, EmergencyTake} {
			if err := Can(a, action, "gate"); err != nil {
				t.Errorf("%s: %s: %v", lack, action, err)
			}
		}
		s.Emergencies = []Emergency{{ID: "e", Actions: []Action{PlaybackView}, To: HighestGrade, From: 0, Until: 100}}
		if err := Can(NewActor("li", rights, s), PlaybackView, "gate"); err != nil {
			t.Errorf("%s: under an emergency right: %v", lack, err)
		}
	}
	next := NewActor("li", rights, Standing{Holdings: Everywhere(Operator), Now: 50, Papers: Papers{Next: 70}})
	if next.Until() != 70 || Can(next, LiveView, "gate") != nil {
		t.Errorf("a paper that runs out: until %d", next.Until())
	}
}

// TestACameraThatIsNotThereYet: it is decided on as if it hung where it is to hang.
func TestACameraThatIsNotThereYet(t *testing.T) {
	places := map[string]Place{"gate": {Areas: []string{"hall", "east"}, Grade: 1}}
	rights := NewRights(BuiltIn, []Rule{{ID: "core", Position: Technician, Actions: []Action{CameraConfigure}, Deny: true, From: 4}}, places)
	fitter := NewActor("sun", rights, Standing{Holdings: []Holding{{Position: Technician, Areas: []string{"east"}}}})
	for name, c := range map[string]struct {
		place Place
		want  *problem.Error
	}{
		"in the area":      {Place{Areas: []string{"yard", "east"}, Grade: 1}, nil},
		"elsewhere":        {Place{Areas: []string{"west"}, Grade: 1}, ErrElsewhere},
		"in no area":       {Place{Grade: 1}, ErrElsewhere},
		"of another grade": {Place{Areas: []string{"east"}, Grade: 4}, ErrDenied},
	} {
		err := At(fitter, CameraConfigure, c.place)
		if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := At(ActorOf("x", Operator), CameraConfigure, Place{Grade: 1}); !errors.Is(err, ErrRightMissing) {
		t.Error(err)
	}
	if err := At(Actor{}.Unsettled(), CameraConfigure, Place{}); !errors.Is(err, ErrPasswordChange) {
		t.Error(err)
	}
	if err := Can(fitter, CameraConfigure, "gate"); err != nil { // the policy is as it was
		t.Error(err)
	}
}
