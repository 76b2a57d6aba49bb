package regime_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/regime"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/text"
)

const ours = `pack: ours
values:
  word.letters: {value: 12, clause: C113}
  look.lasts: {value: 4h, clause: C105}
`

// TestAPackIsOneProposal: previewed, proposed, approved, in force, told where it comes
// from; what it does not name returns to the default.
func TestAPackIsOneProposal(t *testing.T) {
	clause.Covers(t, "C012")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := set(t)
		p, us := node(t, d, s, nil), hire(t, d)
		own, err := p.Propose(t.Context(), us.boss, append(wish("word.letters", "14"), wish("look.shown", "false")...), "before any pack")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decide(t.Context(), us.vice, own.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		mine := regime.Choice{File: []byte(ours)}
		effect, err := p.Preview(t.Context(), us.auditor, mine)
		if err != nil || effect.Name != "ours" || len(effect.Faults) > 0 || effect.Needs != 2 || !slices.Equal(effect.Own, []string{"look.shown", "word.letters"}) {
			t.Fatalf("%+v, %v", effect, err)
		}
		got := map[string]string{}
		for _, s := range effect.Steps {
			got[s.Key] = s.ValueBefore + " " + s.ValueAfter + " " + s.Clause + " " + string(s.Origin)
		}
		for key, want := range map[string]string{
			"word.letters": "14 12 C113 pack", "look.lasts": `"8h" "4h" C105 pack`, "look.shown": "false true C100 default", "look.who": `["leader"] ["leader"] C108 default`,
		} {
			if got[key] != want {
				t.Errorf("%s: %s, want %s", key, got[key], want)
			}
		}
		chosen, err := p.Choose(t.Context(), us.boss, mine, "our own rules")
		if err != nil || chosen.Pack != "ours" || len(chosen.Changes) != 4 || chosen.Needs != 2 {
			t.Fatalf("%+v, %v", chosen, err)
		}
		if letters.Get(s) != 14 {
			t.Error("a proposal changes something")
		}
		for _, l := range []access.Actor{us.chief, us.vice} {
			if _, err := p.Decide(t.Context(), l, chosen.ID, true, ""); err != nil {
				t.Fatal(err)
			}
		}
		if letters.Get(s) != 12 || lasts.Get(s) != 4*time.Hour || !shown.Get(s) {
			t.Error("the pack is not in force")
		}
		whole, err := p.Read(t.Context(), us.auditor)
		if err != nil || whole.Pack != "ours" || !whole.Chosen {
			t.Fatalf("%+v, %v", whole, err)
		}
		for _, one := range whole.Parameters {
			want := map[string]string{"word.letters": "pack 12", "look.lasts": `pack "4h"`, "look.shown": "default ", "look.who": "default "}[one.Key]
			if got := string(one.Origin) + " " + string(one.Pack); got != want {
				t.Errorf("%s: %s, want %s", one.Key, got, want)
			}
		}
		if _, err := p.Choose(t.Context(), us.boss, mine, "once more"); !errors.Is(err, regime.ErrSame) {
			t.Errorf("the same pack again: %v", err)
		}
		// Back to the defaults of the program.
		neutral, err := p.Choose(t.Context(), us.boss, regime.Choice{Name: "neutral"}, "back to nothing")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []access.Actor{us.chief, us.vice} {
			if _, err := p.Decide(t.Context(), l, neutral.ID, true, ""); err != nil && !errors.Is(err, proposal.ErrDecided) {
				t.Fatal(err)
			}
		}
		if whole, err := p.Read(t.Context(), us.auditor); err != nil || whole.Pack != "neutral" || letters.Get(s) != 10 || lasts.Get(s) != 8*time.Hour {
			t.Errorf("%+v, %v", whole, err)
		}
	})
}

// TestAPackWaitsForWhatItSaw: a value that changes while a pack waits, although the pack
// would not have changed it, makes the pack overtaken.
func TestAPackWaitsForWhatItSaw(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	p, us := node(t, d, set(t), nil), hire(t, d)
	chosen, err := p.Choose(t.Context(), us.boss, regime.Choice{File: []byte(ours)}, "our own rules")
	if err != nil || chosen.Needs != 1 {
		t.Fatalf("%+v, %v", chosen, err)
	}
	other, err := p.Propose(t.Context(), us.other, wish("look.shown", "false"), "meanwhile")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Decide(t.Context(), us.vice, other.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Decide(t.Context(), us.vice, chosen.ID, true, ""); !errors.Is(err, proposal.ErrOvertaken) {
		t.Errorf("%v", err)
	}
}

func TestPacksThatCannotBeChosen(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	p, us := node(t, d, set(t), nil), hire(t, d)
	wrong := regime.Choice{File: []byte("pack: ours\nvalues:\n  word.letters: {value: 7, clause: C113}\n  word.gone: {value: 1, clause: C113}\n")}
	effect, err := p.Preview(t.Context(), us.boss, wrong)
	if err != nil || len(effect.Faults) != 2 || effect.Faults[0].Line != 3 || effect.Faults[1].Line != 4 || len(effect.Steps) != 0 {
		t.Errorf("%+v, %v", effect, err)
	}
	_, err = p.Choose(t.Context(), us.boss, wrong, "our own rules")
	lines, _ := json.Marshal(problem.Of(err).Params["faults"])
	if !errors.Is(err, regime.ErrPackWrong) || string(lines) != `[{"code":"parameter_bounds","key":"word.letters","line":3,"params":{"key":"word.letters","kind":"int","least":8,"most":64}},{"code":"rule_unknown","key":"word.gone","line":4,"params":{"key":"word.gone"}}]` {
		t.Errorf("%v %s", err, lines)
	}
	for name, c := range map[string]struct {
		choice regime.Choice
		want   error
	}{
		"nothing":           {regime.Choice{}, regime.ErrPack},
		"none of that name": {regime.Choice{Name: "other"}, regime.ErrPack},
		"a name of ours":    {regime.Choice{File: []byte("pack: company\nvalues:\n")}, regime.ErrPackName},
		"hidden letters":    {regime.Choice{File: []byte("pack: ours\nvalues: # \u202e}\n")}, text.ErrCharacter},
		"what holds":        {regime.Choice{Name: "neutral"}, regime.ErrSame},
	} {
		if _, err := p.Choose(t.Context(), us.boss, c.choice, "because"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Choose(t.Context(), us.vice, regime.Choice{File: []byte(ours)}, "because"); !errors.Is(err, access.ErrRightMissing) {
		t.Error(err)
	}
	if _, err := p.Preview(t.Context(), access.ActorOf("x", access.Operator), regime.Choice{File: []byte(ours)}); !errors.Is(err, access.ErrRightMissing) {
		t.Error(err)
	}
}
