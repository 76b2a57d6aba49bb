package mark_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
)

func maker() *mark.Maker { return &mark.Maker{Secret: []byte("0123456789abcdef0123456789abcdef")} }

func actor(session string) access.Actor {
	a := access.ActorOf("p", access.Operator)
	a.Session = session
	return a
}

func TestMarksTellPeopleAndCamerasApart(t *testing.T) {
	clause.Covers(t, "C100")
	m := maker()
	seen := map[string]string{}
	note := func(what, mark string) {
		t.Helper()
		if other, ok := seen[mark]; ok {
			t.Errorf("%s and %s bear the same mark %s", what, other, mark)
		}
		seen[mark] = what
	}
	note("s1 gate", m.Live(actor("s1"), "gate"))
	note("s1 yard", m.Live(actor("s1"), "yard"))
	note("s2 gate", m.Live(actor("s2"), "gate"))
	note("viewing s1 gate", m.Viewing("s1", "gate"))
	note("viewing s1g ate", m.Viewing("s1g", "ate"))
	note("snapshot", m.Snapshot(actor("s1"), "gate"))
	token := access.ActorOf("p", access.Operator)
	token.Token = "s1"
	note("token s1", m.Live(token, "gate"))
	other := &mark.Maker{Secret: []byte("another key of thirty-two bytes!")}
	note("another house", other.Live(actor("s1"), "gate"))
	if a, b := m.Live(actor("s1"), "gate"), m.Live(actor("s1"), "gate"); a != b {
		t.Errorf("%s became %s", a, b)
	}
	for _, none := range []*mark.Maker{nil, {}} {
		if got := none.Live(actor("s1"), "gate"); got != "" {
			t.Errorf("no key made %s", got)
		}
	}
}

func TestAMarkIsReadHoweverItIsTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := maker().Live(actor(rapid.String().Draw(t, "session")), rapid.String().Draw(t, "camera"))
		if len(made) != 11 || strings.Trim(made, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-") != "" {
			t.Fatalf("%q", made)
		}
		typed := rapid.SampledFrom([]string{
			made, strings.ToLower(made), strings.ReplaceAll(made, "-", ""), " " + strings.ReplaceAll(made, "-", " ") + "\t",
			strings.ReplaceAll(strings.ReplaceAll(made, "0", "o"), "1", "l"), strings.ReplaceAll(made, "1", "I"),
			strings.Map(func(r rune) rune { return r + '！' - '!' }, made),
		}).Draw(t, "typed")
		if got, err := mark.Parse(typed); err != nil || got != made {
			t.Fatalf("%q is %q: %v", typed, got, err)
		}
	})
}

// TestEverySlipShows: one character misread, or two neighbours that changed places.
func TestEverySlipShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := strings.ReplaceAll(maker().Live(actor(rapid.String().Draw(t, "session")), "gate"), "-", "")
		slip := []byte(made)
		i := rapid.IntRange(0, len(slip)-1).Draw(t, "place")
		if rapid.Bool().Draw(t, "swapped") {
			j := min(i+1, len(slip)-1)
			slip[i], slip[j] = slip[j], slip[i]
		} else {
			slip[i] = rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Draw(t, "character")
		}
		if got, err := mark.Parse(string(slip)); string(slip) != made && !errors.Is(err, mark.ErrMark) {
			t.Fatalf("%s was taken for %s: %s", slip, made, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "7KQ-2MD-4XZ", "７ＫＱ２ＭＤ４ＸＺ", "ooooooooo", "UUUUUUUUU", "000-000-000", "0000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := mark.Parse(s)
		if err != nil {
			return
		}
		if again, err := mark.Parse(got); err != nil || again != got {
			t.Fatalf("%q is %q, which is %q: %v", s, got, again, err)
		}
	})
}

func TestGradesAndRulesDecideWhatIsMarked(t *testing.T) {
	clause.Covers(t, "C008")
	clause.Covers(t, "C115")
	places := map[string]access.Place{"yard": {Grade: 1}, "vault": {Grade: 4}}
	guard := access.NewActor("p", access.NewRights("1", nil, places), access.Standing{Holdings: access.Everywhere(access.Operator)})
	if _, on := maker().Shown(guard, "yard"); !on {
		t.Error("marks are not on by default")
	}
	set, err := rule.NewSet(mark.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	m := &mark.Maker{Secret: maker().Secret, Rules: set}
	put := func(values map[string]string) {
		t.Helper()
		raw := map[string]json.RawMessage{}
		for k, v := range values {
			raw[k] = json.RawMessage(v)
		}
		putInto(t, set, raw)
	}
	put(map[string]string{"mark.from_grade": "3", "mark.opacity": "40", "mark.density": `"dense"`})
	if _, on := m.Shown(guard, "yard"); on {
		t.Error("a camera below the grade is marked")
	}
	look, on := m.Shown(guard, "vault")
	if want := (mark.Look{Opacity: 40, Density: mark.Dense}); !on || look != want {
		t.Errorf("%+v %v", look, on)
	}
	if _, on := m.Shown(guard, "nobody knows it"); !on {
		t.Error("a camera of which nothing is known is not marked")
	}
	put(map[string]string{"mark.shown": "false"})
	if _, on := m.Shown(guard, "vault"); on {
		t.Error("marks that were switched off are shown")
	}
}

func putInto(t *testing.T, set *rule.Set, values map[string]json.RawMessage) {
	t.Helper()
	if left := set.Put(values); len(left) > 0 {
		t.Fatal(left)
	}
}
