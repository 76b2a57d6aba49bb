package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func house(d *db.DB) *Policies {
	now := present
	return &Policies{DB: d, Bus: &event.Bus{}, Clock: func() time.Time { now = now.Add(time.Microsecond); return now },
		Places: func(context.Context, bun.IDB) (map[string]access.Place, error) {
			return map[string]access.Place{"gate": {Areas: []string{"site"}, Grade: 1}, "vault": {Areas: []string{"cellar", "site"}, Grade: 4}}, nil
		},
		Areas: func(context.Context, bun.IDB) (func(string) bool, error) {
			return func(a string) bool { return a == "site" || a == "cellar" }, nil
		}}
}

func low() []Rule {
	return []Rule{{ID: "low", Position: access.Operator, Actions: []access.Action{access.LiveView, access.PlaybackView}, ToGrade: 3, Note: "guards see no vault"}}
}

func may(t *testing.T, p *Policies, position access.Position, a access.Action, camera string) bool {
	t.Helper()
	r, err := p.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r.Decide(access.Standing{Holdings: access.Everywhere(position)}, a, camera, nil).Allowed
}

// TestRightsTakeTwoPeople: who asks does not approve, and nobody decides on their own
// position.
func TestRightsTakeTwoPeople(t *testing.T) {
	clause.Covers(t, "C023")
	clause.Covers(t, "C111")
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		chief, deputy, leader := people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "deputy", access.Supervisor), people.Add(t, d, "leader", access.Leader)
		admin, guard := people.Add(t, d, "root", access.Administrator), people.Add(t, d, "guard", access.Operator)
		events := p.Bus.Subscribe(16)
		defer events.Close()
		if !may(t, p, access.Operator, access.LiveView, "vault") {
			t.Fatal("the built-in policy knows no grades")
		}
		v, err := p.Propose(t.Context(), chief, access.BuiltIn, low(), "the new vault")
		if err != nil || v.InForceAt != 0 || !may(t, p, access.Operator, access.LiveView, "vault") {
			t.Fatalf("%+v, %v", v, err)
		}
		refused := func(what string, err error, want *problem.Error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %s", what, err, want.Code)
			}
		}
		_, err = p.Propose(t.Context(), leader, access.BuiltIn, nil, "another one")
		refused("no change at all", err, ErrSame)
		_, err = p.Propose(t.Context(), leader, access.BuiltIn, append(low(), Rule{ID: "x", Position: access.Leader, Actions: []access.Action{access.LiveView}, Deny: true}), "another one")
		refused("a second one", err, ErrWaits)
		_, err = p.Propose(t.Context(), admin, access.BuiltIn, low(), "because")
		refused("the administrator proposes", err, access.ErrRightMissing)
		_, err = p.Decide(t.Context(), chief, v.ID, true, "")
		refused("one's own", err, ErrOwn)
		_, err = p.Decide(t.Context(), guard, v.ID, true, "")
		refused("without the right", err, access.ErrRightMissing)
		_, err = p.Decide(t.Context(), leader, db.NewID(), true, "")
		refused("unknown", err, ErrUnknown)
		_, err = p.Withdraw(t.Context(), deputy, v.ID)
		refused("another's", err, ErrOther)
		if v, err = p.Decide(t.Context(), leader, v.ID, true, "as the committee said"); err != nil || v.InForceAt == 0 || v.DecidedBy != leader.Person {
			t.Fatalf("%+v, %v", v, err)
		}
		if may(t, p, access.Operator, access.LiveView, "vault") || !may(t, p, access.Operator, access.LiveView, "gate") || !may(t, p, access.Supervisor, access.LiveView, "vault") {
			t.Error("it is not in force at once")
		}
		if all, _ := events.Take(); len(all) != 1 || all[0].Kind != "rights" {
			t.Errorf("told: %+v", all)
		}
		_, err = p.Decide(t.Context(), deputy, v.ID, false, "too late")
		refused("decided", err, ErrDecided)
		_, err = p.Propose(t.Context(), chief, access.BuiltIn, nil, "as it was")
		refused("on what has passed", err, ErrStale)

		own, err := p.Propose(t.Context(), leader, v.ID, append(low(), Rule{ID: "s", Position: access.Supervisor, Actions: []access.Action{access.SnapshotTake}, Second: true}), "two for a picture")
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Decide(t.Context(), chief, own.ID, true, "")
		refused("one's own position", err, ErrOwnGain)
		if no, err := p.Decide(t.Context(), chief, own.ID, false, "not now"); err != nil || no.Decision != "rejected" || no.InForceAt != 0 {
			t.Errorf("%+v, %v", no, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "rights."})
		var kinds []string
		for _, a := range acts {
			kinds = append(kinds, a.Kind)
		}
		if want := []string{kindRejected, kindProposed, kindApproved, kindProposed}; err != nil || !cmp.Equal(kinds, want) {
			t.Errorf("acts %v, %v; want %v", kinds, err, want)
		}
		for i, right := range []access.Action{access.RightsApprove, access.RightsPropose, access.RightsApprove, access.RightsPropose} {
			if by, _ := acts[i].Detail[access.KeyDecision].(map[string]any); by["action"] != string(right) || by["verdict"] != access.Allowed || by["rule"] == nil {
				t.Errorf("%s by what right: %v", acts[i].Kind, acts[i].Detail)
			}
		}
		if approved := acts[2].Detail; len(approved["before"].([]any)) != 0 || len(approved["rules"].([]any)) != 1 {
			t.Errorf("before and after: %+v", approved)
		}
	})
}

// TestNobodyDecidesOnTheBasisOfTheirPosition: what is said of the position that one of the
// house goes by is said of its holders.
func TestNobodyDecidesOnTheBasisOfTheirPosition(t *testing.T) {
	clause.Covers(t, "C112")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		leader := people.Add(t, d, "leader", access.Leader)
		register := &position.Register{DB: d, Clock: p.Clock}
		if _, err := register.Add(t.Context(), people.Add(t, d, "chief", access.Supervisor), position.New{Code: "deputy_chief", Basis: access.Supervisor, Name: position.Words{ZH: "副主管", EN: "Deputy chief"}}); err != nil {
			t.Fatal(err)
		}
		held := people.Add(t, d, "deputy", "deputy_chief")
		r, err := p.Current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		deputy := access.NewActor(held.Person, r, access.Standing{Holdings: access.Everywhere("deputy_chief")})
		v, err := p.Propose(t.Context(), leader, access.BuiltIn, []Rule{{ID: "s", Position: access.Supervisor, Actions: []access.Action{access.LiveView}, Areas: []string{"site"}}}, "less for the chiefs")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), deputy, v.ID, true, ""); !errors.Is(err, ErrOwnGain) {
			t.Errorf("on the basis of one's own: %v", err)
		}
		if _, err := p.Decide(t.Context(), deputy, v.ID, false, "not so"); err != nil {
			t.Errorf("rejecting it: %v", err)
		}
		v, err = p.Propose(t.Context(), leader, access.BuiltIn, low(), "the new vault")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), deputy, v.ID, true, ""); err != nil {
			t.Errorf("on another position: %v", err)
		}
	})
}

// TestRulesThatCannotBe: each is named, and nothing is kept of it.
func TestRulesThatCannotBe(t *testing.T) {
	clause.Covers(t, "C021")
	clause.Covers(t, "C022")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		chief := people.Add(t, d, "chief", access.Supervisor)
		view := []access.Action{access.LiveView}
		many := make([]Rule, mostRules+1)
		for i := range many {
			many[i] = Rule{ID: fmt.Sprint(i), Position: access.Operator, Actions: view}
		}
		deny := func(a access.Action) []Rule {
			var all []Rule
			for _, position := range access.Positions() {
				all = append(all, Rule{ID: string(position), Position: position, Actions: []access.Action{a}, Deny: true})
			}
			return all
		}
		for what, c := range map[string]struct {
			rules []Rule
			want  *problem.Error
		}{
			"too many":                      {many, ErrRules},
			"an id twice":                   {append(low(), low()...), ErrRules},
			"a position that is none":       {[]Rule{{ID: "a", Position: "king", Actions: view}}, ErrRule},
			"no right":                      {[]Rule{{ID: "a", Position: access.Operator}}, ErrRule},
			"a right that is none":          {[]Rule{{ID: "a", Position: access.Operator, Actions: []access.Action{"fly"}}}, ErrRule},
			"a denial with terms":           {[]Rule{{ID: "a", Position: access.Operator, Actions: view, Deny: true, OnDuty: true}}, ErrTerms},
			"grades upside down":            {[]Rule{{ID: "a", Position: access.Operator, Actions: view, FromGrade: 3, ToGrade: 2}}, ErrGrades},
			"a grade that is none":          {[]Rule{{ID: "a", Position: access.Operator, Actions: view, ToGrade: 5}}, ErrGrades},
			"live, a while back":            {[]Rule{{ID: "a", Position: access.Operator, Actions: view, BackMinutes: 30}}, ErrBack},
			"two who hold":                  {[]Rule{{ID: "a", Position: access.Supervisor, Actions: []access.Action{access.SnapshotTake, access.HoldPlace}, Second: true}}, ErrSecond},
			"a century back":                {[]Rule{{ID: "a", Position: access.Operator, Actions: []access.Action{access.PlaybackView}, BackMinutes: mostBack + 1}}, ErrBack},
			"an area that is none":          {[]Rule{{ID: "a", Position: access.Operator, Actions: view, Areas: []string{"moon"}}}, ErrAreas},
			"an administrator who watches":  {[]Rule{{ID: "a", Position: access.Administrator, Actions: view}}, ErrSeparation},
			"an administrator who releases": {[]Rule{{ID: "a", Position: access.Administrator, Actions: []access.Action{access.HoldRelease}}}, ErrSeparation},
			"a guard who makes accounts":    {[]Rule{{ID: "a", Position: access.Operator, Actions: []access.Action{access.PeopleManage}}}, ErrSeparation},
			"anybody who downloads":         {[]Rule{{ID: "a", Position: access.Leader, Actions: []access.Action{access.FootageDownload}}}, ErrSeparation},
			"a contractor who watches":      {[]Rule{{ID: "a", Position: access.Contractor, Actions: view}}, ErrSeparation},
			"a contractor who plays back":   {[]Rule{{ID: "a", Position: access.Contractor, Actions: []access.Action{access.CameraConfigure, access.PlaybackView}, Areas: []string{"site"}}}, ErrSeparation},
			"a contractor in an emergency":  {[]Rule{{ID: "a", Position: access.Contractor, Actions: []access.Action{access.EmergencyTake}}}, ErrSeparation},
			"a stand-in who plays back":     {[]Rule{{ID: "a", Position: access.StandIn, Actions: []access.Action{access.PlaybackView}}}, ErrSeparation},
			"a stand-in in an emergency":    {[]Rule{{ID: "a", Position: access.StandIn, Actions: []access.Action{access.LiveView, access.EmergencyTake}}}, ErrSeparation},
			"a stand-in who keeps pictures": {[]Rule{{ID: "a", Position: access.StandIn, Actions: []access.Action{access.SnapshotTake}}}, ErrSeparation},
			"a principal who makes them":    {[]Rule{{ID: "a", Position: access.Principal, Actions: []access.Action{access.PeopleManage}}}, ErrSeparation},
			"nobody approves":               {deny(access.RightsApprove), ErrLocksOut},
			"nobody makes accounts":         {deny(access.PeopleManage), ErrLocksOut},
			"approval of an area":           {[]Rule{{ID: "a", Position: access.Leader, Actions: []access.Action{access.RightsApprove}, Areas: []string{"site"}}}, ErrRule},
		} {
			if _, err := p.Propose(t.Context(), chief, access.BuiltIn, c.rules, "because I say so"); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", what, err, c.want.Code)
			}
		}
		if all, err := p.List(t.Context(), chief); err != nil || len(all) != 0 {
			t.Errorf("%d are kept, %v", len(all), err)
		}
	})
}

// TestPolicyProperty runs random acts against a model.
func TestPolicyProperty(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			d := dbtest.Open(t, engine)
			p := house(d)
			who := []access.Actor{people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "leader", access.Leader), people.Add(t, d, "both", access.Supervisor, access.Leader),
				people.Add(t, d, "guard", access.Operator)}
			current, waiting := Version{ID: access.BuiltIn}, Version{}
			rapid.Check(t, func(rt *rapid.T) {
				actor := rapid.SampledFrom(who).Draw(rt, "who")
				switch rapid.SampledFrom([]string{"propose", "approve", "reject", "withdraw"}).Draw(rt, "what") {
				case "propose":
					position := rapid.SampledFrom([]access.Position{access.Operator, access.Leader, access.Supervisor}).Draw(rt, "position")
					grade := access.Grade(rapid.IntRange(1, 4).Draw(rt, "grade"))
					base := rapid.SampledFrom([]string{current.ID, access.BuiltIn}).Draw(rt, "base")
					v, err := p.Propose(t.Context(), actor, base, []Rule{{ID: "r", Position: position, Actions: []access.Action{access.LiveView}, ToGrade: grade}}, "because")
					fine := access.Can(actor, access.RightsPropose, "") == nil && waiting.ID == "" && base == current.ID
					if err == nil && !fine || err != nil && fine && !errors.Is(err, ErrSame) {
						rt.Fatalf("%v; waiting %q, base %q, current %q", err, waiting.ID, base, current.ID)
					}
					if err == nil {
						waiting = v
					}
				case "approve":
					_, err := p.Decide(t.Context(), actor, waiting.ID, true, "")
					own := slices.ContainsFunc(Touched(current.Rules, waiting.Rules), func(x access.Position) bool { return slices.Contains(actor.Positions(), x) })
					if fine := waiting.ID != "" && access.Can(actor, access.RightsApprove, "") == nil && waiting.AskedBy != actor.Person && !own; (err == nil) != fine {
						rt.Fatalf("%v, fine %v", err, fine)
					}
					if err == nil {
						current, waiting = waiting, Version{}
					}
				case "reject":
					_, err := p.Decide(t.Context(), actor, waiting.ID, false, "because")
					if fine := waiting.ID != "" && access.Can(actor, access.RightsApprove, "") == nil && waiting.AskedBy != actor.Person; (err == nil) != fine {
						rt.Fatalf("%v, fine %v", err, fine)
					}
					if err == nil {
						waiting = Version{}
					}
				case "withdraw":
					_, err := p.Withdraw(t.Context(), actor, waiting.ID)
					if fine := waiting.ID != "" && waiting.AskedBy == actor.Person; (err == nil) != fine {
						rt.Fatalf("%v, fine %v", err, fine)
					}
					if err == nil {
						waiting = Version{}
					}
				}
				if r, err := p.Current(t.Context()); err != nil || r.Version() != current.ID {
					rt.Fatalf("in force %v, %v; want %q", r, err, current.ID)
				}
			})
		})
	}
}

// TestTheDatabaseRefusesChanges: whoever writes past the program is stopped, too.
func TestTheDatabaseRefusesChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := house(d)
		chief, leader := people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "leader", access.Leader)
		v, err := p.Propose(t.Context(), chief, access.BuiltIn, low(), "the vault")
		if err == nil {
			_, err = p.Decide(t.Context(), leader, v.ID, true, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"UPDATE rights_policies SET rules = '[]'", "UPDATE rights_policies SET decided_at = 7", "DELETE FROM rights_policies"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("%s: it was done", statement)
			}
		}
	})
}
