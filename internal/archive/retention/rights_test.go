package retention_test

import (
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/access/policy"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestRightsThatTheLogProves: rules that two people approved count when their acts are in the
// log, and those of somebody whom no act made do not.
func TestRightsThatTheLogProves(t *testing.T) {
	clause.Covers(t, "C023")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		reader := &warrant.Reader{Log: proving{r.log}, Passing: true}
		rights := &policy.Policies{DB: d, Clock: r.clock(), Acts: reader.Proved}
		may := func(when string, want bool) {
			t.Helper()
			r.settle()
			rights.Changed()
			now, err := rights.Current(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := now.Decide(access.Standing{Holdings: access.Everywhere(access.Operator)}, access.HoldPlace, "", nil)
			if got.Allowed != want || !now.Decide(access.Standing{Holdings: access.Everywhere(access.Supervisor)}, access.HoldRelease, "", nil).Allowed {
				t.Errorf("%s: %+v", when, got)
			}
		}
		approve := func(by access.Actor, base string, actions ...access.Action) string {
			t.Helper()
			v, err := rights.Propose(t.Context(), r.boss, base, []policy.Rule{{ID: "x", Position: access.Operator, Actions: actions}}, "because")
			if err == nil {
				r.now.Add(second)
				v, err = rights.Decide(t.Context(), by, v.ID, true, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			r.now.Add(second)
			return v.ID
		}
		may("what comes with the program", false)
		first := approve(r.chief, access.BuiltIn, access.HoldPlace)
		may("approved", true)
		none := approve(r.chief, first, access.LiveView)
		may("taken away", false)
		forged := access.ActorOf("nobody-made-them", access.Leader)
		r.write("INSERT INTO people (id, username, username_key, display_name, password_hash, disabled, created_at) VALUES ('nobody-made-them', 'eve', 'eve', 'eve', '', FALSE, 1)")
		approve(forged, none, access.HoldPlace)
		may("approved by somebody whom no act made", false)
	})
}
