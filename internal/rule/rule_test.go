package rule_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

var (
	letters = rule.Int{Key: "word.letters", Default: 10, Least: 8, Most: 64, Unit: "characters", Guard: rule.Lower, Clauses: []string{"C113"}}
	lasts   = rule.Duration{Key: "look.lasts", Default: 8 * time.Hour, Least: 15 * time.Minute, Most: 24 * time.Hour, Guard: rule.Higher, Clauses: []string{"C104"}}
	asked   = rule.Bool{Key: "look.asked", Default: true, Guard: rule.Lower, Clauses: []string{"C104"}}
	mark    = rule.Word{Key: "look.mark", Default: "person", Words: []string{"none", "room", "person"}, Guard: rule.Lower, Clauses: []string{"C100"}}
	days    = rule.Words{Key: "look.days", Default: []string{"monday", "friday"}, Words: []string{"monday", "tuesday", "friday"}, Fewest: 1, Guard: rule.Higher, Clauses: []string{"C099"}}
	who     = rule.Names{Key: "look.who", Register: "position", Default: []string{"leader", "boss"}, Fewest: 1, Longest: 3, Guard: rule.Either, Clauses: []string{"C108"}}
)

func declared() []rule.Parameter { return []rule.Parameter{letters, lasts, asked, mark, days, who} }

func set(t rapid.TB) *rule.Set {
	t.Helper()
	s, err := rule.NewSet(declared()[:3], declared()[3:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatAParameterTakes(t *testing.T) {
	for _, c := range []struct {
		of       rule.Parameter
		in, want string
		err      error
	}{
		{letters, "12", "12", nil},
		{letters, " 12\n", "12", nil},
		{letters, "8", "8", nil},
		{letters, "64", "64", nil},
		{letters, "7", "", rule.ErrBounds},
		{letters, "65", "", rule.ErrBounds},
		{letters, "-12", "", rule.ErrBounds},
		{letters, "99999999999999999999", "", rule.ErrType},
		{letters, "12.0", "", rule.ErrType},
		{letters, "1.2e1", "", rule.ErrType},
		{letters, `"12"`, "", rule.ErrType},
		{letters, "12 13", "", rule.ErrType},
		{letters, "null", "", rule.ErrType},
		{letters, "", "", rule.ErrType},
		{letters, "true", "", rule.ErrType},
		{letters, "[12]", "", rule.ErrType},
		{lasts, `"12h"`, `"12h"`, nil},
		{lasts, `"24h"`, `"1d"`, nil},
		{lasts, `"90m"`, `"1h30m"`, nil},
		{lasts, `"1d1s"`, "", rule.ErrBounds},
		{lasts, `"0s"`, "", rule.ErrBounds},
		{lasts, `""`, "", rule.ErrType},
		{lasts, `"8 h"`, "", rule.ErrType},
		{lasts, `"1h2d"`, "", rule.ErrType},
		{lasts, `"-8h"`, "", rule.ErrType},
		{lasts, `"1.5h"`, "", rule.ErrType},
		{lasts, "28800", "", rule.ErrType},
		{asked, "true", "true", nil},
		{asked, "false", "false", nil},
		{asked, "0", "", rule.ErrType},
		{asked, `"true"`, "", rule.ErrType},
		{mark, `"room"`, `"room"`, nil},
		{mark, `"Room"`, "", rule.ErrWord},
		{mark, `""`, "", rule.ErrWord},
		{days, `["friday","monday","friday"]`, `["monday","friday"]`, nil},
		{days, `[]`, "", rule.ErrCount},
		{days, `["sunday"]`, "", rule.ErrWord},
		{days, `"monday"`, "", rule.ErrType},
		{days, `[null]`, "", rule.ErrWord},
		{who, `["leader","boss","leader"]`, `["boss","leader"]`, nil},
		{who, `["a","b","c","d"]`, "", rule.ErrCount},
		{who, `[""]`, "", rule.ErrWord},
		{who, `["` + strings.Repeat("x", 65) + `"]`, "", rule.ErrWord},
		{who, `{"a":1}`, "", rule.ErrType},
	} {
		got, err := rule.Parse(c.of, []byte(c.in))
		if string(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s takes %s: %s, %v", c.of.About().Key, c.in, got, err)
		}
		if err != nil {
			if p := problem.Of(err); p.Params["key"] != c.of.About().Key || p.Params["kind"] == "" || p.Field != "value" {
				t.Errorf("%s, %s: the refusal does not say of what: %+v", c.of.About().Key, c.in, p)
			}
		}
	}
	if err := func() error { _, err := rule.Parse(letters, []byte("7")); return err }(); problem.Of(err).Params["least"] != 8 || problem.Of(err).Params["most"] != 64 {
		t.Errorf("%+v", problem.Of(err))
	}
}

func TestWhatWeakens(t *testing.T) {
	years := rule.Int{Key: "paper.years", Most: 10, Guard: rule.Higher, Off: true} // 0: nothing is asked for
	for _, c := range []struct {
		of            rule.Parameter
		before, after string
		want          bool
	}{
		{letters, "10", "9", true}, {letters, "10", "11", false}, {letters, "10", "10", false},
		{lasts, `"8h"`, `"9h"`, true}, {lasts, `"8h"`, `"7h"`, false},
		{asked, "true", "false", true}, {asked, "false", "true", false},
		{mark, `"person"`, `"room"`, true}, {mark, `"room"`, `"person"`, false},
		{days, `["monday"]`, `["monday","friday"]`, true}, {days, `["monday","friday"]`, `["monday"]`, false}, {days, `["monday"]`, `["friday"]`, true},
		{who, `["boss"]`, `["leader"]`, true}, {who, `["boss"]`, `["boss"]`, false}, {who, `["boss","leader"]`, `["boss"]`, true},
		{letters, "3", "12", true}, // nobody knows what it was worth
		{rule.Int{Key: "a.b", Most: 9}, "5", "1", false},
		{years, "0", "3", false}, {years, "3", "0", true}, {years, "3", "5", true}, {years, "5", "3", false},
	} {
		if got := rule.Weakens(c.of, json.RawMessage(c.before), json.RawMessage(c.after)); got != c.want {
			t.Errorf("%s from %s to %s: %v", c.of.About().Key, c.before, c.after, got)
		}
	}
}

func TestASetBeginsWithTheDefaults(t *testing.T) {
	for name, s := range map[string]*rule.Set{"a set": set(t), "no set": nil} {
		if letters.Get(s) != 10 || lasts.Get(s) != 8*time.Hour || !asked.Get(s) || mark.Get(s) != "person" ||
			!slices.Equal(days.Get(s), []string{"monday", "friday"}) || !slices.Equal(who.Get(s), []string{"boss", "leader"}) {
			t.Errorf("%s does not have the defaults", name)
		}
	}
	s := set(t)
	if other := (rule.Int{Key: "not.declared", Default: 3}); other.Get(s) != 3 {
		t.Error("what the set does not have is not the default")
	}
	if s.Value("not.declared") != nil || string(s.Value("look.lasts")) != `"8h"` {
		t.Errorf("%s", s.Value("look.lasts"))
	}
	var keys []string
	for _, p := range s.All() {
		keys = append(keys, p.About().Key)
	}
	if !slices.IsSorted(keys) || len(keys) != 6 {
		t.Error(keys)
	}
}

func TestPutReplacesAllValues(t *testing.T) {
	s := set(t)
	put := func(values map[string]string) []string {
		raw := map[string]json.RawMessage{}
		for k, v := range values {
			raw[k] = json.RawMessage(v)
		}
		return s.Put(raw)
	}
	if left := put(map[string]string{"word.letters": "12", "look.lasts": `"1h"`, "look.asked": "false", "look.mark": `"none"`, "look.days": `["tuesday"]`, "look.who": `["x"]`}); left != nil {
		t.Error(left)
	}
	if letters.Get(s) != 12 || lasts.Get(s) != time.Hour || asked.Get(s) || mark.Get(s) != "none" || !slices.Equal(days.Get(s), []string{"tuesday"}) || !slices.Equal(who.Get(s), []string{"x"}) {
		t.Error("not all values are in force")
	}
	days.Get(s)[0] = "spoilt"
	if days.Get(s)[0] != "tuesday" {
		t.Error("who reads a list changes it for all")
	}
	if left := put(map[string]string{"word.letters": "5", "gone.key": "1", "look.mark": `"room"`}); !slices.Equal(left, []string{"gone.key", "word.letters"}) {
		t.Error(left)
	}
	if letters.Get(s) != 10 || mark.Get(s) != "room" || lasts.Get(s) != 8*time.Hour {
		t.Error("what does not fit is not the default, or an earlier value stayed")
	}
}

func TestWrongDeclarationsAreRefused(t *testing.T) {
	for name, p := range map[string]rule.Parameter{
		"no key":              rule.Bool{Clauses: []string{"C001"}},
		"a key without group": rule.Bool{Key: "letters", Clauses: []string{"C001"}},
		"no clause":           rule.Bool{Key: "a.b"},
		"an odd clause":       rule.Bool{Key: "a.b", Clauses: []string{"clause 1"}},
		"default too small":   rule.Int{Key: "a.b", Default: 1, Least: 2, Most: 3, Clauses: []string{"C001"}},
		"default no word":     rule.Word{Key: "a.b", Default: "x", Words: []string{"y"}, Clauses: []string{"C001"}},
		"default in disorder": rule.Words{Key: "a.b", Default: []string{"y", "x"}, Words: []string{"x", "y"}, Clauses: []string{"C001"}},
		"parts of a second":   rule.Duration{Key: "a.b", Default: 1500 * time.Millisecond, Most: time.Hour, Least: 1200 * time.Millisecond, Clauses: []string{"C001"}},
		"twice":               letters,
	} {
		if _, err := rule.NewSet(declared(), []rule.Parameter{p}); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

// TestReadersSeeOneSetOfValues: two values that are put together are read together.
func TestReadersSeeOneSetOfValues(t *testing.T) {
	s := set(t)
	var crowd sync.WaitGroup
	stop := make(chan struct{})
	crowd.Go(func() {
		for n := 8; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			s.Put(map[string]json.RawMessage{"word.letters": json.RawMessage([]string{"20", "30"}[n%2])})
		}
	})
	for range 4 {
		crowd.Go(func() {
			for range 2000 {
				if n := letters.Get(s); n != 10 && n != 20 && n != 30 {
					t.Errorf("%d was never a value", n)
				}
			}
		})
	}
	for range 2000 {
		_ = letters.Get(s)
	}
	close(stop)
	crowd.Wait()
}

func TestTheOneFormIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(declared()).Draw(t, "parameter")
		raw := rapid.OneOf(
			rapid.Map(rapid.Int(), func(n int) []byte { b, _ := json.Marshal(n); return b }),
			rapid.Map(rapid.Int64Range(0, 1e6), func(n int64) []byte {
				b, _ := json.Marshal(rule.Span(time.Duration(n) * time.Second))
				return b
			}),
			rapid.Map(rapid.SliceOf(rapid.SampledFrom([]string{"monday", "tuesday", "friday", "leader", "x"})), func(l []string) []byte { b, _ := json.Marshal(l); return b }),
			rapid.SliceOf(rapid.Byte()),
		).Draw(t, "raw")
		one, err := rule.Parse(p, raw)
		if err != nil {
			return
		}
		again, err := rule.Parse(p, one)
		if err != nil || string(again) != string(one) {
			t.Fatalf("%s becomes %s becomes %s, %v", raw, one, again, err)
		}
		s := set(t)
		if left := s.Put(map[string]json.RawMessage{p.About().Key: one}); left != nil || string(s.Value(p.About().Key)) != string(one) {
			t.Fatalf("%s is in force as %s, left %v", one, s.Value(p.About().Key), left)
		}
	})
}

func TestSpansComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 100_000*86400-1).Draw(t, "seconds")) * time.Second
		if back, err := rule.ParseSpan(rule.Span(d)); err != nil || back != d {
			t.Fatalf("%v is written %s and read %v, %v", d, rule.Span(d), back, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"12", `"8h"`, `"1d2h3m4s"`, `["monday"]`, `"999999d"`, "null", "{", `"999999d999999h999999m999999999s"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		for _, p := range declared() {
			one, err := rule.Parse(p, raw)
			if err == nil {
				if again, err := rule.Parse(p, one); err != nil || string(again) != string(one) {
					t.Errorf("%s: %s, then %s, %v", p.About().Key, one, again, err)
				}
			} else if problem.Of(err).Kind != problem.Invalid {
				t.Errorf("%s: %v", p.About().Key, err)
			}
		}
		if string(raw) != before {
			t.Error("the input was changed")
		}
	})
}

func BenchmarkGet(b *testing.B) {
	s := set(b)
	b.ReportAllocs()
	for b.Loop() {
		if letters.Get(s) != 10 {
			b.Fatal("not the default")
		}
	}
}
