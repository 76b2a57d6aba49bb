package staff

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/position"
	"watchroom/internal/testkit/clause"
)

// risks gives what is due of positions.
func (o *office) risks() (all []Due) {
	o.t.Helper()
	list, err := o.Due(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, d := range list {
		if d.Position != "" {
			all = append(all, d)
		}
	}
	return all
}

func (o *office) set(values map[string]string) {
	o.t.Helper()
	raw := map[string]json.RawMessage{}
	for k, v := range values {
		raw[k] = json.RawMessage(v)
	}
	o.Settings.Rules = rules(o.t)
	if left := o.Settings.Rules.Put(raw); len(left) > 0 {
		o.t.Fatal(left)
	}
}

// TestAPositionIsFilledByWhoCanComeIn: not by whose account is shut, nor by who held it, or
// will; but by who holds one of the house that goes by it.
func TestAPositionIsFilledByWhoCanComeIn(t *testing.T) {
	clause.Covers(t, "C020")
	each(t, func(t *testing.T, o *office) {
		o.set(map[string]string{"due.positions": `["technician"]`})
		vacant := []Due{{What: DuePosition, Position: access.Technician}}
		check := func(what string, want []Due) {
			t.Helper()
			if got := o.risks(); !slices.Equal(got, want) {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
		}
		hold := func(who string, h ...access.Holding) {
			t.Helper()
			if _, err := o.Accounts.ChangePerson(t.Context(), access.CommandLine(), who, account.PersonChange{Holdings: &h}); err != nil {
				t.Fatal(err)
			}
		}
		tech := o.person("tech", access.Technician)
		check("held", nil)
		if _, _, err := o.Keep(t.Context(), o.admin, tech, Change{Term: &Term{Until: o.in(24 * time.Hour)}}); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(48 * time.Hour)
		check("by an account whose term is over", vacant)
		li := o.person("li", access.Operator)
		hold(li, access.Holding{Position: access.Technician, From: *o.in(time.Hour)})
		check("by who will hold it", vacant)
		hold(li, access.Holding{Position: access.Technician, Until: *o.in(time.Hour)})
		check("until later", nil)
		o.now = o.now.Add(2 * time.Hour)
		check("by who held it", vacant)
		register := &position.Register{DB: o.DB, Clock: o.Clock, Held: holding.Holders}
		if _, err := register.Add(t.Context(), access.ActorOf(o.admin.Person, access.Supervisor), position.New{Code: "hq_tech", Name: position.Words{ZH: "总部技术员", EN: "Headquarters technician"}, Basis: access.Technician}); err != nil {
			t.Fatal(err)
		}
		o.Accounts.Rights = func(context.Context) (*access.Rights, error) {
			return access.NewRights("1", nil, nil, access.Own{Position: "hq_tech", Basis: access.Technician}), nil
		}
		hold(li, access.Holding{Position: "hq_tech"})
		check("by one that goes by it", nil)
	})
}

// TestAPositionThatDemandsAQualification stands at risk while a holder has none that is good.
func TestAPositionThatDemandsAQualification(t *testing.T) {
	clause.Covers(t, "C020")
	each(t, func(t *testing.T, o *office) {
		tech := o.person("tech", access.Technician)
		o.person("guard", access.Operator)
		o.set(map[string]string{"due.positions": `[]`})
		if got := o.risks(); len(got) > 0 {
			t.Errorf("nobody demands anything: %+v", got)
		}
		o.set(map[string]string{"due.positions": `[]`, "due.qualified": `["technician"]`})
		for _, c := range []struct {
			name, what string
			until      Day
			want       []Due
		}{
			{"none on file", "", "", []Due{{What: DueUnqualified, Person: tech, Position: access.Technician}}},
			{"one without an end", "高级", "", nil},
			{"on its last day", "高级", "2026-11-22", nil},
			{"one that ran out", "高级", "2026-11-21", []Due{{What: DueUnqualified, Person: tech, Position: access.Technician, On: "2026-11-21", Days: -1}}},
		} {
			if _, _, err := o.Keep(t.Context(), o.admin, tech, Change{Qualification: &c.what, QualificationUntil: &c.until}); err != nil {
				t.Fatal(err)
			}
			if got := o.risks(); !slices.Equal(got, c.want) {
				t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
			}
		}
		if _, err := o.Leave(t.Context(), o.admin, tech, "moved away", nil); err != nil {
			t.Fatal(err)
		}
		if got := o.risks(); len(got) > 0 {
			t.Errorf("of who has left: %+v", got)
		}
	})
}

// TestAStandInIsUnderQualifiedStaffing: for as long as somebody stands in, and no longer (P5).
func TestAStandInIsUnderQualifiedStaffing(t *testing.T) {
	clause.Covers(t, "C020", "C025")
	each(t, func(t *testing.T, o *office) {
		now := func() (all []Due) {
			t.Helper()
			list, err := o.Due(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				if d.What == DueStandIn {
					all = append(all, d)
				}
			}
			return all
		}
		admit := func(name string) string {
			t.Helper()
			_, who, _, err := o.Admit(t.Context(), access.ActorOf("lead", access.DutyLead), Admission{Name: "王五 " + name, Username: name,
				Unit: o.guards.ID, Identity: "110101" + name, ConfirmedBy: "队长", Hours: 8})
			if err != nil {
				t.Fatal(err)
			}
			return who.ID
		}
		if got := now(); len(got) > 0 {
			t.Errorf("nobody stands in: %+v", got)
		}
		first, second := admit("standin-1"), admit("standin-2")
		if got := now(); len(got) != 2 || got[0].Person != first || got[0].Unit != o.guards.ID || got[0].On == "" || got[0].Days < 0 {
			t.Errorf("two stand in: %+v", got)
		}
		off := true
		if _, err := o.Accounts.ChangePerson(t.Context(), access.CommandLine(), second, account.PersonChange{Disabled: &off}); err != nil {
			t.Fatal(err)
		}
		if got := now(); len(got) != 1 || got[0].Person != first {
			t.Errorf("one was sent away: %+v", got)
		}
		o.now = o.now.Add(8*time.Hour + time.Minute)
		if got := now(); len(got) > 0 {
			t.Errorf("the shift is over: %+v", got)
		}
	})
}

// TestNobodyStandsInTwice: one person has one account, however the number of the papers is typed.
func TestNobodyStandsInTwice(t *testing.T) {
	clause.Covers(t, "C025")
	each(t, func(t *testing.T, o *office) {
		admit := func(username, identity string) (string, error) {
			_, who, _, err := o.Admit(t.Context(), access.ActorOf("lead", access.DutyLead), Admission{Name: "王五 " + username, Username: username,
				Unit: o.guards.ID, Identity: identity, ConfirmedBy: "队长", Hours: 8})
			return who.ID, err
		}
		first, err := admit("standin-1", "11010119900101123x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admit("standin-2", "110101 1990 0101 123Ｘ"); !errors.Is(err, ErrStandInTwice) {
			t.Errorf("the same papers: %v", err)
		}
		if _, err := admit("standin-3", "110101199001011240"); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		off := true
		if _, err := o.Accounts.ChangePerson(t.Context(), access.CommandLine(), first, account.PersonChange{Disabled: &off}); err != nil {
			t.Fatal(err)
		}
		if _, err := admit("standin-4", "11010119900101123X"); err != nil {
			t.Errorf("after that account was closed: %v", err)
		}
		o.now = o.now.Add(9 * time.Hour)
		if _, err := admit("standin-5", "11010119900101123X"); err != nil {
			t.Errorf("in the next shift: %v", err)
		}
	})
}
