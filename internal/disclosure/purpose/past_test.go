package purpose_test

import (
	"errors"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// TestNobodyRenamesWhatWasLookedAtFor: another name or legal basis takes two people, what a purpose
// was called at a look is found afterwards, and no other purpose takes a name that one had.
func TestNobodyRenamesWhatWasLookedAtFor(t *testing.T) {
	clause.Covers(t, "C006", "C105")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief, boss := register(d), people.Add(t, d, "chief", access.Supervisor), people.Add(t, d, "boss", access.Leader)
		was, err := find(t, d, "incident")
		if err != nil {
			t.Fatal(err)
		}
		now := func() int64 { return r.Clock.Micro() }
		first := now()
		name, basis := &purpose.Words{ZH: "公安机关依法调取", EN: "Demand of the police"}, &purpose.Words{ZH: "条例第二十条", EN: "Order 799, art. 20"}
		for what, c := range map[string]purpose.Change{"name": {Name: name}, "one language": {Name: &purpose.Words{ZH: was.Name.ZH, EN: "Incidents"}}, "basis": {Basis: basis},
			"hidden in asking more": {Basis: basis, NeedsSecond: to(true)}} {
			if _, err := r.Change(t.Context(), chief, "incident", c); !errors.Is(err, purpose.ErrWords) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := r.Change(t.Context(), chief, "incident", purpose.Change{Name: &was.Name, Basis: &was.Basis, NeedsRequest: to(true)}); err != nil {
			t.Errorf("the same words, and more asked: %v", err)
		}
		agreed := func(w purpose.Wish) error {
			p, err := r.Propose(t.Context(), chief, w, "as the house now says")
			if err == nil {
				_, err = r.Decide(t.Context(), boss, p.ID, true, "")
			}
			return err
		}
		if err := agreed(changing(purpose.Change{Name: name})); err != nil {
			t.Fatal(err)
		}
		second := now()
		if err := agreed(changing(purpose.Change{Basis: basis, Name: &purpose.Words{ZH: "第三个", EN: "A third"}})); err != nil {
			t.Fatal(err)
		}
		past, err := purpose.ReadPast(t.Context(), d.Read())
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[int64]purpose.Said{first: {was.Name, was.Basis}, second: {*name, was.Basis}, now(): {purpose.Words{ZH: "第三个", EN: "A third"}, *basis}} {
			if then, is, ok := past.At("incident", at); !ok || then != want || is.Basis != *basis {
				t.Errorf("%v: %+v, %+v, %v; want %+v", time.UnixMicro(at), then, is, ok, want)
			}
		}
		if _, _, ok := past.At("none", first); ok {
			t.Error("a purpose that is none")
		}
		for what, n := range map[string]purpose.Words{"its first name": was.Name, "in one language": {ZH: "别的", EN: was.Name.EN}, "in the other language": {ZH: was.Name.EN}, "drawn like it": {EN: "INСIDENT"}, "its second": *name} {
			add := accident
			add.Name = &n
			if _, err := r.Add(t.Context(), chief, add); !errors.Is(err, purpose.ErrBorne) {
				t.Errorf("%s for a new one: %v", what, err)
			}
			if err := agreed(purpose.Wish{Step: purpose.Adding, Code: "another", Change: add.Change}); !errors.Is(err, purpose.ErrBorne) {
				t.Errorf("%s for a new one by two: %v", what, err)
			}
			if err := agreed(purpose.Wish{Step: purpose.Changing, Code: "request", Change: purpose.Change{Name: &n}}); !errors.Is(err, purpose.ErrBorne) {
				t.Errorf("%s for another one by two: %v", what, err)
			}
		}
		if _, err := r.Retire(t.Context(), chief, "inspection", "not used"); err != nil {
			t.Fatal(err)
		}
		add := accident
		add.Name = &purpose.Words{EN: "Inspection"}
		if _, err := r.Add(t.Context(), chief, add); !errors.Is(err, purpose.ErrBorne) {
			t.Errorf("the name of a retired one: %v", err)
		}
		if err := agreed(changing(purpose.Change{Name: &was.Name})); err != nil {
			t.Errorf("back to its own name: %v", err)
		}
	})
}
