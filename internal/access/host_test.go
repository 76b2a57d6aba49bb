package access

import (
	"errors"
	"testing"
	"time"

	"watchroom/internal/testkit/clause"
)

// TestAStandInMayNoMoreThanTheirHost: what denies, grades and terms say of who lets somebody in
// for a shift holds for the guest as well, at every moment.
func TestAStandInMayNoMoreThanTheirHost(t *testing.T) {
	clause.Covers(t, "C111", "C025")
	live := []Action{LiveView}
	places := map[string]Place{"vault": {Areas: []string{"in"}, Grade: 4}, "safe": {Areas: []string{"in"}, Grade: 3}, "hall": {Areas: []string{"in"}, Grade: 2}, "yard": {Areas: []string{"out"}, Grade: 1}}
	rights := NewRights("v1", []Rule{
		{ID: "no-core", Position: DutyLead, Actions: live, Deny: true, From: 4},
		{ID: "together", Position: DutyLead, Actions: live, From: 3, Second: true},
		{ID: "plain", Position: DutyLead, Actions: live, To: 2},
	}, places)
	lead := Standing{Holdings: []Holding{{Position: DutyLead, Until: 100}}}
	guest := func(host *Host, now int64) Actor {
		return NewActor("guest", rights, Standing{Holdings: Everywhere(StandIn), Now: now, Papers: Papers{Host: host}})
	}
	at := func(a Actor) (sees []string) {
		for _, c := range []string{"vault", "safe", "hall", "yard"} {
			if Can(a, LiveView, c) == nil {
				sees = append(sees, c)
			}
		}
		return sees
	}
	same := func(what string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
	}
	host := &Host{Person: "lead", Standing: lead}
	a := guest(host, 10)
	same("of whom nobody had to let in", at(guest(nil, 10)), "vault", "safe", "hall", "yard")
	same("of the lead", at(a), "safe", "hall", "yard")
	if err := Can(a, LiveView, "vault"); !errors.Is(err, ErrHost) {
		t.Error(err)
	}
	if term, ok := Decide(a, LiveView, "safe", nil).For(time.Second, false, false); !ok || !term.Second {
		t.Errorf("with a second person as the lead: %+v", term)
	}
	if term, ok := Decide(a, LiveView, "hall", nil).For(time.Second, false, false); !ok || term.Second {
		t.Errorf("%+v", term)
	}
	if a.Until() != 100 || a.Hosted() != "lead" {
		t.Errorf("until %d, by %q", a.Until(), a.Hosted())
	}
	same("when the lead's time is over", at(guest(host, 100)))
	same("of who may nothing", at(guest(&Host{Person: "gone"}, 10)))
	within := &Host{Person: "lead", Standing: Standing{Holdings: []Holding{{Position: DutyLead, Areas: []string{"out"}}}}}
	same("of a lead outside", at(guest(within, 10)), "yard")
	broken := &Host{Person: "lead", Standing: within.Standing}
	broken.Standing.Emergencies = []Emergency{{ID: "e", Actions: live, To: 4, Until: 100}}
	same("an emergency right is the lead's own", at(guest(broken, 10)), "yard")
	if got, narrow := ReachOf(a, LiveView).Narrow(); !narrow || len(got) != 3 {
		t.Errorf("%v", got)
	}
}
