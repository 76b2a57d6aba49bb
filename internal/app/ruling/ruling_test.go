package ruling_test

import (
	"encoding/json"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/app/ruling"
	"watchroom/internal/db"
	"watchroom/internal/regime/pack"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestThePacksFitTheProgram: every value of a pack has a parameter that takes it for the
// clause that the pack names, and every clause is one of the rules.
func TestThePacksFitTheProgram(t *testing.T) {
	set, err := ruling.Set()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pack.Names() {
		p, faults, known := pack.BuiltIn(name, set)
		if !known || len(faults) > 0 || p.Name != name {
			t.Errorf("%s: %v", name, faults)
		}
		if name == "neutral" && len(p.Values) > 0 {
			t.Error("the neutral pack demands something")
		}
		if name != "neutral" && len(p.Values) == 0 {
			t.Errorf("%s says nothing", name)
		}
	}
	for _, p := range set.All() {
		for _, c := range p.About().Clauses {
			if !slices.ContainsFunc(clause.All(), func(k clause.Clause) bool { return k.ID == c }) {
				t.Errorf("%s serves %s, which is no demand", p.About().Key, c)
			}
		}
	}
}

// TestNoPackOfTheProgramWeakensTheDefaults: company and campus are stricter than the
// neutral pack, so that one approval brings an institution to its rules.
func TestNoPackOfTheProgramWeakensTheDefaults(t *testing.T) {
	set, err := ruling.Set()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pack.Names() {
		p, _, _ := pack.BuiltIn(name, set)
		for key, v := range p.Values {
			declared, _ := set.Find(key)
			if about := declared.About(); rule.Weakens(declared, about.Default, v.Value) {
				t.Errorf("%s: %s is %s, which protects less than %s", name, key, v.Value, about.Default)
			}
		}
	}
}

// TestConsolesOfAllPositionsLockInThePacks: also of those that were added to the program later.
func TestConsolesOfAllPositionsLockInThePacks(t *testing.T) {
	clause.Covers(t, "C058")
	set, err := ruling.Set()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"company", "campus"} {
		p, _, _ := pack.BuiltIn(name, set)
		var list []access.Position
		if err := json.Unmarshal(p.Values["lock.positions"].Value, &list); err != nil {
			t.Fatal(err)
		}
		for _, one := range access.Positions() {
			if !slices.Contains(list, one) {
				t.Errorf("%s: the console of %s never locks", name, one)
			}
		}
	}
}

// TestEveryRegisterIsKept: a list of names can be checked, and its default passes.
func TestEveryRegisterIsKept(t *testing.T) {
	set, err := ruling.Set()
	if err != nil {
		t.Fatal(err)
	}
	registers := ruling.Registers(dbtest.Open(t, db.SQLite))
	for _, p := range set.All() {
		about := p.About()
		if about.Kind != rule.KindNames {
			continue
		}
		look := registers[about.Register]
		if look == nil {
			t.Errorf("nobody keeps the register %q of %s", about.Register, about.Key)
			continue
		}
		names, err := look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		if err := json.Unmarshal(about.Default, &list); err != nil {
			t.Fatal(err)
		}
		for _, name := range list {
			if !slices.Contains(names, name) {
				t.Errorf("%s: the register %s has no %s", about.Key, about.Register, name)
			}
		}
	}
}
