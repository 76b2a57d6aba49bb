package pack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/problem"
	"watchroom/internal/regime/pack"
	"watchroom/internal/rule"
)

func set(t testing.TB) *rule.Set {
	t.Helper()
	s, err := rule.NewSet([]rule.Parameter{
		rule.Int{Key: "word.letters", Default: 10, Least: 8, Most: 64, Clauses: []string{"C113"}},
		rule.Duration{Key: "look.lasts", Default: 8 * time.Hour, Least: 15 * time.Minute, Most: 24 * time.Hour, Clauses: []string{"C104", "C105"}},
		rule.Bool{Key: "look.asked", Default: true, Clauses: []string{"C104"}},
		rule.Words{Key: "look.days", Default: []string{"monday"}, Words: []string{"monday", "friday"}, Clauses: []string{"C099"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPackIsRead(t *testing.T) {
	p, faults := pack.Parse([]byte(`# ours
pack: own_1
values:
  word.letters: {value: 12, clause: C113}
  look.lasts:
    value: 90m
    clause: C105
  look.asked: {value: false, clause: C104}
  look.days: {value: [friday, monday], clause: C099}
`), set(t))
	if len(faults) > 0 || p.Name != "own_1" {
		t.Fatalf("%v %q", faults, p.Name)
	}
	got := map[string]string{}
	for k, v := range p.Values {
		got[k] = string(v.Value) + " " + v.Clause
	}
	want := map[string]string{"word.letters": "12 C113", "look.lasts": `"1h30m" C105`, "look.asked": "false C104", "look.days": `["monday","friday"] C099`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFaultsAreNamedLineByLine: all of them at once, each with its line.
func TestFaultsAreNamedLineByLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"values", `pack: own
values:
  word.letters: {value: 7, clause: C113}
  word.gone: {value: 1, clause: C113}
  look.lasts: {value: 8, clause: C104}
  look.asked: {value: "yes", clause: C104}
  look.days: {value: [sunday], clause: C099}
`, "line 3: word.letters: parameter_bounds, line 4: word.gone: rule_unknown, line 5: look.lasts: parameter_type, line 6: look.asked: parameter_type, line 7: look.days: parameter_word"},
		{"clauses", `pack: own
values:
  word.letters: {value: 12, clause: C104}
  look.lasts: {value: 1h}
  look.asked: {clause: C104}
  look.days: [monday]
`, "line 3: word.letters: pack_clause, line 4: look.lasts: pack_shape, line 5: look.asked: pack_shape, line 6: look.days: pack_shape"},
		{"more than there is", "pack: own\nvalues:\n  look.asked:\n    value: true\n    clause: C104\n    note: x\nmore: 1\n", "line 6: look.asked: pack_shape, line 7: : pack_shape"},
		{"no name", "values:\n", "line 1: : pack_name"},
		{"a name that is none", "pack: Own Pack\nvalues:\n", "line 1: : pack_name"},
		{"no values", "pack: own\n", "line 1: : pack_shape"},
		{"a list", "- pack\n", "line 1: : pack_shape"},
		{"nothing", "", "line 1: : pack_shape"},
		{"two", "pack: own\nvalues:\n---\npack: other\nvalues:\n", "line 1: : pack_shape"},
		{"broken", "pack: own\nvalues: {word.letters: [}\n", "line 2: : pack_syntax"},
		{"twice", "pack: own\nvalues:\n  look.asked: {value: true, clause: C104}\n  look.asked: {value: false, clause: C104}\n", "line 4: : pack_syntax"},
		{"an alias", "pack: own\nvalues:\n  look.asked: &a {value: true, clause: C104}\n  look.days: *a\n", "line 3: look.asked: pack_shape, line 4: look.days: pack_shape"},
		{"too long", strings.Repeat("#", 70_000), "line 1: : pack_too_long"},
		{"null", "pack: own\nvalues:\n  look.asked: {value: null, clause: C104}\n", "line 3: look.asked: parameter_type"},
		{"nested", "pack: own\nvalues:\n  look.days: {value: [[monday]], clause: C099}\n", "line 3: look.days: parameter_type"},
	} {
		p, faults := pack.Parse([]byte(c.text), set(t))
		var got []string
		for _, f := range faults {
			got = append(got, f.String())
			if f.Problem.Kind != problem.Invalid {
				t.Errorf("%s: %v", c.name, f.Problem)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, ", "), c.want)
		}
		if len(faults) == 0 {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

func TestPacksOfTheProgramAreThere(t *testing.T) {
	for _, name := range pack.Names() {
		if p, _, known := pack.BuiltIn(name, set(t)); !known || p.Name != name {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for _, name := range []string{"", "other", "../pack", "neutral.yaml"} {
		if _, _, known := pack.BuiltIn(name, set(t)); known {
			t.Errorf("%q is there", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"pack: own\nvalues:\n  word.letters: {value: 12, clause: C113}\n", "pack: &a x\nvalues: *a\n", "values: {? : }", "- - -", "pack: own\nvalues:\n  look.days: {value: [monday, 1, ~], clause: C099}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := string(text)
		p, faults := pack.Parse(text, set(t))
		if string(text) != before {
			t.Error("the input was changed")
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Problem == nil {
				t.Errorf("%+v", fault)
			}
		}
		if len(faults) == 0 && p.Name == "" {
			t.Error("a pack without a name is right")
		}
	})
}
